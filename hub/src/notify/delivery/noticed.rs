//! That a notice arrived, and that its person opened it.

use super::row;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Viewer};
use crate::notify::channel::Receipt;

/// Notes that the viewer followed the link of a notice of theirs; another's, or none, is nothing.
///
/// # Errors
/// If the database does not answer.
pub async fn opened(hub: &Hub, viewer: &Viewer, uid: &str) -> Result<()> {
    match noticed(hub, uid, Some(viewer.id()), Receipt::Opened).await {
        Err(Error::NotFound) => Ok(()),
        other => other,
    }
}

/// Notes it, the first time only, where it is the person's whom it must be.
pub(crate) async fn noticed(hub: &Hub, uid: &str, person: Option<i64>, what: Receipt) -> Result<()> {
    let system = Viewer::system("outbox");
    let found = hub.db.read(&system).find::<row::Entity>().filter(row::with_uid(uid)).one().await?;
    let found = found.filter(|found| person.is_none_or(|person| person == found.person_id)).ok_or(Error::NotFound)?;
    let (column, known) = match what {
        Receipt::Delivered => (row::Column::DeliveredAt, found.delivered_at),
        Receipt::Opened => (row::Column::OpenedAt, found.opened_at),
    };
    if known.is_some() {
        return Ok(());
    }
    let now = hub.wall.now();
    let work = hub.db.work(&Actor::system("outbox", now), found.authority_id).await?;
    work.update(row::noticed(found.id, column, now)).await?;
    work.keep().await
}
