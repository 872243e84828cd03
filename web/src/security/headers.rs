//! The outermost layer: what every answer carries, and the line that the log has of it.

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::csp;
use crate::app::App;
use crate::extract::{Client, RequestId};

/// The peer of the connection, as the accept loop saw it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Gives the request an id and a client, and the answer its headers and its line in the log. The line names the
/// route's pattern, never the address: an address may hold a link's secret.
pub async fn dress(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId(hub::id::fresh());
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::from([127, 0, 0, 1]), |peer| peer.0);
    let client = super::origin::client(peer, request.headers(), &app.config().trusted_proxies);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(id);
    request.extensions_mut().insert(Client(client));

    let began = app.hub().wall.now();
    let mut response = next.run(request).await;
    let ms = app.hub().wall.now().since(began).as_millis();
    let route = route.as_ref().map_or("-", |route| route.as_str());
    let status = response.status().as_u16();
    counted(method.as_str(), route, status, ms);
    tracing::info!(target: "hub::http", %method, route, status, ms, request = %id.0, "answered");

    put(response.headers_mut(), app.origins().secure());
    if let Ok(id) = HeaderValue::from_str(&id.0.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Counts an answer by its route's pattern. A method that no route takes is named by no label of its own.
fn counted(method: &str, route: &str, status: u16, ms: i128) {
    let method = if ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"].contains(&method) { method } else { "other" };
    let labels = [("route", route.to_owned()), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!("hub_http_requests_total", &labels).increment(1);
    let seconds = f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / 1000.0;
    metrics::histogram!("hub_http_request_seconds", "route" => route.to_owned()).record(seconds);
}

/// What every answer carries, whatever the handler set.
const ALWAYS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), geolocation=(), \
         gyroscope=(), microphone=(), payment=(), usb=()",
    ),
    ("x-frame-options", "DENY"),
    ("reporting-endpoints", "csp=\"/csp-report\""),
];

/// What every answer carries, as lines of a head: for those that hyper gives by itself to what it cannot read.
pub(crate) fn on_every_answer() -> String {
    let line = |(name, value): &(&str, &str)| format!("{name}: {value}\r\n");
    let more = [("content-security-policy", csp::POLICY), ("cache-control", "no-store")];
    ALWAYS.iter().chain(&more).map(line).collect()
}

/// Two years, as the lists of browsers ask for.
const HSTS: &str = "max-age=63072000; includeSubDomains";

fn put(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // A file that somebody sent brings a stricter one of its own.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_str(&format!("{}; upgrade-insecure-requests", csp::POLICY));
        let plain = HeaderValue::from_static(csp::POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, if secure { policy.unwrap_or(plain) } else { plain });
    }
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("Sec-Fetch-Site, Origin, Cookie"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_of_a_file_stays_and_https_adds_its_own() {
        let own = HeaderValue::from_static("default-src 'none'; sandbox");
        let mut headers = HeaderMap::from_iter([(header::CONTENT_SECURITY_POLICY, own.clone())]);
        put(&mut headers, true);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], own);
        assert_eq!(headers[header::STRICT_TRANSPORT_SECURITY], HSTS);
        let mut headers = HeaderMap::new();
        put(&mut headers, false);
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], csp::POLICY);
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert!(!csp::POLICY.contains("unsafe"));
    }
}
