//! A bad line between a client and a server of this machine: it forwards, and it delays, throttles, cuts and swallows,
//! as its dice say. What a test asserts is never how long something took: the delays are the line's.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::dice::Dice;

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Both ends are told that it is broken (RST), in the midst of whatever was under way.
    Reset,
    /// Both ends are told that there is no more (FIN), in the midst of whatever was under way.
    Close,
    /// Nobody is told anything: what is sent is taken and goes nowhere, until the client gives up.
    Swallow,
}

/// How a connection is until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes.
    Fast,
    /// Everything comes later.
    Late(Duration),
    /// So many bytes, then a moment of nothing.
    Thin(usize),
}

/// What happens to one connection.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// How fast it is.
    pub pace: Pace,
    /// How it ends if the client does not end it before: the fault, after so many bytes of both directions together,
    /// or after so long, whichever is first.
    pub end: Option<(Fault, u64, Duration)>,
}

impl Line {
    /// Nothing is wrong with it.
    pub const CALM: Self = Self { pace: Pace::Fast, end: None };

    /// One that will be cut, early or late.
    fn drawn(dice: &Dice) -> Self {
        let fault = match dice.roll(20) {
            0 => Fault::Swallow,
            1..10 => Fault::Close,
            _ => Fault::Reset,
        };
        let pace = match dice.roll(8) {
            0 => Pace::Late(Duration::from_millis(1 + dice.roll(20))),
            1 => Pace::Thin(512 << dice.roll(6)),
            _ => Pace::Fast,
        };
        // From the midst of the first line of the handshake to some pages of what was missed; most get past the
        // handshake, since what is cut there is only that.
        let (bytes, life) = if dice.roll(4) == 0 { (0, 0) } else { (800, 50) };
        let life = Duration::from_millis(life + dice.any_size(11));
        Self { pace, end: Some((fault, bytes + dice.any_size(19), life)) }
    }
}

/// The line, between whoever connects to [`address`](Self::address) and the server.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

struct Shared {
    to: SocketAddr,
    dice: Dice,
    /// How many of the connections to come are to be cut; after that the line is calm.
    to_cut: AtomicUsize,
    asked: usize,
    cut: [AtomicUsize; 3],
    opened: AtomicUsize,
    never: Option<&'static str>,
    passed: AtomicUsize,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to {}, {:?} cut", self.to, self.cut)
    }
}

impl Proxy {
    /// A line to `to` that cuts `cuts` connections, with dice that say their seed. It looks for `never` in all that the
    /// server sends, also in frames of which the client gets only a part.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start(what: &str, to: SocketAddr, cuts: usize, never: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            to,
            dice: Dice::new(what),
            to_cut: AtomicUsize::new(cuts),
            asked: cuts,
            cut: Default::default(),
            opened: AtomicUsize::new(0),
            never,
            passed: AtomicUsize::new(0),
        });
        let listening = tokio::spawn(listen(listener, shared.clone()));
        Self { address, shared, listening }
    }

    /// How many connections it has cut, by how: reset, closed, swallowed.
    pub fn cuts(&self) -> [usize; 3] {
        [0, 1, 2].map(|at| self.shared.cut[at].load(Ordering::Relaxed))
    }

    /// How many connections were asked for.
    pub fn opened(&self) -> usize {
        self.shared.opened.load(Ordering::Relaxed)
    }

    /// Whether it has cut all that it was to cut.
    pub fn is_done(&self) -> bool {
        self.cuts().iter().sum::<usize>() >= self.shared.asked
    }

    /// How often what may never come through came through.
    pub fn leaks(&self) -> usize {
        self.shared.passed.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut lines = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        shared.opened.fetch_add(1, Ordering::Relaxed);
        let shared = shared.clone();
        lines.spawn(async move { shared.serve(client).await });
        while lines.try_join_next().is_some() {}
    }
}

impl Shared {
    async fn serve(&self, client: TcpStream) {
        // A server that is away is a client's connection that breaks.
        let Ok(server) = TcpStream::connect(self.to).await else { return };
        // Small frames do not wait for each other here either.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let cut = self.to_cut.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let line = if cut { Line::drawn(&self.dice) } else { Line::CALM };
        let mut carried = Carried { client, server, line, tail: Vec::new() };
        let Some((fault, _, life)) = line.end else {
            carried.forward(self).await;
            return;
        };
        if let Ok(false) = tokio::time::timeout(life, carried.forward(self)).await {
            // It ended by itself, and another one is cut instead.
            self.to_cut.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.cut[fault as usize].fetch_add(1, Ordering::Relaxed);
        carried.end(fault).await;
    }

    /// Looks for what may never come, over the borders of what is read at a time.
    fn look(&self, tail: &mut Vec<u8>, bytes: &[u8]) {
        let Some(never) = self.never else { return };
        tail.extend_from_slice(bytes);
        if String::from_utf8_lossy(tail).contains(never) {
            self.passed.fetch_add(1, Ordering::Relaxed);
            tail.clear();
        }
        tail.drain(..tail.len().saturating_sub(never.len() - 1));
    }
}

struct Carried {
    client: TcpStream,
    server: TcpStream,
    line: Line,
    tail: Vec<u8>,
}

impl Carried {
    /// Carries bytes until one end has no more (false) or the line has carried all that it will (true).
    async fn forward(&mut self, shared: &Shared) -> bool {
        let mut left = self.line.end.map_or(u64::MAX, |(_, bytes, _)| bytes);
        let (mut down, mut up) = (vec![0; 16 * 1024], vec![0; 4 * 1024]);
        loop {
            let (count, is_down) = tokio::select! {
                read = self.server.read(&mut down) => (read.unwrap_or(0), true),
                read = self.client.read(&mut up) => (read.unwrap_or(0), false),
            };
            if count == 0 {
                return false;
            }
            let whole = if is_down { &down[..count] } else { &up[..count] };
            let bytes = &whole[..count.min(usize::try_from(left).unwrap_or(usize::MAX))];
            if is_down {
                shared.look(&mut self.tail, bytes);
            }
            let to = if is_down { &mut self.client } else { &mut self.server };
            let sent = match self.line.pace {
                Pace::Fast => to.write_all(bytes).await,
                Pace::Late(by) => {
                    lag(by).await;
                    to.write_all(bytes).await
                }
                Pace::Thin(most) => {
                    let mut sent = Ok(());
                    for piece in bytes.chunks(most) {
                        sent = sent.and(to.write_all(piece).await);
                        lag(Duration::from_millis(1)).await;
                    }
                    sent
                }
            };
            if sent.is_err() {
                return false;
            }
            left -= bytes.len() as u64;
            if left == 0 {
                return true;
            }
        }
    }

    async fn end(mut self, fault: Fault) {
        match fault {
            Fault::Reset => {
                // Dropped without lingering, both ends get RST. One that is gone already needs none.
                let _ = (self.client.set_zero_linger(), self.server.set_zero_linger());
            }
            Fault::Close => {
                let _ = (self.client.shutdown().await, self.server.shutdown().await);
            }
            Fault::Swallow => {
                let (mut down, mut up) = (vec![0; 16 * 1024], vec![0; 4 * 1024]);
                let mut server_speaks = true;
                loop {
                    tokio::select! {
                        read = self.server.read(&mut down), if server_speaks => {
                            server_speaks = read.is_ok_and(|count| count > 0);
                        }
                        read = self.client.read(&mut up) => if !read.is_ok_and(|count| count > 0) { return },
                    }
                }
            }
        }
    }
}

/// What a slow line takes for itself: the only time that passes here without something happening.
async fn lag(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}
