//! Taking the figures.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, Condition, FromQueryResult, QuerySelect};
use serde::Serialize;

use super::{Decision, Figures};
use crate::duty;
use crate::error::Result;
use crate::escalation::{Priority, Urgency};
use crate::hub::Hub;
use crate::identity::{Right, Viewer};
use crate::incident::{Status, row};
use crate::store::Reader;
use crate::time::Ts;

/// How many decisions are shown: a list of everything decides nothing.
const DECISIONS: u64 = 20;

/// A cell of the table of heat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, FromQueryResult)]
pub struct Heat {
    /// In force.
    pub priority: Priority,
    /// By the calendar.
    pub urgency: Urgency,
    /// How many.
    pub count: i64,
}

/// The figures of what the viewer may read.
///
/// # Errors
/// A refusal for those who do not watch the queue.
pub async fn figures(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Figures> {
    viewer.may(Right::SeeQueue)?;
    let reader = hub.db.read(viewer);
    let heat = reader
        .find::<row::Entity>()
        .filter(row::Column::Open.eq(true))
        .shaped::<Heat>(|select| {
            select
                .select_only()
                .column(row::Column::Priority)
                .column(row::Column::Urgency)
                .column_as(row::Column::Id.count(), "count")
                .group_by(row::Column::Priority)
                .group_by(row::Column::Urgency)
        })
        .await?;
    let mut open: BTreeMap<Priority, i64> = Priority::ALL.iter().map(|priority| (*priority, 0)).collect();
    for cell in &heat {
        *open.entry(cell.priority).or_default() += cell.count;
    }
    let count = async |condition: Condition| -> Result<i64> {
        let rows = reader.find::<row::Entity>().filter(condition.add(row::Column::Open.eq(true))).count().await?;
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    };
    Ok(Figures {
        as_of: now,
        open,
        unacknowledged: count(Condition::all().add(row::Column::Acknowledged.eq(false))).await?,
        past_due: count(Condition::all().add(row::Column::DueAt.lt(now))).await?,
        waiting: count(Condition::all().add(row::Column::Status.eq(Status::Waiting))).await?,
        decisions: decisions(&reader, now).await?,
        on_duty: duty::on_duty(hub, now).await?,
        heat,
    })
}

/// What a person must decide: who takes what nobody answered in time, whether a priority falls, who keeps a promise
/// that is overdue.
async fn decisions(reader: &Reader<'_>, now: Ts) -> Result<Vec<Decision>> {
    let needs = Condition::all()
        .add(row::Column::Open.eq(true))
        .add(Condition::any().add(row::Column::DueAt.lt(now)).add(row::Column::LoweringTo.is_not_null()));
    let rows = reader
        .find::<row::Entity>()
        .filter(needs)
        .ascending(row::Column::Priority)
        .ascending(row::Column::Acknowledged)
        .ascending(row::Column::Mildness)
        .ascending(row::Column::DueAt)
        .ascending(row::Column::Id)
        .limit(DECISIONS)
        .all()
        .await?;
    let authorities = crate::authority::by_id(reader, rows.iter().map(|row| row.authority_id).collect()).await?;
    let decide = |row: row::Model| {
        let authority = authorities.get(&row.authority_id)?;
        let what = match row.lowering_to {
            Some(to) if row.due_at >= now => {
                format!("{} proposed instead of {}: confirm it, or leave it.", to, row.priority)
            }
            _ if !row.acknowledged => "Nobody has answered in time: give it to somebody.".to_owned(),
            _ if row.owner_id.is_none() => "A promise is overdue and nobody has it: give it to somebody.".to_owned(),
            _ => "An update is overdue: ask its owner, or give it to somebody else.".to_owned(),
        };
        Some(Decision {
            reference: row.reference(&authority.code),
            what,
            due: (row.due_at != Ts::LAST).then_some(row.due_at),
            priority: row.priority,
            authority_name: authority.name.clone(),
            title: row.title.clone(),
        })
    };
    Ok(rows.into_iter().filter_map(decide).collect())
}
