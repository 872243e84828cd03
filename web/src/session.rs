//! The pages of signing in.

mod handlers;

pub(crate) use handlers::come_in;
pub use handlers::routes;

use askama::Template;

use crate::face::Problem;
use crate::page::Shell;
use crate::typed::Typed;

/// `/sign-in`. Ways that are not set up are not shown.
#[derive(Debug, Template)]
#[template(path = "session/sign_in.html")]
pub struct SignIn {
    /// The frame; its title is "Sign in".
    pub shell: Shell,
    /// Organisations' own sign-in, in the order of the settings.
    pub providers: Vec<Provider>,
    /// Whether passkeys can be used.
    pub passkeys: bool,
    /// Why the last attempt did not work, if there was one.
    pub problems: Vec<Problem>,
}

/// An organisation's sign-in. It starts from a link: the policy's `form-action` also governs redirects after a form.
#[derive(Debug, Clone)]
pub struct Provider {
    /// As people call it: "Alder County".
    pub label: String,
    /// `/auth/oidc/{provider}/start`.
    pub href: String,
}

/// The page of a one-time link: one button, so that a mail scanner that opens links uses nothing up.
#[derive(Debug, Template)]
#[template(path = "session/link.html")]
pub struct LinkPage {
    /// The frame; its title is the heading: "Sign in as Ana Reyes", or "This link does not work any more".
    pub shell: Shell,
    /// Whether the button is shown.
    pub usable: bool,
    /// Whether this is the set-up link of a new hub: it asks for the first admin's address (`email`) and `name`.
    pub setting_up: bool,
    /// What was typed before, and what is to be put right.
    pub typed: Typed,
}

/// An office's home before anything has happened there.
#[derive(Debug, Template)]
#[template(path = "session/first_run.html")]
pub struct FirstRun {
    /// The frame.
    pub shell: Shell,
    /// As `Alder County, State of Franklin`.
    pub office: String,
    /// What to get ready.
    pub steps: Vec<SetupStep>,
}

/// One thing to get ready.
#[derive(Debug, Clone)]
pub struct SetupStep {
    /// "Your election".
    pub name: String,
    /// What there is, or what is missing.
    pub words: String,
    /// Whether it is done.
    pub done: bool,
    /// Whether it is the next one: the primary action.
    pub next: bool,
    /// "Change", "Add numbers".
    pub action: String,
    /// Where.
    pub href: String,
}

#[cfg(test)]
impl SignIn {
    pub(crate) fn sample(shell: Shell) -> Self {
        Self { shell, providers: Vec::new(), passkeys: false, problems: Vec::new() }
    }

    pub(crate) fn sample_with_everything(shell: Shell) -> Self {
        let provider = Provider { label: "Alder County".to_owned(), href: "/auth/oidc/alder/start".to_owned() };
        let problem =
            Problem { field: String::new(), words: "This sign-in was not finished in time. Start again.".to_owned() };
        Self { shell, providers: vec![provider], passkeys: true, problems: vec![problem] }
    }
}

#[cfg(test)]
impl LinkPage {
    pub(crate) fn sample(shell: Shell) -> Self {
        Self { shell, usable: true, setting_up: false, typed: Typed::default() }
    }
}

#[cfg(test)]
impl FirstRun {
    pub(crate) fn sample(shell: Shell) -> Self {
        let step = |name: &str, words: &str, done, next, action: &str, href: &str| SetupStep {
            name: name.to_owned(),
            words: words.to_owned(),
            done,
            next,
            action: action.to_owned(),
            href: href.to_owned(),
        };
        Self {
            shell,
            office: "Alder County, State of Franklin".to_owned(),
            steps: vec![
                step(
                    "Your election",
                    "Alder County general, Tuesday 3 November 2026, polls 07:00 to 20:00",
                    true,
                    false,
                    "Change",
                    "/elections",
                ),
                step(
                    "Who is in your office",
                    "Two people at least, so that one can sleep",
                    false,
                    true,
                    "Look",
                    "/authorities/alder-county",
                ),
            ],
        }
    }
}
