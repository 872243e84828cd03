//! How far each person has read, for each side by itself. What was kept before is forgotten: whoever reads on is marked
//! again, and a mark of one number would say of notes what it must not.

use crate::build::{change, gone, number, primary, refers, table};

change!(
    "m20261128_000009_marks_of_both",
    [
        gone("marks"),
        table(
            "marks",
            vec![
                number("authority_id"),
                number("incident_id"),
                number("person_id"),
                number("seq"),
                number("shared_seq"),
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
