//! The sweep: everything that is due of open incidents is done, each in its own authority, until nothing is due. Any
//! number of nodes may sweep: whoever comes second to an authority finds nothing due there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::duty::Team;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::incident::{Loaded, row};
use crate::time::Ts;

/// How many incidents are looked up at a time.
const BATCH: u64 = 500;

/// Does whatever is due at `now`, of some authorities or of all, and says how many incidents that were. Where another
/// node is at work in an authority, this waits for it.
///
/// # Errors
/// If the database does not answer; what was done until then stays done.
pub(crate) async fn sweep(hub: &Hub, now: Ts, authorities: Option<&[i64]>) -> Result<usize> {
    let system = Viewer::system("sweep");
    let reader = hub.db.read(&system);
    let mut swept = 0;
    let mut failed = BTreeMap::<i64, Error>::new();
    loop {
        let mut by_authority = BTreeMap::<i64, BTreeSet<i64>>::new();
        // Two questions, because each has an index of its own.
        for (due, column) in
            [(row::assessment_due(now), row::Column::AssessAt), (row::step_due(now), row::Column::StepAt)]
        {
            let mut due = reader.find::<row::Entity>().filter(due);
            if let Some(authorities) = authorities {
                due = due.filter(row::of(authorities.iter().copied()));
            }
            if !failed.is_empty() {
                due = due.filter(row::not_of(failed.keys().copied()));
            }
            let due: Vec<row::Keys> = due.ascending(column).limit(BATCH).shaped(row::keys).await?;
            for incident in due {
                by_authority.entry(incident.authority_id).or_default().insert(incident.id);
            }
        }
        if by_authority.is_empty() {
            // One authority's trouble keeps nobody else waiting; it is tried again at the next turn.
            return failed.into_values().next().map_or(Ok(swept), Err);
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

async fn one(hub: &Hub, authority: i64, incidents: BTreeSet<i64>, now: Ts) -> Result<usize> {
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
    let mut team: Option<Arc<Team>> = None;
    for row in rows {
        hub.policies.learn(&work, &row.policy).await?;
        let mut incident = Loaded::one_of(hub, row, edition.clone(), team.take());
        incident.catch_up(&mut work).await?;
        team = incident.known_team();
        incident.write(&work)?;
    }
    work.keep().await?;
    Ok(count)
}
