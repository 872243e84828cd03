//! Telling people in the pages that they have open.

use std::collections::{BTreeMap, BTreeSet};

use super::row;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::live::{Signal, Telling};
use crate::time::Ts;

/// How many are looked up at a time.
const BATCH: u64 = 2_000;
/// How many one transaction tells: a page's line holds some more than that.
const AT_ONCE: usize = 200;

/// Tells everybody in the hub's own pages what waits for them, whichever node those are at. A row is kept, with the
/// instant at which it was told. Where somebody else is at work in an authority it is told at the next turn: whoever
/// holds one authority up must not hold up the others.
pub(crate) async fn deliver(hub: &Hub, now: Ts) -> Result<()> {
    let system = Viewer::system("outbox");
    let (mut after, mut busy) = (0, BTreeSet::new());
    loop {
        let waiting = hub.db.read(&system).find::<row::Entity>().filter(row::waiting().add(row::behind(after)));
        let waiting = waiting.ascending(row::Column::Id).limit(BATCH).all().await?;
        let Some(last) = waiting.last() else { return Ok(()) };
        after = last.id;
        let mut by_authority = BTreeMap::<i64, Vec<&row::Model>>::new();
        for row in &waiting {
            by_authority.entry(row.authority_id).or_default().push(row);
        }
        for (authority, rows) in by_authority {
            for rows in rows.chunks(AT_ONCE) {
                let free = !busy.contains(&authority);
                let actor = Actor::system("outbox", now);
                let work = if free { hub.db.try_work(&actor, authority).await? } else { None };
                let Some(work) = work else {
                    busy.insert(authority);
                    break;
                };
                for row in rows {
                    hub.bus.tell(Signal::Person(Telling {
                        person: row.person_id,
                        authority,
                        chain_seq: row.chain_seq,
                    }));
                }
                work.update(row::told(rows.iter().map(|row| row.id).collect(), now)).await?;
                work.keep().await?;
            }
        }
    }
}
