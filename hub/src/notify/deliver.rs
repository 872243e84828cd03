//! Telling people in the pages that they have open.

use super::row;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::live::{Signal, Telling};
use crate::time::Ts;

const BATCH: u64 = 200;

/// Tells everybody in the hub's own pages what waits for them, whichever node those are at. A row is kept, with the
/// instant at which it was told.
pub(crate) async fn deliver(hub: &Hub, now: Ts) -> Result<()> {
    let system = Viewer::system("outbox");
    loop {
        let waiting = hub.db.read(&system).find::<row::Entity>().filter(row::waiting());
        let waiting = waiting.ascending(row::Column::Id).limit(BATCH).all().await?;
        let Some(first) = waiting.first() else { return Ok(()) };
        let authority = first.authority_id;
        let batch: Vec<&row::Model> = waiting.iter().filter(|row| row.authority_id == authority).collect();
        let ids: Vec<i64> = batch.iter().map(|row| row.id).collect();
        for row in &batch {
            hub.bus.tell(Signal::Person(Telling { person: row.person_id, authority, chain_seq: row.chain_seq }));
        }
        let work = hub.db.work(&Actor::system("outbox", now), authority).await?;
        work.update(row::told(ids, now)).await?;
        work.keep().await?;
    }
}
