//! The rows of what is known of the database as a whole.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, UpdateMany};

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

/// Makes what is kept under a name another value.
pub(crate) fn becomes(name: &str, value: &str) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(Column::Value, Expr::value(value)).filter(named(name))
}
