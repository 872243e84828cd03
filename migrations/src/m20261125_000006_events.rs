//! The event log: one row for everything that happened, chained by hashes; and what is still to be told to somebody.

use crate::build::{
    change, index, key, maybe_bytes, maybe_number, maybe_text, number, primary, refers, table, text, unique, unique_key,
};

change!(
    "m20261125_000006_events",
    [
        table(
            "events",
            vec![
                number("authority_id"),
                number("chain_seq"),
                maybe_number("incident_id"),
                maybe_number("seq"),
                maybe_number("shared_seq"),
                text("id"),
                number("at"),
                number("actor_id"),
                text("kind"),
                text("audience"),
                maybe_text("payload"),
                maybe_bytes("salt"),
                text("payload_hash"),
                text("prev_hash"),
                text("hash"),
                maybe_text("shared_prev_hash"),
                maybe_text("shared_hash"),
                text("request_id"),
                maybe_text("client_id"),
            ],
            |table| {
                table
                    .primary_key(&mut primary(&["authority_id", "chain_seq"]))
                    .index(&mut unique_key(&["id"]))
                    .foreign_key(&mut refers(&["authority_id"], "authorities", &["id"]))
                    .foreign_key(&mut refers(&["authority_id", "incident_id"], "incidents", &["authority_id", "id"]));
            },
        ),
        unique("events", &["incident_id", "seq"]),
        unique("events", &["incident_id", "shared_seq"]),
        unique("events", &["actor_id", "client_id"]),
        table(
            "outbox",
            vec![
                key(),
                number("authority_id"),
                number("chain_seq"),
                number("person_id"),
                text("channel"),
                number("created_at"),
                maybe_number("sent_at"),
            ],
            |table| {
                table
                    .foreign_key(&mut refers(&["authority_id", "chain_seq"], "events", &["authority_id", "chain_seq"]))
                    .foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
        index("outbox", &["sent_at", "id"]),
    ]
);
