//! A thousand readers of one room, twenty of whom never read: the others do not notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{SinkExt, StreamExt};
use hub_tests::eventually;
use hub_tests::hub::OpenHub;
use hub_tests::{Engine, within};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How many readers there are where the system has enough files for them, and where it has not.
const READERS: [usize; 2] = [1_000, 400];
const STUCK: usize = 20;
/// More than the buffers of the system and the queue hold for one who does not read.
const MESSAGES: i64 = 220;
/// How many messages the slowest of those who read may be behind before the writer waits for them: less than a queue.
const AHEAD: i64 = 8;

type Socket = WebSocketStream<TcpStream>;

/// Joins a room after a number. A small window is the system's for somebody who will not read.
async fn join(hub: &OpenHub, token: &str, room: &str, after: i64, window: Option<u32>) -> Socket {
    let mut request = format!("{}/live", hub.url().replace("http", "ws")).into_client_request().expect("a URL");
    let mut put = |name: &'static str, value: &str| {
        request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header's text"));
    };
    put("authorization", &format!("Bearer {token}"));
    put("sec-websocket-protocol", "hub.v1");
    let socket = TcpSocket::new_v4().expect("a file for it");
    if let Some(bytes) = window {
        socket.set_recv_buffer_size(bytes).expect("a small window");
    }
    let stream = within("it connects", socket.connect(hub.address)).await.expect("it connects");
    // The default of 128 KiB is a lot for a thousand.
    let config = WebSocketConfig::default().read_buffer_size(32 * 1024);
    let opened = within("it opens", client_async_with_config(request, stream, Some(config))).await;
    let (mut socket, _) = opened.expect("it opens");
    let join = json!({"op": "join", "room": room, "after": after}).to_string();
    within("it joins", socket.send(Message::text(join))).await.expect("it is open");
    socket
}

/// The number and the message's own number of an `event` frame, without reading the rest; none for other frames.
fn event(frame: &str) -> Option<(i64, i64)> {
    if !frame.starts_with(r#"{"op":"event""#) {
        assert!(!frame.starts_with(r#"{"op":"events""#), "who reads is not behind");
        return None;
    }
    Some((number(frame, "\"seq\":"), number(frame, "\"text\":\"")))
}

fn number(frame: &str, name: &str) -> i64 {
    let (_, rest) = frame.split_once(name).unwrap_or_else(|| panic!("no {name} in {:.200}", frame));
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().expect("a number")
}

/// Who reads: counts each event, which must be the next.
async fn reads(mut socket: Socket, given: Arc<AtomicU64>) {
    let mut last = 1;
    while last <= MESSAGES {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                if let Some((seq, n)) = event(&text) {
                    assert_eq!((seq, n), (last + 1, last), "the next event, and what was said in it");
                    last = seq;
                    given.fetch_add(1, Ordering::Relaxed);
                }
            }
            Some(Ok(Message::Close(frame))) => panic!("closed after {last}: {frame:?}"),
            Some(Ok(_)) => {}
            other => panic!("lost after {last}: {other:?}"),
        }
    }
}

/// All the numbers that come until the end, in frames of whatever kind, and the code of the closing, if one came.
async fn the_rest(mut socket: Socket, until: i64) -> (Vec<i64>, Option<u16>) {
    let mut numbers = Vec::new();
    while numbers.last() != Some(&until) {
        let frame = match within("the rest comes", socket.next()).await {
            Some(Ok(Message::Text(text))) => serde_json::from_str::<serde_json::Value>(&text).expect("a frame"),
            Some(Ok(Message::Close(frame))) => return (numbers, frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => continue,
            Some(Err(_)) | None => return (numbers, None),
        };
        match frame["op"].as_str() {
            Some("event") => numbers.extend(frame["seq"].as_i64()),
            Some("joined" | "events") => {
                let events = frame["events"].as_array().into_iter().flatten();
                numbers.extend(events.filter_map(|event| event["seq"].as_i64()));
            }
            _ => {}
        }
    }
    (numbers, None)
}

/// Twice as many files as readers, and some for everything else that runs here.
fn readers() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft: usize = files.and_then(|line| line.split_whitespace().nth(3)?.parse().ok()).unwrap_or(1_024);
    let count = if soft >= 2 * READERS[0] + 1_000 { READERS[0] } else { READERS[1] };
    if count < READERS[0] {
        eprintln!("note: {count} readers instead of {}: the system gives us {soft} files (ulimit -n)", READERS[0]);
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_that_never_read_delay_none_of_a_thousand() {
    let count = readers();
    let hub = OpenHub::new(Engine::Sqlite).await;
    let room = hub.person("ana").files("voters cannot check in").await;
    let [ana, rosa, ravi] = [hub.token("ana").await, hub.token("rosa").await, hub.token("ravi").await];
    let mut stuck = Vec::new();
    for _ in 0..STUCK {
        stuck.push(join(&hub, &ravi, &room, 1, Some(4_096)).await);
    }
    let given = Arc::new(AtomicU64::new(0));
    let mut reading = tokio::task::JoinSet::new();
    for n in STUCK..count {
        // Both sides: there is no note here, so they count alike.
        let socket = join(&hub, if n % 2 == 0 { &ana } else { &rosa }, &room, 1, None).await;
        reading.spawn(reads(socket, given.clone()));
    }
    let open = || std::future::ready((hub.app.channel().counts().open() == count as u64).then_some(()));
    eventually("all are there", open).await;

    let others = i64::try_from(count - STUCK).expect("some");
    let least = |n: i64| u64::try_from((n - AHEAD).max(0) * others).expect("a count");
    let long = "\u{20ac}".repeat(9_900);
    for n in 1..=MESSAGES {
        hub.person("olive").says(&room, &format!("{n} {long}")).await.expect("it is said");
        let along = || std::future::ready((given.load(Ordering::Relaxed) >= least(n)).then_some(()));
        eventually("those who read get on", along).await;
    }
    let all = async {
        while let Some(done) = reading.join_next().await {
            done.expect("every event, in order")
        }
    };
    within("all who read have all", all).await;
    assert_eq!(given.load(Ordering::Relaxed), u64::try_from(MESSAGES * others).expect("a count"));

    // Each of the others is given up; only then does it read, and finds out.
    let slow = || std::future::ready((hub.app.channel().counts().slow_closed() == STUCK as u64).then_some(()));
    eventually("the stuck are sent away", slow).await;
    for socket in stuck {
        let (got, code) = the_rest(socket, MESSAGES + 1).await;
        let last = *got.last().expect("something came");
        assert_eq!(got, (2..=last).collect::<Vec<_>>(), "what came is whole");
        assert!(code.is_none_or(|code| code == 4001), "{code:?}");
        assert!(last <= MESSAGES, "not all of it was kept for who does not read");
        let (rest, _) = the_rest(join(&hub, &ravi, &room, last, None).await, MESSAGES + 1).await;
        assert_eq!(rest, (last + 1..=MESSAGES + 1).collect::<Vec<_>>(), "and the rest is there when it comes again");
    }
}
