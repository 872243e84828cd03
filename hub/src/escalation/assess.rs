//! The table applied: facts and an instant in, a priority and its reasons out.

use super::{
    Answers, Axis, Because, Calendar, Facts, Function, Functions, Policy, Priority, Severity, SpanName, Urgency, What,
};
use crate::time::Ts;

/// What the policy says of an incident at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The worst plain answer.
    pub severity: Severity,
    /// The distance to what is affected.
    pub urgency: Urgency,
    /// The cell of the matrix. The effective priority may be another one: a person lowers, and overrides.
    pub priority: Priority,
    /// The first affected function, in the order of the policy, that is as urgent as this.
    pub function: Function,
    /// The window that makes it so; none at U0 and for `office` and `people`.
    pub winner: Option<Winner>,
    /// The reasons, in parts.
    pub because: Because,
    /// When the priority becomes another one if the facts stay; none: never.
    pub next_change: Option<NextChange>,
    /// When anything of the answer (severity, urgency, function, winner) becomes another one; none: never. Stored as
    /// `assess_at`.
    pub until: Option<Ts>,
}

/// The window that made the urgency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Winner {
    /// The election's id.
    pub election: String,
    /// The span's name.
    pub window: SpanName,
}

/// The next priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextChange {
    /// From this instant on.
    pub at: Ts,
    /// The priority from then on.
    pub priority: Priority,
}

/// What the policy says of `facts` at `now`. The calendar must have been made by the same policy.
pub fn assess(policy: &Policy, calendar: &Calendar, facts: &Facts, now: Ts) -> Assessment {
    let mut course = Course::new(policy, calendar, facts, now);
    let present = course.present();
    let priority = course.priority();
    let because = Because { what: course.what(), near: present.mark.map(|mark| calendar.near(mark)) };
    let (mut until, mut next_change) = (None, None);
    // Where no step and no severity to come makes another priority, there is no need to look for one.
    let mut sought = !course.settled();
    while sought || until.is_none() {
        let Some(at) = course.advance() else { break };
        if until.is_none() && course.present().differs(&present, calendar) {
            until = Some(at);
        }
        if sought && course.priority() != priority {
            next_change = Some(NextChange { at, priority: course.priority() });
            sought = false;
        }
    }
    Assessment {
        severity: present.severity,
        urgency: present.urgency,
        priority,
        function: present.function,
        winner: present.winner(calendar).map(|(election, window)| Winner { election: election.to_owned(), window }),
        because,
        next_change,
        until,
    }
}

/// The first instant after `now` at which time alone makes the computed priority one that is `wanted`.
pub(super) fn turn(
    policy: &Policy,
    calendar: &Calendar,
    facts: &Facts,
    now: Ts,
    wanted: impl Fn(Priority) -> bool,
) -> Option<NextChange> {
    let mut course = Course::new(policy, calendar, facts, now);
    loop {
        let at = course.advance()?;
        let priority = course.priority();
        if wanted(priority) {
            return Some(NextChange { at, priority });
        }
    }
}

/// The answer at an instant, and how it goes on from there.
struct Course<'a> {
    policy: &'a Policy,
    calendar: &'a Calendar,
    /// Severity without the button, and what makes it.
    answered: (Severity, What),
    stopped: bool,
    /// The functions named and counted as named, each with the place of its stretch.
    functions: Vec<(Function, usize)>,
    severe: bool,
    severe_changes: Option<Ts>,
}

/// What is stored of an answer.
struct Present {
    severity: Severity,
    urgency: Urgency,
    function: Function,
    mark: Option<usize>,
}

impl<'a> Course<'a> {
    fn new(policy: &'a Policy, calendar: &'a Calendar, facts: &Facts, now: Ts) -> Self {
        let (answered, functions) = (answered(policy, facts), named(policy, facts));
        let (severe, severe_changes) = if facts.voting_stopped { calendar.severe(now) } else { (false, None) };
        Self {
            policy,
            calendar,
            answered,
            stopped: facts.voting_stopped,
            functions: functions.iter().map(|function| (function, calendar.at(function, now))).collect(),
            severe,
            severe_changes,
        }
    }

