//! Questions about sessions.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::row::{Column, Entity, Model, whose};
use crate::error::Result;
use crate::identity::person_row as person;
use crate::store::{Desk, Lookout, Reader};
use crate::time::Ts;

/// Which sessions.
#[derive(Debug, Clone)]
pub(super) enum Which {
    /// These.
    These(Vec<i64>),
    /// All of a person.
    Of(i64),
}

/// The session with this hash, ended or not, and whose it is, where they may come in.
pub(super) async fn by_hash(reader: &Reader<'_>, hash: &str) -> Result<Option<(Model, person::Model)>> {
    let found = reader.instance::<Entity>().filter(person::enabled().add(Column::Hash.eq(hash)));
    Ok(found.with::<person::Entity>(whose()).await?.pop())
}

/// How many sessions are open.
pub(super) async fn count_open(lookout: &Lookout, now: Ts) -> Result<u64> {
    let open = Condition::all().add(Column::EndedAt.is_null()).add(Column::ExpiresAt.gt(now));
    lookout.instance::<Entity>().filter(open).count().await
}

/// The keys of a person's open sessions, the newest first.
pub(super) async fn open_of(desk: &Desk, person: i64, now: Ts) -> Result<Vec<i64>> {
    let mine =
        Condition::all().add(Column::PersonId.eq(person)).add(Column::EndedAt.is_null()).add(Column::ExpiresAt.gt(now));
    let rows = desk.find::<Entity>().filter(mine).descending(Column::Id).all().await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Whose session this is.
pub(super) async fn person_of(desk: &Desk, id: i64) -> Result<Option<i64>> {
    Ok(desk.find::<Entity>().filter(Column::Id.eq(id)).one().await?.map(|row| row.person_id))
}

/// Keeps the instant of a session's last use.
pub(super) async fn seen(desk: &Desk, id: i64, now: Ts) -> Result<()> {
    desk.update::<Entity>(|rows| rows.col_expr(Column::SeenAt, Expr::value(now)).filter(Column::Id.eq(id)))
        .await
        .map(drop)
}

/// Ends sessions that have not ended yet.
pub(super) async fn end(desk: &Desk, which: Which, now: Ts) -> Result<()> {
    let which = match which {
        Which::These(ids) => Column::Id.is_in(ids),
        Which::Of(person) => Column::PersonId.eq(person),
    };
    desk.update::<Entity>(|rows| {
        rows.col_expr(Column::EndedAt, Expr::value(now)).filter(which).filter(Column::EndedAt.is_null())
    })
    .await
    .map(drop)
}
