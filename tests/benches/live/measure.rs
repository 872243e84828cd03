//! What is measured of a process and of many latencies, and what the disk can do.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use hub_tests::tools::root;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tokio::sync::{mpsc, oneshot};

/// Seconds of processor that a process has used, and the bytes that it holds.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    pub cpu: f64,
    pub rss: f64,
}

impl Used {
    pub fn of(pid: u32) -> Self {
        let read = |what: &str| std::fs::read_to_string(format!("/proc/{pid}/{what}")).unwrap_or_default();
        let stat = read("stat");
        // After the name, which may hold blanks: the 12th and the 13th are hundredths of a second.
        let fields: Vec<f64> = stat
            .rsplit_once(')')
            .map(|(_, rest)| rest.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect())
            .unwrap_or_default();
        let status = read("status");
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
        let cpu = fields.get(11).copied().unwrap_or_default() + fields.get(12).copied().unwrap_or_default();
        Self { cpu: cpu / 100.0, rss: rss.unwrap_or(0.0) * 1024.0 }
    }

    pub fn since(self, before: Self) -> Self {
        Self { cpu: self.cpu - before.cpu, rss: self.rss - before.rss }
    }
}

/// Microseconds, sorted by [`Spread::of`].
#[derive(Debug, Default)]
pub struct Spread(Vec<u32>);

impl Spread {
    pub fn of(mut all: Vec<u32>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds.
    pub fn at(&self, part: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * part).round() as usize).map_or(f64::NAN, |micros| f64::from(*micros) / 1e3)
    }

    pub fn words(&self) -> String {
        format!("{:.1} / {:.1} / {:.1}", self.at(0.5), self.at(0.99), self.at(1.0))
    }
}

pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How often a second the disk keeps a page for good.
pub fn flushes(folder: &Path) -> f64 {
    let path = folder.join("probe");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path).expect("a file");
    file.write_all(&vec![0; 1 << 20]).and_then(|()| file.sync_all()).expect("a disk");
    let began = Instant::now();
    let mut done = 0_u64;
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all_at(&[done as u8; 4_096], done % 256 * 4_096).and_then(|()| file.sync_data()).expect("a disk");
        done += 1;
    }
    let _ = std::fs::remove_file(&path);
    done as f64 / began.elapsed().as_secs_f64()
}

/// How many rows of an event's size SQLite keeps for good in a second, where 64 writers wait for one who commits for
/// all of them: what a hub could do at most.
#[expect(clippy::disallowed_methods, reason = "a probe beside the hub, with a connection of its own")]
pub async fn group_commits(folder: &Path) -> f64 {
    let url = format!("sqlite://{}?mode=rwc", folder.join("probe.db").display());
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|lite| lite.pragma("journal_mode", "WAL").pragma("synchronous", "FULL"));
    let database = Database::connect(options).await.expect("a database");
    let run = async |sql: &str| database.execute_unprepared(sql).await.expect("it is run");
    run("CREATE TABLE rooms (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL)").await;
    run("CREATE TABLE events (id INTEGER PRIMARY KEY, room INTEGER, seq INTEGER, text TEXT, hash TEXT)").await;
    run("CREATE UNIQUE INDEX events_room ON events (room, seq)").await;
    for room in 0..64 {
        run(&format!("INSERT INTO rooms VALUES ({room}, 0)")).await;
    }
    let (send, mut wait) = mpsc::channel::<(u64, oneshot::Sender<()>)>(64);
    let writers: Vec<_> = (0..64)
        .map(|room| {
            let send = send.clone();
            tokio::spawn(async move {
                loop {
                    let (kept, is_kept) = oneshot::channel();
                    if send.send((room, kept)).await.is_err() || is_kept.await.is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    drop(send);
    let (began, mut done) = (Instant::now(), 0_u64);
    while began.elapsed() < Duration::from_secs(3) {
        let Some(first) = wait.recv().await else { break };
        let mut batch = vec![first];
        while let Ok(next) = wait.try_recv() {
            batch.push(next);
        }
        // All in one go: a trip to the writer's thread for each statement would be most of it.
        let (text, hash) = ("t".repeat(300), "h".repeat(64));
        let mut all = "BEGIN IMMEDIATE;".to_owned();
        for (room, _) in &batch {
            all += &format!(
                "UPDATE rooms SET seq = seq + 1 WHERE id = {room};
                INSERT INTO events (room, seq, text, hash) SELECT id, seq, '{text}', '{hash}' FROM rooms WHERE id = {room};"
            );
        }
        run(&(all + "COMMIT")).await;
        done += batch.len() as u64;
        batch.into_iter().for_each(|(_, kept)| {
            let _ = kept.send(());
        });
    }
    drop(wait);
    for writer in writers {
        let _ = writer.await;
    }
    done as f64 / began.elapsed().as_secs_f64()
}

/// The machine, in a line.
pub fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    format!("{count} × {}, Linux {}, load at the start {load}", model.unwrap_or("unknown"), kernel.trim())
}

/// A folder on the disk that the project is on: what is in memory alone would measure another disk.
pub fn folder() -> std::path::PathBuf {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}