    fn severity(&self) -> Severity {
        let floor = if self.severe { self.policy.rules.voting_stopped.at_least } else { Severity::Baseline };
        self.answered.0.max(floor)
    }

    fn what(&self) -> What {
        if self.severity() > self.answered.0 { What::VotingStopped } else { self.answered.1.clone() }
    }

    fn present(&self) -> Present {
        let mut best: Option<(Urgency, Function, Option<usize>)> = None;
        for (function, place) in &self.functions {
            let stretch = self.calendar.of(*function)[*place];
            if best.is_none_or(|(step, ..)| stretch.step > step) {
                best = Some((stretch.step, *function, stretch.mark));
            }
        }
        // There is at least one function.
        let (urgency, function, mark) = best.unwrap_or((Urgency::U0, Function::Registration, None));
        Present { severity: self.severity(), urgency, function, mark }
    }

    fn priority(&self) -> Priority {
        let steps = self.functions.iter().map(|(function, place)| self.calendar.of(*function)[*place].step);
        self.policy.priority(self.severity(), steps.max().unwrap_or(Urgency::U0))
    }

    /// Whether the priority is the same at every step, with and without the button.
    fn settled(&self) -> bool {
        let lowest = self.answered.0;
        let highest = if self.stopped { lowest.max(self.policy.rules.voting_stopped.at_least) } else { lowest };
        // The table never falls, so its corners say it all.
        self.policy.priority(lowest, Urgency::U0) == self.policy.priority(highest, Urgency::U5)
    }

    /// Goes on to the next boundary; none: there is no further one.
    fn advance(&mut self) -> Option<Ts> {
        let calendar = self.calendar;
        let next = |(function, place): &(Function, usize)| calendar.of(*function).get(place + 1).map(|next| next.from);
        let at = self.functions.iter().filter_map(next).chain(self.severe_changes).min()?;
        for entry in &mut self.functions {
            if next(entry) == Some(at) {
                entry.1 += 1;
            }
        }
        if self.severe_changes == Some(at) {
            (self.severe, self.severe_changes) = calendar.severe(at);
        }
        Some(at)
    }
}

impl Present {
    fn differs(&self, other: &Self, calendar: &Calendar) -> bool {
        self.severity != other.severity
            || self.urgency != other.urgency
            || self.function != other.function
            || self.winner(calendar) != other.winner(calendar)
    }

    /// Neither `office` nor `people` store a window, nor does U0.
    fn winner<'c>(&self, calendar: &'c Calendar) -> Option<(&'c str, SpanName)> {
        let stored = self.urgency > Urgency::U0 && !matches!(self.function, Function::Office | Function::People);
        self.mark.filter(|_| stored).map(|mark| calendar.winner(mark))
    }
}

/// The worst plain answer, never below the starting severity until somebody has confirmed it.
fn answered(policy: &Policy, facts: &Facts) -> (Severity, What) {
    let mut worst: Option<(Severity, Axis)> = None;
    for (axis, code) in &facts.answers.0 {
        let Some(level) = policy.level(*axis, code) else { continue };
        if worst.is_none_or(|(so_far, _)| level > so_far) {
            worst = Some((level, *axis));
        }
    }
    match worst {
        Some((level, axis)) if facts.severity_confirmed || level >= facts.starting_severity => {
            (level, What::Answer { axis, code: facts.answers.get(axis).unwrap_or(Answers::UNKNOWN).to_owned() })
        }
        _ => (facts.starting_severity, What::Starting),
    }
}

/// The functions named, and those that the answers count as named.
fn named(policy: &Policy, facts: &Facts) -> Functions {
    let level = |axis| facts.answers.get(axis).and_then(|code| policy.level(axis, code));
    let from = &policy.rules.counts_as_named;
    let mut functions = facts.functions;
    if facts.voting_stopped || level(Axis::AbilityToVote).is_some_and(|level| level >= from.voting) {
        functions = functions.with(Function::Voting);
    }
    if level(Axis::People).is_some_and(|level| level >= from.people) {
        functions = functions.with(Function::People);
    }
    functions
}
