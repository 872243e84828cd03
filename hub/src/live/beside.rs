//! What is told beside a room's log: who is there, who is writing, how far somebody has read. Nothing of it is an event
//! and nothing of it is promised: the newest counts, and what nobody took away in time is dropped.
//!
//! Each side has a board of its own. On the officials' there is nothing that comes from where responders are or what
//! they write to each other: who is on duty stands in the rota, and reading is counted in the officials' own numbers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};

use super::presence::{AGAIN, AWAY, Own, Table};
use super::rooms::lock;
use super::{Here, Keep, Place, Signal};
use crate::audit::By;
use crate::duty::{self, Shift};
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, RESPONSE_TEAM, Right, Side, Viewer, viewers};
use crate::room::{UpTo, mark, mark_of, up_to};
use crate::sabotage::Fault;
use crate::time::Ts;

/// How often a room's boards change at most.
const BEAT: Duration = Duration::from_secs(1);
/// How often it is told of one person that they write.
const WRITING: Duration = Duration::from_secs(3);
/// After this long nobody is told any more that somebody was writing.
const WROTE: Duration = Duration::from_secs(5);
/// How often one person's reading of one room is kept at most.
const READING: Duration = Duration::from_secs(3);
/// How old the rota may be.
const ROTA: Duration = Duration::from_secs(5);
/// How many people a board shows at most.
const SHOWN: usize = 64;
/// How many asides wait for slow readers at most.
const WAITING: usize = 128;

/// Somebody in a room, as one side of it sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Present {
    /// In full.
    pub name: String,
    /// Their office.
    pub office: String,
    /// Their role's code.
    pub role: String,
    /// `active`, `away` (here, and has done nothing for five minutes), `on_duty` (by the rota, not by sockets).
    pub state: &'static str,
    /// When they last did something here; none for who is on duty.
    pub last_heard: Option<Ts>,
}

/// Who is in a room as one side sees it, shared by all who get it.
#[derive(Debug, Default)]
pub struct People<T> {
    /// Officials first, then by name.
    pub list: Vec<Present>,
    /// What was made of it.
    pub kept: T,
}

/// Something beside the log, for one reader.
#[derive(Debug)]
pub(super) enum Aside<T> {
    People(Arc<People<T>>),
    Typing(By),
    Read(By, i64),
}

/// Whose reading in which room, and whether of what both sides read, or of all.
type Lane = (i64, i64, bool);
/// What is still to be kept of it, and as whom they read; while there is an entry a task looks after it.
type Reading = HashMap<Lane, Option<(Viewer, i64)>>;

/// The rooms that are watched on this node, and who is in which.
#[derive(Debug)]
pub(super) struct Besides<T> {
    hub: Hub,
    table: Mutex<Table>,
    open: Mutex<HashMap<i64, Arc<Room<T>>>>,
    watchers: AtomicU64,
    /// Rooms whose people may be others.
    changed: Mutex<HashSet<i64>>,
    /// What was read on, and is still to be told.
    read: Mutex<HashSet<Lane>>,
    reading: Mutex<Reading>,
    rota: Mutex<Option<(Instant, Arc<Vec<Shift>>)>>,
}

#[derive(Debug)]
struct Room<T> {
    incident: i64,
    authority: i64,
    officials: Board<T>,
    responders: Board<T>,
}

/// What one side of a room is told.
#[derive(Debug)]
struct Board<T> {
    side: Side,
    rev: AtomicU64,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    bells: HashMap<u64, Arc<Notify>>,
    people: Arc<People<T>>,
    asides: VecDeque<Noted>,
}

/// An aside that waits, from which revision on and since when.
#[derive(Debug)]
struct Noted {
    rev: u64,
    at: Instant,
    person: i64,
    by: By,
    /// How far they have read; none where they are writing.
    read: Option<i64>,
}

/// A reader's place beside a room, and their own presence in it, for as long as this is held.
#[derive(Debug)]
pub(super) struct Beside<T: Keep> {
    besides: Arc<Besides<T>>,
    room: Arc<Room<T>>,
    side: Side,
    watcher: u64,
    person: i64,
    seen: u64,
    people: Arc<People<T>>,
    /// Up to where this socket said that it has read what both sides read.
    told: i64,
}

