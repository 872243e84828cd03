//! The lengths and steps that lay out a calendar, as they stand in the file.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};

use crate::escalation::{Period, Severity, Urgency};

/// Everything that lays out the spans of an election.
#[derive(Debug, Clone)]
pub(in crate::escalation) struct Rules {
    pub voting_stopped: VotingStopped,
    pub counts_as_named: CountsAsNamed,
    pub polling: Polling,
    pub milestone: Milestones,
    pub count: Count,
    pub canvass: Canvass,
    pub certification: Certification,
    pub contest: Contest,
    pub session: Sessions,
    pub office: Office,
    pub people: People,
    pub lower: Lower,
}

/// When each step begins before what it leads to, farthest first: the steps rise and the distances shrink.
#[derive(Debug, Clone)]
pub(in crate::escalation) struct Ladder(pub Vec<(Urgency, Period)>);

impl<'de> Deserialize<'de> for Ladder {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let steps: Vec<_> = BTreeMap::<Urgency, Period>::deserialize(from)?.into_iter().collect();
        for pair in steps.windows(2) {
            let [(lower, far), (higher, near)] = pair else { continue };
            if near.duration() >= far.duration() {
                let reason = format!("{higher} begins {near} before, {lower} {far}: a higher step must begin later");
                return Err(serde::de::Error::custom(reason));
            }
        }
        Ok(Self(steps))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct VotingStopped {
    pub at_least: Severity,
    #[serde(deserialize_with = "elapsed")]
    pub before: SignedDuration,
    #[serde(deserialize_with = "elapsed")]
    pub after: SignedDuration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct CountsAsNamed {
    pub voting: Severity,
    pub people: Severity,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Polling {
    pub ladder: Ladder,
    pub open: Urgency,
    pub between: Urgency,
    pub next_opening: Urgency,
    #[serde(deserialize_with = "elapsed")]
    pub next_opening_within: SignedDuration,
    #[serde(deserialize_with = "elapsed")]
    pub next_opening_within_early_voting: SignedDuration,
    pub closing: Urgency,
    #[serde(deserialize_with = "elapsed")]
    pub closing_for: SignedDuration,
    pub count: Urgency,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Milestones {
    pub ladder: Ladder,
    pub last_day: Urgency,
    pub after: Urgency,
    #[serde(deserialize_with = "elapsed")]
    pub after_for: SignedDuration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Count {
    #[serde(deserialize_with = "elapsed")]
    pub at_least: SignedDuration,
    #[serde(deserialize_with = "elapsed")]
    pub first: SignedDuration,
    #[serde(deserialize_with = "elapsed")]
    pub last: SignedDuration,
    pub between: Urgency,
    pub tabulation: Urgency,
    pub results_publication: Urgency,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Canvass {
    pub step: Urgency,
    #[serde(deserialize_with = "elapsed")]
    pub without_certification: SignedDuration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Certification {
    pub ladder: Ladder,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Contest {
    pub step: Urgency,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Sessions {
    pub ladder: Ladder,
    pub open: Urgency,
    pub results_after: Urgency,
    #[serde(deserialize_with = "elapsed")]
    pub results_after_for: SignedDuration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Office {
    #[serde(deserialize_with = "steps")]
    pub below: i64,
    pub at_least: Urgency,
    #[serde(deserialize_with = "days")]
    pub at_least_from: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct People {
    pub at_least: Urgency,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::escalation) struct Lower {
    #[serde(deserialize_with = "steps")]
    pub descendants: i64,
    #[serde(deserialize_with = "steps")]
    pub registration: i64,
}

impl Rules {
    /// What the shape of the file does not say: as an opening comes nearer, urgency never falls.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let top = |ladder: &Ladder| ladder.0.last().map_or(Urgency::U0, |(step, _)| *step);
        let polling = &self.polling;
        if polling.open < top(&polling.ladder) || polling.open < polling.next_opening {
            let reason =
                format!("an open polling window ({}) must not be below the steps that lead to it", polling.open);
            return Some(("polling", reason));
        }
        if polling.next_opening < polling.between {
            let reason = "the last hours before the next opening must not be below the time between two windows";
            return Some(("polling", reason.to_owned()));
        }
        if self.session.open < top(&self.session.ladder) {
            let reason = format!("an open session ({}) must not be below the steps that lead to it", self.session.open);
            return Some(("session", reason));
        }
        if self.milestone.last_day < top(&self.milestone.ladder) {
            let reason = format!(
                "the last day of a deadline ({}) must not be below the steps that lead to it",
                self.milestone.last_day
            );
            return Some(("milestone", reason));
        }
        None
    }
}

/// A length that runs on the clock: a rule that counts days says so with a ladder.
fn elapsed<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    match Period::deserialize(from)? {
        Period::Clock(length) => Ok(length),
        Period::Days(days) => Err(serde::de::Error::custom(format!("write it in hours: \"{} h\"", days * 24))),
    }
}

/// A number of calendar days.
fn days<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    match Period::deserialize(from)? {
        Period::Days(days) => Ok(days),
        Period::Clock(_) => Err(serde::de::Error::custom("write it in days: \"28 days\"")),
    }
}

/// A number of steps of urgency.
fn steps<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let steps = i64::deserialize(from)?;
    if (0..=5).contains(&steps) { Ok(steps) } else { Err(serde::de::Error::custom("write a number of steps, 0 to 5")) }
}
