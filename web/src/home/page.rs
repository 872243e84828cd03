//! `GET /`: where everybody begins, by what they are here. And `GET /incidents`, an office's own.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::authority::AuthorityView;
use hub::duty::{Shift, answering};
use hub::election::calendar;
use hub::identity::{Role, Side, Viewer};
use hub::incident::{Filter, IncidentView, Sort, State, Status};
use hub::store::Page as Cut;
use hub::time::Ts;
use jiff::tz::TimeZone;

use super::near::{countdown, near};
use super::{DutyPerson, Home, IncidentCard, Incidents, LastWord, PastIncident};
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller};
use crate::incident::tell;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::session::{FirstRun, SetupStep};
use crate::theme::Theme;
use crate::when::Times;

/// How many open incidents have a card on the home page.
const CARDS: u64 = 30;
/// How many that are over.
const PAST: u64 = 5;
/// How far back in a room the last word is looked for.
const BACK: u64 = 40;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.get("/", Access::SignedIn, Sample::NONE, home).get(
        "/incidents",
        Access::Reach(&[
            Role::Official,
            Role::OfficialLead,
            Role::Responder,
            Role::ShiftLead,
            Role::Supervisor,
            Role::Auditor,
        ]),
        Sample::NONE,
        incidents,
    )
}

async fn home(app: App, theme: Theme, caller: Caller) -> Result<Response, Failure> {
    match caller.viewer.role() {
        Role::Official | Role::OfficialLead => official(&app, theme, &caller).await,
        Role::Responder | Role::ShiftLead | Role::Auditor => Ok(see_other("/queue")),
        Role::Supervisor => Ok(see_other("/dashboard")),
        Role::Admin => Ok(see_other("/authorities")),
    }
}

/// The authority of an official: the only one that they can read.
pub(crate) async fn own_authority(app: &App, viewer: &Viewer) -> hub::Result<Option<AuthorityView>> {
    if viewer.side() == Side::Response {
        return Ok(None);
    }
    Ok(hub::authority::list(app.hub(), viewer, &Cut::default()).await?.items.into_iter().next())
}

async fn official(app: &App, theme: Theme, caller: &Caller) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let shell = app.shell(Some(viewer), theme, "Home", Place::Home).await;
    let Some(own) = own_authority(app, viewer).await? else {
        let office = viewer.office().to_owned();
        return Ok(Page::ok(FirstRun { shell, office, steps: Vec::new() }).into_response());
    };
    let nearest = near(hub, own.id, None, now).await?;
    let filter = |state, sort| Filter { state, sort, ..Filter::default() };
    let page = |limit| Cut::first(limit);
    let open = hub::incident::list(hub, viewer, &filter(State::Open, Sort::Now), &page(CARDS), now).await?.items;
    let over = hub::incident::list(hub, viewer, &filter(State::Closed, Sort::Updated), &page(PAST), now).await?.items;
    if nearest.is_none() && open.is_empty() && over.is_empty() {
        let steps = first_steps(&own.slug);
        return Ok(Page::ok(FirstRun { shell, office: own.name, steps }).into_response());
    }
    let zone = calendar::zone(&own.zone).unwrap_or(TimeZone::UTC);
    let times = Times::local(zone.clone());
    let mut cards = Vec::new();
    for incident in &open {
        cards.push((incident.exercise, card(app, viewer, incident, now).await?));
    }
    let (exercises, incidents): (Vec<_>, Vec<_>) = cards.into_iter().partition(|(exercise, _)| *exercise);
    let cards = |cards: Vec<(bool, IncidentCard)>| cards.into_iter().map(|(_, card)| card).collect();
    let duty = answering(hub, now).await?;
    let home = Home {
        shell,
        office: own.name,
        clock: times.clock(now.timestamp()),
        offset: times.offset(now.timestamp()),
        countdown: nearest.and_then(|(election, stands)| countdown(&election, &stands, &zone, now)),
        incidents: cards(incidents),
        exercises: cards(exercises),
        past: over.iter().map(|incident| past(incident, &times, now)).collect(),
        duty: duty.iter().map(|shift| on_shift(shift, &times, now)).collect(),
    };
    Ok(Page::ok(home).into_response())
}

fn first_steps(slug: &str) -> Vec<SetupStep> {
    let step = |name: &str, words: &str, next, action: &str, href: String| SetupStep {
        name: name.to_owned(),
        words: words.to_owned(),
        done: false,
        next,
        action: action.to_owned(),
        href,
    };
    vec![
        step(
            "Your election",
            "When polls open and close: the nearer it is, the faster you are answered",
            true,
            "Enter it",
            "/elections".to_owned(),
        ),
        step(
            "Who is in your office",
            "Two people at least, so that one can sleep",
            false,
            "Look",
            format!("/authorities/{slug}"),
        ),
    ]
}

