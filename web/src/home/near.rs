//! The election that an authority is nearest to, and how long to it.

use std::sync::Arc;

use hub::Hub;
use hub::election::{Election, MilestoneKind, Phase, Window, WindowKind, calendar, phase};
use hub::incident::IncidentView;
use hub::time::Ts;
use jiff::tz::TimeZone;
use jiff::{ToSpan, civil};

use super::Countdown;
use crate::face::DayMark;
use crate::when::{self, Times};

/// The election that matters to an authority now, and where it stands: the one that an incident's urgency comes from,
/// else the one that is nearest and not over.
pub(crate) async fn near(
    hub: &Hub,
    authority: i64,
    incident: impl Into<Option<&IncidentView>>,
    now: Ts,
) -> hub::Result<Option<(Arc<Election>, Phase)>> {
    let named = incident.into().and_then(|incident| {
        let near = incident.why.parts.because.near.as_ref().map(|near| near.election.clone());
        near.or_else(|| incident.election.clone())
    });
    let all = hub.elections_of(authority).await?.into_iter().map(|election| {
        let stands = phase(&election, now);
        (election, stands)
    });
    Ok(all.min_by_key(|(election, stands)| {
        let other = named.as_deref() != Some(election.id.as_str());
        (other, stands.code == "over", stands.days_to_election.map_or(i64::MAX, i64::abs))
    }))
}

/// The countdown of a page in the authority's own time.
pub(super) fn countdown(election: &Election, stands: &Phase, zone: &TimeZone, now: Ts) -> Option<Countdown> {
    let days = stands.days_to_election?;
    let times = Times::local(zone.clone());
    let window = |kind: WindowKind| election.windows.iter().filter(move |window| window.kind == kind);
    let instant = |at: civil::DateTime, own: Option<&String>| {
        let zone = calendar::zone(election.zone_of(own))?;
        Some(calendar::instant(at, &zone))
    };
    let opens = |window: &Window| instant(window.opens, window.zone.as_ref());
    let polls = window(WindowKind::ElectionDay).filter_map(opens).min();
    let (next, at) = next(election, stands, &times, now);
    let left = at.map(|at| at.since(now).as_secs()).filter(|left| (0..172_800).contains(left));
    let today = times.date(now.timestamp());
    let election_day = today.checked_add(days.days()).ok()?;
    Some(Countdown {
        days,
        election: election.name.clone(),
        phase: stands.words.clone(),
        near: match (stands.open, stands.near) {
            (true, _) => "open",
            (false, true) => "near",
            (false, false) => "far",
        },
        next,
        left: left.map(when::duration).unwrap_or_default(),
        at: at.filter(|_| left.is_some()).map(Ts::timestamp),
        marks: DayMark::strip(today, election_day),
        early: early(election, &times, now),
        polls: polls
            .map(|at| {
                let verb = if at > now { "Polls open" } else { "Polls opened" };
                format!("{verb} {}", times.moment(at.timestamp(), now.timestamp()))
            })
            .unwrap_or_default(),
        clock_change: polls.and_then(|polls| clock_change(zone, now, polls)).unwrap_or_default(),
    })
}