impl<T: Keep> Besides<T> {
    pub(super) fn new(hub: Hub) -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::new(Table::new(hub.bus.node())),
            hub,
            open: Mutex::default(),
            watchers: AtomicU64::new(0),
            changed: Mutex::default(),
            read: Mutex::default(),
            reading: Mutex::default(),
            rota: Mutex::default(),
        })
    }

    /// Somebody comes into a room.
    pub(super) async fn enter(self: &Arc<Self>, place: &Place, viewer: &Viewer, bell: Arc<Notify>) -> Beside<T> {
        let (side, watcher) = (viewer.side(), self.watchers.fetch_add(1, Ordering::Relaxed));
        let room = self.watch(place, side, watcher, bell);
        let seen = room.board(side).rev.load(Ordering::Acquire);
        // What is said of coming and going is said in its order: while the table is held.
        {
            let mut table = lock(&self.table);
            if table.enter(place.authority, place.incident, viewer, now()) {
                lock(&self.changed).insert(place.incident);
                self.say(place.authority, place.incident, viewer.id(), Here::Joined);
            }
        }
        let people = Arc::default();
        let mut beside =
            Beside { besides: self.clone(), room, side, watcher, person: viewer.id(), seen, people, told: 0 };
        // Held from here on: whatever becomes of the look-up, they leave when it is dropped.
        beside.people = self.people(place, side).await;
        beside
    }

    /// Who is in a room, as one side sees it.
    pub(super) async fn people(&self, place: &Place, side: Side) -> Arc<People<T>> {
        let list = self.list(place.incident, place.authority, side).await;
        let shown = lock(&self.open).get(&place.incident).map(|room| lock(&room.board(side).state).people.clone());
        match shown.filter(|shown| same(&shown.list, &list)) {
            Some(shown) => shown,
            None => Arc::new(People { list, kept: T::default() }),
        }
    }

    /// Somebody is writing; a note tells no official.
    pub(super) fn writes(&self, place: &Place, person: i64, note: bool) {
        let may = {
            let mut table = lock(&self.table);
            table.acts(place.incident, person, now());
            table.writes(place.incident, person, note, WRITING, now())
        };
        if may {
            let Place { authority, incident: room, .. } = *place;
            self.hub.bus.tell(Signal::Typing { authority, room, person, note });
        }
    }

    /// Somebody did something in a room.
    pub(super) fn acts(&self, room: i64, person: i64) {
        if lock(&self.table).acts(room, person, now()) {
            lock(&self.changed).insert(room);
        }
    }

    /// Somebody has read up to a number, as their side counts. It is kept soon: what both sides read at a pace of its own,
    /// which no reading of notes has a part in.
    async fn reads(self: &Arc<Self>, place: &Place, viewer: &Viewer, seq: i64, told: &mut i64) -> Result<()> {
        self.acts(place.incident, viewer.id());
        if !viewer.role().has(Right::Write) {
            return Ok(());
        }
        let UpTo { seq, shared_seq } = up_to(&self.hub, viewer, place.incident, seq).await?;
        self.keeps(place, viewer, false, seq);
        if shared_seq > *told {
            *told = shared_seq;
            self.keeps(place, viewer, true, shared_seq);
        }
        Ok(())
    }

    fn keeps(self: &Arc<Self>, place: &Place, viewer: &Viewer, shared: bool, seq: i64) {
        let lane = (place.incident, viewer.id(), shared);
        let mut reading = lock(&self.reading);
        if let Some(waiting) = reading.get_mut(&lane) {
            let before = waiting.take().map_or(seq, |(_, before)| before);
            *waiting = Some((viewer.clone(), before.max(seq)));
        } else {
            reading.insert(lane, Some((viewer.clone(), seq)));
            tokio::spawn(self.clone().keep_reading(lane, place.authority));
        }
    }

    /// Keeps how far somebody has read, now and then, for as long as they read on.
    async fn keep_reading(self: Arc<Self>, lane: Lane, authority: i64) {
        let mut pace = tokio::time::interval(READING);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            pace.tick().await;
            let (viewer, seq) = {
                let mut reading = lock(&self.reading);
                let Some(read) = reading.get_mut(&lane).and_then(Option::take) else {
                    reading.remove(&lane);
                    return;
                };
                read
            };
            let actor = Actor::new(viewer, self.hub.clock.now(), crate::id::fresh());
            let (room, person, shared) = lane;
            // It shares a commit with whoever writes at the same time: a room has many readers.
            let marking = Box::pin(mark(&self.hub, &actor, room, shared, seq));
            match self.hub.db.settled(marking).await.flatten() {
                Ok(true) => self.hub.bus.tell(Signal::Read { authority, room, person, shared }),
                Ok(false) => {}
                // Whoever reads on is kept next time; who does not has the same read again when they come back.
                Err(error) => tracing::warn!(%error, "how far somebody has read cannot be kept"),
            }
        }
    }

    /// What came over the bus, from this node or another. It is believed in nothing but where to look.
    pub(super) fn hear(&self, signal: Signal) {
        match signal {
            Signal::Typing { room, person, note, .. } => self.wrote(room, person, note),
            Signal::Read { room, person, shared, .. } if lock(&self.open).contains_key(&room) => {
                lock(&self.read).insert((room, person, shared));
            }
            Signal::Here { authority, room, person, node, state, idle } => {
                let mut table = lock(&self.table);
                let own = Own { authority, room, person, idle: Duration::from_secs(idle.into()) };
                let news = match state {
                    Here::Joined => table.heard(own, node, now()),
                    Here::Left => table.gone(room, person, node),
                };
                drop(table);
                if news {
                    lock(&self.changed).insert(room);
                }
            }
            _ => {}
        }
    }

    fn wrote(&self, room: i64, person: i64, note: bool) {
        let Some(open) = lock(&self.open).get(&room).cloned() else { return };
        let Some(who) = lock(&self.table).who(room, person) else { return };
        let right = if note { Right::Respond } else { Right::Write };
        if !who.role().has(right) || !who.reach().admits(open.authority) {
            return;
        }
        open.responders.wrote(&who);
        if !note || Fault::LeakTypingOfNotes.is_on() {
            open.officials.wrote(&who);
        }
    }

    fn watch(&self, place: &Place, side: Side, watcher: u64, bell: Arc<Notify>) -> Arc<Room<T>> {
        let mut open = lock(&self.open);
        let room = open.entry(place.incident).or_insert_with(|| {
            let (incident, authority) = (place.incident, place.authority);
            let [officials, responders] = [Side::Authority, Side::Response].map(Board::new);
            Arc::new(Room { incident, authority, officials, responders })
        });
        // While the table is held: the last watcher who leaves takes the room with them.
        lock(&room.board(side).state).bells.insert(watcher, bell);
        room.clone()
    }

    fn say(&self, authority: i64, room: i64, person: i64, state: Here) {
        let node = self.hub.bus.node();
        self.hub.bus.tell_others(Signal::Here { authority, room, person, node, state, idle: 0 });
    }

    /// Who is in a room as one side may know it.
    async fn list(&self, room: i64, authority: i64, side: Side) -> Vec<Present> {
        let (inside, shown) = (lock(&self.table).inside(room, now()), self.hub.clock.now());
        let speed = self.hub.clock.speed();
        let mut all: Vec<(Side, Present)> = Vec::new();
        for one in inside {
            let who = &one.who;
            if !who.reach().admits(authority) || (side == Side::Authority && who.side() != side) {
                continue;
            }
            let idle = jiff::SignedDuration::try_from(one.idle.saturating_mul(speed)).unwrap_or_default();
            all.push((
                who.side(),
                Present {
                    name: who.name().to_owned(),
                    office: who.office().to_owned(),
                    role: who.role().code().to_owned(),
                    state: if one.idle < AWAY { "active" } else { "away" },
                    last_heard: Some(shown.plus(-idle)),
                },
            ));
        }
        if side == Side::Authority {
            for shift in self.rota().await.iter() {
                let Shift { name, role, .. } = shift.clone();
                let office = RESPONSE_TEAM.to_owned();
                all.push((Side::Response, Present { name, office, role, state: "on_duty", last_heard: None }));
            }
        }
        all.sort_by(|(a_side, a), (b_side, b)| {
            (*a_side == Side::Response, &a.name).cmp(&(*b_side == Side::Response, &b.name))
        });
        all.truncate(SHOWN);
        all.into_iter().map(|(_, present)| present).collect()
    }

    /// Who is on duty, as it was a moment ago.
    async fn rota(&self) -> Arc<Vec<Shift>> {
        let held = lock(&self.rota).clone();
        if let Some((at, shifts)) = &held
            && now().duration_since(*at) < ROTA
        {
            return shifts.clone();
        }
        match duty::answering(&self.hub, self.hub.clock.now()).await {
            Ok(shifts) => {
                let shifts = Arc::new(shifts);
                *lock(&self.rota) = Some((now(), shifts.clone()));
                shifts
            }
            Err(error) => {
                tracing::warn!(%error, "who is on duty cannot be looked up");
                held.map(|(_, shifts)| shifts).unwrap_or_default()
            }
        }
    }

    /// One beat: what changed since the last is put on the boards, once for all who watch.
    async fn beat(&self, turn: u64) {
        let turns = AGAIN.as_secs();
        let open: Vec<Arc<Room<T>>> = lock(&self.open).values().cloned().collect();
        let (over, again) = {
            let mut table = lock(&self.table);
            (table.expire(now()), table.own(turn, turns, now()))
        };
        for Own { authority, room, person, idle } in again {
            let (node, state) = (self.hub.bus.node(), Here::Joined);
            let idle = u32::try_from(idle.as_secs()).unwrap_or(u32::MAX);
            self.hub.bus.tell_others(Signal::Here { authority, room, person, node, state, idle });
        }
        let mut changed = std::mem::take(&mut *lock(&self.changed));
        changed.extend(over);
        // Shifts begin and end, people fall silent: now and then everything is looked at.
        let all = turn.is_multiple_of(turns);
        let open: Vec<_> = open.into_iter().filter(|room| all || changed.contains(&room.incident)).collect();
        let strangers = lock(&self.table).to_look_up(open.iter().map(|room| room.incident));
        if !strangers.is_empty() {
            match viewers(&self.hub.db, strangers.iter().copied()).await {
                Ok(found) => lock(&self.table).know(&strangers, &found),
                Err(error) => {
                    tracing::warn!(%error, "who is in a room cannot be looked up");
                    lock(&self.changed).extend(changed);
                }
            }
        }
        for room in open {
            for board in [&room.officials, &room.responders] {
                if !lock(&board.state).bells.is_empty() {
                    board.show(self.list(room.incident, room.authority, board.side).await);
                }
            }
        }
        let read = std::mem::take(&mut *lock(&self.read));
        for (room, person, shared) in read {
            if let Err(error) = self.tell_read(room, person, shared).await {
                tracing::warn!(%error, "how far somebody has read cannot be looked up");
            }
        }
    }

    /// Tells a side of a room how far somebody has read, in its own numbering: officials of what both sides read.
    async fn tell_read(&self, room: i64, person: i64, shared: bool) -> Result<()> {
        let Some(open) = lock(&self.open).get(&room).cloned() else { return Ok(()) };
        let board = if shared { &open.officials } else { &open.responders };
        if lock(&board.state).bells.is_empty() {
            return Ok(());
        }
        let reader = Viewer::of_side("reading marks for a room's watchers", board.side, open.authority);
        if let Some(mark) = mark_of(&self.hub.db.read(&reader), room, person).await? {
            board.mark(person, mark.by, mark.seq);
        }
        Ok(())
    }
}

