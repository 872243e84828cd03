//! Telling people. What is to be told stands in the outbox, written with what it is about: one row for each person and
//! event. It becomes a delivery for each channel of that person, and each delivery is tried until it was accepted, was
//! not needed any more, or a day has passed.

mod backoff;
mod cancel;
pub mod channel;
mod deliver;
mod delivery;
mod expand;
mod guard;
mod keys;
mod lanes;
mod mail;
mod notice;
mod outside;
mod push;
mod reaching;
pub(crate) mod row;
mod rules;
mod webhook;

pub use cancel::cancel_pages;
pub(crate) use deliver::deliver;
pub use delivery::{Proof, Reached, State, opened, proofs};
pub(crate) use expand::forget;
pub use lanes::{pending, run, turn};
pub use outside::Names;
pub use reaching::{Counts, Reaching};

/// The channel of outbox rows by which the escalation chain pages somebody: acknowledging cancels them.
pub(crate) const PAGE: &str = "page";
