//! Where the chain of an incident stands, and when the next of it is due. What is open is looked at once as soon as the
//! hub runs: its chain begins then.

use crate::build::{change, index, more, number_or, text_or};

change!(
    "m20261128_000010_chain",
    [
        more("incidents", text_or("chain", "{}")),
        // What a node of the time before chains still writes is looked at once, too.
        more("incidents", number_or("step_at", 0)),
        index("incidents", &["open", "step_at"]),
    ]
);
