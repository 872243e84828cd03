//! What stands before each route, in the order of the contract: signed in, same site, role. What a caller may do with
//! one thing is decided beside the act, once it is known that they reach it.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hub::identity::Role;
use hub::rate::TooSoon;
use hub::sabotage::Fault;

use crate::app::App;
use crate::door;
use crate::error::Failure;
use crate::extract::{Client, Who};

/// Who may come to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// These roles; others are told that it is not theirs (403). For pages that the contract names as a role's.
    Roles(&'static [Role]),
    /// These roles may; others who are signed in go on to the handler, which says 404 where they do not reach the
    /// thing and 403 where they do.
    Reach(&'static [Role]),
}

/// How a route is kept from other sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Csrf {
    /// It only reads.
    Reads,
    /// It changes something: only from our own pages, or with a bearer token.
    Changes,
    /// A live socket: opened by GET, so its `Origin` is looked at.
    Socket,
    /// Anybody may send it, and it does nothing for them: reports of browsers.
    Open,
}

/// How long a route may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As long as the settings say.
    Usual,
    /// As long as it takes: files over slow lines.
    Slow,
}

/// What a route asks of whoever comes.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    pub(crate) access: Access,
    pub(crate) csrf: Csrf,
    pub(crate) pace: Pace,
}

/// Lets through who may come, and gives up on what takes too long.
pub async fn guard(State(rules): State<Rules>, request: Request, next: Next) -> Response {
    let Some(app) = request.extensions().get::<App>().cloned() else {
        return Failure::Hub(hub::Error::broken("a route stands outside the door")).into_response();
    };
    if let Err(failure) = rules.admit(&app, &request) {
        return failure.into_response();
    }
    let most = app.config().limits.request_seconds.seconds();
    // An answer may tell of what somebody else has only just written: not before it is stored.
    let answering = async {
        let answer = app.hub().db.settled(next.run(request)).await;
        answer.unwrap_or_else(|error| Failure::Hub(error).into_response())
    };
    match (rules.pace, most) {
        (Pace::Usual, Some(most)) => {
            let answer = tokio::time::timeout(most, answering).await;
            answer.unwrap_or_else(|_| Failure::TimedOut.into_response())
        }
        _ => answering.await,
    }
}

impl Rules {
    /// What is counted of those who are not signed in: sockets, and pages that take making. Being sent to sign in, a
    /// file, a sign of life, a link to sign in by and a demonstration's personas are not.
    fn count_stranger(&self, app: &App, request: &Request) -> Result<(), TooSoon> {
        let from = request.extensions().get::<Client>().map_or(IpAddr::from([0, 0, 0, 0]), |client| client.0);
        let (now, path) = (app.hub().wall.now(), request.uri().path());
        match (self.csrf, self.access) {
            (Csrf::Socket, _) => app.rates().socket(from, now),
            (Csrf::Reads | Csrf::Changes, Access::Public) if !door::is_for_everybody(path) => {
                let persona = app.has_personas() && path.starts_with("/demo");
                // A link to sign in by is how one stops being a stranger, and bad ones are counted apart: neighbours who
                // ask for too much must not keep anybody out.
                let link = path.starts_with("/sign-in/");
                if persona || link { Ok(()) } else { app.rates().page(from, now) }
            }
            _ => Ok(()),
        }
    }

    fn admit(&self, app: &App, request: &Request) -> Result<(), Failure> {
        let nobody = Who::NOBODY;
        let who = request.extensions().get::<Who>().unwrap_or(&nobody);
        if who.signed_in.is_none() {
            self.count_stranger(app, request)?;
            if self.access != Access::Public {
                return Err(Failure::SignIn);
            }
        }
        let own = match self.csrf {
            Csrf::Reads | Csrf::Open => true,
            Csrf::Changes => who.bearer || app.origins().sent(request.headers()),
            Csrf::Socket => who.bearer || app.origins().opened(request.headers()),
        };
        if !own && !Fault::NoOriginCheck.is_on() {
            tracing::warn!(method = %request.method(), "refused: it came from another site");
            return Err(Failure::CrossSite("Do this from the hub's own pages. A script sends its Origin, or a token."));
        }
        match (self.access, who.viewer()) {
            (Access::Roles(roles), Some(viewer)) if !roles.contains(&viewer.role()) => {
                Err(hub::Refusal::Forbidden("This page belongs to another role.").into())
            }
            _ => Ok(()),
        }
    }
}
