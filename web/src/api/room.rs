//! An incident's room: its log, and saying something in it.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use hub::identity::{Credential, Right, still};
use hub::incident;
use hub::room::{self, Say};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ALD_1, READERS, answer_of, begin, made, schemas};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, By, Caller, Kind, Params, Sent};
use crate::routes::{Access, Table};

const MESSAGE: &str = r#"{"id": "5b0f4c1e-8a57-4a2c-9f0e-2f6f8f1f7a11", "text": "Three more sites have called."}"#;

pub(super) fn routes(table: Table) -> Table {
    table.get_slowly("/api/v1/incidents/{ref}/events", Access::Reach(READERS), ALD_1, events).post(
        "/api/v1/incidents/{ref}/messages",
        Access::Reach(Right::Write.roles()),
        ALD_1.with(MESSAGE),
        say,
    )
}

/// From where, and how long to wait for it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// Only what comes after this number; 0 for all.
    #[param(minimum = 0)]
    after: i64,
    /// At most so many items; 200 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// The life of the database that `after` is of; another one is 409.
    epoch: Option<String>,
    /// How many seconds to wait for the first event where there is none yet.
    #[param(minimum = 0, maximum = 25)]
    wait: Option<u64>,
}

const NUMBERS: &[(&str, Kind)] = &[("after", Kind::Number), ("limit", Kind::Number), ("wait", Kind::Number)];

/// Read the room's log
///
/// In order, as the caller's side counts. With `wait` it answers at the first event, or with no items.
#[utoipa::path(get, path = "/api/v1/incidents/{ref}/events", tag = "room", params(schemas::Ref, EventsQuery),
    responses((status = 200, body = schemas::Log)))]
pub(super) async fn events(
    app: App,
    caller: Caller,
    params: Params,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (hub, viewer, reference) = (app.hub(), &caller.viewer, params.text("ref"));
    incident::reached(hub, viewer, reference).await?;
    let EventsQuery { after, limit, epoch, wait } = asked.read(NUMBERS)?;
    let epoch = epoch.as_deref();
    if wait.is_some_and(|wait| wait > 25) {
        return Err(Failure::invalid("wait", "Wait for 0 to 25 seconds."));
    }
    let Some(seconds) = wait.filter(|wait| *wait > 0) else {
        return Ok(answer::ok(&room::events(hub, viewer, reference, after, limit, epoch).await?));
    };
    let credential = credential(&caller, &headers);
    let stay = app.channel().live().stay(credential.clone(), viewer.clone(), &app.config().limits);
    // The only thing that can be wrong is that so many of theirs wait already.
    let mut stay = stay.map_err(|_| Failure::TooMany(1))?;
    let log = tokio::select! {
        log = room::wait(hub, viewer, reference, after, limit, epoch, Duration::from_secs(seconds)) => log?,
        () = stay.over() => room::events(hub, viewer, reference, after, limit, epoch).await?,
        () = app.stop().cancelled() => room::events(hub, viewer, reference, after, limit, epoch).await?,
    };
    // Rights may have been withdrawn while it waited.
    let now = still(&hub.db, &credential, hub.wall.now()).await?.ok_or(Failure::SignIn)?;
    if now != *viewer {
        return Err(Failure::NOT_FOUND);
    }
    Ok(answer::ok(&log))
}

/// What the caller came in with.
fn credential(caller: &Caller, headers: &HeaderMap) -> Credential {
    match caller.by {
        By::Session(id) => Credential::Session(id),
        By::Token => {
            let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            Credential::token(given.and_then(|given| given.split_once(' ')).map_or("", |(_, token)| token.trim()))
        }
    }
}

/// Say something
///
/// Stored for good when this answers. The same `id` again is 200 with the same row. With `seen`, newer messages that
/// the writer has not seen are 409 with them, and nothing is stored, unless `anyway` is true.
#[utoipa::path(post, path = "/api/v1/incidents/{ref}/messages", tag = "room", params(schemas::Ref),
    request_body = schemas::Say,
    responses(
        (status = 201, body = schemas::Event),
        (status = 200, body = schemas::Event, description = "It was stored before"),
    ))]
pub(super) async fn say(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let (body, actor) = begin::<Say>(&app, &caller, &params, sent, Right::Write).await?;
    let reference = params.text("ref");
    app.rates().message(&actor.viewer, app.hub().wall.now())?;
    let answer = match room::say(app.hub(), &actor, reference, &body).await {
        Ok(said) => answer_of(Ok(said.event), if said.again { 200 } else { 201 }),
        Err(error) => Err(error),
    };
    made(answer, |event| {
        let seq = event.get("seq")?.as_i64()?;
        Some(format!("/api/v1/incidents/{reference}/events?after={}&limit=1", seq - 1))
    })
}
