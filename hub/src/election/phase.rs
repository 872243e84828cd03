//! Where an election stands, for pages. No priority is made of it: that is the policy's.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::{Election, MilestoneKind, WindowKind, calendar, words};
use crate::time::Ts;

/// Where an election stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// `preparation`, `final_week`, `eve`, `last_day_to_register`, `early_voting`, `polls_open`, `between`, `counting`,
    /// `canvass`, `certified` (the result can still be contested), `over`.
    pub code: &'static str,
    /// As people read it: "Polls open until 20:00 EST".
    pub words: String,
    /// When it began, where it has a beginning.
    pub since: Option<Ts>,
    /// When it becomes another one, where it does.
    pub until: Option<Ts>,
    /// Voters can vote now.
    pub open: bool,
    /// It is near: the final week, the eve, the count. What is open is not near, it is open.
    pub near: bool,
    /// Calendar days to the first day of the `election_day` windows, in the election's zone: negative after it, none
    /// where there is no such window.
    pub days_to_election: Option<i64>,
}

/// A polling window as instants.
struct Polls {
    kind: WindowKind,
    opens: Ts,
    closes: Ts,
    zone: TimeZone,
}

/// Steps of the approach, as in the policy that the hub comes with.
const EVE: SignedDuration = SignedDuration::from_hours(24);
const FINAL_WEEK: i64 = 7;
/// A count takes a day at least, a canvass without an end a month.
const COUNT: SignedDuration = SignedDuration::from_hours(24);
const CANVASS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where `election` stands at `now`.
pub fn phase(election: &Election, now: Ts) -> Phase {
    let polls = polls(election);
    let days_to_election = days(election, &polls, now);
    let phase = open(&polls, now)
        .or_else(|| last_day(election, now))
        .or_else(|| approach(&polls, now))
        .or_else(|| afterwards(election, &polls, now))
        .unwrap_or_else(|| Phase::new("preparation", "No polling window yet".to_owned()));
    Phase { days_to_election, ..phase }
}

impl Phase {
    fn new(code: &'static str, words: String) -> Self {
        Self { code, words, since: None, until: None, open: false, near: false, days_to_election: None }
    }
}

fn polls(election: &Election) -> Vec<Polls> {
    let polling = election.windows.iter().filter(|window| window.kind.is_polling());
    let instants = polling.filter_map(|window| {
        let zone = calendar::zone(election.zone_of(window.zone.as_ref()))?;
        let (opens, closes) = (calendar::instant(window.opens, &zone), calendar::instant(window.closes, &zone));
        (opens < closes).then_some(Polls { kind: window.kind, opens, closes, zone })
    });
    let mut polls: Vec<Polls> = instants.collect();
    polls.sort_by_key(|window| window.opens);
    polls
}

fn days(election: &Election, polls: &[Polls], now: Ts) -> Option<i64> {
    let zone = calendar::zone(&election.zone)?;
    let first = polls.iter().find(|window| window.kind == WindowKind::ElectionDay)?.opens;
    let (today, day) = (calendar::day(now, &zone), calendar::day(first, &zone));
    today.until(day).ok().map(|span| i64::from(span.get_days()))
}

/// Voters can vote: on the day itself before any other way of voting.
fn open(polls: &[Polls], now: Ts) -> Option<Phase> {
    let open = || polls.iter().filter(|window| window.opens <= now && now < window.closes);
    let kind = open().map(|window| window.kind).find(|kind| *kind == WindowKind::ElectionDay);
    let kind = kind.or_else(|| open().map(|window| window.kind).next())?;
    let last = open().filter(|window| window.kind == kind).max_by_key(|window| window.closes)?;
    let (code, what) = match kind {
        WindowKind::ElectionDay => ("polls_open", "Polls open"),
        WindowKind::Abroad => ("early_voting", "Voting abroad open"),
        WindowKind::InternetVoting => ("early_voting", "Internet voting open"),
        _ => ("early_voting", "Early voting open"),
    };
    let words = format!("{what} until {}", words::clock(last.closes, &last.zone, now));
    Some(Phase { since: Some(last.opens), until: Some(last.closes), open: true, ..Phase::new(code, words) })
}

