//! The bus carries pointers, never content: that a room has something new, and up to which number. A signal may be lost;
//! whoever waits compares their place with the log now and then. Nothing from here is believed: it says where to look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::nats::{self, Link};
use super::rooms::lock;
use crate::error::Result;
use crate::sabotage::Fault;

/// How many signals a slow listener may be behind before it is told to look at the log instead.
const DEPTH: usize = 4096;

/// Something that somebody may wait for. Numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// There is something new.
    Room(Nudge),
    /// Somebody is told of an event. What it is stands in the outbox, and is looked up there.
    Person(Telling),
    /// Somebody's way in was closed, or their rights are others: whoever lets people stay looks again.
    Doors,
    /// Somebody is writing.
    Typing {
        /// In which authority.
        authority: i64,
        /// In which incident's room.
        room: i64,
        /// Who.
        person: i64,
        /// Whether it will be a note: then no official learns of it.
        note: bool,
    },
    /// Somebody has come into a room, is still there, or has left it.
    Here {
        /// In which authority.
        authority: i64,
        /// Which incident's room.
        room: i64,
        /// Who.
        person: i64,
        /// At which node: see [`Bus::node`].
        node: u64,
        /// Which of the two.
        state: Here,
        /// For how many seconds they have done nothing there.
        idle: u32,
    },
    /// Somebody has read on in a room; how far stands in the database.
    Read {
        /// In which authority.
        authority: i64,
        /// In which incident's room.
        room: i64,
        /// Who.
        person: i64,
        /// Whether of what both sides read, which officials are told; else of all, which responders are.
        shared: bool,
    },
    /// Signals may have been lost: everybody compares their place with the log. Never sent to other nodes, and not
    /// taken from them.
    #[serde(skip)]
    Lost,
}

/// There is something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nudge {
    /// In which authority.
    pub authority: i64,
    /// In which incident's room; none for what is of no room.
    pub room: Option<i64>,
    /// The newest number there.
    pub seq: i64,
}

/// Somebody is told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// Who.
    pub person: i64,
    /// In which authority.
    pub authority: i64,
    /// Which of its events.
    pub chain_seq: i64,
}

/// Whether somebody is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Here {
    /// They came, or are still there.
    Joined,
    /// They went.
    Left,
}

impl Signal {
    /// Whether its numbers can be those of something.
    pub(super) fn is_sound(&self) -> bool {
        match *self {
            Self::Room(Nudge { authority, room, seq }) => authority > 0 && room.is_none_or(|room| room > 0) && seq >= 0,
            Self::Typing { authority, room, person, .. }
            | Self::Here { authority, room, person, .. }
            | Self::Read { authority, room, person, .. } => authority > 0 && room > 0 && person > 0,
            Self::Person(Telling { person, authority, chain_seq }) => person > 0 && authority > 0 && chain_seq > 0,
            Self::Doors => true,
            Self::Lost => false,
        }
    }
}

/// Whether other nodes can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// There are none: no bus is set.
    Alone,
    /// They are.
    Others,
    /// Not now. They look at the log meanwhile, as we do.
    Away,
}

/// Tells everybody on this node at once, and other nodes where there is a bus between them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    node: u64,
    here: broadcast::Sender<Signal>,
    link: OnceLock<Link>,
    /// People one of whose ways in was closed here, and how often, until they were looked up after that.
    shut: Mutex<HashMap<i64, u64>>,
}

impl Bus {
    /// The bus of one node.
    pub fn local() -> Self {
        Self(Arc::new(Inner {
            node: crate::id::number(),
            here: broadcast::channel(DEPTH).0,
            link: OnceLock::new(),
            shut: Mutex::default(),
        }))
    }

    /// Joins the nodes of one hub, at NATS, until `stop`. `hub` names the hub: its database's epoch. It does not wait for
    /// NATS: while that is away everything works on this node, and other nodes are a second late.
    ///
    /// # Errors
    /// If `url` is no address.
    pub async fn join(&self, url: &str, hub: &str, stop: CancellationToken) -> Result<()> {
        let link = nats::join(self.clone(), url, hub, stop).await?;
        // A second link would be of no use.
        let _ = self.0.link.set(link);
        Ok(())
    }

    /// Whether other nodes can be told.
    pub fn reach(&self) -> Reach {
        self.0.link.get().map_or(Reach::Alone, Link::reach)
    }

    /// A way in of somebody was closed. From this instant on nothing is delivered to them at this node until they were
    /// looked up again; other nodes look at once.
    pub(crate) fn shut_out(&self, person: i64) {
        *lock(&self.0.shut).entry(person).or_default() += 1;
        self.tell(Signal::Doors);
    }

    /// Whether they wait to be looked up.
    pub(super) fn is_shut(&self, person: i64) -> bool {
        lock(&self.0.shut).contains_key(&person)
    }

    /// Who waits to be looked up.
    pub(super) fn shut(&self) -> HashMap<i64, u64> {
        lock(&self.0.shut).clone()
    }

    /// They were looked up. Who was shut out once more meanwhile waits on.
    pub(super) fn looked_up(&self, people: &HashMap<i64, u64>) {
        lock(&self.0.shut).retain(|person, times| people.get(person) != Some(times));
    }

    /// The number of this node: another one at each start.
    pub fn node(&self) -> u64 {
        self.0.node
    }

    /// Tells. Never waits.
    pub(crate) fn tell(&self, signal: Signal) {
        if Fault::LostNudgeWithoutCompare.is_on() && matches!(signal, Signal::Room(_)) {
            return;
        }
        if let Some(link) = self.0.link.get() {
            link.send(signal);
        }
        self.tell_here(signal);
    }

    /// Tells this node alone: what came from another, or concerns no other.
    pub(crate) fn tell_here(&self, signal: Signal) {
        // An error means that nobody listens.
        let _ = self.0.here.send(signal);
    }

    /// Tells of rooms.
    pub(crate) fn nudge(&self, nudges: Vec<Nudge>) {
        nudges.into_iter().for_each(|nudge| self.tell(Signal::Room(nudge)));
    }

    /// Tells other nodes alone: what this one knows already.
    pub(crate) fn tell_others(&self, signal: Signal) {
        if let Some(link) = self.0.link.get() {
            link.send(signal);
        }
    }

    /// Everything that is told from now on. A listener that falls behind gets an error that says so, and must then
    /// compare its place with the log, as after [`Signal::Lost`].
    pub fn listen(&self) -> broadcast::Receiver<Signal> {
        self.0.here.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_shut_out_waits_for_a_look_that_began_after_it_and_nobody_else_does() {
        let bus = Bus::local();
        bus.shut_out(3);
        assert!(bus.is_shut(3) && !bus.is_shut(4), "others go on");
        let seen = bus.shut();
        bus.shut_out(3);
        bus.looked_up(&seen);
        assert!(bus.is_shut(3), "that look began before it happened again");
        bus.looked_up(&bus.shut());
        assert!(!bus.is_shut(3));
        bus.tell_here(Signal::Doors);
        assert!(bus.shut().is_empty(), "what another node says makes nobody wait");
    }
}
