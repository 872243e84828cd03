//! What stands between a browser and its hub: networks that fail in every way.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How it lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Everything.
    Open,
    /// Nothing, and nobody is told: connections stay, and are silent.
    Silent,
    /// Everything but sockets, as some proxies do.
    NoSockets,
}

/// The gate of one test.
pub struct Gate {
    pub port: u16,
    listener: Option<TcpListener>,
    way: watch::Sender<Way>,
}

impl Gate {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        Self { port, listener: Some(listener), way: watch::Sender::new(Way::Open) }
    }

    /// From here on it leads somewhere, until the test ends.
    pub fn leads_to(&mut self, hub: SocketAddr) {
        let (listener, way) = (self.listener.take().expect("once"), self.way.subscribe());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(pass(near, hub, way.clone()));
            }
        });
    }

    pub fn lets(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn pass(near: TcpStream, hub: SocketAddr, mut way: watch::Receiver<Way>) -> Option<()> {
    let mut first = vec![0; 16 * 1024];
    let (mut from_near, mut to_near) = near.into_split();
    let read = from_near.read(&mut first).await.ok()?;
    way.wait_for(|way| *way != Way::Silent).await.ok()?;
    if *way.borrow() == Way::NoSockets && first.starts_with(b"GET /live") {
        return to_near
            .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await
            .ok();
    }
    let (from_hub, mut to_hub) = TcpStream::connect(hub).await.ok()?.into_split();
    to_hub.write_all(&first[..read]).await.ok()?;
    tokio::join!(copy(from_near, to_hub, way.clone()), copy(from_hub, to_near, way));
    Some(())
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) {
    let mut some = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut some).await {
        if way.wait_for(|way| *way != Way::Silent).await.is_err() || to.write_all(&some[..read]).await.is_err() {
            return;
        }
    }
}
