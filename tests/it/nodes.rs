//! Two real nodes on one PostgreSQL, with a real NATS between them that comes and goes.

use hub::identity::{self, NewPerson, Role};
use hub::live::Bus;
use hub::store::Db;
use hub::time::{Clock, Ts};
use hub_tests::http::Client;
use hub_tests::nats::Nats;
use hub_tests::postgres::{Cluster, Database};
use hub_tests::proc::{self, Served};
use hub_tests::scratch::{Folder, free_port};
use hub_tests::ws::{Live, SignIn};
use hub_tests::{Tool, eventually, need, within};
use serde_json::{Value, json};

mod load;
mod wire;
mod withdrawal;

use wire::Wire;

/// In messages, and never on the bus.
const CANARY: &str = "kittiwake-4711";

/// Two nodes, and who uses them: Ana at alder, Rosa, Ada; ALD-1 is open.
struct Pair {
    nodes: [Option<Served>; 2],
    ports: [u16; 2],
    nats: Nats,
    folder: Folder,
    database: Database,
    ada: String,
    ana: String,
    rosa: String,
}

impl Pair {
    /// Both start at the same moment, on a database in which nothing is.
    async fn start() -> Self {
        let mut pair = Self {
            nodes: [None, None],
            ports: [free_port(), free_port()],
            nats: Nats::start(),
            folder: Folder::new(),
            database: Cluster::shared().database(),
            ada: String::new(),
            ana: String::new(),
            rosa: String::new(),
        };
        let (first, second) = tokio::join!(pair.node(0), pair.node(1));
        pair.nodes = [Some(first), Some(second)];
        pair.ready("ready").await;

        // Beside the nodes, as the commands are: not on the bus.
        let db = Db::open(&pair.database.url(), Bus::local()).await.expect("the database opens");
        let now = Clock::machine().now();
        let join = async |name: &str, role: Role, authority: Option<&str>| {
            let email = format!("{name}@hub.example");
            let new = NewPerson { email: &email, name, role, authority };
            identity::add_person(&db, &new, now).await.expect("a person");
            identity::make_token(&db, &email, 1, now).await.expect("a token").text
        };
        pair.ada = join("ada", Role::Admin, None).await;
        let new = json!({"slug": "alder", "code": "ALD", "name": "Alder", "zone": "America/New_York"});
        let made = pair.client(0, &pair.ada).send_json("POST".parse().unwrap(), "/api/v1/authorities", &new).await;
        assert_eq!(made.status, 201, "{}", made.text());
        pair.rosa = join("rosa", Role::Responder, None).await;
        pair.ana = join("ana", Role::Official, Some("alder")).await;
        db.close().await;
        let report = json!({"summary": "The website is slow."});
        let filed = pair.client(1, &pair.ana).send_json("POST".parse().unwrap(), "/api/v1/incidents", &report).await;
        assert_eq!(filed.status, 201, "{}", filed.text());
        pair
    }

    fn env(&self, node: usize) -> Vec<(&'static str, String)> {
        vec![
            ("HUB_DATABASE_URL", self.database.url()),
            ("HUB_BUS_URL", self.nats.url()),
            ("HUB_SECRET_KEY", "k".repeat(43)),
            ("HUB_PUBLIC_URL", format!("http://localhost:{}", self.ports[0])),
            ("HUB_DATA_DIR", self.folder.path().join("data").display().to_string()),
            ("HUB_LISTEN", format!("127.0.0.1:{}", self.ports[node])),
            ("HUB_LIMITS__MESSAGES_PER_MINUTE", "0".to_owned()),
            ("HUB_LIMITS__SOCKETS_PER_PERSON", "0".to_owned()),
        ]
    }

    async fn node(&self, node: usize) -> Served {
        let env = self.env(node);
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Served::start(&["serve"], &env, &self.folder).await
    }

