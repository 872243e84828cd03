//! The session row.

use sea_orm::entity::prelude::*;

use crate::identity::person_row as person;
use crate::store::Instance;
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub hash: String,
    pub person_id: i64,
    pub created_at: Ts,
    pub seen_at: Ts,
    pub expires_at: Ts,
    pub ended_at: Option<Ts>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// To the person whose it is.
pub(crate) fn whose() -> RelationDef {
    Entity::belongs_to(person::Entity).from(Column::PersonId).to(person::Column::Id).into()
}