/// An open incident as its office sees it.
async fn card(app: &App, viewer: &Viewer, incident: &IncidentView, now: Ts) -> Result<IncidentCard, Failure> {
    let hub = app.hub();
    let times = crate::room::tell::times(Side::Authority, &incident.zone);
    let at = |at: Ts| times.moment(at.timestamp(), now.timestamp());
    let clock = tell::leading(incident);
    let face = clock.map(|clock| tell::face(incident, clock, &hub.policy_of(&incident.why.policy), false, now));
    let next_by = clock.filter(|_| face.as_ref().is_some_and(|face| face.due.is_some())).map(|clock| at(clock.due));
    let log = hub::room::newest(hub, viewer, &incident.reference, BACK).await?;
    let last = log.items.into_iter().rev().find(|event| event.kind == hub::audit::Kind::Message.code());
    let last = last.and_then(|event| {
        let by = event.by?;
        let team = crate::room::tell::of_the_team(&by);
        Some(LastWord { name: by.name, team, text: hub::text::cut(&event.text?, 300) })
    });
    let ago = now.since(incident.opened_at).as_secs() < 12 * 3_600;
    Ok(IncidentCard {
        reference: incident.reference.clone(),
        priority: incident.priority,
        status: tell::status(incident, false),
        filed: if ago {
            format!("filed {}", crate::when::ago(incident.opened_at.timestamp(), now.timestamp()))
        } else {
            format!("filed {}", at(incident.opened_at))
        },
        title: incident.title.clone(),
        owner: incident.owner.as_ref().map(|owner| owner.name.clone()),
        last,
        clock: face,
        next_by: next_by.unwrap_or_default(),
        asked: if incident.status == Status::Waiting { "We wait for your answer".to_owned() } else { String::new() },
    })
}

fn past(incident: &IncidentView, times: &Times, now: Ts) -> PastIncident {
    let what = if incident.status == Status::Closed { "Closed" } else { "Resolved" };
    let at = incident.closed_at.unwrap_or(incident.updated_at);
    PastIncident {
        reference: incident.reference.clone(),
        title: incident.title.clone(),
        words: format!("{what} {}", times.moment(at.timestamp(), now.timestamp())),
    }
}

/// The hour alone where it comes round once before then; else with its day.
fn until(to: Ts, times: &Times, now: Ts) -> String {
    match to.since(now).as_hours() < 24 {
        true => times.clock(to.timestamp()),
        false => times.moment(to.timestamp(), now.timestamp()),
    }
}

fn on_shift(shift: &Shift, times: &Times, now: Ts) -> DutyPerson {
    let role = shift.role.parse::<Role>().map_or("Response team", Role::label);
    DutyPerson {
        name: shift.name.clone(),
        about: match shift.over {
            true => format!("{role}, until somebody takes over"),
            false => format!("{role}, until {}", until(shift.to, times, now)),
        },
        team: true,
        presence: "On duty".to_owned(),
        away: false,
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    cursor: Option<String>,
}

/// An office's incidents, the last changed first. The response side has its queue.
async fn incidents(app: App, theme: Theme, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    match viewer.role() {
        Role::Admin => return Err(Failure::NOT_FOUND),
        role if role.side() == Side::Response => return Ok(see_other("/queue")),
        _ => {}
    }
    let Query { cursor } = asked.read(&[])?;
    let filter = Filter { state: State::All, sort: Sort::Updated, ..Filter::default() };
    let page = hub::incident::list(hub, viewer, &filter, &Cut { cursor, ..Cut::first(50) }, now).await?;
    let mut open = Vec::new();
    let mut over = Vec::new();
    for incident in &page.items {
        let times = crate::room::tell::times(Side::Authority, &incident.zone);
        if incident.status.is_open() {
            open.push(card(&app, viewer, incident, now).await?);
        } else {
            over.push(past(incident, &times, now));
        }
    }
    let shell = app.shell(Some(viewer), theme, "Our incidents", Place::Incidents).await;
    let next = page.next.and_then(|cursor| serde_urlencoded::to_string([("cursor", cursor)]).ok());
    let next = next.map(|query| format!("/incidents?{query}"));
    Ok(Page::with(StatusCode::OK, Incidents { shell, open, over, next }).into_response())
}
