//! The person row.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use crate::identity::{Right, Role, Side};
use crate::store::Instance;
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "people")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub email: String,
    pub name: String,
    pub office: String,
    pub role: Role,
    pub authority_id: Option<i64>,
    pub created_at: Ts,
    pub disabled_at: Option<Ts>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Instance for Entity {}

/// The person with this key.
pub(crate) fn with_id(id: i64) -> Condition {
    with_ids([id])
}

/// The people with these keys.
pub(crate) fn with_ids(ids: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::Id.is_in(ids))
}

/// The person with this address.
pub(crate) fn with_email(email: &str) -> Condition {
    Condition::all().add(Column::Email.eq(email.trim().to_lowercase()))
}

/// People who may change the calendar of this authority.
pub(crate) fn may_change_calendars(authority: i64) -> Condition {
    let (own, all): (Vec<Role>, Vec<Role>) =
        Right::EditElections.roles().iter().partition(|role| role.side() == Side::Authority);
    let own = Condition::all().add(Column::Role.is_in(own)).add(Column::AuthorityId.eq(authority));
    Condition::any().add(own).add(Column::Role.is_in(all))
}

/// People who may come in.
pub(crate) fn enabled() -> Condition {
    Condition::all().add(Column::DisabledAt.is_null())
}
