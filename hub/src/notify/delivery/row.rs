//! The row of a delivery: one notice on one channel.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QuerySelect, Select, UpdateMany};

use super::State;
use crate::escalation::Priority;
use crate::identity::Viewer;
use crate::notify::channel::Way;
use crate::store::{Tenanted, own};
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deliveries")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub authority_id: i64,
    pub outbox_id: i64,
    pub chain_seq: i64,
    pub incident_id: Option<i64>,
    pub person_id: i64,
    pub channel_id: i64,
    pub kind: Way,
    pub what: String,
    pub uid: String,
    pub reference: String,
    pub priority: Priority,
    pub state: State,
    pub attempts: i64,
    pub created_at: Ts,
    pub next_at: Ts,
    pub leased_by: Option<String>,
    pub leased_until: Option<Ts>,
    pub attempted_at: Option<Ts>,
    pub accepted_at: Option<Ts>,
    pub delivered_at: Option<Ts>,
    pub opened_at: Option<Ts>,
    pub ended_at: Option<Ts>,
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;

    /// Who of the response side was reached, and how, is nothing that officials read.
    fn scope(viewer: &Viewer) -> Condition {
        if viewer.reads_internal() { own::<Self>(viewer) } else { Condition::all().add(ExprTrait::eq(Expr::val(1), 0)) }
    }
}

/// A change of deliveries.
pub(crate) type Rows = UpdateMany<Entity>;

/// What is not over yet.
pub(crate) fn waiting() -> Condition {
    Condition::all().add(Column::State.eq(State::Waiting))
}

/// The first one of each channel that is not over yet: the others wait behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sea_orm::FromQueryResult)]
pub(crate) struct Head {
    pub channel_id: i64,
    pub first: i64,
}

/// Shapes what waits into the first of each channel.
pub(crate) fn heads(rows: Select<Entity>) -> Select<Entity> {
    rows.select_only().column(Column::ChannelId).column_as(Column::Id.min(), "first").group_by(Column::ChannelId)
}

/// Those with these keys.
pub(crate) fn with_ids(ids: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::Id.is_in(ids))
}

/// Those of a channel.
pub(crate) fn on(channel: i64) -> Condition {
    Condition::all().add(Column::ChannelId.eq(channel))
}

/// The one with this public id.
pub(crate) fn with_uid(uid: &str) -> Condition {
    Condition::all().add(Column::Uid.eq(uid))
}

/// Those about these events.
pub(crate) fn of_events(authority: i64, chain_seqs: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::AuthorityId.eq(authority)).add(Column::ChainSeq.is_in(chain_seqs))
}

/// What may be taken up now: it waits, its time has come, and nobody else has it.
pub(crate) fn free(now: Ts) -> Condition {
    let unleased = Condition::any().add(Column::LeasedUntil.is_null()).add(Column::LeasedUntil.lte(now));
    waiting().add(Column::NextAt.lte(now)).add(unleased)
}

/// Takes one up until an instant, unless another did.
pub(crate) fn leased(id: i64, by: &str, now: Ts, until: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::LeasedBy, Expr::value(by))
            .col_expr(Column::LeasedUntil, Expr::value(until))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::AttemptedAt, Expr::value(now))
            .filter(Column::Id.eq(id))
            .filter(free(now))
    }
}

/// How an attempt ended.
#[derive(Debug, Clone)]
pub(crate) struct Became {
    pub state: State,
    pub next_at: Ts,
    pub accepted_at: Option<Ts>,
    pub ended_at: Option<Ts>,
    pub reason: Option<String>,
}

/// Writes how an attempt ended, if it is still ours.
pub(crate) fn ended(id: i64, by: &str, became: Became) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::State, Expr::value(became.state))
            .col_expr(Column::NextAt, Expr::value(became.next_at))
            .col_expr(Column::AcceptedAt, Expr::value(became.accepted_at))
            .col_expr(Column::EndedAt, Expr::value(became.ended_at))
            .col_expr(Column::Reason, Expr::value(became.reason))
            .col_expr(Column::LeasedBy, Expr::value(None::<String>))
            .col_expr(Column::LeasedUntil, Expr::value(None::<Ts>))
            .filter(Column::Id.eq(id))
            .filter(Column::LeasedBy.eq(by))
            .filter(waiting())
    }
}

/// Ends what of an incident's pages is not accepted yet.
pub(crate) fn cancelled(incident: i64, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::State, Expr::value(State::Cancelled))
            .col_expr(Column::EndedAt, Expr::value(now))
            .filter(Column::IncidentId.eq(incident))
            .filter(Column::What.eq(crate::notify::PAGE))
            .filter(waiting())
    }
}

/// Puts one off.
pub(crate) fn delayed(id: i64, until: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(Column::NextAt, Expr::value(until)).filter(Column::Id.eq(id)).filter(waiting())
}

/// Marks one as delivered or opened, the first time only.
pub(crate) fn noticed(id: i64, column: Column, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| rows.col_expr(column, Expr::value(now)).filter(Column::Id.eq(id)).filter(column.is_null())
}
