//! Questions about people.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::row::{Column, Entity, Model};
use crate::error::Result;
use crate::identity::Role;
use crate::store::{Desk, Reader, Rows};
use crate::time::Ts;

/// Everybody, by address.
pub(super) async fn all(reader: &Reader<'_>) -> Result<Vec<Model>> {
    reader.instance::<Entity>().ascending(Column::Email).all().await
}

/// Who works at an authority, by name.
pub(super) async fn of(reader: &Reader<'_>, authority: i64) -> Result<Vec<Model>> {
    let there = Condition::all().add(Column::AuthorityId.eq(authority)).add(Column::DisabledAt.is_null());
    reader.instance::<Entity>().filter(there).ascending(Column::Name).all().await
}

/// The person with this address.
pub(super) async fn by_email(rows: &impl Rows, email: &str) -> Result<Option<Model>> {
    rows.instance::<Entity>().filter(Column::Email.eq(email)).one().await
}

/// The person with this key.
pub(super) async fn by_id(reader: &Reader<'_>, id: i64) -> Result<Option<Model>> {
    reader.instance::<Entity>().filter(Column::Id.eq(id)).one().await
}

/// A person who may come in.
pub(in crate::identity) async fn enabled(rows: &impl Rows, id: i64) -> Result<Option<Model>> {
    rows.instance::<Entity>().filter(super::row::enabled().add(Column::Id.eq(id))).one().await
}

/// Whether anybody runs the instance.
pub(in crate::identity) async fn has_admin(rows: &impl Rows) -> Result<bool> {
    let admin = Condition::all().add(Column::Role.eq(Role::Admin)).add(Column::DisabledAt.is_null());
    Ok(rows.instance::<Entity>().filter(admin).one().await?.is_some())
}

/// Shuts a person out.
pub(super) async fn disable(desk: &Desk, id: i64, now: Ts) -> Result<()> {
    desk.update::<Entity>(|rows| rows.col_expr(Column::DisabledAt, Expr::value(now)).filter(Column::Id.eq(id)))
        .await
        .map(drop)
}
