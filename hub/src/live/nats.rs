//! The bus between nodes: one subject of NATS, on which each node says what it told itself. NATS may be away, slow or
//! answer nonsense: then signals are lost, and whoever waits finds what is new in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Message, Subscriber};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::bus::{Bus, Reach, Signal};
use crate::error::{Error, Result};

/// How many signals wait to be sent; what comes when it is full is not sent.
const WAITING: usize = 1024;
/// How many signals go in one message.
const AT_ONCE: usize = 64;
/// No message of ours is larger.
const LARGEST: usize = 16 * 1024;
/// How many messages are kept for us while we look at one.
const KEPT: usize = 256;
/// How many signals are taken from other nodes in a second. What is beyond is found in the log.
const PER_SECOND: usize = 5_000;
const SECOND: Duration = Duration::from_secs(1);
/// How long a message may take to be handed over.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often we ask whether NATS is still there.
const PING: Duration = Duration::from_secs(5);
/// The longest pause between two attempts to connect, in milliseconds; each is drawn by lot.
const LONGEST_PAUSE: u64 = 2_000;

/// What goes over the wire.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said<S> {
    node: u64,
    signals: S,
}

/// Our end of the bus.
#[derive(Debug)]
pub(super) struct Link {
    out: mpsc::Sender<Signal>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    connected: AtomicBool,
    /// Something was dropped since everybody was last told to look at the log.
    lost: AtomicBool,
    /// Messages that were none of ours.
    garbage: AtomicU64,
}

impl Link {
    pub(super) fn reach(&self) -> Reach {
        if self.state.connected.load(Ordering::Relaxed) { Reach::Others } else { Reach::Away }
    }

    /// Sends, unless too much waits already.
    pub(super) fn send(&self, signal: Signal) {
        if self.out.try_send(signal).is_err() {
            tracing::debug!("a signal to other nodes was dropped");
        }
    }
}

/// Joins the nodes of one hub.
pub(super) async fn join(bus: Bus, url: &str, hub: &str, stop: CancellationToken) -> Result<Link> {
    let state = Arc::new(State::default());
    let (seen, told) = (state.clone(), bus.clone());
    let client = options()
        .retry_on_initial_connect()
        // What we say comes back otherwise.
        .no_echo()
        .client_capacity(WAITING)
        .subscription_capacity(KEPT)
        .ping_interval(PING)
        .reconnect_delay_callback(pause)
        .event_callback(move |event| {
            seen.happened(&event, &told);
            std::future::ready(())
        })
        .connect(url)
        .await
        .map_err(|error| Error::broken(format!("the bus cannot be joined: {}", error.kind())))?;
    let subject = subject(hub);
    let heard = client.subscribe(subject.clone()).await.map_err(Error::broken)?;
    let (out, waiting) = mpsc::channel(WAITING);
    let link = Link { out, state: state.clone() };
    tokio::spawn(async move {
        let speaking = speak(&client, subject, bus.node(), waiting, &state);
        let hearing = hear(&bus, heard, &state);
        tokio::select! {
            () = stop.cancelled() => {}
            () = async { tokio::join!(speaking, hearing); } => {}
        }
    });
    Ok(link)
}

/// Whether a NATS server is there and carries messages: one is sent round.
///
/// # Errors
/// A sentence that says what is wrong.
pub async fn check(url: &str) -> Result<(), String> {
    let round = async {
        let client = options().connect(url).await.map_err(|error| error.kind().to_string())?;
        let subject = subject(&crate::id::fresh().to_string());
        let mut heard = client.subscribe(subject.clone()).await.map_err(|error| error.to_string())?;
        client.publish(subject, "".into()).await.map_err(|error| error.to_string())?;
        heard.next().await.map(drop).ok_or_else(|| "it closed the connection".to_owned())
    };
    tokio::time::timeout(3 * PATIENCE, round).await.unwrap_or_else(|_| Err("it does not answer".to_owned()))
}

fn options() -> ConnectOptions {
    ConnectOptions::new().name("election-hub").connection_timeout(2 * PATIENCE)
}

/// Each hub has a subject of its own, which says nothing about it.
fn subject(hub: &str) -> String {
    let hash = hex::encode(Sha256::digest(format!("bus {hub}")));
    format!("hub.v1.{}", hash.get(..32).unwrap_or(&hash))
}

/// Longer and longer, and never two nodes in step.
fn pause(attempt: usize) -> Duration {
    let most = 100_u64.saturating_mul(1 << attempt.min(8)).min(LONGEST_PAUSE);
    Duration::from_millis(if attempt <= 1 { 0 } else { crate::id::number() % most })
}

impl State {
    fn happened(&self, event: &Event, bus: &Bus) {
        match event {
            Event::Connected => {
                tracing::info!("the bus is there");
                self.connected.store(true, Ordering::Relaxed);
                // Nobody knows what was said meanwhile.
                bus.tell_here(Signal::Lost);
            }
            Event::Disconnected | Event::Closed => {
                if self.connected.swap(false, Ordering::Relaxed) {
                    tracing::warn!("the bus is away; what other nodes write is found by looking");
                }
            }
            Event::SlowConsumer(_) => self.lost.store(true, Ordering::Relaxed),
            other => tracing::debug!(event = %other, "the bus"),
        }
    }
}

/// Sends what waits.
async fn speak(client: &Client, subject: String, node: u64, mut waiting: mpsc::Receiver<Signal>, state: &State) {
    let mut signals = Vec::with_capacity(AT_ONCE);
    while waiting.recv_many(&mut signals, AT_ONCE).await > 0 {
        let said = serde_json::to_vec(&Said { node, signals: &signals });
        signals.clear();
        // What is said while nobody hears is of no use to them later: they look at the log when they are back.
        if !state.connected.load(Ordering::Relaxed) {
            continue;
        }
        let Ok(said) = said else { continue };
        match tokio::time::timeout(PATIENCE, client.publish(subject.clone(), said.into())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "other nodes were not told"),
            Err(_) => tracing::debug!("the bus is slow; other nodes were not told"),
        }
    }
}

/// Hands on what other nodes say, as much of it as one may say in a second.
async fn hear(bus: &Bus, mut heard: Subscriber, state: &State) {
    let mut second = tokio::time::interval(SECOND);
    let mut left = PER_SECOND;
    loop {
        let message = tokio::select! {
            _ = second.tick() => {
                left = PER_SECOND;
                if state.lost.swap(false, Ordering::Relaxed) {
                    bus.tell_here(Signal::Lost);
                }
                continue;
            }
            message = heard.next() => message,
        };
        let Some(message) = message else { return };
        if left == 0 {
            state.lost.store(true, Ordering::Relaxed);
            continue;
        }
        let signals = read(&message, bus.node());
        left = left.saturating_sub(signals.as_ref().map_or(1, |signals| signals.len().max(1)));
        match signals {
            Some(signals) => signals.into_iter().for_each(|signal| bus.tell_here(signal)),
            None => {
                let garbage = state.garbage.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::debug!(garbage, bytes = message.payload.len(), "a message on the bus was ignored");
            }
        }
    }
}

/// What a message says; none where it cannot be one of ours. What we said ourselves is nothing new.
fn read(message: &Message, node: u64) -> Option<Vec<Signal>> {
    if message.payload.len() > LARGEST {
        return None;
    }
    let said: Said<Vec<Signal>> = serde_json::from_slice(&message.payload).ok()?;
    if said.signals.len() > AT_ONCE || !said.signals.iter().all(Signal::is_sound) {
        return None;
    }
    Some(if said.node == node { Vec::new() } else { said.signals })
}
