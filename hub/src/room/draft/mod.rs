//! What somebody has begun to write in a room and not sent. It is theirs alone: nobody else reads it, and nobody else's
//! act removes it, until they hand their shift over: then it goes with the incident.

pub(crate) mod row;

use std::collections::HashMap;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Right, Viewer};
use crate::incident::find_room;
use crate::store::Work;
use crate::text::Prose;

/// How long a draft may be, in characters: longer than a message, so that one that is to be cut is not lost.
const LONGEST: usize = 40_000;

/// A draft, as its author finds it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What was written so far.
    pub text: String,
    /// Whether it is to be a note: a note that comes back never comes back as a message.
    pub note: bool,
}

/// What is to be kept: the fields of the form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// What was written so far; nothing discards the draft.
    pub text: String,
    /// Whether it is to be a note.
    pub note: Option<bool>,
}

/// What the viewer has begun to write in a room.
///
/// # Errors
/// If the database does not answer.
pub async fn begun(hub: &Hub, viewer: &Viewer, room: i64) -> Result<Option<Begun>> {
    let row = hub.db.read(viewer).find::<row::Entity>().filter(row::of(room, viewer.id())).one().await?;
    Ok(row.map(|row| Begun { text: row.text, note: row.note }))
}

/// What somebody has begun to write, by the key of the incident: for whoever takes over from them, and for nobody else.
pub(crate) async fn begun_by(hub: &Hub, whose: &Viewer) -> Result<HashMap<i64, Begun>> {
    let rows = hub.db.read(whose).find::<row::Entity>().all().await?;
    Ok(rows.into_iter().map(|row| (row.incident_id, Begun { text: row.text, note: row.note })).collect())
}

/// What one had begun in a room is the other's, unless they have begun something there themselves.
pub(crate) async fn draft_goes_to(work: &Work, room: i64, from: i64, to: i64) -> Result<()> {
    if work.find::<row::Entity>().filter(row::of(room, to)).one().await?.is_none() {
        work.update(row::goes_to(room, from, to)).await?;
    }
    Ok(())
}

/// Keeps what the actor has written so far, in place of what was kept before; nothing discards it. It is no event and
/// tells nobody. A closed room keeps drafts too.
///
/// # Errors
/// Not found, a refusal, or a text that is too long.
pub async fn keep(hub: &Hub, actor: &Actor, reference: &str, body: &Keep) -> Result<()> {
    let viewer = &actor.viewer;
    let reader = hub.db.read(viewer);
    let room = find_room(&reader, reference).await?;
    let note = body.note.unwrap_or_default();
    viewer.may(if note { Right::Respond } else { Right::Write })?;
    let text = Prose::optional(Some(&body.text), LONGEST.max(hub.limits.message_characters.longest()))
        .map_err(|sentence| Error::invalid("text", sentence))?;
    let before = reader.find::<row::Entity>().filter(row::of(room.id, viewer.id())).one().await?;
    let same =
        before.as_ref().map(|row| (row.text.as_str(), row.note)) == text.as_ref().map(|text| (text.as_str(), note));
    if same {
        return Ok(());
    }
    let work = hub.db.work(actor, room.authority_id).await?;
    match text {
        None => {
            work.delete::<row::Entity>(row::of(room.id, viewer.id()));
        }
        Some(text) => {
            let row = row::Model {
                authority_id: room.authority_id,
                incident_id: room.id,
                person_id: viewer.id(),
                note,
                text: text.into(),
                at: actor.now,
            };
            if work.update(row::becomes(&row)).await? == 0 {
                work.put(row);
            }
        }
    }
    work.keep().await
}

/// The actor has sent this: if it is what they had begun, it is begun no more. Something else that they had begun stays.
pub(super) fn sent(work: &Work, room: i64, text: &str) {
    let person = work.actor().viewer.id();
    work.delete::<row::Entity>(row::saying(room, person, text));
}
