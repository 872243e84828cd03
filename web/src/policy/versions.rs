//! `/policy/{version}`, writing, proposing and adopting one, and moving running incidents to the one in force.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::escalation::Policy as Rules;
use hub::identity::{Right, Side};
use hub::policy::{
    Part, Seen, State, Version, Written, adopt, differences, editors, move_all, preview, propose, take_back, version,
    write,
};
use hub::{Error, Refusal};
use serde::Deserialize;

use super::page::{history, tables};
use super::view::{About, Edit, Group, MOST, May, Move, Moving, Policy, Preview};
use crate::answer::see_other;
use crate::app::App;
use crate::error::{Failure, sentence};
use crate::extract::{Asked, Caller, Filled, Params, Sent};
use crate::face::Problem;
use crate::page::{Page, Place};
use crate::room::tell::times;
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::Typed;

/// A version that every hub has.
const ONE: Sample = Sample::of(&[("version", "2026-11-22")]);

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const WRITES: Access = Access::Roles(Right::EditPolicy.roles());
    const DECIDES: Access = Access::Reach(Right::EditPolicy.roles());
    const TEXT: &str = r#"{"text": "version = \"2027-01-15\"", "reason": "", "seen": ""}"#;
    const SEEN: &str = r#"{"sha256": "", "in_force": "2026-11-22"}"#;
    table
        .get("/policy/edit", WRITES, Sample::NONE, edit)
        .post("/policy/edit", WRITES, Sample::NONE.with(TEXT), save)
        .get("/policy/move", Access::Roles(Right::SeeQueue.roles()), Sample::NONE, look)
        .post("/policy/move", WRITES, Sample::NONE.with(r#"{"version": "2026-11-22"}"#), do_move)
        .get("/policy/{version}", Access::SignedIn, ONE, one)
        .get("/policy/{version}/file", Access::SignedIn, ONE, file)
        .post("/policy/{version}/propose", DECIDES, ONE.with(SEEN), do_propose)
        .post("/policy/{version}/take-back", DECIDES, ONE.with(SEEN), do_take_back)
        .post("/policy/{version}/adopt", DECIDES, ONE.with(SEEN), do_adopt)
}

async fn one(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Page<Policy>, Failure> {
    let found = version(app.hub(), &caller.viewer, params.text("version")).await?;
    Ok(Page::ok(version_page(&app, theme, &caller, &found, String::new()).await?))
}

async fn version_page(
    app: &App,
    theme: Theme,
    caller: &Caller,
    found: &Version,
    problem: String,
) -> Result<Policy, Failure> {
    let hub = app.hub();
    // It was checked before it was stored; one of a later program may say what this one cannot read.
    let rules = Rules::parse(&found.text).map_err(|problem| Failure::Hub(Error::broken(problem)))?;
    let in_force = hub.policy();
    let mut page = tables(app, theme, caller, &rules, &format!("Policy {}", found.version)).await;
    let groups = if found.in_force { Vec::new() } else { grouped(&in_force, &rules) };
    let looks = found.state != State::Adopted && caller.viewer.side() == Side::Response;
    page.about = Some(About {
        words: history(found, caller.now),
        tag: if found.state == State::Adopted { "" } else { found.state.label() },
        in_force: in_force.version.clone(),
        differences: groups,
        preview: if looks { Some(shown(app, caller, &rules).await?) } else { None },
        may: may(app, caller, found).await?,
        sha256: found.sha256.clone(),
        problem,
    });
    Ok(page)
}

fn grouped(in_force: &Rules, rules: &Rules) -> Vec<Group> {
    let mut all = differences(in_force, rules);
    let mut groups = Vec::new();
    for part in Part::ALL.iter().copied() {
        let (here, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.part == part);
        all = rest;
        if !here.is_empty() {
            let rows = here.into_iter().map(|one| (one.what, one.before, one.after)).collect();
            groups.push(Group { part: part.label(), rows });
        }
    }
    groups
}

async fn may(app: &App, caller: &Caller, found: &Version) -> Result<May, Failure> {
    if found.state == State::Adopted || !caller.viewer.role().has(Right::EditPolicy) {
        return Ok(May::default());
    }
    let adopt = found.adoptable_by(&caller.viewer);
    let alone = editors(app.hub(), &caller.viewer).await? < 2;
    let waits = match (adopt, alone) {
        (true, _) => "",
        (false, true) => {
            "There is no second supervisor, so it cannot be adopted here. Whoever runs the hub can bring it into force: \
             as the file that HUB_POLICY names, at the next start."
        }
        (false, false) => "Another supervisor, who has neither written nor proposed it, adopts it.",
    };
    Ok(May {
        write: true,
        propose: found.state == State::Draft,
        take_back: found.state == State::Proposed,
        adopt,
        waits: waits.to_owned(),
    })
}

/// What would become of running incidents under this policy.
async fn shown(app: &App, caller: &Caller, rules: &Rules) -> Result<Preview, Failure> {
    let all = preview(app.hub(), &caller.viewer, rules, caller.now).await?;
    let looked_at = all.len();
    let mut moves: Vec<Move> =
        all.into_iter().filter(hub::policy::Moving::differs).map(|one| row(one, caller)).collect();
    moves.sort_by_key(|one| (one.after == one.before, one.after));
    let more = moves.len().saturating_sub(MOST);
    moves.truncate(MOST);
    Ok(Preview { looked_at, moves, more })
}

fn row(one: hub::policy::Moving, caller: &Caller) -> Move {
    let times = times(caller.viewer.side(), &one.zone);
    let due = |at: Option<hub::time::Ts>| {
        at.map(|at| times.moment(at.timestamp(), caller.now.timestamp())).unwrap_or_default()
    };
    Move {
        due_before: due(one.due_before),
        due: due(one.due),
        reference: one.reference,
        title: one.title,
        authority: one.authority_name,
        before: one.before,
        after: one.after,
        proposed: one.proposed.map(|to| format!("{to} would be proposed")).unwrap_or_default(),
    }
}

/// The file itself, to be changed at home or to start a hub with.
async fn file(app: App, caller: Caller, params: Params) -> Result<Response, Failure> {
    let found = version(app.hub(), &caller.viewer, params.text("version")).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from(found.text)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    from: Option<String>,
}

async fn edit(app: App, theme: Theme, caller: Caller, asked: Asked) -> Result<Page<Edit>, Failure> {
    let From { from } = asked.read(&[])?;
    let hub = app.hub();
    let typed = match from {
        Some(from) => {
            let found = version(hub, &caller.viewer, &from).await?;
            // What was in force is a beginning; a draft is gone on with.
            let seen = if found.state == State::Adopted { String::new() } else { found.sha256 };
            [("text", found.text), ("reason", found.reason.unwrap_or_default()), ("seen", seen)]
        }
        None => [("text", hub.policy().text().to_owned()), ("reason", String::new()), ("seen", String::new())],
    };
    Ok(Page::ok(edit_page(&app, theme, &caller, Typed::new(typed, Vec::new())).await))
}

async fn edit_page(app: &App, theme: Theme, caller: &Caller, typed: Typed) -> Edit {
    let shell = app.shell(Some(&caller.viewer), theme, "Write a policy", Place::Elsewhere).await;
    Edit { shell, typed, in_force: app.hub().policy().version.clone() }
}

async fn save(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let text = |name: &str| form.text(name).to_owned();
    let written = Written { text: text("text"), reason: text("reason"), seen: text("seen") };
    match write(app.hub(), &caller.actor(), &written).await {
        Ok(version) => Ok(see_other(&format!("/policy/{version}"))),
        Err(error) => {
            let told = Failure::from(error).problems()?.0.into_iter();
            let told = told.map(|problem| Problem { field: problem.field, words: problem.message }).collect();
            let typed = Typed::new(form.pairs().iter().cloned(), told);
            let page = edit_page(&app, theme, &caller, typed).await;
            Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn seen(form: &Filled) -> Seen {
    Seen { sha256: form.text("sha256").to_owned(), in_force: form.text("in_force").to_owned() }
}

async fn do_propose(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (name, found) = reached(&app, &caller, &params).await?;
    let seen = seen(&sent.form().await?);
    let done = propose(app.hub(), &caller.actor(), name, &seen).await;
    decided(&app, theme, &caller, &found, done).await
}

async fn do_take_back(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (name, found) = reached(&app, &caller, &params).await?;
    let seen = seen(&sent.form().await?);
    let done = take_back(app.hub(), &caller.actor(), name, &seen).await;
    decided(&app, theme, &caller, &found, done).await
}

async fn do_adopt(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (name, found) = reached(&app, &caller, &params).await?;
    let seen = seen(&sent.form().await?);
    let done = adopt(app.hub(), &caller.actor(), name, &seen).await;
    decided(&app, theme, &caller, &found, done).await
}

/// The version, for whoever may decide on it.
async fn reached<'p>(app: &App, caller: &Caller, params: &'p Params) -> Result<(&'p str, Version), Failure> {
    let name = params.text("version");
    let found = version(app.hub(), &caller.viewer, name).await?;
    caller.viewer.may(Right::EditPolicy)?;
    Ok((name, found))
}

/// Back to the version; what was refused is said there.
async fn decided(
    app: &App,
    theme: Theme,
    caller: &Caller,
    found: &Version,
    done: hub::Result<()>,
) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(see_other(&format!("/policy/{}", found.version))),
        Err(Error::Refused(refusal @ (Refusal::Unlawful(_) | Refusal::Forbidden(_)))) => {
            let status =
                if matches!(refusal, Refusal::Unlawful(_)) { StatusCode::CONFLICT } else { StatusCode::FORBIDDEN };
            let now = version(app.hub(), &caller.viewer, &found.version).await?;
            let page = version_page(app, theme, caller, &now, sentence(&refusal.to_string())).await?;
            Ok(Page::with(status, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn look(app: App, theme: Theme, caller: Caller) -> Result<Page<Moving>, Failure> {
    Ok(Page::ok(move_page(&app, theme, &caller, String::new()).await?))
}

async fn move_page(app: &App, theme: Theme, caller: &Caller, problem: String) -> Result<Moving, Failure> {
    let rules = app.hub().policy();
    let title = format!("Move running incidents to policy {}", rules.version);
    Ok(Moving {
        shell: app.shell(Some(&caller.viewer), theme, title, Place::Elsewhere).await,
        version: rules.version.clone(),
        preview: shown(app, caller, &rules).await?,
        may: caller.viewer.role().has(Right::EditPolicy),
        problem,
    })
}

async fn do_move(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    match move_all(app.hub(), &caller.actor(), form.text("version")).await {
        Ok(_) => Ok(see_other("/policy/move")),
        Err(Error::Refused(Refusal::Unlawful(words))) => {
            let page = move_page(&app, theme, &caller, words).await?;
            Ok(Page::with(StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
