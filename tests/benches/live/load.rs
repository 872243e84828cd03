//! The loads: many readers of one room or of many, writers who wait for their acknowledgement, a crowd that returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::client::{Socket, find};
use crate::measure::{Spread, Used};
use crate::target::Target;

/// So many sockets are being opened at a time, where they do not all come at once.
const OPENING: usize = 100;
/// How long the last deliveries may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How it is written.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many messages a second, in all rooms together.
    Rate(f64),
    /// As fast as it goes, so many of each writer's own on their way at a time.
    Window(usize),
}

/// Readers that never read.
#[derive(Debug, Clone, Copy)]
pub enum Stuck {
    None,
    Some(usize),
}

/// Rooms, each with readers and writers.
#[derive(Debug, Clone, Copy)]
pub struct Fan {
    pub rooms: usize,
    pub readers: usize,
    /// Who write in each room; they read as well.
    pub writers: usize,
    pub pace: Pace,
    pub seconds: f64,
    pub stuck: Stuck,
}

/// What came of it.
#[derive(Debug)]
pub struct Found {
    sent: u64,
    seconds: f64,
    cpu: f64,
    spread: Spread,
    /// Readers that did not get all.
    pub missed: usize,
    /// KiB of the server for each open socket, and µs of processor to open one.
    pub memory: f64,
    pub connect: f64,
    /// Bytes that the server grew by while it delivered.
    pub grew: f64,
}

impl Found {
    /// Seconds of processor for a million deliveries.
    pub fn cost(&self) -> f64 {
        self.cpu * 1e6 / self.spread.len() as f64
    }

    pub fn sent_per_second(&self) -> f64 {
        self.sent as f64 / self.seconds
    }

    pub fn line(&self) -> String {
        let each = self.spread.len() as f64 / self.seconds;
        format!("{each:.0} | {} | {:.2}", self.spread.words(), self.cost())
    }
}

fn micros(began: Instant) -> u64 {
    began.elapsed().as_micros() as u64
}

/// Fewer than this write in a room.
const WRITERS: u64 = 100;

/// When a message was sent and by which writer of its room, as it says itself.
fn stamp(text: &[u8]) -> Option<(u64, u64)> {
    let at = find(text, b"\"@")? + 2;
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let stamp = digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some((stamp / WRITERS, stamp % WRITERS))
}

/// A socket of ours in a room.
async fn joined(target: &Target, room: usize, n: usize, narrow: bool) -> Socket {
    let mut socket = Socket::open(&target.door(n), n, narrow).await.expect("it opens");
    socket.say(&target.join(room, None)).await.expect("it is open");
    socket.hear_of("joined").await.expect("it is joined");
    socket
}

