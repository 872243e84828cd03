//! The live channel, without HTML and without sockets: who is told that there is something new, and what.
//!
//! Rooms replay, boards refresh. A watcher of a room holds its place in the log, and everything that it is given is
//! read from the log after that place: what was missed and what just happened come the same way. An event is loaded
//! once per room and side and shared; whether its receiver may still have it is asked of each.

mod beside;
mod boards;
mod bus;
mod doors;
mod nats;
mod presence;
mod queries;
mod rooms;
mod session;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

pub use beside::{People, Present};
pub use boards::{Board, Shown, View};
pub use bus::{Bus, Here, Nudge, Reach, Signal, Telling};
pub use doors::Stay;
pub use nats::check as check_bus;
pub use rooms::{Fresh, Place};
pub use session::{Gone, Joined, Session, Told};

use crate::config::Limits;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Credential, Side, Viewer};
use beside::Besides;
use boards::Boards;
use doors::Doors;
use rooms::Rooms;

/// How long a nudge may be missing before the log is looked at.
const COMPARE: Duration = Duration::from_secs(1);

/// How many tellings a page may be behind: past it the oldest make no sound any more.
const TELLINGS: usize = 256;

/// What a carrier keeps beside an event or a board: the bytes that it made of it, made once and shared.
pub trait Keep: Default + Send + Sync + 'static {}

impl<T: Default + Send + Sync + 'static> Keep for T {}

/// The live channel of this node.
#[derive(Debug)]
pub struct Live<T>(Arc<Inner<T>>);

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct Inner<T> {
    hub: Hub,
    doors: Arc<Doors>,
    rooms: Arc<Rooms<T>>,
    besides: Arc<Besides<T>>,
    boards: Boards<T>,
    /// Who is told of what, for those of them that have a page open.
    tellings: broadcast::Sender<Telling>,
}

impl<T: Keep> Live<T> {
    /// Begins to listen. It ends with `stop`, or when nobody holds it.
    pub fn start(hub: Hub, stop: CancellationToken) -> Self {
        let inner = Arc::new(Inner {
            doors: Doors::new(hub.clone()),
            rooms: Rooms::new(hub.clone()),
            besides: Besides::new(hub.clone()),
            boards: Boards::new(hub.clone()),
            tellings: broadcast::channel(TELLINGS).0,
            hub,
        });
        let (listening, looking) = (listen(Arc::downgrade(&inner)), doors::keep(Arc::downgrade(&inner.doors)));
        let (comparing, beside) = (compare(Arc::downgrade(&inner)), beside::keep(Arc::downgrade(&inner.besides)));
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = async { tokio::join!(listening, comparing, looking, beside); } => {}
            }
        });
        Self(inner)
    }

    /// Somebody opens a socket with what they came in with.
    ///
    /// # Errors
    /// [`Gone::TooMany`] where they have as many as they may.
    pub fn enter(&self, credential: Credential, viewer: Viewer, limits: &Limits) -> Result<Session<T>, Gone> {
        let standing = self.0.doors.enter(credential, viewer, limits)?;
        Ok(Session::new(self.clone(), standing))
    }

    /// Who is in a room as a side may know it, for the page that is made of it.
    pub async fn people(&self, place: &Place, side: Side) -> Arc<People<T>> {
        self.0.besides.people(place, side).await
    }

    /// Somebody waits without a socket: what they came in with is looked at as long as they do.
    ///
    /// # Errors
    /// [`Gone::TooMany`] where they wait as often as they may.
    pub fn stay(&self, credential: Credential, viewer: Viewer, limits: &Limits) -> Result<Stay, Gone> {
        self.0.doors.stay(credential, viewer, limits)
    }

    /// The revision of a board, for the page that is made of it.
    pub fn rev(&self, view: View) -> u64 {
        self.0.boards.rev(view)
    }

    /// What it is the live channel of.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }
}

/// A pause between two looks at the same.
pub(crate) async fn rest(pause: Duration) {
    // What never ends is given up after the pause.
    let _ = tokio::time::timeout(pause, std::future::pending::<()>()).await;
}

/// Hands signals on. Where some were lost, the log says what is new.
async fn listen<T: Keep>(inner: Weak<Inner<T>>) {
    let Some(mut signals) = inner.upgrade().map(|inner| inner.hub.bus.listen()) else { return };
    loop {
        let signal = signals.recv().await;
        let Some(inner) = inner.upgrade() else { return };
        match signal {
            Ok(Signal::Room(nudge)) => {
                if let Some(room) = nudge.room {
                    inner.rooms.wake(room);
                }
                inner.boards.touch();
            }
            Ok(Signal::Lost) | Err(RecvError::Lagged(_)) => {
                inner.rooms.wake_all();
                inner.boards.touch();
            }
            Ok(Signal::Person(telling)) => {
                // An error means that nobody has a page open.
                let _ = inner.tellings.send(telling);
            }
            // Doors have their own listener.
            Ok(signal) => inner.besides.hear(signal),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Looks again and again whether a signal was lost. Apart from the signals: a slow database holds none of them up.
async fn compare<T: Keep>(inner: Weak<Inner<T>>) {
    let mut tick = tokio::time::interval(COMPARE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        inner.rooms.compare().await;
        inner.boards.compare().await;
    }
}
