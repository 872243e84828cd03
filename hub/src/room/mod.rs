//! An incident's room: one log, read and written by both sides.

mod log;
mod say;
mod wait;

pub use log::{Log, events, newest};
pub(crate) use log::{PAGE, replay};
pub use say::{Said, Say, say};
pub use wait::wait;
