//! Saying something: to both sides, or as a note to responders alone.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::audit::{EventView, Kind, row as event};
use crate::error::{Error, Problems, Refusal, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Right, Side};
use crate::incident::{Loaded, Status, Verb};
use crate::sabotage::Fault;
use crate::store::{Draft, Work};
use crate::text::Prose;

/// How many unseen messages a refusal shows at most.
const SHOWN: u64 = 100;

/// Something to say: the body of the API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// The writer's own id for it, a UUID: sent again, it is stored once.
    pub id: String,
    /// What to say.
    pub text: String,
    /// Whether only responders read it.
    #[serde(default)]
    pub note: Option<bool>,
    /// The newest number that the writer has seen; without it nothing guards.
    #[serde(default)]
    pub seen: Option<i64>,
    /// Whether to send it although there is something unseen.
    #[serde(default)]
    pub anyway: Option<bool>,
}

/// What was said, durably.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The event, as the writer reads it.
    pub event: EventView,
    /// Whether it had been stored before.
    pub again: bool,
}

/// Says something in a room. When this returns, it is stored for good.
///
/// # Errors
/// Not found, a refusal, fields that must be put right, or unseen messages: then nothing is stored.
pub async fn say(hub: &Hub, actor: &Actor, reference: &str, body: &Say) -> Result<Said> {
    let note = body.note.unwrap_or_default();
    let right = if note { Right::Respond } else { Right::Write };
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(right)).await?;
    let side = actor.viewer.side();
    let mut problems = Problems::default();
    let id = body.id.trim().parse::<Uuid>().ok();
    if id.is_none() {
        problems.add("id", "Give a UUID of your own making, the same one when you send it again.");
    }
    let text = Prose::new(&body.text, hub.limits.message_characters.longest())
        .map_err(|sentence| problems.add("text", sentence))
        .ok();
    problems.none()?;
    let (Some(id), Some(text)) = (id, text) else { return Err(Error::broken("a problem was not told")) };
    if !Fault::SkipClientId.is_on()
        && let Some(event) = said_before(&work, &incident, id, note, text.as_str()).await?
    {
        return Ok(Said { event, again: true });
    }
    if incident.row.status == Status::Closed {
        let sentence = "This room is closed. Reopen the incident, or report something new.";
        return Err(Refusal::Unlawful(sentence.to_owned()).into());
    }
    if !Fault::SkipSendGuard.is_on()
        && !body.anyway.unwrap_or_default()
        && let Some(seen) = body.seen
    {
        nothing_unseen(&work, &incident, seen).await?;
    }
    let (kind, mut draft) = if note {
        (Kind::Note, Draft::internal(Kind::Note, json!({})))
    } else {
        (Kind::Message, Draft::shared(Kind::Message, json!({})))
    };
    draft.client_id = Some(id.to_string());
    let recorded = incident.record(&mut work, draft.saying(text.as_str()))?;
    let now = actor.now;
    if kind == Kind::Message {
        if side == Side::Response {
            incident.chain.updated();
            // What is over promises nothing any more.
            let open = incident.row.open;
            incident.with_clocks(
                |clocks, targets| {
                    if open {
                        clocks.speak(now, targets)
                    }
                },
                now,
            );
        } else {
            let was = incident.row.status;
            if incident.step(Verb::MessageByOfficial)? {
                incident.with_clocks(|clocks, _| clocks.resume(now), now);
                let fields = json!({"fields": {"status": [was, incident.row.status]}});
                incident.record(&mut work, Draft::shared(Kind::Changed, fields))?;
            }
        }
        incident.row.touch(now);
    }
    super::draft::sent(&work, incident.row.id, text.as_str());
    let event = recorded.view(side).ok_or(Error::NotFound)?;
    let body = serde_json::to_value(&event).map_err(Error::broken)?;
    incident.keep(work, 201, body).await?;
    Ok(Said { event, again: false })
}

/// What this writer has stored under this id, if it is the same.
async fn said_before(
    work: &Work,
    incident: &Loaded<'_>,
    id: Uuid,
    note: bool,
    text: &str,
) -> Result<Option<EventView>> {
    let viewer = &work.actor().viewer;
    let mine = event::written_as(viewer.id(), &id.to_string());
    // In whichever authority it was: the id is the writer's.
    let Some(row) = work.all_authorities::<event::Entity>().filter(mine).one().await? else { return Ok(None) };
    let kind = if note { Kind::Note } else { Kind::Message };
    let same_room = row.incident_id == Some(incident.row.id) && row.kind == kind.code();
    let event = EventView::of(&row, viewer.side());
    match event.filter(|event| same_room && event.text.as_deref() == Some(text)) {
        Some(event) => Ok(Some(event)),
        None => Err(Error::invalid("id", "You have sent something else under this id; give a fresh one.")),
    }
}

/// Refuses while there is a message (for responders also a note) by somebody else that the writer has not seen.
async fn nothing_unseen(work: &Work, incident: &Loaded<'_>, seen: i64) -> Result<()> {
    let viewer = &work.actor().viewer;
    let side = viewer.side();
    let kinds: &[Kind] = match side {
        Side::Authority => &[Kind::Message],
        Side::Response => &[Kind::Message, Kind::Note],
    };
    let rows = work
        .find::<event::Entity>()
        .filter(event::after(incident.row.id, side, seen))
        .filter(event::by_others(viewer.id(), kinds))
        .ascending(event::number(side))
        .limit(SHOWN)
        .all()
        .await?;
    let events: Vec<_> = rows.iter().filter_map(|row| EventView::of(row, viewer.side())).collect();
    if events.is_empty() {
        return Ok(());
    }
    let events = events.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Error::broken)?;
    Err(Refusal::Unseen(events).into())
}
