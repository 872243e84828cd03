//! The authority row.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, QuerySelect, QueryTrait};

use crate::identity::{Role, Viewer};
use crate::store::{Tenanted, own};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorities")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub slug: String,
    pub code: String,
    pub name: String,
    pub zone: String,
    pub parent_id: Option<i64>,
    /// How many incidents it has filed: the number of the last reference.
    pub incidents: i64,
    /// The same for exercises.
    pub exercises: i64,
    pub chain_seq: i64,
    pub chain_hash: String,
    pub shared_hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::Id;

    /// Who runs the instance manages authorities without reading any incident.
    fn scope(viewer: &Viewer) -> Condition {
        if viewer.role() == Role::Admin { Condition::all() } else { own::<Self>(viewer) }
    }
}

/// The authority with this key.
pub(crate) fn with_id(id: i64) -> Condition {
    Condition::all().add(Column::Id.eq(id))
}

/// The authority with this slug.
pub(crate) fn with_slug(slug: &str) -> Condition {
    Condition::all().add(Column::Slug.eq(slug))
}

/// The key of the authority with this code, for narrowing another query by it.
pub(crate) fn id_of(code: &str) -> SelectStatement {
    Entity::find().select_only().column(Column::Id).filter(Column::Code.eq(code)).into_query()
}
