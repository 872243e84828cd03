//! The event log: one append-only row for everything that happened, and all its readers. Rows are chained by hashes,
//! once over all of an authority's events and once over those that both sides read.

pub mod chain;
mod kind;
mod queries;
pub mod verify;
mod view;

pub(crate) mod row;

pub use kind::Kind;
pub use verify::{Broken, Head, NotVerified, Verified, heads, verify};
pub(crate) use view::Payload;
pub use view::{By, EventView};
