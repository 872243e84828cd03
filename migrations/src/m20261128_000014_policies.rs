//! The policies that the hub has known, each under its version: drafts, proposals, and those that came into force, in
//! the order in which they did.

use crate::build::{change, key, maybe_number, maybe_text, number, refers, table, text, unique, unique_key};

change!(
    "m20261128_000014_policies",
    [
        table(
            "policies",
            vec![
                key(),
                text("version"),
                text("body"),
                text("sha256"),
                text("state"),
                maybe_text("reason"),
                maybe_number("written_by"),
                number("written_at"),
                maybe_number("proposed_by"),
                maybe_number("proposed_at"),
                maybe_number("adopted_by"),
                maybe_number("adopted_at"),
                maybe_number("adoption"),
            ],
            |table| {
                table
                    .index(&mut unique_key(&["version"]))
                    .foreign_key(&mut refers(&["written_by"], "people", &["id"]))
                    .foreign_key(&mut refers(&["proposed_by"], "people", &["id"]))
                    .foreign_key(&mut refers(&["adopted_by"], "people", &["id"]));
            },
        ),
        unique("policies", &["adoption"]),
    ]
);
