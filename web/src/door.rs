//! The door: refuses what is malformed or meant for another host, finds out who asks, and draws every failure as what
//! the caller reads: a page, a problem document, or the way to sign in.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use hub::identity::{viewer_of_session, viewer_of_token};

use crate::app::App;
use crate::error::{Face, Failure};
use crate::error_page::{Failed, Forbidden, NotFound};
use crate::extract::{By, RequestId, Who};
use crate::server::{Ambiguous, Unknown};
use crate::theme::{Theme, way_back};

/// The name of the session's cookie. On plain http for development browsers would not take the prefix.
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-hub" } else { "hub-dev" }
}

const METHODS: &[Method] =
    &[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
/// For methods that no address takes.
const ALLOWED: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// The layer.
pub async fn open(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let asked = Asked::of(&parts);
    let mut who = Who::NOBODY;
    let response = match come_in(&app, &parts).await {
        Err(failure) => failure.into_response(),
        Ok(found) => {
            who = found;
            if who.signed_in.is_some()
                && let Some(unknown) = parts.extensions.get::<Unknown>()
            {
                unknown.is_known();
            }
            parts.extensions.insert(who.clone());
            parts.extensions.insert(app.clone());
            next.run(Request::from_parts(parts, body)).await
        }
    };
    match response.extensions().get::<Face>().cloned() {
        Some(face) => draw(&app, &who, &asked, &face, response).await,
        None => response,
    }
}

async fn come_in(app: &App, parts: &Parts) -> Result<Who, Failure> {
    meant(app, parts)?;
    Ok(find_out(app, parts).await?)
}

/// What of the request is needed to draw an answer.
struct Asked {
    api: bool,
    changes: bool,
    next: String,
    theme: Theme,
    id: Option<RequestId>,
}

impl Asked {
    fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let read = [Method::GET, Method::HEAD].contains(&parts.method);
        // After a form the way back is the page that it stood on; the form's own address may take no GET.
        let next = match parts.uri.path_and_query() {
            Some(path) if read => path.as_str().to_owned(),
            _ => way_back(parts.headers.get(header::REFERER)),
        };
        let exact = ["/api", "/live", "/livez", "/readyz", "/csp-report"];
        let api = path.starts_with("/api/") || exact.contains(&path);
        Self { api, changes: !read, next, theme: Theme::of(&parts.headers), id: parts.extensions.get().copied() }
    }
}

/// Whether the request can be answered at all, and here.
fn meant(app: &App, parts: &Parts) -> Result<(), Failure> {
    if parts.extensions.get::<Ambiguous>().is_some() {
        return Err(Failure::BadRequest("Say how long the body is in one way only, and end each line with CR and LF."));
    }
    if !METHODS.contains(&parts.method) {
        return Err(Failure::Method);
    }
    let health = ["/livez", "/readyz"].contains(&parts.uri.path());
    let one_host = parts.headers.get_all(header::HOST).iter().count() <= 1;
    if (health && one_host) || app.origins().are_meant(&parts.uri, &parts.headers) {
        return Ok(());
    }
    Err(Failure::BadRequest("This host is not served here; use the hub's own address."))
}

/// Whether a path is the same for everybody, so that nobody is looked up for it.
pub(crate) fn is_for_everybody(path: &str) -> bool {
    ["/static/", "/livez", "/readyz", "/csp-report"].iter().any(|start| path.starts_with(start))
}

/// Who asks. A bearer token decides alone; a cookie is looked at only without one. Nothing is looked up for what is
/// the same for everybody.
async fn find_out(app: &App, parts: &Parts) -> hub::Result<Who> {
    let path = parts.uri.path();
    if is_for_everybody(path) {
        return Ok(Who::NOBODY);
    }
    let hub = app.hub();
    let now = hub.wall.now();
    let given: Vec<_> = parts.headers.get_all(header::AUTHORIZATION).iter().map(bearer).collect();
    if given.iter().any(Option::is_some) {
        let viewer = match given.as_slice() {
            [Some(token)] => viewer_of_token(&hub.db, token, now).await?,
            _ => None,
        };
        return Ok(Who { signed_in: viewer.map(|viewer| (viewer, By::Token)), bearer: true });
    }
    let session = match cookie(&parts.headers, cookie_name(app.origins().secure())) {
        Some(secret) => viewer_of_session(&hub.db, secret, now).await?,
        None => None,
    };
    Ok(Who { signed_in: session.map(|session| (session.viewer, By::Session(session.id))), bearer: false })
}

/// The token of an `Authorization: Bearer …`; none of another scheme, which a browser may send by itself.
pub(crate) fn bearer(given: &HeaderValue) -> Option<&str> {
    let (scheme, token) = given.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A cookie's value.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Draws a failure. What the handler set beside it (`Allow`, an ended cookie) stays.
async fn draw(app: &App, who: &Who, asked: &Asked, face: &Face, bare: Response) -> Response {
    let mut drawn = if asked.api {
        face.problem()
    } else if face.status == StatusCode::UNAUTHORIZED {
        Redirect::to(&sign_in(&asked.next)).into_response()
    } else {
        page(app, who, asked, face).await
    };
    face.mark(&mut drawn);
    if asked.changes {
        // Whether the body was read by now depends on its size and on chance; an answer must not.
        drawn.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    for (name, value) in bare.headers() {
        if !drawn.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            drawn.headers_mut().append(name, value.clone());
        }
    }
    if face.status == StatusCode::METHOD_NOT_ALLOWED && !drawn.headers().contains_key(header::ALLOW) {
        drawn.headers_mut().insert(header::ALLOW, HeaderValue::from_static(ALLOWED));
    }
    drawn
}

async fn page(app: &App, who: &Who, asked: &Asked, face: &Face) -> Response {
    let shell = app.shell_without_time(who, asked.theme).await;
    match face.status {
        StatusCode::NOT_FOUND => NotFound::page(shell).into_response(),
        StatusCode::FORBIDDEN => Forbidden::page(shell, face.detail.clone()).into_response(),
        status => {
            let words = if face.problems.is_empty() { face.detail.clone() } else { face.problems.to_string() };
            let id = status.is_server_error().then_some(asked.id).flatten().map(|id| id.0.to_string());
            Failed::page(shell, status, face.title, words, id).into_response()
        }
    }
}

/// `/sign-in?next=…`, the way back encoded.
fn sign_in(next: &str) -> String {
    match serde_urlencoded::to_string([("next", next)]) {
        Ok(query) if next != "/" => format!("/sign-in?{query}"),
        _ => "/sign-in".to_owned(),
    }
}
