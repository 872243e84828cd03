//! What a supervisor looks at: figures over all open incidents, and what needs a decision now.

mod queries;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::duty::Shift;
use crate::escalation::Priority;
use crate::time::Ts;

pub use queries::{Heat, figures};

/// The figures, all as of one instant.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// When they were taken.
    pub as_of: Ts,
    /// Open incidents by priority in force.
    pub open: BTreeMap<Priority, i64>,
    /// Open, and nobody has acknowledged it.
    pub unacknowledged: i64,
    /// Open, and past its earliest target.
    pub past_due: i64,
    /// Waiting for their authority.
    pub waiting: i64,
    /// What needs a person now, the most urgent first.
    pub decisions: Vec<Decision>,
    /// Who is on duty.
    pub on_duty: Vec<Shift>,
    /// Open incidents by priority and urgency, where there are any.
    pub heat: Vec<Heat>,
}

/// Something that a person must decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Of which incident.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What to decide, as a sentence.
    pub what: String,
    /// Until when, where there is a target.
    pub due: Option<Ts>,
    /// Its priority.
    pub priority: Priority,
    /// Its authority's name.
    pub authority_name: String,
    /// Its title.
    pub title: String,
}
