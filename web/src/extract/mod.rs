//! Our own extractors. None of them refuses by itself, but for [`Caller`]: the order of refusals is part of the
//! contract (401, cross-site 403, 404, 403, 415 and 413, 422, 428 and 412, 409), so a handler first looks up what is
//! meant and whether the caller may, and only then reads the query, the headers and the body.

mod asked;
mod caller;
mod form;
mod headers;
mod json;
mod sent;
mod words;

pub use asked::{Asked, Params};
pub use caller::{By, Caller, Client, RequestId, Who};
pub use form::{Kind, Shape, form_to_json};
pub use headers::IfMatch;
pub(crate) use json::{Strict, has_nul};
pub use sent::{Filled, Sent};