fn last_day(election: &Election, now: Ts) -> Option<Phase> {
    let deadlines =
        election.milestones.iter().filter(|milestone| milestone.kind == MilestoneKind::RegistrationDeadline);
    deadlines
        .filter_map(|deadline| Some((deadline.at, calendar::zone(election.zone_of(deadline.zone.as_ref()))?)))
        .find_map(|(at, zone)| {
            let at = calendar::instant(at, &zone);
            let from = calendar::midnight(calendar::day_before(at, &zone), 0, &zone);
            let words = format!("Last day to register, until {}", words::clock(at, &zone, now));
            let phase = Phase::new("last_day_to_register", words);
            (from <= now && now < at).then_some(Phase { since: Some(from), until: Some(at), near: true, ..phase })
        })
}

/// On the way to the next opening.
fn approach(polls: &[Polls], now: Ts) -> Option<Phase> {
    let next = polls.iter().find(|window| window.opens > now)?;
    let closed = polls.iter().map(|window| window.closes).filter(|closes| *closes <= now).max();
    let left = next.opens.since(now);
    let day = calendar::day(next.opens, &next.zone);
    let week = calendar::midnight(day, FINAL_WEEK, &next.zone);
    let eve = next.opens.plus(-EVE);
    let what = match (next.kind, closed) {
        (WindowKind::ElectionDay, _) => "Polls open",
        (WindowKind::Abroad, _) => "Voting abroad opens",
        (WindowKind::InternetVoting, _) => "Internet voting opens",
        (_, None) => "Early voting opens",
        (_, Some(_)) => "Early voting opens again",
    };
    let words = format!("{what} in {}", words::length(left));
    let (code, since, until) = if closed.is_some() {
        ("between", closed, next.opens)
    } else if now < week {
        return Some(Phase { until: Some(week), ..Phase::new("preparation", "Preparation".to_owned()) });
    } else if now < eve {
        ("final_week", Some(week), eve)
    } else {
        ("eve", Some(eve), next.opens)
    };
    Some(Phase { since, until: Some(until), near: now >= week, ..Phase::new(code, words) })
}

/// The polls have closed for good.
fn afterwards(election: &Election, polls: &[Polls], now: Ts) -> Option<Phase> {
    let last = polls.iter().max_by_key(|window| window.closes)?.closes;
    let latest = |kind: MilestoneKind| {
        let of_kind = election.milestones.iter().filter(|milestone| milestone.kind == kind);
        let instants = of_kind.filter_map(|milestone| {
            let zone = calendar::zone(election.zone_of(milestone.zone.as_ref()))?;
            Some((calendar::instant(milestone.at, &zone), zone))
        });
        instants.max_by_key(|(at, _)| *at)
    };
    let sessions = election.windows.iter().filter(|window| window.kind == WindowKind::CountingSession);
    let sessions = sessions.filter_map(|session| {
        let zone = calendar::zone(election.zone_of(session.zone.as_ref()))?;
        Some(calendar::instant(session.closes, &zone)).filter(|closes| *closes > last)
    });
    let complete = latest(MilestoneKind::ResultsComplete).map(|(at, _)| at);
    let counted = complete.or_else(|| sessions.max()).unwrap_or(last).max(last.plus(COUNT));
    let certification = latest(MilestoneKind::Certification);
    let certified = certification.as_ref().map_or(counted.plus(CANVASS), |(at, _)| *at).max(counted);
    let (code, words, since, until) = if now < counted {
        ("counting", "Counting".to_owned(), last, Some(counted))
    } else if now < certified {
        let words = certification.map(|(at, zone)| format!("Canvass, certified {}", words::clock(at, &zone, now)));
        ("canvass", words.unwrap_or_else(|| "Canvass".to_owned()), counted, Some(certified))
    } else {
        match latest(MilestoneKind::ContestDeadline).filter(|(at, _)| now < *at) {
            Some((at, zone)) => {
                let words = format!("Certified, can be contested until {}", words::clock(at, &zone, now));
                ("certified", words, certified, Some(at))
            }
            None if certification.is_some() => ("over", "Certified".to_owned(), certified, None),
            None => ("over", "Over".to_owned(), certified, None),
        }
    };
    Some(Phase { since: Some(since), until, near: code == "counting", ..Phase::new(code, words) })
}
