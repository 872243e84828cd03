//! What the page of how the reader is reached shows.

use askama::Template;

use crate::page::Shell;
use crate::typed::Typed;

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/notifications.html")]
pub struct Notifications {
    /// The frame.
    pub shell: Shell,
    /// How many channels that count fail apart; two are needed for priority 1.
    pub good: usize,
    /// The channels that can be chosen, by id and name: the columns.
    pub columns: Vec<(String, String)>,
    /// A row for each priority.
    pub rows: Vec<Rule>,
    /// Whether the reader chose; else every channel that counts is used.
    pub chose: bool,
    /// All channels.
    pub channels: Vec<Shown>,
    /// Whether the hub sends mail.
    pub mail: bool,
    /// The key by which browsers know the hub.
    pub push_key: String,
    /// What was typed and is wrong: fields `address`, `url`, `endpoint`, `channel`, and the codes of priorities.
    pub typed: Typed,
}

/// One priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `P1`.
    pub code: &'static str,
    /// "Priority 1".
    pub name: String,
    /// "always two", "at least one", or nothing.
    pub floor: &'static str,
    /// Whether each column is chosen.
    pub ticked: Vec<bool>,
}

/// One channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What names it.
    pub id: String,
    /// "Mail".
    pub kind: &'static str,
    /// Where it leads.
    pub to: String,
    /// "tested 02:01", "not verified yet", "failed 02:03".
    pub state: String,
    /// Whether that is bad news.
    pub bad: bool,
    /// Why, where it is.
    pub why: String,
    /// Whether it was proven.
    pub verified: bool,
    /// Whether it is the address that they sign in with.
    pub own: bool,
    /// What to do to prove it.
    pub how: &'static str,
    /// Its secret, right after it was added; else nothing.
    pub secret: String,
}

impl Notifications {
    /// Who cannot be reached on two channels is told so in red.
    pub(crate) fn kind(&self) -> &'static str {
        if self.good < 2 { "p1" } else { "" }
    }

    pub(crate) fn lead(&self) -> &'static str {
        match self.good {
            0 => "Nothing reaches you outside of the hub’s own pages.",
            1 => "Priority 1 reaches you on one channel only.",
            _ => "Priority 1 always reaches you on two channels.",
        }
    }

    pub(crate) fn words(&self) -> &'static str {
        match self.good {
            0 => "Add two channels that fail apart: one of them should not need the office’s own network.",
            1 => "Add another that fails apart from it: only then you may choose for yourself.",
            _ => "They cannot be switched off. Let them fail apart: one should not need the office’s own network.",
        }
    }
}

/// The page to which the letter leads that asks whether an address is the reader's.
#[derive(Debug, Template)]
#[template(path = "account/confirm.html")]
pub struct Confirm {
    /// The frame.
    pub shell: Shell,
    /// The code, and what is wrong with it.
    pub typed: Typed,
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::face::Problem;

    impl Notifications {
        pub(crate) fn sample(shell: Shell) -> Self {
            let row = |code, name: &str, floor, ticked: [bool; 3]| Rule {
                code,
                name: name.to_owned(),
                floor,
                ticked: ticked.to_vec(),
            };
            let shown = |id: &str, kind, to: &str, state: &str| Shown {
                id: id.to_owned(),
                kind,
                to: to.to_owned(),
                state: state.to_owned(),
                bad: false,
                why: String::new(),
                verified: true,
                own: false,
                how: "",
                secret: String::new(),
            };
            let column = |id: &str, name: &str| (id.to_owned(), name.to_owned());
            Self {
                shell,
                good: 3,
                columns: vec![
                    column("a", "Mail, rosa@hub.example"),
                    column("b", "Webhook, pager.example"),
                    column("c", "Browser push, Firefox on Linux"),
                ],
                rows: vec![
                    row("P1", "Priority 1", "always two", [true, true, true]),
                    row("P2", "Priority 2", "at least one", [false, true, false]),
                    row("P3", "Priority 3", "", [true, false, false]),
                    row("P4", "Priority 4", "", [true, false, false]),
                    row("P5", "Priority 5", "", [false, false, false]),
                ],
                chose: true,
                channels: vec![
                    Shown { own: true, ..shown("a", "Mail", "rosa@hub.example", "tested 02:01") },
                    Shown { secret: "whsec_c2FtcGxl".to_owned(), ..shown("b", "Webhook", "pager.example", "verified") },
                    Shown {
                        bad: true,
                        why: "the push service answers 500".to_owned(),
                        ..shown("c", "Browser push", "Firefox on Linux", "failed 02:03")
                    },
                    Shown {
                        verified: false,
                        how: "Open the link in the letter that went there.",
                        ..shown("d", "Mail", "rosa@home.example", "not verified yet")
                    },
                ],
                mail: true,
                push_key: "BAAA".to_owned(),
                typed: Typed::default(),
            }
        }

        pub(crate) fn sample_refused(shell: Shell) -> Self {
            let problem = |field: &str, words: &str| Problem { field: field.to_owned(), words: words.to_owned() };
            let problems = vec![
                problem("P1", "Priority 1 needs two verified channels at least, of different kinds or hosts."),
                problem("url", "Leave the name and password out of the address; what is signed needs none."),
            ];
            Self { good: 1, chose: false, typed: Typed::new([("url", "pager")], problems), ..Self::sample(shell) }
        }

        pub(crate) fn sample_empty(shell: Shell) -> Self {
            Self {
                good: 0,
                columns: Vec::new(),
                rows: Vec::new(),
                chose: false,
                channels: Vec::new(),
                mail: false,
                ..Self::sample(shell)
            }
        }
    }

    impl Confirm {
        pub(crate) fn sample(shell: Shell) -> Self {
            Self { shell, typed: Typed::new([("code", "abc")], Vec::new()) }
        }
    }
}
