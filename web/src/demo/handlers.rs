//! Who one can be in the demonstration. Without a demonstration none of these addresses exists.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hub::demo::{DemoPerson, world};
use hub::identity::{Role, Side, find_person};
use serde_json::json;

use super::{Group, Persona, PersonaPage, Personas};
use crate::answer::ok;
use crate::app::App;
use crate::error::Failure;
use crate::extract::Params;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::session::come_in;
use crate::theme::Theme;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const ANA: Sample = Sample::of(&[("key", "ana")]);
    table.get("/demo", Access::Public, Sample::NONE, list).get("/demo/{key}", Access::Public, ANA, one).post(
        "/demo/{key}",
        Access::Public,
        ANA.with("{}"),
        be,
    )
}

/// Refuses where this is no demonstration, as an address that does not exist.
struct Stage(App);

impl FromRequestParts<App> for Stage {
    type Rejection = Failure;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Failure> {
        if app.has_personas() { Ok(Self(app.clone())) } else { Err(Failure::NOT_FOUND) }
    }
}

/// The cast: everybody who has a story.
pub(crate) fn cast() -> impl Iterator<Item = (DemoPerson, &'static str)> {
    let people = world(hub::time::Ts::from_millis(0)).people;
    people.into_iter().filter_map(|person| person.story.map(|story| (person, story)))
}

async fn list(Stage(app): Stage, theme: Theme, headers: HeaderMap) -> Response {
    let wants = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if wants.contains("application/json") {
        let url = app.origins().public_url();
        let personas: Vec<_> = cast()
            .map(|(person, _)| {
                json!({
                    "key": person.key,
                    "name": person.name,
                    "email": person.email,
                    "role": person.role,
                    "authority": person.authority,
                    "url": format!("{url}/demo/{}", person.key),
                })
            })
            .collect();
        return ok(&json!({"personas": personas, "now": app.now(), "speed": app.hub().clock.speed()}));
    }
    let side = |response_side| cast().map(show).filter(|persona| persona.response_side == response_side).collect();
    let shell = app.shell(None, theme, "Demonstration accounts", Place::Elsewhere).await;
    let groups = vec![
        Group { title: "At an election authority", personas: side(false) },
        Group { title: "On the response team", personas: side(true) },
    ];
    Page::ok(Personas { shell, groups }).into_response()
}

fn show((person, story): (DemoPerson, &'static str)) -> Persona {
    let role = person.role.parse::<Role>().unwrap_or(Role::Official);
    Persona {
        key: person.key.to_owned(),
        name: person.name.to_owned(),
        role: role.label().to_owned(),
        // On the response side office and role are the same word; of officials it matters whose they are.
        office: person.authority_name.unwrap_or_default().to_owned(),
        response_side: role.side() == Side::Response,
        story,
    }
}

fn find(params: &Params) -> Result<(DemoPerson, &'static str), Failure> {
    cast().find(|(person, _)| person.key == params.text("key")).ok_or(Failure::NOT_FOUND)
}

async fn one(Stage(app): Stage, theme: Theme, params: Params) -> Result<Response, Failure> {
    let persona = show(find(&params)?);
    let shell = app.shell(None, theme, format!("Sign in as {}", persona.name), Place::Elsewhere).await;
    Ok(Page::ok(PersonaPage { shell, persona }).into_response())
}

async fn be(Stage(app): Stage, params: Params) -> Result<Response, Failure> {
    let (person, _) = find(&params)?;
    let person = find_person(&app.hub().db, &person.email).await?;
    if person.disabled {
        return Err(Failure::NOT_FOUND);
    }
    come_in(&app, &person, "/").await
}
