//! The versions of the escalation policy: kept for good, written, proposed and adopted by two people, and what another
//! one would change. What a policy says is decided in [`crate::escalation`].

mod kept;
mod row;

use crate::escalation::codes;

pub(crate) use kept::Policies;

codes! {
    /// How a version stands.
    State, "state of a policy" {
        /// Somebody writes it.
        Draft = "draft" "draft",
        /// It waits for a second person.
        Proposed = "proposed" "proposed",
        /// It came into force, be it that a later one has by now.
        Adopted = "adopted" "adopted",
    }
}
