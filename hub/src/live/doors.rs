//! Who is in, and whether they may stay: everybody with an open socket is looked up again twice a second, all in one
//! go, and at once when a way in is closed on this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::Gone;
use crate::config::Limits;
use crate::hub::Hub;
use crate::identity::{Credential, Viewer, standing};

/// How long a withdrawn right may be used.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Doors {
    hub: Hub,
    open: Mutex<HashMap<Credential, Held>>,
}

#[derive(Debug)]
struct Held {
    sockets: usize,
    viewer: watch::Sender<Option<Viewer>>,
}

/// Somebody who is in, for as long as this is held.
#[derive(Debug)]
pub(super) struct Standing {
    doors: Arc<Doors>,
    pub credential: Credential,
    viewer: watch::Receiver<Option<Viewer>>,
}

impl Doors {
    pub(super) fn new(hub: Hub) -> Arc<Self> {
        Arc::new(Self { hub, open: Mutex::default() })
    }

    pub(super) fn enter(
        self: &Arc<Self>,
        credential: Credential,
        viewer: Viewer,
        limits: &Limits,
    ) -> Result<Standing, Gone> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = |held: &&Held| held.viewer.borrow().as_ref().is_some_and(|one| one.id() == viewer.id());
        let of_person: usize = open.values().filter(theirs).map(|held| held.sockets).sum();
        let of_session = open.get(&credential).map_or(0, |held| held.sockets);
        let room = limits.sockets_per_session.allows(of_session + 1) && limits.sockets_per_person.allows(of_person + 1);
        if !room {
            return Err(Gone::TooMany);
        }
        let held = open
            .entry(credential.clone())
            .or_insert_with(|| Held { sockets: 0, viewer: watch::Sender::new(Some(viewer)) });
        held.sockets += 1;
        let viewer = held.viewer.subscribe();
        drop(open);
        Ok(Standing { doors: self.clone(), credential, viewer })
    }

    async fn look(&self) {
        let all: Vec<Credential> = self.held().keys().cloned().collect();
        if all.is_empty() {
            return;
        }
        match standing(&self.hub.db, &all, self.hub.wall.now()).await {
            Ok(mut here) => {
                let open = self.held();
                for credential in &all {
                    let now = here.remove(credential);
                    if let Some(held) = open.get(credential) {
                        held.viewer.send_if_modified(|was| {
                            let other = *was != now;
                            *was = now;
                            other
                        });
                    }
                }
            }
            // Nothing new can be delivered either while the database does not answer.
            Err(error) => tracing::warn!(%error, "who may stay in the live channel cannot be looked up"),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Credential, Held>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks again and again, until nobody holds the doors.
pub(super) async fn keep(doors: Weak<Doors>) {
    let Some(mut shut) = doors.upgrade().map(|doors| doors.hub.bus.doors()) else { return };
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            changed = shut.changed() => if changed.is_err() { return },
        }
        let Some(doors) = doors.upgrade() else { return };
        doors.look().await;
    }
}

impl Standing {
    /// Who they are now; none where they may not stay.
    pub(super) fn viewer(&self) -> Option<Viewer> {
        self.viewer.borrow().clone()
    }

    /// Waits until they are somebody else, or nobody.
    pub(super) async fn changed(&mut self) {
        // The sender lives for as long as we are held.
        let _ = self.viewer.changed().await;
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let mut open = self.doors.held();
        if let Some(held) = open.get_mut(&self.credential) {
            held.sockets -= 1;
            if held.sockets == 0 {
                open.remove(&self.credential);
            }
        }
    }
}
