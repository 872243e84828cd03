//! Coming back to a room: after any number of missed events, in the midst of writing, to another life of the database,
//! and to a server that was killed meanwhile.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use axum::http::Method;
use hub_tests::delivery::{Delivered, Mode, Way};
use hub_tests::hub::OpenHub;
use hub_tests::proc::{self, Served};
use hub_tests::proxy::Proxy;
use hub_tests::scratch::{Folder, free_port};
use hub_tests::ws::{Live, SignIn};
use hub_tests::{Engine, eventually, on_both, within};
use serde_json::{Value, json};

/// Most events of a page of what was missed.
const PAGE: usize = 500;
/// More than three pages, for officials too.
const MANY: i64 = 1_621;

/// A room with [`MANY`] events, none of them a note, so that both sides count alike.
async fn room(engine: Engine) -> (OpenHub, String) {
    let hub = OpenHub::new(engine).await;
    let room = hub.person("ana").files("voters cannot check in").await;
    let writing = ["ana", "olive", "rosa", "ravi"].map(|name| {
        let (who, room) = (hub.person(name).clone(), room.clone());
        tokio::spawn(async move {
            for n in 0..(MANY - 1) / 4 {
                who.says(&room, &format!("{n}")).await.expect("it is said");
            }
        })
    });
    for one in writing {
        one.await.expect("all is said");
    }
    (hub, room)
}

async fn open(hub: &OpenHub, name: &str) -> Live {
    Live::open(&hub.url(), "/live", SignIn::Bearer(&hub.token(name).await)).await.expect("it opens")
}

fn join(room: &str, after: i64) -> Value {
    json!({"op": "join", "room": room, "after": after})
}

fn numbers(frame: &Value) -> Vec<i64> {
    frame["events"].as_array().into_iter().flatten().filter_map(|event| event["seq"].as_i64()).collect()
}

/// All numbers from frame `from` on.
fn all(live: &Live, from: usize) -> Vec<i64> {
    let frames = live.seen[from..].iter();
    frames
        .flat_map(
            |frame| if frame["op"] == "event" { frame["seq"].as_i64().into_iter().collect() } else { numbers(frame) },
        )
        .collect()
}

