//! A small HTTP client for loopback: every request on its own connection, cookies kept, redirects not followed.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode, request};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wait::within;

/// Somebody who talks HTTP to one server.
#[derive(Debug)]
pub struct Client {
    authority: String,
    bearer: Option<String>,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers as they came.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON, showing what it is.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A header's text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    /// A visitor without cookies at `url` (`http://HOST:PORT`).
    ///
    /// # Panics
    /// If `url` is anything else: there is no TLS here, and no way to another machine.
    pub fn at(url: &str) -> Self {
        let authority = url.strip_prefix("http://").expect("tests talk plain HTTP").trim_end_matches('/').to_owned();
        let loopback = authority.starts_with("127.0.0.1:") || authority.starts_with("localhost:");
        assert!(loopback, "tests talk to this machine only, not to {authority}");
        Self { authority, bearer: None, cookies: Mutex::default() }
    }

    /// Sends `Authorization: Bearer …` from now on.
    pub fn bearer(mut self, token: &str) -> Self {
        self.bearer = Some(token.to_owned());
        self
    }

    /// `http://HOST:PORT`, which is also our own origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// The cookies as a `Cookie` header; empty if there are none.
    ///
    /// # Panics
    /// Never, unless a test panicked while it held the jar.
    pub fn cookie(&self) -> String {
        let jar = self.cookies.lock().expect("nobody panics here");
        jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Self::request(Method::GET, path), "").await
    }

    /// Posts a form as a browser does from a page of the same origin.
    ///
    /// # Panics
    /// If the server does not answer.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = serde_urlencoded::to_string(fields).expect("pairs of text make a form");
        let request = Self::request(Method::POST, path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ORIGIN, self.origin())
            .header("sec-fetch-site", "same-origin");
        self.send(request, form).await
    }

    /// Sends JSON as a script does: with our own `Origin`, and without what only browsers send.
    pub async fn send_json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request =
            Self::request(method, path).header(CONTENT_TYPE, "application/json").header(ORIGIN, self.origin());
        self.send(request, body.to_string()).await
    }

    /// The start of a request of one's own, for [`send`](Self::send).
    pub fn request(method: Method, path: &str) -> request::Builder {
        Request::builder().method(method).uri(path)
    }

    /// Sends a request; adds the host, the cookies and the bearer token unless the request has them.
    ///
    /// # Panics
    /// If the server does not answer in time.
    pub async fn send(&self, request: request::Builder, body: impl Into<Bytes>) -> Answer {
        self.try_send(request, body).await.unwrap_or_else(|broken| panic!("{broken}"))
    }

    /// [`send`](Self::send) to a server that may go down meanwhile.
    ///
    /// # Errors
    /// If the connection breaks before the whole answer is here.
    ///
    /// # Panics
    /// If nothing happens in time.
    pub async fn try_send(&self, request: request::Builder, body: impl Into<Bytes>) -> Result<Answer, String> {
        let mut request = request.body(Full::new(body.into())).expect("a well-formed request");
        let what = format!("{} {}", request.method(), request.uri());
        let cookie = self.cookie();
        let bearer = self.bearer.as_ref().map(|token| format!("Bearer {token}")).unwrap_or_default();
        for (name, value) in [(HOST, &self.authority), (COOKIE, &cookie), (AUTHORIZATION, &bearer)] {
            if !value.is_empty() && !request.headers().contains_key(&name) {
                request.headers_mut().insert(name, value.parse().expect("a header's text"));
            }
        }
        within(&format!("an answer to {what}"), async {
            let socket = TcpStream::connect(&self.authority).await.map_err(|e| format!("{what}: {e}"))?;
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(socket)).await.expect("HTTP starts with the client");
            let connection = tokio::spawn(connection);
            let answer = sender.send_request(request).await.map_err(|e| format!("{what}: {e}"))?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(|e| format!("{what}: the body breaks off: {e}"))?.to_bytes();
            connection.abort();
            self.keep(&head.headers);
            Ok(Answer { status: head.status, headers: head.headers, body })
        })
        .await
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut jar = self.cookies.lock().expect("nobody panics here");
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let gone = parts.any(|part| part.to_ascii_lowercase().replace(' ', "") == "max-age=0");
            if gone || value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A bare connection, for what no HTTP library would send.
#[derive(Debug)]
pub struct Raw(TcpStream);

impl Raw {
    /// Connects to `http://HOST:PORT`.
    ///
    /// # Panics
    /// If nobody listens there.
    pub async fn to(url: &str) -> Self {
        let address = Client::at(url).authority;
        Self(TcpStream::connect(&address).await.unwrap_or_else(|e| panic!("{address}: {e}")))
    }

    /// Sends bytes. A peer that has hung up already is no failure: that is what tests of bad requests look for.
    pub async fn say(&mut self, bytes: &[u8]) -> &mut Self {
        let _ = self.0.write_all(bytes).await;
        self
    }

    /// Everything until the server hangs up.
    ///
    /// # Panics
    /// If it does not hang up in time.
    pub async fn until_hung_up(mut self) -> String {
        let mut bytes = Vec::new();
        // A reset connection is hung up as well, and what came before it counts.
        let _ = within("the server hangs up", self.0.read_to_end(&mut bytes)).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
