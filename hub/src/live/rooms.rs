//! The rooms that are watched on this node: for each and each side one task that reads what is new from the log, once
//! for all watchers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::queries::heads;
use super::{Keep, rest};
use crate::audit::EventView;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Side, Viewer};
use crate::room::{PAGE, replay};
use crate::sabotage::Fault;

/// How much of a room's end is kept in memory; who is further behind reads the log itself.
const TAIL: usize = 128;
const TAIL_BYTES: usize = 512 * 1024;
/// A room is read at most this often: what comes faster comes together, and whatever the bus says costs no more.
const PAUSE: Duration = Duration::from_millis(5);
/// How large a page of what was missed is, at least one event: a slow line must get through one.
const PAGE_BYTES: usize = 128 * 1024;

/// A room, beside its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As `ALD-42`.
    pub reference: String,
    /// Its key.
    pub incident: i64,
    /// Its authority's key.
    pub authority: i64,
    /// Its authority's name.
    pub authority_name: String,
    /// Its authority's zone.
    pub zone: String,
}

/// An event of a room, shared by all who get it.
#[derive(Debug)]
pub struct Fresh<T> {
    /// The event, in the numbering of the side that it is for.
    pub event: EventView,
    /// What was made of it.
    pub kept: T,
}

impl<T: Default> Fresh<T> {
    fn new(event: EventView) -> Arc<Self> {
        Arc::new(Self { event, kept: T::default() })
    }

    fn bytes(&self) -> usize {
        256 + self.event.text.as_ref().map_or(0, String::len)
    }
}

/// One side of one room.
#[derive(Debug)]
struct Channel<T> {
    place: Arc<Place>,
    side: Side,
    wake: Notify,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    /// Up to here the tail goes.
    newest: i64,
    /// Consecutive; its last is `newest`.
    tail: VecDeque<Arc<Fresh<T>>>,
    bytes: usize,
    /// Whom to tell, by the number of the watcher.
    bells: HashMap<u64, Arc<Notify>>,
    /// Nobody watches any more.
    left: bool,
}

#[derive(Debug)]
pub(super) struct Rooms<T> {
    hub: Hub,
    open: Mutex<Open<T>>,
}

#[derive(Debug)]
struct Open<T> {
    channels: HashMap<(i64, Side), Arc<Channel<T>>>,
    watchers: u64,
}

/// A place in the log of a room.
#[derive(Debug)]
pub(super) struct Watching<T: Keep> {
    rooms: Arc<Rooms<T>>,
    channel: Arc<Channel<T>>,
    watcher: u64,
    /// The last event that was given out.
    last: i64,
    /// Whether all that was missed has been given out, a page at a time.
    caught_up: bool,
}

impl<T: Keep> Rooms<T> {
    pub(super) fn new(hub: Hub) -> Arc<Self> {
        Arc::new(Self { hub, open: Mutex::new(Open { channels: HashMap::new(), watchers: 0 }) })
    }

    /// Watches one side of a room after the event `last`; `newest` is how far its log had come.
    pub(super) fn watch(
        self: &Arc<Self>,
        place: Place,
        side: Side,
        (last, newest): (i64, i64),
        bell: Arc<Notify>,
    ) -> Watching<T> {
        let mut open = lock(&self.open);
        open.watchers += 1;
        let watcher = open.watchers;
        let channel = open.channels.entry((place.incident, side)).or_insert_with(|| {
            let state = State { newest, tail: VecDeque::new(), bytes: 0, bells: HashMap::new(), left: false };
            let channel = Channel { place: Arc::new(place), side, wake: Notify::new(), state: Mutex::new(state) };
            let channel = Arc::new(channel);
            tokio::spawn(channel.clone().read(self.hub.clone()));
            // Something may have come since the newest was looked up, when nobody listened here.
            channel.wake.notify_one();
            channel
        });
        let channel = channel.clone();
        lock(&channel.state).bells.insert(watcher, bell);
        drop(open);
        Watching { rooms: self.clone(), channel, watcher, last, caught_up: last >= newest }
    }

    /// There is something new in this room.
    pub(super) fn wake(&self, incident: i64) {
        let open = lock(&self.open);
        for side in [Side::Authority, Side::Response] {
            if let Some(channel) = open.channels.get(&(incident, side)) {
                channel.wake.notify_one();
            }
        }
    }

    /// There may be something new anywhere.
    pub(super) fn wake_all(&self) {
        lock(&self.open).channels.values().for_each(|channel| channel.wake.notify_one());
    }

