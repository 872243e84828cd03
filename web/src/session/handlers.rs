//! Signing in by a link, signing out, and the cookie between the two.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::identity::{LinkFor, Person, end_session, look_at_link, sign_in_within, use_link};

use super::{LinkPage, SignIn};
use crate::answer::see_other;
use crate::app::App;
use crate::door::cookie_name;
use crate::error::Failure;
use crate::extract::{By, Caller, Client, Params, Sent};
use crate::face::Problem;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::Typed;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const LINK: Sample = Sample::of(&[("secret", "0")]);
    table
        .get("/sign-in", Access::Public, Sample::NONE, page)
        .get("/sign-in/{secret}", Access::Public, LINK, link)
        .post("/sign-in/{secret}", Access::Public, LINK.with("{}"), use_it)
        .post("/sign-out", Access::Public, Sample::NONE.with("{}"), sign_out)
}

async fn page(app: App, theme: Theme, caller: Option<Caller>) -> Response {
    if caller.is_some() {
        return see_other("/");
    }
    let shell = app.shell(None, theme, "Sign in", Place::Elsewhere).await;
    Page::ok(SignIn { shell, providers: Vec::new(), passkeys: false, problems: Vec::new() }).into_response()
}

async fn link(app: App, theme: Theme, client: Client, params: Params) -> Result<Response, Failure> {
    let hub = app.hub();
    let found = look_at_link(&hub.db, params.text("secret"), hub.wall.now()).await?;
    if found.is_none() {
        app.rates().bad_link(client.0, hub.wall.now())?;
    }
    Ok(link_page(&app, theme, found.as_ref(), Typed::default(), StatusCode::OK).await)
}

async fn link_page(app: &App, theme: Theme, found: Option<&LinkFor>, typed: Typed, status: StatusCode) -> Response {
    let title = match found {
        Some(LinkFor::Person(person)) => format!("Sign in as {}", person.name),
        Some(LinkFor::SetUp) => "Set up this hub".to_owned(),
        None => "This link does not work any more".to_owned(),
    };
    let shell = app.shell(None, theme, title, Place::Elsewhere).await;
    let setting_up = matches!(found, Some(LinkFor::SetUp));
    Page::with(status, LinkPage { shell, usable: found.is_some(), setting_up, typed }).into_response()
}

async fn use_it(app: App, theme: Theme, client: Client, params: Params, sent: Sent) -> Result<Response, Failure> {
    let hub = app.hub();
    let secret = params.text("secret");
    let form = sent.form().await?;
    let admin = (form.text("email"), form.text("name"));
    match use_link(&hub.db, secret, Some(admin), hub.wall.now()).await {
        Ok(person) => come_in(&app, &person, "/").await,
        Err(hub::Error::NotFound) => {
            app.rates().bad_link(client.0, hub.wall.now())?;
            Ok(link_page(&app, theme, None, Typed::default(), StatusCode::NOT_FOUND).await)
        }
        Err(hub::Error::Invalid(problems)) => {
            let found = look_at_link(&hub.db, secret, hub.wall.now()).await?;
            let problems = problems.0.into_iter().map(|p| Problem { field: p.field, words: p.message }).collect();
            let typed = Typed::new(form.pairs().iter().cloned(), problems);
            Ok(link_page(&app, theme, found.as_ref(), typed, StatusCode::UNPROCESSABLE_ENTITY).await)
        }
        Err(error) => Err(error.into()),
    }
}

/// Signs a person in on this browser and leads them to `to`.
pub(crate) async fn come_in(app: &App, person: &Person, to: &str) -> Result<Response, Failure> {
    let hub = app.hub();
    let now = hub.wall.now();
    let (session, secret) = sign_in_within(&hub.db, person, app.config().limits.sessions_per_person, now).await?;
    let lasts = session.expires_at.since(now).as_secs().max(0);
    let mut response = see_other(to);
    set(&mut response, app, &secret.text, lasts)?;
    Ok(response)
}

async fn sign_out(app: App, caller: Option<Caller>) -> Result<Response, Failure> {
    let hub = app.hub();
    if let Some(By::Session(session)) = caller.map(|caller| caller.by) {
        end_session(&hub.db, session, hub.wall.now()).await?;
    }
    let mut response = see_other("/sign-in");
    set(&mut response, &app, "", 0)?;
    let cleared = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", cleared);
    Ok(response)
}

/// `HttpOnly`: no script reads it. `SameSite=Lax`: a link in a message leads a signed-in person to the page, and
/// nothing is changed by following one.
fn set(response: &mut Response, app: &App, secret: &str, lasts: i64) -> Result<(), Failure> {
    let secure = app.origins().secure();
    let name = cookie_name(secure);
    let only_over_tls = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={secret}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Lax{only_over_tls}");
    let value = HeaderValue::from_str(&cookie).map_err(hub::Error::broken)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}
