//! The page of the policy in force, read only: everything in it comes from the policy's file.

use askama::Template;
use hub::escalation::{Priority, Urgency};

use crate::page::Shell;
use crate::typed::Typed;
use crate::why::Matrix;

/// `/policy` and `/policy/{version}`, for everybody.
#[derive(Debug, Template)]
#[template(path = "policy/policy.html")]
pub struct Policy {
    /// The frame; its title is "Policy".
    pub shell: Shell,
    /// "2026-11-22".
    pub version: String,
    /// Whether it is in force.
    pub in_force: bool,
    /// Whether the reader may write another one.
    pub may_write: bool,
    /// How many open incidents are handled by earlier versions.
    pub elsewhere: usize,
    /// All versions; none on the page of one.
    pub versions: Vec<VersionRow>,
    /// What there is to say of this version; nothing on the page of the policy in force.
    pub about: Option<About>,
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

/// One version in the list.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// "2026-11-22".
    pub version: String,
    /// "draft"; empty where it was in force and is no more.
    pub tag: &'static str,
    /// "Written by Sam Adeyemi, adopted by …".
    pub words: String,
    /// How many open incidents it handles.
    pub open: Option<usize>,
}

/// What is said of one version.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// What became of it.
    pub words: String,
    /// "draft", "proposed"; empty where it was in force.
    pub tag: &'static str,
    /// The version that it is compared with.
    pub in_force: String,
    /// In what it differs from that one, by part.
    pub differences: Vec<Group>,
    /// What would become of running incidents; for those who may look.
    pub preview: Option<Preview>,
    /// What the reader may do.
    pub may: May,
    /// The fingerprint of what they look at.
    pub sha256: String,
    /// What they tried and was refused.
    pub problem: String,
}

/// The differences in one part of a policy.
#[derive(Debug, Clone)]
pub struct Group {
    /// "The table".
    pub part: &'static str,
    /// What, before, after.
    pub rows: Vec<(String, String, String)>,
}

/// What the reader may do with a version that is not in force.
#[derive(Debug, Clone, Default)]
pub struct May {
    /// Go on writing.
    pub write: bool,
    /// Propose it.
    pub propose: bool,
    /// Make it a draft again.
    pub take_back: bool,
    /// Adopt it.
    pub adopt: bool,
    /// What it waits for; empty where the reader may do it.
    pub waits: String,
}

/// What would become of running incidents.
#[derive(Debug, Clone, Default)]
pub struct Preview {
    /// How many were looked at.
    pub looked_at: usize,
    /// Those of which something would be another way, at most [`MOST`].
    pub moves: Vec<Move>,
    /// How many there are beyond.
    pub more: usize,
}

/// So many are shown.
pub const MOST: usize = 100;

/// One incident of the preview.
#[derive(Debug, Clone)]
pub struct Move {
    /// "ALD-42".
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Whose.
    pub authority: String,
    /// In force.
    pub before: Priority,
    /// In force then.
    pub after: Priority,
    /// "P4 would be proposed"; empty where nothing would.
    pub proposed: String,
    /// "10:20"; empty where nothing is due.
    pub due_before: String,
    /// The same then.
    pub due: String,
}

impl Preview {
    /// "1 incident", "12 incidents".
    pub(crate) fn counted(count: &usize) -> String {
        format!("{count} open {}", if *count == 1 { "incident" } else { "incidents" })
    }

    /// How many would be another way.
    pub(crate) fn all(&self) -> usize {
        self.moves.len() + self.more
    }
}

/// `/policy/edit`: the file of a policy to be, which posts to itself.
#[derive(Debug, Template)]
#[template(path = "policy/edit.html")]
pub struct Edit {
    /// The frame; its title is "Write a policy".
    pub shell: Shell,
    /// Fields `text`, `reason`, and `seen`, the fingerprint of the draft that it began with.
    pub typed: Typed,
    /// The version in force.
    pub in_force: String,
}