pub async fn fan(target: &Target, fan: &Fan) -> Found {
    let began = Instant::now();
    let before = Used::of(target.pid());
    let sockets = open(target, fan).await;
    let count = sockets.len();
    // What was opened last may still be at it.
    let _ = timeout(Duration::from_millis(500), std::future::pending::<()>()).await;
    let opened = Used::of(target.pid()).since(before);

    let stop = CancellationToken::new();
    let (delivered, sent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (mut readers, mut writers, mut idle) = (JoinSet::new(), JoinSet::new(), Vec::new());
    let until = Duration::from_secs_f64(fan.seconds);
    let start = Used::of(target.pid());
    let starting = Instant::now();
    for (role, room, socket) in sockets {
        match role {
            Role::Stuck => idle.push(socket),
            Role::Reader => {
                readers.spawn(read(socket, began, delivered.clone(), stop.clone()));
            }
            Role::Writer(number) => {
                let windowed = matches!(fan.pace, Pace::Window(_));
                let (mut reader, mut writer) = socket.split();
                let way = Arc::new(Semaphore::new(match fan.pace {
                    Pace::Window(most) => most,
                    Pace::Rate(_) => Semaphore::MAX_PERMITS,
                }));
                let (free, ended, delivered, refused) = (way.clone(), stop.clone(), delivered.clone(), sent.clone());
                readers.spawn(async move {
                    let mut took = Vec::new();
                    loop {
                        tokio::select! {
                            frame = reader.frame() => {
                                let Ok((_, text)) = frame else { return took };
                                // Not acknowledged: nobody is owed it.
                                if find(&text, b"\"op\":\"error\"").is_some() {
                                    refused.fetch_sub(1, Ordering::Relaxed);
                                    if windowed {
                                        free.add_permits(1);
                                    }
                                }
                                if let Some((at, by)) = stamp(&text) {
                                    took.push((micros(began).saturating_sub(at)) as u32);
                                    delivered.fetch_add(1, Ordering::Relaxed);
                                    if by == number && windowed {
                                        free.add_permits(1);
                                    }
                                }
                            }
                            () = ended.cancelled() => return took,
                        }
                    }
                });
                let every = match fan.pace {
                    Pace::Rate(rate) => Duration::from_secs_f64((fan.rooms * fan.writers) as f64 / rate),
                    Pace::Window(_) => Duration::from_nanos(1),
                };
                let phase = every.mul_f64(room as f64 / fan.rooms as f64);
                let messages = Messages { target: target.parts(), room };
                let sent = sent.clone();
                writers.spawn(async move {
                    let mut ticks = interval(every);
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
                    let _ = timeout(phase, std::future::pending::<()>()).await;
                    while starting.elapsed() < until {
                        if windowed {
                            way.acquire().await.expect("it is open").forget();
                        } else {
                            ticks.tick().await;
                        }
                        if writer.say(&messages.next(micros(began) * WRITERS + number)).await.is_err() {
                            break;
                        }
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                    writer
                });
            }
        }
    }
    let writers = writers.join_all().await;
    let wanted = || sent.load(Ordering::Relaxed) * (fan.readers + fan.writers) as u64;
    let mut last = (0, Instant::now());
    loop {
        let now = delivered.load(Ordering::Relaxed);
        if now != last.0 {
            last = (now, Instant::now());
        }
        if now >= wanted() || last.1.elapsed() > PATIENCE.min(Duration::from_secs(5)) {
            break;
        }
        let _ = timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
    }
    let seconds = (last.1 - starting).as_secs_f64();
    let used = Used::of(target.pid()).since(start);
    stop.cancel();
    let took = readers.join_all().await;
    let sent = sent.load(Ordering::Relaxed);
    let each = sent / fan.rooms as u64;
    // With several rooms the writers' shares differ; what is missing at all is seen in the sum.
    let missed = if fan.rooms == 1 { took.iter().filter(|one| (one.len() as u64) < each).count() } else { 0 };
    drop((writers, idle));
    Found {
        sent,
        seconds,
        cpu: used.cpu,
        spread: Spread::of(took.into_iter().flatten().collect()),
        missed,
        memory: opened.rss / 1024.0 / count as f64,
        connect: opened.cpu * 1e6 / count as f64,
        grew: used.rss,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Reader,
    /// One of so many of its room.
    Writer(u64),
    Stuck,
}

/// Makes one writer's messages.
struct Messages {
    target: crate::target::Parts,
    room: usize,
}

impl Messages {
    fn next(&self, stamp: u64) -> String {
        self.target.message(self.room, stamp)
    }
}

/// All sockets of a fan, joined.
async fn open(target: &Target, fan: &Fan) -> Vec<(Role, usize, Socket)> {
    let mut wanted = Vec::new();
    for room in 0..fan.rooms {
        wanted.extend((0..fan.writers as u64).map(|number| (Role::Writer(number), room)));
        wanted.extend((0..fan.readers).map(|_| (Role::Reader, room)));
    }
    if let Stuck::Some(count) = fan.stuck {
        wanted.extend((0..count).map(|_| (Role::Stuck, 0)));
    }
    let mut sockets = Vec::new();
    for (chunk, some) in wanted.chunks(OPENING).enumerate() {
        let opening = some.iter().enumerate().map(|(n, (role, room))| async move {
            let n = chunk * OPENING + n;
            (*role, *room, joined(target, *room, n, *role == Role::Stuck).await)
        });
        sockets.extend(futures_util::future::join_all(opening).await);
    }
    sockets
}

async fn read(mut socket: Socket, began: Instant, delivered: Arc<AtomicU64>, stop: CancellationToken) -> Vec<u32> {
    let mut took = Vec::new();
    loop {
        tokio::select! {
            text = socket.hear() => {
                let Ok(text) = text else { return took };
                if let Some((at, _)) = stamp(&text) {
                    took.push((micros(began).saturating_sub(at)) as u32);
                    delivered.fetch_add(1, Ordering::Relaxed);
                }
            }
            () = stop.cancelled() => return took,
        }
    }
}

/// How many messages a second are acknowledged to so many writers, each in a room of its own, one after the other.
pub async fn durable(target: &Target, writers: usize, seconds: f64) -> (f64, Spread) {
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let one = |n: usize| async move {
        let mut socket = Socket::open(&target.door(n), n, false).await.expect("it opens");
        let mut took = Vec::new();
        while Instant::now() < until {
            let began = Instant::now();
            socket.say(&target.message(n, 0)).await.expect("it is open");
            socket.hear_of("\"said\"").await.expect("it is kept");
            took.push(began.elapsed().as_micros() as u32);
        }
        took
    };
    let took: Vec<u32> = futures_util::future::join_all((0..writers).map(one)).await.into_iter().flatten().collect();
    (took.len() as f64 / seconds, Spread::of(took))
}

/// How a crowd came back.
#[derive(Debug)]
pub struct Back {
    pub seconds: f64,
    pub missed: u64,
    pub doubled: u64,
    pub cpu: f64,
}

/// Everybody in a room is cut off, five messages are written, and everybody comes back at once.
pub async fn storm(target: &Target, crowd: usize) -> Back {
    const SAID: i64 = 5;
    let fan = Fan { rooms: 1, readers: crowd, writers: 1, pace: Pace::Rate(1.0), seconds: 0.0, stuck: Stuck::None };
    let sockets = open(target, &fan).await;
    let mut writer = None;
    for (role, _, socket) in sockets {
        if matches!(role, Role::Writer(_)) {
            writer = Some(socket);
        }
    }
    let mut writer = writer.expect("one of them");
    let newest = async |writer: &mut Socket| -> i64 {
        writer.say(&target.message(0, 0)).await.expect("it is open");
        let text = writer.hear_of("\"event\"").await.expect("it comes");
        number(&text, b"\"seq\":").unwrap_or_default()
    };
    let after = newest(&mut writer).await;
    for _ in 0..SAID {
        newest(&mut writer).await;
    }
    let before = Used::of(target.pid());
    let began = Instant::now();
    let one = |n: usize| async move {
        let mut seen: Vec<i64> = Vec::new();
        'again: loop {
            let Ok(mut socket) = Socket::open(&target.door(n), n, false).await else { continue };
            let last = seen.last().copied().unwrap_or(after);
            if socket.say(&target.join(0, Some(last))).await.is_err() {
                continue;
            }
            while (seen.len() as i64) < SAID {
                let Ok(text) = socket.hear().await else { continue 'again };
                if !target.is_hub() {
                    break;
                }
                let mut at = 0;
                while let Some(found) = find(&text[at..], b"\"seq\":") {
                    // The joined frame names the newest as well, which is no event.
                    let rest = &text[at + found..];
                    let is_event = find(rest, b"\"kind\"").is_some_and(|kind| kind < 32);
                    seen.extend(number(rest, b"\"seq\":").filter(|_| is_event));
                    at += found + 6;
                }
            }
            return (seen, socket);
        }
    };
    let back = timeout(Duration::from_secs(120), futures_util::future::join_all((0..crowd).map(one))).await;
    let back = back.expect("all are back within two minutes");
    let seconds = began.elapsed().as_secs_f64();
    let wanted: Vec<i64> = (after + 1..=after + SAID).collect();
    let missed = back.iter().map(|(seen, _)| wanted.iter().filter(|one| !seen.contains(one)).count() as u64).sum();
    let doubled = back.iter().map(|(seen, _)| (seen.len() as u64).saturating_sub(SAID as u64)).sum();
    Back { seconds, missed, doubled, cpu: Used::of(target.pid()).since(before).cpu }
}

/// The number behind some words.
fn number(text: &[u8], words: &[u8]) -> Option<i64> {
    let at = find(text, words)? + words.len();
    let digits: Vec<u8> = text[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}
