//! Who is in, and whether they may stay: everybody with an open socket or a waiting request is looked up again and
//! again, all in one go: at once when somebody's way in is closed at any node, else now and then, since it may also be
//! closed by a command or by time. Rights are lent: where the look does not succeed they are not used any more.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::rooms::lock;
use super::{Gone, Signal, rest};
use crate::config::Limits;
use crate::hub::Hub;
use crate::identity::{Credential, Viewer, standing};
use crate::sabotage::Fault;

/// Everybody is looked up this often, and where there are so many that a look takes long, less often: a look may take
/// one part in `SHARE` of the time.
const LOOK: Duration = Duration::from_millis(500);
const SHARE: u32 = 20;
const SELDOM: Duration = Duration::from_secs(2);
/// At least this long between two looks, whatever the bus says.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// For how long rights are lent by a look.
const LEASE: Duration = Duration::from_secs(5);
/// After this long without a look sockets are closed: their clients see that something is wrong, and come again.
const CLOSE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Doors {
    hub: Hub,
    open: Mutex<HashMap<Credential, Held>>,
    /// When the last look began that succeeded.
    looked: Mutex<Instant>,
}

#[derive(Debug)]
struct Held {
    sockets: usize,
    waiting: usize,
    rights: watch::Sender<Rights>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rights {
    Of(Arc<Viewer>),
    /// They may not stay.
    Over,
    /// Nobody knows whether they may.
    Unchecked,
}

/// Somebody who is in, for as long as this is held.
#[derive(Debug)]
pub(super) struct Standing {
    doors: Arc<Doors>,
    pub credential: Credential,
    rights: watch::Receiver<Rights>,
    /// Whether it is a socket, which is counted.
    socket: bool,
}

/// Somebody who waits without a socket, for as long as this is held.
#[derive(Debug)]
pub struct Stay(Standing);

impl Stay {
    /// Waits until they are somebody else, or may not stay.
    pub async fn over(&mut self) {
        self.0.changed().await;
    }
}

impl Doors {
    pub(super) fn new(hub: Hub) -> Arc<Self> {
        Arc::new(Self { hub, open: Mutex::default(), looked: Mutex::new(now()) })
    }

    pub(super) fn enter(
        self: &Arc<Self>,
        credential: Credential,
        viewer: Viewer,
        limits: &Limits,
    ) -> Result<Standing, Gone> {
        let mut open = lock(&self.open);
        let of_person = Self::of_person(&open, &viewer, |held| held.sockets);
        let of_session = open.get(&credential).map_or(0, |held| held.sockets);
        let room = limits.sockets_per_session.allows(of_session + 1) && limits.sockets_per_person.allows(of_person + 1);
        if !room {
            return Err(Gone::TooMany);
        }
        let standing = self.let_in(&mut open, credential, viewer, true);
        drop(open);
        Ok(standing)
    }

    /// Somebody waits without a socket. As many may as sockets of theirs.
    pub(super) fn stay(
        self: &Arc<Self>,
        credential: Credential,
        viewer: Viewer,
        limits: &Limits,
    ) -> Result<Stay, Gone> {
        let mut open = lock(&self.open);
        let waiting = Self::of_person(&open, &viewer, |held| held.waiting);
        if !limits.sockets_per_person.allows(waiting + 1) {
            return Err(Gone::TooMany);
        }
        Ok(Stay(self.let_in(&mut open, credential, viewer, false)))
    }

    /// How many of something a person has, in all that they came in with.
    fn of_person(open: &HashMap<Credential, Held>, viewer: &Viewer, count: impl Fn(&Held) -> usize) -> usize {
        let theirs = |held: &&Held| matches!(&*held.rights.borrow(), Rights::Of(one) if one.id() == viewer.id());
        open.values().filter(theirs).map(count).sum()
    }

    fn let_in(
        self: &Arc<Self>,
        open: &mut HashMap<Credential, Held>,
        credential: Credential,
        viewer: Viewer,
        socket: bool,
    ) -> Standing {
        let held = open.entry(credential.clone());
        let held = held.or_insert_with(|| Held {
            sockets: 0,
            waiting: 0,
            rights: watch::Sender::new(Rights::Of(viewer.into())),
        });
        *held.count(socket) += 1;
        let rights = held.rights.subscribe();
        Standing { doors: self.clone(), credential, rights, socket }
    }

