//! Reading a room's log, as its reader's side counts it.

use serde::Serialize;

use crate::audit::{EventView, row as event};
use crate::error::{Error, Refusal, Result};
use crate::hub::Hub;
use crate::identity::{Side, Viewer};
use crate::incident::find_room;
use crate::store::{Page, Reader};

/// How many events are read at a time at most.
pub(crate) const PAGE: u64 = 500;

/// A page of a room's log.
#[derive(Debug, Clone, Serialize)]
pub struct Log {
    /// The events, in order.
    pub items: Vec<EventView>,
    /// The newest number there is.
    pub seq: i64,
    /// The life of the database that the numbers are of.
    pub epoch: String,
    /// What to ask the next page with: the number of the last item; none after the newest.
    pub next: Option<i64>,
    /// The incident's key; not sent.
    #[serde(skip)]
    pub incident: i64,
    /// Its authority's key; not sent.
    #[serde(skip)]
    pub authority: i64,
}

/// The events of a room after a number.
///
/// # Errors
/// Not found; what is wrong with `limit`; a refusal where `epoch` is of another life of the database.
pub async fn events(
    hub: &Hub,
    viewer: &Viewer,
    reference: &str,
    after: i64,
    limit: Option<u64>,
    epoch: Option<&str>,
) -> Result<Log> {
    let most = hub.limits.page_rows;
    let limit = Page { limit: Some(limit.unwrap_or(most.rows().min(200))), cursor: None, most }.limit()?;
    if after < 0 {
        return Err(Error::invalid("after", "Numbers begin at 1; ask after 0 for all."));
    }
    let reader = hub.db.read(viewer);
    let row = find_room(&reader, reference).await?;
    if epoch.is_some_and(|epoch| epoch != hub.identity.epoch) {
        return Err(Refusal::OtherEpoch.into());
    }
    let seq = if viewer.side() == Side::Authority { row.shared_seq } else { row.seq };
    let items = replay(&reader, row.id, after, limit).await?;
    let last = items.last().map(|event| event.seq);
    // What came in since the incident was looked up is newer still.
    let seq = last.map_or(seq, |last| last.max(seq));
    let next = last.filter(|last| *last < seq);
    Ok(Log { items, seq, epoch: hub.identity.epoch.clone(), next, incident: row.id, authority: row.authority_id })
}

/// The events of an incident after a number, in the numbering of the reader's side.
pub(crate) async fn replay(reader: &Reader<'_>, incident: i64, after: i64, limit: u64) -> Result<Vec<EventView>> {
    let side = reader.viewer().side();
    let (wanted, number) = (event::after(incident, side, after), event::number(side));
    let rows = reader.find::<event::Entity>().filter(wanted).ascending(number).limit(limit).all().await?;
    Ok(rows.iter().filter_map(|row| EventView::of(row, side)).collect())
}

/// The newest `count` events of a room, oldest of them first: what a page opens with.
///
/// # Errors
/// Not found.
pub async fn newest(hub: &Hub, viewer: &Viewer, reference: &str, count: u64) -> Result<Log> {
    let reader = hub.db.read(viewer);
    let row = find_room(&reader, reference).await?;
    let seq = if viewer.side() == Side::Authority { row.shared_seq } else { row.seq };
    let after = seq.saturating_sub(i64::try_from(count).unwrap_or(i64::MAX)).max(0);
    let mut items = replay(&reader, row.id, after, count).await?;
    // What came in between belongs to the next look: the page says up to where it was made.
    items.retain(|event| event.seq <= seq);
    Ok(Log { items, seq, epoch: hub.identity.epoch.clone(), next: None, incident: row.id, authority: row.authority_id })
}
