//! Reading what changes found and what they moved.

use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use serde_json::Value;

use super::moves::Standing as Kept;
use super::row::moves;
use super::{Change, Stand};
use crate::audit::{Kind, Payload, row as event};
use crate::authority::{by_id, row as authority};
use crate::election::row::election;
use crate::election::{Election, ElectionView, Milestone, Standing, Window};
use crate::error::Result;
use crate::escalation::{Priority, Severity, Urgency};
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::incident::row as incident;
use crate::store::Work;
use crate::time::Ts;

/// So far back a change is looked for: the record of an authority's elections is short.
const LOOKED_AT: u64 = 1_000;

/// An incident that a change moves, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// Which.
    pub reference: String,
    /// What it is about.
    pub title: String,
    /// Its authority's name.
    pub authority_name: String,
    /// How bad.
    pub severity: Severity,
    /// Before.
    pub before: Priority,
    /// After.
    pub after: Priority,
    /// How near it is before.
    pub urgency_before: Urgency,
    /// How near after.
    pub urgency_after: Urgency,
    /// The earliest target that runs, before.
    pub due_before: Option<Ts>,
    /// After.
    pub due: Option<Ts>,
}

pub(super) fn known_from(row: &incident::Model, authority: &authority::Model, before: &Kept, after: &Kept) -> Foreseen {
    Foreseen {
        reference: row.reference(&authority.code),
        title: row.title.clone(),
        authority_name: authority.name.clone(),
        severity: after.severity,
        before: before.priority,
        after: after.priority,
        urgency_before: before.urgency,
        urgency_after: after.urgency,
        due_before: before.due.map(Ts::from_millis),
        due: after.due.map(Ts::from_millis),
    }
}

/// What the change that led to `version` moved among the incidents that the viewer may read, the most urgent first. It
/// was kept in each incident's own authority, so a reader is told of no other room.
///
/// # Errors
/// If the database does not answer.
pub async fn moved(hub: &Hub, viewer: &Viewer, election: &ElectionView, version: i64) -> Result<Vec<Foreseen>> {
    let reader = hub.db.read(viewer);
    let rows = reader.find::<moves::Entity>().filter(moves::of(&election.id, version)).all().await?;
    let ids = incident::with_ids(rows.iter().map(|row| row.incident_id));
    let incidents = reader.find::<incident::Entity>().filter(ids).all().await?;
    let authorities = by_id(&reader, rows.iter().map(|row| row.authority_id).collect()).await?;
    let mut all = Vec::new();
    for row in &rows {
        let known = incidents.iter().find(|incident| incident.id == row.incident_id);
        let Some((incident, authority)) = known.zip(authorities.get(&row.authority_id)) else { continue };
        let (before, after) = (row.before()?, row.after()?);
        if (before.priority, before.due) != (after.priority, after.due) {
            all.push(known_from(incident, authority, &before, &after));
        }
    }
    all.sort_by(|a, b| (a.after, &a.reference).cmp(&(b.after, &b.reference)));
    Ok(all)
}

/// What a change found, as its event tells.
#[derive(Deserialize)]
struct Found {
    name: String,
    zone: String,
    windows: Vec<Window>,
    milestones: Vec<Milestone>,
    #[serde(default = "held")]
    standing: Standing,
    #[serde(default)]
    runoff_of: Option<String>,
}

fn held() -> Standing {
    Standing::Held
}

/// What the change that led to a version found; none where there is none that can be taken back: it was added then, or
/// a change was taken back. Where that is not the `present` version, what moves no time stays as it is now.
fn found(rows: &[event::Model], election: &str, (version, present): (i64, i64), old: &Stand) -> Option<Stand> {
    rows.iter().find_map(|row| {
        let told: Payload = serde_json::from_str(row.payload.as_deref()?).ok()?;
        let is = |name: &str, value: &Value| told.data.get(name) == Some(value);
        if !is("election", &election.into()) || !is("version", &version.into()) || told.data.get("undoes").is_some() {
            return None;
        }
        let found: Found = serde_json::from_value(told.data.get("before")?.clone()).ok()?;
        let Found { mut name, zone, windows, milestones, standing, mut runoff_of } = found;
        if version != present {
            (name, runoff_of) = (old.election.name.clone(), old.runoff_of.clone());
        }
        let election = Election { name, zone, windows, milestones, ..old.election.clone() };
        Some(Stand { election, standing, runoff_of })
    })
}

fn of_elections(authority: i64) -> Condition {
    Condition::all()
        .add(event::Column::AuthorityId.eq(authority))
        .add(event::Column::IncidentId.is_null())
        .add(event::Column::Kind.eq(Kind::Election.code()))
}

/// What the change of an election that led to `version` found, inside a transaction.
pub(super) async fn found_by(work: &Work, row: &election::Model, old: &Stand, version: i64) -> Result<Option<Stand>> {
    let rows = work.find::<event::Entity>().filter(of_elections(row.authority_id));
    let rows = rows.descending(event::Column::ChainSeq).limit(LOOKED_AT).all().await?;
    Ok(found(&rows, &row.id, (version, row.version), old))
}

/// The same as a reader sees it; none for who does not read the authority's record.
pub(super) async fn whole(
    hub: &Hub,
    viewer: &Viewer,
    election: &ElectionView,
    old: &Stand,
    version: i64,
) -> Result<Option<Stand>> {
    let reader = hub.db.read(viewer);
    let slug = authority::with_slug(&election.authority);
    let Some(owner) = reader.find::<authority::Entity>().filter(slug).one().await? else { return Ok(None) };
    let rows = reader.find::<event::Entity>().filter(of_elections(owner.id));
    let rows = rows.descending(event::Column::ChainSeq).limit(LOOKED_AT).all().await?;
    Ok(found(&rows, &election.id, (version, election.version), old))
}

/// Whether the latest change of an election can be taken back, as far as the viewer may know.
///
/// # Errors
/// If the database does not answer.
pub async fn latest(hub: &Hub, viewer: &Viewer, election: &ElectionView) -> Result<Option<Change>> {
    let old = Stand { election: election.into(), standing: election.standing, runoff_of: election.runoff_of.clone() };
    let found = whole(hub, viewer, election, &old, election.version).await?;
    Ok(found.map(|_| Change::Undone { version: election.version }))
}
