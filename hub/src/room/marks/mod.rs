//! How far each person has read in a room. A mark is no event: it is kept in a table of its own and only ever goes on.
//!
//! What both sides read is marked apart from what responders read, each in its own numbering and at its own time: an
//! official learns of no note from how far a responder has read, from when that is told, or from the order of names.

pub(crate) mod row;

use crate::audit::{By, row as event};
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, Right, Side, Viewer, person_row as person};
use crate::incident::row as incident;
use crate::store::Reader;

/// How many people's marks a room shows at most.
const SHOWN: u64 = 200;

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

/// What having read up to a number comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpTo {
    /// As responders count.
    pub seq: i64,
    /// The last of it that both sides read, as officials count.
    pub shared_seq: i64,
}

/// What it comes to that the viewer has read a room up to `seq`, as their own side counts; beyond the newest it is the
/// newest.
///
/// # Errors
/// Not found.
pub async fn up_to(hub: &Hub, viewer: &Viewer, room: i64, seq: i64) -> Result<UpTo> {
    let reader = hub.db.read(viewer);
    let found = found(&reader, room).await?;
    match viewer.side() {
        Side::Response => {
            let seq = seq.min(found.seq);
            let last = reader.find::<event::Entity>().filter(row::shared_up_to(room, seq));
            let last = last.descending(event::Column::Seq).limit(1).one().await?;
            Ok(UpTo { seq, shared_seq: last.and_then(|event| event.shared_seq).unwrap_or_default() })
        }
        Side::Authority => {
            let shared_seq = seq.min(found.shared_seq);
            let last = reader.find::<event::Entity>().filter(row::shared(room, shared_seq)).one().await?;
            Ok(UpTo { seq: last.and_then(|event| event.seq).unwrap_or_default(), shared_seq })
        }
    }
}

async fn found(reader: &Reader<'_>, room: i64) -> Result<incident::RoomRow> {
    let found = reader.find::<incident::Entity>().filter(incident::with_id(room)).shaped(incident::room);
    found.await?.pop().ok_or(crate::Error::NotFound)
}

/// Keeps that the actor has read a room up to a number: of what both sides read (`shared`, as officials count), or of
/// all (as responders count). Whether the mark went on: it never goes back. Who may write nothing leaves no mark.
///
/// # Errors
/// Not found; busy.
pub async fn mark(hub: &Hub, actor: &Actor, room: i64, shared: bool, seq: i64) -> Result<bool> {
    let viewer = &actor.viewer;
    if !viewer.role().has(Right::Write) {
        return Ok(false);
    }
    let reader = hub.db.read(viewer);
    let authority = found(&reader, room).await?.authority_id;
    let stands = reader.find::<row::Entity>().filter(row::of(room, viewer.id())).one().await?;
    if stands.map_or(0, |mark| if shared { mark.shared_seq } else { mark.seq }) >= seq {
        return Ok(false);
    }
    let work = hub.db.work(actor, authority).await?;
    if work.update(row::goes_on(room, viewer.id(), shared, seq)).await? == 0 {
        // There is none, or another window of theirs was quicker.
        if work.find::<row::Entity>().filter(row::of(room, viewer.id())).one().await?.is_some() {
            return Ok(false);
        }
        let (all, shared_seq) = if shared { (0, seq) } else { (seq, 0) };
        let (incident_id, person_id) = (room, viewer.id());
        work.put(row::Model { authority_id: 0, incident_id, person_id, seq: all, shared_seq });
    }
    work.keep().await?;
    Ok(true)
}

/// How far everybody else has read in a room, as the viewer's side counts, by name.
///
/// # Errors
/// If the database does not answer.
pub async fn marks(hub: &Hub, viewer: &Viewer, room: i64) -> Result<Vec<Mark>> {
    let reader = hub.db.read(viewer);
    let rows = reader.find::<row::Entity>().filter(row::in_room(room));
    let mut rows = rows.ascending(row::Column::PersonId).limit(SHOWN).all().await?;
    rows.retain(|mark| mark.person_id != viewer.id());
    let mut marks = shown(&reader, rows).await?;
    marks.sort_by(|one, other| (&one.by.name, one.person).cmp(&(&other.by.name, other.person)));
    Ok(marks)
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
    let official = reader.viewer().side() == Side::Authority;
    let show = |mark: row::Model| {
        let seq = if official { mark.shared_seq } else { mark.seq };
        let who = people.iter().find(|person| person.id == mark.person_id).filter(|_| seq > 0)?;
        let by = By { name: who.name.clone(), office: who.office.clone(), role: who.role.code().to_owned() };
        Some(Mark { by, seq, person: who.id })
    };
    Ok(rows.into_iter().filter_map(show).collect())
}
