//! What the live channel asks the database.

use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, FromQueryResult, QuerySelect};

use crate::authority::row as authority;
use crate::error::Result;
use crate::incident::row;
use crate::store::Reader;

/// How many rooms are asked for in one query.
const AT_ONCE: usize = 500;

/// How far a room's log has come.
#[derive(Debug, Clone, Copy, FromQueryResult)]
pub(super) struct Head {
    pub id: i64,
    pub seq: i64,
    pub shared_seq: i64,
}

/// How far the logs of these rooms have come.
pub(super) async fn heads(reader: &Reader<'_>, rooms: &[i64]) -> Result<Vec<Head>> {
    let mut heads = Vec::with_capacity(rooms.len());
    for some in rooms.chunks(AT_ONCE) {
        let these = Condition::all().add(row::Column::Id.is_in(some.iter().copied()));
        let found = reader.find::<row::Entity>().filter(these).shaped::<Head>(|select| {
            select.select_only().column(row::Column::Id).column(row::Column::Seq).column(row::Column::SharedSeq)
        });
        heads.extend(found.await?);
    }
    Ok(heads)
}

#[derive(Debug, FromQueryResult)]
struct Progress {
    events: Option<i64>,
}

/// How many events there are in all: another number after each commit that recorded any.
pub(super) async fn progress(reader: &Reader<'_>) -> Result<i64> {
    let sum = || Expr::col(authority::Column::ChainSeq).sum().cast_as(Alias::new("bigint"));
    let found = reader.find::<authority::Entity>();
    let found = found.shaped::<Progress>(|select| select.select_only().expr_as(sum(), "events")).await?;
    Ok(found.first().and_then(|progress| progress.events).unwrap_or_default())
}
