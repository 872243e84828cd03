//! The two servers, each a process of its own: the hub as it is served, on seeded data, and the bare one.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use axum::http::Method;
use hub_tests::http::Client;
use hub_tests::proc::{self, Served};
use hub_tests::scratch::Folder;
use serde_json::{Value, json};

use crate::client::Door;

/// Enough rooms and authorities for every part.
const SEED: [&str; 13] = [
    "seed",
    "--authorities",
    "64",
    "--incidents",
    "2000",
    "--open",
    "2000",
    "--messages",
    "6000",
    "--people",
    "144",
    "--seed",
    "1",
];
/// What is not about how often or how many: it stays as it is served.
const KEPT: [&str; 9] =
    ["queue_", "head_", "request_", "shutdown_", "frame_", "body_", "file_", "page_", "_characters"];

/// A server that is being measured.
pub struct Target {
    kind: Kind,
    address: SocketAddr,
    tokens: Vec<String>,
    rooms: Arc<Vec<String>>,
    folder: Folder,
}

enum Kind {
    Hub(Served),
    Bare(Child),
}

impl Target {
    pub async fn start(hub: bool) -> Self {
        if hub { Self::hub().await } else { Self::bare() }
    }

    async fn hub() -> Self {
        let folder = Folder::new();
        let made = seeded(&SEED, &folder).await;
        let tokens = made["people"].as_array().expect("people").iter();
        let responders = tokens.filter(|one| one["role"] == "responder");
        let tokens: Vec<String> = responders.map(|one| one["token"].as_str().expect("a token").to_owned()).collect();
        let unlimited: Vec<(String, &str)> = hub::config::DEFAULTS
            .split_once("[limits]")
            .map(|(_, limits)| limits.lines())
            .into_iter()
            .flatten()
            .filter_map(|line| line.split_once(" = "))
            .filter(|(name, _)| !name.starts_with('#') && !KEPT.iter().any(|kept| name.contains(kept)))
            .map(|(name, _)| (format!("HUB_LIMITS__{}", name.to_uppercase()), "0"))
            .collect();
        let mut env: Vec<(&str, &str)> = unlimited.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        env.push(("HUB_LOG", "warn"));
        let served = Served::start(&["serve"], &env, &folder).await;
        let address = served.url.replacen("localhost", "127.0.0.1", 1);
        let client = Client::at(&address).bearer(&tokens[0]);
        let mut rooms: Vec<String> = Vec::new();
        let mut next = String::new();
        while rooms.len() < 1_200 {
            let page = client.get(&format!("/api/v1/incidents?limit=200{next}")).await.json();
            let items = page["items"].as_array().expect("a list");
            rooms.extend(items.iter().map(|one| one["ref"].as_str().expect("a reference").to_owned()));
            next = format!("&cursor={}", page["next"].as_str().expect("another page"));
        }
        // One of each authority after the other, so that the first 64 are of 64.
        rooms.sort_by_key(|room| {
            room.split_once('-').map(|(code, number)| (number.parse().unwrap_or(0), code.to_owned()))
        });
        let address = address.trim_start_matches("http://").parse().expect("an address");
        Self { kind: Kind::Hub(served), address, tokens, rooms: Arc::new(rooms), folder }
    }

    fn bare() -> Self {
        let this = std::env::current_exe().expect("a running program has a path");
        let mut child = Command::new(this).arg("bare").stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        let said = BufReader::new(child.stdout.take().expect("it was asked for")).read_line(&mut line);
        said.expect("it says where");
        let address = line.trim().trim_start_matches("ready ").parse().expect("an address");
        let rooms: Vec<String> = (0..1_200).map(|room| format!("SAAAA-{room}")).collect();
        Self { kind: Kind::Bare(child), address, tokens: Vec::new(), rooms: Arc::new(rooms), folder: Folder::new() }
    }

    pub fn name(&self) -> &'static str {
        if self.is_hub() { "hub" } else { "bare" }
    }

    pub fn is_hub(&self) -> bool {
        matches!(self.kind, Kind::Hub(_))
    }

    pub fn pid(&self) -> u32 {
        match &self.kind {
            Kind::Hub(served) => served.pid(),
            Kind::Bare(child) => child.id(),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn token(&self, n: usize) -> &str {
        self.tokens.get(n % self.tokens.len().max(1)).map_or("", String::as_str)
    }

    pub fn door(&self, n: usize) -> Door {
        Door { address: self.address, path: "/live".to_owned(), bearer: self.token(n).to_owned() }
    }

    pub fn room(&self, n: usize) -> &str {
        &self.rooms[n]
    }

    /// The frame that joins a room, after a number or from now.
    pub fn join(&self, room: usize, after: Option<i64>) -> String {
        let room = self.room(room);
        match after {
            Some(after) if self.is_hub() => json!({"op": "join", "room": room, "after": after}).to_string(),
            _ if self.is_hub() => json!({"op": "join", "room": room}).to_string(),
            _ => format!("join {room}"),
        }
    }

    /// The frame that says something.
    pub fn message(&self, room: usize, stamp: u64) -> String {
        self.parts().message(room, stamp)
    }

    /// What makes messages, for a task of its own.
    pub fn parts(&self) -> Parts {
        Parts { hub: self.is_hub(), rooms: self.rooms.clone() }
    }

    /// A room with some 500 events.
    pub async fn long_room(&self) -> String {
        let client = Client::at(&format!("http://{}", self.address)).bearer(self.token(0));
        let room = self.room(0).to_owned();
        for _ in 0..490 {
            let body = json!({"id": hub::id::fresh().to_string(), "text": "Two more sites have called."});
            client.send_json(Method::POST, &format!("/api/v1/incidents/{room}/messages"), &body).await;
        }
        room
    }
}

/// Makes messages.
#[derive(Clone)]
pub struct Parts {
    hub: bool,
    rooms: Arc<Vec<String>>,
}

impl Parts {
    /// The frame that says something of about 200 letters. What the bare server passes on is as long as the hub's event.
    pub fn message(&self, room: usize, stamp: u64) -> String {
        let (room, id) = (&self.rooms[room], hub::id::fresh());
        let text = format!("@{stamp} {}", "Two more sites have called; the others still work. ".repeat(4));
        if self.hub {
            return json!({"op": "say", "room": room, "id": id, "text": text}).to_string();
        }
        let by = json!({"name": "Alex Abbot", "office": "Response team", "role": "responder"});
        let event = json!({"op": "event", "room": room, "seq": 1_234, "kind": "message", "at": "2026-11-03T12:04:05.120Z",
            "by": by, "text": text, "data": {}, "id": id});
        format!("{room} {event}")
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Kind::Bare(child) = &mut self.kind {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn seeded(words: &[&str], folder: &Folder) -> Value {
    let done = proc::run(words, &[], folder.path(), "").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("one JSON object")
}

/// Seconds that it takes to seed so much, and the megabytes of the file.
pub async fn time_of_seed(authorities: u32, incidents: u32) -> (f64, f64) {
    let folder = Folder::new();
    let (authorities, incidents) = (authorities.to_string(), incidents.to_string());
    let words = [
        "seed",
        "--authorities",
        &authorities,
        "--incidents",
        &incidents,
        "--open",
        &incidents,
        "--messages",
        &incidents,
    ];
    let began = Instant::now();
    seeded(&words, &folder).await;
    let bytes = std::fs::metadata(folder.path().join("data/hub.db")).map_or(0, |file| file.len());
    (began.elapsed().as_secs_f64(), bytes as f64 / 1e6)
}
