//! An incident's reasons and promises as its reader reads them. The room, the queue, home and receipt say the same.

use hub::escalation::{Policy, Promise};
use hub::incident::{ClockState, ClockView, IncidentView, Status};
use hub::time::Ts;

use crate::face::{ClockFace, ticking};
use crate::when::Times;
use crate::why::{Change, Matrix, Why};

/// Why its priority is what it is.
pub fn why(incident: &IncidentView, policy: &Policy, times: &Times, now: Ts) -> Why {
    let parts = &incident.why.parts;
    let due = parts.due.as_ref().map(|due| {
        let tense = if due.past { " was" } else { " is" };
        let what = crate::error::sentence(due.promise.label());
        let words = times.moment(due.at.timestamp(), now.timestamp());
        (format!("{}{tense}", what.trim_end_matches('.')), words)
    });
    let change =
        |change: &hub::escalation::sentence::Change| Change { rises: change.rises, words: change.words.clone() };
    Why {
        priority: incident.priority,
        because: parts.what.clone(),
        severity: parts.severity,
        near: parts.near.clone(),
        urgency: parts.urgency,
        election: parts.because.near.as_ref().map(|near| near.election_name.clone()),
        function: parts.function,
        due,
        computed: (parts.computed != incident.priority).then_some(parts.computed),
        policy: incident.why.policy.clone(),
        matrix: Matrix::new(
            |severity, urgency| policy.priority(severity, urgency),
            Some((parts.severity, parts.urgency)),
        ),
        changes: parts.changes.iter().map(change).collect(),
    }
}

/// "Because voting is stopped at 3 of 57 sites and polls are open now in Alder County, close 19:30 EST."
pub fn because(incident: &IncidentView) -> String {
    let parts = &incident.why.parts;
    format!("Because {} and {}.", parts.what, parts.near)
}

/// The promise of this kind.
pub fn promise(incident: &IncidentView, kind: Promise) -> Option<&ClockView> {
    incident.clocks.iter().find(|clock| clock.kind == kind)
}

/// A promise as a clock. `responds` for the response side, who read whom they wait for.
pub fn face(incident: &IncidentView, clock: &ClockView, policy: &Policy, responds: bool, now: Ts) -> ClockFace {
    let what = match (clock.kind, responds) {
        (Promise::FirstResponse, _) => "Answer",
        (Promise::LiveRoom, true) => "In the room",
        (Promise::LiveRoom, false) => "Responder here",
        (Promise::NextUpdate, true) => "Update",
        (Promise::NextUpdate, false) => "Next update",
    };
    match (clock.met_at, clock.state) {
        (Some(met), _) => {
            let took = ticking(met.since(incident.opened_at).as_secs());
            match clock.kind {
                Promise::FirstResponse => {
                    let target = ticking(policy.target(incident.priority, incident.urgency).first_response.as_secs());
                    let late = if met > clock.due { ", late" } else { "" };
                    ClockFace::met(if responds {
                        format!("Answered {took} of {target}{late}")
                    } else {
                        format!("Answered in {took}")
                    })
                }
                Promise::LiveRoom => ClockFace::met(format!("In the room in {took}")),
                Promise::NextUpdate => ClockFace::met("No update due"),
            }
        }
        (None, ClockState::Paused) if responds => ClockFace::paused(format!("Waits for {}", incident.authority_name)),
        (None, ClockState::Paused) => ClockFace::paused("Waits for you"),
        (None, _) => {
            let targets = policy.target(incident.priority, incident.urgency);
            let from = match clock.kind {
                Promise::FirstResponse | Promise::LiveRoom => incident.opened_at,
                Promise::NextUpdate => clock.due.plus(-targets.next_update),
            };
            ClockFace::running(what, from.timestamp(), clock.due.timestamp(), now.timestamp())
        }
    }
}

/// The one promise that a card has room for: the answer until there is one, then the next update.
pub fn leading(incident: &IncidentView) -> Option<&ClockView> {
    let first = promise(incident, Promise::FirstResponse);
    match first {
        Some(clock) if clock.met_at.is_none() => first,
        _ => promise(incident, Promise::NextUpdate).filter(|clock| clock.met_at.is_none()).or(first),
    }
}

/// The one promise that a row has room for: the one that is due next; where none runs, the one that stands still, or the
/// answer that was given.
pub fn next(incident: &IncidentView) -> Option<&ClockView> {
    let live = |state| matches!(state, ClockState::Running | ClockState::Breached);
    let running = incident.clocks.iter().filter(|clock| live(clock.state)).min_by_key(|clock| clock.due);
    let paused = || incident.clocks.iter().find(|clock| clock.state == ClockState::Paused);
    running.or_else(paused).or_else(|| incident.clocks.iter().find(|clock| clock.met_at.is_some()))
}

/// "Working", "Waiting for you".
pub fn status(incident: &IncidentView, responds: bool) -> String {
    match incident.status {
        Status::New => "New".to_owned(),
        Status::Acknowledged => "Acknowledged".to_owned(),
        Status::Working => "Working".to_owned(),
        Status::Waiting if responds => format!("Waiting for {}", incident.authority_name),
        Status::Waiting => "Waiting for you".to_owned(),
        Status::Resolved => "Resolved".to_owned(),
        Status::Closed => "Closed".to_owned(),
    }
}
