//! Who asks, from where, and when.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use hub::identity::{Actor, Side, Viewer};
use hub::time::Ts;
use uuid::Uuid;

use crate::app::App;
use crate::error::Failure;

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By the session of a browser, which ends by this key.
    Session(i64),
    /// By a bearer token: refused where a step-up is asked for.
    Token,
}

/// Who sent a request, as the door found out: nobody, or somebody. A bearer token that is nobody's is nobody, whatever
/// the cookies say.
#[derive(Debug, Clone)]
pub struct Who {
    /// The one who is signed in.
    pub signed_in: Option<(Viewer, By)>,
    /// Whether there was a bearer token, good or not: no browser sends one by itself.
    pub bearer: bool,
}

impl Who {
    /// Nobody.
    pub const NOBODY: Self = Self { signed_in: None, bearer: false };

    /// The one who is signed in.
    pub fn viewer(&self) -> Option<&Viewer> {
        self.signed_in.as_ref().map(|(viewer, _)| viewer)
    }
}

/// The id of a request: in the log, in the answer's `x-request-id`, and in the events that it caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Where a request came from: the peer, or what a trusted proxy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub IpAddr);

/// Somebody who is signed in, at the instant of their request. Refuses with 401, or with the way to sign in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub viewer: Viewer,
    /// How they showed it.
    pub by: By,
    /// The story's instant: the same for everything that the request does.
    pub now: Ts,
    /// The request.
    pub request: Uuid,
}

impl Caller {
    /// The caller as somebody who changes things.
    pub fn actor(&self) -> Actor {
        Actor::new(self.viewer.clone(), self.now, self.request)
    }

    /// Whether they stand on the response side.
    pub fn responds(&self) -> bool {
        self.viewer.side() == Side::Response
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let who = parts.extensions.get::<Who>().cloned().unwrap_or(Who::NOBODY);
        let (viewer, by) = who.signed_in.ok_or(Failure::SignIn)?;
        let request = parts.extensions.get::<RequestId>().map_or_else(hub::id::fresh, |id| id.0);
        Ok(Self { viewer, by, now: app.now(), request })
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Failure> {
        Ok(<Self as FromRequestParts<App>>::from_request_parts(parts, app).await.ok())
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or_else(|| Self(hub::id::fresh())))
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // The outermost layer puts it there.
        Ok(parts.extensions.get().copied().unwrap_or(Self(IpAddr::from([0, 0, 0, 0]))))
    }
}
