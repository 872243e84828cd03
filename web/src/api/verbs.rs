//! The verbs on an incident. Each answers with the incident; one that already holds writes nothing.

use axum::response::Response;
use hub::identity::Right;
use hub::incident::{self, Assign, ConfirmSeverity, Override, Reason, Resolve};

use super::{ALD_1, Nothing, begin, given, schemas};
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Params, Sent};
use crate::routes::{Access, Table};

const RESPOND: Access = Access::Reach(Right::Respond.roles());
/// Whether an owner, an official, or only some may is decided beside the act.
const WRITE: Access = Access::Reach(Right::Write.roles());

pub(super) fn routes(table: Table) -> Table {
    let severity = ALD_1.with(r#"{"answers": {"ability_to_vote": "slower_with_fallback"}}"#);
    let resolve = ALD_1.with(r#"{"text": "The supplier restarted its server; all sites check in again."}"#);
    table
        .post("/api/v1/incidents/{ref}/claim", RESPOND, ALD_1.with("{}"), claim)
        .post("/api/v1/incidents/{ref}/acknowledge", RESPOND, ALD_1.with("{}"), acknowledge)
        .post("/api/v1/incidents/{ref}/confirm-severity", RESPOND, severity, confirm_severity)
        .post("/api/v1/incidents/{ref}/release", RESPOND, ALD_1.with("{}"), release)
        .post("/api/v1/incidents/{ref}/assign", RESPOND, ALD_1.with(r#"{"to": "ravi@hub.example"}"#), assign)
        .post("/api/v1/incidents/{ref}/override", WRITE, ALD_1.with(OVERRIDE), override_priority)
        .post("/api/v1/incidents/{ref}/confirm-lowering", RESPOND, ALD_1.with("{}"), confirm_lowering)
        .post("/api/v1/incidents/{ref}/resolve", RESPOND, resolve, resolve_it)
        .post("/api/v1/incidents/{ref}/reopen", WRITE, ALD_1.with(r#"{"reason": "It is back."}"#), reopen)
        .post("/api/v1/incidents/{ref}/close", RESPOND, ALD_1.with("{}"), close)
}

const OVERRIDE: &str = r#"{"priority": "P1", "reason": "Lines are two hours long."}"#;

/// Claim
///
/// Takes it on, which acknowledges it, too. Whoever loses a race gets 409 with the owner's name.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/claim", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Nothing, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn claim(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (Nothing {}, actor) = begin(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::claim(app.hub(), &actor, params.text("ref")).await)
}

/// Acknowledge
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/acknowledge", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Nothing, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn acknowledge(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (Nothing {}, actor) = begin(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::acknowledge(app.hub(), &actor, params.text("ref")).await)
}

/// Confirm the severity
///
/// From here on the answers count alone.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/confirm-severity", tag = "verbs", params(schemas::Ref),
    request_body = schemas::ConfirmSeverity, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn confirm_severity(
    app: App,
    caller: Caller,
    params: Params,
    sent: Sent,
) -> Result<Response, Failure> {
    let (body, actor) = begin::<ConfirmSeverity>(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::confirm_severity(app.hub(), &actor, params.text("ref"), &body).await)
}

/// Release
///
/// Gives it back to the queue.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/release", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Release, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn release(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (body, actor) = begin::<Reason>(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::release(app.hub(), &actor, params.text("ref"), &body).await)
}

/// Assign
///
/// A shift lead, a supervisor, or its owner gives it to somebody.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/assign", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Assign, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn assign(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (body, actor) = begin::<Assign>(&app, &caller, &params, sent, Right::Assign).await?;
    given(incident::assign(app.hub(), &actor, params.text("ref"), &body).await)
}

/// Override the priority
///
/// Up: the response side to any level, an official one level, twice a day. Down: a shift lead or a supervisor.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/override", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Override, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn override_priority(
    app: App,
    caller: Caller,
    params: Params,
    sent: Sent,
) -> Result<Response, Failure> {
    let (body, actor) = begin::<Override>(&app, &caller, &params, sent, Right::OverrideUp).await?;
    given(incident::override_priority(app.hub(), &actor, params.text("ref"), &body).await)
}

/// Confirm the lowering that is proposed
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/confirm-lowering", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Nothing, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn confirm_lowering(
    app: App,
    caller: Caller,
    params: Params,
    sent: Sent,
) -> Result<Response, Failure> {
    let (Nothing {}, actor) = begin(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::confirm_lowering(app.hub(), &actor, params.text("ref")).await)
}

/// Resolve
///
/// The work is done: every clock stops.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/resolve", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Resolve, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn resolve_it(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (body, actor) = begin::<Resolve>(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::resolve(app.hub(), &actor, params.text("ref"), &body).await)
}

/// Reopen
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/reopen", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Reopen, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn reopen(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (body, actor) = begin::<Reason>(&app, &caller, &params, sent, Right::Reopen).await?;
    given(incident::reopen(app.hub(), &actor, params.text("ref"), &body).await)
}

/// Close
///
/// The room becomes read only.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/close", tag = "verbs", params(schemas::Ref),
    request_body = schemas::Nothing, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn close(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (Nothing {}, actor) = begin(&app, &caller, &params, sent, Right::Respond).await?;
    given(incident::close(app.hub(), &actor, params.text("ref")).await)
}
