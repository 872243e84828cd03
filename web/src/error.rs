//! Why a request was refused or failed, and the one match from that to a status and to words. A handler answers
//! `Result<_, Failure>` and uses `?`; what it becomes (a page, a problem document, the way to sign in) is decided in
//! one place, [`crate::door`], which knows who asked and for what.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::{Error, Problems, Refusal};
use serde_json::{Map, Value, json};

/// Why a request was refused or failed.
#[derive(Debug)]
pub enum Failure {
    /// What the hub says.
    Hub(Error),
    /// Nobody is signed in and somebody must be.
    SignIn,
    /// It came from another site: the sentence of what is wrong.
    CrossSite(&'static str),
    /// The request itself cannot be answered: the sentence of what is wrong.
    BadRequest(&'static str),
    /// This address has no such method.
    Method,
    /// The body is not of the type that is read here: the one that is.
    MediaType(&'static str),
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// A change without `If-Match`.
    NoIfMatch,
    /// Too many of these; try again after so many seconds.
    TooMany(u32),
    /// It took too long and was given up.
    TimedOut,
    /// A handler panicked.
    Panic,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Hub(error)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Hub(Error::Invalid(problems))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Hub(Error::Refused(refusal))
    }
}

impl Failure {
    /// It does not exist, or is not the reader's to know of.
    pub const NOT_FOUND: Self = Self::Hub(Error::NotFound);

    /// One field, one sentence.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Hub(Error::invalid(field, message))
    }

    /// What is wrong with the fields, for a form that is shown again.
    ///
    /// # Errors
    /// The failure itself where it is another one.
    pub fn problems(self) -> Result<Problems, Self> {
        match self {
            Self::Hub(Error::Invalid(problems)) => Ok(problems),
            other => Err(other),
        }
    }

    /// The one match.
    fn face(self) -> Face {
        use StatusCode as S;
        match self {
            Self::Hub(Error::NotFound) => {
                Face::new(S::NOT_FOUND, "not-found", "Not found", "There is nothing here, or it is not yours to see.")
            }
            Self::Hub(Error::Invalid(problems)) => Face {
                problems,
                ..Face::new(
                    S::UNPROCESSABLE_ENTITY,
                    "invalid",
                    "Something must be put right",
                    "Put right what is named and send it again.",
                )
            },
            Self::Hub(Error::Refused(refusal)) => refused(refusal),
            Self::Hub(Error::Stale(present)) => Face::new(
                S::PRECONDITION_FAILED,
                "stale",
                "Changed in the meantime",
                "This was changed by somebody else in the meantime. Look at it again, then change it.",
            )
            .with("present", *present),
            Self::Hub(Error::Busy) => Face {
                retry_after: Some(2),
                ..Face::new(
                    S::SERVICE_UNAVAILABLE,
                    "busy",
                    "The hub is busy",
                    "Nothing was stored. Send it again in a moment.",
                )
            },
            // An answer that was given before is no refusal; `into_response` gives it again.
            Self::Hub(Error::Replay(_)) => Face::broken(),
            Self::Hub(Error::Broken(source)) => {
                tracing::error!(error = %Chain(&*source), "a request failed");
                Face::broken()
            }
            Self::SignIn => {
                Face::new(S::UNAUTHORIZED, "sign-in", "Sign in first", "Send a bearer token, or sign in and come back.")
            }
            Self::CrossSite(words) => Face::new(S::FORBIDDEN, "cross-site", "This came from another site", words),
            Self::BadRequest(words) => Face::new(S::BAD_REQUEST, "bad-request", "This cannot be answered", words),
            Self::Method => Face::new(
                S::METHOD_NOT_ALLOWED,
                "method",
                "Not in this way",
                "This address does not take that method; Allow names those it takes.",
            ),
            Self::MediaType(wanted) => Face::new(
                S::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Not of the right type",
                format!("Send the body as {wanted}, and say so in Content-Type."),
            ),
            Self::TooLarge(most) => Face::new(
                S::PAYLOAD_TOO_LARGE,
                "too-large",
                "Too large",
                format!("Nothing was stored: this takes {most} bytes at most. Send less."),
            ),
            Self::NoIfMatch => Face::new(
                S::PRECONDITION_REQUIRED,
                "if-match",
                "Say which version you change",
                "Send If-Match with the ETag of what you read, so that nobody else's change is lost.",
            ),
            Self::TooMany(seconds) => Face {
                retry_after: Some(seconds),
                ..Face::new(
                    S::TOO_MANY_REQUESTS,
                    "too-many",
                    "Too many at once",
                    format!("Nothing was stored. Try again in {seconds} seconds."),
                )
            },
            Self::TimedOut => Face {
                retry_after: Some(5),
                ..Face::new(
                    S::SERVICE_UNAVAILABLE,
                    "timed-out",
                    "This took too long",
                    "It was given up. Look whether it was stored, then try again.",
                )
            },
            Self::Panic => Face::broken(),
        }
    }
}

fn refused(refusal: Refusal) -> Face {
    let words = sentence(&refusal.to_string());
    let conflict = |kind, title| Face::new(StatusCode::CONFLICT, kind, title, words.clone());
    match refusal {
        Refusal::NotAllowed(_) | Refusal::Forbidden(_) => {
            Face::new(StatusCode::FORBIDDEN, "not-allowed", "This is not yours to do", words)
        }
        Refusal::AlreadyClaimed { owner } => {
            conflict("already-claimed", "Somebody has it").with("owner", Value::String(owner))
        }
        Refusal::Unlawful(_) => conflict("status", "Not as it stands now"),
        Refusal::Unseen(events) => conflict("unseen", "There is something new").with("events", Value::Array(events)),
        Refusal::OtherEpoch => conflict("other-epoch", "The record was restored"),
    }
}

/// The words begin with a capital and end with a full stop, as sentences on a page do.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// A label as it stands at the beginning of a line.
pub(crate) fn heading(label: &str) -> String {
    sentence(label).trim_end_matches('.').to_owned()
}

impl IntoResponse for Failure {
    /// A bare status with the words beside it; [`crate::door`] draws them.
    fn into_response(self) -> Response {
        if let Self::Hub(Error::Replay(answer)) = self {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            let mut again = crate::answer::json(status, &answer.body);
            again.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
            return again;
        }
        let face = self.face();
        let mut response = face.status.into_response();
        response.extensions_mut().insert(face);
        response
    }
}

/// What a failure looks like, before it is known to whom it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    pub(crate) status: StatusCode,
    kind: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) problems: Problems,
    more: Map<String, Value>,
    retry_after: Option<u32>,
}

