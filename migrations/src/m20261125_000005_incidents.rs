//! Incidents: what was reported, what it was assessed as, the clocks that run. What orders the queue is stored in
//! columns that one index covers, because ordering by something computed does not scale.

use crate::build::{
    change, flag, index, key, maybe_number, maybe_text, number, refers, table, text, unique, unique_key,
};

change!(
    "m20261125_000005_incidents",
    [
        table(
            "incidents",
            vec![
                number("authority_id"),
                key(),
                number("number"),
                flag("exercise"),
                maybe_text("election_id"),
                // What was reported.
                text("title"),
                text("summary"),
                // Both in small letters, for searching: databases do not agree on what those are.
                text("words"),
                text("category"),
                maybe_text("symptom"),
                text("functions"),
                text("answers"),
                flag("voting_stopped"),
                maybe_number("sites_affected"),
                maybe_number("sites_total"),
                maybe_text("place"),
                maybe_text("since"),
                maybe_text("still_happening"),
                maybe_text("callback_number"),
                maybe_text("callback_outside"),
                maybe_text("done_so_far"),
                maybe_text("already_told"),
                text("tlp"),
                text("source"),
                maybe_text("verified_how"),
                number("filed_by"),
                // What only responders judge.
                maybe_text("veracity"),
                maybe_text("cause"),
                // What it was assessed as.
                flag("severity_confirmed"),
                number("mildness"),
                text("urgency"),
                text("computed_priority"),
                text("priority"),
                maybe_text("overridden"),
                text("assessment"),
                text("policy"),
                maybe_number("next_change_at"),
                maybe_text("next_change_to"),
                maybe_text("lowering_to"),
                maybe_number("raised_at"),
                number("assess_at"),
                // Where the work stands.
                text("status"),
                flag("open"),
                flag("acknowledged"),
                maybe_number("owner_id"),
                maybe_number("acknowledged_at"),
                number("opened_at"),
                number("updated_at"),
                number("shared_updated_at"),
                maybe_number("closed_at"),
                // The clocks.
                text("clocks"),
                number("due_at"),
                number("polls_close"),
                // The counters of its room.
                number("seq"),
                number("shared_seq"),
                number("version"),
                number("shared_version"),
            ],
            |table| {
                table
                    .index(&mut unique_key(&["authority_id", "id"]))
                    .foreign_key(&mut refers(&["authority_id"], "authorities", &["id"]))
                    .foreign_key(&mut refers(&["owner_id"], "people", &["id"]));
            },
        ),
        unique("incidents", &["authority_id", "exercise", "number"]),
        index(
            "incidents",
            &["open", "priority", "acknowledged", "mildness", "due_at", "polls_close", "opened_at", "id"]
        ),
        index(
            "incidents",
            &[
                "authority_id",
                "open",
                "priority",
                "acknowledged",
                "mildness",
                "due_at",
                "polls_close",
                "opened_at",
                "id"
            ]
        ),
        index("incidents", &["open", "assess_at"]),
        index("incidents", &["owner_id", "open"]),
        index("incidents", &["opened_at", "id"]),
        index("incidents", &["updated_at", "id"]),
    ]
);
