//! Proof of delivery, for the response side: under each event, whom it was to reach, by which ways, and how far that
//! came.

use std::collections::BTreeMap;

use super::{State, row};
use crate::audit::row as event;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Side, Viewer, viewers};
use crate::incident::find_room;
use crate::notify::channel::Way;
use crate::notify::row as outbox;

/// Whom an event was to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whose name stands there.
    pub name: String,
    /// Whether it was not needed any more before anything was sent.
    pub cancelled: bool,
    /// Whether it is still to be made into deliveries.
    pub waiting: bool,
    /// By which ways; none where the hub's own pages are all that there is.
    pub ways: Vec<Reached>,
}

/// How far one delivery came. Lengths are in seconds since it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// By which way.
    pub way: Way,
    /// How far it came.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When whoever carries it on took it.
    pub accepted: Option<i64>,
    /// When a browser had it.
    pub delivered: Option<i64>,
    /// When its person opened it.
    pub opened: Option<i64>,
    /// What went wrong last.
    pub reason: Option<String>,
}

impl From<row::Model> for Reached {
    fn from(row: row::Model) -> Self {
        let after = |at: Option<crate::time::Ts>| at.map(|at| at.since(row.created_at).as_secs());
        Self {
            way: row.kind,
            state: row.state,
            attempts: row.attempts,
            accepted: after(row.accepted_at),
            delivered: after(row.delivered_at),
            opened: after(row.opened_at),
            reason: row.reason,
        }
    }
}

/// Under which events of a room (by their number) whom was to be reached. Officials are told nothing of it.
///
/// # Errors
/// Not found.
pub async fn proofs(hub: &Hub, viewer: &Viewer, reference: &str) -> Result<BTreeMap<i64, Vec<Proof>>> {
    let reader = hub.db.read(viewer);
    let room = find_room(&reader, reference).await?;
    if viewer.side() != Side::Response || !viewer.reads_internal() {
        return Ok(BTreeMap::new());
    }
    let asked = reader.find::<outbox::Entity>().filter(outbox::about(room.authority_id, room.id));
    let asked = asked.ascending(outbox::Column::Id).all().await?;
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let seqs: Vec<i64> = asked.iter().map(|row| row.chain_seq).collect();
    let events = event::of_chain(room.authority_id, seqs.iter().copied());
    let events = reader.find::<event::Entity>().filter(events).all().await?;
    let numbers: BTreeMap<i64, i64> = events.iter().filter_map(|event| Some((event.chain_seq, event.seq?))).collect();
    let mut ways = BTreeMap::<i64, Vec<Reached>>::new();
    let made = reader.find::<row::Entity>().filter(row::of_events(room.authority_id, seqs));
    for made in made.ascending(row::Column::Id).all().await? {
        ways.entry(made.outbox_id).or_default().push(made.into());
    }
    let people = viewers(&hub.db, asked.iter().map(|row| row.person_id)).await?;
    let mut proofs = BTreeMap::<i64, Vec<Proof>>::new();
    for row in asked {
        let Some(number) = numbers.get(&row.chain_seq) else { continue };
        let name =
            people.get(&row.person_id).map_or_else(|| "Somebody who left".to_owned(), |who| who.name().to_owned());
        let ways = ways.remove(&row.id).unwrap_or_default();
        let (cancelled, waiting) = (row.cancelled_at.is_some(), row.expanded_at.is_none());
        proofs.entry(*number).or_default().push(Proof { name, cancelled, waiting, ways });
    }
    Ok(proofs)
}
