//! `/duty/handovers/{id}`: what goes from one to the other at the end of a shift, and the button that takes it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::audit::{EventView, Kind};
use hub::duty::{Accept, Carried, HandoverView, STAYS, accept, carried, covers, handover, opened};
use hub::identity::Right;
use hub::room;
use hub::time::Ts;
use jiff::tz::TimeZone;

use super::page::span;
use super::view::{Handover, Item};
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Params, Sent};
use crate::face::{ClockFace, Problem, TrailStep};
use crate::incident::tell;
use crate::page::{Page, Place};
use crate::theme::Theme;
use crate::when::Times;

/// So many of a room's newest events are looked through for what was said last.
const LOOKED_THROUGH: u64 = 40;
/// So much of what was said is shown.
const SHOWN: usize = 240;

pub(super) async fn show(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let mut view = handover(app.hub(), &caller.viewer, params.parse("id")?, caller.now).await?;
    opened(app.hub(), &caller.actor(), &view).await?;
    if view.to.person == caller.viewer.id() {
        view.opened_at = view.opened_at.or(Some(caller.now));
    }
    Ok(Page::ok(page(&app, theme, &caller, &view, Vec::new()).await?).into_response())
}

pub(super) async fn take(
    app: App,
    theme: Theme,
    caller: Caller,
    params: Params,
    sent: Sent,
) -> Result<Response, Failure> {
    let id = params.parse("id")?;
    let view = handover(app.hub(), &caller.viewer, id, caller.now).await?;
    let form = sent.form().await?;
    let read = form.pairs().iter().filter(|(name, _)| name == "refs").map(|(_, value)| value.clone()).collect();
    let some = form.text("what") == "some";
    match accept(app.hub(), &caller.actor(), id, &Accept { refs: some.then_some(read) }).await {
        Ok(_) => Ok(see_other(&format!("/duty/handovers/{id}"))),
        Err(hub::Error::Invalid(problems)) => {
            let told = problems.0.into_iter().map(|one| Problem { field: String::new(), words: one.message });
            let page = page(&app, theme, &caller, &view, told.collect()).await?;
            Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn page(
    app: &App,
    theme: Theme,
    caller: &Caller,
    view: &HandoverView,
    problems: Vec<Problem>,
) -> Result<Handover, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let times = Times::utc(TimeZone::UTC);
    let moment = |at: Ts| times.moment(at.timestamp(), now.timestamp());
    let mut items = Vec::new();
    for one in carried(hub, viewer, view, now).await? {
        items.push(item(app, caller, one, &times).await?);
    }
    let me = viewer.id();
    let name = |person: i64, name: &str| if person == me { "you".to_owned() } else { name.to_owned() };
    let edits = viewer.role().has(Right::EditDuty);
    let also = covers(hub, viewer, now).await?.into_iter().take(4).map(|one| {
        let by = one.by.unwrap_or_else(|| "nobody".to_owned());
        format!("{}: {by} for {}, {}", span(&times, one.from, one.to, now), one.whose, one.state.label())
    });
    Ok(Handover {
        shell: app.shell(Some(viewer), theme, "Hand-over", Place::Duty).await,
        action: format!("/duty/handovers/{}", view.id),
        title: format!(
            "Hand-over from {} to {}",
            name(view.from.person, &view.from.name),
            name(view.to.person, &view.to.name)
        ),
        clock: clock(view, &moment, now),
        steps: steps(view, &moment),
        from: view.from.name.clone(),
        accepts: view.accepted_at.is_none() && view.from.person != me && (view.to.person == me || edits),
        done: view.accepted_at.is_some(),
        items,
        also: also.collect(),
        at_most: moment(view.ends.plus(STAYS)),
        problems,
    })
}

fn clock(view: &HandoverView, moment: &impl Fn(Ts) -> String, now: Ts) -> ClockFace {
    match view.accepted_at {
        Some(at) => ClockFace::met(format!("Accepted {} UTC", moment(at))),
        None => {
            let from = view.made_at.min(view.ends);
            ClockFace::running("Shift ends", from.timestamp(), view.ends.timestamp(), now.timestamp())
        }
    }
}

fn steps(view: &HandoverView, moment: &impl Fn(Ts) -> String) -> Vec<TrailStep> {
    let first = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    let (from, to) = (first(&view.from.name), first(&view.to.name));
    let step = |name: &str, words: String, done, current| TrailStep { name: name.to_owned(), words, done, current };
    let at = |who: &str, at: Option<Ts>| at.map_or_else(|| who.to_owned(), |at| format!("{who}, {}", moment(at)));
    let (opened, accepted) = (view.opened_at.is_some(), view.accepted_at.is_some());
    vec![
        step("Written", at(&from, Some(view.made_at)), true, false),
        step("Opened", at(&to, view.opened_at), opened || accepted, !opened && !accepted),
        step("Accepted", at(&to, view.accepted_at), accepted, opened && !accepted),
        step("Released", format!("{from} goes off duty"), accepted, false),
    ]
}

async fn item(app: &App, caller: &Caller, one: Carried, times: &Times) -> Result<Item, Failure> {
    let (hub, now) = (app.hub(), caller.now);
    let incident = one.incident;
    let log = room::newest(hub, &caller.viewer, &incident.reference, LOOKED_THROUGH).await?;
    let last = |kind: Kind| log.items.iter().rev().find(|event| event.kind == kind.code());
    let said = |event: &EventView| {
        let who = event.by.as_ref().map_or("", |by| by.name.as_str());
        let at = times.moment(event.at.timestamp(), now.timestamp());
        format!("{at} {who}: {}", short(event.text.as_deref().unwrap_or_default()))
    };
    let status = tell::status(&incident, true);
    let next = tell::next(&incident);
    Ok(Item {
        state: match last(Kind::Message) {
            Some(event) => format!("{status}. {}", said(event)),
            None => format!("{status}. {}", short(&incident.summary)),
        },
        promised: next.map_or_else(
            || "Nothing.".to_owned(),
            |clock| {
                let due = times.moment(clock.due.timestamp(), now.timestamp());
                crate::error::sentence(&format!("{} by {due} UTC", clock.kind.label()))
            },
        ),
        note: last(Kind::Note).map_or_else(|| "None.".to_owned(), said),
        draft: one.draft.map(|draft| draft.text).unwrap_or_default(),
        clock: next.map(|clock| tell::face(&incident, clock, &hub.policy_of(&incident.why.policy), true, now)),
        reference: incident.reference.clone(),
        priority: incident.priority,
        title: incident.title.clone(),
        authority: incident.authority_name.clone(),
    })
}

/// The beginning of what somebody wrote, on one line.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN { line } else { format!("{}…", line.chars().take(SHOWN).collect::<String>()) }
}
