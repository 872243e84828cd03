//! The rows of an election.

/// The election row.
pub(crate) mod election {
    use sea_orm::Condition;
    use sea_orm::entity::prelude::*;

    use crate::election::Standing;
    use crate::identity::Viewer;
    use crate::store::{Tenanted, stored_as_text};
    use crate::time::Ts;

    stored_as_text!(Standing);

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "elections")]
    pub struct Model {
        pub authority_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub zone: String,
        pub version: i64,
        pub created_at: Ts,
        pub updated_at: Ts,
        /// Whether it is held as planned.
        pub standing: Standing,
        /// The election that this one decides, where it is a run-off.
        pub runoff_of: Option<String>,
        /// JSON list.
        pub notes: String,
        /// The version that the present one takes back.
        pub undoes: Option<i64>,
        /// What the latest change wrote into `assess_at` of the incidents that it reaches: no other change wrote it.
        pub marked_at: Option<Ts>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The row of an election that is new at `now`, of an authority that is still to be named.
        pub(crate) fn first(election: &crate::election::Election, now: Ts) -> Self {
            Self {
                authority_id: 0,
                id: election.id.clone(),
                name: election.name.clone(),
                zone: election.zone.clone(),
                version: 1,
                created_at: now,
                updated_at: now,
                standing: Standing::Held,
                runoff_of: None,
                notes: "[]".to_owned(),
                undoes: None,
                marked_at: None,
            }
        }
    }

    impl Tenanted for Entity {
        const AUTHORITY: Column = Column::AuthorityId;

        /// Calendars are readable by everyone signed in; incidents are not.
        fn scope(_: &Viewer) -> Condition {
            Condition::all()
        }
    }

    /// The election with this id.
    pub(crate) fn with_id(id: &str) -> Condition {
        Condition::all().add(Column::Id.eq(id))
    }

    /// Those of an authority.
    pub(crate) fn of(authority: i64) -> Condition {
        Condition::all().add(Column::AuthorityId.eq(authority))
    }
}

/// The row of a window.
pub(crate) mod window {
    use sea_orm::Condition;
    use sea_orm::entity::prelude::*;

    use crate::identity::Viewer;
    use crate::store::Tenanted;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "windows")]
    pub struct Model {
        pub authority_id: i64,
        pub election_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub position: i64,
        pub kind: String,
        pub opens: String,
        pub closes: String,
        pub zone: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Tenanted for Entity {
        const AUTHORITY: Column = Column::AuthorityId;

        /// As its election.
        fn scope(_: &Viewer) -> Condition {
            Condition::all()
        }
    }

    /// Those of an election.
    pub(crate) fn of(election: &str) -> Condition {
        Condition::all().add(Column::ElectionId.eq(election))
    }
}

/// The row of a milestone.
pub(crate) mod milestone {
    use sea_orm::Condition;
    use sea_orm::entity::prelude::*;

    use crate::identity::Viewer;
    use crate::store::Tenanted;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "milestones")]
    pub struct Model {
        pub authority_id: i64,
        pub election_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub position: i64,
        pub kind: String,
        pub at: String,
        pub zone: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Tenanted for Entity {
        const AUTHORITY: Column = Column::AuthorityId;

        /// As its election.
        fn scope(_: &Viewer) -> Condition {
            Condition::all()
        }
    }

    /// Those of an election.
    pub(crate) fn of(election: &str) -> Condition {
        Condition::all().add(Column::ElectionId.eq(election))
    }
}
