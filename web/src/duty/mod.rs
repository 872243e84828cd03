//! The page of duty.

mod page;
pub mod view;

pub use page::routes;