/// `/policy/move`: what would become of running incidents under the policy in force, and the button that does it.
#[derive(Debug, Template)]
#[template(path = "policy/move.html")]
pub struct Moving {
    /// The frame.
    pub shell: Shell,
    /// The version in force.
    pub version: String,
    /// What would become of them.
    pub preview: Preview,
    /// Whether the reader may do it.
    pub may: bool,
    /// What was refused.
    pub problem: String,
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
    pub(crate) fn sample_proposed(shell: Shell) -> Self {
        let row = |what: &str, before: &str, after: &str| (what.to_owned(), before.to_owned(), after.to_owned());
        let about = About {
            words: "Two cells less. Written by Sam Adeyemi, proposed by Sam Adeyemi, 07:02 UTC.".to_owned(),
            tag: "proposed",
            in_force: "2026-11-22".to_owned(),
            differences: vec![
                Group {
                    part: "The table",
                    rows: vec![row("medium at U3", "P3", "P2"), row("medium at U0", "P4", "P5")],
                },
                Group { part: "Targets", rows: vec![row("P2: first human response", "15 min", "10 min")] },
            ],
            preview: Some(Preview::sample()),
            may: May { write: true, take_back: true, adopt: true, ..May::default() },
            sha256: "5f".to_owned(),
            problem: "Two people put a policy in force: ask another supervisor.".to_owned(),
        };
        let version = "2027-01-15".to_owned();
        Self { version, in_force: false, versions: Vec::new(), about: Some(about), ..Self::sample(shell) }
    }

    pub(crate) fn sample(shell: Shell) -> Self {
        let row = |version: &str, tag, words: &str, open| VersionRow {
            version: version.to_owned(),
            tag,
            words: words.to_owned(),
            open,
        };
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
            in_force: true,
            may_write: true,
            elsewhere: 3,
            versions: vec![
                row(
                    "2027-01-15",
                    "proposed",
                    "Two cells less. Written by Sam Adeyemi, proposed by Sam Adeyemi, 07:02 UTC.",
                    None,
                ),
                row("2026-11-22", "in force", "By the file of the settings, 22 November, 08:00 UTC.", Some(14)),
                row(
                    "2026-09-14",
                    "",
                    "Chain +3 min for the shift lead. Written by Sam Adeyemi, adopted by Helen Oduya, 14 September, 09:30 UTC.",
                    Some(3),
                ),
            ],
            about: None,
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

#[cfg(test)]
impl Preview {
    fn sample() -> Self {
        let one = |reference: &str, title: &str, before, after, proposed: &str| Move {
            reference: reference.to_owned(),
            title: title.to_owned(),
            authority: "Harbour County".to_owned(),
            before,
            after,
            proposed: proposed.to_owned(),
            due_before: "11:40".to_owned(),
            due: "10:55".to_owned(),
        };
        let moves = vec![
            one("HAR-15", "Spare ballot paper", Priority::P3, Priority::P2, ""),
            one("LAK-2", "Phone stolen", Priority::P4, Priority::P4, "P5 would be proposed"),
        ];
        Self { looked_at: 17, moves, more: 0 }
    }
}

#[cfg(test)]
impl Edit {
    pub(crate) fn sample(shell: Shell) -> Self {
        let typed = [("text", "version = \"2027-01-15\"\n\n[answers.people]\nnone = \"baseline\"\n"), ("reason", "")];
        Self { shell, typed: Typed::new(typed, Vec::new()), in_force: "2026-11-22".to_owned() }
    }

    pub(crate) fn sample_refused(shell: Shell) -> Self {
        let words = "Line 41: “low at U4 = P5” falls as urgency rises from U3 = P4.".to_owned();
        let problem = crate::face::Problem { field: "text".to_owned(), words };
        let typed = Typed::new([("text", "version = \"2027-01-15\"\n"), ("reason", "Fewer pages")], vec![problem]);
        Self { shell, typed, in_force: "2026-11-22".to_owned() }
    }
}

#[cfg(test)]
impl Moving {
    pub(crate) fn sample(shell: Shell) -> Self {
        let version = "2026-11-22".to_owned();
        Self { shell, version, preview: Preview::sample(), may: true, problem: String::new() }
    }

    pub(crate) fn sample_none(shell: Shell) -> Self {
        Self { preview: Preview::default(), may: false, ..Self::sample(shell) }
    }
}
