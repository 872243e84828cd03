//! The shift row.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::store::Instance;
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shifts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub person_id: i64,
    pub starts_at: Ts,
    pub ends_at: Ts,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// The shifts that somebody is on at an instant.
pub(crate) fn at(now: Ts) -> Condition {
    ahead(now).add(Column::StartsAt.lte(now))
}

/// The shifts that are not over at an instant.
pub(crate) fn ahead(now: Ts) -> Condition {
    Condition::all().add(Column::EndsAt.gt(now))
}

/// The shifts behind one, by beginning and key.
pub(crate) fn after(starts: Ts, id: i64) -> Condition {
    let later = Condition::all().add(Column::StartsAt.eq(starts)).add(Column::Id.gt(id));
    Condition::any().add(Column::StartsAt.gt(starts)).add(later)
}
