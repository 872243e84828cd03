//! The authorities: each sees only itself.

mod commands;
mod queries;
pub(crate) mod row;

pub use commands::{NewAuthority, create};
pub(crate) use queries::by_id;
pub use queries::{AuthorityView, get, list};
