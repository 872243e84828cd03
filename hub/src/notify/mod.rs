//! Telling people: what is to be told stands in the outbox, written with what it is about, until it was told.

mod deliver;
pub(crate) mod row;

pub(crate) use deliver::deliver;

/// Cancels what is unsent of an incident's pages.
pub(crate) async fn cancel_pages(_: &crate::store::Work, _: i64) -> crate::error::Result<()> {
    Ok(())
}