    /// Looks everybody up; false where that did not succeed.
    async fn look(&self) -> bool {
        let (began, mut shut) = (now(), self.hub.bus.shut());
        let all: Vec<Credential> = lock(&self.open).keys().cloned().collect();
        if Fault::SkipWithdrawal.is_on() {
            *lock(&self.looked) = began;
            self.hub.bus.looked_up(&shut);
            return true;
        }
        let here = match timeout(PATIENCE, standing(&self.hub.db, &all, self.hub.wall.now())).await {
            Ok(Ok(here)) => Ok(here),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the database does not answer".to_owned()),
        };
        let seen = here.is_ok();
        match here {
            Ok(mut here) => {
                let held = self.is_held();
                let open = lock(&self.open);
                for credential in &all {
                    let now = here.remove(credential).map_or(Rights::Over, |one| Rights::Of(one.into()));
                    if let Some(one) = open.get(credential) {
                        one.rights.send_if_modified(|was| {
                            let other = *was != now;
                            *was = now;
                            other
                        });
                    }
                }
                // Who came in since the look began was not in it, and waits for the next.
                let looked: HashSet<&Credential> = all.iter().collect();
                for (_, late) in open.iter().filter(|(credential, _)| !looked.contains(credential)) {
                    if let Rights::Of(one) = &*late.rights.borrow() {
                        shut.remove(&one.id());
                    }
                }
                // Only now, when nobody has the old rights any more, does nobody wait any more.
                *lock(&self.looked) = began;
                self.hub.bus.looked_up(&shut);
                // Whoever was held has waited for this, also who came in meanwhile.
                let waited = |rights: &Rights| matches!(rights, Rights::Of(one) if shut.contains_key(&one.id()));
                for one in open.values() {
                    one.rights.send_if_modified(|rights| held || waited(rights));
                }
            }
            Err(error) => {
                tracing::warn!(error, "who may stay in the live channel cannot be looked up");
                if self.unseen() > CLOSE {
                    for one in lock(&self.open).values() {
                        one.rights.send_replace(Rights::Unchecked);
                    }
                }
            }
        }
        seen
    }

    /// How long ago the last look began that succeeded.
    fn unseen(&self) -> Duration {
        now().duration_since(*lock(&self.looked))
    }

    fn is_held(&self) -> bool {
        self.unseen() > LEASE
    }
}

impl Held {
    fn count(&mut self, socket: bool) -> &mut usize {
        if socket { &mut self.sockets } else { &mut self.waiting }
    }
}

/// Looks again and again, until nobody holds the doors.
pub(super) async fn keep(doors: Weak<Doors>) {
    let Some(mut signals) = doors.upgrade().map(|doors| doors.hub.bus.listen()) else { return };
    loop {
        let pause = {
            let Some(doors) = doors.upgrade() else { return };
            let began = now();
            if doors.look().await { (now().duration_since(began) * SHARE).clamp(LOOK, SELDOM) } else { LOOK }
        };
        rest(PAUSE).await;
        if let Ok(Err(RecvError::Closed)) = timeout(pause, shut(&mut signals)).await {
            return;
        }
    }
}

/// Waits until somebody's way in may have been closed.
async fn shut(signals: &mut Receiver<Signal>) -> Result<(), RecvError> {
    loop {
        match signals.recv().await {
            Ok(Signal::Doors | Signal::Lost) | Err(RecvError::Lagged(_)) => return Ok(()),
            Ok(_) => {}
            Err(RecvError::Closed) => return Err(RecvError::Closed),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long ago a look was; the clock that is set does not count for it")]
fn now() -> Instant {
    Instant::now()
}

impl Standing {
    /// Who they are now.
    pub(super) fn viewer(&self) -> Result<Arc<Viewer>, Gone> {
        match &*self.rights.borrow() {
            Rights::Of(viewer) => Ok(viewer.clone()),
            Rights::Over => Err(Gone::SignedOut),
            Rights::Unchecked => Err(Gone::Unchecked),
        }
    }

    /// Whether their rights were looked up too long ago to be used, or before a way in of theirs was closed. Then
    /// [`changed`](Self::changed) tells when they were looked up again.
    pub(super) fn is_held(&self) -> bool {
        let shut = matches!(&*self.rights.borrow(), Rights::Of(one) if self.doors.hub.bus.is_shut(one.id()));
        shut || self.doors.is_held()
    }

    /// Waits until they are somebody else, or nobody.
    pub(super) async fn changed(&mut self) {
        // The sender lives for as long as we are held.
        let _ = self.rights.changed().await;
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let mut open = lock(&self.doors.open);
        if let Some(held) = open.get_mut(&self.credential) {
            *held.count(self.socket) -= 1;
            if held.sockets + held.waiting == 0 {
                open.remove(&self.credential);
            }
        }
    }
}
