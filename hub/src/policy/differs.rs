//! In what two policies differ, in words. Pure. Both files are compared value by value, so that nothing that a file can
//! say is left out.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use crate::escalation::{Axis, Function, Policy, Recipient, Severity, Urgency, codes};
use crate::incident::catalogue;

codes! {
    /// Which part of a policy.
    Part, "part of a policy" {
        /// Severity and urgency give the priority.
        Table = "table" "The table",
        /// The level of each answer.
        Answers = "answers" "Answers and their level",
        /// How near.
        Nearness = "nearness" "Nearness",
        /// What is promised.
        Targets = "targets" "Targets",
        /// Who is told.
        Told = "told" "Who is told, and when",
        /// Everything else.
        Other = "other" "Other",
    }
}

/// One thing in which two policies differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub part: Part,
    /// What: "high at U3".
    pub what: String,
    /// As it is.
    pub before: String,
    /// As it would be.
    pub after: String,
}

/// What becomes another one where `new` takes the place of `old`, in the order of the parts. The version is no
/// difference.
pub fn differences(old: &Policy, new: &Policy) -> Vec<Difference> {
    let (before, after) = (leaves(old.text()), leaves(new.text()));
    let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found: Vec<Difference> = places
        .into_iter()
        .filter(|place| place.as_str() != "version")
        .filter_map(|place| {
            let value = |side: &BTreeMap<String, String>| side.get(place).cloned().unwrap_or_else(|| NONE.to_owned());
            let (before, after) = (value(&before), value(&after));
            let (part, what) = named(place);
            (before != after).then_some(Difference { part, what, before, after })
        })
        .collect();
    found.sort_by_key(|difference| difference.part);
    found
}

const NONE: &str = "none";

/// Every value of a file by its place: `matrix.high.U3`, `targets.P1.chain`.
fn leaves(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // What was read as a policy is a table.
    if let Ok(file) = text.parse::<toml::Table>() {
        gather("", &Value::Table(file), &mut found);
    }
    found
}

fn gather(place: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        Value::Table(table) => table.iter().for_each(|(name, value)| gather(&below(name), value, found)),
        Value::Array(cells) if place.starts_with("matrix.") => {
            for (urgency, cell) in Urgency::ALL.iter().zip(cells) {
                gather(&below(urgency.code()), cell, found);
            }
        }
        value => {
            let before = if place.contains(".ladder.") { " before" } else { "" };
            found.insert(place.to_owned(), format!("{}{before}", words(value)));
        }
    }
}

/// A value as people read it.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.parse::<Recipient>().map_or_else(|_| text.clone(), |who| who.label().to_owned()),
        Value::Array(values) if values.is_empty() => NONE.to_owned(),
        Value::Array(values) => {
            // Lists of lists are those of a missed update: the second one is for the next time.
            let between = if values.iter().all(Value::is_array) { "; again: " } else { ", " };
            values.iter().map(words).collect::<Vec<_>>().join(between)
        }
        Value::Table(step) => match (step.get("after"), step.get("tell")) {
            (Some(after), Some(Value::Array(tell))) => {
                format!("+{} {}", words(after), tell.iter().map(words).collect::<Vec<_>>().join(" and "))
            }
            _ => step.values().map(words).collect::<Vec<_>>().join(", "),
        },
        other => other.to_string(),
    }
}

/// What stands at a place, and in which part.
fn named(place: &str) -> (Part, String) {
    let parts: Vec<&str> = place.split('.').collect();
    match parts.as_slice() {
        ["matrix", severity, urgency] => {
            let severity =
                severity.parse::<Severity>().map_or_else(|_| (*severity).to_owned(), |known| known.label().to_owned());
            (Part::Table, format!("{severity} at {urgency}"))
        }
        ["answers", axis, code] => (Part::Answers, answer(axis, code)),
        ["targets", priority, what] => {
            let (part, what) = match *what {
                "first_response" => (Part::Targets, "first human response"),
                "live_room" => (Part::Targets, "responder in the room"),
                "next_update" => (Part::Targets, "next update"),
                "told_at_once" => (Part::Told, "told at once"),
                "chain" => (Part::Told, "told while nobody answers"),
                "update_missed" => (Part::Told, "told of a missed update"),
                other => (Part::Other, other),
            };
            (part, format!("{priority}: {what}"))
        }
        ["targets", priority, "next_update_from", "step"] => {
            (Part::Targets, format!("{priority}: the shorter next update, from"))
        }
        ["targets", priority, "next_update_from", _] => (Part::Targets, format!("{priority}: the shorter next update")),
        [table, "ladder", step] => (Part::Nearness, format!("{}: {step} begins", approach(table))),
        ["polling" | "milestone" | "session" | "count" | "canvass" | "certification" | "contest", ..] => {
            (Part::Nearness, plain(&parts))
        }
        [function @ ("office" | "people"), rest @ ..] => {
            let function =
                function.parse::<Function>().map_or_else(|_| (*function).to_owned(), |known| known.label().to_owned());
            (Part::Nearness, format!("{function}: {}", plain(rest)))
        }
        ["lower", ..] => (Part::Nearness, format!("steps {}", plain(&parts))),
        _ => (Part::Other, plain(&parts)),
    }
}

