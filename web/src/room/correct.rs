//! `/incidents/{ref}/edit`: correcting what was reported. Nobody's correction is written over unseen.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::audit::{EventView as Event, Kind as Happened};
use hub::escalation::Function;
use hub::identity::{Right, Side};
use hub::incident::{Cause, IncidentView, Patch, Tlp, Veracity, catalogue, patch};
use hub::{Answer, Error};

use super::ONE;
use super::edit::{Edit, ResponseFields};
use super::page::{Came, reach, show};
use super::tell::{Reading, answer_words, value_words};
use super::verbs::came_back;
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Filled, Kind, Params, Sent, Shape};
use crate::face::{Choice, Fact, Problem};
use crate::incident::report::SHARING;
use crate::incident::{WRITERS, questions};
use crate::page::{Page, Place};
use crate::routes::{Access, Table};
use crate::theme::Theme;
use crate::typed::Typed;

const SHAPE: &Shape = &[
    ("voting_stopped", Kind::Bool),
    ("sites.affected", Kind::Number),
    ("sites.total", Kind::Number),
    ("functions", Kind::List),
];

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    let changed = ONE.with(r#"{"version": "1", "seen": "1", "sites": {"affected": 4, "total": 57}}"#);
    table.get("/incidents/{ref}/edit", Access::Reach(WRITERS), ONE, page).post(
        "/incidents/{ref}/edit",
        Access::Reach(WRITERS),
        changed,
        correct,
    )
}

async fn page(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let incident = reach(&app, &caller, &params).await?;
    caller.viewer.may(Right::Patch)?;
    let typed = Typed::new(present(&incident), Vec::new());
    form(&app, theme, &caller, &incident, Shown { typed, ..Shown::default() }).await
}

async fn correct(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let incident = reach(&app, &caller, &params).await?;
    caller.viewer.may(Right::Patch)?;
    let filled = sent.form().await?;
    let room = format!("/incidents/{}", incident.reference);
    let sent = filled.only(|name, value| !["version", "seen"].contains(&name) && !value.trim().is_empty());
    // The one button of the room that changes the status lies over no correction: it says the present status alone.
    let only_status = sent.pairs().iter().all(|(name, _)| name == "status");
    let version = filled.text("version").parse::<i64>().ok().filter(|_| !only_status);
    let done = match sent.read::<Patch>(SHAPE) {
        Ok(body) => write(&app, &caller, &incident, version, &filled, &body).await,
        Err(failure) => Err(failure),
    };
    let failure = match done {
        Ok(_) => return Ok(see_other(&room)),
        Err(failure) => failure,
    };
    let incident = reach(&app, &caller, &params).await?;
    let typed = |problems| Typed::new(filled.pairs().iter().cloned(), problems);
    if let Failure::Hub(Error::Stale(_)) = failure {
        let (theirs, their_author) = theirs(&app, &caller, &incident, &filled).await?;
        let shown = Shown {
            status: StatusCode::PRECONDITION_FAILED,
            typed: typed(Vec::new()),
            theirs,
            their_author,
            seen: None,
        };
        return form(&app, theme, &caller, &incident, shown).await;
    }
    let back = came_back(failure)?;
    if only_status {
        let came = Came { status: Some(back.status), notice: back.notice, ..Came::default() };
        return show(&app, theme, &caller, &incident, came).await;
    }
    let mut problems: Vec<Problem> = back.problems.into_iter().map(problem).collect();
    if problems.is_empty() {
        problems.push(Problem { field: String::new(), words: back.notice });
    }
    // What somebody else corrects meanwhile is still to be shown, so the form goes on from what it has seen.
    let seen = version.zip(filled.text("seen").parse().ok());
    let shown = Shown { status: back.status, typed: typed(problems), seen, ..Shown::default() };
    form(&app, theme, &caller, &incident, shown).await
}

fn problem(problem: hub::Problem) -> Problem {
    let field = if problem.field.starts_with("functions") { "functions".to_owned() } else { problem.field };
    Problem { field, words: problem.message }
}

/// Writes it. A room counts every message as a version; where nothing but messages came in between, nobody's
/// correction is in the way.
async fn write(
    app: &App,
    caller: &Caller,
    incident: &IncidentView,
    version: Option<i64>,
    filled: &Filled,
    body: &Patch,
) -> Result<Answer, Failure> {
    let (hub, actor, reference) = (app.hub(), caller.actor(), &incident.reference);
    app.rates().message(&caller.viewer, hub.wall.now())?;
    match patch(hub, &actor, reference, version, body).await {
        Err(Error::Stale(state)) if corrections(app, caller, incident, filled).await?.is_empty() => {
            let version = state["version"].as_i64();
            Ok(patch(hub, &actor, reference, version, body).await?)
        }
        done => Ok(done?),
    }
}

/// The corrections that were made since the form was shown. A form that does not say since when has seen none.
async fn corrections(
    app: &App,
    caller: &Caller,
    incident: &IncidentView,
    filled: &Filled,
) -> Result<Vec<Event>, Failure> {
    let mut seen = filled.text("seen").parse::<i64>().unwrap_or_default().max(0);
    let mut found = Vec::new();
    loop {
        let log = hub::room::events(app.hub(), &caller.viewer, &incident.reference, seen, None, None).await?;
        let corrects = |event: &Event| {
            let fields = event.data["fields"].as_object();
            let facts = fields.is_some_and(|fields| fields.keys().any(|name| name != "status"));
            facts || event.kind == Happened::SeverityConfirmed.code()
        };
        found.extend(log.items.into_iter().filter(corrects));
        match log.next {
            Some(next) => seen = next,
            None => return Ok(found),
        }
    }
}

