//! The program killed at any instant while people write: whoever was told that something is stored finds it stored, and
//! whoever was told nothing asks again and gets one answer. F2 and F3 of the promises.
//!
//! `HUB_KILLS` says how often; `tests/kill-1000` does it a thousand times.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::Method;
use futures_util::future::join_all;
use hub::config::DEFAULTS;
use hub::escalation::Policy;
use hub::identity::{self, Actor, NewPerson, Role};
use hub::instance::Mark;
use hub::live::Bus;
use hub::store::Db;
use hub::time::Clock;
use hub::{Hub, authority, incident};
use hub_tests::http::Client;
use hub_tests::proc::{self, Served};
use hub_tests::scratch::Folder;
use hub_tests::within;
use hub_tests::ws::{Live, SignIn};
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

const ROOM: &str = "ALD-1";

/// By which way somebody writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Messages through the live channel, under ids of their own.
    Socket,
    /// Messages through the API.
    Messages,
    /// Incidents through the API, under keys of their own.
    Incidents,
}

/// Something that was asked, and what came back.
#[derive(Debug)]
struct Asked {
    id: String,
    body: Value,
    answer: Option<Value>,
}

/// Somebody who writes whatever happens to the server.
#[derive(Debug)]
struct Writer {
    way: Way,
    token: String,
    /// Every second message is a note.
    notes: bool,
    asked: Vec<Asked>,
}

impl Writer {
    fn next(&mut self) {
        let id = hub::id::fresh().to_string();
        let (n, name) = (self.asked.len(), &self.token[4..10]);
        let body = match self.way {
            Way::Incidents => json!({"summary": format!("{name} {n} voters cannot check in")}),
            _ => json!({"id": id, "text": format!("{name} {n}"), "note": self.notes && n % 2 == 1}),
        };
        self.asked.push(Asked { id, body, answer: None });
    }

    /// Writes until the server is gone: first what was answered last, which must be answered the same, then what was
    /// not answered, then more.
    async fn writes(mut self, url: String, mut socket: Option<Live>) -> Self {
        let from = self.asked.len().saturating_sub(2);
        for at in from.. {
            if at == self.asked.len() {
                self.next();
            }
            let asked = &self.asked[at];
            let Some(answer) = self.asks(&url, socket.as_mut(), asked).await else { return self };
            match &asked.answer {
                Some(before) => assert_eq!(*before, answer, "the same answer under {}", asked.id),
                None => self.asked[at].answer = Some(answer),
            }
        }
        self
    }

    /// The answer, or nothing where the server is gone.
    async fn asks(&self, url: &str, socket: Option<&mut Live>, asked: &Asked) -> Option<Value> {
        if let Some(socket) = socket {
            let mut frame = asked.body.clone();
            (frame["op"], frame["room"]) = (json!("say"), json!(ROOM));
            if !socket.try_send(frame).await {
                return None;
            }
            loop {
                let said = socket.next().await.ok()?;
                assert_ne!(said["op"], "error", "{said}");
                if said["op"] == "said" && said["id"] == *asked.id {
                    return Some(json!({"seq": said["seq"], "at": said["at"]}));
                }
            }
        }
        let path = if self.way == Way::Incidents { "/api/v1/incidents" } else { "/api/v1/incidents/ALD-1/messages" };
        let request = Client::request(Method::POST, path)
            .header("content-type", "application/json")
            .header("idempotency-key", &asked.id);
        let answer = Client::at(url).bearer(&self.token).try_send(request, asked.body.to_string()).await.ok()?;
        assert!([200, 201].contains(&answer.status.as_u16()), "{}", answer.text());
        Some(answer.json())
    }
}

