//! No byte of a note, nor its count, its time or its typing, reaches an official: one test for each way out of the hub.
//! The clocks stand still, so that an answer before the notes and one after them are the same bytes or tell of them.

use std::collections::BTreeMap;

use axum::http::header::IF_MATCH;
use axum::http::{Method, StatusCode};
use hub_tests::Engine;
use hub_tests::http::{Answer, Client};
use hub_tests::hub::{OpenHub, Someone};
use hub_tests::ws::{Live, SignIn};
use serde_json::{Value, json};

/// In notes, and nowhere else.
const CANARY: &str = "dotterel-8813";
/// Officials of the authority, of the one above it, and of another one.
const OFFICIALS: [&str; 4] = ["ana", "olive", "fay", "ben"];

/// A hub with a room in which both sides have spoken, and a client for each of its people.
struct House {
    hub: OpenHub,
    room: String,
    clients: BTreeMap<&'static str, Client>,
}

impl House {
    async fn new() -> Self {
        let hub = OpenHub::new(Engine::Sqlite).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.polls("alder").await;
        let room = ana.files("voters cannot check in").await;
        rosa.claims(&room).await.expect("it is hers");
        rosa.says(&room, "Which sites?").await.expect("it is said");
        ana.says(&room, "Three of them").await.expect("it is said");
        let mut clients = BTreeMap::new();
        for name in OFFICIALS.into_iter().chain(["rosa"]) {
            clients.insert(name, Client::at(&hub.url()).bearer(&hub.token(name).await));
        }
        Self { hub, room, clients }
    }

    /// What only responders know of: notes, some of them long, and what they think of the report.
    async fn notes(&self) {
        let [rosa, ravi]: [Someone; 2] = self.hub.cast(["rosa", "ravi"]);
        for (n, who) in [&rosa, &ravi, &rosa, &ravi].into_iter().enumerate() {
            let text = format!("{CANARY} {n} {}", "the vendor lies ".repeat(n * 100));
            who.notes(&self.room, text.trim()).await.expect("it is noted");
        }
        let judged = json!({"veracity": "refuted", "cause": "malicious"});
        rosa.patches(&self.room, judged).await.expect("it is judged");
    }

    /// Status, headers but those of each request, body.
    async fn bytes(&self, name: &str, path: &str) -> (StatusCode, String, String) {
        bytes(self.clients[name].get(path).await)
    }

    /// Asks for all of `paths` as every official before and after the notes, and finds no difference. Gives how many of
    /// the answers had something in them.
    async fn hold_nothing(&self, paths: &[String]) -> usize {
        let mut before = Vec::new();
        for name in OFFICIALS {
            for path in paths {
                before.push((name, path, self.bytes(name, path).await));
            }
        }
        self.notes().await;
        let told = before.iter().filter(|(_, _, (status, ..))| *status == StatusCode::OK).count();
        for (name, path, was) in before {
            let is = self.bytes(name, path).await;
            assert!(!is.2.contains(CANARY), "{name} {path}: a note");
            assert_eq!((is.0, &is.1), (was.0, &was.1), "{name} {path}");
            let other = is.2.lines().zip(was.2.lines()).find(|(is, was)| is != was);
            assert!(is.2 == was.2, "{name} {path}: {other:?}");
        }
        told
    }

    /// Every route that can be asked for with GET, with names of this hub in it.
    fn paths(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let table = web::routes::table();
        let gets = table.routes().iter().filter(|route| route.method == Method::GET && wanted(route.path));
        let path = |route: &web::routes::Route| {
            let samples = route.sample.params.iter();
            samples.fold(route.path.to_owned(), |path, (name, value)| {
                let value = if *name == "ref" { &self.room } else { *value };
                path.replace(&format!("{{{name}}}"), value)
            })
        };
        gets.map(path).collect()
    }

    async fn live(&self, name: &str, path: &str) -> Live {
        let token = self.hub.token(name).await;
        Live::open(&self.hub.url(), path, SignIn::Bearer(&token)).await.expect("it opens")
    }

    fn below(&self, rest: &str) -> String {
        format!("/api/v1/incidents/{}{rest}", self.room)
    }
}

