//! The rows of duty. The first is that of a single shift.

use sea_orm::Condition;
use sea_orm::UpdateMany;
use sea_orm::entity::prelude::*;

use super::{CoverState, Post, Turn};
use crate::store::{Instance, stored_as_text};
use crate::time::Ts;

stored_as_text!(Post, CoverState, Turn);

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shifts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub person_id: i64,
    pub starts_at: Ts,
    pub ends_at: Ts,
    pub post: Post,
    pub civil_from: Option<String>,
    pub civil_to: Option<String>,
    pub zone: Option<String>,
    pub made_by: Option<i64>,
    pub made_at: Option<Ts>,
    pub gone_by: Option<i64>,
    pub gone_at: Option<Ts>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// The shifts that are not over at an instant.
pub(crate) fn ahead(now: Ts) -> Condition {
    Condition::all().add(Column::GoneAt.is_null()).add(Column::EndsAt.gt(now))
}

/// The shift with this key, while it stands.
pub(crate) fn with_id(id: i64) -> Condition {
    Condition::all().add(Column::Id.eq(id)).add(Column::GoneAt.is_null())
}

/// A shift is taken away.
pub(crate) fn gone(id: i64, by: i64, at: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
    move |rows| {
        rows.col_expr(Column::GoneBy, Expr::value(by)).col_expr(Column::GoneAt, Expr::value(at)).filter(with_id(id))
    }
}

/// A line of the rota.
pub(crate) mod line {
    use sea_orm::entity::prelude::*;
    use sea_orm::{Condition, UpdateMany};

    use crate::duty::{Post, Turn};
    use crate::store::Instance;
    use crate::time::Ts;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "rota_lines")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub post: Post,
        pub zone: String,
        pub days: i64,
        pub civil_from: String,
        pub civil_to: String,
        pub people: String,
        pub turn: Turn,
        pub since: String,
        pub until: Option<String>,
        pub made_by: i64,
        pub made_at: Ts,
        pub gone_by: Option<i64>,
        pub gone_at: Option<Ts>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Instance for Entity {}

    /// The lines that stand.
    pub(crate) fn standing() -> Condition {
        Condition::all().add(Column::GoneAt.is_null())
    }

    /// A line is taken away.
    pub(crate) fn gone(id: i64, by: i64, at: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| {
            let rows = rows.col_expr(Column::GoneBy, Expr::value(by)).col_expr(Column::GoneAt, Expr::value(at));
            rows.filter(standing().add(Column::Id.eq(id)))
        }
    }
}

/// Who covers whom.
pub(crate) mod cover {
    use sea_orm::entity::prelude::*;
    use sea_orm::{Condition, UpdateMany};

    use crate::duty::{CoverState, Post};
    use crate::store::Instance;
    use crate::time::Ts;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "covers")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub post: Option<Post>,
        pub outgoing: i64,
        pub incoming: Option<i64>,
        pub starts_at: Ts,
        pub ends_at: Ts,
        pub state: CoverState,
        pub swap: Option<i64>,
        pub made_by: i64,
        pub made_at: Ts,
        pub answered_by: Option<i64>,
        pub answered_at: Option<Ts>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Instance for Entity {}

    /// Those that are not over at an instant and were not turned down.
    pub(crate) fn ahead(now: Ts) -> Condition {
        let live = [CoverState::Offered, CoverState::Accepted];
        Condition::all().add(Column::EndsAt.gt(now)).add(Column::State.is_in(live))
    }

    /// Those that were accepted and are not over at an instant.
    pub(crate) fn in_force(now: Ts) -> Condition {
        Condition::all().add(Column::EndsAt.gt(now)).add(Column::State.eq(CoverState::Accepted))
    }

    /// A cover, with the other half of its swap where it is one.
    pub(crate) fn together(id: i64, swap: Option<i64>) -> Condition {
        let one = Condition::any().add(Column::Id.eq(id));
        match swap {
            Some(swap) => one.add(Column::Swap.eq(swap)),
            None => one,
        }
    }

    /// They were answered, where nobody answered before.
    pub(crate) fn answered(
        which: Condition,
        from: CoverState,
        to: CoverState,
        by: i64,
        at: Ts,
    ) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| {
            rows.col_expr(Column::State, Expr::value(to))
                .col_expr(Column::AnsweredBy, Expr::value(by))
                .col_expr(Column::AnsweredAt, Expr::value(at))
                .filter(which.add(Column::State.eq(from)))
        }
    }

    /// A cover ends now.
    pub(crate) fn ends(id: i64, at: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| rows.col_expr(Column::EndsAt, Expr::value(at)).filter(Column::Id.eq(id))
    }

    /// Halves of one swap know each other by the key of the first.
    pub(crate) fn halves(id: i64, swap: i64) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| rows.col_expr(Column::Swap, Expr::value(swap)).filter(Column::Id.eq(id))
    }
}

