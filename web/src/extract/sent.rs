//! The body of a request, unread until the handler knows that the caller may send it.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hub::identity::{Actor, Idempotency};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::form::{Shape, form_to_json};
use super::{Caller, headers, json};
use crate::app::App;
use crate::error::Failure;

const JSON: &str = "application/json";
/// More than the largest page has: an election of as many windows and milestones as there may be.
const MOST_FIELDS: usize = 4_000;
const FORM: &str = "application/x-www-form-urlencoded";

/// The body of a request, unread.
#[derive(Debug)]
pub struct Sent {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
    most: Option<usize>,
}

impl Sent {
    /// The body as JSON of a form; an empty one is `{}`.
    ///
    /// # Errors
    /// 413, 415, 422 naming the field.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Failure> {
        json::read(&self.of_type(JSON).await?)
    }

    /// The body of a verb, and the caller as its actor, with the key that makes the same request one request.
    ///
    /// # Errors
    /// 413, 415, 422 naming the field or the key.
    pub async fn command<T: DeserializeOwned>(self, caller: &Caller) -> Result<(T, Actor), Failure> {
        let key = headers::idempotency_key(&self.headers);
        let line = format!("{} {}\n", self.method, self.path);
        let bytes = self.of_type(JSON).await?;
        let mut actor = caller.actor();
        actor.idempotency = key?.map(|key| {
            let request = Sha256::new().chain_update(line).chain_update(&bytes).finalize();
            Idempotency { key, request: hex::encode(request) }
        });
        Ok((json::read(&bytes)?, actor))
    }

    /// The body as a form that somebody filled in.
    ///
    /// # Errors
    /// 400 where it has more fields than any page of ours, 413, 415.
    pub async fn form(self) -> Result<Filled, Failure> {
        let bytes = self.of_type(FORM).await?;
        // Each field is looked up among all; a body of nothing but separators would cost seconds.
        if bytes.iter().filter(|byte| **byte == b'&').count() >= MOST_FIELDS {
            return Err(Failure::BadRequest("This form has more fields than any page here. Load the page again."));
        }
        Ok(Filled(serde_urlencoded::from_bytes(&bytes).unwrap_or_default()))
    }

    /// The body as it came, of any type: reports, which are counted and not kept.
    ///
    /// # Errors
    /// 413.
    pub async fn bytes(self) -> Result<Bytes, Failure> {
        let Some(most) = self.most else {
            let all = self.body.collect().await;
            return all.map(http_body_util::Collected::to_bytes).map_err(|_| BROKEN_OFF);
        };
        match Limited::new(self.body, most).collect().await {
            Ok(all) => Ok(all.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Failure::TooLarge(most)),
            Err(_) => Err(BROKEN_OFF),
        }
    }

    async fn of_type(self, wanted: &'static str) -> Result<Bytes, Failure> {
        let given = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        let bytes = self.bytes().await?;
        if bytes.is_empty() || given == wanted { Ok(bytes) } else { Err(Failure::MediaType(wanted)) }
    }
}

const BROKEN_OFF: Failure = Failure::BadRequest("The body broke off before its end. Send it again.");

impl FromRequest<App> for Sent {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let most = app.config().limits.body_bytes.most();
        Ok(Self { method: parts.method, path, headers: parts.headers, body, most })
    }
}

/// A form as somebody filled it in. It is kept as it was typed, so that a form with an error is shown again with
/// nothing lost.
#[derive(Debug, Clone, Default)]
pub struct Filled(Vec<(String, String)>);

impl From<Vec<(String, String)>> for Filled {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

impl Filled {
    /// What was typed into a field; empty where nothing was.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Everything that was typed, in the order of the page.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The fields of which `keep` says so, by name and value: not all that a page sends is of the body.
    pub fn only(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, value)| keep(name, value)).cloned().collect())
    }

    /// The form as the body that the API takes; `shape` names what is no text.
    ///
    /// # Errors
    /// 422 naming the field.
    pub fn read<T: DeserializeOwned>(&self, shape: &Shape) -> Result<T, Failure> {
        json::typed(form_to_json(self.0.clone(), shape)?)
    }
}
