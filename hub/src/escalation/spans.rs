//! The rules of urgency for one election: every rule is a half-open span of time with a step.

use super::instants::{Count, Goal, Opened, Zone, last_close};
use super::policy::rules::{Ladder, Rules};
use super::{Function, SpanName, Stage, Urgency};
use crate::election::{Election, MilestoneKind, WindowKind, calendar};
use crate::time::Ts;

/// A half-open span of time with a step, and what it comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'e> {
    pub from: Ts,
    pub to: Ts,
    pub step: Urgency,
    pub name: SpanName,
    pub stage: Stage,
    /// The reference instant: the earliest one wins a tie.
    pub at: Ts,
    /// The zone in which `at` is shown.
    pub zone: &'e str,
}

/// What an election asks of the first seven functions, and what `office` and `people` are made of.
#[derive(Debug, Default)]
pub(super) struct Laid<'e> {
    /// In the order of [`Function::ALL`], without `office` and `people`.
    pub functions: [Vec<Span<'e>>; 7],
    /// The office is at the step of this, whatever else.
    pub season: Option<Span<'e>>,
    /// Opening and close of every polling window.
    pub polling: Vec<(Ts, Ts)>,
}

/// Lays out an election. Windows and milestones that cannot be used (an unknown zone, a close at or before the opening)
/// are left out.
pub(super) fn lay<'e>(rules: &Rules, election: &'e Election) -> Laid<'e> {
    let zone = |own: Option<&'e String>| {
        let name = election.zone_of(own);
        calendar::zone(name).map(|tz| Zone { name, tz })
    };
    let windows: Vec<Opened<'e>> = election
        .windows
        .iter()
        .filter_map(|window| {
            let zone = zone(window.zone.as_ref())?;
            let opens = calendar::instant(window.opens, &zone.tz);
            let closes = calendar::instant(window.closes, &zone.tz);
            (opens < closes).then_some(Opened { kind: window.kind, opens, closes, zone })
        })
        .collect();
    let milestones: Vec<(MilestoneKind, Goal<'e>)> = election
        .milestones
        .iter()
        .filter_map(|milestone| {
            let zone = zone(milestone.zone.as_ref())?;
            Some((milestone.kind, Goal::ending(calendar::instant(milestone.at, &zone.tz), zone)))
        })
        .collect();
    let mut count = None;
    if let Some(last) = last_close(&windows) {
        count = Some(Count::of(rules, last, &windows, &milestones));
    }
    Rulebook { rules, windows, milestones, count }.lay()
}

struct Rulebook<'r, 'e> {
    rules: &'r Rules,
    windows: Vec<Opened<'e>>,
    milestones: Vec<(MilestoneKind, Goal<'e>)>,
    count: Option<Count<'e>>,
}

const POLLING: &[WindowKind] =
    &[WindowKind::EarlyVoting, WindowKind::ElectionDay, WindowKind::Abroad, WindowKind::InternetVoting];
const AT_THE_POLLS: &[WindowKind] = &[WindowKind::EarlyVoting, WindowKind::ElectionDay];

impl<'e> Rulebook<'_, 'e> {
    fn lay(&self) -> Laid<'e> {
        let at_the_polls = self.polling(AT_THE_POLLS);
        let voting = self.polling(POLLING);
        let mut laid = Laid::default();

        let [registration, ballot_issue, checkin, all_voting, tabulation, results, information] = &mut laid.functions;
        registration.extend(self.deadlines(true));
        let has_deadline = self.milestones.iter().any(|(kind, _)| *kind == MilestoneKind::RegistrationDeadline);
        let by = if has_deadline { self.rules.lower.registration } else { 0 };
        registration.extend(at_the_polls.iter().filter_map(|span| span.lower(by)));

        ballot_issue.extend(&voting);
        for kind in [MilestoneKind::BallotMailing, MilestoneKind::BallotPrintRelease] {
            ballot_issue.extend(self.milestone(kind));
        }

        checkin.extend(&at_the_polls);
        all_voting.extend(&voting);

        tabulation.extend(self.milestone(MilestoneKind::LogicAccuracyTest));
        tabulation.extend(self.count(self.rules.count.tabulation));
        results.extend(self.count(self.rules.count.results_publication));
        for session in self.windows.iter().filter(|window| !window.kind.is_polling()) {
            tabulation.extend(self.session(session));
            if session.kind != WindowKind::Audit {
                results.extend(self.publication(session));
            }
        }

        information.extend(&at_the_polls);
        information.extend(self.deadlines(false));

