//! What a supervisor looks at.

pub mod gantt;
mod page;
pub mod view;

pub use page::{dashboard_html, routes};
pub(crate) use page::{rooms, until};
