//! The outbox row.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{Condition, UpdateMany};

use crate::audit::row as event;
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
    pub expanded_at: Option<Ts>,
    pub cancelled_at: Option<Ts>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;
}

fn not_cancelled() -> Condition {
    Condition::all().add(Column::CancelledAt.is_null())
}

/// What is still to be told in the hub's own pages.
pub(crate) fn waiting() -> Condition {
    not_cancelled().add(Column::SentAt.is_null())
}

/// What was not made into deliveries yet.
pub(crate) fn unexpanded() -> Condition {
    not_cancelled().add(Column::ExpandedAt.is_null())
}

/// What the events of an incident asked to be told.
pub(crate) fn about(authority: i64, incident: i64) -> Condition {
    let events = events(authority, incident);
    Condition::all().add(Column::AuthorityId.eq(authority)).add(Column::ChainSeq.in_subquery(events))
}

/// The places of an incident's events in their authority's chain.
fn events(authority: i64, incident: i64) -> SelectStatement {
    Query::select()
        .column(event::Column::ChainSeq)
        .from(event::Entity)
        .and_where(event::Column::AuthorityId.eq(authority))
        .and_where(event::Column::IncidentId.eq(incident))
        .to_owned()
}

/// What asks that somebody be told of an event.
pub(crate) fn to(person: i64, authority: i64, chain_seq: i64) -> Condition {
    let event = Condition::all().add(Column::AuthorityId.eq(authority)).add(Column::ChainSeq.eq(chain_seq));
    event.add(Column::PersonId.eq(person)).add(not_cancelled())
}

/// Those with these keys.
pub(crate) fn with_ids(ids: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::Id.is_in(ids))
}

/// Those of other authorities than these.
pub(crate) fn not_of(authorities: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::AuthorityId.is_not_in(authorities))
}

/// Those after one, in the order in which they were asked for.
pub(crate) fn behind(id: i64) -> Condition {
    Condition::all().add(Column::Id.gt(id))
}

/// Marks rows as told, but those that another node was faster with.
pub(crate) fn told(ids: Vec<i64>, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(Column::SentAt, Expr::value(now)).filter(Column::Id.is_in(ids)).filter(waiting())
}

/// Marks rows as made into deliveries.
pub(crate) fn expanded(which: Condition, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(Column::ExpandedAt, Expr::value(now)).filter(which).filter(unexpanded())
}

/// The pages about an incident that nothing was done about yet.
pub(crate) fn cancelled(
    authority: i64,
    incident: i64,
    now: Ts,
) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    let which = about(authority, incident);
    move |rows| {
        rows.col_expr(Column::CancelledAt, Expr::value(now))
            .filter(Column::Channel.eq(super::PAGE))
            .filter(Condition::any().add(unexpanded()).add(waiting()))
            .filter(not_cancelled())
            .filter(which)
    }
}
