//! From the outbox to deliveries: one for each channel of whoever is to be told, by their own rules, for the priority
//! that the incident has now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::channel::{self, Kept};
use super::delivery::{State, row as delivery};
use super::rules::chosen;
use super::{backoff, row};
use crate::audit::row as event;
use crate::error::Result;
use crate::escalation::Priority;
use crate::hub::Hub;
use crate::id;
use crate::identity::{Actor, Viewer, viewers};
use crate::incident::row as incident;
use crate::store::Work;
use crate::time::Ts;

const BATCH: u64 = 200;

/// Makes deliveries of what waits in the outbox. One authority's trouble keeps nobody else waiting.
pub(super) async fn expand(hub: &Hub, now: Ts) -> Result<()> {
    let system = Viewer::system("outbox");
    let mut failed = BTreeMap::new();
    let mut busy = BTreeSet::new();
    loop {
        let mut waiting = hub.db.read(&system).find::<row::Entity>().filter(row::unexpanded());
        if !(failed.is_empty() && busy.is_empty()) {
            waiting = waiting.filter(row::not_of(failed.keys().chain(&busy).copied()));
        }
        let waiting = waiting.ascending(row::Column::Id).limit(BATCH).all().await?;
        if waiting.is_empty() {
            return failed.into_values().next().map_or(Ok(()), Err);
        }
        let people: Vec<i64> = waiting.iter().map(|row| row.person_id).collect();
        let here = viewers(&hub.db, people).await?;
        let kept = channel::kept(hub, here.keys().copied().collect(), now).await?;
        let mut by_authority = BTreeMap::<i64, Vec<i64>>::new();
        for row in waiting {
            by_authority.entry(row.authority_id).or_default().push(row.id);
        }
        for (authority, ids) in by_authority {
            match one(hub, authority, ids, &kept, now).await {
                Ok(true) => {}
                // Somebody else is at work there; the next look comes within a second.
                Ok(false) => drop(busy.insert(authority)),
                Err(error) => {
                    tracing::error!(%error, authority, "the outbox of an authority cannot be read; it is tried again");
                    failed.insert(authority, error);
                }
            }
        }
    }
}

async fn one(hub: &Hub, authority: i64, ids: Vec<i64>, kept: &HashMap<i64, Kept>, now: Ts) -> Result<bool> {
    let Some(work) = hub.db.try_work(&Actor::system("outbox", now), authority).await? else { return Ok(false) };
    // Asked again under the lock: another node may have been here.
    let asked = row::with_ids(ids).add(row::unexpanded());
    let rows = work.find::<row::Entity>().filter(asked).ascending(row::Column::Id).all().await?;
    let about = about(&work, &rows).await?;
    let story = hub.clock.now();
    for row in &rows {
        let Some((incident_id, reference, priority)) = about.get(&row.chain_seq) else { continue };
        let Some(kept) = kept.get(&row.person_id) else { continue };
        // What waited for longer than a delivery may is late beyond use: it stands there as given up.
        let late = row.created_at.plus(backoff::DAY) < story;
        for id in chosen(&kept.known(hub), &kept.rules, *priority) {
            let Some(to) = kept.channels.iter().find(|channel| channel.id == id) else { continue };
            work.put(delivery::Model {
                id: 0,
                authority_id: authority,
                outbox_id: row.id,
                chain_seq: row.chain_seq,
                incident_id: *incident_id,
                person_id: row.person_id,
                channel_id: to.id,
                kind: to.kind,
                what: row.channel.clone(),
                uid: id::fresh().to_string(),
                reference: reference.clone(),
                priority: *priority,
                state: if late { State::GivenUp } else { State::Waiting },
                attempts: 0,
                created_at: now,
                next_at: now,
                leased_by: None,
                leased_until: None,
                attempted_at: None,
                accepted_at: None,
                delivered_at: None,
                opened_at: None,
                ended_at: late.then_some(now),
                reason: late.then(|| "a day had passed before it could be sent".to_owned()),
            });
        }
    }
    work.update(row::expanded(row::with_ids(rows.iter().map(|row| row.id)), now)).await?;
    work.keep().await?;
    Ok(true)
}

/// What an event is about: the incident where it is of one; its reference, or where in the hub it stands; how weighty.
type About = (Option<i64>, String, Priority);

/// What the events are about that these rows are of. A change of an election weighs as something of priority 2.
async fn about(work: &Work, rows: &[row::Model]) -> Result<HashMap<i64, About>> {
    let which = event::with_seqs(rows.iter().map(|row| row.chain_seq));
    let events = work.find::<event::Entity>().filter(which).all().await?;
    let incidents = incident::with_ids(events.iter().filter_map(|event| event.incident_id));
    let incidents = work.find::<incident::Entity>().filter(incidents).all().await?;
    let code = &work.authority().code;
    let named: HashMap<i64, &incident::Model> = incidents.iter().map(|incident| (incident.id, incident)).collect();
    let about = events.iter().filter_map(|event| {
        let Some(incident) = event.incident_id else {
            let payload: serde_json::Value = serde_json::from_str(event.payload.as_deref()?).ok()?;
            let election = payload.pointer("/data/election")?.as_str()?;
            return Some((event.chain_seq, (None, format!("/elections/{election}"), Priority::P2)));
        };
        let incident = named.get(&incident)?;
        Some((event.chain_seq, (Some(incident.id), incident.reference(code), incident.priority)))
    });
    Ok(about.collect())
}

/// Forgets what waits in the outbox: a demonstration's past pages nobody.
pub(crate) async fn forget(hub: &Hub, now: Ts) -> Result<()> {
    let system = Viewer::system("outbox");
    loop {
        let waiting = hub.db.read(&system).find::<row::Entity>().filter(row::unexpanded()).limit(1).all().await?;
        let Some(first) = waiting.first() else { return Ok(()) };
        let work = hub.db.work(&Actor::system("outbox", now), first.authority_id).await?;
        work.update(row::expanded(row::unexpanded(), now)).await?;
        work.keep().await?;
    }
}
