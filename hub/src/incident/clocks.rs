//! What was promised by when: first response, live room, next update. Pure: instants in, instants out.
//!
//! The clock of the next update stands still while the incident waits for the authority: the next word is theirs, and
//! a promise to speak when there is nothing to say only trains people to say nothing. The other two never stand still:
//! nobody can put off the first human by setting a status.

use crate::escalation::{Policy, Priority, Promise, Targets, Urgency, codes};
use crate::time::Ts;
use jiff::SignedDuration;

codes! {
    /// How a promise stands.
    ClockState, "state of a clock" {
        /// Not kept yet, in time.
        Running = "running" "running",
        /// Kept, be it late: [`Clock::late`] says so.
        Met = "met" "met",
        /// Not kept, and past due.
        Breached = "breached" "breached",
        /// Standing still.
        Paused = "paused" "paused",
    }
}

/// What a policy promises from `now` on, as elapsed time: the response team's working hours are counted in.
pub fn targets(policy: &Policy, priority: Priority, urgency: Urgency, now: Ts) -> Targets {
    let until = |promise| policy.due(promise, priority, urgency, now).map(|due| due.since(now));
    Targets {
        first_response: until(Promise::FirstResponse).unwrap_or_default(),
        live_room: until(Promise::LiveRoom),
        next_update: until(Promise::NextUpdate).unwrap_or_default(),
    }
}

fn target(targets: &Targets, promise: Promise) -> Option<SignedDuration> {
    match promise {
        Promise::FirstResponse => Some(targets.first_response),
        Promise::LiveRoom => targets.live_room,
        Promise::NextUpdate => Some(targets.next_update),
    }
}

/// One promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Which.
    pub kind: Promise,
    /// By when. While it stands still: by when it was, and it moves on by the pause when that ends.
    pub due: Ts,
    /// When it was kept.
    pub met_at: Option<Ts>,
    /// Since when it stands still.
    pub paused_at: Option<Ts>,
}

impl Clock {
    /// How it stands.
    pub fn state(&self, now: Ts) -> ClockState {
        if self.met_at.is_some() {
            ClockState::Met
        } else if self.paused_at.is_some() {
            ClockState::Paused
        } else if now > self.due {
            ClockState::Breached
        } else {
            ClockState::Running
        }
    }

    /// Whether it was kept too late, or is past due.
    pub fn late(&self, now: Ts) -> bool {
        match self.met_at {
            Some(met) => met > self.due,
            None => self.state(now) == ClockState::Breached,
        }
    }

    /// Whether it is still to be kept.
    pub fn is_live(&self) -> bool {
        self.met_at.is_none()
    }

    /// When time passes for it next: a clock that stands still reckons from where it stopped.
    fn reckons_from(&self, now: Ts) -> Ts {
        self.paused_at.unwrap_or(now)
    }
}

/// The due time of a promise after its incident was raised: never later than it was.
pub fn after_raise(due: Ts, now: Ts, target: SignedDuration) -> Ts {
    due.min(now.plus(target))
}

/// The due time of a promise after its incident was lowered: never earlier than it was.
pub fn after_lowering(due: Ts, now: Ts, target: SignedDuration) -> Ts {
    due.max(now.plus(target))
}

/// The promises on one incident, at most one of a kind, in the order of the kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks(Vec<Clock>);

impl Clocks {
    /// At the filing all start.
    pub fn start(now: Ts, targets: &Targets) -> Self {
        let mut clocks = Self::default();
        for kind in Promise::ALL {
            if let Some(target) = target(targets, *kind) {
                clocks.put(Clock { kind: *kind, due: now.plus(target), met_at: None, paused_at: None });
            }
        }
        clocks
    }

    /// As they were stored, in any order. Of two of a kind the later given one counts.
    pub fn stored(rows: impl IntoIterator<Item = Clock>) -> Self {
        let mut clocks = Self::default();
        rows.into_iter().for_each(|clock| clocks.put(clock));
        clocks
    }

    /// All of them.
    pub fn all(&self) -> &[Clock] {
        &self.0
    }

    /// The one of this kind, if it was promised.
    pub fn get(&self, kind: Promise) -> Option<Clock> {
        self.0.iter().copied().find(|clock| clock.kind == kind)
    }

    /// The due time that comes first, of those that run or are past due: what the queue is ordered by.
    pub fn earliest_due(&self) -> Option<Ts> {
        self.0.iter().filter(|clock| clock.is_live() && clock.paused_at.is_none()).map(|clock| clock.due).min()
    }

    /// A human responder acknowledged or claimed: the first response is given.
    pub fn respond(&mut self, now: Ts) {
        self.meet(Promise::FirstResponse, now);
    }

    /// A responder is in the room.
    pub fn enter_room(&mut self, now: Ts) {
        self.meet(Promise::LiveRoom, now);
    }

    /// A human responder wrote to the authority: that is a response, whoever writes is in the room, and the next
    /// update is due a full period from now. While the incident waits, that period begins when the waiting ends.
    pub fn speak(&mut self, now: Ts, targets: &Targets) {
        self.respond(now);
        self.enter_room(now);
        self.promise_update(now, targets);
    }

