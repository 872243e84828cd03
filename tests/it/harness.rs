//! What the other tests stand on, tested itself: databases, processes, clients, and the tests that are left out.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, Method};
use axum::routing::{any, get, post};
use hub_tests::engine::{Engine, Template};
use hub_tests::http::{Client, Raw};
use hub_tests::nats::Nats;
use hub_tests::postgres::Cluster;
use hub_tests::proc::{self, Served};
use hub_tests::scratch::{Folder, new_folder};
use hub_tests::tether::Tethered;
use hub_tests::wait::eventually;
use hub_tests::ws::{Live, SignIn};
use hub_tests::{Tool, need, on_both};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use serde_json::json;

/// Serves `routes` on loopback until the test ends, and tells where.
#[expect(clippy::disallowed_methods, reason = "a stand-in for the hub, where its accept loop is not the point")]
pub async fn serve(routes: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

#[expect(clippy::disallowed_methods, reason = "this tests the database itself, below the store")]
async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("a database of the test")
}

on_both! {
    /// Every test has the schema and nobody else's rows, though the schema is made only once.
    async fn databases_of_two_tests_are_apart(engine: Engine) {
        static SCHEMA: Template = Template::new();
        static MADE: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
        let migrate = |url: String| async move {
            MADE[engine as usize].fetch_add(1, Ordering::Relaxed);
            let database = connect(&(url + if engine == Engine::Sqlite { "?mode=rwc" } else { "" })).await;
            database.execute_unprepared("CREATE TABLE words (word TEXT PRIMARY KEY)").await.expect("a table");
            database.close().await.expect("it closes");
        };
        let stores = [SCHEMA.store(engine, migrate).await, SCHEMA.store(engine, migrate).await];
        for store in &stores {
            let database = connect(store.url()).await;
            let done = database.execute_unprepared("INSERT INTO words VALUES ('only once')").await;
            assert_eq!(done.expect("nobody else wrote it").rows_affected(), 1);
        }
        assert_eq!(MADE[engine as usize].load(Ordering::Relaxed), 1, "the schema is made once");
        if let Some(seen_from_outside) = stores[0].postgres() {
            assert_eq!(seen_from_outside.psql("SELECT * FROM words"), "only once");
        }
    }
}

#[tokio::test]
async fn tests_are_no_superuser_so_that_row_level_security_binds_them() {
    need!(Tool::Postgres);
    let database = Cluster::shared().database();
    connect(&database.url()).await.execute_unprepared("CREATE TABLE mine ()").await.expect("it owns the database");
    assert_eq!(database.psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'hub'"), "f");
    assert_eq!(database.psql("SELECT tableowner FROM pg_tables WHERE tablename = 'mine'"), "hub");
}

#[tokio::test]
async fn a_server_ends_with_its_whole_family_when_its_test_ends() {
    let folder = new_folder("family");
    let log = folder.join("log");
    let words = ["sh", "-c", "sleep 1000 & echo $!; wait"].map(AsRef::as_ref);
    let tether = Tethered::start(&words, &[], "TERM", &folder, &log).expect("a shell starts");
    let pid = eventually("the child says its id", || {
        std::future::ready(std::fs::read_to_string(&log).ok().and_then(|log| log.trim().parse::<u32>().ok()))
    })
    .await;
    let runs = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // A process that nobody has reaped is dead all the same.
        !stat.is_empty() && !stat.contains(") Z ")
    };
    assert!(runs(), "the child runs");
    drop(tether);
    eventually("the grandchild is gone", || std::future::ready((!runs()).then_some(()))).await;
    eventually("the folder is gone", || std::future::ready((!folder.exists()).then_some(()))).await;
}

#[tokio::test]
async fn nats_can_be_taken_away_and_given_back() {
    need!(Tool::Nats);
    let mut nats = Nats::start();
    let address = nats.url().replace("nats://", "");
    tokio::net::TcpStream::connect(&address).await.expect("it is there");
    nats.take_away();
    eventually("it is away", || async { tokio::net::TcpStream::connect(&address).await.err() }).await;
    nats.give_back();
    tokio::net::TcpStream::connect(&address).await.expect("it is back at the same place");
}

/// Runs one test of this binary in a process that finds no program, and gives its exit and what it wrote.
fn without_tools(test: &str, check: bool, notes: &std::path::Path) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().expect("a running program has a path"));
    command.args([test, "--exact"]).env("PATH", "/nowhere").env("HUB_LEFT_OUT", notes).env_remove("HUB_CHECK");
    if check {
        command.env("HUB_CHECK", "1");
    }
    let done = command.stdin(Stdio::null()).output().expect("we start ourselves");
    let wrote = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&wrote).into_owned())
}

