//! The windows and milestones of one election as instants, and the count that follows the last close.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::policy::rules::Rules;
use crate::election::{MilestoneKind, WindowKind, calendar};
use crate::time::Ts;

/// A window as instants.
pub(super) struct Opened<'e> {
    pub kind: WindowKind,
    pub opens: Ts,
    pub closes: Ts,
    pub zone: Zone<'e>,
}

#[derive(Clone)]
pub(super) struct Zone<'e> {
    pub name: &'e str,
    pub tz: TimeZone,
}

/// What a ladder leads to: an instant, its local day, its zone.
pub(super) struct Goal<'e> {
    pub at: Ts,
    pub day: Date,
    pub zone: Zone<'e>,
}

impl<'e> Opened<'e> {
    /// The local day of an opening is its own.
    pub fn opening(&self) -> Goal<'e> {
        Goal { at: self.opens, day: calendar::day(self.opens, &self.zone.tz), zone: self.zone.clone() }
    }

    pub fn close(&self) -> Goal<'e> {
        Goal::ending(self.closes, self.zone.clone())
    }
}

impl<'e> Goal<'e> {
    /// A close or a milestone belongs to the day of the last instant before it.
    pub fn ending(at: Ts, zone: Zone<'e>) -> Self {
        Self { at, day: calendar::day_before(at, &zone.tz), zone }
    }
}

/// The close after which ballots are counted: of election day, or of all polling windows where there is no such day.
pub(super) fn last_close<'e>(windows: &[Opened<'e>]) -> Option<Goal<'e>> {
    let latest = |of: fn(WindowKind) -> bool| {
        // The first as listed where several close last.
        windows
            .iter()
            .filter(|window| of(window.kind))
            .reduce(|last, next| if next.closes > last.closes { next } else { last })
    };
    latest(|kind| kind == WindowKind::ElectionDay).or_else(|| latest(WindowKind::is_polling)).map(Opened::close)
}

/// The count, the canvass and what follows, of an election with polling windows.
pub(super) struct Count<'e> {
    /// The count begins.
    pub last_close: Goal<'e>,
    /// The count ends and the canvass begins.
    pub end: Ts,
    /// Where one is set: the latest.
    pub certification: Option<(Ts, &'e str)>,
    /// The canvass ends.
    pub canvassed: Ts,
    /// Where one is set: the latest.
    pub contest: Option<(Ts, &'e str)>,
}

impl<'e> Count<'e> {
    pub fn of(
        rules: &Rules,
        last_close: Goal<'e>,
        windows: &[Opened<'e>],
        milestones: &[(MilestoneKind, Goal<'e>)],
    ) -> Self {
        let latest = |kind: MilestoneKind| {
            let of_kind = milestones.iter().filter(|(known, _)| *known == kind).map(|(_, goal)| goal);
            of_kind
                .reduce(|last, next| if next.at > last.at { next } else { last })
                .map(|goal| (goal.at, goal.zone.name))
        };
        let start = last_close.at;
        let sessions = windows.iter().filter(|w| w.kind == WindowKind::CountingSession && w.closes > start);
        let complete = latest(MilestoneKind::ResultsComplete).map(|(at, _)| at);
        let soonest = start.plus(rules.count.at_least);
        let end = complete.or_else(|| sessions.map(|session| session.closes).max()).unwrap_or(soonest).max(soonest);
        let certification = latest(MilestoneKind::Certification);
        let canvassed = certification.map_or(end.plus(rules.canvass.without_certification), |(at, _)| at);
        Self { last_close, end, certification, canvassed, contest: latest(MilestoneKind::ContestDeadline) }
    }
}
