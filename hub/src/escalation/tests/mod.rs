//! The worked cases, the odd cases, and the laws that hold for all inputs.

mod evaluated;
mod laws;
mod odd;
mod said;

use std::sync::{Arc, LazyLock};

use super::*;
use crate::election::{Election, Milestone, MilestoneKind, Window, WindowKind};
use crate::time::Ts;

/// Read once: a policy is a long text.
fn policy() -> &'static Policy {
    static POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);
    &POLICY
}

/// An election in New York, laid out a line a window or milestone: `election_day 2026-11-03T06:00 2026-11-03T20:00`,
/// `certification 2026-11-24T17:00`, each with a zone behind it where it is not New York.
fn election(id: &str, lines: &[&str]) -> Election {
    let (mut windows, mut milestones) = (Vec::new(), Vec::new());
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let zone = |place: usize| words.get(place).map(|zone| (*zone).to_owned());
        if let Ok(kind) = words[0].parse::<WindowKind>() {
            let (opens, closes) = (words[1].parse().unwrap(), words[2].parse().unwrap());
            windows.push(Window { id: format!("w{}", windows.len()), kind, opens, closes, zone: zone(3) });
        } else {
            let kind = words[0].parse::<MilestoneKind>().unwrap();
            let at = words[1].parse().unwrap();
            milestones.push(Milestone { id: format!("m{}", milestones.len()), kind, at, zone: zone(2) });
        }
    }
    Election {
        id: id.to_owned(),
        name: "Alder County general".to_owned(),
        authority: "alder-county".to_owned(),
        authority_name: "Alder County".to_owned(),
        zone: "America/New_York".to_owned(),
        windows,
        milestones,
    }
}

fn own(elections: impl IntoIterator<Item = Election>) -> Calendar {
    let own = |election| Counted { election: Arc::new(election), relation: Relation::Own };
    Calendar::new(policy(), &elections.into_iter().map(own).collect::<Vec<_>>())
}

/// A medium incident with these functions affected and no answers.
fn facts(functions: &[&str]) -> Facts {
    Facts {
        starting_severity: Severity::Medium,
        severity_confirmed: false,
        functions: Functions::parse(functions).unwrap(),
        answers: Answers::default(),
        voting_stopped: false,
    }
}

fn answering(mut facts: Facts, axis: Axis, code: &str) -> Facts {
    facts.answers.0.insert(axis, code.to_owned());
    facts
}

fn at(text: &str) -> Ts {
    text.parse().unwrap()
}

/// `U4 checkin E1/closing` or `U0 checkin`.
fn short(assessment: &Assessment) -> String {
    let winner = assessment.winner.as_ref().map(|winner| format!(" {}/{}", winner.election, winner.window));
    format!("{} {}{}", assessment.urgency, assessment.function, winner.unwrap_or_default())
}
