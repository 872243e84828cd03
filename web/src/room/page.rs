//! `GET /incidents/{ref}`, and the same page after a form that did nothing.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::audit::{EventView as Event, Kind};
use hub::duty::answering;
use hub::escalation::Priority;
use hub::identity::Right;
use hub::incident::{Filter, IncidentView, Owner, Status, catalogue};
use hub::room::{Begun, Log, Mark};
use hub::store::Page as Cut;
use serde::Deserialize;

use super::event::{Entry, Row};
use super::heads::head;
use super::rail::{actions, clocks, facts, people};
use super::silence;
use super::tell::{Reading, of_the_team};
use super::view::{Ask, Composer, Draft, Guard, Mine, Room, Switch};
use super::{ONE, READERS};
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, Kind as Field, Params};
use crate::face::ticking;
use crate::incident::receipt::spoken;
use crate::incident::tell;
use crate::page::{Page, Place};
use crate::routes::{Access, Table};
use crate::theme::Theme;
use crate::typed::Typed;

/// How many entries a page shows.
const SHOWN: u64 = 200;
/// How many of a responder's own rooms stand beside.
const MINE: u64 = 20;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.get("/incidents/{ref}", Access::Reach(READERS), ONE, page)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    before: Option<i64>,
}

async fn page(app: App, theme: Theme, caller: Caller, params: Params, asked: Asked) -> Result<Response, Failure> {
    let incident = reach(&app, &caller, &params).await?;
    let Query { before } = asked.read(&[("before", Field::Number)])?;
    show(&app, theme, &caller, &incident, Came { before, ..Came::default() }).await
}

/// The incident, as the caller may read it: before anything else of a request is looked at.
pub(super) async fn reach(app: &App, caller: &Caller, params: &Params) -> Result<IncidentView, Failure> {
    Ok(hub::incident::get(app.hub(), &caller.viewer, params.text("ref"), caller.now).await?)
}

/// What came back with the page.
#[derive(Debug, Default)]
pub(super) struct Came {
    /// The status; 200 unless said otherwise.
    pub status: Option<StatusCode>,
    /// Why the last form did nothing.
    pub notice: String,
    /// A verb's form, under the verb's name.
    pub typed: Typed,
    /// What the writer had not seen.
    pub unseen: Vec<Event>,
    /// What was being written.
    pub draft: Option<Written>,
    /// Only entries before this number: an older page.
    pub before: Option<i64>,
}

/// A message that comes back.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub id: String,
    pub text: String,
    pub note: bool,
    pub problem: String,
}

/// The room as the caller sees it.
pub(super) async fn show(
    app: &App,
    theme: Theme,
    caller: &Caller,
    incident: &IncidentView,
    came: Came,
) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let reading = Reading::of(incident, viewer.side());
    let responds = reading.responds();
    let log = log(app, caller, incident, came.before).await?;
    let first = log.items.first().map_or(1, |event| event.seq);
    let last = log.items.last().map_or(0, |event| event.seq);
    let newest = came.before.is_none();
    let hidden: Vec<i64> = came.unseen.iter().map(|event| event.seq).collect();
    let unseen: Vec<_> = came.unseen.iter().filter_map(|event| reading.event(event)).collect();
    let place = if responds { Place::Queue } else { Place::Incidents };
    let mut shell = app.shell(Some(viewer), theme, incident.reference.clone(), place).await;
    shell.exercise = incident.exercise;
    let mut head = head(app, viewer, incident, now).await?;
    head.highest = highest(&log.items).filter(|highest| head.over && *highest < incident.priority);
    let category = catalogue().category(&incident.category).unwrap_or_else(|| catalogue().unclassified());
    let at = format!("/incidents/{}", incident.reference);
    let marks = hub::room::marks(hub, viewer, incident.id).await?;
    let begun = hub::room::begun(hub, viewer, incident.id).await?;
    let here = app.channel().live().people(&place_of(incident), viewer.side()).await;
    let duty = answering(hub, now).await?;
    let room = Room {
        me: hub::id::secret_hash(&format!("{} {}", log.epoch, viewer.id()))[..16].to_owned(),
        marks: serde_json::to_string(&marks.iter().map(|mark| (&mark.by.name, mark.seq)).collect::<Vec<_>>())
            .map_err(hub::Error::broken)?,
        silence: (newest && incident.status.is_open())
            .then(|| silence::of(caller, &log.items, &duty, reading.times()))
            .flatten(),
        seq: if newest { log.seq } else { last },
        epoch: log.epoch.clone(),
        side: viewer.side().code(),
        head,
        mine: if viewer.role().has(Right::Respond) { mine(app, caller, incident).await? } else { Vec::new() },
        notice: came.notice,
        ask: ask(caller, incident, &log.items),
        earlier: if first > 1 { format!("{at}?before={first}") } else { String::new() },
        timeline: timeline(&log.items, &hidden, &reading, &marks, caller),
        later: if newest { String::new() } else { format!("{at}#newest") },
        guard: guard(unseen),
        composer: if newest {
            composer(caller, incident, &reading, came.draft, begun)
        } else {
            Composer::ReadOnly("These are earlier entries; you write beside the newest.".to_owned())
        },
        actions: actions(app, caller, incident, came.typed).await?,
        category: category.plain_name.clone(),
        questions: if responds { category.ask.clone() } else { Vec::new() },
        first_hour: category.first_hour.clone(),
        do_not: category.do_not.clone(),
        facts: facts(caller, incident),
        clocks: if responds { clocks(app, incident, now) } else { Vec::new() },
        people: people(caller, incident, &log.items, &here.list, &duty),
        spoken: spoken(&incident.reference, &incident.authority_name),
        shell,
    };
    Ok(Page::with(came.status.unwrap_or(StatusCode::OK), room).into_response())
}

