//! Elections: windows, milestones, and what a change of them moves.

mod acts;
pub mod check;
mod edit;
pub mod forms;
mod page;
pub mod phase;
pub mod view;

#[cfg(test)]
mod sample;

pub use acts::waits;

use crate::routes::Table;

/// The routes of this word.
pub fn routes(table: Table) -> Table {
    table.with(page::routes).with(edit::routes).with(acts::routes)
}