    /// The incident waits for the authority: the next update stands still.
    pub fn wait(&mut self, now: Ts) {
        if let Some(clock) = self.live(Promise::NextUpdate) {
            clock.paused_at.get_or_insert(now);
        }
    }

    /// The waiting is over: the next update has as long as it had left.
    pub fn resume(&mut self, now: Ts) {
        if let Some(clock) = self.live(Promise::NextUpdate)
            && let Some(paused) = clock.paused_at.take()
        {
            clock.due = clock.due.plus(now.since(paused).max(SignedDuration::ZERO));
        }
    }

    /// The effective priority rose: what is still to be kept is due no later than it was, and a live room may now be
    /// promised.
    pub fn raise(&mut self, now: Ts, targets: &Targets) {
        for clock in self.0.iter_mut().filter(|clock| clock.is_live()) {
            if let Some(target) = target(targets, clock.kind) {
                clock.due = after_raise(clock.due, clock.reckons_from(now), target);
            }
        }
        if let (None, Some(target)) = (self.get(Promise::LiveRoom), targets.live_room) {
            self.put(Clock { kind: Promise::LiveRoom, due: now.plus(target), met_at: None, paused_at: None });
        }
    }

    /// The effective priority fell: what is still to be kept is due no earlier than it was, and a live room that is no
    /// longer promised goes unless somebody has come.
    pub fn lower(&mut self, now: Ts, targets: &Targets) {
        self.0.retain(|clock| !clock.is_live() || target(targets, clock.kind).is_some());
        for clock in self.0.iter_mut().filter(|clock| clock.is_live()) {
            if let Some(target) = target(targets, clock.kind) {
                clock.due = after_lowering(clock.due, clock.reckons_from(now), target);
            }
        }
    }

    /// The incident is resolved: nothing is left to be kept.
    pub fn stop(&mut self, now: Ts) {
        for clock in self.0.iter_mut().filter(|clock| clock.is_live()) {
            clock.met_at = Some(now);
            clock.paused_at = None;
        }
    }

    /// The incident is open again: the authority is promised an update. Who answered first has answered.
    pub fn reopen(&mut self, now: Ts, targets: &Targets) {
        self.put(Clock {
            kind: Promise::NextUpdate,
            due: now.plus(targets.next_update),
            met_at: None,
            paused_at: None,
        });
    }

    /// An acknowledgement has lapsed: a first response is owed again.
    pub fn lapse(&mut self, now: Ts, targets: &Targets) {
        let due = now.plus(targets.first_response);
        self.put(Clock { kind: Promise::FirstResponse, due, met_at: None, paused_at: None });
    }

    fn promise_update(&mut self, now: Ts, targets: &Targets) {
        let paused = self.get(Promise::NextUpdate).is_some_and(|clock| clock.paused_at.is_some());
        self.put(Clock {
            kind: Promise::NextUpdate,
            due: now.plus(targets.next_update),
            met_at: None,
            paused_at: paused.then_some(now),
        });
    }

    fn meet(&mut self, kind: Promise, now: Ts) {
        if let Some(clock) = self.live(kind) {
            clock.met_at = Some(now);
        }
    }

    fn live(&mut self, kind: Promise) -> Option<&mut Clock> {
        self.0.iter_mut().find(|clock| clock.kind == kind && clock.is_live())
    }

