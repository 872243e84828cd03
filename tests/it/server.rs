//! The program over bare connections: what no HTTP library would send, and how it ends.

use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use hub::config::{Config, Limit, Sources};
use hub_tests::http::{Client, Raw};
use hub_tests::proc::{self, Served};
use hub_tests::scratch::Folder;
use hub_tests::within;
use hub_tests::ws::{Live, SignIn};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};
use tokio_util::sync::CancellationToken;

/// What comes back for these bytes; `HOST` in them is the hub's own.
async fn raw(hub: &Served, bytes: &str) -> String {
    let host = hub.url.trim_start_matches("http://");
    let mut raw = Raw::to(&hub.url).await;
    raw.say(bytes.replace("HOST", host).as_bytes()).await;
    raw.until_hung_up().await
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused() {
    let folder = Folder::new();
    let hub = Served::start(&["serve"], &[], &folder).await;
    let line = "POST /theme HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let hidden = "GET /livez HTTP/1.1\r\nHost: HOST\r\n\r\n";
    let sent = "Origin: http://HOST\r\n";
    for (what, bytes) in [
        (
            "a length and an encoding",
            format!("{line}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        ),
        (
            "an encoding and a length",
            format!("{line}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n{hidden}"),
        ),
        ("two lengths", format!("{line}Content-Length: 4\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}")),
        ("an encoding that is none", format!("{line}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}")),
        ("a blank before the colon", format!("{line}Content-Length : 4\r\n\r\n0\r\n\r\n{hidden}")),
        ("two hosts", "GET /help HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n".to_owned()),
        ("no host", "GET /help HTTP/1.1\r\n\r\n".to_owned()),
        ("another host", "GET /help HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned()),
        ("another host in the target", "GET http://evil.example/help HTTP/1.1\r\nHost: HOST\r\n\r\n".to_owned()),
        ("no HTTP", "HELLO\r\n\r\n".to_owned()),
        ("a line that goes on", "GET /help HTTP/1.1\r\nHost: HOST\r\nX-Long: a\r\n b\r\n\r\n".to_owned()),
        ("a bare line feed", "GET /help HTTP/1.1\r\nHost: HOST\nX-Hidden: a\r\n\r\n".to_owned()),
        ("bare line feeds alone", "GET /help HTTP/1.1\nHost: HOST\n\n".to_owned()),
        (
            "a chunk without a size",
            format!("{line}{sent}Transfer-Encoding: chunked\r\n\r\nzz\r\ntheme=dark\r\n0\r\n\r\n{hidden}"),
        ),
        ("a chunk below nothing", format!("{line}{sent}Transfer-Encoding: chunked\r\n\r\n-1\r\n{hidden}")),
        (
            "a chunk past all sizes",
            format!("{line}{sent}Transfer-Encoding: chunked\r\n\r\n{}\r\na\r\n", "f".repeat(17)),
        ),
        ("a nul in a name", "GET /help HTTP/1.1\r\nHost: HOST\r\nX\0Y: a\r\n\r\n".to_owned()),
        ("a version of tomorrow", "GET /help HTTP/3.0\r\nHost: HOST\r\n\r\n".to_owned()),
        ("two hosts for health", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned()),
    ] {
        let answer = raw(&hub, &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
        assert!(!answer.contains("{\"status\":\"ok\"}"), "{what}: the hidden request is not answered");
        let headers = ["x-content-type-options: nosniff", "content-security-policy: default-src 'none'", "no-store"];
        assert!(headers.iter().all(|header| answer.contains(header)), "{what}: {answer}");
    }
    let method = raw(&hub, "TRACE /help HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n").await;
    assert!(method.starts_with("HTTP/1.1 405 ") && method.to_lowercase().contains("\r\nallow: "), "{method}");
    let long = format!("GET /help HTTP/1.1\r\nHost: HOST\r\nX-Long: {}\r\n\r\n", "x".repeat(64 * 1024));
    let answer = raw(&hub, &long).await;
    assert!(answer.starts_with("HTTP/1.1 431 ") && answer.contains("nosniff"), "a head has a size: {answer}");
    let longer = format!("GET /help HTTP/1.1\r\nHost: HOST\r\nX-Long: {}\r\n\r\n", "x".repeat(8 * 1024 * 1024));
    let answer = raw(&hub, &longer).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "it is not read to its end: {answer}");
    let chunked = format!("{line}Origin: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n", hub.url);
    let chunked = raw(&hub, &format!("{chunked}a\r\ntheme=dark\r\n0\r\n\r\n")).await;
    assert!(chunked.starts_with("HTTP/1.1 303 "), "chunks alone are fine: {chunked}");
    assert!(hub.stop().await.success(), "it ends well when asked");
}

/// Whoever opens a connection and is slow to say what for is not waited for, and what follows a socket's opening is of
/// the socket, not a request.
#[tokio::test]
async fn half_a_head_is_not_waited_for_and_nothing_hides_behind_an_upgrade() {
    let folder = Folder::new();
    let hub = Served::start(&["serve"], &[("HUB_LIMITS__HEAD_SECONDS", "1")], &folder).await;
    let host = hub.url.trim_start_matches("http://").to_owned();
    for half in [&b"GET /help HTTP/1.1\r\nHost: "[..], b"G", b"\r\n"] {
        let mut slow = Raw::to(&hub.url).await;
        slow.say(half).await;
        let answer = slow.until_hung_up().await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    let opening = format!(
        "GET /live HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: \
         13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: hub.v1\r\n"
    );
    let hidden = format!("GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let run = async |arguments: &[&str]| {
        let done = proc::run(arguments, &[], folder.path(), "").await;
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    };
    run(&["user", "add", "rosa@hub.example", "--name", "Rosa Field", "--role", "responder"]).await;
    let token = run(&["token", "create", "rosa@hub.example"]).await;
    let mut live = Raw::to(&hub.url).await;
    live.say(format!("{opening}Authorization: Bearer {token}\r\n\r\n{hidden}").as_bytes()).await;
    let answer = live.until_hung_up().await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(!answer[12..].contains("HTTP/1.1") && !answer.contains("\"ok\""), "it is no frame: {answer}");
    let mut stranger = Raw::to(&hub.url).await;
    stranger.say(format!("{opening}\r\n\0\0\0\0").as_bytes()).await;
    let answer = stranger.until_hung_up().await;
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.matches("HTTP/1.1 ").count() <= 2, "{answer}");
    assert!(hub.stop().await.success());
}

#[tokio::test]
async fn a_hub_without_settings_is_there_and_a_second_is_refused() {
    let folder = Folder::new();
    let hub = Served::start(&["serve"], &[], &folder).await;
    assert!(hub.url.starts_with("http://localhost:"), "{}", hub.url);
    let visitor = Client::at(&hub.url);
    let ready = visitor.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.json()["status"].as_str()), (200, Some("ready")));
    assert!(
        hub.stdout().iter().any(|line| line.starts_with("set-up http://localhost:")),
        "the first admin has a way in"
    );
    let secret = std::fs::metadata(folder.path().join("data/secret.key")).expect("a key is drawn");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&secret.permissions()) & 0o777, 0o600);

    let second = proc::run(&["serve"], &[("HUB_LISTEN", "127.0.0.1:0")], folder.path(), "").await;
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another hub serves"), "{second:?}");

    let forged = Client::request(axum::http::Method::GET, "/nowhere%0D%0AERROR%20forged?token=hunter2");
    visitor.send(forged, "").await;
    assert!(hub.stop().await.success());
}

