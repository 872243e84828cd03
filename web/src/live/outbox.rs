//! What waits to be sent to one socket. It is bounded: who does not take it away is sent away.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::Sink;
use hub::config::Limits;
use hub::sabotage::Fault;

/// The waiting messages, oldest first.
#[derive(Debug)]
pub(super) struct Outbox {
    queue: VecDeque<(Message, usize)>,
    frames: usize,
    bytes: usize,
    most_frames: usize,
    most_bytes: usize,
    unflushed: bool,
}

impl Outbox {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            queue: VecDeque::new(),
            frames: 0,
            bytes: 0,
            most_frames: limits.queue_frames.most().unwrap_or(usize::MAX),
            most_bytes: limits.queue_bytes.most().unwrap_or(usize::MAX),
            unflushed: false,
        }
    }

    pub(super) fn push(&mut self, frame: Utf8Bytes) {
        self.frames += 1;
        self.bytes += frame.len();
        let counted = frame.len();
        self.queue.push_back((Message::Text(frame), counted));
    }

    /// A page of what was missed, which does not count: the next is only made when this one is gone, and a slow line
    /// that is sent away for it would never get on.
    pub(super) fn push_page(&mut self, frame: Utf8Bytes) {
        self.frames += 1;
        self.queue.push_back((Message::Text(frame), 0));
    }

    pub(super) fn push_ping(&mut self) {
        self.frames += 1;
        self.queue.push_back((Message::Ping(bytes::Bytes::new()), 0));
    }

    /// Whether everything is gone.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && !self.unflushed
    }

    /// Whether it takes no more.
    pub(super) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many frames more it takes.
    pub(super) fn room(&self) -> usize {
        if Fault::UnboundedQueue.is_on() {
            return usize::MAX;
        }
        if self.bytes >= self.most_bytes { 0 } else { self.most_frames.saturating_sub(self.frames) }
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        (self.frames, self.bytes) = (0, 0);
    }

    /// Feeds all that waits, then flushes once. May be given up and begun again.
    pub(super) async fn drain<S>(&mut self, sink: &mut S) -> Result<(), axum::Error>
    where
        S: Sink<Message, Error = axum::Error> + Unpin,
    {
        poll_fn(|context| self.poll_drain(sink, context)).await
    }

    fn poll_drain<S>(&mut self, sink: &mut S, context: &mut Context<'_>) -> Poll<Result<(), axum::Error>>
    where
        S: Sink<Message, Error = axum::Error> + Unpin,
    {
        while !self.queue.is_empty() {
            ready!(Pin::new(&mut *sink).poll_ready(context))?;
            if let Some((message, counted)) = self.queue.pop_front() {
                self.frames -= 1;
                self.bytes -= counted;
                self.unflushed = true;
                Pin::new(&mut *sink).start_send(message)?;
            }
        }
        ready!(Pin::new(&mut *sink).poll_flush(context))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}
