//! Resuming over a line that resets, closes, delays and swallows: whoever comes back misses nothing and gets nothing
//! twice, by whichever of the three ways.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hub_tests::delivery::{Delivered, Mode, Way};
use hub_tests::hub::OpenHub;
use hub_tests::proxy::Proxy;
use hub_tests::{Engine, eventually, on_both};

/// In every note, and nowhere else.
const CANARY: &str = "turnstone-6021";

/// How long a whole story may take on a machine that is busy with others.
const LONG: Duration = Duration::from_secs(600);

/// A room that is written in, and how far that has come.
struct Room {
    hub: OpenHub,
    name: String,
    /// The newest numbers of officials and of responders, once all is written.
    end: [AtomicI64; 2],
}

impl Room {
    async fn new(engine: Engine) -> Arc<Self> {
        let hub = OpenHub::new(engine).await;
        let name = hub.person("ana").files("voters cannot check in").await;
        Arc::new(Self { hub, name, end: [AtomicI64::new(i64::MAX), AtomicI64::new(i64::MAX)] })
    }

    /// Two officials and four responders write at once, a third of it notes: `count` events with the first. They write as
    /// the lines are cut, so that there is something to read to the last cut.
    async fn is_written(self: &Arc<Self>, count: i64, lines: &[Arc<Proxy>; 2], cuts: usize) {
        let writers =
            [("ana", false), ("olive", false), ("rosa", false), ("ravi", false), ("rosa", true), ("lena", true)];
        let left = Arc::new(AtomicI64::new(count - 1));
        let writing = writers.map(|(name, note)| {
            let (room, left, lines) = (self.clone(), left.clone(), lines.clone());
            tokio::spawn(async move {
                let who = room.hub.person(name);
                let mut said = BTreeMap::new();
                loop {
                    let still = left.fetch_sub(1, Ordering::Relaxed);
                    if still <= 0 {
                        break;
                    }
                    // A twentieth ahead of the line that is cut less.
                    let due = usize::try_from((count - still) * 20 / count - 1).unwrap_or_default() * cuts / 20;
                    let made =
                        || lines.iter().map(|line| line.cuts().iter().sum()).min().is_some_and(|all: usize| all >= due);
                    eventually("the lines are cut", || std::future::ready(made().then_some(()))).await;
                    let n = said.len();
                    let text = format!("[{}{name} {n}]", if note { CANARY } else { "" });
                    let done =
                        if note { who.notes(&room.name, &text).await } else { who.says(&room.name, &text).await };
                    said.insert(done.expect("it is said").event.seq, text);
                }
                (name, said)
            })
        });
        let mut said = Vec::new();
        for one in writing {
            said.push(one.await.expect("all is said"));
        }
        // What each was told is what the log has, before anybody else is compared with the log.
        let logs = [self.log("ana").await, self.log("rosa").await];
        for (name, said) in said {
            let log = &logs[usize::from(name != "ana" && name != "olive")];
            for (seq, text) in said {
                assert_eq!(*log[usize::try_from(seq - 1).expect("a number")], *text, "{name} {seq}");
            }
        }
        assert_eq!(i64::try_from(logs[1].len()), Ok(count));
        let shared: Vec<_> = logs[1].iter().filter(|text| !text.contains(CANARY)).collect();
        assert_eq!(logs[0].iter().collect::<Vec<_>>(), shared, "officials read all but the notes, in the same order");
        for (end, log) in self.end.iter().zip(logs) {
            end.store(i64::try_from(log.len()).expect("a number"), Ordering::Release);
        }
    }

    /// What was said, as somebody reads it from the log: event 1, 2, 3 …
    async fn log(&self, name: &str) -> Vec<Box<str>> {
        let mut texts = Vec::new();
        loop {
            let after = i64::try_from(texts.len()).expect("a number");
            let viewer = &self.hub.person(name).viewer;
            let log =
                hub::room::events(&self.hub.hub, viewer, &self.name, after, Some(200), None).await.expect("a log");
            texts.extend(log.items.iter().map(|event| {
                Box::from(event.text.as_deref().filter(|text| text.starts_with('[')).unwrap_or_default())
            }));
            if log.next.is_none() {
                return texts;
            }
        }
    }

