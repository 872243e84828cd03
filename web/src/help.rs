//! The page of words: the glossary of the hub, readable without a sign-in.

use askama::Template;

use crate::face::Fact;
use crate::page::Shell;

/// `/help`.
#[derive(Debug, Template)]
#[template(path = "help/help.html")]
pub struct Help {
    shell: Shell,
    words: Vec<Fact>,
}

impl Help {
    /// The page; the words are the same for everyone.
    pub fn new(shell: Shell) -> Self {
        let words = WORDS.iter().map(|(name, value)| Fact::new(*name, *value)).collect();
        Self { shell: shell.titled("Words and help"), words }
    }
}

const WORDS: &[(&str, &str)] = &[
    ("Authority", "An office that runs elections: a county, a state, a country."),
    (
        "Incident",
        "Something that went wrong and the work on it. Its reference is the authority’s code and a number, as ALD-42; spoken “Alder, 42”.",
    ),
    ("Room", "Where an incident is talked about, live. Everything said there is kept in one order."),
    ("Message, note", "A message is read by both sides. A note is between responders; the authority never sees it."),
    ("Responder", "The person of the response team who works on the incident."),
    ("Claim, acknowledge", "To claim is to take the work. To acknowledge is to say: a human has seen this."),
    ("Page", "To alert a person wherever they are."),
    ("Priority", "P1 to P5. P1 is answered within 5 minutes, P5 within a day."),
    ("Severity, urgency", "How bad it is, and how near the election is: the two together give the priority."),
    ("Window, milestone", "When people vote, and the days that must not be missed before and after."),
    ("Advisory", "A notice from the response team to many authorities, to be read and acknowledged."),
    ("Exercise", "A drill. Its reference begins with X, and every page of it says so."),
];