/// What happens next: a deadline, an opening or a close, whichever comes first.
fn next(election: &Election, stands: &Phase, times: &Times, now: Ts) -> (String, Option<Ts>) {
    let mut ahead: Vec<(Ts, String)> = Vec::new();
    for window in &election.windows {
        let Some(zone) = calendar::zone(election.zone_of(window.zone.as_ref())) else { continue };
        let (opens, closes) = match window.kind {
            WindowKind::ElectionDay => ("Polls open", "Polls close"),
            WindowKind::EarlyVoting => ("Early voting opens", "Early voting closes"),
            WindowKind::Abroad => ("Voting abroad opens", "Voting abroad closes"),
            WindowKind::InternetVoting => ("Internet voting opens", "Internet voting closes"),
            WindowKind::CountingSession => ("Counting begins", "Counting ends"),
            WindowKind::Audit => ("The audit begins", "The audit ends"),
            WindowKind::Recount => ("The recount begins", "The recount ends"),
        };
        ahead.push((calendar::instant(window.opens, &zone), opens.to_owned()));
        ahead.push((calendar::instant(window.closes, &zone), closes.to_owned()));
    }
    for milestone in &election.milestones {
        let Some(zone) = calendar::zone(election.zone_of(milestone.zone.as_ref())) else { continue };
        let words = match milestone.kind {
            MilestoneKind::RegistrationDeadline => "Registration closes",
            MilestoneKind::BallotMailing => "Ballots are mailed",
            MilestoneKind::BallotPrintRelease => "Ballots are released for print",
            MilestoneKind::LogicAccuracyTest => "The logic and accuracy test is held",
            MilestoneKind::ResultsComplete => "The last result is due",
            MilestoneKind::Certification => "The result is certified",
            MilestoneKind::ContestDeadline => "The result can no longer be contested",
        };
        ahead.push((calendar::instant(milestone.at, &zone), words.to_owned()));
    }
    match ahead.into_iter().filter(|(at, _)| *at > now).min_by_key(|(at, _)| *at) {
        Some((at, words)) => {
            let moment = times.moment(at.timestamp(), now.timestamp());
            let today = times.date(at.timestamp()) == times.date(now.timestamp());
            (if today { format!("{words} today at {moment}") } else { format!("{words} {moment}") }, Some(at))
        }
        None => (stands.words.clone(), None),
    }
}

/// "Early voting since 19 October, today 08:00 to 18:00".
fn early(election: &Election, times: &Times, now: Ts) -> String {
    let mut days: Vec<(Ts, Ts)> = election
        .windows
        .iter()
        .filter(|window| window.kind == WindowKind::EarlyVoting)
        .filter_map(|window| {
            let zone = calendar::zone(election.zone_of(window.zone.as_ref()))?;
            Some((calendar::instant(window.opens, &zone), calendar::instant(window.closes, &zone)))
        })
        .collect();
    days.sort();
    let Some((first, _)) = days.first().copied() else { return String::new() };
    let date = |at: Ts| times.date(at.timestamp());
    if first > now {
        return format!("Early voting opens {}", times.moment(first.timestamp(), now.timestamp()));
    }
    if days.last().is_some_and(|(_, closes)| *closes <= now) {
        return "Early voting is over".to_owned();
    }
    let since = format!("Early voting since {}", date(first).strftime("%-d %B"));
    match days.iter().find(|(opens, closes)| date(*opens) == date(now) && date(*closes) == date(now)) {
        Some((opens, closes)) => {
            format!("{since}, today {} to {}", times.clock(opens.timestamp()), times.clock(closes.timestamp()))
        }
        None => since,
    }
}

/// A change of the clocks between now and the polls, named before it happens.
fn clock_change(zone: &TimeZone, now: Ts, polls: Ts) -> Option<String> {
    let change = zone.following(now.timestamp()).next()?;
    if change.timestamp() >= polls.timestamp() {
        return None;
    }
    let before = zone.to_offset(now.timestamp()).seconds();
    let moved = change.offset().seconds() - before;
    let way = if moved < 0 { "back" } else { "forward" };
    let length = match moved.abs() {
        3_600 => "one hour".to_owned(),
        seconds => when::duration(i64::from(seconds)),
    };
    let day = change.timestamp().to_zoned(zone.clone()).date().strftime("%A %-d %B").to_string();
    Some(format!("Clocks go {way} {length} on {day}. This countdown already includes it."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_clocks_is_named_before_it_happens() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = |text: &str| text.parse::<Ts>().unwrap();
        let change = |now: &str| clock_change(&zone, at(now), at("2026-11-03T12:00:00Z"));
        let words = "Clocks go back one hour on Sunday 1 November. This countdown already includes it.";
        assert_eq!(change("2026-10-28T07:14:08Z").as_deref(), Some(words));
        assert_eq!(change("2026-11-02T07:14:08Z"), None);
        let phoenix = TimeZone::get("America/Phoenix").unwrap();
        assert_eq!(clock_change(&phoenix, at("2026-10-28T07:14:08Z"), at("2026-11-03T12:00:00Z")), None);
    }
}
