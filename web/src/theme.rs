//! The theme switch: a cookie, a form that sets it, and the attribute that the server renders from it, so that no
//! page flashes in the wrong theme.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};

use crate::error::Failure;
use crate::extract::Sent;

/// What the reader chose; their system decides until they choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the reader's system is set.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// One button of the switch.
pub(crate) struct Choice {
    pub(crate) theme: &'static str,
    /// What pressing it chooses: pressing the one in force gives the choice back to the system.
    pub(crate) value: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) label: &'static str,
    pub(crate) pressed: bool,
}

const COOKIE: &str = "theme";

impl Theme {
    /// From the request's cookies; anything unknown is the system's.
    pub fn of(headers: &HeaderMap) -> Self {
        let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        Self::named(pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value).unwrap_or_default())
    }

    fn named(name: &str) -> Self {
        match name {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// Its name in the cookie and in the form.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The value of `data-theme`, absent where the system decides.
    pub fn attribute(self) -> Option<&'static str> {
        (self != Theme::System).then(|| self.as_str())
    }

    /// The two buttons.
    pub(crate) fn choices(self) -> [Choice; 2] {
        let button = |theme: Theme, icon, label| Choice {
            theme: theme.as_str(),
            value: if self == theme { Theme::System.as_str() } else { theme.as_str() },
            icon,
            label,
            pressed: self == theme,
        };
        [button(Theme::Light, "sun", "Light theme"), button(Theme::Dark, "moon", "Dark theme")]
    }
}

impl<S: Sync> FromRequestParts<S> for Theme {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Theme::of(&parts.headers))
    }
}

/// `POST /theme`: keeps the choice for a year (nonsense is the system's) and goes back to the page that the form stood
/// on. The cookie says nothing about anybody, so it needs no more protection than not to be readable by scripts.
pub(crate) async fn choose(headers: HeaderMap, sent: Sent) -> Result<Response, Failure> {
    let theme = Theme::named(sent.form().await?.text("theme"));
    let kept = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", theme.as_str());
    let back = Redirect::to(&way_back(headers.get(header::REFERER)));
    Ok((AppendHeaders([(header::SET_COOKIE, kept)]), back).into_response())
}

/// The path and query of the page that sent the form. Host and scheme are dropped, and a path that a browser would
/// read as another host is not followed, so nobody can be sent elsewhere.
pub(crate) fn way_back(referer: Option<&HeaderValue>) -> String {
    let page = referer.and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<axum::http::Uri>().ok());
    let path = page.as_ref().and_then(|uri| uri.path_and_query()).map(|path| path.as_str());
    match path {
        Some(path) if path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') => path.to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(referer: &str) -> String {
        way_back(Some(&HeaderValue::from_str(referer).unwrap()))
    }

    #[test]
    fn the_way_back_never_leaves_the_hub() {
        assert_eq!(back("https://hub.example/queue?view=mine"), "/queue?view=mine");
        assert_eq!(back("https://hub.example"), "/");
        assert_eq!(back("https://hub.example//evil.example/x"), "/");
        assert_eq!(back("//evil.example"), "/");
        assert_eq!(back("javascript:alert(1)"), "/");
        assert_eq!(way_back(None), "/");
    }

    #[test]
    fn the_cookie_is_found_among_others_and_nonsense_is_the_systems() {
        let with = |cookie: &'static str| {
            Theme::of(&HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(cookie))]))
        };
        assert_eq!(with("session=x; theme=dark"), Theme::Dark);
        assert_eq!(with("theme=light"), Theme::Light);
        assert_eq!(with("theme=purple"), Theme::System);
        assert_eq!(with("mytheme=dark"), Theme::System);
    }
}
