//! A delivery: one notice to one person on one channel, from the outbox until it was opened, given up or cancelled.

mod noticed;
mod proof;
pub(crate) mod row;

pub(crate) use noticed::noticed;
pub use noticed::opened;
pub use proof::{Proof, Reached, proofs};

use crate::escalation::codes;

codes! {
    /// How far a delivery has come.
    State, "state" {
        /// It is tried, or will be.
        Waiting = "waiting" "waiting",
        /// Whoever carries it on has it.
        Accepted = "accepted" "accepted",
        /// It did not get through for a day, or never can.
        GivenUp = "given_up" "given up",
        /// It was not needed any more.
        Cancelled = "cancelled" "cancelled",
    }
}

crate::store::stored_as_text!(State);
