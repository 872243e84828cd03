//! What is known of an incident, as far as escalation asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::level::codes;
use super::{Axis, Function, Severity};
use crate::election::Election;

/// The facts of an incident that its priority is made of. The instant is no fact, nor is the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The category's: severity is not lower before a responder has confirmed it.
    pub starting_severity: Severity,
    /// A responder has confirmed the severity: the answers count alone.
    pub severity_confirmed: bool,
    /// What is affected.
    pub functions: Functions,
    /// What the officials answered.
    pub answers: Answers,
    /// The one-press button is down.
    pub voting_stopped: bool,
}

/// Answer codes by question. A question without an answer counts as unknown; so does a code that the policy has not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<Axis, String>);

impl Answers {
    /// The code of every policy for "I don't know".
    pub const UNKNOWN: &str = "unknown";

    /// The code that was answered.
    pub fn get(&self, axis: Axis) -> Option<&str> {
        self.0.get(&axis).map(String::as_str)
    }
}

/// The functions affected: at least one. Written as a list of codes in the order of the policy; read in any order,
/// where `all` stands for all nine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<Function>", try_from = "Vec<String>")]
pub struct Functions(u16);

impl Functions {
    /// The code that stands for all nine.
    pub const EVERY: &str = "all";

    /// All nine.
    pub const fn all() -> Self {
        Self((1 << Function::ALL.len()) - 1)
    }

    /// Just these; none where there are none.
    pub fn of(functions: impl IntoIterator<Item = Function>) -> Option<Self> {
        let set = functions.into_iter().fold(0, |set, function| set | 1 << function as u16);
        (set != 0).then_some(Self(set))
    }

    /// From codes, `all` among them. Fails with a sentence for the person who gave them.
    pub fn parse<S: AsRef<str>>(codes: &[S]) -> Result<Self, String> {
        let mut set = 0;
        for code in codes.iter().map(AsRef::as_ref) {
            set |= match code.parse::<Function>() {
                Ok(function) => 1 << function as u16,
                Err(_) if code == Self::EVERY => Self::all().0,
                Err(unknown) => return Err(format!("{unknown}, or all")),
            };
        }
        if set == 0 {
            return Err("name at least one function that is affected, or all".to_owned());
        }
        Ok(Self(set))
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, function: Function) -> Self {
        Self(self.0 | 1 << function as u16)
    }

    /// Whether it is one of these.
    pub const fn contains(self, function: Function) -> bool {
        self.0 & 1 << function as u16 != 0
    }

    /// In the order of the policy.
    pub fn iter(self) -> impl Iterator<Item = Function> {
        Function::ALL.iter().copied().filter(move |function| self.contains(*function))
    }
}

impl From<Functions> for Vec<Function> {
    fn from(functions: Functions) -> Self {
        functions.iter().collect()
    }
}

impl TryFrom<Vec<String>> for Functions {
    type Error = String;

    fn try_from(codes: Vec<String>) -> Result<Self, String> {
        Self::parse(&codes)
    }
}

codes! {
    /// Whose election it is, seen from the authority of the incident.
    Relation, "relation" {
        /// The authority's own, or one of a descendant that the incident names as affected: counts in full.
        Own = "own" "own",
        /// Of an authority above: counts in full.
        Ancestor = "ancestor" "of an authority above",
        /// Of an authority below: counts one step lower.
        Descendant = "descendant" "of an authority below",
    }
}

/// An election that counts, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The election. Shared: many calendars hold the same one.
    pub election: Arc<Election>,
    /// Whose it is.
    pub relation: Relation,
}
