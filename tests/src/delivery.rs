//! What a reader of a room got, over however many connections, and by each of the three ways in which a page reads one:
//! the live channel, the long poll, the plain page. One checker for all of them.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderValue, Request, StatusCode, request};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Silence that a client takes for the time to ask, and again for the loss of the line. Nothing rests on its length:
/// who is wrong about it comes again.
const SILENCE: Duration = Duration::from_millis(750);

/// An event as a client reads it, whatever brought it.
#[derive(Debug, Deserialize)]
struct Event<'a> {
    seq: i64,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    op: Cow<'a, str>,
    seq: Option<i64>,
    #[serde(borrow, default)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    epoch: Option<Cow<'a, str>>,
    recovered: Option<bool>,
    #[serde(borrow, default)]
    events: Vec<Event<'a>>,
}

#[derive(Debug, Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    items: Vec<Event<'a>>,
    seq: i64,
    #[serde(borrow)]
    epoch: Cow<'a, str>,
}

/// What one reader has: all events of a room from the first on, in the numbers of the reader's side.
#[derive(Debug, Default)]
pub struct Delivered {
    /// The text of event 1, 2, 3 …; empty for what has none.
    pub texts: Vec<Box<str>>,
    epoch: Option<String>,
    never: Option<&'static str>,
    /// How many connections or requests it took.
    pub connections: usize,
    /// How many of them brought something.
    pub fruitful: usize,
}

impl Delivered {
    /// Nothing yet. `never` may not come in any byte.
    pub fn new(never: Option<&'static str>) -> Self {
        Self { never, ..Self::default() }
    }

    /// The number of the last event.
    pub fn newest(&self) -> i64 {
        i64::try_from(self.texts.len()).expect("a number")
    }

    /// Takes the next event: the one after the last, and no other.
    fn take(&mut self, event: &Event<'_>) {
        assert_eq!(event.seq, self.newest() + 1, "the next number, once");
        let said = event.text.as_deref().filter(|_| ["message", "note"].contains(&&*event.kind));
        self.texts.push(said.unwrap_or_default().into());
    }

    /// The room is still the one that it was.
    fn epoch(&mut self, epoch: &str) {
        let known = self.epoch.get_or_insert_with(|| epoch.to_owned());
        assert_eq!(known, epoch, "numbers of one life of the database");
    }

    fn look(&self, text: &str) {
        if let Some(never) = self.never {
            assert!(!text.contains(never), "{never} came: {text}");
        }
    }

    fn frame(&mut self, text: &str) {
        self.look(text);
        let frame: Frame<'_> = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        match &*frame.op {
            "joined" => {
                assert_eq!(frame.recovered, Some(true), "a known place is always found again: {text}");
                assert!(frame.seq >= Some(self.newest()), "the newest is not older than what we have");
                self.epoch(frame.epoch.as_deref().expect("an epoch"));
                frame.events.iter().for_each(|event| self.take(event));
            }
            "events" => frame.events.iter().for_each(|event| self.take(event)),
            "event" => {
                let (seq, kind) = (frame.seq.expect("a number"), frame.kind.expect("a kind"));
                self.take(&Event { seq, kind, text: frame.text });
            }
            "error" => panic!("{text}"),
            _ => {}
        }
    }
}

/// A way to the hub: through a line that may be bad.
#[derive(Debug, Clone)]
pub struct Way {
    /// Where to connect: the line's near end.
    pub through: SocketAddr,
    /// The hub's own `HOST:PORT`.
    pub host: String,
    /// As whom.
    pub token: String,
    /// Which room.
    pub room: String,
}

/// The line is lost, as the client sees it.
#[derive(Debug, Clone, Copy)]
pub struct Lost;

/// How the room is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By the live channel.
    Socket,
    /// By `GET …/events?after=&wait=`.
    Poll,
    /// By the page, again and again.
    Page,
}

impl Way {
    /// Reads by connection after connection until there is `enough`, which is asked after everything that came and in
    /// every silence.
    pub async fn read(&self, mode: Mode, got: &mut Delivered, enough: impl Fn(&Delivered) -> bool) {
        while !enough(got) {
            let before = got.newest();
            // Whatever it ended with, the next one goes on from where we are.
            let (Ok(()) | Err(Lost)) = match mode {
                Mode::Socket => self.by_socket(got, &enough).await,
                Mode::Poll => self.by_poll(got).await,
                Mode::Page => self.by_page(got).await,
            };
            got.connections += 1;
            got.fruitful += usize::from(got.newest() > before);
        }
    }

    async fn connect(&self) -> Result<TcpStream, Lost> {
        let stream = soon(TcpStream::connect(self.through)).await?.map_err(|_| Lost)?;
        stream.set_nodelay(true).map_err(|_| Lost)?;
        Ok(stream)
    }

