//! Authorities: each sees only itself.

use axum::response::Response;
use hub::authority::{self, NewAuthority};
use hub::identity::Right;

use super::{Nothing, PageQuery, answer_of, below, made, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, Params, Sent};
use crate::routes::{Access, Sample, Table};

const NEW: &str = r#"{"slug": "dogwood", "code": "DOG", "name": "Dogwood County", "zone": "America/Chicago"}"#;

pub(super) fn routes(table: Table) -> Table {
    table
        .get("/api/v1/authorities", Access::SignedIn, Sample::NONE, list)
        .post("/api/v1/authorities", Access::Reach(Right::Administer.roles()), Sample::NONE.with(NEW), create)
        .get("/api/v1/authorities/{slug}", Access::SignedIn, Sample::of(&[("slug", "alder")]), get)
}

/// List the authorities that the caller may know of
#[utoipa::path(get, path = "/api/v1/authorities", tag = "authorities", params(PageQuery),
    responses((status = 200, body = schemas::AuthorityPage)))]
pub(super) async fn list(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let page = PageQuery::read(&app, &asked)?;
    Ok(answer::ok(&authority::list(app.hub(), &caller.viewer, &page).await?))
}

/// Make an authority
#[utoipa::path(post, path = "/api/v1/authorities", tag = "authorities", request_body = schemas::NewAuthority,
    responses((status = 201, body = schemas::Authority)))]
pub(super) async fn create(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    caller.viewer.may(Right::Administer)?;
    let (body, actor) = sent.command::<NewAuthority>(&caller).await?;
    let answer = answer_of(authority::create(app.hub(), &actor, &body).await, 201);
    made(answer, |authority| below("authorities", authority.get("slug")))
}

/// Read an authority
#[utoipa::path(get, path = "/api/v1/authorities/{slug}", tag = "authorities", params(schemas::Slug),
    responses((status = 200, body = schemas::Authority)))]
pub(super) async fn get(app: App, caller: Caller, params: Params, asked: Asked) -> Result<Response, Failure> {
    let view = authority::get(app.hub(), &caller.viewer, params.text("slug")).await?;
    let Nothing {} = asked.read(&[])?;
    // Nothing changes one yet.
    Ok(answer::item(1, &view))
}