/// The newest entries, or those before a number.
async fn log(app: &App, caller: &Caller, incident: &IncidentView, before: Option<i64>) -> Result<Log, Failure> {
    let (hub, viewer, reference) = (app.hub(), &caller.viewer, &incident.reference);
    let Some(before) = before else { return Ok(hub::room::newest(hub, viewer, reference, SHOWN).await?) };
    let shown = i64::try_from(SHOWN).unwrap_or(i64::MAX);
    let after = before.saturating_sub(1).saturating_sub(shown).max(0);
    let mut log = hub::room::events(hub, viewer, reference, after, Some(SHOWN), None).await?;
    log.items.retain(|event| event.seq < before);
    Ok(log)
}

/// The highest that it ever was, as far as the entries tell.
fn highest(events: &[Event]) -> Option<Priority> {
    let told = events.iter().flat_map(|event| [&event.data["priority"], &event.data["from"], &event.data["to"]]);
    told.filter_map(|value| value.as_str()?.parse().ok()).min()
}

/// The rows of the page. The first day says in which time the page is; a new day gets a line.
fn timeline(events: &[Event], hidden: &[i64], reading: &Reading, marks: &[Mark], caller: &Caller) -> Vec<Row> {
    let times = reading.times();
    let seen = seen(events, marks);
    let mut rows = Vec::new();
    let mut day = None;
    for event in events.iter().filter(|event| !hidden.contains(&event.seq)) {
        let at = event.at.timestamp();
        let Some(mut row) = reading.event(event) else { continue };
        if let (Some(names), Entry::Message(said) | Entry::Note { said, .. }) = (seen.get(&event.seq), &mut row.entry) {
            said.seen = format!("Seen by {}", listed(names));
        }
        if day != Some(times.date(at)) {
            let words = times.day(at, caller.now.timestamp());
            rows.push(Row::Day(match (day, reading.responds()) {
                (Some(_), _) => words,
                (None, false) => format!("{words}, your time ({})", times.offset(at)),
                (None, true) => format!("{words}, UTC, with the authority’s time ({}) beside it", times.offset(at)),
            }));
            day = Some(times.date(at));
        }
        rows.push(Row::Event(Box::new(row)));
    }
    rows
}

/// Who has seen which message last, but their own: names by its number.
fn seen<'a>(events: &[Event], marks: &'a [Mark]) -> BTreeMap<i64, Vec<&'a str>> {
    let spoken = |event: &&Event| [Kind::Message.code(), Kind::Note.code()].contains(&event.kind.as_str());
    let mut seen = BTreeMap::<i64, Vec<&str>>::new();
    for mark in marks {
        let last = events.iter().rev().filter(spoken).find(|event| event.seq <= mark.seq && event.actor != mark.person);
        if let Some(last) = last {
            seen.entry(last.seq).or_default().push(&mark.by.name);
        }
    }
    seen
}

/// "Ana Reyes", "Ana Reyes and Olive Marsh", "Ana Reyes, Olive Marsh and 2 others": the script says the same.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, other, third] => format!("{one}, {other} and {third}"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} others", rest.len()),
    }
}

/// The room of an incident, as the live channel names it.
fn place_of(incident: &IncidentView) -> hub::live::Place {
    hub::live::Place {
        reference: incident.reference.clone(),
        incident: incident.id,
        authority: incident.authority_id,
        authority_name: incident.authority_name.clone(),
        zone: incident.zone.clone(),
    }
}

