//! Reading the record as a whole.

use sea_orm::{ColumnTrait, Condition};

use super::row;
use super::verify::Head;
use crate::authority::row as authority;
use crate::error::Result;
use crate::store::Reader;

/// The heads of all authorities, by code.
pub(super) async fn heads(reader: &Reader<'_>) -> Result<Vec<(i64, Head)>> {
    let rows = reader.find::<authority::Entity>().ascending(authority::Column::Code).all().await?;
    let head = |row: authority::Model| {
        let head =
            Head { authority: row.code, chain_seq: row.chain_seq, hash: row.chain_hash, shared_hash: row.shared_hash };
        (row.id, head)
    };
    Ok(rows.into_iter().map(head).collect())
}

/// Where an authority's record ends now.
pub(super) async fn head(reader: &Reader<'_>, id: i64) -> Result<Option<Head>> {
    let heads = heads(reader).await?;
    Ok(heads.into_iter().find_map(|(authority, head)| (authority == id).then_some(head)))
}

/// The events of an authority behind a place, in order.
pub(super) async fn behind(reader: &Reader<'_>, authority: i64, place: i64, most: u64) -> Result<Vec<row::Model>> {
    let wanted = Condition::all().add(row::Column::AuthorityId.eq(authority)).add(row::Column::ChainSeq.gt(place));
    reader.find::<row::Entity>().filter(wanted).ascending(row::Column::ChainSeq).limit(most).all().await
}
