//! Moving running incidents to the version in force: what would become of them, and the act itself. Priorities rise; what
//! would fall is only proposed; a promise is made shorter, never longer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use crate::authority;
use crate::error::{Refusal, Result};
use crate::escalation::{Policy, Priority};
use crate::hub::Hub;
use crate::identity::{Actor, Right, Viewer};
use crate::incident::row::{self as incident, Model, NEVER};
use crate::incident::{Common, Loaded, Occasion, reassess};
use crate::time::Ts;

/// What would become of an open incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Which.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Whose.
    pub authority_name: String,
    /// The zone of its authority.
    pub zone: String,
    /// The version that it has.
    pub version: String,
    /// In force.
    pub before: Priority,
    /// In force then.
    pub after: Priority,
    /// What would be proposed, for a person to confirm.
    pub proposed: Option<Priority>,
    /// The promise that is due first.
    pub due_before: Option<Ts>,
    /// The same then.
    pub due: Option<Ts>,
}

impl Moving {
    /// Whether anything of it becomes another one.
    pub fn differs(&self) -> bool {
        (self.before, self.due_before) != (self.after, self.due) || self.proposed.is_some()
    }
}

/// What would become of the open incidents that the viewer may read and that have another version, if they had this
/// policy at `now`.
///
/// # Errors
/// If the database does not answer.
pub async fn preview(hub: &Hub, viewer: &Viewer, policy: &Policy, now: Ts) -> Result<Vec<Moving>> {
    let reader = hub.db.read(viewer);
    let rows = reader.find::<incident::Entity>().filter(incident::open()).ascending(incident::Column::Id).all().await?;
    let rows: Vec<Model> = rows.into_iter().filter(|row| row.policy != policy.version).collect();
    let authorities: BTreeSet<i64> = rows.iter().map(|row| row.authority_id).collect();
    let authorities = authority::by_id(&reader, authorities.into_iter().collect()).await?;
    let edition = hub.edition().await?;
    let mut laid_out = BTreeMap::new();
    let mut all = Vec::with_capacity(rows.len());
    for mut row in rows {
        let Some(authority) = authorities.get(&row.authority_id) else { continue };
        let names = row.election_id.clone();
        let calendar = laid_out
            .entry((row.authority_id, names.clone()))
            .or_insert_with(|| edition.lay_out(row.authority_id, names.as_deref(), policy));
        let due = |row: &Model| (row.due_at != NEVER).then_some(row.due_at);
        let (version, before, due_before, proposed) = (row.policy.clone(), row.priority, due(&row), row.lowering_to);
        reassess(&mut row, policy, calendar, &authority.zone, now, Occasion::Policy);
        shorten(&mut row, policy, now);
        all.push(Moving {
            reference: row.reference(&authority.code),
            authority_name: authority.name.clone(),
            zone: authority.zone.clone(),
            version,
            before,
            after: row.priority,
            proposed: row.lowering_to.filter(|to| Some(*to) != proposed),
            due_before,
            due: due(&row),
            title: row.title,
        });
    }
    Ok(all)
}

/// Promises of the new policy, where they are shorter.
pub(super) fn shorten(row: &mut Model, policy: &Policy, now: Ts) {
    let mut clocks = row.clocks();
    clocks.raise(now, &row.targets(policy, now));
    row.set_clocks(&clocks);
}

/// Moves all open incidents to the version in force, which must be the one that whoever does it has looked at, and says
/// how many these were. Each authority's are moved together; where it breaks off, doing it again moves the rest.
///
/// # Errors
/// A refusal, or another version in force by now.
pub async fn move_all(hub: &Hub, actor: &Actor, version: &str) -> Result<usize> {
    actor.viewer.may(Right::EditPolicy)?;
    let reader = hub.db.read(&actor.viewer);
    hub.policies.refresh(&reader).await?;
    let policy = hub.policy();
    if policy.version != version {
        let sentence = format!("Policy {} is in force by now. Look at what would move under that one.", policy.version);
        return Err(Refusal::Unlawful(sentence).into());
    }
    let keys = reader.find::<incident::Entity>().filter(incident::open_under_another(version));
    let keys: Vec<incident::Keys> = keys.shaped(incident::keys).await?;
    let authorities: BTreeSet<i64> = keys.into_iter().map(|keys| keys.authority_id).collect();
    let mut count = 0;
    for authority in authorities {
        count += in_authority(hub, actor, authority, &policy).await?;
    }
    hub.wake.notify_one();
    Ok(count)
}

async fn in_authority(hub: &Hub, actor: &Actor, authority: i64, policy: &Arc<Policy>) -> Result<usize> {
    let mut work = hub.db.work(actor, authority).await?;
    let rows = work.find::<incident::Entity>().filter(incident::open_under_another(&policy.version));
    let rows = rows.ascending(incident::Column::Id).all().await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (count, common) = (rows.len(), Arc::<Common>::default());
    for row in rows {
        hub.policies.learn(&work, &row.policy).await?;
        let mut incident = Loaded::among(hub, row, common.clone());
        incident.take_up(&mut work, policy.clone()).await?;
        incident.write(&work)?;
    }
    work.keep().await?;
    Ok(count)
}

impl Loaded<'_> {
    /// Pins it to another policy. What of it is another one then is recorded.
    async fn take_up(&mut self, work: &mut crate::store::Work, policy: Arc<Policy>) -> Result<()> {
        let now = work.now();
        let fields = json!({"fields": {"policy": [self.row.policy, policy.version]}});
        self.row.policy.clone_from(&policy.version);
        self.policy = policy;
        self.record(work, crate::store::Draft::shared(crate::audit::Kind::Changed, fields))?;
        self.reassess(work, Occasion::Policy).await?;
        shorten(&mut self.row, &self.policy, now);
        self.chain.follow(now, &self.row.situation(&self.policy));
        self.row.touch(now);
        Ok(())
    }
}
