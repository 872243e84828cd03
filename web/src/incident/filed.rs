//! `/incidents/{ref}/receipt`: what filing leads to.

use axum::response::{IntoResponse, Response};
use hub::audit::Kind;
use hub::duty::answering;
use hub::escalation::Promise;
use hub::identity::Side;
use hub::incident::{IncidentView, catalogue};
use hub::time::Ts;

use super::receipt::{Receipt, Who, spoken};
use super::tell;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Params};
use crate::face::{TrailStep, ticking};
use crate::page::{Page, Place};
use crate::room::tell::times;
use crate::room::{ONE, READERS};
use crate::routes::{Access, Table};
use crate::theme::Theme;
use crate::when::Times;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.get("/incidents/{ref}/receipt", Access::Reach(READERS), ONE, page)
}

async fn page(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let incident = hub::incident::get(hub, viewer, params.text("ref"), now).await?;
    let responds = viewer.side() == Side::Response;
    let times = times(viewer.side(), &incident.zone);
    let who = who(&app, &caller, &incident).await?;
    let title = format!("{} received", incident.reference);
    let place = if responds { Place::Queue } else { Place::Incidents };
    let mut shell = app.shell(Some(viewer), theme, title, place).await;
    shell.exercise = incident.exercise;
    let first = tell::promise(&incident, Promise::FirstResponse);
    let due = first.map_or(incident.opened_at, |clock| clock.due);
    let runs = first.is_some_and(|clock| clock.met_at.is_none()) && due > now;
    let category = catalogue().category(&incident.category).unwrap_or_else(|| catalogue().unclassified());
    let callback = incident.callback.as_ref().map(|callback| callback.number.to_string());
    let moment = |at: Ts| times.moment(at.timestamp(), now.timestamp());
    let otherwise = match &shell.call_line {
        Some(line) if !matches!(who, Who::Nobody) => format!("Without an answer by then, ring {line}."),
        _ => String::new(),
    };
    let receipt = Receipt {
        spoken: spoken(&incident.reference, &incident.authority_name),
        priority: incident.priority,
        trail: trail(&incident, &who, &times, now, due),
        who,
        due: moment(due),
        due_at: due.timestamp(),
        left: if runs { ticking(due.since(now).as_secs()) } else { String::new() },
        zone: zone(&times, responds, due),
        otherwise,
        because: tell::because(&incident),
        received: times.clock_with_seconds(incident.opened_at.timestamp()),
        received_at: incident.opened_at.timestamp(),
        callback,
        first_hour: category.first_hour.clone(),
        do_not: category.do_not.clone(),
        preserve: category.preserve.clone(),
        reference: incident.reference,
        shell,
    };
    Ok(Page::ok(receipt).into_response())
}

/// Who has answered, else who is on duty; nobody is nobody.
async fn who(app: &App, caller: &Caller, incident: &IncidentView) -> Result<Who, Failure> {
    let (hub, viewer) = (app.hub(), &caller.viewer);
    if let Some(owner) = incident.owner.as_ref().filter(|_| incident.acknowledged_at.is_some()) {
        return Ok(Who::Answered(owner.name.clone()));
    }
    if incident.acknowledged_at.is_some() {
        let answers = [Kind::Acknowledged.code(), Kind::Claimed.code(), Kind::Resolved.code()];
        let log = hub::room::events(hub, viewer, &incident.reference, 0, None, None).await?;
        let first = log.items.into_iter().find(|event| answers.contains(&event.kind.as_str()));
        if let Some(by) = first.and_then(|event| event.by) {
            return Ok(Who::Answered(by.name));
        }
    }
    let on_duty: Vec<String> = answering(hub, caller.now).await?.into_iter().map(|shift| shift.name).collect();
    Ok(if on_duty.is_empty() { Who::Nobody } else { Who::Told(on_duty) })
}

/// "your time (EDT)"; for responders "UTC".
fn zone(times: &Times, responds: bool, at: Ts) -> String {
    if responds {
        return "UTC".to_owned();
    }
    let civil = times.civil(at.timestamp());
    format!("your time ({})", civil.rsplit(' ').next().unwrap_or_default())
}

fn trail(incident: &IncidentView, who: &Who, times: &Times, now: Ts, due: Ts) -> Vec<TrailStep> {
    let step = |name: &str, words: String, done, current| TrailStep { name: name.to_owned(), words, done, current };
    let answered = incident.acknowledged_at;
    let told = match who {
        Who::Answered(name) => name.clone(),
        Who::Told(names) => names.iter().filter_map(|name| name.split(' ').next()).collect::<Vec<_>>().join(", "),
        Who::Nobody => "nobody is on duty".to_owned(),
    };
    let moment = |at: Ts| times.moment(at.timestamp(), now.timestamp());
    let answer = answered.map_or_else(|| format!("by {}", moment(due)), moment);
    let call = match &incident.callback {
        Some(_) => "on the number you gave",
        None => "no number given",
    };
    vec![
        step("Saved", times.clock_with_seconds(incident.opened_at.timestamp()), true, false),
        step("On duty", told, *who != Who::Nobody, false),
        step("Answer", answer, answered.is_some(), answered.is_none()),
        step("Call-back", call.to_owned(), false, false),
    ]
}
