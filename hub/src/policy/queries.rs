//! Reading the versions.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ExprTrait, FromQueryResult, QuerySelect};

use super::State;
use super::row::{self, Model};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Right, Role, Side, Viewer, person_row as person};
use crate::incident::row as incident;
use crate::time::Ts;

/// A version, as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub version: String,
    /// The file.
    pub text: String,
    /// The file's fingerprint.
    pub sha256: String,
    /// How it stands.
    pub state: State,
    /// Whether new incidents are handled by it.
    pub in_force: bool,
    /// What it is for.
    pub reason: Option<String>,
    /// Who wrote it; nobody: it came as the file of the settings.
    pub written_by: Option<String>,
    /// When.
    pub written_at: Ts,
    /// Who proposed it.
    pub proposed_by: Option<String>,
    /// When.
    pub proposed_at: Option<Ts>,
    /// Who adopted it; nobody: whoever runs the hub, by the file of the settings.
    pub adopted_by: Option<String>,
    /// When it came into force.
    pub adopted_at: Option<Ts>,
    /// How many open incidents are handled by it. Only for those who read all of them.
    pub open: Option<usize>,
    /// The keys of whoever wrote and proposed it.
    people: [Option<i64>; 2],
}

impl Version {
    /// Whether the viewer may adopt it as it stands: a second person.
    pub fn adoptable_by(&self, viewer: &Viewer) -> bool {
        self.state == State::Proposed
            && viewer.role().has(Right::EditPolicy)
            && !self.people.contains(&Some(viewer.id()))
    }
}

/// What the viewer may know of: officials only what came into force.
pub(super) fn readable(viewer: &Viewer) -> Condition {
    if viewer.side() == Side::Response && viewer.role() != Role::Admin { Condition::all() } else { row::adopted() }
}

/// The versions that the viewer may know of: drafts and proposals, then those that came into force, the newest first.
///
/// # Errors
/// If the database does not answer.
pub async fn versions(hub: &Hub, viewer: &Viewer) -> Result<Vec<Version>> {
    let reader = hub.db.read(viewer);
    hub.policies.refresh(&reader).await?;
    let mut rows = reader.instance::<row::Entity>().filter(readable(viewer)).descending(row::Column::Id).all().await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.adoption.unwrap_or(i64::MAX)));
    let people: BTreeSet<i64> =
        rows.iter().flat_map(|row| [row.written_by, row.proposed_by, row.adopted_by]).flatten().collect();
    let people = reader.instance::<person::Entity>().filter(person::with_ids(people)).all().await?;
    let names: BTreeMap<i64, String> = people.into_iter().map(|person| (person.id, person.name)).collect();
    let open = if viewer.reads_internal() { Some(open(hub, viewer).await?) } else { None };
    let in_force = hub.policy().version.clone();
    let show = |row: Model| {
        let name = |key: Option<i64>| names.get(&key?).cloned();
        Version {
            in_force: row.adoption.is_some() && row.version == in_force,
            open: open.as_ref().map(|open| open.get(&row.version).copied().unwrap_or_default()),
            people: [row.written_by, row.proposed_by],
            version: row.version,
            text: row.body,
            sha256: row.sha256,
            state: row.state,
            reason: row.reason,
            written_by: name(row.written_by),
            written_at: row.written_at,
            proposed_by: name(row.proposed_by),
            proposed_at: row.proposed_at,
            adopted_by: name(row.adopted_by),
            adopted_at: row.adopted_at,
        }
    };
    Ok(rows.into_iter().map(show).collect())
}

/// One of them.
///
/// # Errors
/// Not found where there is none that the viewer may know of.
pub async fn version(hub: &Hub, viewer: &Viewer, version: &str) -> Result<Version> {
    let all = versions(hub, viewer).await?;
    all.into_iter().find(|one| one.version == version).ok_or(Error::NotFound)
}

/// How many people may adopt what somebody else proposes.
///
/// # Errors
/// If the database does not answer.
pub async fn editors(hub: &Hub, viewer: &Viewer) -> Result<u64> {
    let roles = Right::EditPolicy.roles().iter().copied();
    let may = Condition::all().add(person::Column::Role.is_in(roles)).add(person::Column::DisabledAt.is_null());
    hub.db.read(viewer).instance::<person::Entity>().filter(may).count().await
}

#[derive(FromQueryResult)]
struct Used {
    policy: String,
    count: i64,
}

/// How many open incidents each version handles.
async fn open(hub: &Hub, viewer: &Viewer) -> Result<BTreeMap<String, usize>> {
    let count = Expr::col(incident::Column::Id).count();
    let used: Vec<Used> = hub
        .db
        .read(viewer)
        .find::<incident::Entity>()
        .filter(incident::open())
        .shaped(|select| {
            let select = select.select_only().column(incident::Column::Policy).column_as(count, "count");
            select.group_by(incident::Column::Policy)
        })
        .await?;
    Ok(used.into_iter().map(|one| (one.policy, usize::try_from(one.count).unwrap_or_default())).collect())
}