/// A small generator of our own: the seed that is printed gives the same instants again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A database with Alder County, its room ALD-1, and four who write: their tokens.
async fn founded(url: &str) -> Vec<Writer> {
    let db = Db::open(url, Bus::local()).await.expect("a database");
    db.migrate().await.expect("the schema is made");
    let hub = Hub::start(db, Clock::machine(), Clock::machine(), Policy::default(), Mark::Live).await.expect("a hub");
    let mut tokens = Vec::new();
    for (name, role, of) in [
        ("ada", Role::Admin, None),
        ("ana", Role::Official, Some("alder")),
        ("olive", Role::OfficialLead, Some("alder")),
        ("rosa", Role::Responder, None),
        ("ravi", Role::Responder, None),
    ] {
        let (now, email) = (hub.wall.now(), format!("{name}@hub.example"));
        let new = NewPerson { email: &email, name, role, authority: of };
        identity::add_person(&hub.db, &new, now).await.expect("a person");
        let token = identity::make_token(&hub.db, &email, 1, now).await.expect("a token").text;
        let viewer = identity::viewer_of_token(&hub.db, &token, now).await.expect("a look").expect("somebody");
        let actor = Actor::new(viewer, hub.clock.now(), hub::id::fresh());
        match name {
            "ada" => {
                let alder = json!({"slug": "alder", "code": "ALD", "name": "Alder County", "zone": "America/New_York"});
                let alder = serde_json::from_value(alder).expect("an authority");
                authority::create(&hub, &actor, &alder).await.expect("it is made");
            }
            "ana" => {
                let report = serde_json::from_value(json!({"summary": "voters cannot check in"})).expect("a report");
                Box::pin(incident::file(&hub, &actor, &report)).await.expect("it is filed");
            }
            _ => {}
        }
        tokens.push(token);
    }
    hub.db.close().await;
    let ways = [Way::Socket, Way::Incidents, Way::Messages, Way::Socket];
    let writers = ways.into_iter().zip(tokens.into_iter().skip(1));
    writers.enumerate().map(|(n, (way, token))| Writer { way, token, notes: n >= 2, asked: Vec::new() }).collect()
}

