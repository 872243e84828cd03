//! Who is told next of an incident, and when: the chain while nobody has answered, an update that was missed, an
//! acknowledgement that lapses. Pure: a state, the policy and the clocks in; the next item and its instant out. Every
//! item falls due at an instant of its own, so that whoever comes late does the same things in the same order.

use serde::{Deserialize, Serialize};

use crate::escalation::{Policy, Priority, Promise, Recipient, Urgency};
use crate::time::Ts;

/// Where the chain of an incident stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chain {
    /// The steps that run while nobody has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    unanswered: Option<Unanswered>,
    /// How many updates were missed in a row, and when the last one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<(u32, Ts)>,
    /// Who has answered for it, and when they last did something.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<Held>,
}

/// Steps that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Unanswered {
    /// Since when: it was filed, rose, or its acknowledgement lapsed.
    from: Ts,
    /// Which step of the policy comes next.
    step: usize,
    /// When; of no meaning behind the last step.
    at: Ts,
    /// Whose acknowledgement lapsed: the chain goes on behind them.
    behind: Option<i64>,
}

/// An acknowledgement that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    /// By whom; nobody after it was given back.
    by: Option<i64>,
    /// When they last did something on it.
    active: Ts,
    /// Whether they were warned since.
    warned: bool,
}

/// What falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A step of the policy's chain, from 0.
    Step(usize),
    /// An update was missed, so many in a row.
    Missed(u32),
    /// Whoever holds it has been silent: they are told that their acknowledgement lapses.
    Warning,
    /// It lapses.
    Lapse,
}

/// What of the incident the chain depends on.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The policy that it is handled by.
    pub policy: &'a Policy,
    /// In force.
    pub priority: Priority,
    /// In force.
    pub urgency: Urgency,
    /// Whether it waits for its authority.
    pub waits: bool,
    /// When its next update is due, where one is owed and its clock runs.
    pub update: Option<Ts>,
}

impl Situation<'_> {
    fn period(&self, from: Ts, times: u8) -> Ts {
        let next = |at| self.policy.due(Promise::NextUpdate, self.priority, self.urgency, at).unwrap_or(Ts::LAST);
        (0..times).fold(from, |at, _| next(at))
    }

    /// When a step of the chain that began at `from` is due by the policy.
    fn step(&self, from: Ts, step: usize) -> Option<Ts> {
        let step = self.policy.handling(self.priority).chain.get(step)?;
        Some(self.policy.runs(self.priority, self.urgency, from, step.after))
    }
}

impl Chain {
    /// Nobody has answered since `from`: the steps begin. `told` is whether anybody was told at once, which is false
    /// where somebody should have been and nobody was there: then the first step is due at once.
    pub fn begin(&mut self, from: Ts, told: bool, now: &Situation<'_>) {
        let behind = self.unanswered.and_then(|unanswered| unanswered.behind);
        let at = if told { now.step(from, 0) } else { Some(from) };
        self.unanswered = Some(Unanswered { from, step: 0, at: at.unwrap_or(Ts::LAST), behind });
        self.held = None;
    }

    /// Somebody has answered: no step is due any more.
    pub fn answer(&mut self, by: Option<i64>, at: Ts) {
        self.unanswered = None;
        self.held = Some(Held { by, active: at, warned: false });
    }

    /// It is somebody else's from here on, or nobody's; whether it is answered does not change.
    pub fn pass_to(&mut self, to: Option<i64>, at: Ts) {
        if let Some(held) = &mut self.held {
            *held = Held { by: to, active: at, warned: false };
        }
    }

    /// Somebody did something on it. That counts where they hold it, or nobody does; where it is theirs (`owns`), they
    /// hold it from here on, whoever answered.
    pub fn active(&mut self, by: i64, owns: bool, at: Ts) {
        if let Some(held) = &mut self.held
            && (owns || held.by.is_none_or(|holder| holder == by))
        {
            (held.active, held.warned) = (at, false);
            if owns {
                held.by = Some(by);
            }
        }
    }

    /// Who fell silent is asked again: it has become another matter.
    pub fn forgive(&mut self) {
        if let Some(unanswered) = &mut self.unanswered {
            unanswered.behind = None;
        }
    }

    /// It is of the time before there were chains: what was missed until `at` is told to nobody any more.
    pub fn let_by_gones_be(&mut self, at: Ts) {
        self.missed = Some((0, at));
    }

    /// The policy is another one from `at` on: the step that is next is due by that one, if that is sooner, and one that
    /// there was not is due now.
    pub fn follow(&mut self, at: Ts, now: &Situation<'_>) {
        if let Some(unanswered) = &mut self.unanswered {
            let due = now.step(unanswered.from, unanswered.step).map(|due| due.max(at));
            unanswered.at = due.map_or(Ts::LAST, |due| due.min(unanswered.at));
        }
    }

    /// Whether steps run.
    pub fn is_unanswered(&self) -> bool {
        self.unanswered.is_some()
    }

    /// Whoever holds it has their whole time again: the authority has answered.
    pub fn resume(&mut self, at: Ts) {
        if let Some(held) = &mut self.held {
            (held.active, held.warned) = (at, false);
        }
    }

