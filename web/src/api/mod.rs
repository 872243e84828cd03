//! `/api/v1`: the hub for other people's programs. A handler first looks up what is meant and whether the caller may,
//! and only then reads the query and the body, so that refusals come in the order of the contract and a stranger learns
//! nothing from an invalid body.

mod authorities;
mod dashboard;
mod duty;
mod elections;
mod incidents;
mod me;
pub mod openapi;
mod room;
mod schemas;
mod verbs;
mod webhooks;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use hub::identity::{Actor, Reach, Right, Role, Viewer};
use hub::store::Page;
use hub::{Answer, Error, incident};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, IfMatch, Kind, Params, Sent};
use crate::routes::{Access, Sample, Table};

/// The routes of the API.
pub fn routes(table: Table) -> Table {
    table
        .get("/api/v1/openapi.json", Access::Public, Sample::NONE, openapi::show)
        .with(me::routes)
        .with(incidents::routes)
        .with(verbs::routes)
        .with(room::routes)
        .with(elections::routes)
        .with(authorities::routes)
        .with(dashboard::routes)
        .with(duty::routes)
        .with(webhooks::routes)
}

/// Who reads incidents: all but whoever runs the instance.
const READERS: &[Role] =
    &[Role::Official, Role::OfficialLead, Role::Responder, Role::ShiftLead, Role::Supervisor, Role::Auditor];

/// An incident of the demonstration.
const ALD_1: Sample = Sample::of(&[("ref", "ALD-1")]);

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// At most so many items; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    fn read(app: &App, asked: &Asked) -> Result<Page, Failure> {
        let Self { limit, cursor } = asked.read(LIMIT)?;
        Ok(app.cut(limit, cursor))
    }
}

const LIMIT: &[(&str, Kind)] = &[("limit", Kind::Number)];

/// A query or a body without any field.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Nothing {}

/// Whoever reads no incident at all finds none, and no list of them.
fn reads_incidents(viewer: &Viewer) -> Result<(), Failure> {
    if *viewer.reach() == Reach::None { Err(Failure::NOT_FOUND) } else { Ok(()) }
}

/// The start of every change of an incident: found, allowed, then read.
async fn begin<T: DeserializeOwned>(
    app: &App,
    caller: &Caller,
    params: &Params,
    sent: Sent,
    right: Right,
) -> Result<(T, Actor), Failure> {
    incident::may(app.hub(), &caller.viewer, params.text("ref"), right).await?;
    sent.command(caller).await
}

/// What a command answered, now or when the same was sent before.
fn given(answer: hub::Result<Answer>) -> Result<Response, Failure> {
    made(answer, |_| None)
}

/// [`given`], where something new has an address.
fn made(answer: hub::Result<Answer>, place: impl FnOnce(&Value) -> Option<String>) -> Result<Response, Failure> {
    let (answer, again) = match answer {
        Err(Error::Replay(answer)) => (*answer, true),
        answer => (answer?, false),
    };
    let mut response = answer::given(&answer);
    let headers = response.headers_mut();
    let version = answer.body.pointer("/election/version").and_then(Value::as_i64);
    if let Some(tag) = version.and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok()) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(place) = place(&answer.body).filter(|_| answer.status == 201)
        && let Ok(place) = HeaderValue::from_str(&place)
    {
        headers.insert(header::LOCATION, place);
    }
    if again {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// What a command that makes something of its own gives, as an answer.
fn answer_of(view: hub::Result<impl serde::Serialize>, status: u16) -> hub::Result<Answer> {
    let body = serde_json::to_value(view?).map_err(Error::broken)?;
    Ok(Answer { status, body })
}

/// The version that a change was made for. A missing header is told after what is wrong with the fields, so until then
/// it is a version that nothing has.
fn version(seen: &IfMatch) -> Option<i64> {
    seen.version().unwrap_or(Some(-1))
}

/// What a change answered; see [`version`].
fn changed(seen: &IfMatch, answer: hub::Result<Answer>) -> Result<Response, Failure> {
    match (answer, seen.version()) {
        (Err(Error::Stale(_)), Err(missing)) => Err(missing),
        (answer, _) => given(answer),
    }
}

/// An address below `/api/v1` that ends in a name out of an answer.
fn below(list: &str, name: Option<&Value>) -> Option<String> {
    Some(format!("/api/v1/{list}/{}", name?.as_str()?))
}
