//! The one owner of a connection. All that anybody gets is a [`Reader`] made from a viewer, a [`Work`] (one transaction
//! in exactly one authority) made from an actor, or a [`Desk`] (one transaction over what belongs to no authority).
//!
//! A query that is not scoped does not compile, because there is no connection to give it to:
//!
//! ```compile_fail,E0616
//! async fn everything(db: &hub::store::Db) {
//!     let connection = &db.readers;
//! }
//! ```
//!
//! Nor is there a way to read without saying who reads:
//!
//! ```compile_fail,E0061
//! fn nobody(db: &hub::store::Db) {
//!     let reader = db.read();
//! }
//! ```
//!
//! Nor does one outside the crate get at the rows themselves, scoped or not:
//!
//! ```compile_fail,E0624
//! fn rows(db: &hub::store::Db, viewer: &hub::identity::Viewer) {
//!     let reader = db.read(viewer);
//!     let _ = reader.find::<()>();
//! }
//! ```

mod bulk;
mod calendar;
mod db;
mod desk;
mod group;
mod link;
mod lookout;
mod once;
mod page;
mod reader;
mod scope;
mod stored;
mod tally;
mod tx;
mod work;

pub(crate) use calendar::Calendar;
pub use db::{Db, OpenError};
pub use desk::Desk;
pub(crate) use link::chained;
pub use lookout::Lookout;
pub use page::{Page, PageOf};
pub use reader::Reader;
pub(crate) use reader::{Rows, Scoped};
pub(crate) use scope::{Instance, Tenanted, own};
pub(crate) use stored::{stored_as_text, unknown as unknown_code};
pub(crate) use tx::Tx;
pub(crate) use work::{Draft, Room};
pub use work::{Recorded, Work};
