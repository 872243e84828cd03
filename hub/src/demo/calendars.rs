//! When the fictional elections are: laid out around the start, in the civil time of each authority, so that what the
//! first incident of each says of its moment is true then.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use super::{DemoAuthority, DemoElection, DemoWindow};
use crate::election::MilestoneKind::{
    self, BallotMailing, BallotPrintRelease, Certification, ContestDeadline, LogicAccuracyTest, RegistrationDeadline,
    ResultsComplete,
};
use crate::election::WindowKind::{self, Abroad, CountingSession, EarlyVoting, ElectionDay};
use crate::election::calendar::{day, instant, zone};
use crate::time::Ts;

/// The elections of these authorities around `start`.
pub(super) fn elections(start: Ts, authorities: &[DemoAuthority]) -> Vec<DemoElection> {
    authorities.iter().filter_map(|authority| election(start, authority)).collect()
}

fn election(start: Ts, authority: &DemoAuthority) -> Option<DemoElection> {
    let here = Here::new(start, zone(authority.zone)?);
    let today = here.today;
    let plan = match authority.slug {
        // D-03: the last day to register, 22 days ahead; early voting begins tomorrow.
        "franklin" => Plan::on(plus(today, 22), 6, 20)
            .early(21, 14)
            // Midnight, so that it is the last day to register at whatever hour the demonstration is started.
            .until(RegistrationDeadline, 21, 0, 0)
            .usual()
            .named("Franklin state primary"),
        // D-01: opened 17 minutes ago.
        "alder" => Plan::opened(here.ago(17), 13).early(12, 4).usual().named("Alder County general election"),
        // D-02: closed 4 minutes ago.
        "bellwood" => Plan::between(here.ago(14 * 60 + 4), here.ago(4))
            .early(12, 4)
            .usual()
            .named("Bellwood County general election"),
        // D-04: 36 days ahead, ballots are in the post. Early voting is more than 28 days off: that is still build-up.
        "cedar" => Plan::on(plus(today, 36), 7, 19)
            .early(6, 3)
            .until(BallotPrintRelease, 50, 12, 0)
            .until(BallotMailing, 40, 12, 0)
            .usual()
            .named("Cedar County general election"),
        // D-05: 35 days ahead, off the usual cycle, without early voting.
        "dunmore" => Plan::on(plus(today, 35), 7, 19).usual().named("Dunmore County primary"),
        // D-06: 09:20, opened at 06:00.
        "eastlake" => Plan::opened(here.ago(200), 14).early(9, 2).usual().named("Eastlake County general election"),
        // D-07: three days after, the count is complete, the canvass is in session for another quarter of an hour.
        "farrow" => Plan::on(plus(today, -3), 7, 20)
            .until(ResultsComplete, -2, 12, 0)
            .session(plus(today, -2), 9, 18)
            .window(CountingSession, here.ago(9 * 60 + 20), here.ahead(15))
            .session(plus(today, 1), 9, 18)
            .usual()
            .named("Farrow County general election"),
        // D-08: the day after, ballots are being opened.
        "garnet" => Plan::on(plus(today, -1), 7, 20)
            .until(BallotMailing, 20, 12, 0)
            .window(CountingSession, here.ago(100), here.ahead(7 * 60))
            .until(ResultsComplete, -4, 17, 0)
            .usual()
            .named("Garnet County general election"),
        // D-10: 12 days ahead, nothing open before the day.
        "harbor" => Plan::on(plus(today, 12), 7, 19)
            .until(RegistrationDeadline, 15, 17, 0)
            .usual()
            .named("Harbor County general election"),
        // D-12: 22 days ahead.
        "juniper" => Plan::on(plus(today, 22), 7, 19)
            .early(10, 4)
            .until(RegistrationDeadline, 10, 17, 0)
            .usual()
            .named("Juniper special primary"),
        // D-13: opened 12 minutes ago.
        "kestrel" => Plan::opened(here.ago(12), 13).usual().named("Kestrel County general election"),
        // D-14: 5 days before round one.
        "meridia" => Plan::on(plus(today, 5), 7, 21)
            .until(RegistrationDeadline, 30, 0, 0)
            .abroad(2)
            .usual()
            .named("Meridia presidential election, round one"),
        // D-16: 13:00, opened at 07:00.
        "larkspur" => Plan::opened(here.ago(6 * 60), 12).early(14, 3).usual().named("Larkspur general election"),
        // D-17: 210 days before any.
        "norland" => Plan::on(plus(today, 210), 8, 20).usual().named("Norland parliamentary election"),
        // D-18: an hour before opening.
        "orchard" => Plan::opened(here.ahead(60), 13).usual().named("Orchard County general election"),
        // D-19: on the whole hour, 25 to 26 hours ahead.
        "tallgrass" => Plan::opened(here.next_hour_after(25), 13).usual().named("Tallgrass County general election"),
        _ => return None,
    };
    Some(DemoElection {
        authority: authority.slug,
        name: plan.name.to_owned(),
        zone: authority.zone,
        windows: plan.windows,
        milestones: plan.milestones,
    })
}

