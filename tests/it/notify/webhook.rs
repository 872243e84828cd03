//! Webhooks: signed, in order, one at a time; and however badly one behaves, the others are told.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub::notify::{self, State, channel};
use hub_tests::receiver::{Got, Manner, Receiver};
use hub_tests::{Engine, Refused, eventually, on_both, within};
use sha2::{Digest, Sha256};

use super::House;

/// HMAC-SHA-256 by hand, so that the hub is not checked by itself.
fn signature(secret: &str, got: &Got) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the standard's form")).expect("base64");
    let pad = |byte: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or_default() ^ byte).collect() };
    let said =
        [got.headers["webhook-id"].as_bytes(), b".", got.headers["webhook-timestamp"].as_bytes(), b".", &got.body];
    let inner = Sha256::digest([pad(0x36), said.concat()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    format!("v1,{}", STANDARD.encode(outer))
}

fn ids(receiver: &Receiver) -> Vec<String> {
    receiver.got().iter().map(|got| got.headers["webhook-id"].clone()).collect()
}

on_both! {
    async fn a_page_arrives_signed_and_says_only_what_it_may(engine: Engine) {
        let (house, pager) = (House::new(engine, None).await, Receiver::start().await);
        let (_, secret) = house.webhook(&house.rosa, &pager.url()).await;
        let r = house.emergency("Doors are shut").await;
        house.carries_out().await;
        house.carries_out().await;
        let got = pager.got();
        assert_eq!(got.iter().map(|got| got.json()["type"].clone()).collect::<Vec<_>>(), ["verify", "page"]);
        for one in &got {
            assert_eq!(one.line, "POST /hook");
            assert_eq!(one.headers["webhook-signature"], signature(&secret, one));
            assert_eq!(one.headers["webhook-id"], one.json()["data"]["id"]);
            assert_eq!(one.headers["content-type"], "application/json");
        }
        let data = &got[1].json()["data"];
        assert_eq!((data["ref"].as_str(), data["priority"].as_str()), (Some(r.as_str()), Some("P1")));
        let keys: Vec<_> = data.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["id", "priority", "ref", "url"]);
        assert_eq!(house.proofs(&r).await[0].ways[0].state, State::Accepted);
        // She follows the link, and the room knows; another who follows it opened nothing of theirs.
        let id = data["id"].as_str().unwrap();
        notify::opened(&house.hub.hub, &house.hub.person("ravi").viewer, id).await.unwrap();
        assert_eq!(house.proofs(&r).await[0].ways[0].opened, None);
        notify::opened(&house.hub.hub, &house.rosa.viewer, "nonsense").await.unwrap();
        notify::opened(&house.hub.hub, &house.rosa.viewer, id).await.unwrap();
        assert_eq!(house.proofs(&r).await[0].ways[0].opened, Some(0));
        let stored = house.hub.sql("SELECT shown FROM channels WHERE kind = 'webhook'").await;
        assert_eq!(stored[0][0], format!("127.0.0.1:{}", pager.port()), "its path may be a secret and is sealed");
    }

    async fn what_fails_is_tried_again_in_order_and_holds_back_what_follows(engine: Engine) {
        let (house, pager) = (House::new(engine, None).await, Receiver::start().await);
        house.webhook(&house.rosa, &pager.url()).await;
        pager.is(Manner::Status(503));
        let refs = [house.emergency("One").await, house.emergency("Two").await];
        house.carries_out().await;
        assert_eq!(pager.got().len(), 2, "the first was tried, the second waits behind it");
        pager.is(Manner::Status(200));
        house.after(10).await;
        let got: Vec<_> = pager.got().iter().skip(1).map(|got| got.json()["data"]["ref"].clone()).collect();
        assert_eq!(got, [refs[0].as_str(), refs[0].as_str(), refs[1].as_str()]);
        let ids = ids(&pager);
        assert_eq!(ids[1], ids[2], "the same id");
    }

    async fn two_nodes_send_nothing_twice(engine: Engine) {
        let (house, pager) = (House::new(engine, None).await, Receiver::start().await);
        house.webhook(&house.rosa, &pager.url()).await;
        let others = [house.hub.second_node().await, house.hub.second_node().await];
        let others = others.map(|node| node.reaching(crate::notify::reaching(None, crate::notify::ALLOWED)));
        for n in 0..8 {
            house.emergency(&format!("Number {n}")).await;
        }
        let turns = (notify::turn(&house.hub.hub), notify::turn(&others[0]), notify::turn(&others[1]));
        let (a, b, c) = tokio::join!(turns.0, turns.1, turns.2);
        a.and(b).and(c).unwrap();
        house.carries_out().await;
        let mut ids = ids(&pager);
        assert_eq!(ids.len(), 1 + 8);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 1 + 8, "each once");
    }

    async fn who_died_with_it_in_hand_has_it_sent_once_more_under_the_same_id(engine: Engine) {
        let (house, pager) = (House::new(engine, None).await, Receiver::start().await);
        house.webhook(&house.rosa, &pager.url()).await;
        let r = house.emergency("Lost").await;
        pager.is(Manner::Slow);
        // A node that goes away while the peer has the notice, and has said nothing yet.
        let dying = tokio::spawn({ let hub = house.hub.hub.clone(); async move { notify::turn(&hub).await } });
        eventually("the peer has it", || async { (pager.got().len() == 2).then_some(()) }).await;
        dying.abort();
        house.hub.arranges("UPDATE deliveries SET leased_by = 'another'").await;
        pager.is(Manner::Status(200));
        house.after(60).await;
        assert_eq!(pager.got().len(), 2, "it is another's until its lease runs out");
        house.after(61).await;
        let ids = ids(&pager);
        assert_eq!((ids.len(), &ids[1]), (3, &ids[2]));
        assert_eq!(house.proofs(&r).await[0].ways[0].state, State::Accepted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_peer_delays_nobody_else() {
    let (house, quick, slow) =
        (House::new(Engine::Sqlite, None).await, Receiver::start().await, Receiver::start().await);
    house.webhook(&house.rosa, &slow.url()).await;
    house.on_duty("ravi").await;
    house.webhook(house.hub.person("ravi"), &quick.url()).await;
    slow.is(Manner::Slow);
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(notify::run(house.hub.hub.clone(), stop.clone()));
    for n in 0..3 {
        house.emergency(&format!("Number {n}")).await;
    }
    eventually("the others are told", || async { (quick.got().len() == 4).then_some(()) }).await;
    let of_the_slow = format!("SELECT id FROM channels WHERE shown = '127.0.0.1:{}'", slow.port());
    let in_hand = format!("SELECT uid FROM deliveries WHERE leased_by IS NOT NULL AND channel_id IN ({of_the_slow})");
    let in_hand = house.hub.sql(&in_hand).await;
    assert_eq!((slow.got().len(), in_hand.len()), (2, 1), "while the first of the slow one is still waited for");
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_peer_answers_the_hub_goes_on() {
    let (house, pager, canary) =
        (House::new(Engine::Sqlite, None).await, Receiver::start().await, Receiver::start().await);
    house.webhook(&house.rosa, &pager.url()).await;
    let manners = [
        (Manner::Redirect(canary.url()), Some("it answers with a redirect, which is not followed")),
        (Manner::Rubbish, Some("its answer cannot be read")),
        (Manner::HugeHead, Some("its answer cannot be read")),
        (Manner::Status(404), Some("it answers 404")),
        (Manner::Huge, None),
    ];
    for (manner, reason) in manners {
        pager.is(manner.clone());
        let r = house.emergency(&format!("{manner:?}")).await;
        within("no waiting for the rest", house.carries_out()).await;
        let way = house.proofs(&r).await[0].ways[0].clone();
        assert_eq!(way.reason.as_deref(), reason, "{manner:?}");
        pager.is(Manner::Status(200));
        house.after(10).await;
        assert_eq!(house.proofs(&r).await[0].ways[0].state, State::Accepted, "{manner:?}");
    }
    assert!(canary.got().is_empty(), "no redirect is followed");
    // Gone is gone.
    pager.is(Manner::Status(410));
    let r = house.emergency("It is gone").await;
    house.carries_out().await;
    assert_eq!(house.proofs(&r).await[0].ways[0].state, State::GivenUp);
    assert!(channel::webhooks(&house.hub.hub, &house.rosa.viewer).await.unwrap().is_empty());
}

/// The hub goes nowhere but where the world goes, unless the settings say so: by number, by name, and by a name that
/// leads elsewhere the second time it is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_inside_is_gone_to() {
    let pager = Receiver::start().await;
    let port = pager.port();
    let house = House::with(Engine::Sqlite, None, "10.0.0.0/8").await;
    let hub = &house.hub.hub;
    for url in [
        "http://127.0.0.1",
        "http://2130706433",
        "http://0177.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://pager.example",
        "https://both.example",
        "https://127.0.0.1",
        "https://pager.example",
    ] {
        let added = channel::add_webhook(hub, &house.rosa.acts(), &format!("{url}:{port}/hook")).await.unwrap();
        assert!(!added.channel.verified, "{url}");
        let why = added.failure.unwrap();
        assert_eq!(why, "it cannot be reached from here", "{url}");
        channel::remove(hub, &house.rosa.viewer, &added.channel.id).await.unwrap();
    }
    for url in ["ftp://pager.example", "pager.example", "http://u:p@pager.example", ""] {
        assert_eq!(channel::add_webhook(hub, &house.rosa.acts(), url).await.fields(), ["url"], "{url}");
    }
    let added = channel::add_webhook(hub, &house.rosa.acts(), "https://nowhere.example/").await.unwrap();
    assert_eq!(added.failure.as_deref(), Some("it cannot be reached from here"), "no name inside is found out so");
    assert!(pager.got().is_empty());
    // The same names, where the settings allow it.
    let house = House::new(Engine::Sqlite, None).await;
    house.webhook(&house.rosa, &format!("http://pager.example:{port}/hook")).await;
    assert_eq!(pager.got()[0].headers["host"], format!("pager.example:{port}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_leads_elsewhere_later_is_looked_at_again_and_pinned() {
    use hub::config::{Config, Secret, Sources};
    use hub::notify::{Names, Reaching};
    use std::sync::atomic::{AtomicU32, Ordering};

    let pager = Receiver::start().await;
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let mut config = Config::load(&Sources::default()).unwrap();
    config.secret_key = Some(Secret::new("a secret"));
    config.outbound_allowed = vec!["127.0.0.1/32".parse().unwrap()];
    // Allowed the first time, inside the second.
    let names = Names::of(|_| {
        let last = if ASKED.fetch_add(1, Ordering::SeqCst) == 0 { 1 } else { 2 };
        vec![std::net::IpAddr::from([127, 0, 0, last])]
    });
    let mut house = House::new(Engine::Sqlite, None).await;
    house.hub.hub =
        house.hub.hub.clone().reaching(Reaching::with_names(&config, "https://hub.example", names).unwrap());
    house.webhook(&house.rosa, &format!("http://rebind.example:{}/hook", pager.port())).await;
    assert_eq!(ASKED.load(Ordering::SeqCst), 1, "asked once for one request");
    let r = house.emergency("Elsewhere").await;
    house.carries_out().await;
    let way = house.proofs(&r).await[0].ways[0].clone();
    assert_eq!(way.reason.as_deref(), Some("it cannot be reached from here"));
    assert_eq!(pager.got().len(), 1);
}