    fn put(&mut self, clock: Clock) {
        self.0.retain(|other| other.kind != clock.kind);
        self.0.push(clock);
        self.0.sort_by_key(|clock| clock.kind);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Ts {
        Ts::from_millis(minutes * 60_000)
    }

    fn of(first: i64, room: Option<i64>, update: i64) -> Targets {
        Targets {
            first_response: SignedDuration::from_mins(first),
            live_room: room.map(SignedDuration::from_mins),
            next_update: SignedDuration::from_mins(update),
        }
    }

    /// Kind, due minute and state of all.
    fn seen(clocks: &Clocks, now: i64) -> Vec<(&'static str, i64, &'static str)> {
        let minutes = |ts: Ts| ts.millis() / 60_000;
        clocks.all().iter().map(|c| (c.kind.code(), minutes(c.due), c.state(at(now)).code())).collect()
    }

    #[test]
    fn a_life_of_three_clocks() {
        let p1 = of(5, Some(10), 15);
        let mut clocks = Clocks::start(at(0), &p1);
        let all = |first, room, update| {
            vec![("first_response", 5, first), ("live_room", 10, room), ("next_update", 15, update)]
        };
        assert_eq!(seen(&clocks, 5), all("running", "running", "running"), "due is still in time");
        assert_eq!(seen(&clocks, 6), all("breached", "running", "running"));
        assert_eq!(clocks.earliest_due(), Some(at(5)));

        clocks.respond(at(6));
        clocks.respond(at(9));
        assert_eq!(clocks.get(Promise::FirstResponse).unwrap().met_at, Some(at(6)), "the first one counts");
        assert!(clocks.get(Promise::FirstResponse).unwrap().late(at(7)), "met, but late");
        clocks.enter_room(at(8));
        assert_eq!(seen(&clocks, 60), all("met", "met", "breached"));
        assert_eq!(clocks.earliest_due(), Some(at(15)));

        clocks.speak(at(20), &p1);
        assert_eq!(seen(&clocks, 20)[2], ("next_update", 35, "running"));

        clocks.stop(at(21));
        assert_eq!(clocks.earliest_due(), None);
        clocks.reopen(at(40), &p1);
        assert_eq!(
            seen(&clocks, 40),
            vec![("first_response", 5, "met"), ("live_room", 10, "met"), ("next_update", 55, "running")]
        );
    }

    #[test]
    fn a_message_is_an_answer_too() {
        let mut clocks = Clocks::start(at(0), &of(15, Some(30), 60));
        clocks.speak(at(3), &of(15, Some(30), 60));
        assert_eq!(
            seen(&clocks, 3),
            vec![("first_response", 15, "met"), ("live_room", 30, "met"), ("next_update", 63, "running")]
        );
    }

    #[test]
    fn waiting_stops_the_next_update_alone() {
        let p3 = of(60, None, 240);
        let mut clocks = Clocks::start(at(0), &p3);
        clocks.wait(at(40));
        clocks.wait(at(50));
        assert_eq!(seen(&clocks, 1_000), vec![("first_response", 60, "breached"), ("next_update", 240, "paused")]);
        assert_eq!(clocks.earliest_due(), Some(at(60)), "what stands still is not due");
        clocks.resume(at(100));
        clocks.resume(at(110));
        assert_eq!(seen(&clocks, 110)[1], ("next_update", 300, "running"), "as long as it had left");

        clocks.wait(at(120));
        clocks.speak(at(130), &p3);
        assert_eq!(seen(&clocks, 130)[1], ("next_update", 370, "paused"));
        clocks.resume(at(150));
        assert_eq!(seen(&clocks, 150)[1], ("next_update", 390, "running"), "a full period from the end of the waiting");
    }

    #[test]
    fn raised_while_waiting_there_is_less_left() {
        let mut clocks = Clocks::start(at(0), &of(60, None, 240));
        clocks.wait(at(40));
        clocks.raise(at(100), &of(15, Some(30), 60));
        assert_eq!(
            seen(&clocks, 100),
            vec![("first_response", 60, "breached"), ("live_room", 130, "running"), ("next_update", 100, "paused")]
        );
        clocks.resume(at(200));
        assert_eq!(seen(&clocks, 200)[2], ("next_update", 260, "running"));
    }

    #[test]
    fn lowered_there_is_more_time_and_no_room_that_is_not_promised() {
        let mut clocks = Clocks::start(at(0), &of(5, Some(10), 15));
        clocks.respond(at(2));
        clocks.lower(at(12), &of(60, None, 240));
        assert_eq!(seen(&clocks, 12), vec![("first_response", 5, "met"), ("next_update", 252, "running")]);
        clocks.raise(at(20), &of(5, Some(10), 15));
        assert_eq!(seen(&clocks, 20)[1], ("live_room", 30, "running"));
    }

    #[test]
    fn a_lapse_owes_an_answer_again() {
        let mut clocks = Clocks::start(at(0), &of(5, Some(10), 15));
        clocks.respond(at(2));
        clocks.lapse(at(40), &of(5, Some(10), 15));
        assert_eq!(seen(&clocks, 41)[0], ("first_response", 45, "running"));
    }

    fn targets_of_any_size() -> impl Strategy<Value = Targets> {
        (0..500i64, proptest::option::of(0..500i64), 0..5_000i64)
            .prop_map(|(first, room, update)| of(first, room, update))
    }

    proptest! {
        #[test]
        fn a_raise_moves_nothing_later_and_a_lowering_nothing_earlier(
            before in targets_of_any_size(), after in targets_of_any_size(),
            waits in proptest::option::of(0..900i64), now in 0..900i64,
        ) {
            let mut start = Clocks::start(at(0), &before);
            if let Some(since) = waits {
                start.wait(at(since));
            }
            let (mut raised, mut lowered) = (start.clone(), start.clone());
            raised.raise(at(now), &after);
            lowered.lower(at(now), &after);
            for clock in start.all() {
                prop_assert!(raised.get(clock.kind).is_some_and(|raised| raised.due <= clock.due));
                prop_assert!(lowered.get(clock.kind).is_none_or(|lowered| lowered.due >= clock.due));
            }
            // However long the waiting lasts, a raise has not bought time.
            start.resume(at(1_000));
            raised.resume(at(1_000));
            for clock in start.all() {
                prop_assert!(raised.get(clock.kind).is_some_and(|raised| raised.due <= clock.due));
            }
        }

        #[test]
        fn a_due_time_is_what_the_policy_says(due in 0..900i64, now in 0..900i64, target in 0..900i64) {
            let length = SignedDuration::from_mins(target);
            prop_assert_eq!(after_raise(at(due), at(now), length), at(due.min(now + target)));
            prop_assert_eq!(after_lowering(at(due), at(now), length), at(due.max(now + target)));
        }
    }
}
