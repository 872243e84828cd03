//! Telling people in the pages that they have open.

use std::collections::BTreeSet;

use super::row;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::live::{Signal, Telling};
use crate::time::Ts;

const BATCH: u64 = 200;

/// Tells everybody in the hub's own pages what waits for them, whichever node those are at. A row is kept, with the
/// instant at which it was told. Where somebody else is at work in an authority it is told at the next turn: whoever
/// holds one authority up must not hold up the others.
pub(crate) async fn deliver(hub: &Hub, now: Ts) -> Result<()> {
    let system = Viewer::system("outbox");
    let mut busy = BTreeSet::new();
    loop {
        let waiting = row::waiting().add(row::not_of(busy.iter().copied()));
        let waiting = hub.db.read(&system).find::<row::Entity>().filter(waiting);
        let waiting = waiting.ascending(row::Column::Id).limit(BATCH).all().await?;
        let Some(first) = waiting.first() else { return Ok(()) };
        let authority = first.authority_id;
        let batch: Vec<&row::Model> = waiting.iter().filter(|row| row.authority_id == authority).collect();
        let ids: Vec<i64> = batch.iter().map(|row| row.id).collect();
        let Some(work) = hub.db.try_work(&Actor::system("outbox", now), authority).await? else {
            busy.insert(authority);
            continue;
        };
        for row in &batch {
            hub.bus.tell(Signal::Person(Telling { person: row.person_id, authority, chain_seq: row.chain_seq }));
        }
        work.update(row::told(ids, now)).await?;
        work.keep().await?;
    }
}
