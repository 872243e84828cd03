//! The pages of the policy: the one in force, its versions, writing and adopting one, moving incidents to it.

mod page;
mod versions;
pub mod view;

use crate::routes::Table;

/// The routes of this folder.
pub fn routes(table: Table) -> Table {
    table.with(page::routes).with(versions::routes)
}