        // Empty spans vanish, and so does what is routine.
        for spans in &mut laid.functions {
            spans.retain(Span::lives);
        }
        laid.season = self.season().filter(Span::lives);
        let polling = self.windows.iter().filter(|window| window.kind.is_polling());
        laid.polling = polling.map(|window| (window.opens, window.closes)).collect();
        laid
    }

    /// Up to an opening, a minute or a close.
    fn ladder(&self, ladder: &Ladder, goal: &Goal<'e>, name: SpanName) -> Vec<Span<'e>> {
        let begins = |period| match period {
            super::Period::Days(days) => calendar::midnight(goal.day, days, &goal.zone.tz),
            super::Period::Clock(length) => goal.at.plus(-length),
        };
        let rungs: Vec<(Urgency, Ts)> = ladder.0.iter().map(|(step, period)| (*step, begins(*period))).collect();
        let ends = rungs.iter().skip(1).map(|(_, from)| *from).chain([goal.at]);
        rungs
            .iter()
            .zip(ends)
            .map(|(&(step, from), to)| {
                let zone = goal.zone.name;
                Span { from, to: to.min(goal.at), step, name, stage: Stage::Before, at: goal.at, zone }
            })
            .collect()
    }

    /// Polling spans of some kinds; of all four where the election has no window of those.
    fn polling(&self, kinds: &[WindowKind]) -> Vec<Span<'e>> {
        let any = self.windows.iter().any(|window| kinds.contains(&window.kind));
        let kinds = if any { kinds } else { POLLING };
        let rules = &self.rules.polling;
        let mut spans = Vec::new();
        for kind in kinds.iter().copied() {
            let mut windows: Vec<&Opened<'e>> = self.windows.iter().filter(|window| window.kind == kind).collect();
            // A stable sort: the first as listed stays first.
            windows.sort_by_key(|window| window.opens);
            let Some(first) = windows.first() else { continue };
            let name = name_of(kind);
            spans.extend(self.ladder(&rules.ladder, &first.opening(), name));
            let mut latest = first.closes;
            for window in windows {
                let (opens, zone) = (window.opens, window.zone.name);
                if opens > latest {
                    let within = match kind {
                        WindowKind::EarlyVoting => rules.next_opening_within_early_voting,
                        _ => rules.next_opening_within,
                    };
                    let last = opens.plus(-within).max(latest);
                    let between = Span {
                        from: latest,
                        to: last,
                        step: rules.between,
                        name,
                        stage: Stage::Between,
                        at: opens,
                        zone,
                    };
                    spans.extend([between, Span { from: last, to: opens, step: rules.next_opening, ..between }]);
                }
                latest = latest.max(window.closes);
                let (from, to) = (opens, window.closes);
                spans.push(Span { from, to, step: rules.open, name, stage: Stage::Open, at: to, zone });
            }
        }
        if let Some(count) = &self.count {
            let (start, zone) = (count.last_close.at, count.last_close.zone.name);
            let closed = start.plus(rules.closing_for);
            let after = |from, to, step, name, stage| Span { from, to, step, name, stage, at: to, zone };
            spans.push(after(start, closed, rules.closing, SpanName::Closing, Stage::After));
            spans.push(after(closed, count.end, rules.count, SpanName::Count, Stage::Open));
        }
        spans
    }

    /// The ladder to every milestone of a kind, and the hours after it.
    fn milestone(&self, kind: MilestoneKind) -> Vec<Span<'e>> {
        let rules = &self.rules.milestone;
        let name = milestone_name(kind);
        let mut spans = Vec::new();
        for (_, goal) in self.milestones.iter().filter(|(known, _)| *known == kind) {
            spans.extend(self.ladder(&rules.ladder, goal, name));
            let to = goal.at.plus(rules.after_for);
            spans.push(Span {
                from: goal.at,
                to,
                step: rules.after,
                name,
                stage: Stage::After,
                at: to,
                zone: goal.zone.name,
            });
        }
        spans
    }

    /// The registration deadlines: the ladder, the local day until its minute and, for those who register, the hours
    /// after it.
    fn deadlines(&self, after: bool) -> Vec<Span<'e>> {
        let kind = MilestoneKind::RegistrationDeadline;
        let mut spans = self.milestone(kind);
        if !after {
            spans.retain(|span| span.stage != Stage::After);
        }
        for (_, goal) in self.milestones.iter().filter(|(known, _)| *known == kind) {
            let from = calendar::midnight(goal.day, 0, &goal.zone.tz);
            let (name, step) = (milestone_name(kind), self.rules.milestone.last_day);
            spans.push(Span {
                from,
                to: goal.at,
                step,
                name,
                stage: Stage::LastDay,
                at: goal.at,
                zone: goal.zone.name,
            });
        }
        spans
    }

    /// Count spans: the ladder to the last close, the count, the canvass, the certification, the contest.
    fn count(&self, step: Urgency) -> Vec<Span<'e>> {
        let Some(count) = &self.count else { return Vec::new() };
        let rules = self.rules;
        let (start, end, zone) = (count.last_close.at, count.end, count.last_close.zone.name);
        let mut spans = self.ladder(&rules.polling.ladder, &count.last_close, SpanName::Count);
        let part = |from, to, step| Span { from, to, step, name: SpanName::Count, stage: Stage::Open, at: end, zone };
        let busy = start.plus(rules.count.first).min(end);
        let late = end.plus(-rules.count.last).max(start);
        spans.extend([part(start, busy, step), part(busy, late, rules.count.between), part(late, end, step)]);

        let to = count.canvassed;
        let shown = count.certification.map_or(zone, |(_, zone)| zone);
        let (name, stage) = (SpanName::Canvass, Stage::Open);
        spans.push(Span { from: end, to, step: rules.canvass.step, name, stage, at: to, zone: shown });
        if let Some((at, zone)) = count.certification
            && let Some(tz) = calendar::zone(zone)
        {
            let goal = Goal::ending(at, Zone { name: zone, tz });
            let ladder = self.ladder(&rules.certification.ladder, &goal, SpanName::Certification);
            spans.extend(ladder.into_iter().map(|span| Span { from: span.from.max(end), ..span }));
        }
        if let Some((to, zone)) = count.contest {
            let from = count.certification.map_or(end, |(at, _)| at);
            let (name, stage) = (SpanName::Contest, Stage::Open);
            spans.push(Span { from, to, step: rules.contest.step, name, stage, at: to, zone });
        }
        spans
    }

    /// A counting session, an audit or a recount: the way to it and while it is open.
    fn session(&self, session: &Opened<'e>) -> Vec<Span<'e>> {
        let rules = &self.rules.session;
        let name = name_of(session.kind);
        let mut spans = self.ladder(&rules.ladder, &session.opening(), name);
        let (from, to, zone) = (session.opens, session.closes, session.zone.name);
        spans.push(Span { from, to, step: rules.open, name, stage: Stage::Open, at: to, zone });
        spans
    }

    /// What is published in a session and after it.
    fn publication(&self, session: &Opened<'e>) -> [Span<'e>; 2] {
        let rules = &self.rules.session;
        let (from, to, zone) = (session.opens, session.closes, session.zone.name);
        let name = name_of(session.kind);
        let open = Span { from, to, step: rules.open, name, stage: Stage::Open, at: to, zone };
        let end = to.plus(rules.results_after_for);
        [open, Span { from: to, to: end, step: rules.results_after, stage: Stage::After, at: end, ..open }]
    }

    /// From the build-up to the first polling window until the canvass is over.
    fn season(&self) -> Option<Span<'e>> {
        let count = self.count.as_ref()?;
        let polling = self.windows.iter().filter(|window| window.kind.is_polling());
        let first = polling.reduce(|first, next| if next.opens < first.opens { next } else { first })?.opening();
        let rules = &self.rules.office;
        let from = calendar::midnight(first.day, rules.at_least_from, &first.zone.tz);
        let (to, step, name, stage) = (count.canvassed, rules.at_least, SpanName::Season, Stage::Open);
        Some(Span { from, to, step, name, stage, at: to, zone: count.last_close.zone.name })
    }
}

