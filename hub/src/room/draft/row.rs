//! The row of a draft.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, UpdateMany};

use crate::identity::Viewer;
use crate::store::{Tenanted, own};
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    pub authority_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: i64,
    pub note: bool,
    pub text: String,
    pub at: Ts,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;

    /// Nobody selects what somebody else has begun to write, on whichever side they are.
    fn scope(viewer: &Viewer) -> Condition {
        own::<Self>(viewer).add(Column::PersonId.eq(viewer.id()))
    }
}

/// One person's in a room.
pub(super) fn of(incident: i64, person: i64) -> Condition {
    Condition::all().add(Column::IncidentId.eq(incident)).add(Column::PersonId.eq(person))
}

/// One person's in a room, where it is this text.
pub(super) fn saying(incident: i64, person: i64, text: &str) -> Condition {
    of(incident, person).add(Column::Text.eq(text))
}

/// One person's becomes another's.
pub(super) fn goes_to(incident: i64, from: i64, to: i64) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(Column::PersonId, Expr::value(to)).filter(of(incident, from))
}

/// One person's becomes another text.
pub(super) fn becomes(row: &Model) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    let Model { incident_id, person_id, note, text, at, .. } = row.clone();
    move |rows| {
        rows.col_expr(Column::Note, Expr::value(note))
            .col_expr(Column::Text, Expr::value(text))
            .col_expr(Column::At, Expr::value(at))
            .filter(of(incident_id, person_id))
    }
}
