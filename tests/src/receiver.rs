//! Somebody's webhook, or a push service: it keeps each request, and answers well or badly.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// How it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// With this status.
    Status(u16),
    /// Never.
    Slow,
    /// With a redirect to this address.
    Redirect(String),
    /// With a body that does not end.
    Huge,
    /// With a head that does not end.
    HugeHead,
    /// With what is no HTTP.
    Rubbish,
}

/// A request that it got.
#[derive(Debug, Clone)]
pub struct Got {
    /// Method and path.
    pub line: String,
    /// By name, in small letters.
    pub headers: BTreeMap<String, String>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Got {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

#[derive(Debug)]
struct State {
    manner: Manner,
    got: Vec<Got>,
}

/// A listener on a port of its own, until it is dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: AbortHandle,
}

impl Receiver {
    /// One that answers 200.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(State { manner: Manner::Status(200), got: Vec::new() }));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let state = shared.clone();
                // Whoever hangs up has had enough.
                tokio::spawn(async move { drop(answer(line, &state).await) });
            }
        });
        Self { address, state, task: task.abort_handle() }
    }

    /// Where it is: `http://127.0.0.1:PORT/hook`.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How it answers from now on.
    pub fn is(&self, manner: Manner) {
        lock(&self.state).manner = manner;
    }

    /// All that it got.
    pub fn got(&self) -> Vec<Got> {
        lock(&self.state).got.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("nobody panics with it")
}

async fn answer(mut line: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if line.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    while read.len() < end + length {
        if line.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
    let manner = {
        let mut state = lock(state);
        state.got.push(Got { line: first, headers, body: read[end..end + length].to_vec() });
        state.manner.clone()
    };
    match manner {
        Manner::Status(status) => {
            let said = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            line.write_all(said.as_bytes()).await
        }
        Manner::Redirect(to) => {
            let said = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            line.write_all(said.as_bytes()).await
        }
        Manner::Slow => std::future::pending().await,
        Manner::Rubbish => line.write_all(b"220 mail.example ESMTP\r\n").await,
        Manner::Huge => {
            line.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await?;
            loop {
                line.write_all(&[b'x'; 65_536]).await?;
            }
        }
        Manner::HugeHead => {
            line.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                line.write_all(format!("x: {}\r\n", "y".repeat(1_000)).as_bytes()).await?;
            }
        }
    }
}
