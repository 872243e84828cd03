//! The row of a reference election.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{Condition, UpdateMany};

use crate::store::Instance;
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reference_elections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub authority: String,
    pub certainty: String,
    pub source: String,
    pub zone: String,
    /// JSON list.
    pub windows: String,
    /// JSON list.
    pub milestones: String,
    /// JSON list.
    pub notes: String,
    pub version: i64,
    pub imported_at: Ts,
    pub changed_at: Ts,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// The one with this id.
pub(crate) fn with_id(id: &str) -> Condition {
    Condition::all().add(Column::Id.eq(id))
}

/// Makes one what a newer file says of it.
pub(crate) fn becomes(new: Model, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::Name, Expr::value(new.name))
            .col_expr(Column::Authority, Expr::value(new.authority))
            .col_expr(Column::Certainty, Expr::value(new.certainty))
            .col_expr(Column::Source, Expr::value(new.source))
            .col_expr(Column::Zone, Expr::value(new.zone))
            .col_expr(Column::Windows, Expr::value(new.windows))
            .col_expr(Column::Milestones, Expr::value(new.milestones))
            .col_expr(Column::Notes, Expr::value(new.notes))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1i64))
            .col_expr(Column::ChangedAt, Expr::value(now))
            .filter(with_id(&new.id))
    }
}
