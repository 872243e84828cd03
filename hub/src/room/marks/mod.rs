//! How far each person has read in a room. A mark is no event: it is kept in a table of its own, only ever goes on, and
//! is told to each side in that side's own numbering, so that nobody learns of a note from how far a responder read.

pub(crate) mod row;

use crate::audit::{By, row as event};
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, Right, Side, Viewer, person_row as person};
use crate::incident::row as incident;
use crate::store::Reader;

/// How many people's marks a room shows at most, those who read last.
const SHOWN: u64 = 100;

/// How far somebody has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Who.
    pub by: By,
    /// The last number that they have read, as the side counts that this was asked for.
    pub seq: i64,
    /// Their key; not sent.
    pub person: i64,
}

/// A mark went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Whether past something that both sides read: only then is it another number to officials.
    pub shared: bool,
}

/// Keeps that the actor has read a room up to `seq`, as their own side counts; beyond the newest it is the newest. Nothing
/// comes back where the mark did not go on: it never goes back. Who may write nothing leaves no mark.
///
/// # Errors
/// Not found; busy.
pub async fn mark(hub: &Hub, actor: &Actor, room: i64, seq: i64) -> Result<Option<Moved>> {
    let viewer = &actor.viewer;
    if !viewer.role().has(Right::Write) {
        return Ok(None);
    }
    let reader = hub.db.read(viewer);
    let found = reader.find::<incident::Entity>().filter(incident::with_id(room)).one().await?;
    let row = found.ok_or(crate::Error::NotFound)?;
    let seq = match viewer.side() {
        Side::Response => seq.min(row.seq),
        Side::Authority => {
            let last = reader.find::<event::Entity>().filter(row::shared(room, seq.min(row.shared_seq))).one().await?;
            last.and_then(|event| event.seq).unwrap_or_default()
        }
    };
    let stands = reader.find::<row::Entity>().filter(row::of(room, viewer.id())).one().await?;
    let before = stands.map_or(0, |mark| mark.seq);
    if before >= seq {
        return Ok(None);
    }
    let shared = reader.find::<event::Entity>().filter(row::shared_between(room, before, seq)).one().await?.is_some();
    let work = hub.db.work(actor, row.authority_id).await?;
    if work.update(row::goes_on(room, viewer.id(), seq, actor.now)).await? == 0 {
        // There is none, or another window of theirs was quicker.
        if work.find::<row::Entity>().filter(row::of(room, viewer.id())).one().await?.is_some() {
            return Ok(None);
        }
        let first = row::Model { authority_id: 0, incident_id: room, person_id: viewer.id(), seq, at: actor.now };
        work.insert(first).await?;
    }
    work.keep().await?;
    Ok(Some(Moved { shared }))
}

/// How far everybody else has read in a room, as the viewer's side counts.
///
/// # Errors
/// If the database does not answer.
pub async fn marks(hub: &Hub, viewer: &Viewer, room: i64) -> Result<Vec<Mark>> {
    let reader = hub.db.read(viewer);
    let rows = reader.find::<row::Entity>().filter(row::in_room(room));
    let mut rows = rows.descending(row::Column::At).limit(SHOWN).all().await?;
    rows.retain(|mark| mark.person_id != viewer.id());
    shown(&reader, rows).await
}

/// How far one person has read, as the reader's side counts.
pub(crate) async fn mark_of(reader: &Reader<'_>, room: i64, person: i64) -> Result<Option<Mark>> {
    let row = reader.find::<row::Entity>().filter(row::of(room, person)).one().await?;
    Ok(shown(reader, row.into_iter().collect()).await?.pop())
}

async fn shown(reader: &Reader<'_>, rows: Vec<row::Model>) -> Result<Vec<Mark>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|mark| mark.person_id).collect();
    let people = reader.instance::<person::Entity>().filter(person::with_ids(ids)).all().await?;
    let mut marks = Vec::with_capacity(rows.len());
    for mark in rows {
        let seq = match reader.viewer().side() {
            Side::Response => mark.seq,
            Side::Authority => {
                let last = reader.find::<event::Entity>().filter(row::shared_between(mark.incident_id, 0, mark.seq));
                let last = last.descending(event::Column::Seq).limit(1).one().await?;
                last.and_then(|event| event.shared_seq).unwrap_or_default()
            }
        };
        let who = people.iter().find(|person| person.id == mark.person_id);
        if let Some(who) = who.filter(|_| seq > 0) {
            let by = By { name: who.name.clone(), office: who.office.clone(), role: who.role.code().to_owned() };
            marks.push(Mark { by, seq, person: who.id });
        }
    }
    Ok(marks)
}
