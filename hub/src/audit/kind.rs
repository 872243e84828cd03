//! What can happen.

use crate::escalation::codes;

codes! {
    /// The kinds of events. Clients skip those that they do not know.
    Kind, "kind of event" {
        /// An incident was filed.
        Filed = "filed" "filed",
        /// Somebody wrote to both sides.
        Message = "message" "message",
        /// A responder wrote to responders.
        Note = "note" "note",
        /// Facts of the incident were changed.
        Changed = "changed" "changed",
        /// The priority became another one.
        Priority = "priority" "priority",
        /// The table says less than what is in force; a person decides.
        LoweringProposed = "lowering_proposed" "lowering proposed",
        /// A responder confirmed how bad it is.
        SeverityConfirmed = "severity_confirmed" "severity confirmed",
        /// A responder has seen it.
        Acknowledged = "acknowledged" "acknowledged",
        /// A responder has it.
        Claimed = "claimed" "claimed",
        /// Its owner gave it back.
        Released = "released" "released",
        /// It was given to somebody.
        Assigned = "assigned" "assigned",
        /// Somebody was told because it waits: a step of the chain, a missed update, a warning.
        Paged = "paged" "paged",
        /// Whoever had acknowledged it was silent for too long.
        Lapsed = "lapsed" "acknowledgement lapsed",
        /// A shift ended and whoever took over has it now.
        HandedOver = "handed_over" "handed over",
        /// The work is done.
        Resolved = "resolved" "resolved",
        /// The room is read only.
        Closed = "closed" "closed",
        /// It was opened again.
        Reopened = "reopened" "opened again",
        /// More was filed than is usual; responders read it.
        Unusual = "unusual" "more than usual",
        /// An authority's election was changed; of no room.
        Election = "election" "election changed",
        /// An authority joined; of no room.
        Joined = "joined" "joined",
    }
}