    /// Looks whether a nudge was lost.
    pub(super) async fn compare(&self) {
        let places: Vec<_> = lock(&self.open)
            .channels
            .iter()
            .map(|((incident, side), channel)| (*incident, *side, lock(&channel.state).newest))
            .collect();
        if places.is_empty() || Fault::LostNudgeWithoutCompare.is_on() {
            return;
        }
        let mut incidents: Vec<i64> = places.iter().map(|(incident, ..)| *incident).collect();
        incidents.sort_unstable();
        incidents.dedup();
        let system = Viewer::system("looking for what is new");
        let heads = match heads(&self.hub.db.read(&system), &incidents).await {
            Ok(heads) => heads,
            Err(error) => {
                tracing::warn!(%error, "the log cannot be compared");
                return;
            }
        };
        let heads: HashMap<i64, _> = heads.into_iter().map(|head| (head.id, head)).collect();
        let open = lock(&self.open);
        for (incident, side, newest) in places {
            let head =
                heads.get(&incident).map(|head| if side == Side::Authority { head.shared_seq } else { head.seq });
            if head.is_some_and(|head| head > newest)
                && let Some(channel) = open.channels.get(&(incident, side))
            {
                channel.wake.notify_one();
            }
        }
    }
}

impl<T: Keep> Channel<T> {
    /// Reads what is new whenever it is woken, until nobody watches.
    async fn read(self: Arc<Self>, hub: Hub) {
        let reader = Viewer::of_side("reading a room for its watchers", self.side, self.place.authority);
        loop {
            self.wake.notified().await;
            loop {
                let after = {
                    let state = lock(&self.state);
                    if state.left {
                        return;
                    }
                    state.newest
                };
                let events = match replay(&hub.db.read(&reader), self.place.incident, after, PAGE).await {
                    Ok(events) => events,
                    Err(error) => {
                        // It is looked at again within a second.
                        tracing::warn!(%error, room = self.place.reference, "a room cannot be read");
                        break;
                    }
                };
                let full = events.len() as u64 == PAGE;
                self.append(events);
                if !full {
                    break;
                }
            }
            rest(PAUSE).await;
        }
    }

    fn append(&self, events: Vec<EventView>) {
        if events.is_empty() {
            return;
        }
        let mut state = lock(&self.state);
        for event in events {
            state.newest = event.seq;
            let event = Fresh::<T>::new(event);
            state.bytes += event.bytes();
            state.tail.push_back(event);
            while state.tail.len() > 1 && (state.tail.len() > TAIL || state.bytes > TAIL_BYTES) {
                let gone = state.tail.pop_front().map_or(0, |event| event.bytes());
                state.bytes -= gone;
            }
        }
        state.bells.values().for_each(|bell| bell.notify_one());
    }
}

impl<T: Keep> Watching<T> {
    pub(super) fn place(&self) -> &Arc<Place> {
        &self.channel.place
    }

    pub(super) fn side(&self) -> Side {
        self.channel.side
    }

    pub(super) fn caught_up(&self) -> bool {
        self.caught_up
    }

    /// Whether the log goes on after our place.
    pub(super) fn is_behind(&self) -> bool {
        lock(&self.channel.state).newest > self.last
    }

    /// The next events, at most `most`: from memory where they are there, else from the log, as this viewer may read
    /// it. Our place goes on by what is given.
    pub(super) async fn take(&mut self, viewer: &Viewer, most: usize) -> Result<Vec<Arc<Fresh<T>>>> {
        if !self.is_behind() {
            self.caught_up = true;
            return Ok(Vec::new());
        }
        let events = match self.in_memory(most) {
            Some(events) => events,
            None => self.in_log(viewer, most).await?,
        };
        for event in &events {
            if event.event.seq != self.last + 1 {
                let room = &self.place().reference;
                return Err(Error::broken(format!("{room}: event {} after {}", event.event.seq, self.last)));
            }
            self.last = event.event.seq;
        }
        self.caught_up |= !self.is_behind();
        Ok(events)
    }

    fn in_memory(&self, most: usize) -> Option<Vec<Arc<Fresh<T>>>> {
        let state = lock(&self.channel.state);
        let first = state.tail.front()?.event.seq;
        let skip = usize::try_from(self.last + 1 - first).ok()?;
        let events: Vec<_> = state.tail.iter().skip(skip).take(most).cloned().collect();
        drop(state);
        Some(cut(events))
    }

    async fn in_log(&self, viewer: &Viewer, most: usize) -> Result<Vec<Arc<Fresh<T>>>> {
        let most = u64::try_from(most).unwrap_or(PAGE).min(PAGE);
        let reader = self.rooms.hub.db.read(viewer);
        let events = replay(&reader, self.place().incident, self.last, most).await?;
        Ok(cut(events.into_iter().map(Fresh::new).collect()))
    }
}

impl<T: Keep> Drop for Watching<T> {
    fn drop(&mut self) {
        let mut open = lock(&self.rooms.open);
        let mut state = lock(&self.channel.state);
        state.bells.remove(&self.watcher);
        if state.bells.is_empty() {
            state.left = true;
            open.channels.remove(&(self.channel.place.incident, self.channel.side));
            self.channel.wake.notify_one();
        }
    }
}

/// As many as fit a page, one at least.
fn cut<T: Default>(mut events: Vec<Arc<Fresh<T>>>) -> Vec<Arc<Fresh<T>>> {
    let mut bytes = 0;
    let fits = events.iter().take_while(|event| {
        bytes += event.bytes();
        bytes <= PAGE_BYTES
    });
    let fits = fits.count().max(1);
    events.truncate(fits);
    events
}

/// A panic elsewhere leaves these tables whole: each change of them is one step.
pub(super) fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}
