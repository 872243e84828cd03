//! Every address of the hub, and what stands before all of them.

mod table;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::MatchedPath;
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use table::{Access, Route, Sample, Table};

use crate::app::App;
use crate::error::Failure;
use crate::security::{csp, headers};
use crate::{
    account, api, assets, authority, dashboard, demo, door, duty, election, health, help, home, incident, live, policy,
    queue, room, session, theme,
};

/// The table of all routes.
pub fn table() -> Table {
    Table::default()
        .get("/livez", Access::Public, Sample::NONE, health::live)
        .get("/readyz", Access::Public, Sample::NONE, health::ready)
        .get("/.well-known/security.txt", Access::Public, Sample::NONE, health::security_txt)
        .drop_box("/csp-report", Access::Public, Sample::NONE.with("{}"), csp::report)
        .get("/static/{hash}/{*path}", Access::Public, STATIC, assets::serve)
        .post("/theme", Access::Public, Sample::NONE.with(r#"{"theme": "dark"}"#), theme::choose)
        .get("/help", Access::Public, Sample::NONE, help::page)
        .with(session::routes)
        .with(demo::routes)
        .with(home::routes)
        .with(incident::routes)
        .with(room::routes)
        .with(queue::routes)
        .with(dashboard::routes)
        .with(authority::routes)
        .with(election::routes)
        .with(duty::routes)
        .with(policy::routes)
        .with(account::routes)
        .with(api::routes)
        .with(live::routes)
}

const STATIC: Sample = Sample::of(&[("hash", assets::HASH), ("path", "css/hub.css")]);

/// The router: the table, and around it, from the outside in, headers and log, compression, the door, panics.
pub fn router(app: App, table: Table) -> Router {
    let allowed = Arc::new(table.allowed());
    table
        .into_router()
        .fallback(async || Failure::NOT_FOUND)
        .method_not_allowed_fallback(async move |matched: Option<MatchedPath>| {
            refuse_method(&allowed, matched.as_ref())
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), door::open))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), headers::dress))
        .with_state(app)
}

/// 405, with the methods that the address takes.
fn refuse_method(allowed: &HashMap<&'static str, String>, matched: Option<&MatchedPath>) -> Response {
    let mut response = Failure::Method.into_response();
    let methods = matched.and_then(|path| allowed.get(path.as_str()));
    if let Some(methods) = methods.and_then(|methods| HeaderValue::from_str(methods).ok()) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}

/// The hook of `logging` says where it was.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Failure::Panic.into_response()
}

#[cfg(test)]
mod tests;
