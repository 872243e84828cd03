//! Cancelling what is not needed any more.

use super::{delivery, row};
use crate::error::Result;
use crate::store::Work;

/// Cancels what of an incident's pages nobody has accepted yet: somebody has it now, and whoever was to be woken may
/// sleep. A page that is on its way in this instant may still arrive.
///
/// # Errors
/// If the database does not answer.
pub async fn cancel_pages(work: &Work, incident: i64) -> Result<()> {
    let now = work.now();
    work.update(row::cancelled(work.authority().id, incident, now)).await?;
    work.update(delivery::row::cancelled(incident, now)).await?;
    Ok(())
}
