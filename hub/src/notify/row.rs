//! The outbox row.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, UpdateMany};

use crate::store::Tenanted;
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub authority_id: i64,
    pub chain_seq: i64,
    pub person_id: i64,
    pub channel: String,
    pub created_at: Ts,
    pub sent_at: Option<Ts>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;
}

/// What is still to be told.
pub(crate) fn waiting() -> Condition {
    Condition::all().add(Column::SentAt.is_null())
}

/// Marks rows as told, but those that another node was faster with.
pub(crate) fn told(ids: Vec<i64>, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(Column::SentAt, Expr::value(now)).filter(Column::Id.is_in(ids)).filter(waiting())
}
