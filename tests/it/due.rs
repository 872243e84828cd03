//! A thousand incidents whose steps fall due while the nodes that page are killed at any instant: each step once. F10
//! of the promises.
//!
//! `HUB_KILLS` says how often; `tests/kill-due` does it a hundred times.

use std::collections::BTreeMap;

use hub::duty::{self, NewShift};
use hub::escalation::{Policy, auditor};
use hub::identity::{self, Actor, NewPerson, Role, Viewer};
use hub::instance::Mark;
use hub::live::Bus;
use hub::store::{Db, Lookout};
use hub::time::{Clock, Ts};
use hub::{Hub, authority, incident};
use hub_tests::dice::Dice;
use hub_tests::hub::body;
use hub_tests::postgres::Cluster;
use hub_tests::proc::{self, Served};
use hub_tests::scratch::{Folder, free_port};
use hub_tests::{Tool, eventually, need};
use jiff::SignedDuration;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;

const INCIDENTS: i64 = 1_000;
const AUTHORITIES: i64 = 8;
/// The last step of P1 is due a quarter of an hour after it was filed.
const LAST: SignedDuration = SignedDuration::from_mins(15);

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// Incidents that nobody has answered: three of their steps are overdue, the last falls due one after the other in the
/// time of the kills. Rosa, Ravi, Lena and Sam are on duty; there is no director.
async fn filled(url: &str, window: SignedDuration) {
    let db = Db::open(url, Bus::local()).await.expect("a database");
    db.migrate().await.expect("the schema is made");
    let now = Clock::machine().now();
    let clock = Clock::by_hand(now.plus(-minutes(60)));
    let hub = Hub::start(db, clock.clone(), clock.clone(), Policy::default(), Mark::Live).await.expect("a hub");
    let acts = |viewer: &Viewer| Actor::new(viewer.clone(), clock.now(), hub::id::fresh());
    let joins = async |name: &str, role: Role| -> Viewer {
        let email = format!("{name}@hub.example");
        let new = NewPerson { email: &email, name, role, authority: None };
        let person = identity::add_person(&hub.db, &new, clock.now()).await.expect("a person");
        identity::sign_in(&hub.db, &person, clock.now()).await.expect("a session").0.viewer
    };
    let ada = joins("ada", Role::Admin).await;
    for n in 0..AUTHORITIES {
        let new = json!({"slug": format!("county-{n}"), "code": format!("C{}", char::from(b'A' + n as u8)),
            "name": format!("County {n}"), "zone": "America/New_York"});
        authority::create(&hub, &acts(&ada), &body(new)).await.expect("an authority");
    }
    let lena = joins("lena", Role::ShiftLead).await;
    let rosa = joins("rosa", Role::Responder).await;
    joins("ravi", Role::Responder).await;
    joins("sam", Role::Supervisor).await;
    for (who, post) in [("rosa", "primary"), ("ravi", "backup"), ("lena", "lead"), ("sam", "supervisor")] {
        let (from, to) = (now.plus(-minutes(90)).to_string(), now.plus(minutes(600)).to_string());
        let new = json!({"person": format!("{who}@hub.example"), "post": post, "from": from, "to": to});
        duty::add_shift(&hub, &acts(&lena), &body::<NewShift>(new)).await.expect("a shift");
    }
    for n in 0..INCIDENTS {
        let spread =
            SignedDuration::from_millis(i64::try_from(window.as_millis()).expect("some minutes") * n / INCIDENTS);
        clock.set(now.plus(-LAST).plus(spread));
        let report = json!({"summary": format!("armed men, {n}"), "authority": format!("county-{}", n % AUTHORITIES),
            "answers": {"people": "happening_now"}, "callback": {"number": "+1 999 555 0100"}});
        incident::file(&hub, &acts(&rosa), &body(report)).await.expect("it is filed");
    }
    hub.db.close().await;
}

#[expect(clippy::disallowed_methods, reason = "this looks at the database from outside")]
async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("the database")
}

async fn rows(database: &DatabaseConnection, query: &str) -> Vec<(String, String)> {
    let statement = Statement::from_string(database.get_database_backend(), query.to_owned());
    let rows = database.query_all_raw(statement).await.unwrap_or_else(|e| panic!("{query}: {e}"));
    rows.iter()
        .map(|row| (row.try_get_by_index(0).expect("a word"), row.try_get_by_index(1).expect("a word")))
        .collect()
}