/// Keeps the boards, until nobody holds them.
pub(super) async fn keep<T: Keep>(besides: Weak<Besides<T>>) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for turn in 1.. {
        beat.tick().await;
        let Some(besides) = besides.upgrade() else { return };
        besides.beat(turn).await;
    }
}

impl<T> Room<T> {
    fn board(&self, side: Side) -> &Board<T> {
        match side {
            Side::Authority => &self.officials,
            Side::Response => &self.responders,
        }
    }
}

impl<T: Keep> Board<T> {
    fn new(side: Side) -> Self {
        let state = State { bells: HashMap::new(), people: Arc::default(), asides: VecDeque::new() };
        Self { side, rev: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// Puts people on it, if they are others.
    fn show(&self, list: Vec<Present>) {
        let mut state = lock(&self.state);
        if !same(&state.people.list, &list) {
            state.people = Arc::new(People { list, kept: T::default() });
            self.ring(&state);
        }
    }

    /// Somebody is writing.
    fn wrote(&self, who: &Viewer) {
        let mut state = lock(&self.state);
        let recent = |one: &Noted| one.person == who.id() && one.read.is_none();
        // Windows at several nodes are one person.
        if state.asides.iter().any(|one| recent(one) && now().duration_since(one.at) < WRITING) {
            return;
        }
        let Some(by) = By::of(who) else { return };
        state.asides.retain(|one| !recent(one));
        self.add(&mut state, who.id(), by, None);
    }

    /// Somebody has read on.
    fn mark(&self, person: i64, by: By, seq: i64) {
        let mut state = lock(&self.state);
        let theirs = |one: &Noted| one.person == person && one.read.is_some();
        if state.asides.iter().any(|one| theirs(one) && one.read >= Some(seq)) {
            return;
        }
        state.asides.retain(|one| !theirs(one));
        self.add(&mut state, person, by, Some(seq));
    }

    fn add(&self, state: &mut State<T>, person: i64, by: By, read: Option<i64>) {
        let rev = self.rev.load(Ordering::Relaxed) + 1;
        state.asides.push_back(Noted { rev, at: now(), person, by, read });
        if state.asides.len() > WAITING {
            state.asides.pop_front();
        }
        self.ring(state);
    }

    fn ring(&self, state: &State<T>) {
        self.rev.fetch_add(1, Ordering::Release);
        state.bells.values().for_each(|bell| bell.notify_one());
    }
}

impl<T: Keep> Beside<T> {
    /// Who is in the room, as it was last given out.
    pub(super) fn people(&self) -> &Arc<People<T>> {
        &self.people
    }

    /// They have read up to a number, as their side counts.
    pub(super) async fn reads(&mut self, place: &Place, viewer: &Viewer, seq: i64) -> Result<()> {
        self.besides.reads(place, viewer, seq, &mut self.told).await
    }

    /// Whether there may be something to take.
    pub(super) fn is_behind(&self) -> bool {
        self.room.board(self.side).rev.load(Ordering::Acquire) > self.seen
    }

    /// What is new, at most `most` of it.
    pub(super) fn take(&mut self, most: usize) -> Vec<Aside<T>> {
        let mut new = Vec::new();
        if most == 0 || !self.is_behind() {
            return new;
        }
        let board = self.room.board(self.side);
        let state = lock(&board.state);
        if !Arc::ptr_eq(&state.people, &self.people) {
            let other = !same(&state.people.list, &self.people.list);
            self.people = state.people.clone();
            if other {
                new.push(Aside::People(state.people.clone()));
            }
        }
        let seen = self.seen;
        for one in state.asides.iter().filter(|one| one.rev > seen) {
            if new.len() >= most {
                return new;
            }
            self.seen = one.rev;
            if one.person == self.person {
                continue;
            }
            match one.read {
                Some(seq) => new.push(Aside::Read(one.by.clone(), seq)),
                None if now().duration_since(one.at) < WROTE => new.push(Aside::Typing(one.by.clone())),
                None => {}
            }
        }
        self.seen = board.rev.load(Ordering::Acquire);
        new
    }
}

impl<T: Keep> Drop for Beside<T> {
    fn drop(&mut self) {
        let Room { incident, authority, .. } = *self.room;
        let mut open = lock(&self.besides.open);
        lock(&self.room.board(self.side).state).bells.remove(&self.watcher);
        let empty =
            [&self.room.officials, &self.room.responders].iter().all(|board| lock(&board.state).bells.is_empty());
        if empty {
            open.remove(&incident);
        }
        drop(open);
        let mut table = lock(&self.besides.table);
        if table.leave(incident, self.person) {
            lock(&self.besides.changed).insert(incident);
            self.besides.say(authority, incident, self.person, Here::Left);
        }
    }
}

/// Whether two lists say the same but for when somebody was last heard, which alone is no news.
fn same(one: &[Present], other: &[Present]) -> bool {
    let shape = |list: &[Present]| -> Vec<(String, String, &'static str)> {
        list.iter().map(|one| (one.name.clone(), one.office.clone(), one.state)).collect()
    };
    one.len() == other.len() && shape(one) == shape(other)
}

#[expect(
    clippy::disallowed_methods,
    reason = "leases and paces run on this machine's steady clock, and are shown to nobody"
)]
fn now() -> Instant {
    Instant::now()
}
