//! Elections with their windows and milestones in civil time.

use crate::build::{change, index, maybe_text, number, primary, refers, table, text, unique_key};

change!(
    "m20261125_000004_elections",
    [
        table(
            "elections",
            vec![
                number("authority_id"),
                text("id"),
                text("name"),
                text("zone"),
                number("version"),
                number("created_at"),
                number("updated_at"),
            ],
            |table| {
                table
                    .primary_key(&mut primary(&["id"]))
                    .index(&mut unique_key(&["authority_id", "id"]))
                    .foreign_key(&mut refers(&["authority_id"], "authorities", &["id"]));
            },
        ),
        index("elections", &["authority_id"]),
        table(
            "windows",
            vec![
                number("authority_id"),
                text("election_id"),
                text("id"),
                number("position"),
                text("kind"),
                text("opens"),
                text("closes"),
                maybe_text("zone"),
            ],
            |table| {
                table.primary_key(&mut primary(&["id"])).foreign_key(&mut refers(
                    &["authority_id", "election_id"],
                    "elections",
                    &["authority_id", "id"],
                ));
            },
        ),
        index("windows", &["election_id"]),
        table(
            "milestones",
            vec![
                number("authority_id"),
                text("election_id"),
                text("id"),
                number("position"),
                text("kind"),
                text("at"),
                maybe_text("zone"),
            ],
            |table| {
                table.primary_key(&mut primary(&["id"])).foreign_key(&mut refers(
                    &["authority_id", "election_id"],
                    "elections",
                    &["authority_id", "id"],
                ));
            },
        ),
        index("milestones", &["election_id"]),
    ]
);