/// The end of a shift and who takes over.
pub(crate) mod handover {
    use sea_orm::entity::prelude::*;
    use sea_orm::{Condition, UpdateMany};

    use crate::duty::Post;
    use crate::store::Instance;
    use crate::time::Ts;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "handovers")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub post: Post,
        pub outgoing: i64,
        pub incoming: i64,
        pub ends_at: Ts,
        pub made_by: i64,
        pub made_at: Ts,
        pub opened_at: Option<Ts>,
        pub accepted_at: Option<Ts>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Instance for Entity {}

    /// The one with this key.
    pub(crate) fn with_id(id: i64) -> Condition {
        Condition::all().add(Column::Id.eq(id))
    }

    /// The one of the end of a shift.
    pub(crate) fn of(outgoing: i64, post: Post, ends: Ts) -> Condition {
        Condition::all().add(Column::Outgoing.eq(outgoing)).add(Column::Post.eq(post)).add(Column::EndsAt.eq(ends))
    }

    /// Those that were accepted, of shifts that ended after an instant.
    pub(crate) fn accepted(since: Ts) -> Condition {
        Condition::all().add(Column::EndsAt.gt(since)).add(Column::AcceptedAt.is_not_null())
    }

    /// Those of shifts that ended after an instant.
    pub(crate) fn since(since: Ts) -> Condition {
        Condition::all().add(Column::EndsAt.gt(since))
    }

    /// Those of later shifts of somebody's on a post.
    pub(crate) fn after(outgoing: i64, post: Post, ends: Ts) -> Condition {
        since(ends).add(Column::Outgoing.eq(outgoing)).add(Column::Post.eq(post))
    }

    /// It goes to somebody else, by the word of somebody.
    pub(crate) fn to(id: i64, incoming: i64, by: i64) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| {
            let rows = rows.col_expr(Column::Incoming, Expr::value(incoming)).col_expr(Column::MadeBy, Expr::value(by));
            rows.filter(with_id(id).add(Column::AcceptedAt.is_null()))
        }
    }

    /// It was looked at by whoever takes over.
    pub(crate) fn opened(id: i64, at: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| {
            let rows = rows.col_expr(Column::OpenedAt, Expr::value(at));
            rows.filter(with_id(id).add(Column::OpenedAt.is_null()))
        }
    }

    /// It is accepted, where it was not before.
    pub(crate) fn taken(id: i64, incoming: i64, at: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| {
            let rows = rows.col_expr(Column::Incoming, Expr::value(incoming));
            let rows = rows.col_expr(Column::AcceptedAt, Expr::value(at));
            rows.filter(with_id(id).add(Column::AcceptedAt.is_null()))
        }
    }
}

/// An address under which a calendar reads who is on duty.
pub(crate) mod feed {
    use sea_orm::entity::prelude::*;
    use sea_orm::{Condition, UpdateMany};

    use crate::identity::person_row as person;
    use crate::store::Instance;
    use crate::time::Ts;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "feeds")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub hash: String,
        pub person_id: i64,
        pub whole: bool,
        pub created_at: Ts,
        pub revoked_at: Option<Ts>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Instance for Entity {}

    /// To the person whose it is.
    pub(crate) fn whose() -> RelationDef {
        Entity::belongs_to(person::Entity).from(Column::PersonId).to(person::Column::Id).into()
    }

    /// The one with this hash, while it is good.
    pub(crate) fn good(hash: &str) -> Condition {
        Condition::all().add(Column::Hash.eq(hash)).add(Column::RevokedAt.is_null())
    }

    /// Those of a person that are good.
    pub(crate) fn of(person: i64) -> Condition {
        Condition::all().add(Column::PersonId.eq(person)).add(Column::RevokedAt.is_null())
    }

    /// Those that are good of a person and a kind end.
    pub(crate) fn ended(person: i64, whole: bool, at: Ts) -> impl FnOnce(UpdateMany<Entity>) -> UpdateMany<Entity> {
        move |rows| {
            let rows = rows.col_expr(Column::RevokedAt, Expr::value(at));
            rows.filter(of(person).add(Column::Whole.eq(whole)))
        }
    }
}
