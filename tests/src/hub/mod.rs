//! A hub as its people use it, without pages: a fresh database, two clocks that stand still, and the cast.
//!
//! Stories read as what people do: `ana.files("voters cannot check in")`, `rosa.claims(&r)`, `hub.clock_moves_to(…)`.
//! When a hub goes, its record is verified, and nothing may wait to be told.

mod cast;
mod house;
mod open;

pub use cast::{Filed, Refused, Someone, body};
pub use house::{START, TestHub};
pub use open::OpenHub;
