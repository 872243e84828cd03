//! The database: refused where it would lose what it acknowledged, and whole whatever is cut off.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use hub::live::Bus;
use hub::store::{Db, OpenError};
use hub_tests::postgres::Cluster;
use hub_tests::scratch::Folder;
use hub_tests::{Engine, Refused, TestHub, Tool, need, on_both};
use serde_json::json;

async fn opens(url: &str) -> Result<Db, OpenError> {
    Db::open(url, Bus::local()).await
}

#[tokio::test]
async fn what_would_lose_an_acknowledged_message_is_refused() {
    let error = opens("sqlite::memory:").await.unwrap_err();
    assert!(error.to_string().contains("journal_mode = memory"), "{error}");
    assert!(error.to_string().contains("it must be wal"), "{error}");
    let error = opens("mysql://localhost/hub").await.unwrap_err();
    assert!(error.to_string().contains("use sqlite://PATH or postgres://"), "{error}");
    let error = opens("sqlite:///no/such/folder/hub.sqlite").await.unwrap_err();
    assert!(error.to_string().contains("check HUB_DATABASE_URL"), "{error}");
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    need!(Tool::Postgres);
    let database = Cluster::shared().database();
    opens(&database.url()).await.expect("it keeps what it says").close().await;
    database.psql(&format!("ALTER DATABASE {} SET synchronous_commit = off", database.name()));
    let error = opens(&database.url()).await.unwrap_err();
    assert!(error.to_string().contains("synchronous_commit = off"), "{error}");
}

#[tokio::test]
async fn several_nodes_that_start_at_once_make_one_schema() {
    need!(Tool::Postgres);
    let database = Cluster::shared().database();
    let starting = (0..4).map(|_| {
        let url = database.url();
        tokio::spawn(async move {
            let db = opens(&url).await.unwrap();
            db.migrate().await.unwrap();
            assert!(db.pending().await.unwrap().is_empty());
            db.migrate().await.expect("twice is as good as once");
            db.close().await;
        })
    });
    for node in starting.collect::<Vec<_>>() {
        node.await.unwrap();
    }
}

#[tokio::test]
async fn a_file_is_made_where_there_is_none_and_kept_in_one_piece() {
    let folder = Folder::new();
    let url = format!("sqlite://{}", folder.path().join("hub.sqlite").display());
    let db = opens(&url).await.unwrap();
    assert!(!db.pending().await.unwrap().is_empty());
    db.migrate().await.unwrap();
    db.ping().await.unwrap();
    assert_eq!(db.engine(), "SQLite");
    db.close().await;
    assert!(!folder.path().join("hub.sqlite-wal").exists(), "closed, it is one file");
}

/// Looks at a future so many times, and then lets go of it: as when a caller hangs up.
async fn cut_off<T>(future: impl Future<Output = T>, looks: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut left = looks;
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Looked at from outside at the instant of the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_on_the_disk() {
    let hub = TestHub::new(Engine::Sqlite).await;
    let [ana, rosa] = hub.cast(["ana", "rosa"]);
    let r = ana.files("voters cannot check in").await;
    let others: Vec<_> = (0..4)
        .map(|n| {
            let (ana, r) = (ana.clone(), r.clone());
            tokio::spawn(async move {
                for m in 0..20 {
                    ana.says(&r, &format!("{n} {m}")).await.unwrap();
                }
            })
        })
        .collect();
    for n in 0..20 {
        let id = hub::id::fresh();
        rosa.sends_to_room(&r, json!({"id": id, "text": format!("{n}")})).await.unwrap();
        let there = format!("SELECT count(*) FROM events WHERE client_id = '{id}'");
        assert_eq!(hub.one(&there).await, "1", "it was answered before it was stored");
    }
    for one in others {
        one.await.unwrap();
    }
}

on_both! {
    async fn what_is_cut_off_is_done_or_not_and_nothing_between(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        let mut whole = 0;
        for looks in 0..40 {
            let id = hub::id::fresh();
            let sent = json!({"id": id, "text": format!("{looks}")});
            if cut_off(Box::pin(rosa.sends_to_room(&r, sent.clone())), looks).await.is_some() {
                whole += 1;
            }
            // Sent again by a caller who heard nothing, it is there once.
            rosa.sends_to_room(&r, sent).await.unwrap();
        }
        assert!((1..40).contains(&whole), "some were cut off, {whole} were not");
        assert_eq!(rosa.log(&r).await.len(), 41);
    }

    async fn who_writes_at_once_is_stored_beside_who_is_refused(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        let r = ana.files("voters cannot check in").await;
        let (id, many) = (hub::id::fresh(), 48);
        rosa.sends_to_room(&r, json!({"id": id, "text": "taken"})).await.unwrap();
        let writing = (0..many).map(|n| {
            let (who, r) = (if n % 2 == 0 { rosa.clone() } else { ravi.clone() }, r.clone());
            tokio::spawn(async move {
                match n % 4 {
                    // Under the id of another message, and once more under its own.
                    0 => assert_eq!(who.sends_to_room(&r, json!({"id": id, "text": format!("{n}")})).await.fields(), ["id"]),
                    2 => assert!(who.sends_to_room(&r, json!({"id": id, "text": "taken"})).await.unwrap().again),
                    _ => drop(who.says(&r, &format!("{n}")).await.unwrap()),
                }
            })
        });
        for one in writing.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        let numbers: Vec<_> = rosa.log(&r).await.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (1..=2 + many / 2).collect::<Vec<i64>>());
    }

    async fn a_hub_remembers_what_it_is_for(engine: Engine) {
        use hub::escalation::Policy;
        use hub::instance::{Mark, mark};
        use hub::time::Clock;
        let hub = TestHub::new(engine).await;
        assert_eq!(mark(&hub.hub.db).await.unwrap(), Some(Mark::Live));
        let again = hub.second_node().await;
        assert_eq!(again.identity, hub.hub.identity, "one epoch");
        let (db, clock) = (hub.hub.db.clone(), Clock::by_hand(hub.hub.clock.now()));
        let demo = hub::Hub::start(db, clock.clone(), clock, Policy::default(), Mark::Demo).await;
        assert!(demo.unwrap_err().to_string().contains("use `serve`"));
    }
}
