//! Every figure of the dashboard.

use axum::response::Response;
use hub::identity::Right;

use super::{Nothing, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller};
use crate::routes::{Access, Sample, Table};

pub(super) fn routes(table: Table) -> Table {
    table.get("/api/v1/dashboard", Access::Roles(Right::SeeQueue.roles()), Sample::NONE, figures)
}

/// Read the dashboard
///
/// All figures are of the instant `as_of`.
#[utoipa::path(get, path = "/api/v1/dashboard", tag = "dashboard",
    responses((status = 200, body = schemas::Dashboard)))]
pub(super) async fn figures(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let Nothing {} = asked.read(&[])?;
    Ok(answer::ok(&hub::dashboard::figures(app.hub(), &caller.viewer, caller.now).await?))
}
