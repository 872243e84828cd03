//! Questions about one-time links.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use super::row::{Column, Entity, Model};
use crate::error::Result;
use crate::store::{Desk, Rows};
use crate::time::Ts;

/// The link with this hash, while it is good.
pub(super) async fn good(rows: &impl Rows, hash: &str, now: Ts) -> Result<Option<Model>> {
    let good = Condition::all().add(Column::Hash.eq(hash)).add(Column::UsedAt.is_null()).add(Column::ExpiresAt.gt(now));
    rows.instance::<Entity>().filter(good).one().await
}

/// Uses a link up, and says whether this did it: of two who press at once, one has.
pub(super) async fn use_up(desk: &Desk, id: i64, now: Ts) -> Result<bool> {
    let used = desk.update::<Entity>(|rows| {
        rows.col_expr(Column::UsedAt, Expr::value(now)).filter(Column::Id.eq(id)).filter(Column::UsedAt.is_null())
    });
    Ok(used.await? > 0)
}

/// Uses up all links of a purpose.
pub(super) async fn use_up_all(desk: &Desk, purpose: &str, now: Ts) -> Result<()> {
    desk.update::<Entity>(|rows| {
        rows.col_expr(Column::UsedAt, Expr::value(now))
            .filter(Column::Purpose.eq(purpose))
            .filter(Column::UsedAt.is_null())
    })
    .await
    .map(drop)
}
