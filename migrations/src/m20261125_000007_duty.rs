//! Who is on duty, from when to when.

use crate::build::{change, index, key, number, refers, table};

change!(
    "m20261125_000007_duty",
    [
        table("shifts", vec![key(), number("person_id"), number("starts_at"), number("ends_at")], |table| {
            table.foreign_key(&mut refers(&["person_id"], "people", &["id"]));
        }),
        index("shifts", &["ends_at", "starts_at"]),
    ]
);