/// The start as one place lives it.
struct Here {
    start: Ts,
    /// The start, cut to its minute.
    now: Ts,
    today: Date,
    zone: TimeZone,
}

impl Here {
    fn new(start: Ts, zone: TimeZone) -> Self {
        let now = Ts::from_millis(start.millis() - start.millis().rem_euclid(60_000));
        Self { start, now, today: day(start, &zone), zone }
    }

    /// So many minutes ago. In the hour that is lived twice it may read as an hour more: what is open is open.
    fn ago(&self, minutes: i64) -> DateTime {
        self.civil(self.now.plus(SignedDuration::from_mins(-minutes)))
    }

    /// In so many minutes; an hour more where that civil time is lived twice, so that it is never past already.
    fn ahead(&self, minutes: i64) -> DateTime {
        let at = self.now.plus(SignedDuration::from_mins(minutes));
        let civil = self.civil(at);
        if instant(civil, &self.zone) == at { civil } else { self.civil(at.plus(SignedDuration::from_hours(1))) }
    }

    /// The first whole hour that is at least so many hours after the start.
    fn next_hour_after(&self, hours: i64) -> DateTime {
        const HOUR: i64 = 3_600_000;
        let before = (self.start.millis() - 1).div_euclid(HOUR);
        self.civil(Ts::from_millis((before + 1 + hours) * HOUR))
    }

    fn civil(&self, at: Ts) -> DateTime {
        self.zone.to_datetime(at.timestamp())
    }
}

/// An election in the making. Days are counted back from its day: 12 is E-12, -1 the day after.
struct Plan {
    name: &'static str,
    day: Date,
    windows: Vec<DemoWindow>,
    milestones: Vec<(MilestoneKind, DateTime)>,
}

impl Plan {
    fn between(opens: DateTime, closes: DateTime) -> Self {
        let windows = vec![DemoWindow { kind: ElectionDay, opens, closes }];
        Self { name: "", day: opens.date(), windows, milestones: Vec::new() }
    }

    fn opened(opens: DateTime, hours: i64) -> Self {
        Self::between(opens, opens.saturating_add(SignedDuration::from_hours(hours)))
    }

    fn on(day: Date, opens: i8, closes: i8) -> Self {
        Self::between(at(day, opens, 0), at(day, closes, 0))
    }

    fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        // In the order of time, as an office would list them.
        self.windows.sort_by_key(|window| window.opens);
        self.milestones.sort_by_key(|(_, at)| *at);
        self
    }

    fn window(mut self, kind: WindowKind, opens: DateTime, closes: DateTime) -> Self {
        self.windows.push(DemoWindow { kind, opens, closes });
        self
    }

    /// Early voting each day from E-`first` to E-`last`.
    fn early(mut self, first: i64, last: i64) -> Self {
        for back in (last..=first).rev() {
            let day = plus(self.day, -back);
            self = self.window(EarlyVoting, at(day, 9, 0), at(day, 17, 0));
        }
        self
    }

    fn abroad(self, days: i64) -> Self {
        let (opens, closes) = (at(plus(self.day, -days), 8, 0), at(self.day, 21, 0));
        self.window(Abroad, opens, closes)
    }

    fn session(self, day: Date, opens: i8, closes: i8) -> Self {
        self.window(CountingSession, at(day, opens, 0), at(day, closes, 0))
    }

    fn until(mut self, kind: MilestoneKind, back: i64, hour: i8, minute: i8) -> Self {
        self.milestones.push((kind, at(plus(self.day, -back), hour, minute)));
        self
    }

    /// What every election has and this one has not been given.
    fn usual(mut self) -> Self {
        const USUAL: [(MilestoneKind, i64, i8); 5] = [
            (RegistrationDeadline, 25, 17),
            (LogicAccuracyTest, 14, 10),
            (ResultsComplete, -3, 17),
            (Certification, -14, 12),
            (ContestDeadline, -28, 17),
        ];
        for (kind, back, hour) in USUAL {
            if !self.milestones.iter().any(|(known, _)| *known == kind) {
                self = self.until(kind, back, hour, 0);
            }
        }
        self
    }
}

fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

fn at(day: Date, hour: i8, minute: i8) -> DateTime {
    day.to_datetime(Time::constant(hour, minute, 0, 0))
}
