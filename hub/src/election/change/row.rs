//! The rows of proposals, and of what changes moved.

/// A change that waits for a second person.
pub(crate) mod proposal {
    use sea_orm::Condition;
    use sea_orm::entity::prelude::*;

    use crate::election::change::{Order, ProposalState};
    use crate::store::{Tenanted, stored_as_text};
    use crate::time::Ts;

    stored_as_text!(Order, ProposalState);

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "proposals")]
    pub struct Model {
        pub authority_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub election_id: String,
        /// The version of the election that it was made for.
        pub version: i64,
        /// JSON.
        pub change: String,
        pub reason: String,
        pub order_by: Option<Order>,
        pub order_text: Option<String>,
        pub proposed_by: i64,
        pub proposed_at: Ts,
        pub expires_at: Ts,
        pub state: ProposalState,
        pub decided_by: Option<i64>,
        pub decided_at: Option<Ts>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Tenanted for Entity {
        const AUTHORITY: Column = Column::AuthorityId;
    }

    /// The one with this id, of this election.
    pub(crate) fn with_id(election: &str, id: &str) -> Condition {
        Condition::all().add(Column::ElectionId.eq(election)).add(Column::Id.eq(id))
    }

    /// Those of an election.
    pub(crate) fn of(election: &str) -> Condition {
        Condition::all().add(Column::ElectionId.eq(election))
    }

    /// Those that a second person still has to look at.
    pub(crate) fn waiting() -> Condition {
        Condition::all().add(Column::State.is_in([ProposalState::Open, ProposalState::Applied]))
    }
}

/// What a change of an election moved of an incident, kept with the incident's own authority.
pub(crate) mod moves {
    use sea_orm::Condition;
    use sea_orm::entity::prelude::*;

    use crate::store::Tenanted;
    use crate::time::Ts;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "moves")]
    pub struct Model {
        pub authority_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub election_id: String,
        /// The version that the change led to.
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub incident_id: i64,
        pub at: Ts,
        /// JSON.
        pub before: String,
        /// JSON.
        pub after: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Tenanted for Entity {
        const AUTHORITY: Column = Column::AuthorityId;
    }

    /// Those of one change.
    pub(crate) fn of(election: &str, version: i64) -> Condition {
        Condition::all().add(Column::ElectionId.eq(election)).add(Column::Version.eq(version))
    }

    /// That of one incident by one change.
    pub(crate) fn of_incident(election: &str, version: i64, incident: i64) -> Condition {
        of(election, version).add(Column::IncidentId.eq(incident))
    }
}
