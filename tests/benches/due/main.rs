//! A hundred thousand open incidents cross one boundary at the same instant: how long until all have risen, with their
//! events, and whether pages and rooms answer meanwhile. Run by hand with `./bench due`; the figures of record stand in
//! BENCHMARKS.md.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a program that measures has the machine's clock, and stops when something is not as it should be"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hub::escalation::{Policy, clockwork};
use hub::identity::{Actor, Viewer};
use hub::incident::{Filter, list};
use hub::instance::Mark;
use hub::live::Bus;
use hub::room::{Say, say};
use hub::seed::{Amounts, seed};
use hub::store::{Db, Page};
use hub::time::{Clock, Ts};
use hub::{Hub, election};
use hub_tests::hub::body;
use hub_tests::postgres::Cluster;
use hub_tests::scratch::Folder;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;

const INCIDENTS: u32 = 100_000;
const AUTHORITIES: u32 = 500;
/// Polls of everybody open here; the incidents are of the weeks before.
const START: &str = "2026-10-20T12:00:00Z";
const OPENS: &str = "2026-11-03T06:00:00";

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("the database")
}

async fn count(database: &DatabaseConnection, query: &str) -> i64 {
    let statement = Statement::from_string(database.get_database_backend(), query.to_owned());
    let row = database.query_one_raw(statement).await.expect("it answers").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// All authorities are under one, which alone has an election; all incidents are of one severity and of voting.
async fn one_calendar(url: &str, (answers, priority): (&str, &str)) {
    let database = connect(url).await;
    for statement in [
        "DELETE FROM windows".to_owned(),
        "DELETE FROM milestones".to_owned(),
        "DELETE FROM elections".to_owned(),
        "UPDATE authorities SET parent_id = 1 WHERE id <> 1".to_owned(),
        format!(
            "UPDATE incidents SET functions = '[\"voting\"]', severity_confirmed = TRUE, voting_stopped = FALSE,
             answers = '{answers}', priority = '{priority}', overridden = NULL WHERE open"
        ),
    ] {
        database.execute_unprepared(&statement).await.expect("the world is arranged");
    }
}

/// How long each of many questions took, asked one after the other until told to stop.
async fn asked<F: Future<Output = ()>>(stop: Arc<AtomicBool>, ask: impl Fn() -> F) -> Vec<Duration> {
    let (mut all, clock) = (Vec::new(), Clock::machine());
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        ask().await;
        all.push(began.elapsed());
        clock.sleep_until(clock.now().plus(jiff::SignedDuration::from_millis(20))).await;
    }
    all.sort_unstable();
    all
}

fn told(mut all: Vec<Duration>) -> String {
    all.sort_unstable();
    let at = |share: f64| all.get(((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1)));
    let ms = |share| at(share).map_or(0.0, |one| one.as_secs_f64() * 1000.0);
    format!("{:.1} / {:.1} / {:.1}", ms(0.5), ms(0.99), ms(1.0))
}

/// Who writes and reads while it happens.
async fn somebody(url: &str, hub: &Hub, role: &str) -> Viewer {
    let database = connect(url).await;
    let statement = format!("SELECT email FROM people WHERE role = '{role}' ORDER BY id LIMIT 1");
    let statement = Statement::from_string(database.get_database_backend(), statement);
    let row = database.query_one_raw(statement).await.expect("it answers").expect("somebody");
    let email: String = row.try_get_by_index(0).expect("an address");
    let token = hub::identity::make_token(&hub.db, &email, 1, hub.wall.now()).await.expect("a token").text;
    hub::identity::viewer_of_token(&hub.db, &token, hub.wall.now()).await.expect("a look").expect("somebody")
}

