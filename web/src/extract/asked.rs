//! What an address says: the parts of its path and its query.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::form::{Shape, form_to_json};
use crate::error::Failure;

/// The named parts of the path, decoded. What cannot be a name (no UTF-8, control characters) is not found.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// The part with this name; empty if the route has none such, which names nothing.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The part with this name as a number, an id, a reference.
    ///
    /// # Errors
    /// Not found where it is none.
    pub fn parse<T: std::str::FromStr>(&self, name: &str) -> Result<T, Failure> {
        self.text(name).parse().map_err(|_| Failure::NOT_FOUND)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Failure::NOT_FOUND)?;
        let all: Vec<_> = raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let fine = all.iter().all(|(_, value)| !value.chars().any(char::is_control));
        if fine { Ok(Self(all)) } else { Err(Failure::NOT_FOUND) }
    }
}

/// The query, unread.
#[derive(Debug, Clone, Default)]
pub struct Asked(String);

impl Asked {
    /// The query as `T`, which is a struct with `deny_unknown_fields`; `shape` names what is no text. A field without a
    /// value is as if not sent, so that forms with the method GET work.
    ///
    /// # Errors
    /// 422 naming the field: unknown, twice, of the wrong form.
    pub fn read<T: DeserializeOwned>(&self, shape: &Shape) -> Result<T, Failure> {
        let pairs = serde_urlencoded::from_str(&self.0).unwrap_or_default();
        super::json::typed(form_to_json(pairs, shape)?)
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::extract::Kind;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        limit: Option<u32>,
        cursor: Option<String>,
    }

    fn read(query: &str) -> Result<Page, String> {
        let page = Asked(query.to_owned()).read(&[("limit", Kind::Number)]);
        page.map_err(|failure| failure.problems().unwrap().to_string())
    }

    #[test]
    fn a_query_is_read_or_its_field_is_named() {
        let page = read("limit=20&cursor=").unwrap();
        assert_eq!((page.limit, page.cursor), (Some(20), None));
        assert_eq!(read("cursor=a%20b").unwrap().cursor.as_deref(), Some("a b"));
        assert_eq!(read("limit=many").unwrap_err(), "limit: This must be a whole number.");
        assert_eq!(read("limit=-1").unwrap_err(), "limit: This must be a whole number.");
        assert_eq!(read("limit=1&limit=2").unwrap_err(), "limit: This is given twice.");
        assert_eq!(read("limits=1").unwrap_err(), "limits: There is no such field here.");
        assert_eq!(read("cursor=%00").unwrap_err(), "cursor: Leave the NUL character out.");
    }
}
