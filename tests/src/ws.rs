//! A client of the live channel.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::within;

/// How a socket says who it is.
#[derive(Debug, Clone, Copy)]
pub enum SignIn<'a> {
    /// As a page does: the session cookie, and the page's origin if there is one.
    Cookie {
        /// The `Cookie` header.
        cookie: &'a str,
        /// The `Origin` header, `None` to leave it out.
        origin: Option<&'a str>,
    },
    /// As a script does.
    Bearer(&'a str),
    /// Not at all.
    Nobody,
}

/// An open socket.
#[derive(Debug)]
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: u64,
    /// Every frame that came, in order: for looking for what must not be in any.
    pub seen: Vec<Value>,
}

/// A handshake that the server answered with something else.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Live {
    /// Opens `path` (`/live`) at `http://HOST:PORT` with subprotocol `hub.v1`.
    ///
    /// # Errors
    /// [`Refused`] if the server answers but does not upgrade.
    ///
    /// # Panics
    /// If there is no answer, or no HTTP answer.
    pub async fn open(url: &str, path: &str, who: SignIn<'_>) -> Result<Self, Refused> {
        let url = url.replacen("http://", "ws://", 1);
        let mut request = format!("{url}{path}").into_client_request().expect("a well-formed URL");
        let mut put = |name: &'static str, value: &str| {
            request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header's text"));
        };
        put("sec-websocket-protocol", "hub.v1");
        match who {
            SignIn::Cookie { cookie, origin } => {
                put("cookie", cookie);
                origin.into_iter().for_each(|origin| put("origin", origin));
            }
            SignIn::Bearer(token) => put("authorization", &format!("Bearer {token}")),
            SignIn::Nobody => {}
        }
        match within("the live channel answers", connect_async(request)).await {
            Ok((socket, _)) => Ok(Self { socket, asked: 0, seen: Vec::new() }),
            Err(Error::Http(answer)) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err(Refused { status: answer.status().as_u16(), body: String::from_utf8_lossy(body).into_owned() })
            }
            Err(e) => panic!("the live channel does not answer: {e}"),
        }
    }

    /// [`open`](Self::open) at a server that may be away: none where nobody answers, or not with a socket.
    pub async fn reach(url: &str, path: &str, token: &str) -> Option<Self> {
        let mut request = format!("{}{path}", url.replacen("http://", "ws://", 1)).into_client_request().ok()?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("hub.v1"));
        request.headers_mut().insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
        let answer = tokio::time::timeout(crate::wait::PATIENCE, connect_async(request)).await.ok()?;
        answer.ok().map(|(socket, _)| Self { socket, asked: 0, seen: Vec::new() })
    }

    /// The next frame, whatever it is.
    ///
    /// # Errors
    /// The code with which the socket closed; `None` if the connection just broke.
    pub async fn frame(&mut self) -> Result<Value, Option<u16>> {
        self.next().await
    }

    /// Sends a frame.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send(&mut self, frame: Value) {
        self.send_message(Message::text(frame.to_string())).await;
    }

    /// Sends a frame to a server that may go down meanwhile, and says whether it left.
    pub async fn try_send(&mut self, frame: Value) -> bool {
        self.socket.send(Message::text(frame.to_string())).await.is_ok()
    }

    /// Sends what no client of ours would: broken JSON, binary, too much.
    ///
    /// # Panics
    /// If the socket is closed.
    pub async fn send_message(&mut self, message: Message) {
        within("a frame is sent", self.socket.send(message)).await.expect("the socket is open");
    }

    /// The next frame with this `op`. What comes before it is only in [`seen`](Self::seen).
    ///
    /// # Panics
    /// If the socket closes or nothing comes in time, showing what came instead.
    pub async fn expect(&mut self, op: &str) -> Value {
        let from = self.seen.len();
        let next = tokio::time::timeout(crate::wait::patience(), async {
            loop {
                match self.next().await {
                    Ok(frame) if frame["op"] == op => return Ok(frame),
                    Ok(_) => {}
                    Err(code) => return Err(code),
                }
            }
        });
        match next.await {
            Ok(Ok(frame)) => frame,
            Ok(Err(code)) => {
                panic!("awaited {op}, but the socket closed with {code:?}; came: {:?}", &self.seen[from..])
            }
            Err(_) => panic!("awaited {op} in vain; came: {:?}", &self.seen[from..]),
        }
    }

    /// The frames up to now: asks `ping` and takes everything until its `pong`. This is how a test can say that
    /// something was *not* sent.
    ///
    /// # Panics
    /// If the socket closes or there is no answer.
    pub async fn until_now(&mut self) -> Vec<Value> {
        self.asked += 1;
        let n = self.asked;
        self.send(json!({"op": "ping", "n": n})).await;
        let from = self.seen.len();
        while self.expect("pong").await["n"] != n {}
        self.seen[from..].iter().filter(|frame| frame["op"] != "pong").cloned().collect()
    }

    /// Waits for the server to close and gives its code; `None` if the connection just broke.
    ///
    /// # Panics
    /// If it does not close in time.
    pub async fn closed(&mut self) -> Option<u16> {
        within("the server closes the socket", async {
            loop {
                if let Err(code) = self.next().await {
                    return code;
                }
            }
        })
        .await
    }

    /// Breaks the connection without a word, as a lost network does.
    pub fn cut(self) {
        drop(self);
    }

    /// The next frame.
    ///
    /// # Errors
    /// The code with which the socket closed; `None` if the connection just broke.
    ///
    /// # Panics
    /// If what comes is not JSON.
    pub async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
                    self.seen.push(frame.clone());
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}
