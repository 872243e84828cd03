//! The browser's own protocol, beside its driver: everything that reaches a page is written down, and settings of the
//! device can be imitated.
//!
//! Bodies are taken while the browser holds each response back (`Fetch`, response stage), so none is lost to a
//! navigation; WebSocket frames come as events. Every page, frame and worker of the browser is followed from its birth.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::http::Client;
use crate::wait::{eventually, within};

/// A response as the page got it.
#[derive(Debug, Clone)]
pub struct Response {
    /// Where from.
    pub url: String,
    /// The status.
    pub status: u64,
    /// The headers, one `name: value` a line.
    pub headers: String,
    /// The body; empty for redirects. Bytes that are no text are replaced.
    pub body: String,
}

/// A WebSocket frame.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Whether the page got it (else it sent it).
    pub received: bool,
    /// The text; binary frames in base64.
    pub text: String,
}

/// All that reached or left the pages of one browser, in order.
#[derive(Debug, Default)]
pub struct Seen {
    /// Responses to pages, scripts and everything else.
    pub responses: Vec<Response>,
    /// WebSocket frames.
    pub frames: Vec<Frame>,
    /// How many sockets were opened.
    pub sockets: usize,
    /// How many documents were loaded whole.
    pub loads: usize,
    /// Its pages: how the browser names each, and the session in which it is watched.
    pages: HashMap<String, String>,
    /// Errors of scripts, and what the browser wrote to its console as an error: broken policies, missing files.
    pub complaints: Vec<String>,
}

impl Seen {
    /// Where `text` came to a page: the URLs of responses with it in their headers or body, and `live channel` for
    /// frames. Empty if it never came.
    pub fn places_of(&self, text: &str) -> Vec<&str> {
        let responses = self.responses.iter().filter(|seen| seen.body.contains(text) || seen.headers.contains(text));
        let frames = self.frames.iter().filter(|frame| frame.received && frame.text.contains(text));
        responses.map(|seen| seen.url.as_str()).chain(frames.map(|_| "live channel")).collect()
    }
}

/// The connection to one browser.
#[derive(Debug)]
pub struct Cdp {
    commands: mpsc::UnboundedSender<Command>,
    page: String,
    seen: Arc<Mutex<Seen>>,
}

type Answer = Result<Value, String>;

#[derive(Debug)]
struct Command {
    session: Option<String>,
    method: String,
    params: Value,
    then: Then,
}

/// What to do with an answer.
#[derive(Debug)]
enum Then {
    Nothing,
    Tell(oneshot::Sender<Answer>),
    /// A page is watched from here on.
    Watched {
        target: String,
        session: String,
    },
    /// The body of a response that is held back.
    Body {
        request: String,
        response: Response,
    },
}

impl Cdp {
    /// Watches the browser whose debugger listens at `address` (`HOST:PORT`).
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn watch(address: &str) -> Self {
        let about = Client::at(&format!("http://{address}")).get("/json/version").await.json();
        let url = about["webSocketDebuggerUrl"].as_str().expect("a browser has a debugger");
        // Bodies come as one message each.
        let large = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (socket, _) = connect_async_with_config(url, Some(large), true).await.expect("the debugger answers");
        let (commands, inbox) = mpsc::unbounded_channel();
        let (found, first_page) = oneshot::channel();
        let seen = Arc::<Mutex<Seen>>::default();
        let talk = Talk { socket, seen: seen.clone(), pending: HashMap::new(), count: 0, first_page: Some(found) };
        tokio::spawn(talk.run(inbox));
        let follow =
            Command { session: None, method: "Target.setAutoAttach".into(), params: follow(), then: Then::Nothing };
        commands.send(follow).expect("just started");
        let page = within("the browser shows its first page", first_page).await.expect("the browser is there");
        Self { commands, page, seen }
    }

    /// Calls a method of the protocol for the first page of the browser, for instance `Emulation.setEmulatedMedia`.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.call_in(Some(&self.page), method, params).await
    }

    /// Opens another page in the same browser: the browser's name for it, and the session to call it in.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn open_page(&self) -> (String, String) {
        let answer = self.call_in(None, "Target.createTarget", json!({"url": "about:blank"})).await;
        let target = text(&answer["targetId"]);
        let watched = || async { self.seen().pages.get(&target).cloned() };
        let session = eventually("the new page is watched", watched).await;
        (target, session)
    }

    /// Calls a method for one page, or without a session for the browser.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn call_in(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let (tell, answer) = oneshot::channel();
        let session = session.map(str::to_owned);
        let command = Command { session, method: method.to_owned(), params, then: Then::Tell(tell) };
        self.commands.send(command).expect("the browser is there");
        let answer = within(method, answer).await.expect("the browser is there");
        answer.unwrap_or_else(|e| panic!("{method}: {e}"))
    }

    /// What was seen up to now.
    ///
    /// # Panics
    /// Never, unless the task that listens panicked.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody panics here")
    }
}

fn follow() -> Value {
    json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true})
}

/// The task that owns the socket.
struct Talk {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    seen: Arc<Mutex<Seen>>,
    pending: HashMap<u64, (Option<String>, Then)>,
    count: u64,
    first_page: Option<oneshot::Sender<String>>,
}

