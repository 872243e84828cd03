//! The bytes of a connection. It keeps the last of what came in, because hyper forgets a `Content-Length` that stands
//! beside `Transfer-Encoding`, and such a request must be refused.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// More than a head may have, twice, so that the head of the request in hand is always in it.
const KEPT: usize = 40 * 1024;

/// A connection, with what must live as long as it does: its seat, its place in the count of what is open.
#[derive(Debug)]
pub(super) struct Wire<K> {
    stream: TcpStream,
    seen: Seen,
    _kept: K,
}

/// The last bytes that came in; `None` once nobody asks any more.
#[derive(Debug, Clone)]
pub(super) struct Seen(Arc<Mutex<Option<Vec<u8>>>>);

impl<K> Wire<K> {
    pub(super) fn new(stream: TcpStream, kept: K) -> Self {
        Self { stream, seen: Seen(Arc::new(Mutex::new(Some(Vec::new())))), _kept: kept }
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.clone()
    }
}

impl Seen {
    fn add(&self, bytes: &[u8]) {
        if let Some(seen) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let bytes = &bytes[bytes.len().saturating_sub(KEPT)..];
            let surplus = (seen.len() + bytes.len()).saturating_sub(KEPT);
            seen.drain(..surplus.min(seen.len()));
            seen.extend_from_slice(bytes);
        }
    }

    /// Forgets, and keeps nothing from now on: the connection speaks another protocol.
    pub(super) fn stop(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a head among the last bytes has both a length and an encoding.
    pub(super) fn two_lengths(&self) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_deref().is_some_and(two_lengths)
    }
}

fn two_lengths(bytes: &[u8]) -> bool {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
    let is_start = |line: &&[u8]| line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0");
    let has = |head: &[&[u8]], name: &[u8]| {
        head.iter().any(|line| line.len() > name.len() && line[..name.len()].eq_ignore_ascii_case(name))
    };
    lines.iter().enumerate().filter(|(_, line)| is_start(line)).any(|(start, _)| {
        let head = &lines[start..];
        let end = head.iter().position(|line| line.is_empty()).unwrap_or(head.len());
        has(&head[..end], b"content-length:") && has(&head[..end], b"transfer-encoding:")
    })
}

impl<K: Unpin> AsyncRead for Wire<K> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.seen.add(buf.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl<K: Unpin> AsyncWrite for Wire<K> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lengths_are_seen_in_one_head_only() {
        assert!(two_lengths(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assert!(two_lengths(
            b"tail\r\nPOST / HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\nhost: x\r\ncontent-length: 5\r\n\r\n"
        ));
        assert!(!two_lengths(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nContent-Length: 5\r\n"));
        assert!(!two_lengths(
            b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
    }
}