    fn url(&self, node: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[node])
    }

    fn client(&self, node: usize, token: &str) -> Client {
        Client::at(&self.url(node)).bearer(token)
    }

    /// What both say of themselves.
    async fn ready(&self, status: &str) {
        for node in [0, 1] {
            let client = Client::at(&self.url(node));
            let what = format!("node {node} is {status}");
            let answer = eventually(&what, || async {
                let answer = client.get("/readyz").await;
                (answer.json()["status"] == status).then_some(answer)
            });
            let answer = answer.await;
            assert_eq!(answer.status, 200);
            let reasons = answer.json()["reasons"].clone();
            assert_eq!(reasons.as_array().map(Vec::len), Some(usize::from(status == "degraded")), "{reasons}");
        }
    }

    async fn joined(&self, node: usize, token: &str) -> Live {
        let mut live = Live::open(&self.url(node), "/live", SignIn::Bearer(token)).await.expect("it opens");
        live.send(json!({"op": "join", "room": "ALD-1", "after": 0})).await;
        live.expect("joined").await;
        live
    }

    /// Says something at a node; its number, and when it was acknowledged.
    async fn says(&self, node: usize, text: &str, note: bool) -> (i64, Ts) {
        let body = json!({"id": hub::id::fresh().to_string(), "text": text, "note": note});
        let client = self.client(node, &self.rosa);
        let said = client.send_json("POST".parse().unwrap(), "/api/v1/incidents/ALD-1/messages", &body).await;
        assert_eq!(said.status, 201, "{}", said.text());
        (said.json()["seq"].as_i64().expect("a number"), Clock::machine().now())
    }

    async fn doctor(&self) -> (bool, String) {
        let env = self.env(0);
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let done = proc::run(&["doctor"], &env, self.folder.path(), "").await;
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

/// Waits for an event with this text, and says when it came.
async fn hears(live: &mut Live, text: &str) -> Ts {
    while live.expect("event").await["text"] != text {}
    Clock::machine().now()
}

/// The numbers of all that came, in its order.
fn numbers(live: &Live) -> Vec<i64> {
    let of = |event: &Value| event["seq"].as_i64().expect("a number");
    let mut all = Vec::new();
    for frame in &live.seen {
        match frame["op"].as_str() {
            Some("event") => all.push(of(frame)),
            Some("joined" | "events") => all.extend(frame["events"].as_array().into_iter().flatten().map(of)),
            _ => {}
        }
    }
    all
}

fn millis(from: Ts, to: Ts) -> i64 {
    to.millis() - from.millis()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_stores_the_other_tells_with_the_bus_and_without() {
    need!(Tool::Postgres, Tool::Nats);
    let mut pair = Pair::start().await;
    let (mut ana, mut rosa) = (pair.joined(1, &pair.ana).await, pair.joined(1, &pair.rosa).await);
    rosa.send(json!({"op": "watch", "view": "queue"})).await;
    rosa.expect("view").await;
    let mut wire = Wire::to(&pair.nats.url()).await;
    wire.listen().await;

    // The sweep alone would take half a second for each.
    let began = Clock::machine().now();
    for n in 0..10 {
        let text = format!("{CANARY} {n}");
        pair.says(0, &text, false).await;
        hears(&mut ana, &text).await;
    }
    let took = millis(began, Clock::machine().now());
    assert!(took < 3_000, "ten messages took {took} ms from node to node");
    pair.says(0, &format!("{CANARY} note"), true).await;
    hears(&mut rosa, &format!("{CANARY} note")).await;
    let heard = wire.heard().await;
    assert!(heard.len() >= 10, "the bus carries it: {heard:?}");
    for said in &heard {
        assert!(!said.contains("kittiwake") && !said.contains("rosa"), "numbers only: {said}");
    }
    let (well, says) = pair.doctor().await;
    assert!(well && says.contains("bus       ok (NATS)"), "{says}");

    pair.nats.take_away();
    pair.ready("degraded").await;
    let (well, says) = pair.doctor().await;
    assert!(!well && says.contains("bus       NATS: "), "{says}");
    for n in 0..3 {
        let text = format!("without {n}");
        let (_, said) = pair.says(0, &text, false).await;
        let late = millis(said, hears(&mut ana, &text).await);
        assert!(late <= 2_000, "{late} ms without a bus");
        rosa.until_now().await;
    }
    // A board as well, by what it shows of the change.
    let responder = pair.client(0, &pair.rosa);
    let claim = responder.send_json("POST".parse().unwrap(), "/api/v1/incidents/ALD-1/claim", &json!({})).await;
    assert!(claim.status.is_success(), "{}", claim.text());
    let claimed = Clock::machine().now();
    while rosa.expect("changed").await["data"]["owner"].is_null() {}
    let late = millis(claimed, Clock::machine().now());
    assert!(late <= 2_000, "a board was {late} ms late without a bus");

    pair.nats.give_back();
    pair.ready("ready").await;
    let (_, said) = pair.says(0, "and on", false).await;
    let late = millis(said, hears(&mut ana, "and on").await);
    assert!(late <= 2_000, "{late} ms");
    for (who, live) in [("ana", &mut ana), ("rosa", &mut rosa)] {
        live.until_now().await;
        let numbers = numbers(live);
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "nothing lost or doubled for {who}");
    }
    assert!(ana.seen.iter().all(|frame| !frame.to_string().contains("note\"")), "and no note for an official");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_on_the_bus_is_ignored() {
    need!(Tool::Postgres, Tool::Nats);
    let pair = Pair::start().await;
    let mut ana = pair.joined(1, &pair.ana).await;
    let mut wire = Wire::to(&pair.nats.url()).await;
    wire.listen().await;
    pair.says(0, "first", false).await;
    hears(&mut ana, "first").await;
    wire.heard().await;
    let subject = wire.subject.clone().expect("a node has said something");
    let own = subject.strip_prefix("hub.v1.").expect("our subjects");
    assert!(own.len() == 32 && own.bytes().all(|b| b.is_ascii_hexdigit()), "it says nothing of the hub: {subject}");

    let room = |numbers: Value| json!({"node": 1, "signals": [{"room": numbers}]}).to_string();
    let garbage: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xff\xfe\x00garbage".to_vec(),
        b"{".to_vec(),
        vec![b'['; 15_000],
        room(json!({"authority": 1, "room": 1, "seq": -1})).into(),
        room(json!({"authority": 1, "room": -7, "seq": 3})).into(),
        room(json!({"authority": 999_999, "room": 999_999, "seq": i64::MAX})).into(),
        room(json!({"authority": 1, "room": 1, "seq": i64::MAX})).into(),
        room(json!({"authority": 1, "room": 1, "seq": 1e300})).into(),
        room(json!({"authority": 1, "room": 1, "seq": 3, "text": "believe me"})).into(),
        json!({"node": 1, "signals": [{"shout": {"text": "believe me"}}]}).to_string().into(),
        json!({"node": 1, "signals": ["lost"]}).to_string().into(),
        json!({"node": 1, "signals": vec!["doors"; 2_000]}).to_string().into(),
        json!({"node": -1, "signals": ["doors"]}).to_string().into(),
    ];
    for bytes in &garbage {
        wire.publish(&subject, bytes).await;
    }
    let memory = || {
        let served = pair.nodes[1].as_ref().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{}/status", served.pid())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
    };
    let before = memory();
    let large = vec![b'7'; 1_000_000];
    for _ in 0..100 {
        wire.publish(&subject, &large).await;
    }
    let doors = json!({"node": 1, "signals": ["doors"]}).to_string();
    let nudge = room(json!({"authority": 1, "room": 1, "seq": 2}));
    for _ in 0..20_000 {
        wire.publish(&subject, doors.as_bytes()).await;
        wire.publish(&subject, nudge.as_bytes()).await;
    }
    wire.pushed().await;
    let (_, said) = pair.says(0, "after the flood", false).await;
    let late = millis(said, hears(&mut ana, "after the flood").await);
    assert!(late <= 3_000, "{late} ms in a flood");
    let grown = memory().saturating_sub(before);
    assert!(grown < 64 * 1024, "grown by {grown} KiB");
    ana.until_now().await;
    assert_eq!(numbers(&ana), [1, 2, 3], "nothing but what is in the log");
    pair.ready("ready").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_begins_without_its_bus() {
    need!(Tool::Nats);
    let mut nats = Nats::start();
    nats.take_away();
    let folder = Folder::new();
    let url = nats.url();
    let hub = Served::start(&["serve"], &[("HUB_BUS_URL", &url)], &folder).await;
    let status = async || Client::at(&hub.url).get("/readyz").await.json()["status"].clone();
    assert_eq!(status().await, "degraded");
    assert_eq!(Client::at(&hub.url).get("/help").await.status, 200);
    nats.give_back();
    eventually("the bus is there", || async { (status().await == "ready").then_some(()) }).await;
    let ended = within("it ends", hub.stop()).await;
    assert!(ended.success());
}
