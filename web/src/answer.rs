//! What handlers answer with when it is no page.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// JSON with a status. (axum's own is banned: it is an extractor as well, with refusals that are not ours.)
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            (status, kind, Body::from(bytes)).into_response()
        }
        Err(error) => crate::error::Failure::Hub(hub::Error::broken(error)).into_response(),
    }
}

/// 200 with JSON.
pub fn ok(body: &impl Serialize) -> Response {
    json(StatusCode::OK, body)
}

/// 200 with one thing and its version as `ETag`.
pub fn item(version: i64, body: &impl Serialize) -> Response {
    tagged(StatusCode::OK, version, body)
}

/// 201 with a new thing, where it is, and its version as `ETag`.
pub fn created(location: &str, version: i64, body: &impl Serialize) -> Response {
    let mut response = tagged(StatusCode::CREATED, version, body);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// What a command answers, its version as `ETag` where it has one.
pub fn given(answer: &hub::Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    match answer.body.get("version").and_then(serde_json::Value::as_i64) {
        Some(version) => tagged(status, version, &answer.body),
        None => json(status, &answer.body),
    }
}

/// 303: after a form, to the page that shows what it did.
pub fn see_other(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}

fn tagged(status: StatusCode, version: i64, body: &impl Serialize) -> Response {
    let mut response = json(status, body);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
