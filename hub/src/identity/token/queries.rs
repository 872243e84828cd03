//! Questions about tokens.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::row::{Column, Entity, Model, whose};
use crate::error::Result;
use crate::identity::person_row as person;
use crate::store::{Desk, Reader};
use crate::time::Ts;

/// Whose token has this hash, while it and they are good.
pub(super) async fn holder(reader: &Reader<'_>, hash: &str, now: Ts) -> Result<Option<person::Model>> {
    let good =
        Condition::all().add(Column::Hash.eq(hash)).add(Column::RevokedAt.is_null()).add(Column::ExpiresAt.gt(now));
    let held = reader.instance::<Entity>().filter(good.add(person::enabled()));
    Ok(held.with::<person::Entity>(whose()).await?.pop().map(|(_, holder)| holder))
}

/// All tokens, the newest first.
pub(super) async fn all(reader: &Reader<'_>) -> Result<Vec<Model>> {
    reader.instance::<Entity>().descending(Column::Id).all().await
}

/// Whose token this is.
pub(super) async fn person_of(desk: &Desk, id: i64) -> Result<Option<i64>> {
    Ok(desk.find::<Entity>().filter(Column::Id.eq(id)).one().await?.map(|row| row.person_id))
}

/// Ends a token, where that was not done before.
pub(super) async fn revoke(desk: &Desk, id: i64, now: Ts) -> Result<()> {
    desk.update::<Entity>(|rows| {
        rows.col_expr(Column::RevokedAt, Expr::value(now)).filter(Column::Id.eq(id)).filter(Column::RevokedAt.is_null())
    })
    .await
    .map(drop)
}