impl Face {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let (problems, more) = (Problems::default(), Map::new());
        Self { status, kind, title, detail: detail.into(), problems, more, retry_after: None }
    }

    fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            "Something failed here",
            "This is our fault, and it is in our log. Try again; if it stays, ring the 24/7 line.",
        )
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// RFC 9457. It has no `instance` and nothing of what was asked for, so that two reasons to find nothing are the
    /// same bytes.
    pub(crate) fn problem(&self) -> Response {
        let mut body = json!({
            "type": format!("urn:election-hub:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(body) = &mut body {
            if !self.problems.is_empty() {
                body.insert("errors".to_owned(), json!(self.problems));
            }
            body.extend(self.more.clone());
        }
        let mut response = crate::answer::json(self.status, &body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        self.mark(&mut response);
        response
    }

    /// Headers that a page and a problem share.
    pub(crate) fn mark(&self, response: &mut Response) {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::BAD_REQUEST {
            // What could not be understood may have been cut at the wrong place: nothing after it is read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// An error with all its causes.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hub::identity::Right;

    use super::*;

    fn face(failure: impl Into<Failure>) -> (u16, Value) {
        let face = failure.into().face();
        let status = face.status.as_u16();
        let body = futures_util::FutureExt::now_or_never(http_body_util::BodyExt::collect(face.problem().into_body()));
        (status, serde_json::from_slice(&body.unwrap().unwrap().to_bytes()).unwrap())
    }

    #[test]
    fn every_kind_has_its_status() {
        assert_eq!(face(Error::NotFound).0, 404);
        assert_eq!(face(Error::invalid("text", "Write something.")).0, 422);
        assert_eq!(face(Refusal::NotAllowed(Right::Respond)).0, 403);
        assert_eq!(face(Error::Stale(Box::new(json!({"version": 2})))).0, 412);
        assert_eq!(face(Error::Busy).0, 503);
        assert_eq!(face(Error::broken("the disk")).0, 500);
        assert_eq!(face(Refusal::OtherEpoch).0, 409);
        assert_eq!(face(Failure::NoIfMatch).0, 428);
        assert_eq!(face(Failure::TooMany(3)).0, 429);
    }

    #[test]
    fn a_problem_says_what_to_do_and_gossips_nothing() {
        let (_, body) = face(Error::invalid("answers.people", "Choose one."));
        assert_eq!(body["errors"], json!([{"field": "answers.people", "message": "Choose one."}]));
        let (_, body) = face(Refusal::AlreadyClaimed { owner: "Ravi Nair".to_owned() });
        assert!(body["detail"].as_str().unwrap().starts_with("Ravi Nair has claimed this"));
        let (_, body) = face(Refusal::Unseen(vec![json!({"seq": 3})]));
        assert_eq!(body["events"], json!([{"seq": 3}]));
        let (_, body) = face(Error::broken("password=hunter2"));
        assert!(!body.to_string().contains("hunter2"));
        assert_eq!(body.get("instance"), None);
    }

    #[test]
    fn an_answer_is_given_again() {
        let answer = hub::Answer { status: 201, body: json!({"ref": "ALD-1"}) };
        let response = Failure::Hub(Error::Replay(Box::new(answer))).into_response();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["idempotent-replayed"], "true");
        assert!(response.extensions().get::<Face>().is_none());
    }
}
