//! What is done to an election as one act: annulling it, putting it off, taking a change back; and what a second person
//! decides.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::election::change::{
    Because, Change, Postpone as PostponeBody, ProposalState, ProposalView, Undo as UndoBody, annul, confirm, decline,
    postpone, proposal, rehearse, rules, undo, waiting,
};
use hub::election::{ElectionView, get, may, moved};
use hub::identity::Right;
use hub::time::Ts;
use hub::{Error, Problems};

use super::check::{Asked, check, differences, looked_at, overtaken, problems, unsaid};
use super::edit::{made, reached, why};
use super::forms::Postpone;
use super::page::{Calendar, moves_of, reader_times};
use super::view::{Proposal, Waits};
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Filled, Params, Sent};
use crate::face::Problem;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::Typed;

/// A proposal in samples of requests.
const PROPOSAL: Sample =
    Sample::of(&[("id", "00000000-0000-7000-8000-000000000000"), ("proposal", "00000000-0000-7000-8000-000000000001")]);

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const WHO: Access = Access::Reach(Right::EditElections.roles());
    const WHY: &str = r#"{"checked": "1", "reason": "The court ordered it", "order": "court"}"#;
    const TO: &str = r#"{"to": "2030-11-12"}"#;
    let one = super::page::ONE;
    table
        .get("/elections/{id}/annul", WHO, one, before_annulling)
        .post("/elections/{id}/annul", WHO, one.with(WHY), annuls)
        .get("/elections/{id}/undo", WHO, one, before_undoing)
        .post("/elections/{id}/undo", WHO, one.with(WHY), undoes)
        .get("/elections/{id}/postpone", WHO, one, before_postponing)
        .post("/elections/{id}/postpone", WHO, one.with(TO), postpones)
        .get("/elections/{id}/proposals/{proposal}", Access::SignedIn, PROPOSAL, look)
        .post("/elections/{id}/proposals/{proposal}/confirm", WHO, PROPOSAL.with("{}"), agree)
        .post("/elections/{id}/proposals/{proposal}/decline", WHO, PROPOSAL.with("{}"), refuse)
}

/// The checks that need nothing typed before.
fn annulling(election: &ElectionView) -> Asked<'_> {
    Asked {
        election,
        change: Some(&Change::Annulled),
        title: format!("Annul {}?", election.name),
        words: "Nothing is counted by it any more. Lower priorities are proposed, and a responder confirms each."
            .to_owned(),
        action: format!("/elections/{}/annul", election.id),
        button: "Annul the election".to_owned(),
        back: false,
    }
}

fn undoing<'a>(election: &'a ElectionView, change: &'a Change) -> Asked<'a> {
    Asked {
        election,
        change: Some(change),
        title: "Take the latest change back?".to_owned(),
        words: "The calendar becomes what it was, and so do the due times of incidents that nobody has touched since."
            .to_owned(),
        action: format!("/elections/{}/undo", election.id),
        button: "Take it back".to_owned(),
        back: false,
    }
}

async fn before_annulling(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    Ok(check(&app, theme, &caller, annulling(&election), None, Problems::default()).await?)
}

async fn annuls(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let form = sent.form().await?;
    let missing = unsaid(&form);
    let told = match looked_at(&form) {
        _ if !missing.is_empty() => missing,
        None => overtaken(),
        version => match annul(app.hub(), &caller.actor(), &election.id, version, &because(&form)).await {
            Ok(answer) => return Ok(made(&answer, &election.id, &caller)),
            Err(Error::Stale(_)) => overtaken(),
            Err(error) => problems(error)?,
        },
    };
    let election = reached(&app, &caller, &params).await?;
    Ok(check(&app, theme, &caller, annulling(&election), Some(&form), told).await?)
}

async fn before_undoing(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let change = Change::Undone { version: election.version };
    Ok(check(&app, theme, &caller, undoing(&election, &change), None, Problems::default()).await?)
}

async fn undoes(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let form = sent.form().await?;
    let missing = unsaid(&form);
    let [reason, order, order_text] = why(&form);
    let body = UndoBody { version: None, reason, order, order_text };
    let told = match looked_at(&form) {
        _ if !missing.is_empty() => missing,
        None => overtaken(),
        version => match undo(app.hub(), &caller.actor(), &election.id, version, &body).await {
            Ok(answer) => return Ok(made(&answer, &election.id, &caller)),
            Err(Error::Stale(_)) => overtaken(),
            Err(error) => problems(error)?,
        },
    };
    let election = reached(&app, &caller, &params).await?;
    let change = Change::Undone { version: election.version };
    Ok(check(&app, theme, &caller, undoing(&election, &change), Some(&form), told).await?)
}

