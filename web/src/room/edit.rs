//! The page that corrects what was reported: every change is an entry of the room, nothing is overwritten unseen.

use askama::Template;

use crate::face::{Choice, Fact};
use crate::incident::report::Question;
use crate::page::Shell;
use crate::typed::Typed;

/// `/incidents/{ref}/edit`. Posts to itself: `version` and `seen` (hidden), `summary`, `voting_stopped` (`true`, `false`),
/// `sites.affected`, `sites.total`, `tlp`, `answers.…`; for responders also `category`, `functions` (once for each),
/// `veracity` and `cause`. `typed` carries the present values on the first showing, and what was typed after that.
#[derive(Debug, Template)]
#[template(path = "room/edit.html")]
pub struct Edit {
    /// The frame; its title is "Correct ALD-42".
    pub shell: Shell,
    /// As `ALD-42`.
    pub reference: String,
    /// The incident's title.
    pub title: String,
    /// The version these values belong to. After a conflict it is the newer one.
    pub version: i64,
    /// The newest entry of the room that this form has seen.
    pub seen: i64,
    /// What stands in the fields, and what is to be put right.
    pub typed: Typed,
    /// After a conflict: what somebody else changed meanwhile, name and present value; empty otherwise.
    pub theirs: Vec<Fact>,
    /// Who changed it, and when: "Ana Reyes, 03:20".
    pub their_author: String,
    /// All seven questions.
    pub questions: Vec<Question>,
    /// The labels it may be shared as from here; officials are only given stricter ones.
    pub sharing: Vec<Choice>,
    /// What only responders change.
    pub response: Option<ResponseFields>,
}

/// What the response side holds true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseFields {
    /// Codes and plain names.
    pub categories: Vec<Choice>,
    /// Codes and words; several may be picked.
    pub functions: Vec<Choice>,
    /// The codes that are picked.
    pub picked: Vec<String>,
    /// Unconfirmed, confirmed, refuted.
    pub veracity: Vec<Choice>,
    /// Unknown, fault, error, malicious, natural.
    pub causes: Vec<Choice>,
}

impl ResponseFields {
    fn picks(&self, code: &str) -> bool {
        self.picked.iter().any(|picked| picked == code)
    }
}

#[cfg(test)]
impl Edit {
    fn story(shell: Shell) -> Self {
        let shared = |(label, words, _): (&str, &str, &str)| Choice::new(label, format!("{words} (TLP:{label})"));
        Self {
            reference: "ALD-42".to_owned(),
            title: "Registration portal and polling-place finder unreachable".to_owned(),
            version: 9,
            seen: 14,
            typed: Typed::new(
                [
                    (
                        "summary",
                        "The registration portal and the polling-place finder both time out since about 02:30.",
                    ),
                    ("voting_stopped", "false"),
                    ("answers.public_service", "down_no_second_place"),
                    ("sites.affected", "0"),
                    ("sites.total", "57"),
                    ("tlp", "AMBER"),
                    ("category", "RESULTS_SITE_DOWN"),
                    ("cause", "unknown"),
                ],
                Vec::new(),
            ),
            theirs: Vec::new(),
            their_author: String::new(),
            questions: super::sample::questions(),
            sharing: crate::incident::report::SHARING.into_iter().take(3).map(shared).collect(),
            response: None,
            shell,
        }
    }

    /// As Ana corrects it.
    pub(crate) fn sample(shell: Shell) -> Self {
        Self::story(shell)
    }

    /// As Rosa corrects it, while Ana did.
    pub(crate) fn sample_stale(shell: Shell) -> Self {
        let choices = |words: &[&str]| words.iter().map(|word| Choice::new(*word, *word)).collect();
        Self {
            theirs: vec![Fact::new("Sites", "4 of 57"), Fact::new("Voting", "stopped")],
            their_author: "Ana Reyes, 07:20 UTC".to_owned(),
            response: Some(ResponseFields {
                categories: vec![
                    Choice::new("RESULTS_SITE_DOWN", "Our website is down or very slow"),
                    Choice::new("UNCLASSIFIED", "Something is wrong, I do not know what"),
                ],
                functions: hub::escalation::Function::ALL
                    .iter()
                    .map(|function| Choice::new(function.code(), function.label()))
                    .collect(),
                picked: crate::incident::owned(&["registration", "voter_information"]),
                veracity: choices(&["unconfirmed", "confirmed", "refuted"]),
                causes: super::sample::causes(),
            }),
            ..Self::story(shell)
        }
    }
}
