//! An event as its reader sees it: the one shape of the page, the live channel, the API and the export.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::row;
use crate::identity::{Audience, Side, Viewer};
use crate::sabotage::Fault;
use crate::time::Ts;

/// Who did something, as every line shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// In full.
    pub name: String,
    /// Their office: `Alder County`, `Response team`.
    pub office: String,
    /// Their role's code.
    pub role: String,
}

impl By {
    /// The person; nobody where it is the hub itself.
    pub(crate) fn of(viewer: &Viewer) -> Option<Self> {
        (viewer.id() != 0).then(|| Self {
            name: viewer.name().to_owned(),
            office: viewer.office().to_owned(),
            role: viewer.role().code().to_owned(),
        })
    }
}

/// An event in the numbering of one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// Its place in the room, as the reader's side counts.
    pub seq: i64,
    /// Its kind's code.
    pub kind: String,
    /// When.
    pub at: Ts,
    /// Who; nobody for the hub itself.
    pub by: Option<By>,
    /// What was written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// What else there is to say, by kind.
    pub data: Value,
    /// The id that its writer gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Whether only the response side reads it. Not sent: an official never holds one.
    #[serde(skip)]
    pub internal: bool,
    /// Whose it is; not sent.
    #[serde(skip)]
    pub actor: i64,
}

/// What an event holds beside its row: all that may have to be erased one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub by: Option<By>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    #[serde(default)]
    pub data: Value,
}

impl EventView {
    /// The event as `side` reads it; none where it is not in that side's room.
    pub(crate) fn of(row: &row::Model, side: Side) -> Option<Self> {
        let internal = row.audience == Audience::Internal;
        let seq = match side {
            Side::Response => row.seq?,
            Side::Authority if Fault::DropAudienceFilter.is_on() => row.seq?,
            Side::Authority if internal => return None,
            Side::Authority => row.shared_seq?,
        };
        let erased = Payload { by: None, text: None, data: serde_json::json!({"erased": true}) };
        let payload = row.payload.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(erased);
        Some(Self {
            seq,
            kind: row.kind.clone(),
            at: row.at,
            by: payload.by,
            text: payload.text,
            data: payload.data,
            id: row.client_id.clone(),
            internal,
            actor: row.actor_id,
        })
    }
}
