//! The pages of authorities.

mod page;
pub mod view;

pub use page::{all_authorities, routes};
pub(crate) use page::{day_and_hours, open_of};
