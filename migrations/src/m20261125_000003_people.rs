//! People, and every way in which a request can be theirs: sessions, one-time links, tokens. Secrets are hashes.

use crate::build::{change, index, key, maybe_number, maybe_text, number, primary, refers, table, text, unique};

change!(
    "m20261125_000003_people",
    [
        table(
            "people",
            vec![
                key(),
                text("email"),
                text("name"),
                text("office"),
                text("role"),
                maybe_number("authority_id"),
                number("created_at"),
                maybe_number("disabled_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["authority_id"], "authorities", &["id"]));
            },
        ),
        unique("people", &["email"]),
        table(
            "sessions",
            vec![
                key(),
                text("hash"),
                number("person_id"),
                number("created_at"),
                number("seen_at"),
                number("expires_at"),
                maybe_number("ended_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
        unique("sessions", &["hash"]),
        index("sessions", &["person_id"]),
        table(
            "links",
            vec![
                key(),
                text("hash"),
                maybe_number("person_id"),
                text("purpose"),
                number("created_at"),
                number("expires_at"),
                maybe_number("used_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
        unique("links", &["hash"]),
        table(
            "tokens",
            vec![
                key(),
                text("hash"),
                number("person_id"),
                number("created_at"),
                number("expires_at"),
                maybe_number("revoked_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
        unique("tokens", &["hash"]),
        index("tokens", &["person_id"]),
        table(
            "answers",
            vec![number("person_id"), text("key"), text("request"), number("status"), maybe_text("body"), number("at")],
            |table| {
                table.primary_key(&mut primary(&["person_id", "key"]));
            },
        ),
        index("answers", &["at"]),
    ]
);