#[tokio::test]
async fn wrong_use_ends_with_2_and_says_what_to_do() {
    let folder = Folder::new();
    for (arguments, env, words) in [
        (&["serve"][..], ("HUB_LISTNE", "x"), "the nearest is HUB_LISTEN"),
        (&["serve"], ("HUB_LISTEN", "0.0.0.0:0"), "--insecure-http"),
        (&["serve", "--config", "none.toml"], ("HUB_LOG", "info"), "none.toml cannot be read"),
        (&["brew"], ("HUB_LOG", "info"), "brew"),
    ] {
        let done = proc::run(arguments, &[env], folder.path(), "").await;
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[tokio::test]
async fn people_and_tokens_are_made_beside_a_running_hub() {
    let folder = Folder::new();
    let hub = Served::start(&["serve"], &[], &folder).await;
    let run = async |arguments: &[&str]| {
        let done = proc::run(arguments, &[], folder.path(), "").await;
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("text").trim().to_owned()
    };
    run(&["user", "add", "rosa@hub.example", "--name", "Rosa Field", "--role", "responder"]).await;
    assert!(run(&["user", "list"]).await.contains("rosa@hub.example\tresponder\tactive"));
    let token = run(&["token", "create", "rosa@hub.example"]).await;
    assert!(token.starts_with("hub_") && token.lines().count() == 1);
    let link = run(&["user", "link", "rosa@hub.example"]).await;
    assert!(link.starts_with(&format!("{}/sign-in/", hub.url)), "{link}");
    let helped = Client::at(&hub.url).bearer(&token).get("/help").await;
    assert!(helped.text().contains("Rosa Field"), "the token is its person");
    run(&["user", "disable", "rosa@hub.example"]).await;
    let helped = Client::at(&hub.url).bearer(&token).get("/help").await;
    assert!(!helped.text().contains("Rosa Field"), "the token ends with its person");
    let nobody = proc::run(&["token", "create", "nobody@hub.example"], &[], folder.path(), "").await;
    assert_eq!(nobody.status.code(), Some(1));
    assert!(hub.stderr().iter().any(|line| line.contains("route=\"/help\"")), "the log names the route");
    assert!(!hub.stderr().join("\n").contains(&token), "and no token");
}

/// A socket is told that the server goes, and the server waits until it has been; half a head is not waited for long.
#[tokio::test]
async fn sockets_are_closed_before_the_server_is_gone() {
    let mut limits = Config::load(&Sources::default()).expect("the defaults are good").limits;
    limits.head_seconds = Limit::of(1);
    let stop = CancellationToken::new();
    let told = stop.clone();
    let socket = any(async move |upgrade: WebSocketUpgrade| {
        upgrade.protocols(["hub.v1"]).on_upgrade(async move |mut socket| {
            told.cancelled().await;
            let frame = CloseFrame { code: 4000, reason: "restarting".into() };
            socket.send(Message::Close(Some(frame))).await.expect("the socket is still there");
        })
    });
    let router = axum::Router::new().route("/live", socket);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
    let serving = tokio::spawn({
        let stop = stop.clone();
        async move { web::server::serve(listener, router, &limits, stop).await }
    });
    let mut half = Raw::to(&url).await;
    half.say(b"GET /live HTTP/1.1\r\nHost: ").await;
    half.until_hung_up().await;
    let mut live = Live::open(&url, "/live", SignIn::Bearer("hub_x")).await.expect("a socket");
    stop.cancel();
    assert_eq!(live.closed().await, Some(4000));
    within("the server ends", serving).await.expect("it does not panic");
}

/// What `tests/autobahn` looks at case by case, in short: text, binary and the largest message come back as they were.
#[tokio::test]
async fn the_echo_says_back_what_comes() {
    let folder = Folder::new();
    let hub = Served::start(&["conformance", "--listen", "127.0.0.1:0"], &[], &folder).await;
    let url = hub.url.replacen("http", "ws", 1);
    let largest = WebSocketConfig::default().max_frame_size(None).max_message_size(None);
    let opened = connect_async_with_config(format!("{url}/echo"), Some(largest), false);
    let (mut socket, _) = within("the echo opens", opened).await.expect("a socket");
    let said = [
        tungstenite::Message::text("Zdravím"),
        tungstenite::Message::binary(vec![0, 255, 128]),
        tungstenite::Message::binary(vec![7; 16 * 1024 * 1024]),
    ];
    for message in said {
        within("it is said", socket.send(message.clone())).await.expect("an open socket");
        let back = within("it comes back", socket.next()).await.expect("an open socket").expect("a message");
        assert!(back == message, "it comes back as it was");
    }
    let elsewhere = Client::at(&hub.url).get("/livez").await;
    assert_eq!(elsewhere.status.as_u16(), 404, "there is nothing else");
    assert!(hub.stop().await.success());
}
