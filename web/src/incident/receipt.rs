//! The receipt: the number, who has it, by when, and what to do until then.

use askama::Template;
use hub::escalation::Priority;
use jiff::Timestamp;

use crate::face::TrailStep;
use crate::page::Shell;

/// `/incidents/{ref}/receipt`: where filing leads.
#[derive(Debug, Template)]
#[template(path = "incident/receipt.html")]
pub struct Receipt {
    /// The frame; marked as an exercise where it is one.
    pub shell: Shell,
    /// As `ALD-42`.
    pub reference: String,
    /// How it is said on the telephone: "Alder, 42"; see [`spoken`].
    pub spoken: String,
    /// The priority on arrival.
    pub priority: Priority,
    /// Who was told.
    pub who: Who,
    /// When the first answer is due, in the reader's own time: "02:57".
    pub due: String,
    /// The instant of it, for the script that counts.
    pub due_at: Timestamp,
    /// How long to it at the moment of the page: "4:52"; empty once it was met or is over.
    pub left: String,
    /// "your time (EDT)"; for responders "UTC".
    pub zone: String,
    /// What happens without an answer: "Without an answer the shift lead is paged at 02:55."; may be empty.
    pub otherwise: String,
    /// "Because a public service is down with no second place, and registration closes today at 17:00."
    pub because: String,
    /// When it was kept, with seconds: "02:52:08".
    pub received: String,
    /// The instant of it.
    pub received_at: Timestamp,
    /// Saved, told, answer, call-back.
    pub trail: Vec<TrailStep>,
    /// The number we ring; none where none was given.
    pub callback: Option<String>,
    /// The first hour of the category, word for word.
    pub first_hour: Vec<String>,
    /// Its "do not" lines, word for word.
    pub do_not: Vec<String>,
    /// What to keep for later.
    pub preserve: Vec<String>,
}

/// Who is told of a new incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Somebody has answered already.
    Answered(String),
    /// On duty and told; one name at least.
    Told(Vec<String>),
    /// Nobody is on duty: said as it is, with the telephone.
    Nobody,
}

impl Receipt {
    /// The heading: a person, or the truth.
    fn headline(&self) -> String {
        match &self.who {
            Who::Answered(name) => format!("{name} is here"),
            Who::Told(names) => match names.as_slice() {
                [] | [_] => format!("{} has your report", names.join("")),
                [first @ .., last] => format!("{} and {last} have your report", first.join(", ")),
            },
            Who::Nobody => "Your report is saved. Nobody is on duty at this hour".to_owned(),
        }
    }

    /// "CDN logs, server access logs, screenshots with time."
    fn kept(&self) -> String {
        let mut words = self.preserve.join(", ");
        if let Some(first) = words.get(..1).map(str::to_uppercase) {
            words.replace_range(..1, &first);
        }
        words
    }
}

/// A reference as it is said: `ALD-42` of Alder County is "Alder, 42", `X-ALD-7` is "X, Alder, 7". The first word of the
/// authority's name stands for its code.
pub fn spoken(reference: &str, authority: &str) -> String {
    let exercise = if reference.starts_with("X-") { "X, " } else { "" };
    let number = reference.rsplit('-').next().unwrap_or(reference);
    let name = authority.split_whitespace().next().unwrap_or(authority);
    format!("{exercise}{name}, {number}")
}

#[cfg(test)]
impl Receipt {
    pub(crate) fn sample(shell: Shell) -> Self {
        let step = |name: &str, words: &str, done, current| TrailStep {
            name: name.to_owned(),
            words: words.to_owned(),
            done,
            current,
        };
        Self {
            shell,
            reference: "ALD-42".to_owned(),
            spoken: spoken("ALD-42", "Alder County"),
            priority: Priority::P1,
            who: Who::Told(vec!["Rosa Field".to_owned()]),
            due: "02:57".to_owned(),
            due_at: "2026-10-28T06:57:00Z".parse().unwrap(),
            left: "4:52".to_owned(),
            zone: "your time (EDT)".to_owned(),
            otherwise: "Without an answer the shift lead is paged at 02:55, and at 02:57 the supervisor rings you."
                .to_owned(),
            because: "Because a public service is down with no second place, and registration closes today at 17:00."
                .to_owned(),
            received: "02:52:08".to_owned(),
            received_at: "2026-10-28T06:52:08Z".parse().unwrap(),
            trail: vec![
                step("Saved", "02:52:08", true, false),
                step("Paged", "Rosa and Ravi", true, false),
                step("Answer", "by 02:57", false, true),
                step("Call-back", "on two numbers", false, false),
            ],
            callback: Some("+1 999 555 0163".to_owned()),
            first_hour: super::owned(&super::FIRST_HOUR),
            do_not: super::owned(&super::DO_NOT),
            preserve: super::owned(&[
                "CDN/WAF logs",
                "server access logs",
                "screenshots with time",
                "the claim post URL",
            ]),
        }
    }

    pub(crate) fn sample_nobody(shell: Shell) -> Self {
        Self { who: Who::Nobody, otherwise: String::new(), callback: None, preserve: Vec::new(), ..Self::sample(shell) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_said_with_the_name() {
        assert_eq!(spoken("ALD-42", "Alder County"), "Alder, 42");
        assert_eq!(spoken("X-BEL-7", "Bellwood County"), "X, Bellwood, 7");
    }
}
