//! Styles, scripts and icons, served under `/static/<hash>/…`. The hash is that of the whole tree, so an address
//! never changes its content and browsers keep it for ever. A debug build reads the files from disk at each request,
//! so that a change shows on reload; only names that the build knew are ever read.

#[cfg(debug_assertions)]
mod stylesheet;

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

/// One file of the tree, as built.
struct Asset {
    path: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Kept for ever: the address holds the hash of the content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The address of a file of the tree, as `/static/<hash>/css/hub.css` for `css/hub.css`.
pub fn url(path: &str) -> String {
    format!("/static/{HASH}/{path}")
}

/// A text of the tree, for what is served under an address of its own.
pub(crate) fn text(path: &str) -> Option<Bytes> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    content(asset).map_err(|error| tracing::error!(path, %error, "a static file cannot be read")).ok()
}

/// `GET /static/{hash}/{*path}`: the file, or 404. A page from before an upgrade asks with an old hash: it gets today's file, not to be kept, which
/// beats a page without its styles.
pub(crate) async fn serve(uri: Uri, asked: HeaderMap) -> Response {
    let named = uri.path().strip_prefix("/static/").and_then(|rest| rest.split_once('/'));
    let Some((hash, asset)) =
        named.and_then(|(hash, path)| Some((hash, ASSETS.iter().find(|asset| asset.path == path)?)))
    else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let lasting = hash == HASH && !cfg!(debug_assertions);
    let tag = format!("\"{HASH}\"");
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime(asset.path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if lasting { FOR_EVER } else { "no-cache" }));
    if lasting && let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
        let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known.is_some_and(|known| names(known, HASH)) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
    }
    match content(asset) {
        Ok(bytes) => (headers, bytes).into_response(),
        Err(error) => {
            tracing::error!(path = asset.path, %error, "a static file cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Whether an `If-None-Match` names this tag, weak or strong, alone or among others. A cache that compressed the
/// answer makes the tag weak.
fn names(header: &str, hash: &str) -> bool {
    header
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == hash || tag == "*")
}

#[cfg(not(debug_assertions))]
fn content(asset: &Asset) -> std::io::Result<Bytes> {
    Ok(Bytes::from_static(asset.bytes))
}

#[cfg(debug_assertions)]
fn content(asset: &Asset) -> std::io::Result<Bytes> {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../static"));
    if !root.is_dir() {
        // The binary was moved away from its source: what was built in is all there is.
        return Ok(Bytes::from_static(asset.bytes));
    }
    if asset.path == "css/hub.css" {
        let main = std::fs::read_to_string(root.join(asset.path))?;
        let css = stylesheet::joined(&main, |part| std::fs::read_to_string(root.join("css").join(part)))?;
        return Ok(Bytes::from(css));
    }
    Ok(Bytes::from(std::fs::read(root.join(asset.path))?))
}

/// By the ending; the tree holds nothing else.
fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The whole tree as built, for tests that walk it.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    ASSETS.iter().map(|asset| (asset.path, asset.bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    /// The files alone, without what stands before them.
    pub(crate) fn routes() -> axum::Router {
        axum::Router::new().route("/static/{hash}/{*path}", axum::routing::get(serve))
    }

    async fn fetch(uri: &str) -> (StatusCode, HeaderMap, Bytes) {
        let answer = routes().oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn the_stylesheet_is_one_file_with_its_layers_in_order() {
        let (status, headers, body) = fetch(&url("css/hub.css")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
        let css = String::from_utf8(body.to_vec()).unwrap();
        assert!(!css.contains("@import"), "an import is left over");
        assert!(css.contains("@layer reset, tokens, base, layout, components, screens, utilities, print;"));
        for layer in ["reset", "tokens", "base", "layout", "components", "screens", "utilities", "print"] {
            assert!(css.contains(&format!("@layer {layer} {{")), "nothing in layer {layer}");
        }
        assert_eq!(css.matches('{').count(), css.matches('}').count(), "a part does not close its braces");
    }

    #[tokio::test]
    async fn nothing_outside_the_tree_is_served() {
        for path in [
            "css/base.css",
            "css/none.css",
            "../web/Cargo.toml",
            "..%2fweb%2fCargo.toml",
            "icons/../js/hub.js",
            ".gitignore",
            "css/",
        ] {
            let (status, _, _) = fetch(&url(path)).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn a_page_from_before_an_upgrade_keeps_its_styles() {
        let (status, headers, _) = fetch("/static/000000000000/css/hub.css").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    }

    #[test]
    fn a_tag_is_found_weak_or_among_others() {
        assert!(
            names("\"abc\"", "abc") && names("W/\"abc\"", "abc") && names("\"x\", \"abc\"", "abc") && names("*", "abc")
        );
        assert!(!names("\"abcd\"", "abc"));
    }

    #[test]
    fn every_file_has_a_type_that_browsers_take() {
        for (path, _) in all() {
            assert_ne!(mime(path), "application/octet-stream", "{path}");
        }
    }

    /// The look is written in logical properties only, so that right-to-left needs no second sheet.
    #[test]
    fn the_look_names_no_left_and_no_right() {
        let asset = ASSETS.iter().find(|asset| asset.path == "css/hub.css").unwrap();
        let css = std::str::from_utf8(asset.bytes).unwrap();
        for word in [
            "margin-left",
            "margin-right",
            "padding-left",
            "padding-right",
            "border-left",
            "border-right",
            "text-align: left",
            "text-align: right",
            "float:",
        ] {
            assert!(!css.contains(word), "{word} is not logical");
        }
    }
}
