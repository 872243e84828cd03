//! The caller's own webhooks.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::identity::Right;
use hub::notify::channel;
use serde::Deserialize;

use super::{PageQuery, answer_of, below, made, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, Params, Sent};
use crate::routes::{Access, Sample, Table};

const NEW: &str = r#"{"url": "https://pager.example/hooks/42"}"#;
const ONE: Sample = Sample::of(&[("id", "0190b0c0-0000-7000-8000-000000000000")]);

pub(super) fn routes(table: Table) -> Table {
    let who = Access::Roles(Right::Respond.roles());
    table
        .get("/api/v1/webhooks", who, Sample::NONE, list)
        .post("/api/v1/webhooks", who, Sample::NONE.with(NEW), add)
        .delete("/api/v1/webhooks/{id}", who, ONE, remove)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    url: String,
}

/// List the caller's own webhooks
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", params(PageQuery),
    responses((status = 200, body = schemas::WebhookPage)))]
pub(super) async fn list(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    // There are ten at most: one page has them all.
    PageQuery::read(&app, &asked)?.limit()?;
    let items = channel::webhooks(app.hub(), &caller.viewer).await?;
    Ok(answer::ok(&serde_json::json!({"items": items, "next": null})))
}

/// Add a webhook; a signed `verify` goes there at once, and `secret` is shown this once
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = schemas::NewWebhook,
    responses((status = 201, body = schemas::AddedWebhook)))]
pub(super) async fn add(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let (body, actor) = sent.command::<New>(&caller).await?;
    let answer = answer_of(channel::add_webhook(app.hub(), &actor, &body.url).await, 201);
    made(answer, |body| below("webhooks", body.get("id")))
}

/// Take a webhook away
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "As the list has it")),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn remove(app: App, caller: Caller, params: Params) -> Result<Response, Failure> {
    let own = channel::webhooks(app.hub(), &caller.viewer).await?;
    let id = params.text("id");
    if !own.iter().any(|webhook| webhook.id == id) {
        return Err(Failure::NOT_FOUND);
    }
    channel::remove(app.hub(), &caller.viewer, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