impl Talk {
    /// Until the browser or the test has gone.
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        loop {
            tokio::select! {
                command = inbox.recv() => {
                    let Some(Command { session, method, params, then }) = command else { return };
                    self.send(session.as_deref(), &method, params, then).await;
                }
                message = self.socket.next() => {
                    let Some(Ok(message)) = message else { return };
                    if let Message::Text(text) = message {
                        self.take(&serde_json::from_str(&text).expect("the debugger speaks JSON")).await;
                    }
                }
            }
        }
    }

    async fn send(&mut self, session: Option<&str>, method: &str, params: Value, then: Then) {
        self.count += 1;
        let mut message = json!({"id": self.count, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.pending.insert(self.count, (session.map(str::to_owned), then));
        // If the browser has gone, the next read ends the task, and whoever waits for an answer learns it.
        let _ = self.socket.send(Message::text(message.to_string())).await;
    }

    async fn take(&mut self, message: &Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some((session, then)) = self.pending.remove(&id) {
                let answer = match message.get("error") {
                    Some(error) => Err(error.to_string()),
                    None => Ok(message["result"].clone()),
                };
                self.answered(session.as_deref(), then, answer).await;
            }
            return;
        }
        let session = message["sessionId"].as_str();
        let params = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Target.attachedToTarget" => self.attached(params).await,
            "Fetch.requestPaused" => self.held_back(session, params).await,
            "Page.loadEventFired" => self.look().loads += 1,
            "Network.webSocketCreated" => self.look().sockets += 1,
            "Network.webSocketFrameReceived" => self.frame(true, params),
            "Network.webSocketFrameSent" => self.frame(false, params),
            "Runtime.exceptionThrown" => {
                let what = &params["exceptionDetails"];
                self.complaint(format!("{} {}", text(&what["text"]), text(&what["exception"]["description"])));
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                let entry = &params["entry"];
                self.complaint(format!("{} {}", text(&entry["text"]), text(&entry["url"])));
            }
            _ => {}
        }
    }

    /// A new page, frame or worker: it waits until everything is switched on. What a kind of target does not know
    /// (a worker has no `Log`) it refuses, and that is fine.
    async fn attached(&mut self, params: &Value) {
        let session = text(&params["sessionId"]);
        let all = json!({"patterns": [{"urlPattern": "*", "requestStage": "Response"}]});
        let none = json!({});
        for (method, params) in [
            ("Target.setAutoAttach", follow()),
            ("Network.enable", none.clone()),
            ("Page.enable", none.clone()),
            ("Log.enable", none.clone()),
            ("Runtime.enable", none.clone()),
            ("Fetch.enable", all),
        ] {
            self.send(Some(&session), method, params, Then::Nothing).await;
        }
        let page = params["targetInfo"]["type"] == "page";
        let then = if page {
            Then::Watched { target: text(&params["targetInfo"]["targetId"]), session: session.clone() }
        } else {
            Then::Nothing
        };
        self.send(Some(&session), "Runtime.runIfWaitingForDebugger", none, then).await;
    }

    async fn held_back(&mut self, session: Option<&str>, params: &Value) {
        let request = text(&params["requestId"]);
        let headers = params["responseHeaders"].as_array().into_iter().flatten();
        let headers: Vec<String> =
            headers.map(|header| format!("{}: {}", text(&header["name"]), text(&header["value"]))).collect();
        let response = Response {
            url: text(&params["request"]["url"]),
            status: params["responseStatusCode"].as_u64().unwrap_or_default(),
            headers: headers.join("\n"),
            body: String::new(),
        };
        // A redirect has no body, a failed request has no response, and an endless stream would be held back for ever.
        if response.status < 200 || (300..400).contains(&response.status) || params["resourceType"] == "EventSource" {
            self.look().responses.push(response);
            self.send(session, "Fetch.continueRequest", json!({"requestId": request}), Then::Nothing).await;
        } else {
            let then = Then::Body { request: request.clone(), response };
            self.send(session, "Fetch.getResponseBody", json!({"requestId": request}), then).await;
        }
    }

    async fn answered(&mut self, session: Option<&str>, then: Then, answer: Answer) {
        match then {
            Then::Nothing => {}
            // Whoever asked may have given up.
            Then::Tell(tell) => drop(tell.send(answer)),
            Then::Watched { target, session: page } => {
                self.look().pages.insert(target, page.clone());
                if let Some(found) = self.first_page.take() {
                    let _ = found.send(page);
                }
            }
            Then::Body { request, mut response } => {
                if let Ok(body) = answer {
                    response.body = text(&body["body"]);
                    if body["base64Encoded"] == true {
                        response.body = String::from_utf8_lossy(&base64(&response.body)).into_owned();
                    }
                }
                self.look().responses.push(response);
                self.send(session, "Fetch.continueRequest", json!({"requestId": request}), Then::Nothing).await;
            }
        }
    }

    fn frame(&mut self, received: bool, params: &Value) {
        self.look().frames.push(Frame { received, text: text(&params["response"]["payloadData"]) });
    }

    fn complaint(&mut self, text: String) {
        self.look().complaints.push(text);
    }

    fn look(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody panics here")
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).expect("the debugger encodes well")
}
