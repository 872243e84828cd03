//! The forms of elections. A field's name is its place in the API's body, with a dot between the parts
//! (`windows.0.opens`); its id is the same, so that a problem's field leads to it.

use askama::Template;

use crate::face::{Choice, Problem};
use crate::page::Shell;
use crate::typed::Typed;

/// `/elections/{id}/edit` and `/elections/new`: each posts to itself.
///
/// Fields: `name`, `zone`, `authority` (new ones only), `version` (present ones only) and, for each row `n`,
/// `windows.n.id|kind|opens|closes|zone|remove`, `milestones.n.id|kind|at|zone|remove` (`remove` is `true` or absent).
/// A row in which nothing is filled in is a blank one and means nothing.
#[derive(Debug, Template)]
#[template(path = "election/edit.html")]
pub struct Edit {
    /// The frame; its title is "Edit Alder County general" or "Add an election".
    pub shell: Shell,
    /// The election; none for a new one.
    pub id: Option<String>,
    /// What stands in the fields: from [`filled`] at first, as it was sent when the form comes back. The form has as
    /// many rows as were filled in, and two blank ones.
    pub typed: Typed,
    /// For a new one: the authorities to choose from. With one of them or none the field is not shown.
    pub authorities: Vec<Choice>,
    /// For a new one: the elections that it can be the run-off of.
    pub firsts: Vec<Choice>,
    /// The kinds of windows.
    pub window_kinds: Vec<Choice>,
    /// The kinds of milestones.
    pub milestone_kinds: Vec<Choice>,
}

/// One window of an election that is edited.
#[derive(Debug, Clone)]
pub struct WindowRow {
    /// As in the API.
    pub id: String,
    /// `early_voting`.
    pub kind: String,
    /// `2026-11-03T06:30`, civil time.
    pub opens: String,
    /// The same.
    pub closes: String,
    /// Where it is not the election's: `Europe/Berlin`.
    pub zone: String,
}

/// One milestone of it.
#[derive(Debug, Clone)]
pub struct MilestoneRow {
    /// As in the API.
    pub id: String,
    /// `registration_deadline`.
    pub kind: String,
    /// `2026-10-28T17:00`.
    pub at: String,
    /// Where it is not the election's.
    pub zone: String,
}

/// The fields of an election as it stands.
pub fn filled(version: i64, name: &str, zone: &str, windows: &[WindowRow], milestones: &[MilestoneRow]) -> Typed {
    let mut fields = vec![
        ("version".to_owned(), version.to_string()),
        ("name".to_owned(), name.into()),
        ("zone".to_owned(), zone.into()),
    ];
    for (k, row) in windows.iter().enumerate() {
        let parts =
            [("id", &row.id), ("kind", &row.kind), ("opens", &row.opens), ("closes", &row.closes), ("zone", &row.zone)];
        fields.extend(parts.map(|(part, value)| (format!("windows.{k}.{part}"), value.clone())));
    }
    for (k, row) in milestones.iter().enumerate() {
        let parts = [("id", &row.id), ("kind", &row.kind), ("at", &row.at), ("zone", &row.zone)];
        fields.extend(parts.map(|(part, value)| (format!("milestones.{k}.{part}"), value.clone())));
    }
    Typed::new(fields, Vec::new())
}

/// Blank rows at the end of each list.
const BLANK: usize = 2;

/// More rows than this are not shown again; no election has as many.
pub(super) const MOST: usize = 400;

impl Edit {
    pub(crate) fn action(&self) -> String {
        self.id.as_ref().map_or_else(|| "/elections/new".to_owned(), |id| format!("/elections/{id}/edit"))
    }

    /// How many rows `list` has, blank ones too.
    pub(crate) fn rows(&self, list: &str) -> usize {
        let last = (0..MOST).rev().find(|k| self.typed.touches(&format!("{list}.{k}")));
        last.map_or(0, |k| k + 1) + BLANK
    }

    /// Whether nothing is filled in.
    pub(crate) fn empty(&self, list: &str, row: &usize) -> bool {
        !self.typed.touches(&format!("{list}.{row}"))
    }

    pub(crate) fn value(&self, list: &str, row: &usize, part: &str) -> &str {
        self.typed.value(&format!("{list}.{row}.{part}"))
    }

    pub(crate) fn wrong(&self, list: &str, row: &usize, part: &str) -> bool {
        !self.typed.error(&format!("{list}.{row}.{part}")).is_empty()
    }

    /// What a row is told, under it.
    pub(crate) fn row_problems(&self, list: &str, row: &usize) -> Vec<&Problem> {
        let start = format!("{list}.{row}.");
        self.typed.problems().iter().filter(|problem| problem.field.starts_with(&start)).collect()
    }
}

/// `/elections/{id}/extend`: posts `window`, `closes` to itself.
#[derive(Debug, Template)]
#[template(path = "election/extend.html")]
pub struct Extend {
    /// The frame; its title names the window: "Extend election day, Tuesday 3 November".
    pub shell: Shell,
    /// The election.
    pub id: String,
    /// Its name.
    pub election: String,
    /// "18:20 EDT": the time there.
    pub there: String,
    /// "Keep 18:00": the way back.
    pub keep: String,
    /// The windows whose close can be extended, by id: "Early voting, Wed 28 Oct, to 18:00".
    pub windows: Vec<Choice>,
    /// What was typed: `window`, an id, and `closes`, as `2026-10-28 20:00`.
    pub typed: Typed,
}

/// `/elections/{id}/postpone`: posts `to` to itself.
#[derive(Debug, Template)]
#[template(path = "election/postpone.html")]
pub struct Postpone {
    /// The frame; its title names the election.
    pub shell: Shell,
    /// The election.
    pub id: String,
    /// Its name.
    pub election: String,
    /// "It is on Tuesday 3 November."
    pub words: String,
    /// What was typed: `to`, as `2026-11-10`.
    pub typed: Typed,
}
