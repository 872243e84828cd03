//! The OpenAPI document: what stands beside the handlers, and what all of them have in common.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{authorities, dashboard, duty, elections, incidents, me, room, schemas, verbs, webhooks};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Election Communications Hub",
        description = "Incidents at election authorities, their rooms, and the people who answer. Errors are RFC 9457 \
            problems. Every POST takes an `Idempotency-Key`: the same request again gets the first answer again."
    ),
    paths(
        show,
        me::me,
        incidents::list,
        incidents::file,
        incidents::get,
        incidents::patch,
        verbs::claim,
        verbs::acknowledge,
        verbs::confirm_severity,
        verbs::release,
        verbs::assign,
        verbs::override_priority,
        verbs::confirm_lowering,
        verbs::resolve_it,
        verbs::reopen,
        verbs::close,
        room::events,
        room::say,
        elections::list,
        elections::create,
        elections::get,
        elections::update,
        elections::extend,
        authorities::list,
        authorities::create,
        authorities::get,
        dashboard::figures,
        duty::shifts,
        duty::add,
        webhooks::list,
        webhooks::add,
        webhooks::remove,
        duty::cover,
        duty::handovers,
        duty::hand_over,
        duty::accept,
    ),
    components(schemas(schemas::Problem, schemas::Priority, schemas::Category, incidents::State, incidents::Sort))
)]
struct Handlers;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let whole = serde_json::to_value(Handlers::openapi()).map(complete);
    whole.map(|document| format!("{document:#}")).unwrap_or_else(|error| {
        tracing::error!(%error, "the API document cannot be written");
        "{}".to_owned()
    })
});

/// The document as text: what `election-hub openapi` prints.
pub fn document() -> &'static str {
    &DOCUMENT
}

/// This document
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document()).into_response()
}

/// What every operation has, by what it is.
fn complete(mut document: Value) -> Value {
    let bodies = document.pointer("/components/schemas").cloned().unwrap_or_default();
    if let Some(report) = document.pointer_mut("/components/schemas/Report") {
        let said = |name: &str| json!({"required": [name], "properties": {name: {"type": "string", "pattern": "\\S"}}});
        report["anyOf"] = ["summary", "symptom", "category"].map(said).to_vec().into();
    }
    document["components"]["schemas"]["Problem"]["additionalProperties"] = true.into();
    document["components"]["securitySchemes"] = json!({
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-hub"},
    });
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::iter_mut);
    for (path, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flat_map(Map::iter_mut) {
            if path.ends_with("/openapi.json") {
                operation["security"] = json!([]);
            } else {
                finish(path, method, operation, &bodies);
            }
            let responses = operation["responses"].as_object_mut();
            responses.into_iter().for_each(|all| drop(all.insert("default".to_owned(), problem("Something failed"))));
        }
    }
    document
}

fn finish(path: &str, method: &str, operation: &mut Value, bodies: &Value) {
    operation["security"] = json!([{"token": []}, {"session": []}]);
    let mut may = vec![("401", "Nobody is signed in"), ("403", "Not the caller's to do")];
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    if path.contains('{') || path.starts_with("/api/v1/incidents") || method == "post" {
        may.push(("404", "It does not exist, or is not the caller's to know of: the two are the same"));
    }
    may.push(("422", "Every field that must be put right"));
    let changes = ["post", "patch"].contains(&method);
    if changes {
        may.extend([("413", "Too large"), ("415", "Not JSON")]);
        may.push(("409", "Not as it stands now"));
    }
    if method == "post" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key and body gives the first answer again, for 24 hours.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,64}$"},
        }));
    }
    if method == "patch" {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": true,
            "description": "The `ETag` of what is changed, or `*`.",
            "schema": {"type": "string", "pattern": "^(\\*|\"[0-9]+\")$"},
        }));
        may.extend([("412", "Changed in the meantime; `present` is what it is now"), ("428", "No `If-Match`")]);
    }
    if path.ends_with("/events") {
        may.push(("409", "`epoch` is of another life of the database"));
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.extend(may.into_iter().map(|(status, words)| (status.to_owned(), problem(words))));
        let headers = [("201", "Location", "Where it is")].into_iter();
        for (status, name, words) in headers {
            if let Some(response) = responses.get_mut(status) {
                response["headers"][name] = json!({"description": words, "schema": {"type": "string"}});
            }
        }
    }
    // A body without a required field may be left out: it is `{}`.
    if let Some(body) = operation.get_mut("requestBody") {
        let named = body.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str);
        let schema = named.and_then(|name| name.rsplit('/').next()).and_then(|name| bodies.get(name));
        let needed = schema.is_some_and(|schema| schema.get("required").is_some());
        body["required"] = (needed || path == "/api/v1/incidents").into();
    }
}

fn problem(words: &str) -> Value {
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": words, "content": {"application/problem+json": {"schema": schema}}})
}
