//! The mark row.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, UpdateMany};

use crate::audit::row as event;
use crate::store::Tenanted;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "marks")]
pub struct Model {
    pub authority_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: i64,
    /// The last event that was read, as responders count: never shown to an official.
    pub seq: i64,
    /// The last that both sides read, as officials count. It is kept apart, so that nothing of it depends on notes, not
    /// even when it is written.
    pub shared_seq: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;
}

/// Everybody's in a room.
pub(super) fn in_room(incident: i64) -> Condition {
    Condition::all().add(Column::IncidentId.eq(incident))
}

/// One person's.
pub(super) fn of(incident: i64, person: i64) -> Condition {
    in_room(incident).add(Column::PersonId.eq(person))
}

/// The events of a room up to a number, as responders count, that both sides read.
pub(super) fn shared_up_to(incident: i64, seq: i64) -> Condition {
    Condition::all()
        .add(event::Column::IncidentId.eq(incident))
        .add(event::Column::Seq.lte(seq))
        .add(event::Column::SharedSeq.is_not_null())
}

/// The event of a room with this number as officials count.
pub(super) fn shared(incident: i64, shared_seq: i64) -> Condition {
    Condition::all().add(event::Column::IncidentId.eq(incident)).add(event::Column::SharedSeq.eq(shared_seq))
}

/// One person's goes on to a number, where it stands before it: of what both sides read, or of all.
pub(super) fn goes_on(
    incident: i64,
    person: i64,
    shared: bool,
    seq: i64,
) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    let column = if shared { Column::SharedSeq } else { Column::Seq };
    move |rows| rows.col_expr(column, Expr::value(seq)).filter(of(incident, person).add(column.lt(seq)))
}
