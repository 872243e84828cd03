//! The versions of the escalation policy: kept for good, written, proposed and adopted by two people; what another one
//! would change, and what it would have changed. What a policy says is decided in [`crate::escalation`].

mod commands;
mod differs;
mod kept;
mod moving;
mod queries;
pub mod replay;
mod row;

use crate::escalation::codes;

pub use commands::{Seen, Written, adopt, propose, take_back, write};
pub use differs::{Difference, Part, differences};
pub(crate) use kept::Policies;
pub use moving::{Moving, move_all, preview};
pub use queries::{Version, editors, version, versions};

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
