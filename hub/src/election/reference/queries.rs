//! Reading reference elections: everybody signed in may.

use super::row::{Column, Entity, Model, with_id};
use crate::error::Result;
use crate::store::Reader;

/// All of them, by id.
pub(crate) async fn all(reader: &Reader<'_>) -> Result<Vec<Model>> {
    reader.instance::<Entity>().ascending(Column::Id).all().await
}

/// One of them.
pub(crate) async fn one(reader: &Reader<'_>, id: &str) -> Result<Option<Model>> {
    reader.instance::<Entity>().filter(with_id(id)).one().await
}
