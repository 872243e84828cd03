//! The demonstration: fictional authorities, their people, elections and incidents, as pure data around one instant.
//! Everything here is invented; names end in `.example`, numbers are 555 numbers.

mod calendars;
mod cast;
mod seed;

pub use seed::seed;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::Deserialize;

use crate::election::{MilestoneKind, WindowKind};
use crate::escalation::{Priority, Severity, Urgency};
use crate::incident::Report;
use crate::time::Ts;

/// Everything that there is at the start of a demonstration.
#[derive(Debug, Clone)]
pub struct World {
    /// The instant around which it is laid out.
    pub start: Ts,
    /// Parents before their children.
    pub authorities: Vec<DemoAuthority>,
    /// The cast, and an official of every other authority, for their names in the rooms.
    pub people: Vec<DemoPerson>,
    /// One of each authority.
    pub elections: Vec<DemoElection>,
    /// Oldest first, so that each authority's count runs with time.
    pub incidents: Vec<DemoIncident>,
}

/// A fictional authority.
#[derive(Debug, Clone)]
pub struct DemoAuthority {
    /// `alder`.
    pub slug: &'static str,
    /// `ALD`.
    pub code: &'static str,
    /// `Alder County`.
    pub name: &'static str,
    /// The slug of the authority above it.
    pub parent: Option<&'static str>,
    /// Its zone, as the IANA names it.
    pub zone: &'static str,
}

/// A person.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    /// `ana`: her first name in small letters.
    pub key: &'static str,
    /// `Ana Reyes`.
    pub name: &'static str,
    /// `ana@alder.example`.
    pub email: String,
    /// Her office, as it stands beside her name.
    pub office: &'static str,
    /// The code of her role.
    pub role: &'static str,
    /// The slug of her authority; nothing on the response side.
    pub authority: Option<&'static str>,
    /// Its name.
    pub authority_name: Option<&'static str>,
    /// Who she is, in one sentence, for those of the cast: one can be them. Nothing for the others.
    pub story: Option<&'static str>,
}

/// An election. Civil times are in its zone.
#[derive(Debug, Clone)]
pub struct DemoElection {
    /// The slug of its authority.
    pub authority: &'static str,
    /// `Alder County general election`.
    pub name: String,
    /// Its zone, as the IANA names it.
    pub zone: &'static str,
    /// When people vote, and when is counted.
    pub windows: Vec<DemoWindow>,
    /// Its deadlines.
    pub milestones: Vec<(MilestoneKind, DateTime)>,
}

/// A stretch of time in an election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoWindow {
    /// What is open.
    pub kind: WindowKind,
    /// From this minute.
    pub opens: DateTime,
    /// To this minute, later than `opens`.
    pub closes: DateTime,
}

/// An incident as it stands at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoIncident {
    /// `D-01`.
    pub id: String,
    /// The slug of its authority.
    pub authority: String,
    /// What is true at the start of the first incident of an authority: the calendar is laid out so.
    pub when: String,
    /// How long before the start it was filed.
    pub filed_before: SignedDuration,
    /// The key of the official whose incident it is.
    pub reporter: String,
    /// The key of the responder who entered it, where the official rang.
    pub entered_by: Option<String>,
    /// Its short name.
    pub title: String,
    /// What was filed. It passes [`Report::check`].
    pub report: Report,
    /// How far the work is.
    pub state: DemoState,
    /// The key of the responder who answered; nothing while it is new.
    pub owner: Option<String>,
    /// How long before the start that was.
    pub answered_before: Option<SignedDuration>,
    /// What was said in the room since, oldest first.
    pub said: Vec<DemoSaid>,
    /// What happens next in the story, for whoever plays it on; never shown by itself.
    pub follow_up: String,
    /// What it comes to at the start.
    pub expect: Expect,
    /// The public event that it is modelled on.
    pub based_on: String,
    /// Where that is reported.
    pub based_on_source: Option<String>,
}

/// What an incident comes to at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// By its answers.
    pub severity: Severity,
    /// By the calendar.
    pub urgency: Urgency,
    /// By both.
    pub priority: Priority,
}

/// How far the work on an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemoState {
    /// Nobody has answered.
    New,
    /// Acknowledged by its `owner`, who has not claimed it.
    Acknowledged,
    /// Claimed by its `owner`.
    Working,
}

/// A message or a note.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoSaid {
    /// How long before the start.
    pub before: SignedDuration,
    /// The key of who wrote it.
    pub by: String,
    /// Whether only the response side reads it.
    #[serde(default)]
    pub note: bool,
    /// What was written.
    pub text: String,
}

/// The world around this instant.
pub fn world(start: Ts) -> World {
    let authorities = cast::authorities();
    let elections = calendars::elections(start, &authorities);
    World { start, authorities, people: cast::people(), elections, incidents: incidents() }
}

/// The incidents of the collection, the oldest first.
fn incidents() -> Vec<DemoIncident> {
    #[derive(Deserialize)]
    struct Collection {
        incidents: Vec<DemoIncident>,
    }
    #[expect(clippy::expect_used, reason = "the file is part of the program and read by its tests")]
    let Collection { mut incidents } =
        serde_json::from_str(include_str!("../../data/incidents.json")).expect("hub/data is well formed");
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.filed_before));
    incidents
}

#[cfg(test)]
mod tests;
