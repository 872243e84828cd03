//! Elections: everybody who is signed in reads all of them.

use axum::response::Response;
use hub::election::change::{self, Because, Postpone, Undo};
use hub::election::{self, ElectionBody, ElectionFilter, Extend};
use hub::identity::Right;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::{LIMIT, Nothing, changed, given, made, schemas, version};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, IfMatch, Params, Sent};
use crate::routes::{Access, Sample, Table};

const ID: Sample = Sample::of(&[("id", "0197f0a0-0000-7000-8000-000000000001")]);
const NEW: &str = r#"{
    "authority": "alder",
    "name": "Alder County general election",
    "zone": "America/New_York",
    "windows": [{"kind": "election_day", "opens": "2026-11-03T06:00:00", "closes": "2026-11-03T20:00:00"}],
    "milestones": [{"kind": "registration_deadline", "at": "2026-10-13T17:00:00"}]
}"#;
const LATER: &str = r#"{"window": "0197f0a0-0000-7000-8000-000000000002", "closes": "2026-11-03T21:00:00"}"#;

const NEXT_WEEK: &str = r#"{"to": "2026-11-10", "reason": "A storm", "order": "court"}"#;
const ORDERED: &str = r#"{"reason": "Annulled by judgment", "order": "court", "order_text": "26-CV-1180"}"#;
const PROPOSAL: Sample =
    Sample::of(&[("id", "0197f0a0-0000-7000-8000-000000000001"), ("proposal", "0197f0a0-0000-7000-8000-000000000003")]);

pub(super) fn routes(table: Table) -> Table {
    let edit = Access::Reach(Right::EditElections.roles());
    table
        .get("/api/v1/elections", Access::SignedIn, Sample::NONE, list)
        .post("/api/v1/elections", edit, Sample::NONE.with(NEW), create)
        .get("/api/v1/elections/{id}", Access::SignedIn, ID, get)
        .patch("/api/v1/elections/{id}", edit, ID.with(r#"{"name": "Alder County general"}"#), update)
        .post("/api/v1/elections/{id}/extend", edit, ID.with(LATER), extend)
        .post("/api/v1/elections/{id}/postpone", edit, ID.with(NEXT_WEEK), postpone)
        .post("/api/v1/elections/{id}/annul", edit, ID.with(ORDERED), annul)
        .post("/api/v1/elections/{id}/undo", edit, ID.with(r#"{"reason": "A slip of the hand"}"#), undo)
        .get("/api/v1/elections/{id}/proposals", Access::SignedIn, ID, proposals)
        .post("/api/v1/elections/{id}/proposals/{proposal}/confirm", edit, PROPOSAL.with("{}"), confirm)
        .post("/api/v1/elections/{id}/proposals/{proposal}/decline", edit, PROPOSAL.with("{}"), decline)
}

/// Which elections.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ElectionsQuery {
    /// The slug of an authority.
    authority: Option<String>,
    /// At most so many items; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// List elections
#[utoipa::path(get, path = "/api/v1/elections", tag = "elections", params(ElectionsQuery),
    responses((status = 200, body = schemas::ElectionPage)))]
pub(super) async fn list(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let ElectionsQuery { authority, limit, cursor } = asked.read(LIMIT)?;
    let (filter, page) = (ElectionFilter { authority }, app.cut(limit, cursor));
    Ok(answer::ok(&election::list(app.hub(), &caller.viewer, &filter, &page, caller.now).await?))
}

/// Make an election
///
/// An official lead for the own authority, a shift lead or supervisor for any.
#[utoipa::path(post, path = "/api/v1/elections", tag = "elections", request_body = schemas::NewElection,
    responses((status = 201, body = schemas::ElectionChange)))]
pub(super) async fn create(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    caller.viewer.may(Right::EditElections)?;
    let (body, actor) = sent.command::<ElectionBody>(&caller).await?;
    let answer = election::create(app.hub(), &actor, &body).await;
    made(answer, |change| super::below("elections", change.pointer("/election/id")))
}

/// Read an election
#[utoipa::path(get, path = "/api/v1/elections/{id}", tag = "elections", params(schemas::ElectionId),
    responses((status = 200, body = schemas::Election)))]
pub(super) async fn get(app: App, caller: Caller, params: Params, asked: Asked) -> Result<Response, Failure> {
    let view = election::get(app.hub(), &caller.viewer, params.text("id"), caller.now).await?;
    let Nothing {} = asked.read(&[])?;
    Ok(answer::item(view.version, &view))
}

/// Change an election
///
/// What is given replaces what was there. The answer says which incidents moved, of those that the caller reads.
#[utoipa::path(patch, path = "/api/v1/elections/{id}", tag = "elections", params(schemas::ElectionId),
    request_body = schemas::ElectionPatch, responses((status = 200, body = schemas::ElectionChange),
        (status = 202, body = schemas::Proposed, description = "It needs a second person")))]
