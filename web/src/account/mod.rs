//! `/account`: what belongs to the reader alone. So far: how they are reached.

mod page;
pub mod view;
mod worker;

use crate::routes::Table;

/// The routes of this folder.
pub fn routes(table: Table) -> Table {
    table.with(page::routes).with(worker::routes)
}
