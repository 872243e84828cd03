//! The sweep: every incident whose answer has changed is assessed again, each in its own authority, until none is due.
//! Any number of nodes may sweep: whoever comes second to an authority finds nothing due there.

use std::collections::BTreeMap;

use crate::election::follow;
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::incident::{Loaded, row};
use crate::time::Ts;

/// How many incidents are looked up at a time.
const BATCH: u64 = 500;

/// Assesses whatever is due at `now`, of some authorities or of all, and says how many incidents that were.
///
/// # Errors
/// If the database does not answer; what was done until then stays done.
pub(crate) async fn sweep(hub: &Hub, now: Ts, authorities: Option<&[i64]>) -> Result<usize> {
    let system = Viewer::system("sweep");
    let mut swept = 0;
    let mut failed = BTreeMap::new();
    loop {
        let mut due = hub.db.read(&system).find::<row::Entity>().filter(row::due(now));
        if let Some(authorities) = authorities {
            due = due.filter(row::of(authorities.iter().copied()));
        }
        if !failed.is_empty() {
            due = due.filter(row::not_of(failed.keys().copied()));
        }
        let due: Vec<row::Keys> = due.ascending(row::Column::AssessAt).limit(BATCH).shaped(row::keys).await?;
        if due.is_empty() {
            // One authority's trouble keeps nobody else waiting; it is tried again at the next turn.
            return failed.into_values().next().map_or(Ok(swept), Err);
        }
        let mut by_authority = BTreeMap::<i64, Vec<i64>>::new();
        for incident in due {
            by_authority.entry(incident.authority_id).or_default().push(incident.id);
        }
        for (authority, incidents) in by_authority {
            match one(hub, authority, incidents, now).await {
                Ok(count) => swept += count,
                Err(error) => {
                    tracing::error!(%error, authority, "the sweep failed in an authority; it is tried again");
                    failed.insert(authority, error);
                }
            }
        }
    }
}

async fn one(hub: &Hub, authority: i64, incidents: Vec<i64>, now: Ts) -> Result<usize> {
    let actor = Actor::system("sweep", now);
    let mut work = hub.db.work(&actor, authority).await?;
    // Asked again under the lock: another node may have been here.
    let rows = work
        .find::<row::Entity>()
        .filter(row::due(now))
        .filter(row::with_ids(incidents))
        .ascending(row::Column::Id)
        .all()
        .await?;
    let count = rows.len();
    let edition = hub.almanac.edition_in(&work).await?;
    for row in rows {
        let mut incident = Loaded::one_of(hub, row, edition.clone());
        if follow(&mut work, &mut incident, &edition).await? {
            incident.row.touch(now);
        }
        incident.write(&work)?;
    }
    work.keep().await?;
    Ok(count)
}
