//! The queue of open incidents: what is worked next, and why.

mod page;
pub mod row;
pub mod view;

#[cfg(test)]
mod sample;

pub use page::{queue_html, routes};