async fn postpone_page(app: &App, theme: Theme, caller: &Caller, election: &ElectionView, typed: Typed) -> Postpone {
    let title = format!("Postpone {}", election.name);
    let calendar = Calendar { election, now: caller.now };
    let words = match rules::day_of(&election.into()) {
        Some(day) => format!("It is on {}.", calendar.date(day.at(0, 0, 0, 0))),
        None => "It has no polling window yet.".to_owned(),
    };
    let shell = app.shell(Some(&caller.viewer), theme, title, Place::Elections).await;
    Postpone { shell, id: election.id.clone(), election: election.name.clone(), words, typed }
}

async fn before_postponing(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    Ok(Page::ok(postpone_page(&app, theme, &caller, &election, Typed::default()).await).into_response())
}

async fn postpones(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    let form = sent.form().await?;
    let to = Some(form.text("to").trim().to_owned()).filter(|to| !to.is_empty());
    let change = Change::Postponed { to: to.clone() };
    let asked = || Asked {
        election: &election,
        change: Some(&change),
        title: match &to {
            Some(to) => format!("Postpone {} to {to}?", election.name),
            None => format!("Postpone {} to a day that is not known yet?", election.name),
        },
        words: match &to {
            Some(_) => "What is still to come moves by as many days.".to_owned(),
            None => "Nothing is counted by it until it has a new day.".to_owned(),
        },
        action: format!("/elections/{}/postpone", election.id),
        button: "Postpone the election".to_owned(),
        back: true,
    };
    let (version, back) = (looked_at(&form), !form.text("back").is_empty());
    let checked = version.is_some();
    let own = |told: &Problems| told.0.iter().all(|one| one.field.starts_with("order") || one.field == "reason");
    let failed = if back {
        Problems::default()
    } else if !checked || form.text("reason").trim().is_empty() {
        let missing = if checked { unsaid(&form) } else { Problems::default() };
        match check(&app, theme, &caller, asked(), Some(&form), missing).await {
            Ok(page) => return Ok(page),
            Err(error) => problems(error)?,
        }
    } else {
        let [reason, order, order_text] = why(&form);
        let body = PostponeBody { to: to.clone(), reason, order, order_text };
        match postpone(app.hub(), &caller.actor(), &election.id, version, &body).await {
            Ok(answer) => return Ok(made(&answer, &election.id, &caller)),
            Err(Error::Invalid(told)) if own(&told) => {
                return Ok(check(&app, theme, &caller, asked(), Some(&form), told).await?);
            }
            Err(Error::Stale(_)) => {
                let election = reached(&app, &caller, &params).await?;
                let asked = Asked { election: &election, ..asked() };
                return Ok(check(&app, theme, &caller, asked, Some(&form), overtaken()).await?);
            }
            Err(error) => problems(error)?,
        }
    };
    let told = failed.0.into_iter().map(|one| Problem { field: one.field, words: one.message });
    let typed = Typed::new(form.pairs().iter().cloned(), told.collect());
    let page = postpone_page(&app, theme, &caller, &election, typed).await;
    let status = if back { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::with(status, page).into_response())
}

/// What waits for a second person, for a reader who may be the one.
///
/// # Errors
/// If the database does not answer.
pub async fn waits(hub: &hub::Hub, viewer: &hub::identity::Viewer, now: Ts) -> hub::Result<Vec<Waits>> {
    if !viewer.role().has(Right::EditElections) {
        return Ok(Vec::new());
    }
    let all = waiting(hub, viewer, now).await?.into_iter().filter(|(_, one)| one.by_id != viewer.id());
    let line = |(election, one): (ElectionView, ProposalView)| Waits {
        href: format!("/elections/{}/proposals/{}", election.id, one.id),
        words: format!("{}: {}. {} asks", election.name, what(&one.change, &election, now), one.by),
    };
    Ok(all.map(line).collect())
}

