//! Making a room's head from its incident.

use askama::Template;
use hub::election::Phase;
use hub::escalation::Promise as Promised;
use hub::identity::{Right, Side, Viewer};
use hub::incident::{IncidentView, Status};
use hub::time::Ts;

use super::head::{HeadView, Nearness, Promise};
use super::tell::times;
use crate::app::App;
use crate::error::Failure;
use crate::face::{ClockFace, e_minus, ticking};
use crate::incident::tell;
use crate::page::CallLine;

/// The head as `viewer` sees it.
///
/// # Errors
/// If the database does not answer.
pub async fn head(app: &App, viewer: &Viewer, incident: &IncidentView, now: Ts) -> Result<HeadView, Failure> {
    let policy = &app.hub().policy_of(&incident.why.policy);
    let responds = viewer.side() == Side::Response;
    let times = times(viewer.side(), &incident.zone);
    let near = crate::home::near(app.hub(), incident.authority_id, incident, now).await?;
    let over = !incident.status.is_open();
    Ok(HeadView {
        reference: incident.reference.clone(),
        title: incident.title.clone(),
        why: tell::why(incident, policy, &times, now),
        highest: None,
        status: tell::status(incident, responds),
        over,
        owner: incident.owner.as_ref().map(|owner| owner.name.clone()),
        clocks: if over { ended(incident) } else { running(app, incident, responds, now) },
        election: near.filter(|_| !over).and_then(|(_, phase)| nearness(&phase, responds)),
        place: responds.then(|| (incident.authority_name.clone(), times.civil(now.timestamp()))),
        tlp: incident.tlp.code().to_owned(),
        claim: may_claim(viewer, incident),
        acknowledge: may_acknowledge(viewer, incident),
        edit: may_edit(viewer, incident),
        stops: !responds && may_say_stopped(viewer, incident),
        call: if responds { None } else { app.config().call_line.as_deref().and_then(CallLine::new) },
    })
}

/// The head as HTML, as the page renders it.
///
/// # Errors
/// If the database does not answer.
pub async fn head_html(app: &App, viewer: &Viewer, incident: &IncidentView, now: Ts) -> Result<String, Failure> {
    let head = head(app, viewer, incident, now).await?;
    head.render().map_err(|error| hub::Error::broken(error).into())
}

pub(super) fn may_claim(viewer: &Viewer, incident: &IncidentView) -> bool {
    let free = incident.owner_id.is_none() && matches!(incident.status, Status::New | Status::Acknowledged);
    // Whoever had it was silent for too long: anybody takes it over, they themselves as well.
    let lapsed = incident.status.is_open() && incident.status != Status::New && incident.acknowledged_at.is_none();
    (free || lapsed) && viewer.role().has(Right::Respond)
}

pub(super) fn may_acknowledge(viewer: &Viewer, incident: &IncidentView) -> bool {
    incident.status.is_open() && incident.acknowledged_at.is_none() && viewer.role().has(Right::Respond)
}

pub(super) fn may_edit(viewer: &Viewer, incident: &IncidentView) -> bool {
    incident.status.is_open() && viewer.role().has(Right::Patch)
}

pub(super) fn may_say_stopped(viewer: &Viewer, incident: &IncidentView) -> bool {
    may_edit(viewer, incident) && !incident.voting_stopped
}

/// The answer until there is one; then what it took, and what is promised next.
fn running(app: &App, incident: &IncidentView, responds: bool, now: Ts) -> Vec<Promise> {
    let times = times(if responds { Side::Response } else { Side::Authority }, &incident.zone);
    let answered = tell::promise(incident, Promised::FirstResponse).is_some_and(|clock| clock.met_at.is_some());
    let shown = incident.clocks.iter().filter(|clock| match clock.kind {
        Promised::FirstResponse => true,
        Promised::LiveRoom => responds && answered && clock.met_at.is_none(),
        Promised::NextUpdate => answered && clock.met_at.is_none(),
    });
    let promise = |clock: &hub::incident::ClockView| {
        let face = tell::face(incident, clock, &app.hub().policy_of(&incident.why.policy), responds, now);
        let by = if face.due.is_some() { times.moment(clock.due.timestamp(), now.timestamp()) } else { String::new() };
        Promise { minor: face.state == "met", face, by }
    };
    shown.map(promise).collect()
}

/// "Answered in 4:10, solved in 2 h 26 min".
fn ended(incident: &IncidentView) -> Vec<Promise> {
    let took = |at: Option<Ts>| at.map(|at| ticking(at.since(incident.opened_at).as_secs()));
    let answered = took(incident.acknowledged_at).map(|took| format!("answered in {took}"));
    let solved = took(incident.closed_at).map(|took| format!("solved in {took}"));
    let words = answered.into_iter().chain(solved).collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        return Vec::new();
    }
    let words = crate::error::sentence(&words);
    vec![Promise { face: ClockFace::met(words.trim_end_matches('.')), by: String::new(), minor: false }]
}

fn nearness(phase: &Phase, responds: bool) -> Option<Nearness> {
    let days = phase.days_to_election?;
    let words = match days {
        0 if responds => phase.words.clone(),
        _ if responds => format!("{}, {}", e_minus(days), lower(&phase.words)),
        0 => "Election Day is today".to_owned(),
        1 => "Election Day is tomorrow".to_owned(),
        2.. => format!("{days} days to Election Day"),
        -1 => "Election Day was yesterday".to_owned(),
        _ => format!("{} days since Election Day", -days),
    };
    Some(Nearness { days, words })
}

/// With a small first letter, to follow a comma.
pub(super) fn lower(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
