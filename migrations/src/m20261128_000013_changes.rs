//! What becomes of calendars: elections that are annulled, put off or follow another; changes that wait for a second
//! person; what each change moved, so that it can be taken back; and elections of others, for reference.

use crate::build::{change, index, maybe_number, maybe_text, more, number, primary, refers, table, text, text_or};

change!(
    "m20261128_000013_changes",
    [
        more("elections", text_or("standing", "held")),
        more("elections", maybe_text("runoff_of")),
        more("elections", text_or("notes", "[]")),
        more("elections", maybe_number("undoes")),
        more("elections", maybe_number("marked_at")),
        table(
            "reference_elections",
            vec![
                text("id"),
                text("name"),
                text("authority"),
                text("certainty"),
                text("source"),
                text("zone"),
                text("windows"),
                text("milestones"),
                text("notes"),
                number("version"),
                number("imported_at"),
                number("changed_at"),
            ],
            |table| {
                table.primary_key(&mut primary(&["id"]));
            },
        ),
        table(
            "proposals",
            vec![
                number("authority_id"),
                text("id"),
                text("election_id"),
                number("version"),
                text("change"),
                text("reason"),
                maybe_text("order_by"),
                maybe_text("order_text"),
                number("proposed_by"),
                number("proposed_at"),
                number("expires_at"),
                text("state"),
                maybe_number("decided_by"),
                maybe_number("decided_at"),
            ],
            |table| {
                table
                    .primary_key(&mut primary(&["id"]))
                    .foreign_key(&mut refers(&["authority_id", "election_id"], "elections", &["authority_id", "id"]))
                    .foreign_key(&mut refers(&["proposed_by"], "people", &["id"]))
                    .foreign_key(&mut refers(&["decided_by"], "people", &["id"]));
            },
        ),
        index("proposals", &["election_id"]),
        index("proposals", &["state"]),
        table(
            "moves",
            vec![
                number("authority_id"),
                number("incident_id"),
                text("election_id"),
                number("version"),
                number("at"),
                text("before"),
                text("after"),
            ],
            |table| {
                table.primary_key(&mut primary(&["election_id", "version", "incident_id"])).foreign_key(&mut refers(
                    &["authority_id", "incident_id"],
                    "incidents",
                    &["authority_id", "id"],
                ));
            },
        ),
        index("moves", &["incident_id"]),
    ]
);
