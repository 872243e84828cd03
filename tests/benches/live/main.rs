//! What the live channel costs, measured beside a bare broadcast server in the same run, and how many messages a second
//! are kept for good, beside what the disk does at most. Run by hand with `./bench`, which writes
//! `target/bench/live.md`; the figures of record stand in BENCHMARKS.md. Ratios of one run count, absolute figures do not.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a program that measures has the machine's clock, and stops when something is not as it should be"
)]

mod bare;
mod client;
mod http;
mod load;
mod measure;
mod target;

use std::fmt::Write;

use load::{Fan, Pace, Stuck};
use measure::{Used, median};
use target::Target;

/// How many rounds of a pair of servers; the median of their ratios counts.
const ROUNDS: usize = 3;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    if words.first().is_some_and(|word| word == "bare") {
        return bare::serve().await;
    }
    let wants = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    let mut out = format!("Machine: {}.\n\n", measure::machine());
    if wants("seed") {
        seeding(&mut out).await;
    }
    if wants("fan") {
        fans(&mut out, 1_000).await;
    }
    if wants("wide") {
        fans(&mut out, 10_000).await;
    }
    if wants("rooms") {
        rooms(&mut out).await;
    }
    if wants("durable") {
        durable(&mut out).await;
    }
    if wants("storm") {
        storm(&mut out).await;
    }
    if wants("stuck") {
        stuck(&mut out).await;
    }
    if wants("pages") {
        pages(&mut out).await;
    }
    let path = measure::folder().join("live.md");
    std::fs::write(&path, &out).expect("a file");
    println!("{out}\n(in {})", path.display());
}

fn say(out: &mut String, line: &str) {
    eprintln!("{line}");
    let _ = writeln!(out, "{line}");
}

async fn seeding(out: &mut String) {
    let (seconds, bytes) = target::time_of_seed(500, 100_000).await;
    say(out, "### Seeding\n");
    say(out, &format!("100,000 open incidents, 100,000 messages, 500 authorities: {seconds:.1} s, {bytes:.0} MB.\n"));
}

async fn fans(out: &mut String, readers: usize) {
    say(out, &format!("### One room, 1 → {readers}\n"));
    say(out, "| | server | delivered/s | p50 / p99 / max, ms | CPU s per million | ratio |");
    say(out, "|---|---|---|---|---|---|");
    let mut opened = Vec::new();
    // Saturated: by people who write at the same time, each the next thing when they see what they wrote before.
    let rate = 20_000.0 / readers as f64;
    let paces =
        [(format!("{rate} msg/s"), 1, Pace::Rate(rate)), ("32 write on and on".to_owned(), 32, Pace::Window(1))];
    for (what, writers, pace) in paces {
        let rounds = if readers > 5_000 { 1 } else { ROUNDS };
        let mut ratios = Vec::new();
        let mut lines = Vec::new();
        for _ in 0..rounds {
            let mut costs = Vec::new();
            for hub in [false, true] {
                let target = Target::start(hub).await;
                let fan = Fan { rooms: 1, readers, writers, pace, seconds: 8.0, stuck: Stuck::None };
                let found = load::fan(&target, &fan).await;
                costs.push(found.cost());
                lines.push((hub, found.line()));
                opened.push((hub, found.memory, found.connect));
                // The bare server drops what a slow reader does not take; the hub never may.
                assert!(!hub || found.missed == 0, "{what}: {} readers of the hub missed something", found.missed);
            }
            ratios.push(costs[1] / costs[0]);
        }
        let ratio = median(ratios.clone());
        for hub in [false, true] {
            // Of several rounds the last; the ratio is the median's.
            let line = &lines.iter().rfind(|(of, _)| *of == hub).expect("a round").1;
            let name = if hub { "hub" } else { "bare" };
            let ratio = if hub { format!("{ratio:.2}") } else { "1".to_owned() };
            say(out, &format!("| {what} | {name} | {line} | {ratio} |"));
        }
    }
    let of = |hub: bool, pick: fn(&(bool, f64, f64)) -> f64| {
        median(opened.iter().filter(|(of, ..)| *of == hub).map(pick).collect())
    };
    let (bare, hub) = (of(false, |one| one.1), of(true, |one| one.1));
    say(out, &format!("\nMemory of an idle, joined socket, KiB: bare {bare:.1}, hub {hub:.1}."));
    let (bare, hub) = (of(false, |one| one.2), of(true, |one| one.2));
    let ratio = hub / bare;
    say(out, &format!("Connect and join, CPU µs each: bare {bare:.0}, hub {hub:.0}, ratio {ratio:.2}.\n"));
}

