//! An election as escalation sees it: windows and milestones in the civil time of a place.

mod almanac;
pub mod calendar;
pub mod change;
mod check;
mod commands;
pub mod import;
mod phase;
mod queries;
mod reference;
pub(crate) mod row;
#[cfg(test)]
mod tests;
pub mod words;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::escalation::codes;
pub use almanac::LaidOut;
pub(crate) use almanac::{Almanac, Edition, keeper};
pub(crate) use change::moves::follow;
pub use change::{extend, may, moved, update};
pub(crate) use commands::rows_of;
pub use commands::{ElectionBody, Extend, MilestoneBody, Moved, WindowBody, create, drafted};
pub use phase::{Phase, phase};
pub use queries::{ElectionFilter, ElectionView, Told, effects, every, following, get, history, list, runoffs};

codes! {
    /// What is open for a while.
    WindowKind, "window kind" {
        /// Polls before the day.
        EarlyVoting = "early_voting" "early voting",
        /// The day itself; an election may have several.
        ElectionDay = "election_day" "election day",
        /// Polls at embassies and abroad.
        Abroad = "abroad" "voting abroad",
        /// Ballots cast over the internet.
        InternetVoting = "internet_voting" "internet voting",
        /// Ballots are being counted.
        CountingSession = "counting_session" "counting session",
        /// The count is being checked.
        Audit = "audit" "audit",
        /// Ballots are being counted again.
        Recount = "recount" "recount",
    }
}

codes! {
    /// What happens at one minute.
    MilestoneKind, "milestone kind" {
        /// The last minute to register.
        RegistrationDeadline = "registration_deadline" "registration deadline",
        /// Ballots go to the post.
        BallotMailing = "ballot_mailing" "ballot mailing",
        /// Ballots go to the printer.
        BallotPrintRelease = "ballot_print_release" "ballot print release",
        /// The machines are tested before the count.
        LogicAccuracyTest = "logic_accuracy_test" "logic and accuracy test",
        /// The last result is in.
        ResultsComplete = "results_complete" "results complete",
        /// The result is certified.
        Certification = "certification" "certification",
        /// The last minute to contest it.
        ContestDeadline = "contest_deadline" "contest deadline",
    }
}

codes! {
    /// Whether an election is held as planned.
    Standing, "standing of an election" {
        /// It is.
        Held = "held" "held as planned",
        /// It was put off, and its new day is not known: nothing is counted by it until it is.
        Postponed = "postponed" "postponed",
        /// It is not held, or does not count: nothing is counted by it.
        Annulled = "annulled" "annulled",
    }
}

impl WindowKind {
    /// Whether ballots are cast in it; the others are sessions after the polls.
    pub const fn is_polling(self) -> bool {
        matches!(self, Self::EarlyVoting | Self::ElectionDay | Self::Abroad | Self::InternetVoting)
    }
}

/// A stretch of civil time in which something is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Names it within its election.
    pub id: String,
    /// What is open.
    pub kind: WindowKind,
    /// The first moment, in the window's zone.
    pub opens: DateTime,
    /// The moment after the last one, in the window's zone.
    pub closes: DateTime,
    /// Its IANA zone where that is not the election's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// One minute that matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// Names it within its election.
    pub id: String,
    /// What happens.
    pub kind: MilestoneKind,
    /// When, in the milestone's zone.
    pub at: DateTime,
    /// Its IANA zone where that is not the election's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// An election of an authority. Windows and milestones keep the order in which they were listed: it settles ties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Election {
    /// Names it in the whole hub.
    pub id: String,
    /// As people read it.
    pub name: String,
    /// The slug of the authority that holds it.
    pub authority: String,
    /// The authority's name, which the sentence gives as the place.
    pub authority_name: String,
    /// The IANA zone of all windows and milestones that have none of their own.
    pub zone: String,
    /// As listed.
    pub windows: Vec<Window>,
    /// As listed.
    pub milestones: Vec<Milestone>,
}

impl Election {
    /// The zone of one of its windows or milestones, given that one's own.
    pub fn zone_of<'a>(&'a self, own: Option<&'a String>) -> &'a str {
        own.map_or(&self.zone, String::as_str)
    }

    /// What keeps it from being used: the field (`windows[2].closes`) and a sentence that says what to do. None: sound.
    pub fn problems(&self) -> Vec<(String, String)> {
        check::problems(self)
    }
}