/// One crossing: from the last minute before `boundary` to it.
async fn crossing(url: &str, how: (&str, &str), boundary: &str, name: &str, engine: &str) -> String {
    let db = Db::open(url, Bus::local()).await.expect("a database");
    db.migrate().await.expect("the schema is made");
    let start: Ts = START.parse().expect("an instant");
    let machine = Clock::machine();
    let amounts =
        Amounts { authorities: AUTHORITIES, incidents: INCIDENTS, open: INCIDENTS, messages: 0, people: None, seed: 1 };
    seed(&db, Policy::default(), &amounts, start, machine.now()).await.expect("it is filled");
    db.close().await;
    one_calendar(url, how).await;
    let db = Db::open(url, Bus::local()).await.expect("a database");
    let clock = Clock::by_hand(start);
    let hub = Hub::start(db, clock.clone(), machine.clone(), Policy::default(), Mark::Live).await.expect("a hub");
    let system = Actor::new(Viewer::system("arranging"), start, hub::id::fresh());
    let polls = json!({
        "authority": "authority-00001", "name": "General", "zone": "America/New_York",
        "windows": [{"kind": "election_day", "opens": OPENS, "closes": "2026-11-03T21:00:00"}],
    });
    let began = Instant::now();
    election::create(&hub, &system, &body(polls)).await.expect("polls");
    let arranged = began.elapsed();
    let at: Ts = boundary.parse().expect("an instant");
    let before = at.plus(jiff::SignedDuration::from_secs(-60));
    clock.set(before);
    clockwork::turn(&hub, before).await.expect("what was due before is done");
    let database = connect(url).await;
    let rises = "SELECT count(*) FROM events WHERE kind = 'priority'";
    let (events, pages) = (count(&database, rises).await, count(&database, "SELECT count(*) FROM outbox").await);

    let rosa = somebody(url, &hub, "responder").await;
    let page = Page { limit: Some(1), ..Page::default() };
    let first = list(&hub, &rosa, &Filter::default(), &page, hub.clock.now()).await.expect("the queue");
    let reference = first.items.first().expect("an incident").reference.clone();
    let stop = Arc::new(AtomicBool::new(false));
    let queue = tokio::spawn({
        let (hub, rosa, stop) = (hub.clone(), rosa.clone(), stop.clone());
        async move {
            asked(stop, || async {
                let page = Page { limit: Some(50), ..Page::default() };
                list(&hub, &rosa, &Filter::default(), &page, hub.clock.now()).await.expect("the queue");
            })
            .await
        }
    });
    let room = tokio::spawn({
        let (hub, stop) = (hub.clone(), stop.clone());
        async move {
            asked(stop, || async {
                let actor = Actor::new(rosa.clone(), hub.clock.now(), hub::id::fresh());
                let text = body::<Say>(json!({"id": hub::id::fresh(), "text": "We are on it"}));
                let said = say(&hub, &actor, &reference, &text);
                hub.db.settled(Box::pin(said)).await.expect("kept").expect("said");
            })
            .await
        }
    });
    clock.set(at);
    let began = Instant::now();
    clockwork::do_due(&hub, at).await.expect("the turn");
    let took = began.elapsed();
    clockwork::turn(&hub, at).await.expect("the rest of the turn");
    let whole = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let (queue, room) = (queue.await.expect("a reader"), room.await.expect("a writer"));
    let risen = count(&database, rises).await - events;
    let paged = count(&database, "SELECT count(*) FROM outbox").await - pages;
    assert_eq!(risen, i64::from(INCIDENTS), "all have risen, each once");
    format!(
        "| {engine} | {name} | {risen} | {paged} | {:.1} | {:.1} | {} | {} | {:.1} |\n",
        took.as_secs_f64(),
        whole.as_secs_f64(),
        told(queue),
        told(room),
        arranged.as_secs_f64()
    )
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants =
        |part: &str, other: &str| words.iter().any(|word| word == part) || !words.iter().any(|word| word == other);
    println!(
        "| database | crossing | risen | told | all risen, s | all told, s | queue, ms p50 / p99 / max | message, ms | all assessed, s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    // Seven days before, at midnight there; and the last 24 hours.
    let crossings = [
        ((r#"{"public_confidence":"few_posts"}"#, "P5"), "P5 to P4", "2026-10-27T04:00:00Z"),
        ((r#"{"ability_to_vote":"slower_with_fallback"}"#, "P3"), "P3 to P2", "2026-11-02T11:00:00Z"),
    ];
    for (how, name, boundary) in crossings {
        let low = name.starts_with("P5");
        if !wants(if low { "low" } else { "high" }, if low { "high" } else { "low" }) {
            continue;
        }
        if wants("sqlite", "postgres") {
            let folder = Folder::new();
            let url = format!("sqlite://{}", folder.path().join("hub.sqlite").display());
            print!("{}", crossing(&url, how, boundary, name, "SQLite").await);
        }
        if wants("postgres", "sqlite") {
            let database = Cluster::shared().database();
            print!("{}", crossing(&database.url(), how, boundary, name, "PostgreSQL").await);
        }
    }
}
