//! The bus carries pointers, never content: that a room has something new, and up to which number. A nudge may be lost;
//! whoever waits compares their place with the log now and then.

use tokio::sync::{broadcast, watch};

/// How many nudges a slow listener may be behind before it is told to look at the log instead.
const DEPTH: usize = 1024;

/// There is something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nudge {
    /// In which authority.
    pub authority: i64,
    /// In which incident's room; none for what is of no room.
    pub room: Option<i64>,
    /// The newest number there.
    pub seq: i64,
}

/// Somebody is told of an event on the page that they have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// Who.
    pub person: i64,
    /// In which authority.
    pub authority: i64,
    /// Which of its events.
    pub chain_seq: i64,
}

/// Tells everybody on this node.
#[derive(Debug, Clone)]
pub struct Bus {
    sender: broadcast::Sender<Nudge>,
    pages: broadcast::Sender<Telling>,
    doors: watch::Sender<()>,
}

impl Bus {
    /// The bus of one node.
    pub fn local() -> Self {
        Self { sender: broadcast::channel(DEPTH).0, pages: broadcast::channel(DEPTH).0, doors: watch::Sender::new(()) }
    }

    /// Tells.
    pub(crate) fn tell(&self, nudges: impl IntoIterator<Item = Nudge>) {
        for nudge in nudges {
            // An error means that nobody listens.
            let _ = self.sender.send(nudge);
        }
    }

    /// Everything that is told from now on. A listener that falls behind gets an error that says so, and must then
    /// compare its place with the log.
    pub fn listen(&self) -> broadcast::Receiver<Nudge> {
        self.sender.subscribe()
    }

    /// Tells one person.
    pub(crate) fn page(&self, telling: Telling) {
        // An error means that nobody listens.
        let _ = self.pages.send(telling);
    }

    /// Everything that single people are told from now on.
    pub fn pages(&self) -> broadcast::Receiver<Telling> {
        self.pages.subscribe()
    }

    /// Says that somebody's way in was closed: whoever lets people stay looks again, rather than at the next tick.
    pub(crate) fn doors_changed(&self) {
        self.doors.send_replace(());
    }

    /// Changes whenever somebody's way in was closed on this node.
    pub(crate) fn doors(&self) -> watch::Receiver<()> {
        self.doors.subscribe()
    }
}
