//! Pages that say no. The page for "not found" is one page for every reason: it holds nothing of what was asked for,
//! so a thing that is not yours and a thing that does not exist look the same, byte for byte.

use askama::Template;
use axum::http::StatusCode;

use crate::page::{Page, Shell};

/// 404, the same for every reason. The shell says who reads; nothing says what they asked for.
#[derive(Debug, Template)]
#[template(path = "error/404.html")]
pub struct NotFound {
    shell: Shell,
}

impl NotFound {
    /// The page, with its status; the shell's title is set here.
    pub fn page(shell: Shell) -> Page<Self> {
        Page::with(StatusCode::NOT_FOUND, Self { shell: shell.titled("There is no page here") })
    }
}

/// 403: the reader may know of the thing, and may not do this with it.
#[derive(Debug, Template)]
#[template(path = "error/403.html")]
pub struct Forbidden {
    shell: Shell,
    /// Why, and who may: "Only a shift lead can lower a priority. Ask Lena Ortiz."
    reason: String,
}

impl Forbidden {
    /// The page, with its status.
    pub fn page(shell: Shell, reason: impl Into<String>) -> Page<Self> {
        Page::with(
            StatusCode::FORBIDDEN,
            Self { shell: shell.titled("This is not yours to do"), reason: reason.into() },
        )
    }
}

/// Every other refusal and every fault, with a sentence that says what to do.
#[derive(Debug, Template)]
#[template(path = "error/generic.html")]
pub struct Failed {
    shell: Shell,
    status: u16,
    what_to_do: String,
    /// The id of the request, to find it in the log.
    request: Option<String>,
}

impl Failed {
    /// The page. `title` says what happened, `what_to_do` the way on.
    pub fn page(
        shell: Shell,
        status: StatusCode,
        title: &str,
        what_to_do: impl Into<String>,
        request: Option<String>,
    ) -> Page<Self> {
        Page::with(
            status,
            Self { shell: shell.titled(title), status: status.as_u16(), what_to_do: what_to_do.into(), request },
        )
    }
}
