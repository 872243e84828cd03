//! The two hash chains. What is hashed, byte by byte, so that anybody can verify it with a tool that is not ours:
//!
//! - `payload_hash` = SHA-256(salt ‖ payload), hexadecimal. Erasing payload **and** salt keeps the chain valid, and
//!   nobody can guess the payload back from its hash.
//! - `hash` = SHA-256(prev_hash ‖ LF ‖ line), hexadecimal, where `line` is the compact JSON array of [`Link::line`] and
//!   `prev_hash` is the hash of the authority's event before, the empty text for the first.
//! - `shared_hash` is the same over the events that both sides read alone, with [`Link::shared_line`]. Nothing in it
//!   counts what the authority does not see.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::time::Ts;

/// What of an event is hashed into the chains.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The authority's code, as in references.
    pub authority: &'a str,
    /// The event's place among all of the authority.
    pub chain_seq: i64,
    /// The incident's key; none for events of no room.
    pub incident: Option<i64>,
    /// The event's place in its room as responders count.
    pub seq: Option<i64>,
    /// The event's place in its room as officials count.
    pub shared_seq: Option<i64>,
    /// The event's id.
    pub id: &'a str,
    /// When.
    pub at: Ts,
    /// The key of whoever did it; 0 for the hub itself.
    pub actor: i64,
    /// Its kind.
    pub kind: &'a str,
    /// Who reads it.
    pub audience: &'a str,
    /// See above.
    pub payload_hash: &'a str,
    /// The request that did it, to find it in the log.
    pub request: &'a str,
    /// The id that its writer gave it, where it has one.
    pub client_id: Option<&'a str>,
}

impl Link<'_> {
    /// `["hub.event.1",authority,chain_seq,incident,seq,shared_seq,id,at,actor,kind,audience,payload_hash,request,
    /// client_id]`, the instant in milliseconds since 1970.
    pub fn line(&self) -> String {
        json!([
            "hub.event.1",
            self.authority,
            self.chain_seq,
            self.incident,
            self.seq,
            self.shared_seq,
            self.id,
            self.at.millis(),
            self.actor,
            self.kind,
            self.audience,
            self.payload_hash,
            self.request,
            self.client_id,
        ])
        .to_string()
    }

    /// `["hub.shared.1",authority,incident,shared_seq,id,at,actor,kind,payload_hash,client_id]`.
    pub fn shared_line(&self) -> String {
        json!([
            "hub.shared.1",
            self.authority,
            self.incident,
            self.shared_seq,
            self.id,
            self.at.millis(),
            self.actor,
            self.kind,
            self.payload_hash,
            self.client_id,
        ])
        .to_string()
    }
}

/// The hash of a payload under its salt.
pub fn payload_hash(salt: &[u8], payload: &str) -> String {
    hex::encode(Sha256::new().chain_update(salt).chain_update(payload.as_bytes()).finalize())
}

/// The next hash of a chain.
pub fn next(previous: &str, line: &str) -> String {
    hex::encode(Sha256::new().chain_update(previous).chain_update("\n").chain_update(line).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_what_the_documentation_says() {
        let link = Link {
            authority: "ALD",
            chain_seq: 7,
            incident: Some(3),
            seq: Some(2),
            shared_seq: None,
            id: "x",
            at: Ts::from_millis(1_000),
            actor: 5,
            kind: "note",
            audience: "internal",
            payload_hash: "ab",
            request: "r",
            client_id: Some("c"),
        };
        assert_eq!(link.line(), r#"["hub.event.1","ALD",7,3,2,null,"x",1000,5,"note","internal","ab","r","c"]"#);
        assert_eq!(link.shared_line(), r#"["hub.shared.1","ALD",3,null,"x",1000,5,"note","ab","c"]"#);
        assert_eq!(next("", "a"), hex::encode(Sha256::digest(b"\na")));
        assert_eq!(payload_hash(b"s", "p"), hex::encode(Sha256::digest(b"sp")));
    }
}
