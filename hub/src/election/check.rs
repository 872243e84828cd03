//! What keeps an election from being used.

use super::{Election, calendar};

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
