//! What can go wrong, by what the caller can do about it.

use std::fmt;

use serde::Serialize;

use crate::identity::Right;

/// The result of every verb and every read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Each kind has one answer in the API and one page; see `web::error`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or it is not yours to know of: the two are the same.
    #[error("not found")]
    NotFound,
    /// Fields that must be put right, all of them at once.
    #[error("{0}")]
    Invalid(Problems),
    /// Lawful to ask, and refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The thing was changed since it was read; the present state, as its reader sees it.
    #[error("this was changed by somebody else in the meantime; look at it again")]
    Stale(Box<serde_json::Value>),
    /// No room to work in right now; nothing was stored, and trying again is right.
    #[error("the hub is busy; nothing was stored, send it again in a moment")]
    Busy,
    /// The same request was answered before; the same answer again.
    #[error("answered before")]
    Replay(Box<Answer>),
    /// Our own fault. What it was goes to the log, never to the caller.
    #[error("something failed inside the hub")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The answer that a command gave, kept beside its rows so that the same request gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: serde_json::Value,
}

impl Error {
    /// Wraps a fault of ours.
    pub fn broken(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(source.into())
    }

    /// One field, one sentence.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(field, message);
        Self::Invalid(problems)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}

/// Everything that is wrong with an input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(pub Vec<Problem>);

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which field, as in `answers.people`; empty where it is about the whole.
    pub field: String,
    /// What to do, as a sentence.
    pub message: String,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes on where nothing is wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all of them.
    pub fn none(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str(" ")?;
            }
            match problem.field.as_str() {
                "" => write!(f, "{}", problem.message)?,
                field => write!(f, "{field}: {}", problem.message)?,
            }
        }
        Ok(())
    }
}

/// The glossary of refusals.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The role does not have the right.
    #[error("{}", .0.refusal())]
    NotAllowed(Right),
    /// A step-up is asked for that a token cannot give, or another reason to refuse this person.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Somebody else has it.
    #[error("{owner} has claimed this already; write in the room, or ask a shift lead to assign it")]
    AlreadyClaimed {
        /// Who.
        owner: String,
    },
    /// The incident's status does not allow the verb.
    #[error("{0}")]
    Unlawful(String),
    /// There are newer messages that the writer has not seen; nothing was stored.
    #[error("there is something new in the room that you have not seen; read it, then send yours again or change it")]
    Unseen(Vec<serde_json::Value>),
    /// A reader's `epoch` is of another life of the database.
    #[error("the record was restored from a backup; load the room afresh")]
    OtherEpoch,
}