/// Settings without any limit.
fn unlimited(url: &str) -> Vec<(String, String)> {
    let (_, limits) = DEFAULTS.split_once("\n[limits]").expect("limits have a section");
    let names = limits.lines().filter_map(|line| line.split_once(" = ")).filter(|(name, _)| !name.starts_with('#'));
    let none = names.map(|(name, _)| (format!("HUB_LIMITS__{}", name.trim().to_uppercase()), "0".to_owned()));
    none.chain([("HUB_DATABASE_URL".to_owned(), url.to_owned())]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_is_there_after_any_kill() {
    let kills: usize = std::env::var("HUB_KILLS").map_or(50, |kills| kills.parse().expect("a number of kills"));
    let seed = u64::try_from(hub::id::fresh().as_u128() & u128::from(u64::MAX)).expect("64 bits");
    println!("the dice of this run begin at {seed}");
    let mut dice = Dice(seed);
    let folder = Folder::new();
    let url = format!("sqlite://{}", folder.path().join("hub.sqlite").display());
    let mut writers = founded(&url).await;
    let settings = unlimited(&url);
    let env: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

    for kill in 0..kills {
        let served = Served::start(&["serve"], &env, &folder).await;
        let mut writing = Vec::new();
        for writer in writers {
            let socket = match writer.way {
                Way::Socket => {
                    Some(Live::open(&served.url, "/live", SignIn::Bearer(&writer.token)).await.expect("it opens"))
                }
                _ => None,
            };
            writing.push(tokio::spawn(writer.writes(served.url.clone(), socket)));
        }
        let mut all = Box::pin(join_all(writing));
        let instant = Duration::from_millis(20 + dice.roll(331));
        let early = tokio::time::timeout(instant, &mut all).await;
        assert!(early.is_err(), "kill {kill}: nobody stops while the server is there: {early:?}");
        served.kill();
        let ended = within("everybody notices", all).await;
        writers = ended.into_iter().map(|writer| writer.expect("everybody is told the same again")).collect();
    }

    let served = Served::start(&["serve"], &env, &folder).await;
    let mut told = 0;
    for writer in &mut writers {
        let mut socket = match writer.way {
            Way::Socket => {
                Some(Live::open(&served.url, "/live", SignIn::Bearer(&writer.token)).await.expect("it opens"))
            }
            _ => None,
        };
        let last = writer.asked.len() - 1;
        let answer = writer.asks(&served.url, socket.as_mut(), &writer.asked[last]).await.expect("it is there again");
        writer.asked[last].answer = Some(answer);
        told += writer.asked.len();
    }
    println!("{kills} kills, {told} answers");
    for writer in &writers {
        everything_is_there(&served.url, writer, &writers).await;
    }
    assert!(served.stop().await.success());

    let audit = proc::run(&["audit", "verify"], &env, folder.path(), "").await;
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
    assert_eq!(integrity(&url).await, "ok");
    assert!(told > kills, "there was something to lose: {told} answers");
}

/// Whatever was asked is there once, as it was answered, and the numbers are consecutive for who looks.
async fn everything_is_there(url: &str, looks: &Writer, writers: &[Writer]) {
    let who = Client::at(url).bearer(&looks.token);
    let official = !looks.notes;
    let (mut log, mut after) = (Vec::new(), 0);
    loop {
        let page = who.get(&format!("/api/v1/incidents/{ROOM}/events?limit=200&after={after}")).await.json();
        log.extend(page["items"].as_array().expect("a page of events").iter().cloned());
        match page["next"].as_i64() {
            Some(next) => after = next,
            None => break,
        }
    }
    let numbers: Vec<_> = log.iter().filter_map(|event| event["seq"].as_i64()).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as i64), "consecutive: {numbers:?}");
    let (mut events, mut count) = (BTreeMap::new(), 0);
    for event in log.iter().filter(|event| event["id"].is_string()) {
        count += 1;
        events.insert(event["id"].to_string(), event.clone());
    }
    assert_eq!(events.len(), count, "no message is there twice");
    let said = writers.iter().filter(|writer| writer.way != Way::Incidents);
    let mut expected = 0;
    for (writer, asked) in said.flat_map(|writer| writer.asked.iter().map(move |asked| (writer, asked))) {
        if official && asked.body["note"] == true {
            continue;
        }
        expected += 1;
        let event = events.get(&json!(asked.id).to_string()).unwrap_or_else(|| panic!("lost: {asked:?}"));
        assert_eq!(event["text"], asked.body["text"]);
        if writer.notes != official {
            let answer = asked.answer.as_ref().expect("it was answered in the end");
            assert_eq!((&event["seq"], &event["at"]), (&answer["seq"], &answer["at"]), "as it was answered: {asked:?}");
        }
    }
    assert_eq!(expected, count, "and nothing that nobody said");

    let (mut filed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("/api/v1/incidents?state=all&sort=opened&limit=200{cursor}")).await.json();
        filed.extend(page["items"].as_array().expect("a page of incidents").iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let files = writers.iter().filter(|writer| writer.way == Way::Incidents).flat_map(|writer| &writer.asked);
    let wanted: BTreeSet<_> = files
        .map(|asked| {
            let answer = asked.answer.as_ref().expect("it was answered in the end");
            (answer["ref"].to_string(), asked.body["summary"].to_string())
        })
        .chain([(json!(ROOM).to_string(), json!("voters cannot check in").to_string())])
        .collect();
    let found: Vec<_> = filed.iter().map(|one| (one["ref"].to_string(), one["summary"].to_string())).collect();
    assert_eq!(found.len(), wanted.len(), "none twice, none lost");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[expect(clippy::disallowed_methods, reason = "this looks at the file itself, below the store")]
async fn integrity(url: &str) -> String {
    let database = Database::connect(url).await.expect("the database");
    let check = Statement::from_string(database.get_database_backend(), "PRAGMA integrity_check");
    let row = database.query_one_raw(check).await.expect("it answers").expect("a row");
    row.try_get_by_index(0).expect("a word")
}
