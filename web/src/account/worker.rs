//! What a browser runs to be told while no page of ours is open, and what it says back.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::notify::channel::{Receipt, receipt};

use crate::app::App;
use crate::assets;
use crate::error::Failure;
use crate::extract::Sent;
use crate::routes::{Access, Sample, Table};

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const RECEIPT: &str = r#"{"id": "0", "receipt": "0", "what": "opened"}"#;
    table.get("/account/push.js", Access::Public, Sample::NONE, script).drop_box(
        "/account/receipts",
        Access::Public,
        Sample::NONE.with(RECEIPT),
        take,
    )
}

/// The script, under an address that stays the same: a browser looks there for the next one.
async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    match assets::text("js/push.js") {
        Some(script) => (headers, script).into_response(),
        None => Failure::NOT_FOUND.into_response(),
    }
}

/// A browser says that it has a notice, or that it was opened. It is signed in or not: what the notice carried proves it.
async fn take(app: App, sent: Sent) -> Result<StatusCode, Failure> {
    let form = sent.form().await?;
    let what = match form.text("what") {
        "delivered" => Receipt::Delivered,
        "opened" => Receipt::Opened,
        _ => return Err(Failure::NOT_FOUND),
    };
    receipt(app.hub(), form.text("id"), form.text("receipt"), what).await?;
    Ok(StatusCode::NO_CONTENT)
}
