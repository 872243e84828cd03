//! An incident's room: one log, read and written by both sides.

mod draft;
mod log;
mod marks;
mod say;
mod wait;

pub use draft::{Begun, Keep, begun, keep};
pub(crate) use draft::{begun_by, draft_goes_to};
pub use log::{Log, events, newest};
pub(crate) use log::{PAGE, replay};
pub(crate) use marks::mark_of;
pub use marks::{Mark, UpTo, mark, marks, up_to};
pub use say::{Said, Say, say};
pub use wait::wait;
