//! The bytes of a connection. It keeps the last of what came in, because hyper forgets a `Content-Length` that stands
//! beside `Transfer-Encoding` and takes a line that ends without a carriage return, and such requests must be refused:
//! the next program on the way may read them otherwise. And it puts our headers on what hyper answers by
//! itself to a first head that it cannot read.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::security::headers;

/// More than a head may have, twice, so that the head of the request in hand is always in it.
const KEPT: usize = 40 * 1024;

/// A connection, with what must live as long as it does: its seat, its place in the count of what is open.
#[derive(Debug)]
pub(super) struct Wire<K> {
    stream: TcpStream,
    seen: Seen,
    /// Nothing has gone out yet.
    untouched: bool,
    dressed: Option<Dressed>,
    _kept: K,
}

/// An answer on its way out with our headers, in the place of `of` bytes.
#[derive(Debug)]
struct Dressed {
    bytes: Vec<u8>,
    sent: usize,
    of: usize,
}

/// What is known of what came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The last bytes that came in.
    last: Mutex<Vec<u8>>,
    /// Nobody asks for them any more.
    stopped: AtomicBool,
    /// A request of this connection has come to the hub.
    asked: AtomicBool,
}

impl<K> Wire<K> {
    pub(super) fn new(stream: TcpStream, kept: K) -> Self {
        Self { stream, seen: Seen::default(), untouched: true, dressed: None, _kept: kept }
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.clone()
    }
}

impl Seen {
    fn add(&self, bytes: &[u8]) {
        if bytes.is_empty() || self.0.stopped.load(Ordering::Relaxed) {
            return;
        }
        let mut last = self.last();
        let bytes = &bytes[bytes.len().saturating_sub(KEPT)..];
        let surplus = (last.len() + bytes.len()).saturating_sub(KEPT).min(last.len());
        last.drain(..surplus);
        last.extend_from_slice(bytes);
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets, and keeps nothing from now on: the connection speaks another protocol.
    pub(super) fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
        *self.last() = Vec::new();
    }

    /// A request has come to the hub: what is answered from now on is the hub's.
    pub(super) fn asked(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
    }

    /// Whether the head of the request in hand, which has this method, can be read in two ways. What came before it is
    /// forgotten.
    pub(super) fn is_ambiguous(&self, method: &str) -> bool {
        let mut last = self.last();
        let starts: Vec<usize> = starts(&last, method).collect();
        // A body may hold what looks like a head; then one that is fine is refused, never the other way round.
        let ambiguous = starts.iter().any(|start| is_ambiguous(&last[*start..]));
        last.drain(..starts.first().copied().unwrap_or_default());
        ambiguous
    }
}

/// hyper's own answer with what every answer carries; nothing of what is no answer.
fn dress(bytes: &[u8]) -> Option<Dressed> {
    let end = bytes.starts_with(b"HTTP/1.").then(|| bytes.windows(2).position(|two| two == b"\r\n"))?? + 2;
    let dressed = [&bytes[..end], headers::on_every_answer().as_bytes(), &bytes[end..]].concat();
    Some(Dressed { bytes: dressed, sent: 0, of: bytes.len() })
}

/// Where lines begin that may be the first of a request with this method.
fn starts<'a>(bytes: &'a [u8], method: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut at = 0;
    bytes.split_inclusive(|byte| *byte == b'\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let rest = line.trim_ascii_end().strip_prefix(method.as_bytes())?.strip_prefix(b" ")?;
        (rest.ends_with(b" HTTP/1.1") || rest.ends_with(b" HTTP/1.0")).then_some(start)
    })
}

/// Whether a head has both a length and an encoding, or a line that ends in a bare line feed.
fn is_ambiguous(bytes: &[u8]) -> bool {
    let (mut length, mut encoding) = (false, false);
    let is = |line: &[u8], name: &[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !line.ends_with(b"\r\n") {
            return line.ends_with(b"\n");
        }
        if line.len() == 2 {
            break;
        }
        length |= is(line, b"content-length:");
        encoding |= is(line, b"transfer-encoding:");
    }
    length && encoding
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
        let this = &mut *self;
        if std::mem::take(&mut this.untouched) && !this.seen.0.asked.load(Ordering::Relaxed) {
            this.dressed = dress(bytes);
        }
        let Some(dressed) = &mut this.dressed else { return Pin::new(&mut this.stream).poll_write(cx, bytes) };
        while let Some(rest) = dressed.bytes.get(dressed.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut this.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Ok(0)),
                sent => dressed.sent += sent,
            }
        }
        let of = dressed.of;
        this.dressed = None;
        Poll::Ready(Ok(of))
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
        if self.untouched || self.dressed.is_some() {
            return self.poll_write(cx, parts.iter().find(|part| !part.is_empty()).map_or(&[], |part| part));
        }
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
    fn what_hyper_answers_by_itself_gets_our_headers() {
        let dressed = dress(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        let text = String::from_utf8(dressed.bytes).unwrap();
        assert!(text.starts_with("HTTP/1.1 400 Bad Request\r\nx-content-type-options: nosniff\r\n"), "{text}");
        assert!(text.ends_with("\r\ncontent-length: 0\r\n\r\n") && text.matches("\r\n\r\n").count() == 1, "{text}");
        assert!(dress(b"\x81\x05hello\r\n").is_none(), "a frame is no answer");
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_seen() {
        let seen = |method: &str, bytes: &[u8]| {
            let seen = Seen::default();
            seen.add(bytes);
            seen.is_ambiguous(method)
        };
        assert!(seen("POST", b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assert!(seen(
            "POST",
            b"tail\r\nPOST / HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\nhost: x\r\ncontent-length: 5\r\n\r\n"
        ));
        assert!(!seen("POST", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nContent-Length: 5\r\n"));
        let two =
            b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert!(!seen("POST", two));
        for bare in
            [&b"GET / HTTP/1.1\nHost: x\r\n\r\n"[..], b"GET / HTTP/1.1\r\nHost: x\n\r\n", b"GET / HTTP/1.1\r\n\n"]
        {
            assert!(seen("GET", bare), "{}", String::from_utf8_lossy(bare));
        }
        assert!(!seen("GET", b"GET / HTTP/1.1\r\nHost: x\r\n\r\na body\nwith lines\n"));
    }

    #[test]
    fn what_was_answered_is_forgotten() {
        let seen = Seen::default();
        let head = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
        for _ in 0..3 {
            seen.add(head);
            assert!(!seen.is_ambiguous("GET"));
        }
        seen.add(b"POST /b HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(!seen.is_ambiguous("POST"));
        assert!(seen.last().starts_with(b"POST /b"));
    }
}
