//! The page of the policy in force, read only: everything in it comes from the policy's file.

use askama::Template;
use hub::escalation::{Priority, Urgency};

use crate::page::Shell;
use crate::why::Matrix;

/// `/policy`, for everybody.
#[derive(Debug, Template)]
#[template(path = "policy/policy.html")]
pub struct Policy {
    /// The frame; its title is "Policy".
    pub shell: Shell,
    /// "2026-11-22".
    pub version: String,
    /// The table, with no cell marked.
    pub matrix: Matrix,
    /// The questions and the level of each answer.
    pub questions: Vec<Question>,
    /// What is promised: one row a clock, then who is told.
    pub targets: Vec<Target>,
    /// The ladders to a window and to a milestone.
    pub ladders: Vec<Ladder>,
    /// Which windows and milestones each function looks at, in a sentence.
    pub functions: Vec<FunctionRule>,
}

/// One plain question.
#[derive(Debug, Clone)]
pub struct Question {
    /// "Is anyone in danger?"
    pub words: String,
    /// Mildest first; "not sure" counts for nothing and is not listed.
    pub answers: Vec<Answer>,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// "credible threat, or site evacuated".
    pub words: String,
    /// "severe".
    pub level: String,
}

/// One row of the targets.
#[derive(Debug, Clone)]
pub struct Target {
    /// "First human response".
    pub name: String,
    /// For P1 to P5: "5 min". "none" where nothing is promised.
    pub cells: [String; 5],
}

impl Target {
    pub(crate) fn promises(&self) -> impl Iterator<Item = (Priority, &str)> {
        Priority::ALL.iter().copied().zip(self.cells.iter().map(String::as_str))
    }
}

/// One ladder in words.
#[derive(Debug, Clone)]
pub struct Ladder {
    /// "To the opening of a polling window".
    pub name: String,
    /// From far to near.
    pub steps: Vec<Rung>,
}

/// One step of a ladder.
#[derive(Debug, Clone)]
pub struct Rung {
    /// "28 days before".
    pub from: String,
    /// From then on.
    pub urgency: Urgency,
}

/// One function.
#[derive(Debug, Clone)]
pub struct FunctionRule {
    /// "check-in".
    pub name: String,
    /// "Early voting and Election Day".
    pub words: String,
}

impl Policy {
    pub(crate) fn priorities() -> &'static [Priority] {
        Priority::ALL
    }
}

#[cfg(test)]
impl Policy {
    pub(crate) fn sample(shell: Shell) -> Self {
        let question = |words: &str, answers: &[(&str, &str)]| Question {
            words: words.to_owned(),
            answers: answers
                .iter()
                .map(|(words, level)| Answer { words: (*words).to_owned(), level: (*level).to_owned() })
                .collect(),
        };
        let target = |name: &str, cells: [&str; 5]| Target { name: name.to_owned(), cells: cells.map(str::to_owned) };
        let ladder = |name: &str, steps: &[(&str, Urgency)]| Ladder {
            name: name.to_owned(),
            steps: steps.iter().map(|(from, urgency)| Rung { from: (*from).to_owned(), urgency: *urgency }).collect(),
        };
        let function = |name: &str, words: &str| FunctionRule { name: name.to_owned(), words: words.to_owned() };
        Self {
            shell,
            version: "2026-11-22".to_owned(),
            matrix: Matrix::new(crate::why::sample_table, None),
            questions: vec![
                question(
                    "Is anyone in danger?",
                    &[
                        ("no", "baseline"),
                        ("worrying but not specific", "low"),
                        ("named person or private data threatened", "medium"),
                        ("credible threat, or site evacuated", "severe"),
                        ("happening now, injury, armed person", "emergency"),
                    ],
                ),
                question(
                    "Can voters still register, receive a ballot, check in and vote?",
                    &[
                        ("yes", "baseline"),
                        ("slower, working fallback", "medium"),
                        ("some sites or groups cannot, fallback at those sites works within 30 minutes", "high"),
                        ("stopped at one or more sites now, no working fallback", "severe"),
                        ("stopped across the authority, no working fallback", "emergency"),
                    ],
                ),
            ],
            targets: vec![
                target("First human response", ["5 min", "15 min", "60 min", "4 h", "24 h"]),
                target("Responder in the room", ["10 min", "30 min", "none", "none", "none"]),
                target("Next update", ["15 min at U4 and U5, else 30", "60 min", "4 h", "24 h", "7 days"]),
                target("Told at once", ["duty and backup", "duty", "queue", "queue", "digest"]),
                target(
                    "Then told",
                    [
                        "+3 shift lead, +5 supervisor and call, +10 director, +15 parent",
                        "+10 backup, +15 shift lead, +30 supervisor, +60 director",
                        "+30 duty, +60 shift lead, +120 supervisor",
                        "+4 h shift lead, +8 h supervisor",
                        "+24 h shift lead, +72 h supervisor",
                    ],
                ),
                target("Update missed", ["owner, shift lead; twice: supervisor", "same", "same", "owner", "owner"]),
            ],
            ladders: vec![
                ladder(
                    "To the opening of a polling window",
                    &[
                        ("90 days before", Urgency::U1),
                        ("28 days before", Urgency::U2),
                        ("7 days before", Urgency::U3),
                        ("24 hours before", Urgency::U4),
                        ("while it is open", Urgency::U5),
                    ],
                ),
                ladder(
                    "To a milestone",
                    &[
                        ("30 days before", Urgency::U1),
                        ("7 days before", Urgency::U2),
                        ("72 hours before", Urgency::U3),
                        ("24 hours before", Urgency::U4),
                    ],
                ),
            ],
            functions: vec![
                function(
                    "registration",
                    "The registration deadline, open on its day until its minute; check-in, one step lower.",
                ),
                function("check-in", "Early voting and Election Day."),
                function("counting", "The count, its sessions, the logic and accuracy test."),
                function("office", "One step below the nearest of all others."),
                function("people", "The nearest of all others, never below U3: danger does not wait for the calendar."),
            ],
        }
    }
}
