//! The live channel: `GET /live`. The protocol is that of docs/live.md; what there is to tell comes from [`hub::live`], and this
//! makes frames of it and sends them.
//!
//! | file | what |
//! |---|---|
//! | `frames.rs` | the frames of both directions |
//! | `socket.rs` | one socket: its loop, its limits, its ends |
//! | `outbox.rs` | what waits to be sent |
//! | `speaker.rs` | what its person says, one after the other |
//! | `fragments.rs` | who renders what pages put in place |
//! | `pages.rs` | the pages' own templates, which do |

mod fragments;
mod frames;
mod outbox;
mod pages;
mod socket;
mod speaker;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use hub::Hub;
use hub::identity::{Credential, Viewer};
use hub::live::{Gone, Live};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

pub use fragments::{Fragments, Html};
pub use frames::Kept;
pub use pages::Pages;
pub(crate) use socket::why_closed;

use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, By, Caller};
use crate::routes::{Access, Sample, Table};

/// Allocated for each socket at once, so it is small: the default costs 21 times the memory.
pub(crate) const READ_BUFFER: usize = 4 * 1024;
/// A frame that does not fit a socket's own buffer breaks the socket, each time its reader comes again; so the largest
/// page or board must fit. It is not allocated: what fills it is one frame, after what waits has gone below 128 KiB.
const WRITE_BUFFER: usize = 16 * 1024 * 1024;
/// The largest frame that is read where the settings set no limit.
const LARGEST: usize = 16 * 1024 * 1024;

/// The live channel of this node, and who renders for it.
#[derive(Debug, Clone)]
pub struct Channel {
    live: Live<Kept>,
    fragments: Arc<dyn Fragments>,
    counts: Arc<Counts>,
}

/// What is counted of it, since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Sockets that are open now.
    open: AtomicU64,
    /// Frames that came.
    heard: AtomicU64,
    /// Frames that were made for somebody.
    told: AtomicU64,
    /// Sockets that were closed because they were too slow.
    slow: AtomicU64,
}

impl Counts {
    /// Sockets that are open now.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// Frames that came in, and frames that went out or wait to.
    pub fn frames(&self) -> (u64, u64) {
        (self.heard.load(Ordering::Relaxed), self.told.load(Ordering::Relaxed))
    }

    /// Sockets that were closed because they were too slow.
    pub fn slow_closed(&self) -> u64 {
        self.slow.load(Ordering::Relaxed)
    }
}

impl Channel {
    /// Begins to listen to the bus, until `stop`.
    pub fn start(hub: Hub, fragments: Arc<dyn Fragments>, stop: CancellationToken) -> Self {
        Self { live: Live::start(hub, stop), fragments, counts: Arc::default() }
    }

    /// What is counted of it.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What it tells of.
    pub fn live(&self) -> &Live<Kept> {
        &self.live
    }
}

/// The one route.
pub fn routes(table: Table) -> Table {
    table.socket("/live", Access::SignedIn, Sample::NONE, open)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    html: Option<String>,
    /// Whose page opens it, by their id: after another sign-in in the same browser it is theirs no more.
    me: Option<String>,
}

async fn open(
    app: App,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let Query { html, me } = asked.read(&[])?;
    let upgrade = upgrade.map_err(|_| Failure::BadRequest("Open this as a WebSocket, version 13."))?;
    let credential = match caller.by {
        By::Session(id) => Credential::Session(id),
        By::Token => Credential::token(headers.get(header::AUTHORIZATION).and_then(crate::door::bearer).unwrap_or("")),
    };
    let html = html.is_some_and(|html| html == "1");
    let mine = me.is_none_or(|me| me.is_empty() || me == caller.viewer.id().to_string());
    let largest = app.config().limits.frame_bytes.most().unwrap_or(LARGEST);
    let upgrade = upgrade
        .protocols(["hub.v1"])
        .read_buffer_size(READ_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER)
        .max_frame_size(largest)
        .max_message_size(largest);
    if !mine {
        return Ok(upgrade.on_upgrade(|socket| socket::refuse(socket, socket::SIGNED_OUT)));
    }
    Ok(upgrade.on_upgrade(move |socket| serve(app, socket, credential, caller.viewer, html)))
}

async fn serve(app: App, socket: WebSocket, credential: Credential, viewer: Viewer, html: bool) {
    match app.channel().live.enter(credential, viewer, &app.config().limits) {
        Ok(session) => {
            let counts = app.channel().counts.clone();
            counts.open.fetch_add(1, Ordering::Relaxed);
            socket::run(app, socket, session, html).await;
            counts.open.fetch_sub(1, Ordering::Relaxed);
        }
        Err(Gone::TooMany) => socket::refuse(socket, socket::TOO_MANY).await,
        Err(_) => socket::refuse(socket, socket::SIGNED_OUT).await,
    }
}
