//! The page of words: the glossary of the hub, readable without a sign-in.

use askama::Template;

use crate::app::App;
use crate::extract::Caller;
use crate::face::Fact;
use crate::page::{Page, Place, Shell};
use crate::theme::Theme;

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

/// `GET /help`.
pub(crate) async fn page(app: App, caller: Option<Caller>, theme: Theme) -> Page<Help> {
    let viewer = caller.as_ref().map(|caller| &caller.viewer);
    Page::ok(Help::new(app.shell(viewer, theme, "", Place::Elsewhere).await))
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
    ("Priority", "P1 to P5: P1 is worked first. What each promises stands in the policy."),
    ("Severity, urgency", "How bad it is, and how near the election is: the two together give the priority."),
    ("Window, milestone", "When people vote, and the days that must not be missed before and after."),
    ("Exercise", "A drill. Its reference begins with X, and every page of it says so."),
];