/// A change in a line: "Election day, Tuesday 3 November, to close at 22:00".
pub(super) fn what(change: &Change, election: &ElectionView, now: Ts) -> String {
    match change {
        Change::Extended(body) => {
            let (title, _) = Calendar { election, now }.extending(body);
            title.trim_end_matches('?').to_owned()
        }
        Change::Changed(_) => "Change of the calendar".to_owned(),
        Change::Postponed { to: Some(to) } => format!("Postpone it to {to}"),
        Change::Postponed { to: None } => "Postpone it to a day that is not known yet".to_owned(),
        Change::Annulled => "Annul it".to_owned(),
        Change::Undone { .. } => "Take the latest change back".to_owned(),
    }
}

async fn look(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let election = get(hub, viewer, params.text("id"), now).await?;
    let found = proposal(hub, viewer, &election, params.text("proposal"), now).await?;
    Ok(Page::ok(shown(&app, theme, &caller, &election, found).await?).into_response())
}

async fn shown(
    app: &App,
    theme: Theme,
    caller: &Caller,
    election: &ElectionView,
    found: ProposalView,
) -> Result<Proposal, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let done = found.state == ProposalState::Applied;
    let (after, moves) = match found.state {
        ProposalState::Open => rehearse(hub, viewer, election, Some(&found.change), now).await?,
        ProposalState::Applied | ProposalState::Confirmed => {
            (election.clone(), moved(hub, viewer, election, found.version + 1).await?)
        }
        _ => (election.clone(), Vec::new()),
    };
    let times = reader_times(caller, Calendar { election, now }.zone(None));
    let at = |at: Ts| times.moment(at.timestamp(), now.timestamp());
    let words = match (found.state, done) {
        (ProposalState::Open, _) => format!(
            "{} proposed this at {}. It needs a second person, and waits until {}.",
            found.by,
            at(found.at),
            at(found.expires_at)
        ),
        (_, true) => format!(
            "{} did this at {}, because it could not wait. A second person agrees, or takes it back.",
            found.by,
            at(found.at)
        ),
        _ => format!("{} proposed this at {}.", found.by, at(found.at)),
    };
    let who = found.decided_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let when = found.decided_at.map(|decided| format!(", {}", at(decided))).unwrap_or_default();
    let own = found.by_id == viewer.id();
    let may = may(hub, viewer, &election.id).await.is_ok();
    let order = [
        found.order.map(hub::election::change::Order::label).unwrap_or_default(),
        found.order_text.as_deref().unwrap_or_default(),
    ];
    let waits = found.waits();
    Ok(Proposal {
        shell: app.shell(Some(viewer), theme, what(&found.change, election, now), Place::Elections).await,
        id: election.id.clone(),
        election: election.name.clone(),
        words,
        state: if waits { String::new() } else { format!("It is {}{who}{when}.", found.state.label()) },
        reason: found.reason.clone(),
        order: order.join(" ").trim().to_owned(),
        differences: differences(election, &after, now),
        moves: moves_of(moves, election, caller),
        waits,
        may_confirm: may && !own,
        may_decline: may && (!own || !done),
        confirm: if done { "Agree to it" } else { "Confirm it" }.to_owned(),
        decline: match (done, own) {
            (true, _) => "Take it back",
            (false, true) => "Take my proposal back",
            (false, false) => "Decline it",
        }
        .to_owned(),
        seconds: format!("the official lead of {}, a shift lead or a supervisor", election.authority_name),
        proposal: found.id,
    })
}

fn because(form: &Filled) -> Because {
    let [reason, order, order_text] = why(form);
    Because { reason, order, order_text }
}

async fn agree(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    proposal(app.hub(), &caller.viewer, &election, params.text("proposal"), caller.now).await?;
    let form = sent.form().await?;
    let answer = confirm(app.hub(), &caller.actor(), &election.id, params.text("proposal"), &because(&form)).await?;
    // What was agreed to afterwards has moved what it moved before.
    match answer.body.get("proposal") {
        Some(_) => Ok(see_other(&format!("/elections/{}", election.id))),
        None => Ok(made(&answer, &election.id, &caller)),
    }
}

async fn refuse(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let election = reached(&app, &caller, &params).await?;
    proposal(app.hub(), &caller.viewer, &election, params.text("proposal"), caller.now).await?;
    let form = sent.form().await?;
    let answer = decline(app.hub(), &caller.actor(), &election.id, params.text("proposal"), &because(&form)).await?;
    match answer.body.get("proposal") {
        Some(_) => Ok(see_other(&format!("/elections/{}", election.id))),
        None => Ok(made(&answer, &election.id, &caller)),
    }
}