fn bytes(mut answer: Answer) -> (StatusCode, String, String) {
    answer.headers.remove("x-request-id");
    answer.headers.remove("date");
    // A form has an id of its own each time.
    let mut pieces = answer.text().split("name=\"id\" value=\"");
    let first = pieces.next().unwrap_or_default().to_owned();
    let body = pieces.fold(first, |body, piece| body + piece.split_once('"').map_or(piece, |(_, rest)| rest));
    (answer.status, format!("{:?}", answer.headers), body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_holds_a_byte_of_a_note() {
    let house = House::new().await;
    let mut paths = house.paths(|path| !path.starts_with("/api/") && !path.starts_with("/live"));
    for query in ["?before=99", "?before=3", "/receipt", "/edit"] {
        paths.push(format!("/incidents/{}{query}", house.room));
    }
    paths.extend(["/incidents?state=all", "/elections/1", "/authorities/alder"].map(str::to_owned));
    let told = house.hold_nothing(&paths).await;
    assert!(told > 20, "{told} pages were looked at");
    let theirs = house.clients["rosa"].get(&format!("/incidents/{}", house.room)).await;
    assert!(theirs.text().contains(CANARY), "it would have been found: Rosa has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_item_of_the_api_holds_a_byte_of_a_note() {
    let house = House::new().await;
    let told = house.hold_nothing(&house.paths(|path| path.starts_with("/api/"))).await;
    assert!(told > 10, "{told} answers were looked at");
    let theirs = house.clients["rosa"].get(&house.below("")).await;
    assert_eq!(theirs.json()["seq"], 4 + 5, "Rosa counts four notes and a judgement");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_list_of_the_api_holds_a_byte_of_a_note() {
    let house = House::new().await;
    let queries = [
        "",
        "?state=all",
        "?sort=updated",
        "?sort=opened",
        "?owner=rosa@hub.example",
        "?priority=P1,P2,P3,P4,P5",
        "?authority=alder",
        "?limit=1",
        "?q=vendor",
        "?q=dotterel-8813",
        "?q=malicious",
    ];
    let told = house.hold_nothing(&queries.map(|query| format!("/api/v1/incidents{query}"))).await;
    assert_eq!(told, queries.len() * OFFICIALS.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_of_a_room_holds_a_byte_of_a_note() {
    let house = House::new().await;
    let queries = ["", "?after=0", "?after=2&limit=1", "?after=4", "?after=5", "?after=9", "?limit=200"];
    let told = house.hold_nothing(&queries.map(|query| house.below(&format!("/events{query}")))).await;
    assert!(told >= queries.len(), "{told}");
    let theirs = house.clients["rosa"].get(&house.below("/events")).await;
    assert!(theirs.text().contains(CANARY), "it would have been found: Rosa has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_long_poll_ends_with_a_note() {
    let house = House::new().await;
    let polls = async |name: &str| {
        let newest = house.clients[name].get(&house.below("/events")).await.json()["seq"].clone();
        house.clients[name].get(&house.below(&format!("/events?after={newest}&wait=3"))).await
    };
    let (ana, rosa, ()) = tokio::join!(polls("ana"), polls("rosa"), async {
        // Both wait when the notes come; and if one did not yet, it is told by its own number all the same.
        house.notes().await;
    });
    assert!(rosa.text().contains(CANARY) || rosa.json()["seq"] == 9, "Rosa is told: {}", rosa.text());
    let ana = ana.json();
    assert_eq!((&ana["items"], &ana["seq"]), (&json!([]), &json!(4)), "Ana waits for nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_refusal_holds_a_byte_of_a_note() {
    let house = House::new().await;
    let version = house.clients["ana"].get(&house.below("")).await.header("etag").to_owned();
    house.notes().await;
    let ana = &house.clients["ana"];
    let post = async |path: &str, body: Value| ana.send_json(Method::POST, &house.below(path), &body).await;
    // The guard shows what she has not seen, and that is one message; the notes are nothing to see.
    let unseen = post("/messages", json!({"id": hub::id::fresh(), "text": "Hello?", "seen": 2})).await;
    assert_eq!((unseen.status.as_u16(), unseen.json()["events"].as_array().map(Vec::len)), (409, Some(1)));
    let seen = post("/messages", json!({"id": hub::id::fresh(), "text": "Hello?", "seen": 4})).await;
    assert_eq!((seen.status.as_u16(), &seen.json()["seq"]), (201, &json!(5)), "{}", seen.text());
    let patch = async |tag: &str| {
        let ask = Client::request(Method::PATCH, &house.below(""))
            .header("content-type", "application/json")
            .header("origin", ana.origin())
            .header(IF_MATCH, tag);
        ana.send(ask, json!({"summary": "Voters cannot check in at three sites"}).to_string()).await
    };
    let stale = patch("\"4711\"").await;
    assert_eq!(stale.status, 412);
    let reserved = [
        post("/messages", json!({"id": hub::id::fresh(), "text": "mine", "note": true})).await,
        post("/resolve", json!({"cause": "malicious"})).await,
        post("/claim", json!({})).await,
    ];
    assert!(reserved.iter().all(|answer| answer.status == 403));
    // Her message has made it another version, not the notes before it: the one from before them is stale by her own act.
    let changed = patch(&version).await;
    for answer in reserved.iter().chain([&unseen, &seen, &stale, &changed]) {
        for trace in [CANARY, "refuted", "\"note\""] {
            assert!(!answer.text().contains(trace), "{trace}: {}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_frame_of_a_socket_holds_a_byte_of_a_note_nor_its_count_nor_its_typing() {
    let house = House::new().await;
    let room = &house.room;
    let join = |after: i64| json!({"op": "join", "room": room, "after": after});
    let mut rosa = house.live("rosa", "/live").await;
    rosa.send(join(0)).await;
    rosa.send(json!({"op": "read", "room": room, "seq": 4})).await;
    rosa.expect("joined").await;
    let mut sockets = [house.live("ana", "/live").await, house.live("ana", "/live?html=1").await];
    let mut before = Vec::new();
    for ana in &mut sockets {
        ana.send(join(0)).await;
        before.push(ana.expect("joined").await);
        ana.until_now().await;
    }

    rosa.send(json!({"op": "typing", "room": room, "note": true})).await;
    let id = hub::id::fresh();
    rosa.send(json!({"op": "say", "room": room, "id": id, "text": format!("{CANARY} by socket"), "note": true})).await;
    let noted = rosa.expect("said").await["seq"].clone();
    rosa.send(json!({"op": "read", "room": room, "seq": noted})).await;
    house.notes().await;
    rosa.send(json!({"op": "read", "room": room, "seq": 10})).await;
    rosa.until_now().await;
    // Said last, so that what was told before it has come when it has.
    house.hub.person("rosa").says(room, "Are they back?").await.expect("it is said");

    for (ana, before) in sockets.iter_mut().zip(before) {
        let from = ana.seen.len();
        let heard = ana.expect("event").await;
        assert_eq!((&heard["seq"], &heard["text"]), (&json!(5), &json!("Are they back?")), "the next number of hers");
        let told: Vec<&Value> = ana.seen[from..].iter().filter(|frame| frame["op"] != "presence").collect();
        assert_eq!(told, [&heard], "nothing but the message");
        ana.send(join(4)).await;
        let again = ana.expect("joined").await;
        assert_eq!((&again["seq"], again["events"].as_array().map(Vec::len)), (&json!(5), Some(1)));
        ana.send(join(0)).await;
        let whole = ana.expect("joined").await;
        assert_eq!(whole["events"].as_array().map(|all| &all[..4]), before["events"].as_array().map(Vec::as_slice));
        ana.send(json!({"op": "say", "room": room, "id": hub::id::fresh(), "text": "Yes", "seen": 4})).await;
        let unseen = ana.expect("unseen").await;
        assert_eq!(unseen["events"].as_array().map(Vec::len), Some(1), "one message, no note");
        ana.until_now().await;
        for frame in &ana.seen {
            let frame = frame.to_string();
            for trace in [CANARY, "refuted", "malicious", "\"note\"", "internal"] {
                assert!(!frame.contains(trace), "{trace}: {frame}");
            }
        }
    }
    assert!(rosa.seen.iter().any(|frame| frame.to_string().contains(CANARY)), "Rosa has it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_board_is_an_officials() {
    let house = House::new().await;
    let mut ana = house.live("ana", "/live").await;
    for view in ["queue", "dashboard", "wall"] {
        ana.send(json!({"op": "watch", "view": view})).await;
        assert_eq!(ana.expect("error").await["code"], "not_allowed", "{view}");
    }
    house.notes().await;
    assert_eq!(ana.until_now().await, Vec::<Value>::new());
}
