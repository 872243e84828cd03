//! Both nodes are killed in turn, under load, while NATS is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;

/// For how long NATS is away.
const AWAY: i64 = 10_000;

/// Says one thing after the other, each again and again until it is acknowledged, at whichever node answers.
async fn write(
    urls: [String; 2],
    token: String,
    name: &'static str,
    notes: bool,
    done: Arc<AtomicBool>,
) -> Vec<String> {
    let mut acknowledged = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let n = acknowledged.len();
        let text = format!("{name} {n}");
        let note = notes && n % 3 == 2;
        let body = json!({"id": hub::id::fresh().to_string(), "text": text, "note": note}).to_string();
        let mut tries = n;
        eventually("a message is acknowledged", || {
            tries += 1;
            let (url, token, body) = (&urls[tries % 2], &token, body.clone());
            async move {
                let request = Client::request("POST".parse().unwrap(), "/api/v1/incidents/ALD-1/messages")
                    .header("content-type", "application/json");
                let answer = Client::at(url).bearer(token).try_send(request, body).await.ok()?;
                [200, 201].contains(&answer.status.as_u16()).then_some(())
            }
        })
        .await;
        acknowledged.push(text);
    }
    acknowledged
}

/// Follows a room over any number of connections, at whichever node answers, and holds what it was told.
async fn follow(
    urls: [String; 2],
    token: String,
    began: Arc<AtomicUsize>,
    until: Arc<AtomicUsize>,
) -> (Vec<Value>, usize) {
    let (mut got, mut epoch, mut connections): (Vec<Value>, Option<String>, usize) = (Vec::new(), None, 0);
    let last = |got: &[Value]| got.last().and_then(|event| event["seq"].as_i64()).unwrap_or(0);
    loop {
        let mut live = eventually("a node takes the reader", || {
            connections += 1;
            Live::reach(&urls[connections % 2], "/live", &token)
        })
        .await;
        began.fetch_add(1, Ordering::Relaxed);
        let mut join = json!({"op": "join", "room": "ALD-1", "after": last(&got)});
        if let Some(epoch) = &epoch {
            join["epoch"] = json!(epoch);
        }
        live.try_send(join).await;
        while let Ok(frame) = within("the reader hears something", live.frame()).await {
            match frame["op"].as_str() {
                Some("joined") => {
                    assert_eq!(frame["recovered"], true, "{frame}");
                    epoch = frame["epoch"].as_str().map(str::to_owned);
                    got.extend(frame["events"].as_array().cloned().unwrap_or_default());
                }
                Some("events") => got.extend(frame["events"].as_array().cloned().unwrap_or_default()),
                Some("event") => got.push(frame),
                // A node whose database pool is just being opened may say so.
                Some("error") => break,
                _ => {}
            }
            let until = until.load(Ordering::Relaxed);
            if until > 0 && last(&got) >= until as i64 {
                return (got, connections);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_nodes_die_in_turn_and_nothing_is_lost_or_doubled() {
    need!(Tool::Postgres, Tool::Nats);
    let mut pair = Pair::start().await;
    let urls = [pair.url(0), pair.url(1)];
    let done = Arc::new(AtomicBool::new(false));
    let following = [pair.ana.clone(), pair.rosa.clone()].map(|token| {
        let (began, until) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        (tokio::spawn(follow(urls.clone(), token, began.clone(), until.clone())), until)
    });
    let writing = [(pair.ana.clone(), "ana", false), (pair.rosa.clone(), "rosa", true)]
        .map(|(token, name, notes)| tokio::spawn(write(urls.clone(), token, name, notes, done.clone())));
    let newest = async |pair: &Pair| pair.database.psql("SELECT seq FROM incidents").parse::<i64>().expect("a number");
    let more = async |pair: &Pair, count: i64| {
        let from = newest(pair).await;
        eventually("it goes on", || async { (newest(pair).await >= from + count).then_some(()) }).await;
    };

    more(&pair, 20).await;
    let away = Clock::machine().now();
    pair.nats.take_away();
    more(&pair, 10).await;
    for node in [0, 1, 0] {
        pair.nodes[node].take().expect("it runs").kill();
        more(&pair, 10).await;
        pair.nodes[node] = Some(pair.node(node).await);
        more(&pair, 10).await;
    }
    let clock = Clock::machine();
    eventually("NATS was away for long enough", || {
        std::future::ready((millis(away, clock.now()) >= AWAY).then_some(()))
    })
    .await;
    pair.ready("degraded").await;
    pair.nats.give_back();
    more(&pair, 20).await;
    pair.ready("ready").await;
    done.store(true, Ordering::Relaxed);

    let mut acknowledged = Vec::new();
    for writer in writing {
        acknowledged.extend(writer.await.expect("all is acknowledged"));
    }
    // The last word is for both, so that both readers know where the end is.
    let (seq, _) = pair.says(0, "the end", false).await;
    let shared: i64 = pair.database.psql("SELECT shared_seq FROM incidents").parse().expect("a number");
    for (((task, until), newest), name) in following.into_iter().zip([shared, seq]).zip(["ana", "rosa"]) {
        // The end may have been told before it was known to be the end: then one more makes them look.
        until.store(usize::try_from(newest).expect("small"), Ordering::Relaxed);
        let told = async {
            while !task.is_finished() {
                pair.says(1, "is anybody there", false).await;
            }
        };
        within("the reader comes to the end", told).await;
        let (got, connections) = task.await.expect("a reader");
        let numbers: Vec<i64> = got.iter().map(|event| event["seq"].as_i64().expect("a number")).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "{name}: consecutive");
        assert!(connections > 2, "{name} was cut off: {connections}");
        for text in &acknowledged {
            let note = text.strip_prefix("rosa ").is_some_and(|n| n.parse::<usize>().expect("a number") % 3 == 2);
            let times = got.iter().filter(|event| event["text"] == *text).count();
            assert_eq!(times, usize::from(name == "rosa" || !note), "{name}: {text}");
        }
        for writer in ["ana ", "rosa "] {
            let order: Vec<usize> =
                got.iter().filter_map(|event| event["text"].as_str()?.strip_prefix(writer)?.parse().ok()).collect();
            assert!(order.is_sorted(), "{name}: what {writer} said comes in order");
        }
        assert!(name == "rosa" || got.iter().all(|event| event["kind"] != "note"), "no note for an official");
    }
    let numbers =
        pair.database.psql("SELECT count(*), count(DISTINCT client_id) FROM events WHERE client_id IS NOT NULL");
    let (all, distinct) = numbers.split_once('|').expect("two columns");
    assert_eq!(all, distinct, "each is stored once");
}
