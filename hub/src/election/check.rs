//! What keeps an election from being used.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::{Election, calendar};
use crate::time::Ts;

/// So many windows, and so many milestones, an election has at most.
const MOST: usize = 200;
/// So far from now its times may be, in years: what lies further away is a slip of the keyboard.
const BACK: i64 = 3;
const AHEAD: i64 = 10;

const WHOLE: &str = "Give the time in whole seconds.";

pub(super) fn problems(election: &Election) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let mut say = |field: String, sentence: String| problems.push((field, sentence));
    if election.name.trim().is_empty() {
        say("name".to_owned(), "Give the election a name, as people will read it.".to_owned());
    }
    let unknown = |zone: &str| {
        format!("There is no time zone {zone:?}. Use an IANA name such as America/New_York or Europe/Berlin.")
    };
    if calendar::zone(&election.zone).is_none() {
        say("zone".to_owned(), unknown(&election.zone));
    }
    for (index, window) in election.windows.iter().enumerate() {
        let field = |name: &str| format!("windows[{index}].{name}");
        // A wrong zone of the election itself is told once, at the election.
        let name = election.zone_of(window.zone.as_ref());
        match calendar::zone(name) {
            None if window.zone.is_some() => say(field("zone"), unknown(name)),
            None => {}
            Some(zone) => {
                for (name, time) in [("opens", window.opens), ("closes", window.closes)] {
                    if time.subsec_nanosecond() != 0 {
                        say(field(name), WHOLE.to_owned());
                    }
                }
                if calendar::instant(window.closes, &zone) <= calendar::instant(window.opens, &zone) {
                    let sentence = format!(
                        "This {} closes at or before its opening. Give a closing time after {}.",
                        window.kind.label(),
                        window.opens
                    );
                    say(field("closes"), sentence);
                }
            }
        }
    }
    for (index, milestone) in election.milestones.iter().enumerate() {
        if milestone.at.subsec_nanosecond() != 0 {
            say(format!("milestones[{index}].at"), WHOLE.to_owned());
        }
        if let Some(name) = milestone.zone.as_deref()
            && calendar::zone(name).is_none()
        {
            say(format!("milestones[{index}].zone"), unknown(name));
        }
    }
    problems
}

/// What of `new` goes beyond what is kept of an election; what `old` has already is no reason.
pub(super) fn limits(old: &Election, new: &Election, now: Ts) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let counts =
        [("windows", old.windows.len(), new.windows.len()), ("milestones", old.milestones.len(), new.milestones.len())];
    for (field, before, count) in counts {
        if count > MOST && count > before {
            problems.push((field.to_owned(), format!("An election has at most {MOST} {field}; these are {count}.")));
        }
    }
    let known: BTreeSet<_> = times(old).map(|(_, time)| time).collect();
    let today = now.timestamp().to_zoned(TimeZone::UTC).date();
    let (first, last) = (today.saturating_sub(BACK.years()), today.saturating_add(AHEAD.years()));
    for (field, time) in times(new) {
        if !known.contains(&time) && !(first..=last).contains(&time.date()) {
            problems.push((field, format!("Give a time from {first} to {last}; this is {time}.")));
        }
    }
    problems
}

/// Every time of a calendar, with its field.
fn times(election: &Election) -> impl Iterator<Item = (String, jiff::civil::DateTime)> {
    let windows = election.windows.iter().enumerate().flat_map(|(at, one)| {
        [(format!("windows[{at}].opens"), one.opens), (format!("windows[{at}].closes"), one.closes)]
    });
    let milestones = election.milestones.iter().enumerate();
    windows.chain(milestones.map(|(at, one)| (format!("milestones[{at}].at"), one.at)))
}
