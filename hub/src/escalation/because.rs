//! Why a priority is what it is, in parts: what happened, and what it is near to. Never one English string.

use serde::{Deserialize, Serialize};

use super::Axis;
use super::level::codes;
use crate::time::Ts;

/// The two halves of every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// What made the severity.
    pub what: What,
    /// What made the urgency; none where nothing is near.
    pub near: Option<Near>,
}

/// What made the severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The worst answer; the first in the order of the questions where several are as bad.
    Answer {
        /// The question.
        axis: Axis,
        /// The code that was answered.
        code: String,
    },
    /// The one-press button, near a polling window.
    VotingStopped,
    /// The category's starting severity: the answers are milder or missing, and nobody has confirmed them.
    Starting,
}

codes! {
    /// Which rule a span comes from. The code is the name that is stored with the winner.
    SpanName, "span" {
        /// A window of this kind.
        EarlyVoting = "early_voting" "early voting",
        /// A window of this kind.
        ElectionDay = "election_day" "polls",
        /// A window of this kind.
        Abroad = "abroad" "voting abroad",
        /// A window of this kind.
        InternetVoting = "internet_voting" "internet voting",
        /// A window of this kind.
        CountingSession = "counting_session" "a counting session",
        /// A window of this kind.
        Audit = "audit" "an audit",
        /// A window of this kind.
        Recount = "recount" "a recount",
        /// A milestone of this kind.
        RegistrationDeadline = "registration_deadline" "registration",
        /// A milestone of this kind.
        BallotMailing = "ballot_mailing" "the mailing of ballots",
        /// A milestone of this kind.
        BallotPrintRelease = "ballot_print_release" "the release of ballots for print",
        /// A milestone of this kind.
        LogicAccuracyTest = "logic_accuracy_test" "the logic and accuracy test",
        /// The hours after the last close.
        Closing = "closing" "closing",
        /// The way to the last close, and the count after it.
        Count = "count" "the count",
        /// From the end of the count to the certification.
        Canvass = "canvass" "the canvass",
        /// The last days before the certification.
        Certification = "certification" "certification",
        /// Until the result can no longer be contested.
        Contest = "contest" "the time to contest the result",
        /// From the build-up to the end of the canvass, for the office. Never stored as a winner.
        Season = "season" "the election",
    }
}

codes! {
    /// Which part of a rule a span is.
    Stage, "stage" {
        /// The ladder to it: `at` is the opening, the milestone or the close that it leads to.
        Before = "before" "before",
        /// It is open or under way: `at` is its end.
        Open = "open" "open",
        /// Between two windows of a kind: `at` is the next opening.
        Between = "between" "between",
        /// The local day of a deadline: `at` is the deadline.
        LastDay = "last_day" "last day",
        /// Shortly after it: `at` is the end of the span.
        After = "after" "after",
    }
}

/// What the urgency comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Near {
    /// The election's id.
    pub election: String,
    /// The election's name.
    pub election_name: String,
    /// Slug of the authority that holds the election.
    pub authority: String,
    /// That authority's name.
    pub place: String,
    /// The IANA zone in which `at` is shown: the window's or milestone's own.
    pub zone: String,
    /// Which rule.
    pub name: SpanName,
    /// Which part of it.
    pub stage: Stage,
    /// The part began here.
    pub from: Ts,
    /// The instant that the part refers to.
    pub at: Ts,
}