#[test]
fn a_test_without_its_tool_is_left_out_by_name_and_fails_in_check() {
    let notes = Folder::new();
    let test = "browser::everything_that_reaches_a_page_is_seen";
    let (passed, wrote) = without_tools(test, false, notes.path());
    assert!(passed, "it is left out: {wrote}");
    let line = format!("left out: it::{test}: it needs the Debian packages chromium and chromium-driver");
    assert!(wrote.contains(&line), "it says so although it passes: {wrote}");
    let note = notes.path().join(format!("it.{}", test.replace("::", ".")));
    assert!(std::fs::read_to_string(&note).is_ok_and(|note| note.contains(&line)), "and leaves a note");
    let (passed, wrote) = without_tools(test, true, notes.path());
    assert!(!passed, "./check does not let it pass: {wrote}");
    assert!(wrote.contains(&line), "and says why: {wrote}");
}

#[tokio::test]
async fn a_client_keeps_cookies_and_follows_nothing() {
    async fn sign_in(form: String) -> (axum::http::StatusCode, [(&'static str, String); 2]) {
        (axum::http::StatusCode::SEE_OTHER, [("location", "/".into()), ("set-cookie", format!("who={form}; HttpOnly"))])
    }
    async fn who(headers: HeaderMap) -> String {
        format!("{:?} {:?}", headers.get("cookie"), headers.get("authorization"))
    }
    async fn sign_out() -> [(&'static str, &'static str); 1] {
        [("set-cookie", "who=; Max-Age=0")]
    }
    async fn echo(body: String) -> String {
        body
    }
    let routes = axum::Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/echo", post(echo))
        .route("/", get(who));
    let url = serve(routes).await;
    let visitor = Client::at(&url);
    assert_eq!(visitor.get("/").await.text(), "None None");
    let answer = visitor.post_form("/sign-in", &[("name", "ana"), ("office", "a b")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    assert_eq!(visitor.cookie(), "who=name=ana&office=a+b");
    assert_eq!(visitor.get("/").await.text(), r#"Some("who=name=ana&office=a+b") None"#);
    visitor.post_form("/sign-out", &[]).await;
    assert_eq!(visitor.bearer("hub_x").get("/").await.text(), r#"None Some("Bearer hub_x")"#);
    let said = json!({"said": "hallo"});
    assert_eq!(Client::at(&url).send_json(Method::POST, "/echo", &said).await.json(), said);

    let mut raw = Raw::to(&url).await;
    raw.say(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: ").await.say(b"close\r\n\r\n").await;
    assert!(raw.until_hung_up().await.starts_with("HTTP/1.1 200 OK\r\n"), "half a line at a time is a request too");
    let mut raw = Raw::to(&url).await;
    raw.say(b"nonsense\r\n\r\n").await;
    assert!(raw.until_hung_up().await.starts_with("HTTP/1.1 400"), "nonsense is not");
}

#[tokio::test]
async fn a_socket_hears_what_is_sent_and_knows_what_is_not() {
    async fn talk(mut socket: WebSocket) {
        while let Some(Ok(Message::Text(text))) = socket.recv().await {
            let frame: serde_json::Value = serde_json::from_str(&text).expect("our own frames");
            let answer = match frame["op"].as_str() {
                Some("ping") => json!({"op": "pong", "n": frame["n"]}),
                Some("leave") => {
                    let bye = axum::extract::ws::CloseFrame { code: 4100, reason: "".into() };
                    socket.send(Message::Close(Some(bye))).await.expect("the test listens");
                    return;
                }
                _ => json!({"op": "said", "text": frame["text"]}),
            };
            socket.send(Message::text(answer.to_string())).await.expect("the test listens");
        }
    }
    async fn live(headers: HeaderMap, upgrade: WebSocketUpgrade) -> axum::response::Response {
        if headers.get("authorization").is_none_or(|token| token != "Bearer hub_x") {
            return axum::response::IntoResponse::into_response((axum::http::StatusCode::UNAUTHORIZED, "who are you"));
        }
        upgrade.protocols(["hub.v1"]).on_upgrade(talk)
    }
    let url = serve(axum::Router::new().route("/live", any(live))).await;
    let refused = Live::open(&url, "/live", SignIn::Nobody).await.expect_err("nobody is refused");
    assert_eq!((refused.status, refused.body.as_str()), (401, "who are you"));
    let mut socket = Live::open(&url, "/live", SignIn::Bearer("hub_x")).await.expect("a token opens");
    assert!(socket.until_now().await.is_empty(), "nothing was sent");
    socket.send(json!({"op": "say", "text": "one"})).await;
    socket.send(json!({"op": "say", "text": "two"})).await;
    assert_eq!(socket.expect("said").await["text"], "one");
    assert_eq!(socket.until_now().await, [json!({"op": "said", "text": "two"})]);
    socket.send(json!({"op": "leave"})).await;
    assert_eq!(socket.closed().await, Some(4100));
}

#[tokio::test]
async fn the_program_runs_to_its_end_and_one_that_does_not_serve_says_why() {
    let folder = Folder::new();
    let done = proc::run(&["--version"], &[], folder.path(), "nobody reads this").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let served = tokio::spawn(async move { Served::start(&["--version"], &[], &folder).await });
    let panic = served.await.expect_err("it never says that it is ready").into_panic();
    let text = panic.downcast_ref::<String>().expect("a text");
    assert!(text.contains(r#"["--version"] ended"#), "{text}");
}
