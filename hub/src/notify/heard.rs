//! What somebody is told in a page of theirs: looked up, since a signal is only a pointer, and may be anybody's.

use super::row;
use crate::audit::row as event;
use crate::authority::row as authority;
use crate::error::Result;
use crate::escalation::Priority;
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::incident::row as incident;
use crate::live::Telling;

/// That somebody is told of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which.
    pub reference: String,
    /// Its priority now.
    pub priority: Priority,
    /// `page` or `notice`.
    pub what: String,
}

/// What the viewer is told; nothing where that does not stand in the outbox, or is no incident of theirs.
pub(crate) async fn heard(hub: &Hub, viewer: &Viewer, telling: Telling) -> Result<Option<Heard>> {
    let reader = hub.db.read(viewer);
    let Telling { authority, chain_seq, .. } = telling;
    let asked = reader.find::<row::Entity>().filter(row::to(viewer.id(), authority, chain_seq)).one().await?;
    let Some(asked) = asked else { return Ok(None) };
    let event = reader.find::<event::Entity>().filter(event::of_chain(authority, [chain_seq])).one().await?;
    let Some(incident) = event.and_then(|event| event.incident_id) else { return Ok(None) };
    let incident = reader.find::<incident::Entity>().filter(incident::with_id(incident)).one().await?;
    let whose = reader.find::<authority::Entity>().filter(authority::with_id(authority)).one().await?;
    Ok(incident.zip(whose).map(|(incident, whose)| Heard {
        reference: incident.reference(&whose.code),
        priority: incident.priority,
        what: asked.channel,
    }))
}
