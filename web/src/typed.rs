//! What somebody typed into a form that comes back, and what is to be put right: nothing typed is ever lost.

use std::collections::BTreeMap;

use crate::face::Problem;

/// A civil time as people type it, `2026-11-03 07:00`, as the API has it. What is no time stays as it is, and is told.
pub fn civil(typed: &str) -> String {
    let typed = typed.trim().replacen(' ', "T", 1);
    if typed.len() == "2026-11-03T07:00".len() { format!("{typed}:00") } else { typed }
}

/// A form as it was sent. Fields have the API's names; those of nested objects are joined by a dot (`sites.affected`).
/// The first control of a field has the field's name as its id, so that a problem's link leads to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    values: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Typed {
    /// From what was sent, with what is wrong with it. Where a name was sent twice, the last one counts.
    pub fn new<K: Into<String>, V: Into<String>>(
        sent: impl IntoIterator<Item = (K, V)>,
        problems: Vec<Problem>,
    ) -> Self {
        let values = sent.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, problems }
    }

    /// The same under `prefix.name`, for a form that shares its page with others: `override.reason`.
    pub fn within(self, prefix: &str) -> Self {
        let under = |name: String| if name.is_empty() { name } else { format!("{prefix}.{name}") };
        Self {
            values: self.values.into_iter().map(|(name, value)| (under(name), value)).collect(),
            problems: self
                .problems
                .into_iter()
                .map(|problem| Problem { field: under(problem.field), ..problem })
                .collect(),
        }
    }

    /// The same with another value in a field: one that the page itself keeps.
    pub fn with(mut self, field: &str, value: impl ToString) -> Self {
        self.values.insert(field.to_owned(), value.to_string());
        self
    }

    /// What was typed into a field; empty where nothing was.
    pub fn value(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    /// Whether `value` was picked.
    pub fn is(&self, field: &str, value: &str) -> bool {
        self.values.get(field).is_some_and(|typed| typed == value)
    }

    /// What is wrong with a field; empty where nothing is.
    pub fn error(&self, field: &str) -> &str {
        self.problems.iter().find(|problem| problem.field == field).map_or("", |problem| &problem.words)
    }

    /// All that is wrong, for the summary on top.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether anything below `prefix.` was typed or is wrong: the form behind it is shown open.
    pub fn touches(&self, prefix: &str) -> bool {
        let below = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        self.values.iter().any(|(name, value)| below(name) && !value.is_empty())
            || self.problems.iter().any(|problem| below(&problem.field))
    }

    /// Whether any of these fields was filled in or is wrong.
    pub fn any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| !self.value(field).is_empty() || !self.error(field).is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_several_on_a_page_keeps_its_own_words() {
        let problem = Problem { field: "reason".to_owned(), words: "Say why, in one sentence".to_owned() };
        let typed = Typed::new([("priority", "P1")], vec![problem]).within("override");
        assert_eq!(typed.value("override.priority"), "P1");
        assert_eq!(typed.error("override.reason"), "Say why, in one sentence");
        assert!(typed.touches("override") && !typed.touches("over") && !typed.touches("resolve"));
    }

    #[test]
    fn a_blank_form_is_blank() {
        let typed = Typed::default();
        assert_eq!((typed.value("summary"), typed.error("summary")), ("", ""));
        assert!(!typed.is("symptom", "") && !typed.any(&["place", "since"]));
    }
}
