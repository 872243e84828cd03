//! Reading all elections at once.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, FromQueryResult, QuerySelect};

use super::Elections;
use crate::authority::row as authority;
use crate::election::row::{election, milestone, window};
use crate::election::{Election, Milestone, Window};
use crate::error::{Error, Result};
use crate::store::{Reader, Scoped, Tenanted, Tx, Work};
use crate::time::Ts;

/// Changes whenever an election or the tree of authorities does: every change counts a version up, and nothing that
/// was counted is taken away without its election.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromQueryResult)]
pub(super) struct Stamp {
    count: i64,
    versions: Option<i64>,
    latest: Option<Ts>,
    authorities: i64,
}

/// Where rows are read from: by a reader, or inside a transaction.
pub(super) trait Source: Sync {
    type Connection: ConnectionTrait;

    fn rows<E: Tenanted>(&self) -> Scoped<'_, E, Self::Connection>;
}

impl Source for Reader<'_> {
    type Connection = DatabaseConnection;

    fn rows<E: Tenanted>(&self) -> Scoped<'_, E, Self::Connection> {
        self.find()
    }
}

impl Source for Work {
    type Connection = Tx;

    fn rows<E: Tenanted>(&self) -> Scoped<'_, E, Self::Connection> {
        self.all_authorities()
    }
}

/// The present stamp.
pub(super) async fn stamp(source: &impl Source) -> Result<Stamp> {
    let shaped = source.rows::<election::Entity>().shaped::<Stamp>(|select| {
        select
            .select_only()
            .column_as(election::Column::Id.count(), "count")
            .expr_as(Expr::cust("CAST(SUM(version) AS BIGINT)"), "versions")
            .column_as(election::Column::UpdatedAt.max(), "latest")
            // The tree of authorities only grows.
            .expr_as(Expr::cust("(SELECT COUNT(*) FROM authorities)"), "authorities")
    });
    shaped.await?.into_iter().next().ok_or_else(|| Error::broken("counting gave no row"))
}

/// The tree of authorities, each with the one above it, and all elections by the authority that holds them.
pub(super) async fn load(source: &impl Source) -> Result<(HashMap<i64, Option<i64>>, Elections)> {
    let authorities = source.rows::<authority::Entity>().all().await?;
    let rows = source.rows::<election::Entity>().ascending(election::Column::Id).all().await?;
    let windows = source.rows::<window::Entity>().ascending(window::Column::Position).all().await?;
    let milestones = source.rows::<milestone::Entity>().ascending(milestone::Column::Position).all().await?;
    let mut windows = grouped(windows, |row| row.election_id.clone());
    let mut milestones = grouped(milestones, |row| row.election_id.clone());
    let names: HashMap<i64, &authority::Model> = authorities.iter().map(|row| (row.id, row)).collect();
    let mut elections = Elections::new();
    for row in rows {
        let Some(authority) = names.get(&row.authority_id) else { continue };
        let windows = windows.remove(&row.id).unwrap_or_default();
        let milestones = milestones.remove(&row.id).unwrap_or_default();
        let owner = row.authority_id;
        let election = assemble(row, authority, windows, milestones)?;
        elections.entry(owner).or_default().push(Arc::new(election));
    }
    let parents = authorities.iter().map(|row| (row.id, row.parent_id)).collect();
    Ok((parents, elections))
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> String) -> HashMap<String, Vec<T>> {
    let mut groups = HashMap::<String, Vec<T>>::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

/// An election from its rows.
fn assemble(
    row: election::Model,
    authority: &authority::Model,
    windows: Vec<window::Model>,
    milestones: Vec<milestone::Model>,
) -> Result<Election> {
    let windows = windows.into_iter().map(|window| {
        Ok(Window {
            id: window.id,
            kind: window.kind.parse().map_err(Error::broken)?,
            opens: window.opens.parse().map_err(Error::broken)?,
            closes: window.closes.parse().map_err(Error::broken)?,
            zone: window.zone,
        })
    });
    let milestones = milestones.into_iter().map(|milestone| {
        Ok(Milestone {
            id: milestone.id,
            kind: milestone.kind.parse().map_err(Error::broken)?,
            at: milestone.at.parse().map_err(Error::broken)?,
            zone: milestone.zone,
        })
    });
    Ok(Election {
        id: row.id,
        name: row.name,
        authority: authority.slug.clone(),
        authority_name: authority.name.clone(),
        zone: row.zone,
        windows: windows.collect::<Result<_>>()?,
        milestones: milestones.collect::<Result<_>>()?,
    })
}
