//! `conformance`: nothing but a WebSocket echo on the hub's own accept loop, for suites that try a server's protocol.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use clap::Args;
use hub::config::{Config, Sources};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Stop, say};
use crate::live::{READ_BUFFER, why_closed};
use crate::server;

/// What suites send at most.
const LARGEST: usize = 16 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Conformance {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
}

impl Conformance {
    pub(super) async fn run(self) -> Result<(), Stop> {
        let limits = Config::load(&Sources::default())?.limits;
        let listener = TcpListener::bind(self.listen).await;
        let listener =
            listener.map_err(|e| Stop::Failed(format!("{} cannot be listened on: {e}; set --listen", self.listen)))?;
        let address = listener.local_addr().map_err(Stop::failed)?;
        let stop = CancellationToken::new();
        server::stop_on_signal(stop.clone()).map_err(Stop::failed)?;
        let ended = stop.clone();
        let echo = any(async move |upgrade: WebSocketUpgrade| open(upgrade, ended.clone()));
        say(format_args!("ready http://{address}"));
        server::serve(listener, Router::new().route("/echo", echo), &limits, stop).await;
        Ok(())
    }
}

fn open(upgrade: WebSocketUpgrade, stop: CancellationToken) -> Response {
    upgrade
        .read_buffer_size(READ_BUFFER)
        // Twice what may wait: an answer is as long as what was sent.
        .max_write_buffer_size(2 * LARGEST)
        .max_frame_size(LARGEST)
        .max_message_size(LARGEST)
        .on_upgrade(async move |socket| {
            tokio::select! {
                () = stop.cancelled() => {}
                () = echo(socket) => {}
            }
        })
}

/// Says back what comes, until the other side closes or breaks the protocol.
async fn echo(mut socket: WebSocket) {
    while let Some(came) = socket.recv().await {
        let sent = match came {
            Ok(said @ (Message::Text(_) | Message::Binary(_))) => socket.send(said).await,
            // Pings and closes are answered below us, when the socket is next asked.
            Ok(_) => Ok(()),
            Err(error) => {
                let (code, reason) = why_closed(&error);
                let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
                let _ = socket.send(Message::Close(Some(frame))).await;
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}
