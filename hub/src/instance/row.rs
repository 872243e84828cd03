//! The rows of what is known of the database as a whole.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::store::Instance;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub value: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// What is kept under this name.
pub(crate) fn named(name: &str) -> Condition {
    Condition::all().add(Column::Name.eq(name))
}
