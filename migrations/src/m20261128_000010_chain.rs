//! Where the chain of an incident stands, and when the next of it is due. What is open is looked at once as soon as the
//! hub runs: its chain begins then.

use crate::build::{change, index, more, number_or, set_where, text_or};

change!(
    "m20261128_000010_chain",
    [
        more("incidents", text_or("chain", "{}")),
        // After all instants that are counted: never.
        more("incidents", number_or("step_at", 253_402_207_200_000)),
        set_where("incidents", "step_at", 0, "open"),
        index("incidents", &["open", "step_at"]),
    ]
);
