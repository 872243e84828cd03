//! Who is on duty, and who comes next.

use axum::response::Response;
use hub::duty::{self, NewShift};
use hub::identity::Right;

use super::{PageQuery, answer_of, made, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, Sent};
use crate::routes::{Access, Sample, Table};

const SHIFT: &str = r#"{"person": "rosa@hub.example", "from": "2026-11-03T10:00:00Z", "to": "2026-11-03T18:00:00Z"}"#;

pub(super) fn routes(table: Table) -> Table {
    table.get("/api/v1/duty", Access::Roles(Right::SeeQueue.roles()), Sample::NONE, shifts).post(
        "/api/v1/duty/shifts",
        Access::Reach(Right::EditDuty.roles()),
        Sample::NONE.with(SHIFT),
        add,
    )
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
