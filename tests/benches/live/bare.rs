//! What the hub is measured beside: the leanest broadcast server that axum makes and that is still honest. No sign-in,
//! no database, nothing is kept: a text goes to whoever has the same room open. It is serialised once, read into four
//! kibibytes, and all that waits for one reader is fed before it is flushed once.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;

type Readers = HashMap<u64, mpsc::Sender<Utf8Bytes>>;
type Rooms = Arc<RwLock<HashMap<String, Readers>>>;

/// Serves until it is killed; prints where.
#[expect(clippy::disallowed_methods, reason = "it is axum's own server that the hub's is measured beside")]
pub async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("ready {}", listener.local_addr().expect("a bound socket has an address"));
    let router = Router::new().route("/live", any(open)).with_state(Rooms::default());
    axum::serve(listener, router).await.expect("it serves");
}

async fn open(State(rooms): State<Rooms>, upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.protocols(["hub.v1"]).read_buffer_size(4_096).on_upgrade(move |socket| talk(rooms, socket))
}

/// A frame is `join ROOM`, or `ROOM` and a blank and the text.
async fn talk(rooms: Rooms, socket: WebSocket) {
    static NUMBERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let me = NUMBERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let (tell, mut told) = mpsc::channel::<Utf8Bytes>(256);
    let (mut sink, mut stream) = socket.split();
    let mut joined = String::new();
    loop {
        tokio::select! {
            Some(text) = told.recv() => {
                let mut next = Some(text);
                while let Some(text) = next {
                    if sink.feed(Message::Text(text)).await.is_err() {
                        break;
                    }
                    next = told.try_recv().ok();
                }
                if sink.flush().await.is_err() {
                    break;
                }
            }
            came = stream.next() => {
                let Some(Ok(Message::Text(text))) = came else { break };
                match text.split_once(' ') {
                    Some(("join", room)) => {
                        joined = room.to_owned();
                        let mut rooms = rooms.write().expect("nobody panics here");
                        rooms.entry(joined.clone()).or_default().insert(me, tell.clone());
                        drop(rooms);
                        let _ = tell.try_send(Utf8Bytes::from_static("joined"));
                    }
                    Some((room, _)) => {
                        let readers: Vec<_> = match rooms.read().expect("nobody panics here").get(room) {
                            Some(readers) => readers.values().cloned().collect(),
                            None => Vec::new(),
                        };
                        for reader in readers {
                            // Who is too slow misses it.
                            let _ = reader.try_send(text.clone());
                        }
                    }
                    None => {}
                }
            }
        }
    }
    if let Some(readers) = rooms.write().expect("nobody panics here").get_mut(&joined) {
        readers.remove(&me);
    }
}
