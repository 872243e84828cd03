//! Whether the process lives, whether it can work, and whom to tell about a weakness.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::live::Reach;
use jiff::SignedDuration;
use serde_json::json;

use crate::answer;
use crate::app::App;
use crate::error::Failure;

/// `GET /livez`: the process answers.
pub async fn live() -> Response {
    answer::ok(&json!({"status": "ok"}))
}

/// `GET /readyz`: it can work; 503 and why, where it cannot. Where the bus is away it works, more slowly, and where the
/// auditor finds incidents that nobody has looked at, people must know: 200, `degraded`, and why.
pub async fn ready(app: App) -> Response {
    let mut reasons = Vec::new();
    if app.stop().is_cancelled() {
        reasons.push(json!({"what": "process", "why": "It was asked to end."}));
    }
    if let Err(error) = app.hub().db.ping().await {
        tracing::warn!(%error, "not ready: the database does not answer");
        reasons.push(json!({"what": "database", "why": "It does not answer."}));
    }
    if !reasons.is_empty() {
        return answer::json(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "not ready", "reasons": reasons}));
    }
    // Neither takes a node away: whoever is in trouble must still be able to file, and to be answered.
    if app.hub().bus.reach() == Reach::Away {
        let why = "It does not answer. What other nodes write arrives up to two seconds late.";
        reasons.push(json!({"what": "bus", "why": why}));
    }
    if let Some(why) = app.hub().auditor.complaint(app.hub().wall.now()) {
        reasons.push(json!({"what": "escalation", "why": why}));
    }
    if !reasons.is_empty() {
        return answer::ok(&json!({"status": "degraded", "reasons": reasons}));
    }
    answer::ok(&json!({"status": "ready", "reasons": []}))
}

/// `GET /.well-known/security.txt`: RFC 9116, where a contact is set. It is good for half a year from now, because
/// whoever runs the hub answers for it as long as it runs.
pub async fn security_txt(app: App) -> Result<Response, Failure> {
    let contact = app.config().security_contact.clone().ok_or(Failure::NOT_FOUND)?;
    let expires = app.hub().wall.now().plus(SignedDuration::from_hours(24 * 182));
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nCanonical: {}/.well-known/security.txt\nPreferred-Languages: en\n",
        app.origins().public_url()
    );
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
