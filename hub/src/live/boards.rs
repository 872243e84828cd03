//! The boards that are watched on this node: each is made once for all who watch it, a few times a second at most, and
//! whoever comes late gets the newest alone. Boards are the response side's: no official has one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use super::Keep;
use super::queries::progress;
use super::rooms::lock;
use crate::dashboard::{self, Figures};
use crate::error::{Error, Result};
use crate::escalation::codes;
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::incident::{self, Filter, IncidentView};
use crate::store::{Page, PageOf};
use crate::time::Ts;

/// At least this long between two makings of a board.
const PAUSE: Duration = Duration::from_millis(250);
/// Clocks run out and people go off duty without an event: a board is made again after this all the same.
const AGAIN: Duration = Duration::from_secs(5);
/// How many incidents the queue's board shows: the first page of the queue.
const ROWS: u64 = 200;

codes! {
    /// What can be watched beside rooms.
    View, "view" {
        /// All open incidents, in the order of work.
        Queue = "queue" "queue",
        /// The figures.
        Dashboard = "dashboard" "dashboard",
    }
}

/// What a board shows.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Shown {
    /// The first page of the queue.
    Queue(PageOf<IncidentView>),
    /// The figures.
    Dashboard(Box<Figures>),
}

/// A board as it stood at one instant.
#[derive(Debug)]
pub struct Board<T> {
    /// Which.
    pub view: View,
    /// Counts up with each change, over restarts too.
    pub rev: u64,
    /// When it was made.
    pub as_of: Ts,
    /// What it shows.
    pub shown: Shown,
    /// The one incident by which it differs from the revision before, where it is one.
    pub changed: Option<(String, Box<IncidentView>)>,
    /// What was made of it.
    pub kept: T,
}

#[derive(Debug)]
pub(super) struct Boards<T> {
    all: [Arc<Desk<T>>; View::ALL.len()],
}

#[derive(Debug)]
struct Desk<T> {
    hub: Hub,
    view: View,
    wake: Notify,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    rev: u64,
    latest: Option<Arc<Board<T>>>,
    bells: HashMap<u64, Arc<Notify>>,
    watchers: u64,
    runs: bool,
    /// How many events there were when it was last made.
    made_of: i64,
}

/// Somebody watches a board.
#[derive(Debug)]
pub(super) struct BoardWatch<T> {
    desk: Arc<Desk<T>>,
    watcher: u64,
    seen: u64,
}

impl<T: Keep> Boards<T> {
    pub(super) fn new(hub: Hub) -> Self {
        // Pages that were made before a restart know a revision, and no later one may be below it.
        let began = u64::try_from(hub.wall.now().millis()).unwrap_or_default();
        let desk = |view: &View| {
            let state = State { rev: began, latest: None, bells: HashMap::new(), watchers: 0, runs: false, made_of: 0 };
            Arc::new(Desk { hub: hub.clone(), view: *view, wake: Notify::new(), state: Mutex::new(state) })
        };
        Self { all: [desk(&View::Queue), desk(&View::Dashboard)] }
    }

    fn desk(&self, view: View) -> &Arc<Desk<T>> {
        let [queue, dashboard] = &self.all;
        match view {
            View::Queue => queue,
            View::Dashboard => dashboard,
        }
    }

    pub(super) fn rev(&self, view: View) -> u64 {
        lock(&self.desk(view).state).rev
    }

    /// Something changed.
    pub(super) fn touch(&self) {
        self.all.iter().for_each(|desk| desk.wake.notify_one());
    }

    /// Looks whether a nudge was lost.
    pub(super) async fn compare(&self) {
        let Some(hub) = self.all.iter().find(|desk| lock(&desk.state).runs).map(|desk| &desk.hub) else { return };
        let system = Viewer::system("looking whether a board is old");
        match progress(&hub.db.read(&system)).await {
            Ok(events) => {
                let old = self.all.iter().filter(|desk| lock(&desk.state).made_of != events);
                old.for_each(|desk| desk.wake.notify_one());
            }
            Err(error) => tracing::warn!(%error, "the boards cannot be compared"),
        }
    }

