//! The authorities, each with the counters of its references and the heads of its two hash chains.

use crate::build::{change, key, maybe_number, number, refers, table, text, unique};

change!(
    "m20261125_000002_authorities",
    [
        table(
            "authorities",
            vec![
                key(),
                text("slug"),
                text("code"),
                text("name"),
                text("zone"),
                maybe_number("parent_id"),
                number("incidents"),
                number("exercises"),
                number("chain_seq"),
                text("chain_hash"),
                text("shared_hash"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["parent_id"], "authorities", &["id"]));
            },
        ),
        unique("authorities", &["slug"]),
        unique("authorities", &["code"]),
    ]
);