/// Kills one of the nodes at an instant of the dice's, again and again, then lets them finish.
async fn killed(url: &str, nodes: usize, kills: usize) {
    let dice = Dice::new("instants of kills");
    let folder = Folder::new();
    let window = SignedDuration::from_millis(i64::try_from(kills).expect("a few") * 700);
    filled(url, window).await;

    let ports: Vec<u16> = (0..nodes).map(|_| free_port()).collect();
    let data = folder.path().join("data").display().to_string();
    let start = async |node: usize| {
        let listen = format!("127.0.0.1:{}", ports[node]);
        let public = format!("http://localhost:{}", ports[0]);
        let key = "k".repeat(43);
        let env = [
            ("HUB_DATABASE_URL", url),
            ("HUB_SECRET_KEY", &key),
            ("HUB_PUBLIC_URL", &public),
            ("HUB_DATA_DIR", &data),
            ("HUB_LISTEN", &listen),
        ];
        Served::start(&["serve"], &env, &folder).await
    };
    let mut served: Vec<Option<Served>> = Vec::new();
    for node in 0..nodes {
        served.push(Some(start(node).await));
    }
    for _ in 0..kills {
        let node = usize::try_from(dice.roll(nodes as u64)).expect("one of two");
        let instant = SignedDuration::from_millis(i64::try_from(20 + dice.roll(331)).expect("a few"));
        let clock = Clock::machine();
        clock.sleep_until(clock.now().plus(instant)).await;
        served[node].take().expect("it runs").kill();
        served[node] = Some(start(node).await);
    }
    let database = connect(url).await;
    let left = "SELECT code, cast(count(*) AS text) FROM incidents i JOIN authorities a ON a.id = i.authority_id
        WHERE chain LIKE '%\"step\":%' AND chain NOT LIKE '%\"step\":4%' GROUP BY code";
    eventually("every step was done", || async { rows(&database, left).await.is_empty().then_some(()) }).await;

    let steps = "SELECT cast(incident_id AS text), payload FROM events WHERE kind = 'paged' ORDER BY incident_id, seq";
    let mut done = BTreeMap::<String, Vec<i64>>::new();
    for (incident, payload) in rows(&database, steps).await {
        let payload: serde_json::Value = serde_json::from_str(&payload).expect("a payload");
        let data = &payload["data"];
        if data["of"] == "unanswered" {
            done.entry(incident).or_default().push(data["step"].as_i64().expect("a step"));
        }
    }
    assert_eq!(done.len(), usize::try_from(INCIDENTS).expect("a thousand"));
    for (incident, steps) in done {
        assert_eq!(steps, [0, 1, 2, 3, 4], "each step of incident {incident} once, in order");
    }
    let twice = "SELECT cast(chain_seq AS text), cast(person_id AS text) FROM outbox
        GROUP BY authority_id, chain_seq, person_id, channel HAVING count(*) > 1";
    assert_eq!(rows(&database, twice).await, [], "nobody is told twice of one step");
    let untold = "SELECT cast(chain_seq AS text), cast(authority_id AS text) FROM outbox o WHERE NOT EXISTS
        (SELECT 1 FROM events e WHERE e.authority_id = o.authority_id AND e.chain_seq = o.chain_seq)";
    assert_eq!(rows(&database, untold).await, [], "nobody is told of what did not happen");

    let db = Db::open(url, Bus::local()).await.expect("the database opens");
    let hub = Hub::look(db, Clock::machine(), Clock::machine(), Policy::default(), Mark::Live).await.expect("a look");
    let lookout = Lookout::open(url).await.expect("a connection apart");
    let before: Ts = hub.wall.now();
    eventually("the auditor is green", || async {
        let finding = auditor::look(&hub, &lookout).await.expect("a look");
        (finding.late == 0 && finding.at >= before).then_some(())
    })
    .await;
    hub.db.close().await;
    for node in served.into_iter().flatten() {
        assert!(node.stop().await.success());
    }
    let env = [("HUB_DATABASE_URL", url), ("HUB_DATA_DIR", data.as_str())];
    let audit = proc::run(&["audit", "verify"], &env, folder.path(), "").await;
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
}

fn kills() -> usize {
    std::env::var("HUB_KILLS").map_or(12, |kills| kills.parse().expect("a number of kills"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_are_killed_and_each_step_is_done_once() {
    need!(Tool::Postgres);
    let database = Cluster::shared().database();
    killed(&database.url(), 2, kills()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_node_is_killed_and_each_step_is_done_once() {
    let folder = Folder::new();
    let url = format!("sqlite://{}", folder.path().join("hub.sqlite").display());
    killed(&url, 1, kills()).await;
}
