//! What makes an event of a draft: its numbers, and its links in the two chains.

use uuid::Uuid;

use super::{Draft, Room};
use crate::audit::{By, Payload, chain, row as event};
use crate::authority::row as authority;
use crate::error::{Error, Result};
use crate::identity::{Actor, Audience};
use crate::sabotage::Fault;

/// The row of an event: numbered in its room, and chained to the authority's record, whose counters go on. `made` is
/// its id and its salt.
pub(crate) fn chained(
    authority: &mut authority::Model,
    room: Option<Room<'_>>,
    draft: Draft,
    actor: &Actor,
    made: (Uuid, [u8; 16]),
) -> Result<event::Model> {
    let shared = draft.audience == Audience::Shared;
    let (incident, seq, shared_seq) = match room {
        Some(room) => {
            let step = i64::from(*room.seq == 0 || !Fault::ReuseASeq.is_on());
            *room.seq += step;
            if shared {
                *room.shared_seq += step;
            }
            (Some(room.incident), Some(*room.seq), shared.then_some(*room.shared_seq))
        }
        None => (None, None, None),
    };
    let payload = Payload { by: By::of(&actor.viewer), text: draft.text, data: draft.data };
    let payload = serde_json::to_string(&payload).map_err(Error::broken)?;
    let (id, salt) = made;
    authority.chain_seq += 1;
    let mut row = event::Model {
        authority_id: authority.id,
        chain_seq: authority.chain_seq,
        incident_id: incident,
        seq,
        shared_seq,
        id: id.to_string(),
        at: actor.now,
        actor_id: actor.viewer.id(),
        kind: draft.kind.code().to_owned(),
        audience: draft.audience,
        payload_hash: chain::payload_hash(&salt, &payload),
        payload: Some(payload),
        salt: Some(salt.to_vec()),
        prev_hash: authority.chain_hash.clone(),
        hash: String::new(),
        shared_prev_hash: None,
        shared_hash: None,
        request_id: actor.request.to_string(),
        client_id: draft.client_id,
    };
    row.hash = chain::next(&row.prev_hash, &row.link(&authority.code).line());
    authority.chain_hash.clone_from(&row.hash);
    if shared {
        let hash = chain::next(&authority.shared_hash, &row.link(&authority.code).shared_line());
        row.shared_prev_hash = Some(std::mem::replace(&mut authority.shared_hash, hash.clone()));
        row.shared_hash = Some(hash);
    }
    Ok(row)
}