    /// Somebody reads it all while it is written, and until the line has made all its cuts.
    async fn is_read(self: Arc<Self>, name: &'static str, mode: Mode, line: Arc<Proxy>, cuts: usize) {
        let official = name == "ana";
        let never = official.then_some(CANARY);
        let host = self.hub.url().replace("http://", "");
        let way = Way { through: line.address, host, token: self.hub.token(name).await, room: self.name.clone() };
        let mut got = Delivered::new(never);
        let end = &self.end[usize::from(!official)];
        let enough = |got: &Delivered| got.newest() >= end.load(Ordering::Acquire) && line.is_done();
        tokio::time::timeout(LONG, way.read(mode, &mut got, enough)).await.unwrap_or_else(|_| {
            panic!("{name} by {mode:?} has {} of {end:?} after {:?} cuts", got.newest(), line.cuts())
        });
        assert_eq!(line.leaks(), 0, "a byte of a note came on the line to {name}");
        assert_eq!(got.newest(), end.load(Ordering::Acquire), "the last is the newest");
        let log = self.log(name).await;
        let wrong = got.texts.iter().zip(&log).position(|(got, log)| got != log);
        assert_eq!((wrong, got.texts.len()), (None, log.len()), "{name} by {mode:?} reads what was written");
        assert_eq!(line.cuts().iter().sum::<usize>(), cuts);
        println!(
            "{name} by {mode:?}: {} events, {:?} resets, closings, silences; {} connections, {} of them fruitful",
            got.newest(),
            line.cuts(),
            got.connections,
            got.fruitful
        );
        assert!(got.fruitful > cuts / 20, "the cuts fell while there was something to read: {}", got.fruitful);
    }
}

/// Writes `events` while both sides read, with half of the cuts each.
async fn delivered(engine: Engine, mode: Mode, events: i64, cuts: usize) {
    let room = Room::new(engine).await;
    let line = async |name: &str, never| {
        Arc::new(Proxy::start(&format!("{name} by {mode:?}"), room.hub.address, cuts / 2, never).await)
    };
    let lines = [line("ana", Some(CANARY)).await, line("rosa", None).await];
    let readers = [("ana", 0), ("rosa", 1)]
        .map(|(name, n)| tokio::spawn(room.clone().is_read(name, mode, lines[n].clone(), cuts / 2)));
    room.is_written(events, &lines, cuts / 2).await;
    for reader in readers {
        reader.await.expect("all is read");
    }
}

/// How many events and cuts: PostgreSQL has fewer. `HUB_EVENTS=100` asks for another number of events.
fn size(engine: Engine, sqlite: (i64, usize), postgres: (i64, usize)) -> (i64, usize) {
    let (events, cuts) = if engine == Engine::Sqlite { sqlite } else { postgres };
    let asked = std::env::var("HUB_EVENTS").ok().map(|number| number.parse().expect("HUB_EVENTS is a number"));
    (asked.unwrap_or(events), cuts)
}

on_both! {
    async fn by_socket_every_event_comes_once_over_five_hundred_cuts(engine: Engine) {
        let (events, cuts) = size(engine, (20_000, 500), (1_500, 120));
        delivered(engine, Mode::Socket, events, cuts).await;
    }

    async fn by_long_poll_every_event_comes_once_over_cuts(engine: Engine) {
        let (events, cuts) = size(engine, (1_200, 80), (500, 40));
        delivered(engine, Mode::Poll, events, cuts).await;
    }

    async fn by_plain_pages_every_event_comes_once_over_cuts(engine: Engine) {
        let (events, cuts) = size(engine, (1_000, 60), (500, 40));
        delivered(engine, Mode::Page, events, cuts).await;
    }
}
