//! Who is on duty, and who comes next.

use axum::response::Response;
use hub::duty::{self, Accept, NewCover, NewHandover, NewShift};
use hub::identity::Right;

use super::{PageQuery, answer_of, given, made, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, Params, Sent};
use crate::routes::{Access, Sample, Table};

const SHIFT: &str = r#"{"person": "rosa@hub.example", "from": "2026-11-03T10:00:00Z", "to": "2026-11-03T18:00:00Z"}"#;

const COVER: &str = r#"{"by": "ravi@hub.example", "from": "2030-01-01T08:00:00Z", "to": "2030-01-01T16:00:00Z"}"#;

pub(super) fn routes(table: Table) -> Table {
    const ONE: Sample = Sample::of(&[("id", "1")]);
    let see = Access::Roles(Right::SeeQueue.roles());
    let respond = Access::Reach(Right::Respond.roles());
    table
        .get("/api/v1/duty", see, Sample::NONE, shifts)
        .post("/api/v1/duty/shifts", Access::Reach(Right::EditDuty.roles()), Sample::NONE.with(SHIFT), add)
        .post("/api/v1/duty/covers", respond, Sample::NONE.with(COVER), cover)
        .get("/api/v1/duty/handovers", see, Sample::NONE, handovers)
        .post("/api/v1/duty/handovers", respond, Sample::NONE.with(r#"{"to": "ravi@hub.example"}"#), hand_over)
        .post("/api/v1/duty/handovers/{id}/accept", respond, ONE.with("{}"), accept)
}

/// List the shifts that are not over, the next first
#[utoipa::path(get, path = "/api/v1/duty", tag = "duty", params(PageQuery),
    responses((status = 200, body = schemas::ShiftPage)))]
pub(super) async fn shifts(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let page = PageQuery::read(&app, &asked)?;
    Ok(answer::ok(&duty::page(app.hub(), &caller.viewer, &page, caller.now).await?))
}

/// Put somebody on a shift
#[utoipa::path(post, path = "/api/v1/duty/shifts", tag = "duty", request_body = schemas::NewShift,
    responses((status = 201, body = schemas::Shift)))]
pub(super) async fn add(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    caller.viewer.may(Right::EditDuty)?;
    let (body, actor) = sent.command::<NewShift>(&caller).await?;
    let answer = answer_of(duty::add_shift(app.hub(), &actor, &body).await, 201);
    made(answer, |_| Some("/api/v1/duty".to_owned()))
}

/// Offer somebody's hours to somebody else: one's own, or anybody's for shift leads, whose word counts at once
#[utoipa::path(post, path = "/api/v1/duty/covers", tag = "duty", request_body = schemas::NewCover,
    responses((status = 200, body = schemas::Cover)))]
pub(super) async fn cover(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    caller.viewer.may(Right::Respond)?;
    let (body, actor) = sent.command::<NewCover>(&caller).await?;
    given(answer_of(duty::offer_cover(app.hub(), &actor, &body).await, 200))
}

/// List the hand-overs that nobody has accepted
#[utoipa::path(get, path = "/api/v1/duty/handovers", tag = "duty",
    responses((status = 200, body = schemas::HandoverPage)))]
pub(super) async fn handovers(app: App, caller: Caller) -> Result<Response, Failure> {
    let items = duty::waiting(app.hub(), &caller.viewer, caller.now).await?;
    Ok(answer::ok(&serde_json::json!({"items": items, "next": null})))
}

/// Hand a shift over: to the next on the post unless it is said to whom. Until that is accepted the caller stays on duty
#[utoipa::path(post, path = "/api/v1/duty/handovers", tag = "duty", request_body = schemas::NewHandover,
    responses((status = 201, body = schemas::Handover)))]
pub(super) async fn hand_over(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    caller.viewer.may(Right::Respond)?;
    let (body, actor) = sent.command::<NewHandover>(&caller).await?;
    let answer = answer_of(duty::hand_over(app.hub(), &actor, &body).await, 201);
    made(answer, |_| Some("/api/v1/duty/handovers".to_owned()))
}

/// Accept a hand-over, or some of its incidents: they are the caller's, and each authority is told so
#[utoipa::path(post, path = "/api/v1/duty/handovers/{id}/accept", tag = "duty",
    params(("id" = i64, Path, description = "As in the list")),
    request_body = schemas::AcceptHandover, responses((status = 200, body = schemas::Handover)))]
pub(super) async fn accept(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let id = params.parse("id")?;
    duty::handover(app.hub(), &caller.viewer, id, caller.now).await?;
    caller.viewer.may(Right::Respond)?;
    let (body, actor) = sent.command::<Accept>(&caller).await?;
    given(answer_of(duty::accept(app.hub(), &actor, id, &body).await, 200))
}
