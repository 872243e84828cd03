//! How far each person has read in a room, and what they have begun to write there.

use crate::build::{change, flag, number, primary, refers, table, text};

change!(
    "m20261125_000008_marks",
    [
        table(
            "marks",
            vec![number("authority_id"), number("incident_id"), number("person_id"), number("seq"), number("at")],
            |table| {
                table
                    .primary_key(&mut primary(&["incident_id", "person_id"]))
                    .foreign_key(&mut refers(&["authority_id", "incident_id"], "incidents", &["authority_id", "id"]))
                    .foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
        table(
            "drafts",
            vec![
                number("authority_id"),
                number("incident_id"),
                number("person_id"),
                flag("note"),
                text("text"),
                number("at"),
            ],
            |table| {
                table
                    .primary_key(&mut primary(&["incident_id", "person_id"]))
                    .foreign_key(&mut refers(&["authority_id", "incident_id"], "incidents", &["authority_id", "id"]))
                    .foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
    ]
);
