//! The page of the policy in force.

mod page;
pub mod view;

pub use page::routes;