on_both! {
    /// Each gap is filled, in pages that say whether there is another, and then it is live.
    async fn a_gap_of_any_length_is_filled(engine: Engine) {
        let (hub, room) = room(engine).await;
        let mut newest = MANY;
        for name in ["ana", "rosa"] {
            let mut live = open(&hub, name).await;
            for gap in [0, 1, 2, 127, 128, 129, 499, 500, 501, 999, 1_000, 1_001, MANY] {
                let after = newest - gap;
                let from = live.seen.len();
                live.send(join(&room, after)).await;
                let mut page = live.expect("joined").await;
                assert_eq!((&page["recovered"], &page["seq"]), (&json!(true), &json!(newest)), "{name} {gap}");
                let mut got = numbers(&page);
                assert!(got.len() <= PAGE);
                while page["more"] == true {
                    page = live.expect("events").await;
                    assert!(!numbers(&page).is_empty() && numbers(&page).len() <= PAGE, "{name} {gap}: {page}");
                    got.extend(numbers(&page));
                }
                assert_eq!(got, (after + 1..=newest).collect::<Vec<_>>(), "{name} {gap}");
                hub.person("olive").says(&room, "and it goes on").await.expect("it is said");
                newest += 1;
                assert_eq!(live.expect("event").await["seq"], newest, "{name} {gap}");
                assert_eq!(all(&live, from).last(), Some(&newest), "nothing after it");
            }
        }
    }

    /// Whoever joins while others write gets what was there and what comes, with nothing between or twice.
    async fn a_join_in_the_midst_of_writing_falls_between_nothing(engine: Engine) {
        let hub = Arc::new(OpenHub::new(engine).await);
        let room = hub.person("ana").files("voters cannot check in").await;
        let done = Arc::new(AtomicBool::new(false));
        let writing = ["olive", "rosa", "ravi"].map(|name| {
            let (who, room, done) = (hub.person(name).clone(), room.clone(), done.clone());
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    who.says(&room, "more").await.expect("it is said");
                }
            })
        });
        let mut place = 0;
        let mut ana = open(&hub, "ana").await;
        for round in 0..40 {
            let from = ana.seen.len();
            // Now and then on a socket that has the room already: the second join replaces the first.
            if round % 3 == 0 {
                ana = open(&hub, "ana").await;
            }
            let from = if round % 3 == 0 { 0 } else { from };
            ana.send(join(&room, place)).await;
            ana.expect("joined").await;
            // What of the join before was on its way is before the answer, and belongs to the join before.
            let joined = ana.seen.iter().rposition(|frame| frame["op"] == "joined").expect("it joined");
            ana.expect("event").await;
            ana.until_now().await;
            let got = all(&ana, joined.max(from));
            let last = *got.last().expect("something came");
            assert_eq!(got, (place + 1..=last).collect::<Vec<_>>(), "round {round}");
            // Half of it is forgotten, as by a client that was interrupted.
            place += (last - place) / 2;
        }
        done.store(true, Ordering::Relaxed);
        for one in writing {
            one.await.expect("they end");
        }
    }

    /// Of a join that another replaces, nothing comes after the answer to the other.
    async fn a_second_join_replaces_the_first(engine: Engine) {
        let (hub, room) = room(engine).await;
        for name in ["ana", "rosa"] {
            let newest = hub.person(name).sees(&room).await.expect("theirs").seq;
            let mut live = open(&hub, name).await;
            live.send(join(&room, 0)).await;
            live.send(join(&room, newest)).await;
            assert_eq!(numbers(&live.expect("joined").await).first(), Some(&1));
            let second = live.expect("joined").await;
            assert_eq!((numbers(&second), &second["more"]), (vec![], &json!(false)));
            let from = live.seen.len();
            hub.person("olive").says(&room, "once").await.expect("it is said");
            live.expect("event").await;
            live.until_now().await;
            assert_eq!(all(&live, from), [newest + 1], "{name}: once, and no page of the first join");
            live.send(join(&room, newest - 1)).await;
            assert_eq!(numbers(&live.expect("joined").await), [newest, newest + 1], "and back again");
            live.send(json!({"op": "leave", "room": room})).await;
            let from = live.seen.len();
            hub.person("olive").says(&room, "unheard").await.expect("it is said");
            live.until_now().await;
            assert_eq!(all(&live, from), [0; 0]);
        }
    }

    /// Numbers of another life of the database, and numbers that there are not, are said not to be recovered: nothing of
    /// them is shown, and what comes from now on is live.
    async fn what_cannot_be_resumed_is_said_to_be_so(engine: Engine) {
        let hub = OpenHub::new(engine).await;
        let room = hub.person("ana").files("voters cannot check in").await;
        for (name, mut newest) in [("ana", 1), ("rosa", 3)] {
            let mut live = open(&hub, name).await;
            for (after, epoch, recovered) in [
                (json!(0), json!("another life"), false),
                (json!(newest), json!(""), false),
                (json!(newest + 1), Value::Null, false),
                (json!(i64::MAX), json!(hub.hub.identity.epoch), false),
                (json!(newest), json!(hub.hub.identity.epoch), true),
                (Value::Null, Value::Null, true),
            ] {
                live.send(json!({"op": "join", "room": room, "after": after, "epoch": epoch})).await;
                let joined = live.expect("joined").await;
                let said = (&joined["recovered"], numbers(&joined), &joined["more"], &joined["seq"]);
                assert_eq!(said, (&json!(recovered), vec![], &json!(false), &json!(newest)), "{name} {after} {epoch}");
                assert_eq!(joined["epoch"], hub.hub.identity.epoch);
                let from = live.seen.len();
                if name == "rosa" || recovered {
                    continue;
                }
                hub.person("olive").says(&room, "from now").await.expect("it is said");
                newest += 1;
                live.expect("event").await;
                assert_eq!(all(&live, from), [newest]);
                // The client loads the room afresh, and goes on from what it was told.
                if newest == 3 {
                    break;
                }
            }
            live.send(join(&room, -1)).await;
            assert_eq!(live.expect("error").await["code"], "invalid");
        }
        let client = hub_tests::http::Client::at(&hub.url()).bearer(&hub.token("ana").await);
        let foreign = client.get(&format!("/api/v1/incidents/{room}/events?after=1&epoch=another&wait=1")).await;
        assert_eq!(foreign.status, 409, "{}", foreign.text());
    }
}