fn guard(unseen: Vec<super::event::EventView>) -> Option<Guard> {
    let words = match unseen.len() {
        0 => return None,
        1 => "Not sent yet. You have not seen a newer message:".to_owned(),
        many => format!("Not sent yet. You have not seen {many} newer messages:"),
    };
    Some(Guard { unseen, words })
}

/// The one thing that is asked of the reader.
fn ask(caller: &Caller, incident: &IncidentView, events: &[Event]) -> Option<Ask> {
    let viewer = &caller.viewer;
    if let Some(to) = incident.lowering_proposed.filter(|_| viewer.role().has(Right::Respond)) {
        let near = &incident.why.parts.near;
        return Some(Ask {
            lead: format!("The table now says {to}:"),
            words: format!("{near}. It stays {} until a responder confirms.", incident.priority),
            button: Some(("confirm-lowering", format!("Lower to {to}"))),
        });
    }
    if incident.status != Status::Waiting || caller.responds() {
        return None;
    }
    let asked = events
        .iter()
        .rev()
        .find(|event| event.kind == Kind::Message.code() && event.by.as_ref().is_some_and(of_the_team));
    let words = asked.and_then(|event| event.text.as_deref()).map(|text| hub::text::cut(text, 200));
    Some(Ask {
        lead: "We wait for you:".to_owned(),
        words: words.unwrap_or_else(|| "write below how it stands.".to_owned()),
        button: None,
    })
}

fn composer(
    caller: &Caller,
    incident: &IncidentView,
    reading: &Reading,
    draft: Option<Written>,
    begun: Option<Begun>,
) -> Composer {
    let role = caller.viewer.role();
    if !role.has(Right::Write) {
        let role = role.label().to_lowercase();
        return Composer::ReadOnly(format!("You read this room as {role}. Nothing can be written from here."));
    }
    if incident.status == Status::Closed {
        let at = incident.closed_at.unwrap_or(incident.updated_at).timestamp();
        let day = reading.times().day(at, caller.now.timestamp());
        return Composer::Closed {
            words: format!("Closed. The work ended {day}, {}.", reading.times().both(at)),
            report: None,
            kept: begun.map(|begun| begun.text).unwrap_or_default(),
        };
    }
    let kept = begun.as_ref().map(|begun| begun.text.clone()).unwrap_or_default();
    let draft = draft.unwrap_or_else(|| Written {
        id: hub::id::fresh().to_string(),
        note: begun.is_some_and(|begun| begun.note),
        text: kept.clone(),
        problem: String::new(),
    });
    let responds = caller.responds();
    let first = incident.owner.as_ref().and_then(|owner| owner.name.split(' ').next());
    Composer::Open(Draft {
        id: draft.id,
        text: draft.text,
        kept,
        problem: draft.problem,
        placeholder: match (responds, first) {
            (true, _) => "Message".to_owned(),
            (false, Some(first)) => format!("Write to {first} and the team"),
            (false, None) => "Write to the response team".to_owned(),
        },
        audience: if responds {
            format!("{} will see this", incident.authority_name)
        } else {
            "Seen by everyone in this room".to_owned()
        },
        switch: (responds && role.has(Right::Respond))
            .then(|| Switch { to: incident.authority_name.clone(), note: draft.note }),
    })
}

/// A responder's own open incidents.
async fn mine(app: &App, caller: &Caller, here: &IncidentView) -> Result<Vec<Mine>, Failure> {
    let (hub, now) = (app.hub(), caller.now);
    let filter = Filter { owner: Some(Owner::Me), ..Filter::default() };
    let page = Cut::first(MINE);
    let all = hub::incident::list(hub, &caller.viewer, &filter, &page, now).await?.items;
    let short = |incident: &IncidentView| {
        let clock = tell::leading(incident)?;
        let mut face = tell::face(incident, clock, &hub.policy_of(&incident.why.policy), true, now);
        face.words = match (face.state, face.due) {
            ("paused", _) => "waiting".to_owned(),
            (_, Some(due)) => {
                let left = due.as_second() - now.timestamp().as_second();
                if left < 0 { format!("−{}", ticking(-left)) } else { ticking(left) }
            }
            _ => return None,
        };
        Some(face)
    };
    Ok(all
        .iter()
        .map(|incident| Mine {
            reference: incident.reference.clone(),
            priority: incident.priority,
            clock: short(incident),
            title: incident.title.clone(),
            about: incident.authority_name.clone(),
            current: incident.reference == here.reference,
        })
        .collect())
}