    /// The authority has heard from us.
    pub fn updated(&mut self) {
        self.missed = None;
    }

    /// It is over: nothing is due.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// Whose acknowledgement has lapsed, while nobody else has answered.
    pub fn behind(&self) -> Option<i64> {
        self.unanswered.and_then(|unanswered| unanswered.behind)
    }

    /// Whose it is to answer for, as long as they do.
    pub fn holder(&self) -> Option<i64> {
        self.held.and_then(|held| held.by)
    }

    /// One of an incident whose people were told everything that there was to tell until `at`.
    pub fn all_told(held_by: Option<Option<i64>>, at: Ts, now: &Situation<'_>) -> Self {
        let handling = now.policy.handling(now.priority);
        let steps = handling.chain.len();
        let unanswered = held_by.is_none().then_some(Unanswered { from: at, step: steps, at: Ts::LAST, behind: None });
        let held = held_by.map(|by| Held { by, active: at, warned: false });
        let missed = u32::try_from(handling.update_missed.len()).ok().map(|count| (count, at));
        Self { unanswered, missed, held }
    }

    /// Whether it is known at all: rows from before there was a chain have none.
    pub fn is_running(&self) -> bool {
        self.unanswered.is_some() || self.held.is_some()
    }

    /// What falls due next, and when; of several at one instant the first of [`Item`]'s order.
    pub fn next(&self, now: &Situation<'_>) -> Option<(Ts, Item)> {
        let steps = now.policy.handling(now.priority).chain.len();
        let step = self.unanswered.filter(|one| one.step < steps).map(|one| (one.at, Item::Step(one.step)));
        let count = self.missed.map_or(1, |(count, _)| count.saturating_add(1));
        let missed = now.update.filter(|_| told_of_miss(now.policy, now.priority, count).is_some()).map(|due| {
            // "By 10:20" is kept at 10:20.
            let late = due.plus(jiff::SignedDuration::from_millis(1));
            let again = self.missed.map_or(late, |(_, at)| now.period(at, 1));
            (late.max(again), Item::Missed(count))
        });
        let rules = now.policy.acknowledgement;
        let silent = self.held.filter(|_| !now.waits).map(|held| match held.warned {
            false => (now.period(held.active, rules.warned_after), Item::Warning),
            true => (now.period(held.active, rules.lapses_after), Item::Lapse),
        });
        [step, missed, silent].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// An item that fell due at `at` was done. `told` is whether anybody was told: where nobody was, the next step of
    /// the chain is due at once.
    pub fn done(&mut self, item: Item, at: Ts, told: bool, now: &Situation<'_>) {
        match item {
            Item::Step(step) => {
                if let Some(unanswered) = &mut self.unanswered {
                    unanswered.step = step + 1;
                    let next = now.step(unanswered.from, step + 1).unwrap_or(Ts::LAST);
                    unanswered.at = if told { next.max(at) } else { at };
                }
            }
            Item::Missed(count) => self.missed = Some((count, at)),
            Item::Warning => {
                if let Some(held) = &mut self.held {
                    held.warned = true;
                }
            }
            Item::Lapse => {
                let behind = self.held.take().and_then(|held| held.by);
                self.unanswered = Some(Unanswered { from: at, step: 0, at: Ts::LAST, behind });
            }
        }
    }
}

/// Who is told of an update that was missed so many times in a row; nobody more behind the policy's last list, until
/// somebody has spoken.
pub fn told_of_miss(policy: &Policy, priority: Priority, count: u32) -> Option<&[Recipient]> {
    let lists = &policy.handling(priority).update_missed;
    let at = usize::try_from(count.checked_sub(1)?).ok()?;
    lists.get(at).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Ts {
        Ts::from_millis(minutes * 60_000)
    }

    fn minute(at: Ts) -> i64 {
        at.millis() / 60_000
    }

    fn of<'a>(policy: &'a Policy, priority: Priority, update: Option<i64>) -> Situation<'a> {
        Situation { policy, priority, urgency: Urgency::U5, waits: false, update: update.map(at) }
    }

    /// Does everything that is due until `until`, in order; nobody is told in the steps of `nobody`.
    fn run(chain: &mut Chain, now: &Situation<'_>, until: i64, nobody: &[usize]) -> Vec<(i64, Item)> {
        let mut done = Vec::new();
        while let Some((due, item)) = chain.next(now).filter(|(due, _)| *due <= at(until)) {
            let told = !matches!(item, Item::Step(step) if nobody.contains(&step));
            chain.done(item, due, told, now);
            done.push((minute(due), item));
        }
        done
    }

    #[test]
    fn nobody_answers_and_one_after_the_other_is_told() {
        let policy = Policy::default();
        let p1 = of(&policy, Priority::P1, None);
        let mut chain = Chain::default();
        chain.begin(at(0), true, &p1);
        let steps = [(3, Item::Step(0)), (5, Item::Step(1)), (10, Item::Step(2)), (15, Item::Step(3))];
        assert_eq!(run(&mut chain, &p1, 1_000, &[]), steps);
        assert_eq!(run(&mut chain, &p1, 9_000, &[]), [], "each once");
    }

    #[test]
    fn where_nobody_is_the_next_is_told_at_once_and_the_others_keep_their_time() {
        let policy = Policy::default();
        let p1 = of(&policy, Priority::P1, None);
        let mut chain = Chain::default();
        chain.begin(at(0), true, &p1);
        let steps = [(3, Item::Step(0)), (3, Item::Step(1)), (10, Item::Step(2)), (15, Item::Step(3))];
        assert_eq!(run(&mut chain, &p1, 60, &[0]), steps);
        let mut nobody = Chain::default();
        nobody.begin(at(0), false, &p1);
        assert_eq!(run(&mut nobody, &p1, 0, &[0, 1, 2, 3]).len(), 4, "all at once where nobody is there at all");
    }

    #[test]
    fn an_answer_ends_the_steps_and_silence_ends_the_answer() {
        let policy = Policy::default();
        let p1 = of(&policy, Priority::P1, None);
        let mut chain = Chain::default();
        chain.begin(at(0), true, &p1);
        assert_eq!(run(&mut chain, &p1, 4, &[]), [(3, Item::Step(0))]);
        chain.answer(Some(7), at(4));
        chain.active(8, false, at(10));
        assert_eq!(run(&mut chain, &p1, 30, &[]), [(19, Item::Warning)], "another's word is not the holder's");
        chain.active(7, false, at(30));
        assert_eq!(run(&mut chain, &p1, 60, &[]), [(45, Item::Warning), (60, Item::Lapse)]);
        assert_eq!(chain.behind(), Some(7));
        chain.begin(at(60), true, &p1);
        assert_eq!(chain.behind(), Some(7), "the chain goes on behind them");
        assert_eq!(run(&mut chain, &p1, 63, &[]), [(63, Item::Step(0))]);
    }

    #[test]
    fn whose_it_is_holds_it_as_soon_as_they_do_something() {
        let policy = Policy::default();
        let p1 = of(&policy, Priority::P1, None);
        let mut chain = Chain::default();
        chain.answer(Some(8), at(0));
        chain.active(7, true, at(10));
        assert_eq!(chain.holder(), Some(7));
        assert_eq!(run(&mut chain, &p1, 25, &[]), [(25, Item::Warning)]);
    }

    #[test]
    fn under_another_policy_what_is_next_comes_no_later_and_what_is_new_comes_at_all() {
        let policy = Policy::default();
        let p1 = of(&policy, Priority::P1, None);
        let longer = Policy::DEFAULT.replacen(
            "{ after = \"15 min\", tell = [\"parent_authority\"] },",
            "{ after = \"15 min\", tell = [\"parent_authority\"] },\n{ after = \"20 min\", tell = [\"director\"] },",
            1,
        );
        let longer = Policy::parse(&longer).unwrap();
        let mut chain = Chain::default();
        chain.begin(at(0), true, &p1);
        assert_eq!(run(&mut chain, &p1, 60, &[]).len(), 4);
        let now = of(&longer, Priority::P1, None);
        chain.follow(at(70), &now);
        assert_eq!(run(&mut chain, &now, 70, &[]), [(70, Item::Step(4))]);
    }

    #[test]
    fn while_it_waits_for_the_authority_no_answer_lapses() {
        let policy = Policy::default();
        let p1 = of(&policy, Priority::P1, None);
        let mut chain = Chain::default();
        chain.answer(Some(7), at(0));
        let waits = Situation { waits: true, ..p1 };
        assert_eq!(chain.next(&waits), None);
        chain.resume(at(100));
        assert_eq!(run(&mut chain, &p1, 130, &[]), [(115, Item::Warning), (130, Item::Lapse)]);
    }

    #[test]
    fn what_is_missed_once_is_missed_again_a_period_later_until_somebody_speaks() {
        let policy = Policy::default();
        let late = of(&policy, Priority::P1, Some(15));
        let mut chain = Chain::default();
        let missed = run(&mut chain, &late, 500, &[]);
        assert_eq!(missed, [(15, Item::Missed(1)), (30, Item::Missed(2))]);
        let told = |count| told_of_miss(&policy, Priority::P1, count);
        assert_eq!(told(1), Some([Recipient::Owner, Recipient::ShiftLead].as_slice()));
        assert_eq!(told(2), Some([Recipient::Supervisor].as_slice()));
        assert_eq!(told(3), None);
        chain.updated();
        let next = chain.next(&of(&policy, Priority::P1, Some(90)));
        assert_eq!(next.map(|(due, item)| (minute(due), item)), Some((90, Item::Missed(1))));
    }

    #[test]
    fn it_is_stored_and_read_back_as_it_was() {
        let policy = Policy::default();
        let mut chain = Chain::default();
        chain.begin(at(3), false, &of(&policy, Priority::P2, None));
        chain.missed = Some((2, at(9)));
        let text = serde_json::to_string(&chain).unwrap();
        assert_eq!(serde_json::from_str::<Chain>(&text).unwrap(), chain, "{text}");
        assert_eq!(serde_json::from_str::<Chain>("{}").unwrap(), Chain::default());
    }
}
