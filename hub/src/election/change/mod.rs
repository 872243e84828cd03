//! Changes of elections that are there: what they are, who must agree, what they move and how they are taken back.

mod commands;
pub(super) mod moves;
mod proposals;
mod queries;
mod rehearse;
pub(crate) mod row;
pub mod rules;

use serde::{Deserialize, Serialize};

use super::commands::{ElectionBody, Extend};
use crate::error::{Problems, Result};
use crate::escalation::codes;
use crate::text;

pub use commands::{annul, extend, make, may, postpone, undo, update};
pub(super) use commands::{finish, linked, may_edit};
pub use proposals::{ProposalView, at_once, confirm, decline, proposal, proposals, waiting};
pub use queries::{Foreseen, latest, moved};
pub use rehearse::rehearse;

codes! {
    /// On whose order a calendar is changed.
    Order, "order" {
        /// A court's.
        Court = "court" "Court order",
        /// The election board's.
        Board = "board" "Decision of the board",
        /// The law says so.
        Statute = "statute" "Statute",
        /// Somebody else's.
        Other = "other" "Other",
    }
}

codes! {
    /// How a proposal stands.
    ProposalState, "state of a proposal" {
        /// It waits for a second person.
        Open = "open" "waits for a second person",
        /// It was done at once, because the polls were open, and waits for a second person to agree.
        Applied = "applied" "done, waits for a second person",
        /// A second person agreed.
        Confirmed = "confirmed" "confirmed",
        /// A second person did not.
        Declined = "declined" "declined",
        /// Its own proposer took it back.
        Withdrawn = "withdrawn" "withdrawn",
        /// Nobody agreed in time.
        Expired = "expired" "expired",
        /// The calendar has moved on since.
        Stale = "stale" "overtaken by another change",
    }
}

/// Why, and on whose order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// In a sentence; empty where nobody said it.
    pub reason: String,
    /// Whose order.
    pub order: Option<Order>,
    /// Its number, its date.
    pub order_text: Option<String>,
}

/// A reason in a body, before it is looked at.
pub(crate) type Given<'a> = (&'a Option<String>, &'a Option<String>, &'a Option<String>);

impl Why {
    const LONGEST: usize = 500;

    /// From what was sent.
    ///
    /// # Errors
    /// Every field that must be put right.
    pub(crate) fn checked((reason, order, order_text): Given<'_>) -> Result<Self> {
        let mut problems = Problems::default();
        let mut line = |field: &str, given: &Option<String>| {
            let given = given.as_deref().map(str::trim).filter(|given| !given.is_empty())?;
            let line = text::Line::new(given, Self::LONGEST).map(String::from);
            line.map_err(|sentence| problems.add(field, sentence)).ok()
        };
        let (reason, order_text) = (line("reason", reason), line("order_text", order_text));
        let order = order.as_deref().filter(|order| !order.is_empty()).and_then(|order| {
            let known = order.parse::<Order>();
            known.map_err(|error| problems.add("order", format!("{error}."))).ok()
        });
        problems.none()?;
        Ok(Self { reason: reason.unwrap_or_default(), order, order_text })
    }

    /// As the record tells it.
    pub(crate) fn told(&self, data: &mut serde_json::Value) {
        if !self.reason.is_empty() {
            data["reason"] = self.reason.clone().into();
        }
        if let Some(order) = self.order {
            data["order"] = order.code().into();
        }
        if let Some(text) = &self.order_text {
            data["order_text"] = text.clone().into();
        }
    }
}

/// A change of an election.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", content = "with", rename_all = "snake_case")]
pub enum Change {
    /// What is given replaces what was there.
    Changed(ElectionBody),
    /// A close moves later.
    Extended(Extend),
    /// What is still to come moves to another day, or waits for one.
    Postponed {
        /// The new day; none is known yet without it.
        to: Option<String>,
    },
    /// It is not held, or does not count.
    Annulled,
    /// The change that led to this version is taken back.
    Undone {
        /// Which.
        version: i64,
    },
}

impl Change {
    /// As the record names it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Changed(_) => "changed",
            Self::Extended(_) => "extended",
            Self::Postponed { .. } => "postponed",
            Self::Annulled => "annulled",
            Self::Undone { .. } => "undone",
        }
    }
}

/// The body that puts an election off.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Postpone {
    /// Its new day, as 2026-11-10; without it nothing is counted until there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of whose order it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Its number, its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_text: Option<String>,
}

/// The body that annuls an election, and that decides on a proposal.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of whose order it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Its number, its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_text: Option<String>,
}

/// The body that takes the latest change back.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The version that the change led to, so that no other one is taken back; without it the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of whose order it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Its number, its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_text: Option<String>,
}

/// What of an election incidents are assessed by: a change that leaves it as it is overtakes no proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timed {
    windows: Vec<super::Window>,
    milestones: Vec<super::Milestone>,
    zone: String,
    standing: super::Standing,
}

impl Timed {
    fn of(election: &super::Election, standing: super::Standing) -> Self {
        let super::Election { windows, milestones, zone, .. } = election.clone();
        Self { windows, milestones, zone, standing }
    }
}

impl From<&Stand> for Timed {
    fn from(stand: &Stand) -> Self {
        Self::of(&stand.election, stand.standing)
    }
}

impl From<&super::ElectionView> for Timed {
    fn from(view: &super::ElectionView) -> Self {
        Self::of(&view.into(), view.standing)
    }
}

/// What of an election a change replaces, and what is kept of it in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stand {
    pub election: super::Election,
    pub standing: super::Standing,
    pub runoff_of: Option<String>,
}