/// "Is anyone in danger? Credible threat, or site evacuated".
fn answer(axis: &str, code: &str) -> String {
    let question =
        axis.parse::<Axis>().ok().and_then(|axis| catalogue().questions().iter().find(|one| one.axis == axis));
    let Some(question) = question else { return format!("{axis}: {code}") };
    let answer = question.answers.iter().find(|answer| answer.code == code);
    format!("{} “{}”", question.text, answer.map_or(code, |answer| answer.text.as_str()))
}

fn approach(table: &str) -> &str {
    match table {
        "polling" => "to the opening of a polling window",
        "milestone" => "to a milestone",
        "session" => "to a session of the count, an audit or a recount",
        "certification" => "to the certification",
        other => other,
    }
}

/// "working hours: from".
fn plain(parts: &[&str]) -> String {
    parts.join(": ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn against(changes: &[(&str, &str)]) -> Vec<String> {
        let old = Policy::default();
        let mut text = Policy::DEFAULT.replace(&format!("version = \"{}\"", old.version), "version = \"next\"");
        for (from, to) in changes {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            text = changed;
        }
        let new = Policy::parse(&text).unwrap();
        let all = differences(&old, &new).into_iter();
        all.map(|one| format!("{} | {}: {} becomes {}", one.part.label(), one.what, one.before, one.after)).collect()
    }

    #[test]
    fn a_new_version_alone_is_no_difference() {
        assert_eq!(against(&[]), Vec::<String>::new());
        assert_eq!(
            against(&[("# The table", "# A comment"), ("\n# 3. THE", "\n\n# 3. THE")][1..]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn every_kind_of_difference_is_said_in_words() {
        let changes = [
            ("medium    = [\"P4\", \"P4\", \"P3\", \"P3\"", "medium    = [\"P4\", \"P4\", \"P3\", \"P2\""),
            ("credible_threat = \"severe\"", "credible_threat = \"high\""),
            ("U4 = \"24 h\" }\nopen", "U4 = \"36 h\" }\nopen"),
            ("closing_for = \"3 h\"", "closing_for = \"4 h\""),
            ("below = 1", "below = 0"),
            ("first_response = \"5 min\"", "first_response = \"4 min\""),
            (
                "{ after = \"3 min\", tell = [\"shift_lead\"] }",
                "{ after = \"2 min\", tell = [\"shift_lead\", \"backup\"] }",
            ),
            ("update_missed = [[\"owner\", \"shift_lead\"], [\"supervisor\"]]", "update_missed = [[\"owner\"]]"),
            ("from = \"08:00\"", "from = \"07:00\""),
            ("live_room = \"30 min\"\n", ""),
        ];
        insta::assert_snapshot!(against(&changes).join("\n"), @r"
        The table | medium at U3: P3 becomes P2
        Answers and their level | Is anyone in danger? “credible threat, or site evacuated”: severe becomes high
        Nearness | office: below: 1 becomes 0
        Nearness | polling: closing for: 3 h becomes 4 h
        Nearness | to the opening of a polling window: U4 begins: 24 h before becomes 36 h before
        Targets | P1: first human response: 5 min becomes 4 min
        Targets | P2: responder in the room: 30 min becomes none
        Who is told, and when | P1: told while nobody answers: +3 min shift lead, +5 min supervisor and call the authority, +10 min director and call the authority's second number, +15 min parent authority becomes +2 min shift lead and backup, +5 min supervisor and call the authority, +10 min director and call the authority's second number, +15 min parent authority
        Who is told, and when | P1: told of a missed update: owner, shift lead; again: supervisor becomes owner
        Other | working hours: from: 08:00 becomes 07:00
        ");
    }
}
