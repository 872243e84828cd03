//! What is known of this database as a whole: whether it is a demonstration, its epoch.

use crate::build::{change, table, text};

change!(
    "m20261125_000001_instance",
    [table("instance", vec![text("name").primary_key().to_owned(), text("value")], |_| {})]
);