/// What somebody else changed, name and present value, and who did, when.
async fn theirs(
    app: &App,
    caller: &Caller,
    incident: &IncidentView,
    filled: &Filled,
) -> Result<(Vec<Fact>, String), Failure> {
    let reading = Reading::of(incident, caller.viewer.side());
    let events = corrections(app, caller, incident, filled).await?;
    let mut facts = BTreeMap::new();
    for event in &events {
        for (name, pair) in event.data["fields"].as_object().into_iter().flatten().filter(|(name, _)| *name != "status")
        {
            if name == "answers" {
                answers(&pair[1], &mut facts);
            } else if let Some(words) = value_words(name, &pair[1]) {
                facts.insert(capital(&name.replace('_', " ")), words);
            }
        }
        answers(&event.data["answers"], &mut facts);
    }
    let author = events.last().map(|event| {
        let name = event.by.as_ref().map_or("The hub", |by| by.name.as_str());
        format!("{name}, {}", reading.times().both(event.at.timestamp()))
    });
    let facts = facts.into_iter().map(|(name, value)| Fact::new(name, value)).collect();
    Ok((facts, author.unwrap_or_default()))
}

fn answers(all: &serde_json::Value, facts: &mut BTreeMap<String, String>) {
    for (axis, code) in all.as_object().into_iter().flatten() {
        if let (Ok(axis), Some(code)) = (axis.parse(), code.as_str()) {
            let axis: hub::escalation::Axis = axis;
            facts.insert(capital(axis.label()), answer_words(axis, code));
        }
    }
}

fn capital(words: &str) -> String {
    crate::error::sentence(words).trim_end_matches('.').to_owned()
}

/// What stands in the fields at first: what is known.
fn present(incident: &IncidentView) -> Vec<(String, String)> {
    let mut values = vec![
        ("summary".to_owned(), incident.summary.clone()),
        ("voting_stopped".to_owned(), incident.voting_stopped.to_string()),
        ("tlp".to_owned(), incident.tlp.code().to_owned()),
        ("category".to_owned(), incident.category.clone()),
        ("veracity".to_owned(), incident.veracity.map(Veracity::code).unwrap_or_default().to_owned()),
        ("cause".to_owned(), incident.cause.map(Cause::code).unwrap_or_default().to_owned()),
    ];
    if let Some(sites) = incident.sites {
        values.push(("sites.affected".to_owned(), sites.affected.to_string()));
        values.extend(sites.total.map(|total| ("sites.total".to_owned(), total.to_string())));
    }
    values.extend(incident.answers.0.iter().map(|(axis, code)| (format!("answers.{axis}"), code.clone())));
    values
}

/// How the form is shown.
#[derive(Default)]
struct Shown {
    status: StatusCode,
    typed: Typed,
    theirs: Vec<Fact>,
    their_author: String,
    /// Version and newest entry that the form has seen, where those are not the present ones.
    seen: Option<(i64, i64)>,
}

async fn form(
    app: &App,
    theme: Theme,
    caller: &Caller,
    incident: &IncidentView,
    shown: Shown,
) -> Result<Response, Failure> {
    let responds = caller.responds();
    let place = if responds { Place::Queue } else { Place::Incidents };
    let title = format!("Correct {}", incident.reference);
    let mut shell = app.shell(Some(&caller.viewer), theme, title, place).await;
    shell.exercise = incident.exercise;
    let may_share = |label: &str| {
        let stricter = label.parse::<Tlp>().is_ok_and(|tlp| tlp == incident.tlp || tlp.stricter_than(incident.tlp));
        caller.viewer.side() == Side::Response || stricter
    };
    let sharing = SHARING.into_iter().filter(|(label, _, _)| may_share(label));
    let (version, seen) = shown.seen.unwrap_or((incident.version, incident.seq));
    let edit = Edit {
        shell,
        reference: incident.reference.clone(),
        title: incident.title.clone(),
        version,
        seen,
        typed: shown.typed,
        theirs: shown.theirs,
        their_author: shown.their_author,
        questions: questions(),
        sharing: sharing.map(|(label, words, _)| Choice::new(label, format!("{words} (TLP:{label})"))).collect(),
        response: responds.then(|| response_fields(incident)),
    };
    Ok(Page::with(shown.status, edit).into_response())
}

fn response_fields(incident: &IncidentView) -> ResponseFields {
    let blank = Choice::new("", "Not judged yet");
    let veracity = Veracity::ALL.iter().map(|veracity| Choice::new(veracity.code(), veracity.label()));
    let causes = Cause::ALL.iter().map(|cause| Choice::new(cause.code(), cause.label()));
    ResponseFields {
        categories: catalogue().categories().iter().map(|one| Choice::new(&one.code, &one.name)).collect(),
        functions: Function::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect(),
        picked: incident.functions.iter().map(|one| one.code().to_owned()).collect(),
        veracity: std::iter::once(blank.clone()).chain(veracity).collect(),
        causes: std::iter::once(blank).chain(causes).collect(),
    }
}
