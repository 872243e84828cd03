//! The row of a policy that the hub has known.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, FromQueryResult, QuerySelect, UpdateMany};

use super::State;
use crate::store::{Instance, stored_as_text};
use crate::time::Ts;

stored_as_text!(State);

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "policies")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub version: String,
    /// The file.
    pub body: String,
    /// Of the file, in hexadecimal.
    pub sha256: String,
    pub state: State,
    /// What it is for, as its writer says it.
    pub reason: Option<String>,
    /// Nobody: it came as the file of the settings.
    pub written_by: Option<i64>,
    pub written_at: Ts,
    pub proposed_by: Option<i64>,
    pub proposed_at: Option<Ts>,
    pub adopted_by: Option<i64>,
    pub adopted_at: Option<Ts>,
    /// Counts those that came into force: the highest one is.
    pub adoption: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// The one of this version.
pub(super) fn of(version: &str) -> Condition {
    Condition::all().add(Column::Version.eq(version))
}

/// Those that came into force.
pub(super) fn adopted() -> Condition {
    Condition::all().add(Column::Adoption.is_not_null())
}

/// The number of the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub(super) struct Newest {
    pub adoption: Option<i64>,
}

pub(super) fn newest(select: Select<Entity>) -> Select<Entity> {
    select.select_only().column_as(Column::Adoption.max(), "adoption")
}

/// Makes the row another one, as long as it has not come into force.
pub(super) fn becomes(row: Model) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::Body, Expr::value(row.body))
            .col_expr(Column::Sha256, Expr::value(row.sha256))
            .col_expr(Column::State, Expr::value(row.state))
            .col_expr(Column::Reason, Expr::value(row.reason))
            .col_expr(Column::WrittenBy, Expr::value(row.written_by))
            .col_expr(Column::WrittenAt, Expr::value(row.written_at))
            .col_expr(Column::ProposedBy, Expr::value(row.proposed_by))
            .col_expr(Column::ProposedAt, Expr::value(row.proposed_at))
            .col_expr(Column::AdoptedBy, Expr::value(row.adopted_by))
            .col_expr(Column::AdoptedAt, Expr::value(row.adopted_at))
            .col_expr(Column::Adoption, Expr::value(row.adoption))
            .filter(Condition::all().add(Column::Id.eq(row.id)).add(Column::Adoption.is_null()))
    }
}
