//! Telling people. What is to be told stands in the outbox, written with what it is about: one row for each person and
//! event. It becomes a delivery for each channel of that person, and each delivery is tried until it was accepted, was
//! not needed any more, or a day has passed.

mod cancel;
pub(crate) mod channel;
mod deliver;
pub(crate) mod delivery;
pub(crate) mod row;

pub use cancel::cancel_pages;
pub(crate) use deliver::deliver;

/// The channel of outbox rows by which the escalation chain pages somebody: acknowledging cancels them.
pub(crate) const PAGE: &str = "page";
