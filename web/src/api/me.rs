//! Who asks.

use axum::response::Response;
use hub::identity::{Reach, person_of};
use hub::store::Page;
use serde_json::json;

use super::{Nothing, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller};
use crate::routes::{Access, Sample, Table};

pub(super) fn routes(table: Table) -> Table {
    table.get("/api/v1/me", Access::SignedIn, Sample::NONE, me)
}

/// Who asks
///
/// The person that the token or the session belongs to, with what their role may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "me", responses((status = 200, body = schemas::Me)))]
pub(super) async fn me(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let Nothing {} = asked.read(&[])?;
    let viewer = &caller.viewer;
    let person = person_of(&app.hub().db, viewer).await?;
    let authority = match viewer.reach() {
        Reach::One(_) => hub::authority::list(app.hub(), viewer, &Page::default()).await?.items.pop(),
        _ => None,
    };
    let rights: Vec<&str> = viewer.role().rights().map(hub::identity::Right::code).collect();
    Ok(answer::ok(&json!({
        "email": person.email,
        "name": viewer.name(),
        "office": viewer.office(),
        "role": viewer.role(),
        "side": viewer.side().code(),
        "authority": authority.map(|authority| authority.slug),
        "permissions": rights,
    })))
}