/// The real program, killed three times under writers and over a bad line: it comes back at its port, and everybody goes
/// on from where they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_and_comes_back_is_resumed() {
    const WRITTEN: i64 = 240;
    let folder = Folder::new();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let env = [("HUB_LISTEN", listen.as_str()), ("HUB_LIMITS__MESSAGES_PER_MINUTE", "0")];
    let mut hub = Some(Served::start(&["serve"], &env, &folder).await);
    let url = format!("http://localhost:{port}");
    let run = async |arguments: &[&str]| {
        let done = proc::run(arguments, &[], folder.path(), "").await;
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    };
    let client = |token: &str| hub_tests::http::Client::at(&url).bearer(token);
    run(&["user", "add", "ada@hub.example", "--name", "Ada Morrow", "--role", "admin"]).await;
    let ada = client(&run(&["token", "create", "ada@hub.example"]).await);
    let alder = json!({"slug": "alder", "code": "ALD", "name": "Alder County", "zone": "America/New_York"});
    let made = ada.send_json(Method::POST, "/api/v1/authorities", &alder).await;
    assert_eq!(made.status, 201, "{}", made.text());
    run(&["user", "add", "ana@alder.example", "--name", "Ana", "--role", "official", "--authority", "alder"]).await;
    run(&["user", "add", "rosa@hub.example", "--name", "Rosa", "--role", "responder"]).await;
    let (ana, rosa) =
        (run(&["token", "create", "ana@alder.example"]).await, run(&["token", "create", "rosa@hub.example"]).await);
    let filed = client(&ana).send_json(Method::POST, "/api/v1/incidents", &json!({"summary": "slow"})).await;
    assert_eq!(filed.status, 201, "{}", filed.text());

    let to = (Ipv4Addr::LOCALHOST, port).into();
    let lines = [Proxy::start("ana", to, 20, None).await, Proxy::start("rosa", to, 20, None).await];
    let said = Arc::new(AtomicI64::new(0));
    let mut readers = Vec::new();
    for (line, token) in lines.into_iter().zip([&ana, &rosa]) {
        let host = format!("localhost:{port}");
        let way = Way { through: line.address, host, token: token.clone(), room: "ALD-1".to_owned() };
        readers.push(tokio::spawn(async move {
            let mut got = Delivered::new(None);
            let enough = |got: &Delivered| got.newest() > WRITTEN && line.is_done();
            let reading = way.read(Mode::Socket, &mut got, enough);
            tokio::time::timeout(Duration::from_secs(120), reading).await.expect("all is read");
            got
        }));
    }
    // A writer that is not answered sends the same again, over a connection without faults.
    let writing = {
        let (said, host) = (said.clone(), format!("localhost:{port}"));
        let way = Way { through: to, host, token: rosa.clone(), room: "ALD-1".to_owned() };
        tokio::spawn(async move {
            for n in 0..WRITTEN {
                let id = hub::id::fresh();
                let body = json!({"id": id, "text": format!("[{n}]")}).to_string();
                eventually("it is said", || async { way.post("/api/v1/incidents/ALD-1/messages", &body).await.ok() })
                    .await;
                said.store(n + 1, Ordering::Release);
            }
        })
    };
    for third in 1..=3 {
        let so_far = || std::future::ready((said.load(Ordering::Acquire) >= WRITTEN * third / 4).then_some(()));
        eventually("some of it is said", so_far).await;
        hub.take().expect("it runs").kill();
        hub = Some(Served::start(&["serve"], &env, &folder).await);
    }
    within("all is said", writing).await.expect("every message is stored");
    let expected: Vec<Box<str>> =
        std::iter::once(Box::from("")).chain((0..WRITTEN).map(|n| format!("[{n}]").into())).collect();
    for reader in readers {
        let got = reader.await.expect("every event once, in order");
        assert_eq!(got.texts, expected);
    }
    assert!(hub.take().expect("it runs").stop().await.success());
}
