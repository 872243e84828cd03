//! The event row.

use sea_orm::Condition;
use sea_orm::entity::prelude::*;

use super::Kind;
use super::chain::Link;
use crate::identity::{Audience, Side, Viewer};
use crate::sabotage::Fault;
use crate::store::{Tenanted, own};
use crate::time::Ts;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub authority_id: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain_seq: i64,
    pub incident_id: Option<i64>,
    pub seq: Option<i64>,
    pub shared_seq: Option<i64>,
    pub id: String,
    pub at: Ts,
    pub actor_id: i64,
    pub kind: String,
    pub audience: Audience,
    pub payload: Option<String>,
    pub salt: Option<Vec<u8>>,
    pub payload_hash: String,
    pub prev_hash: String,
    pub hash: String,
    pub shared_prev_hash: Option<String>,
    pub shared_hash: Option<String>,
    pub request_id: String,
    pub client_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;

    /// An official never selects what only the response side reads.
    fn scope(viewer: &Viewer) -> Condition {
        let rows = own::<Self>(viewer);
        if viewer.reads_internal() || Fault::DropAudienceFilter.is_on() {
            rows
        } else {
            rows.add(Column::Audience.eq(Audience::Shared))
        }
    }
}

impl Model {
    /// What of it is hashed.
    pub(crate) fn link<'a>(&'a self, authority: &'a str) -> Link<'a> {
        Link {
            authority,
            chain_seq: self.chain_seq,
            incident: self.incident_id,
            seq: self.seq,
            shared_seq: self.shared_seq,
            id: &self.id,
            at: self.at,
            actor: self.actor_id,
            kind: &self.kind,
            audience: self.audience.code(),
            payload_hash: &self.payload_hash,
            request: &self.request_id,
            client_id: self.client_id.as_deref(),
        }
    }
}

/// The events with these places in their authority's chain.
pub(crate) fn with_seqs(seqs: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::ChainSeq.is_in(seqs))
}

/// Those of an authority's chain with these places in it.
pub(crate) fn of_chain(authority: i64, seqs: impl IntoIterator<Item = i64>) -> Condition {
    with_seqs(seqs).add(Column::AuthorityId.eq(authority))
}

/// The events of a kind in an incident's room after an instant.
pub(crate) fn of_kind_since(incident: i64, kind: Kind, after: Ts) -> Condition {
    in_room(incident).add(Column::Kind.eq(kind.code())).add(Column::At.gt(after))
}

/// What somebody has written under this id of their own, wherever it was.
pub(crate) fn written_as(person: i64, id: &str) -> Condition {
    Condition::all().add(Column::ActorId.eq(person)).add(Column::ClientId.eq(id))
}

/// The events of an incident's room after a number, as a side counts.
pub(crate) fn after(incident: i64, side: Side, seq: i64) -> Condition {
    in_room(incident).add(number(side).gt(seq))
}

/// Those of them that are of some kinds and by others than this person.
pub(crate) fn by_others(person: i64, kinds: &[Kind]) -> Condition {
    let kinds = kinds.iter().map(|kind| kind.code());
    Condition::all().add(Column::ActorId.ne(person)).add(Column::Kind.is_in(kinds))
}

/// The column in which a side counts.
pub(crate) fn number(side: Side) -> Column {
    match side {
        Side::Authority if Fault::DropAudienceFilter.is_on() => Column::Seq,
        Side::Authority => Column::SharedSeq,
        Side::Response => Column::Seq,
    }
}

fn in_room(incident: i64) -> Condition {
    Condition::all().add(Column::IncidentId.eq(incident))
}
