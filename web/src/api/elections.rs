//! Elections: everybody who is signed in reads all of them.

use axum::response::Response;
use hub::election::{self, ElectionBody, ElectionFilter, Extend};
use hub::identity::Right;
use serde::Deserialize;
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

pub(super) fn routes(table: Table) -> Table {
    let edit = Access::Reach(Right::EditElections.roles());
    table
        .get("/api/v1/elections", Access::SignedIn, Sample::NONE, list)
        .post("/api/v1/elections", edit, Sample::NONE.with(NEW), create)
        .get("/api/v1/elections/{id}", Access::SignedIn, ID, get)
        .patch("/api/v1/elections/{id}", edit, ID.with(r#"{"name": "Alder County general"}"#), update)
        .post("/api/v1/elections/{id}/extend", edit, ID.with(LATER), extend)
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
    request_body = schemas::ElectionPatch, responses((status = 200, body = schemas::ElectionChange)))]
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
#[utoipa::path(post, path = "/api/v1/elections/{id}/extend", tag = "elections", params(schemas::ElectionId),
    request_body = schemas::Extend, responses((status = 200, body = schemas::ElectionChange)))]
pub(super) async fn extend(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let id = params.text("id");
    election::may(app.hub(), &caller.viewer, id).await?;
    let (body, actor) = sent.command::<Extend>(&caller).await?;
    given(election::extend(app.hub(), &actor, id, &body).await)
}