async fn rooms(out: &mut String) {
    say(out, "### 1,000 rooms × 5, 1,000 msg/s\n");
    say(out, "| server | sent/s | delivered/s | p50 / p99 / max, ms | CPU s per million | ratio |");
    say(out, "|---|---|---|---|---|---|");
    let mut bare = f64::NAN;
    for hub in [false, true] {
        let target = Target::start(hub).await;
        let fan =
            Fan { rooms: 1_000, readers: 5, writers: 1, pace: Pace::Rate(1_000.0), seconds: 10.0, stuck: Stuck::None };
        let found = load::fan(&target, &fan).await;
        if !hub {
            bare = found.cost();
        }
        let (sent, line, ratio) = (found.sent_per_second(), found.line(), found.cost() / bare);
        say(out, &format!("| {} | {sent:.0} | {line} | {ratio:.2} |", target.name()));
    }
    say(out, "");
}

async fn durable(out: &mut String) {
    let target = Target::start(true).await;
    let (flushes, commits) = (measure::flushes(target.folder()), measure::group_commits(target.folder()).await);
    say(out, "### Messages acknowledged for good, by second\n");
    say(
        out,
        &format!("The disk flushes {flushes:.0} times a second; the group-commit probe keeps {commits:.0} rows.\n"),
    );
    say(out, "| writers | acknowledged/s | p50 / p99 / max, ms | of the flush rate | of the probe | CPU ms each |");
    say(out, "|---|---|---|---|---|---|");
    for writers in [1, 8, 64] {
        let before = Used::of(target.pid());
        let (each, spread) = load::durable(&target, writers, 6.0).await;
        let cpu = Used::of(target.pid()).since(before).cpu * 1e3 / spread.len() as f64;
        let words = spread.words();
        let (flush, probe) = (each / flushes, each / commits);
        say(out, &format!("| {writers} | {each:.0} | {words} | {flush:.2} | {probe:.3} | {cpu:.2} |"));
    }
    let before = Used::of(target.pid());
    let filed = http::files(&target, 32, 5.0).await;
    let cpu = Used::of(target.pid()).since(before).cpu * 1e3 / (filed * 5.0);
    say(out, &format!("\nIncidents filed over HTTP by 32 clients: {filed:.0}/s, {cpu:.2} ms CPU each.\n"));
}

async fn storm(out: &mut String) {
    say(out, "### 5,000 drop and return at once\n");
    say(out, "| server | all are back after, s | missed | doubled | CPU s |");
    say(out, "|---|---|---|---|---|");
    for hub in [false, true] {
        let target = Target::start(hub).await;
        let back = load::storm(&target, 5_000).await;
        let load::Back { seconds, missed, doubled, cpu } = back;
        say(out, &format!("| {} | {seconds:.1} | {missed} | {doubled} | {cpu:.1} |", target.name()));
    }
    say(out, "");
}

async fn stuck(out: &mut String) {
    say(out, "### 20 stuck readers among 1,000\n");
    say(out, "| | delivered/s | p50 / p99 / max, ms | CPU s per million | memory grew by, MiB | readers that missed |");
    say(out, "|---|---|---|---|---|---|");
    for (what, stuck) in [("none", Stuck::None), ("20 stuck", Stuck::Some(20))] {
        let target = Target::start(true).await;
        let fan = Fan { rooms: 1, readers: 980, writers: 1, pace: Pace::Rate(50.0), seconds: 30.0, stuck };
        let found = load::fan(&target, &fan).await;
        let (line, grew, missed) = (found.line(), found.grew / 1_048_576.0, found.missed);
        say(out, &format!("| {what} | {line} | {grew:.1} | {missed} |"));
    }
    say(out, "");
}

async fn pages(out: &mut String) {
    let target = Target::start(true).await;
    say(out, "### Pages, one reader, 2,000 open incidents\n");
    say(out, "| page | p50 / p99 / max, ms | CPU ms each |");
    say(out, "|---|---|---|");
    let long = target.long_room().await;
    let room = format!("/incidents/{long}");
    for path in ["/queue", &room, "/dashboard", "/api/v1/incidents?limit=50", "/livez"] {
        let before = Used::of(target.pid());
        let spread = http::pages(&target, path, 300).await;
        let cpu = Used::of(target.pid()).since(before).cpu * 1e3 / spread.len() as f64;
        let name = if path == room { "a room of 500 events" } else { path };
        say(out, &format!("| {name} | {} | {cpu:.2} |", spread.words()));
    }
    let rest = Used::of(target.pid()).rss / 1_048_576.0;
    say(out, &format!("\nMemory of the process after that: {rest:.0} MiB.\n"));
}