    pub(super) fn watch(&self, view: View, bell: Arc<Notify>) -> BoardWatch<T> {
        let desk = self.desk(view).clone();
        let mut state = lock(&desk.state);
        state.watchers += 1;
        let watcher = state.watchers;
        bell.notify_one();
        state.bells.insert(watcher, bell);
        if !state.runs {
            state.runs = true;
            // What was made for those who left may be old.
            state.latest = None;
            tokio::spawn(desk.clone().run());
        }
        drop(state);
        BoardWatch { desk, watcher, seen: 0 }
    }
}

impl<T: Keep> Desk<T> {
    /// Makes the board whenever it may have changed, until nobody watches.
    async fn run(self: Arc<Self>) {
        let mut pause = tokio::time::interval(PAUSE);
        pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = BTreeMap::new();
        loop {
            pause.tick().await;
            {
                let mut state = lock(&self.state);
                if state.bells.is_empty() {
                    state.runs = false;
                    return;
                }
            }
            let making = async {
                // From before it is made: what comes meanwhile is looked at again.
                let system = Viewer::system("looking how old a board will be");
                let of = progress(&self.hub.db.read(&system)).await?;
                self.refresh(&mut before).await.map(|()| of)
            };
            match making.await {
                Ok(of) => lock(&self.state).made_of = of,
                Err(error) => tracing::warn!(%error, board = %self.view.code(), "a board cannot be made"),
            }
            // Nothing came for a while: then it is time all the same.
            let _ = tokio::time::timeout(AGAIN, self.wake.notified()).await;
        }
    }

    /// `before` holds what the revision before showed, incident by incident.
    async fn refresh(&self, before: &mut BTreeMap<String, String>) -> Result<()> {
        let now = self.hub.clock.now();
        let system = Viewer::system("making a board");
        let (shown, changed) = match self.view {
            View::Dashboard => (Shown::Dashboard(Box::new(dashboard::figures(&self.hub, &system, now).await?)), None),
            View::Queue => {
                let page = Page::first(ROWS);
                let queue = incident::list(&self.hub, &system, &Filter::default(), &page, now).await?;
                let rows: BTreeMap<String, String> = queue
                    .items
                    .iter()
                    .map(|row| Ok((row.reference.clone(), serde_json::to_string(row)?)))
                    .collect::<Result<_, serde_json::Error>>()
                    .map_err(Error::broken)?;
                let was = std::mem::replace(before, rows);
                let mut other: Vec<&String> = was.keys().filter(|name| !before.contains_key(*name)).collect();
                other.extend(before.iter().filter(|(name, row)| was.get(*name) != Some(row)).map(|(name, _)| name));
                let made_before = lock(&self.state).latest.is_some();
                let changed = match other.as_slice() {
                    [] if made_before => return Ok(()),
                    [one] if made_before => {
                        let view = incident::get(&self.hub, &system, one, now).await?;
                        Some(((*one).clone(), Box::new(view)))
                    }
                    _ => None,
                };
                (Shown::Queue(queue), changed)
            }
        };
        let mut state = lock(&self.state);
        state.rev += 1;
        let board = Board { view: self.view, rev: state.rev, as_of: now, shown, changed, kept: T::default() };
        state.latest = Some(Arc::new(board));
        state.bells.values().for_each(|bell| bell.notify_one());
        Ok(())
    }
}

impl<T> BoardWatch<T> {
    pub(super) fn view(&self) -> View {
        self.desk.view
    }

    pub(super) fn is_behind(&self) -> bool {
        lock(&self.desk.state).latest.as_ref().is_some_and(|board| board.rev > self.seen)
    }

    /// The newest, if it was not given yet, and whether the one before it was given: then what changed is enough.
    pub(super) fn take(&mut self) -> Option<(Arc<Board<T>>, bool)> {
        let board = lock(&self.desk.state).latest.clone().filter(|board| board.rev > self.seen)?;
        let next = self.seen + 1 == board.rev;
        self.seen = board.rev;
        Some((board, next))
    }
}

impl<T> Drop for BoardWatch<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.desk.state);
        state.bells.remove(&self.watcher);
        if state.bells.is_empty() {
            self.desk.wake.notify_one();
        }
    }
}
