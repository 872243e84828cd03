//! What a change of an election does to an incident, in the incident's own authority: before and after are kept, so
//! that a change can be taken back to the same due times, and to nobody's cost who has worked on the incident since.

use serde::{Deserialize, Serialize};

use super::row::moves;
use crate::election::Edition;
use crate::error::{Error, Result};
use crate::escalation::{Policy, Priority, Severity, Urgency};
use crate::incident::row::Model;
use crate::incident::{Loaded, Occasion, explain, reassess};
use crate::store::{Draft, Work};
use crate::time::Ts;

/// How an incident stands, of what a change of a calendar moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub priority: Priority,
    /// As the row has them.
    pub clocks: String,
    pub overridden: Option<String>,
    pub lowering_to: Option<Priority>,
    pub raised_at: Option<i64>,
    /// The earliest target that runs; none where none does.
    pub due: Option<i64>,
    pub severity: Severity,
    pub urgency: Urgency,
}

impl Standing {
    pub(crate) fn of(row: &Model) -> Self {
        Self {
            priority: row.priority,
            clocks: row.clocks.clone(),
            overridden: row.overridden.clone(),
            lowering_to: row.lowering_to,
            raised_at: row.raised_at.map(Ts::millis),
            due: (row.due_at != crate::incident::row::NEVER).then_some(row.due_at.millis()),
            severity: row.severity(),
            urgency: row.urgency,
        }
    }

    /// Whether priority or due time are others.
    pub(crate) fn moved(&self, after: &Self) -> bool {
        (self.priority, self.due, &self.clocks) != (after.priority, after.due, &after.clocks)
    }

    /// Whether the row is still as this left it: nobody answered, raised, lowered or spoke, and no boundary passed.
    pub(crate) fn is_untouched(&self, row: &Model) -> bool {
        (self.priority, &self.clocks, &self.overridden) == (row.priority, &row.clocks, &row.overridden)
    }

    /// Puts the row back.
    pub(crate) fn restore(&self, row: &mut Model) {
        row.priority = self.priority;
        row.overridden.clone_from(&self.overridden);
        row.lowering_to = self.lowering_to;
        row.raised_at = self.raised_at.map(Ts::from_millis);
        row.clocks.clone_from(&self.clocks);
        let clocks = row.clocks();
        row.set_clocks(&clocks);
    }
}

impl moves::Model {
    /// How the incident stood before the change.
    pub(crate) fn before(&self) -> Result<Standing> {
        serde_json::from_str(&self.before).map_err(Error::broken)
    }

    /// How the change left it.
    pub(crate) fn after(&self) -> Result<Standing> {
        serde_json::from_str(&self.after).map_err(Error::broken)
    }
}

/// Puts a row back to where a change found it, if nobody touched it since; what it is then the assessment says.
pub(crate) fn take_back(kept: &moves::Model, row: &mut Model) -> Result<bool> {
    let untouched = kept.after()?.is_untouched(row);
    if untouched {
        kept.before()?.restore(row);
    }
    Ok(untouched)
}

/// Assesses an incident that is due, as [`Loaded::reassess`] does. Where it is due by a change of an election, what
/// that moved is kept; where the change takes another one back, the incident goes back first.
pub(crate) async fn follow(work: &mut Work, incident: &mut Loaded<'_>, edition: &Edition) -> Result<bool> {
    let at = incident.row.assess_at;
    let Some((election, version, undoes)) = edition.marked_at(at) else {
        // What an import marked is due before all that there was: it is assessed as of now.
        let at = if at.millis() <= 0 { work.now() } else { at };
        return incident.reassess_at(work, Occasion::Boundary, at).await;
    };
    let before = Standing::of(&incident.row);
    let mut changed = false;
    if let Some(undoes) = undoes {
        let this = moves::of_incident(election, undoes, incident.row.id);
        if let Some(kept) = work.find::<moves::Entity>().filter(this).one().await? {
            changed = take_back(&kept, &mut incident.row)?;
        }
    }
    if changed && incident.row.priority != before.priority {
        let draft = taken_back(work, incident, edition, before.priority);
        incident.record(work, draft)?;
        incident.begin_steps(work.now(), true);
    }
    changed |= incident.reassess(work, Occasion::Boundary).await?;
    let after = Standing::of(&incident.row);
    if before.moved(&after) {
        let json = |standing: &Standing| serde_json::to_string(standing).map_err(Error::broken);
        work.put(moves::Model {
            authority_id: 0,
            election_id: election.to_owned(),
            version,
            incident_id: incident.row.id,
            at: work.now(),
            before: json(&before)?,
            after: json(&after)?,
        });
    }
    Ok(changed)
}

/// The event of a priority that a person took back: they have confirmed that it falls.
fn taken_back(work: &Work, incident: &Loaded<'_>, edition: &Edition, from: Priority) -> Draft {
    let (policy, zone): (&Policy, _) = (&incident.policy, &work.authority().zone);
    let row = &incident.row;
    let laid_out = edition.calendar(row.authority_id, row.election_id.as_deref(), policy);
    // Why, by the calendar as it is again.
    let mut again = row.clone();
    drop(reassess(&mut again, policy, &laid_out, zone, work.now(), Occasion::Boundary));
    let computed = again.computed_priority;
    again.priority = row.priority;
    let why = explain(&again, policy, &laid_out, zone, work.now());
    let due = (row.due_at != crate::incident::row::NEVER).then_some(row.due_at);
    let data = serde_json::json!({
        "from": from, "to": row.priority, "computed": computed, "cause": "confirmed", "why": why, "due": due,
    });
    Draft::shared(crate::audit::Kind::Priority, data)
}