pub(super) async fn update(
    app: App,
    caller: Caller,
    params: Params,
    seen: IfMatch,
    sent: Sent,
) -> Result<Response, Failure> {
    let id = params.text("id");
    election::may(app.hub(), &caller.viewer, id).await?;
    let body: ElectionBody = sent.json().await?;
    changed(&seen, election::update(app.hub(), &caller.actor(), id, version(&seen), &body).await)
}

/// Move the close of a window later
///
/// From fourteen days before the election until its certification a change needs a second person; while the polls
/// of this window are open, or within two hours of their close, one person with a reason moves it by up to twelve hours
/// at once, and a second one agrees afterwards: one such change at a time.
#[utoipa::path(post, path = "/api/v1/elections/{id}/extend", tag = "elections", params(schemas::ElectionId),
    request_body = schemas::Extend, responses((status = 200, body = schemas::ElectionChange),
        (status = 202, body = schemas::Proposed, description = "It needs a second person")))]
pub(super) async fn extend(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let id = params.text("id");
    election::may(app.hub(), &caller.viewer, id).await?;
    let (body, actor) = sent.command::<Extend>(&caller).await?;
    given(election::extend(app.hub(), &actor, id, None, &body).await)
}

macro_rules! changes {
    ($($(#[doc = $words:literal])+ $name:ident $path:literal $body:ident as $schema:ident;)+) => {$(
        $(#[doc = $words])+
        #[utoipa::path(post, path = $path, tag = "elections", params(schemas::ElectionId),
            request_body = schemas::$schema, responses((status = 200, body = schemas::ElectionChange),
            (status = 202, body = schemas::Proposed, description = "It needs a second person")))]
        pub(super) async fn $name(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
            let id = params.text("id");
            election::may(app.hub(), &caller.viewer, id).await?;
            let (body, actor) = sent.command::<$body>(&caller).await?;
            given(change::$name(app.hub(), &actor, id, None, &body).await)
        }
    )+};
}

changes! {
    /// Postpone an election
    ///
    /// What is still to come moves by as many days as the day itself; without a day, nothing is counted until there is
    /// one.
    postpone "/api/v1/elections/{id}/postpone" Postpone as Postpone;
    /// Annul an election
    ///
    /// Nothing is counted by it any more.
    annul "/api/v1/elections/{id}/annul" Because as WithReason;
    /// Take the latest change of an election back
    ///
    /// Windows and milestones are what they were, and so are the due times of incidents that nobody has touched since.
    undo "/api/v1/elections/{id}/undo" Undo as Undo;
}

/// List the proposals of an election
///
/// The latest first, for those who read its authority's record; others get an empty list.
#[utoipa::path(get, path = "/api/v1/elections/{id}/proposals", tag = "elections", params(schemas::ElectionId),
    responses((status = 200, body = schemas::ProposalPage)))]
pub(super) async fn proposals(app: App, caller: Caller, params: Params, asked: Asked) -> Result<Response, Failure> {
    let view = election::get(app.hub(), &caller.viewer, params.text("id"), caller.now).await?;
    let Nothing {} = asked.read(&[])?;
    let items = change::proposals(app.hub(), &caller.viewer, &view, caller.now).await?;
    Ok(answer::ok(&json!({"items": items, "next": null})))
}

/// What may be decided is found before what was sent is looked at.
async fn deciding(app: &App, caller: &Caller, params: &Params) -> Result<(), Failure> {
    let (hub, viewer) = (app.hub(), &caller.viewer);
    let view = election::get(hub, viewer, params.text("id"), caller.now).await?;
    change::proposal(hub, viewer, &view, params.text("proposal"), caller.now).await?;
    Ok(election::may(hub, viewer, &view.id).await?)
}

/// Confirm a proposal
///
/// By another person than its proposer: then the change is made. What was done at once already is agreed to.
#[utoipa::path(post, path = "/api/v1/elections/{id}/proposals/{proposal}/confirm", tag = "elections",
    params(schemas::ProposalId), request_body = schemas::WithReason,
    responses((status = 200, body = schemas::Decided)))]
pub(super) async fn confirm(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    deciding(&app, &caller, &params).await?;
    let (body, actor) = sent.command::<Because>(&caller).await?;
    given(change::confirm(app.hub(), &actor, params.text("id"), params.text("proposal"), &body).await)
}

/// Decline a proposal
///
/// Its proposer takes it back by this. What was done at once already is undone.
#[utoipa::path(post, path = "/api/v1/elections/{id}/proposals/{proposal}/decline", tag = "elections",
    params(schemas::ProposalId), request_body = schemas::WithReason,
    responses((status = 200, body = schemas::Decided)))]
pub(super) async fn decline(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    deciding(&app, &caller, &params).await?;
    let (body, actor) = sent.command::<Because>(&caller).await?;
    given(change::decline(app.hub(), &actor, params.text("id"), params.text("proposal"), &body).await)
}