    /// One socket, until it is lost or there is enough.
    async fn by_socket(&self, got: &mut Delivered, enough: &impl Fn(&Delivered) -> bool) -> Result<(), Lost> {
        let mut socket = self.socket().await?;
        let join = json!({"op": "join", "room": self.room, "after": got.newest(), "epoch": got.epoch});
        send(&mut socket, join).await?;
        let mut asked = false;
        while !enough(got) {
            match soon(socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => {
                    asked = false;
                    got.frame(&text);
                }
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Err(Lost),
                Ok(Some(Ok(_))) => {}
                Err(Lost) if asked => return Err(Lost),
                Err(Lost) => {
                    send(&mut socket, json!({"op": "ping", "n": 1})).await?;
                    asked = true;
                }
            }
        }
        Ok(())
    }

    async fn socket(&self) -> Result<WebSocketStream<TcpStream>, Lost> {
        let mut request = format!("ws://{}/live", self.host).into_client_request().expect("a well-formed URL");
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token)).expect("a header's text");
        request.headers_mut().insert(AUTHORIZATION, bearer);
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("hub.v1"));
        let stream = self.connect().await?;
        soon(client_async(request, stream)).await?.map(|(socket, _)| socket).map_err(|_| Lost)
    }

    /// One request of the long poll.
    async fn by_poll(&self, got: &mut Delivered) -> Result<(), Lost> {
        let epoch = got.epoch.as_ref().map(|epoch| format!("&epoch={epoch}")).unwrap_or_default();
        let path = format!("/api/v1/incidents/{}/events?after={}&wait=1{epoch}", self.room, got.newest());
        let text = self.get(&path).await?;
        got.look(&text);
        let log: Log<'_> = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        got.epoch(&log.epoch);
        log.items.iter().for_each(|event| got.take(event));
        assert!(log.seq >= got.newest());
        Ok(())
    }

    /// One load of the page, and of the pages before it where it begins too late.
    async fn by_page(&self, got: &mut Delivered) -> Result<(), Lost> {
        let (mut query, mut later) = (String::new(), Vec::<(i64, String, String)>::new());
        loop {
            let page = self.get(&format!("/incidents/{}{query}", self.room)).await?;
            got.look(&page);
            got.epoch(between(&page, "data-epoch=\"", "\"").expect("the page says which life of the database"));
            let mut entries = entries(&page);
            let first = entries.first().map_or(1, |(seq, ..)| *seq);
            entries.retain(|(seq, ..)| later.first().is_none_or(|(next, ..)| seq < next));
            entries.append(&mut later);
            later = entries;
            if first <= got.newest() + 1 {
                break;
            }
            query = format!("?before={first}");
        }
        for (seq, kind, text) in later {
            // A page shows again what was there before, the same.
            if let Some(known) = usize::try_from(seq - 1).ok().and_then(|at| got.texts.get(at)) {
                assert_eq!(text, **known, "{seq} is what it was");
            } else {
                got.take(&Event { seq, kind: kind.into(), text: Some(text.into()) });
            }
        }
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<String, Lost> {
        let (status, text) = self.ask(Request::get(path), String::new()).await?;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        Ok(text)
    }

    /// Sends JSON; the answer's body, of whatever success.
    ///
    /// # Errors
    /// No answer: it may have been done, or not.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn post(&self, path: &str, body: &str) -> Result<String, Lost> {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let (status, text) = self.ask(request, body.to_owned()).await?;
        assert!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    async fn ask(&self, request: request::Builder, body: String) -> Result<(StatusCode, String), Lost> {
        let stream = self.connect().await?;
        let request = request
            .header(HOST, &self.host)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Full::<Bytes>::from(body))
            .expect("a well-formed request");
        let asking = async {
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| Lost)?;
            let connection = tokio::spawn(connection);
            let answer = sender.send_request(request).await.map_err(|_| Lost)?;
            let status = answer.status();
            let body = answer.into_body().collect().await.map_err(|_| Lost)?.to_bytes();
            connection.abort();
            Ok((status, String::from_utf8(body.to_vec()).expect("a body in UTF-8")))
        };
        // Longer than the hub is asked to wait.
        tokio::time::timeout(Duration::from_secs(1) + SILENCE, asking).await.unwrap_or(Err(Lost))
    }
}

/// The entries of a room's page: number, kind, and what was said, which a test writes in brackets.
fn entries(page: &str) -> Vec<(i64, String, String)> {
    let entry = |piece: &str| {
        let seq = piece.split('"').next()?.parse().ok()?;
        let kind = between(piece, "data-kind=\"", "\"")?;
        let said = ["message", "note"].contains(&kind).then(|| between(piece, "[", "]")).flatten();
        Some((seq, kind.to_owned(), said.map(|said| format!("[{said}]")).unwrap_or_default()))
    };
    page.split(" id=\"e").skip(1).filter_map(entry).collect()
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(found, _)| found)
}

async fn send(socket: &mut WebSocketStream<TcpStream>, frame: serde_json::Value) -> Result<(), Lost> {
    soon(socket.send(Message::text(frame.to_string()))).await?.map_err(|_| Lost)
}

async fn soon<T>(future: impl Future<Output = T>) -> Result<T, Lost> {
    tokio::time::timeout(SILENCE, future).await.map_err(|_| Lost)
}
