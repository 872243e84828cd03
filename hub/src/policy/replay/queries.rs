//! Reading from the record what a replay tells again.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, Condition};

use super::calendars::{Change, Told};
use super::course::Story;
use crate::audit::{EventView, Kind, row as event};
use crate::authority::row as authority;
use crate::error::Result;
use crate::identity::Side;
use crate::incident::row as incident;
use crate::store::Reader;
use crate::time::Ts;

/// How many incidents are read at a time.
const BATCH: usize = 100;

/// Every incident that was there in some time, with all that happened in its room, by reference.
pub(super) async fn stories(reader: &Reader<'_>, from: Ts, to: Ts) -> Result<Vec<(String, Story)>> {
    let rows = reader.find::<incident::Entity>().filter(incident::alive(from, to)).ascending(incident::Column::Id);
    let rows = rows.all().await?;
    let authorities = reader.find::<authority::Entity>().all().await?;
    let authorities: BTreeMap<i64, authority::Model> = authorities.into_iter().map(|row| (row.id, row)).collect();
    let mut stories = Vec::with_capacity(rows.len());
    for batch in rows.chunks(BATCH) {
        let rooms = Condition::all().add(event::Column::IncidentId.is_in(batch.iter().map(|row| row.id)));
        let events = reader.find::<event::Entity>().filter(rooms).ascending(event::Column::Seq).all().await?;
        let mut by_room = BTreeMap::<i64, Vec<(i64, EventView)>>::new();
        for row in events {
            if let (Some(room), Some(view)) = (row.incident_id, EventView::of(&row, Side::Response)) {
                by_room.entry(room).or_default().push((row.chain_seq, view));
            }
        }
        for row in batch {
            let Some(authority) = authorities.get(&row.authority_id) else { continue };
            let events = by_room.remove(&row.id).unwrap_or_default();
            let story = Story { row: row.clone(), zone: authority.zone.clone(), events };
            stories.push((row.reference(&authority.code), story));
        }
    }
    Ok(stories)
}

/// Every change of an election that the record holds.
pub(super) async fn changes(reader: &Reader<'_>) -> Result<Vec<Change>> {
    let elections = Condition::all().add(event::Column::Kind.eq(Kind::Election.code()));
    let rows = reader.find::<event::Entity>().filter(elections).all().await?;
    let change = |row: event::Model| {
        let payload: serde_json::Value = serde_json::from_str(row.payload.as_deref()?).ok()?;
        let told: Told = serde_json::from_value(payload.get("data")?.clone()).ok()?;
        Some(Change { at: row.at, authority: row.authority_id, chain_seq: row.chain_seq, told })
    };
    Ok(rows.into_iter().filter_map(change).collect())
}