impl Span<'_> {
    /// So many steps lower; none where that is routine.
    pub fn lower(&self, by: i64) -> Option<Self> {
        let step = Urgency::from_step((self.step.step() - by).max(0))?;
        (step > Urgency::U0).then_some(Self { step, ..*self })
    }

    fn lives(&self) -> bool {
        self.from < self.to && self.step > Urgency::U0
    }
}

const fn name_of(kind: WindowKind) -> SpanName {
    match kind {
        WindowKind::EarlyVoting => SpanName::EarlyVoting,
        WindowKind::ElectionDay => SpanName::ElectionDay,
        WindowKind::Abroad => SpanName::Abroad,
        WindowKind::InternetVoting => SpanName::InternetVoting,
        WindowKind::CountingSession => SpanName::CountingSession,
        WindowKind::Audit => SpanName::Audit,
        WindowKind::Recount => SpanName::Recount,
    }
}

const fn milestone_name(kind: MilestoneKind) -> SpanName {
    match kind {
        MilestoneKind::RegistrationDeadline => SpanName::RegistrationDeadline,
        MilestoneKind::BallotMailing => SpanName::BallotMailing,
        MilestoneKind::BallotPrintRelease => SpanName::BallotPrintRelease,
        MilestoneKind::LogicAccuracyTest => SpanName::LogicAccuracyTest,
        MilestoneKind::ResultsComplete => SpanName::Count,
        MilestoneKind::Certification => SpanName::Certification,
        MilestoneKind::ContestDeadline => SpanName::Contest,
    }
}

/// The functions that have rules of their own, in the order of [`Laid::functions`].
pub(super) const OWN_RULES: usize = 7;
const _: () = assert!(Function::Office as usize == OWN_RULES && Function::People as usize == OWN_RULES + 1);
