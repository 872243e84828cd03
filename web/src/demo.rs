//! The pages of the demonstration: who one can be.

mod handlers;

pub(crate) use handlers::cast;
pub use handlers::routes;

use askama::Template;

use crate::page::Shell;

/// `/demo`.
#[derive(Debug, Template)]
#[template(path = "demo/index.html")]
pub struct Personas {
    /// The frame; its title is "Demonstration accounts".
    pub shell: Shell,
    /// Officials first, then the response side.
    pub groups: Vec<Group>,
}

/// People of one side.
#[derive(Debug, Clone)]
pub struct Group {
    /// "At an election authority".
    pub title: &'static str,
    /// Its people.
    pub personas: Vec<Persona>,
}

/// One account.
#[derive(Debug, Clone)]
pub struct Persona {
    /// As in `/demo/{key}`.
    pub key: String,
    /// In full.
    pub name: String,
    /// In words.
    pub role: String,
    /// As `Alder County` or `Response team`.
    pub office: String,
    /// Whether they are on the response side.
    pub response_side: bool,
    /// One sentence on what they do here.
    pub story: &'static str,
}

/// `/demo/{key}`: one button.
#[derive(Debug, Template)]
#[template(path = "demo/persona.html")]
pub struct PersonaPage {
    /// The frame; its title is "Sign in as Ana Reyes".
    pub shell: Shell,
    /// Who.
    pub persona: Persona,
}

#[cfg(test)]
impl Persona {
    pub(crate) fn sample(name: &str, role: &str, office: &str, response_side: bool) -> Self {
        let key = name.split_whitespace().next().unwrap_or_default().to_lowercase();
        let story = if response_side {
            "Works the queue tonight."
        } else {
            "Answers for the office and files when something goes wrong."
        };
        Self { key, name: name.to_owned(), role: role.to_owned(), office: office.to_owned(), response_side, story }
    }
}

#[cfg(test)]
impl Personas {
    pub(crate) fn sample(shell: Shell) -> Self {
        let officials = vec![
            Persona::sample("Ana Reyes", "Official lead", "Alder County", false),
            Persona::sample("Ben Okoro", "Official", "Bellwood County", false),
        ];
        let response = vec![
            Persona::sample("Rosa Field", "Responder", "Response team", true),
            Persona::sample("Lena Ortiz", "Shift lead", "Response team", true),
            Persona::sample("Sam Adeyemi", "Supervisor", "Response team", true),
        ];
        Self {
            shell,
            groups: vec![
                Group { title: "At an election authority", personas: officials },
                Group { title: "On the response team", personas: response },
            ],
        }
    }
}

#[cfg(test)]
impl PersonaPage {
    pub(crate) fn sample(shell: Shell) -> Self {
        Self { shell, persona: Persona::sample("Ana Reyes", "Official lead", "Alder County", false) }
    }
}
