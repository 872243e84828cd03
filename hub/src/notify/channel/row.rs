//! The rows of channels, and of the rules that name them.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, UpdateMany};

use super::Way;
use crate::store::Instance;
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channels")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub public_id: String,
    pub person_id: i64,
    pub kind: Way,
    /// What pages show: a mail address whole, of a webhook its host, of a browser what it called itself.
    pub shown: String,
    /// Where it leads, where that is not to be read in the database: a webhook's address, a browser's keys.
    pub sealed: Option<Vec<u8>>,
    /// Whether it is the address that the person signs in with.
    pub own: bool,
    pub code_hash: Option<String>,
    pub code_until: Option<Ts>,
    pub created_at: Ts,
    pub verified_at: Option<Ts>,
    pub tested_at: Option<Ts>,
    pub failed_at: Option<Ts>,
    pub failure: Option<String>,
    pub removed_at: Option<Ts>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// The channels of these people that are there.
pub(crate) fn of_all(people: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::PersonId.is_in(people)).add(Column::RemovedAt.is_null())
}

/// The one with this key.
pub(crate) fn with_id(id: i64) -> Condition {
    Condition::all().add(Column::Id.eq(id))
}

/// The one with this public id, while it is there.
pub(crate) fn with_public_id(id: &str) -> Condition {
    Condition::all().add(Column::PublicId.eq(id)).add(Column::RemovedAt.is_null())
}

/// What can be written of a channel by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mark {
    Verified,
    Removed,
    Tested,
    Works,
}

/// Marks a channel.
pub(crate) fn marked(id: i64, mark: Mark, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        let rows = rows.filter(Column::Id.eq(id));
        match mark {
            Mark::Removed => rows
                .col_expr(Column::RemovedAt, Expr::value(now))
                .col_expr(Column::Sealed, Expr::value(None::<Vec<u8>>))
                .filter(Column::RemovedAt.is_null()),
            // Whatever code there was is used up.
            Mark::Verified => rows
                .col_expr(Column::VerifiedAt, Expr::value(now))
                .col_expr(Column::CodeHash, Expr::value(None::<String>))
                .col_expr(Column::FailedAt, Expr::value(None::<Ts>)),
            Mark::Works => rows.col_expr(Column::FailedAt, Expr::value(None::<Ts>)),
            Mark::Tested => {
                rows.col_expr(Column::TestedAt, Expr::value(now)).col_expr(Column::FailedAt, Expr::value(None::<Ts>))
            }
        }
    }
}

/// Writes that something did not get through.
pub(crate) fn failed(id: i64, why: &str, now: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::FailedAt, Expr::value(now))
            .col_expr(Column::Failure, Expr::value(why))
            .filter(Column::Id.eq(id))
    }
}

/// Gives a channel another code to prove it with.
pub(crate) fn coded(id: i64, hash: &str, until: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::CodeHash, Expr::value(hash))
            .col_expr(Column::CodeUntil, Expr::value(until))
            .filter(Column::Id.eq(id))
    }
}

pub(crate) mod rule {
    //! Which channels somebody is told on, for one priority.

    use super::{Condition, Instance};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reach_rules")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub priority: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel_id: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Instance for Entity {}

    /// The rules of these people.
    pub(crate) fn of_all(people: impl IntoIterator<Item = i64>) -> Condition {
        Condition::all().add(Column::PersonId.is_in(people))
    }
}
