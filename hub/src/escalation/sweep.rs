//! The sweep: everything that is due of open incidents is done, each in its own authority, until nothing is due. Any
//! number of nodes may sweep: whoever comes second to an authority finds nothing due there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::incident::{Common, Loaded, row};
use crate::time::Ts;

/// How many incidents are looked up at a time: as many as may well fall due at one instant, since those of an authority
/// lie scattered among them, and each turn in an authority costs a commit.
const BATCH: u64 = 100_000;
/// How many of them one transaction does: whoever writes a message waits for no more.
const AT_ONCE: usize = 200;

/// Does whatever is due at `now`, of some authorities or of all. Where somebody else is at work in an authority, the
/// sweep of some waits for them, since its answer does; the sweep of all leaves it alone, goes on with the others, and
/// says with `false` that it has to come back.
///
/// # Errors
/// If the database does not answer; what was done until then stays done.
pub(crate) async fn sweep(hub: &Hub, now: Ts, authorities: Option<&[i64]>) -> Result<bool> {
    let system = Viewer::system("sweep");
    let reader = hub.db.read(&system);
    let mut busy = BTreeSet::<i64>::new();
    let mut failed = BTreeMap::<i64, Error>::new();
    loop {
        // What has waited longest first: the authorities in this order, and each one's incidents.
        let (mut by_authority, mut seen) = (Vec::<(i64, Vec<i64>)>::new(), HashSet::new());
        let mut place = HashMap::new();
        // Two questions, because each has an index of its own. Steps before boundaries: somebody waits for an answer.
        for (due, column) in
            [(row::step_due(now), row::Column::StepAt), (row::assessment_due(now), row::Column::AssessAt)]
        {
            let mut due = reader.find::<row::Entity>().filter(due);
            if let Some(authorities) = authorities {
                due = due.filter(row::of(authorities.iter().copied()));
            }
            if !(failed.is_empty() && busy.is_empty()) {
                due = due.filter(row::not_of(failed.keys().chain(&busy).copied()));
            }
            let due: Vec<row::Keys> = due.ascending(column).limit(BATCH).shaped(row::keys).await?;
            for incident in due.into_iter().filter(|incident| seen.insert(incident.id)) {
                let place = *place.entry(incident.authority_id).or_insert_with(|| {
                    by_authority.push((incident.authority_id, Vec::new()));
                    by_authority.len() - 1
                });
                by_authority[place].1.push(incident.id);
            }
        }
        if by_authority.is_empty() {
            // One authority's trouble keeps nobody else waiting; it is tried again at the next turn.
            return failed.into_values().next().map_or(Ok(busy.is_empty()), Err);
        }
        let wait = authorities.is_some();
        let each = by_authority.into_iter().map(|(authority, incidents)| async move {
            (authority, all_of(hub, authority, incidents, now, wait).await)
        });
        let done: Vec<_> = stream::iter(each).buffer_unordered(hub.db.side_by_side()).collect().await;
        for (authority, done) in done {
            match done {
                Ok(true) => {}
                Ok(false) => drop(busy.insert(authority)),
                Err(error) => {
                    tracing::error!(%error, authority, "the sweep failed in an authority; it is tried again");
                    failed.insert(authority, error);
                }
            }
        }
    }
}

/// What is due in one authority; `false` where somebody else is at work in it and is not waited for.
async fn all_of(hub: &Hub, authority: i64, incidents: Vec<i64>, now: Ts, wait: bool) -> Result<bool> {
    for (turn, incidents) in incidents.chunks(AT_ONCE).enumerate() {
        // Who was free for the first turn is waited for at the next: they are here for a moment.
        if !some_of(hub, authority, incidents, now, wait || turn > 0).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn some_of(hub: &Hub, authority: i64, incidents: &[i64], now: Ts, wait: bool) -> Result<bool> {
    let actor = Actor::system("sweep", now);
    let work =
        if wait { Some(hub.db.work(&actor, authority).await?) } else { hub.db.try_work(&actor, authority).await? };
    let Some(mut work) = work else { return Ok(false) };
    // Asked again under the lock: another node may have been here.
    let rows = work
        .find::<row::Entity>()
        .filter(row::due(now))
        .filter(row::with_ids(incidents.iter().copied()))
        .ascending(row::Column::Id)
        .all()
        .await?;
    let common = Arc::<Common>::default();
    common.meet(&work, rows.iter().filter_map(|row| row.owner_id)).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let before = cfg!(debug_assertions).then(|| row.clone());
        hub.policies.learn(&work, &row.policy).await?;
        let mut incident = Loaded::among(hub, row, common.clone());
        incident.catch_up(&mut work).await?;
        let row = incident.into_row(&work);
        debug_assert!(before.is_none_or(|before| row::same_but_for_swept(&before, &row)), "more changed than is swept");
        all.push(row);
    }
    work.save_all(&all, &row::SWEPT);
    work.keep().await?;
    Ok(true)
}
