//! Headers that say how a change is meant.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::error::Failure;

/// `If-Match`: the version that a change was made for.
#[derive(Debug, Clone)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// The version; `None` for `*`, which is any. What is no version of ours is -1, which nothing has: the change then
    /// fails with the present state, as any other that comes too late.
    ///
    /// # Errors
    /// 428 where the header is missing.
    pub fn version(&self) -> Result<Option<i64>, Failure> {
        let text = self.0.as_deref().ok_or(Failure::NoIfMatch)?.trim();
        if text == "*" {
            return Ok(None);
        }
        let tag = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Ok(Some(tag.and_then(|tag| tag.parse().ok()).filter(|version| *version >= 0).unwrap_or(-1)))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let value = parts.headers.get(header::IF_MATCH);
        Ok(Self(value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())))
    }
}

/// `Idempotency-Key`: 1 to 64 visible ASCII characters, once.
///
/// # Errors
/// 422 where it is anything else.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.as_bytes();
    let fine = (1..=64).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic) && values.next().is_none();
    if !fine {
        return Err(Failure::invalid("Idempotency-Key", "Send one key of 1 to 64 visible ASCII characters, or none."));
    }
    Ok(Some(String::from_utf8_lossy(key).into_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_version_is_a_number_in_quotes() {
        let version = |text: &str| IfMatch(Some(text.to_owned())).version().unwrap();
        assert_eq!(version("\"7\""), Some(7));
        assert_eq!(version("*"), None);
        for none in ["W/\"7\"", "7", "\"x\"", "\"-3\"", "\"1\", \"2\"", ""] {
            assert_eq!(version(none), Some(-1), "{none}");
        }
        assert!(matches!(IfMatch(None).version(), Err(Failure::NoIfMatch)));
    }

    #[test]
    fn a_key_is_short_and_visible() {
        let key = |text: &str| {
            let headers = HeaderMap::from_iter([(
                header::HeaderName::from_static("idempotency-key"),
                HeaderValue::from_bytes(text.as_bytes()).unwrap(),
            )]);
            idempotency_key(&headers)
        };
        assert_eq!(key("a-1").unwrap().as_deref(), Some("a-1"));
        assert_eq!(idempotency_key(&HeaderMap::new()).unwrap(), None);
        for bad in ["", "a b", "ä", &"x".repeat(65)] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }
}
