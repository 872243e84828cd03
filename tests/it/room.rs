//! An incident's room: one log, two sides, and what only one of them reads.

use hub::incident::{Filter, Sort, Status};
use hub::live::{Nudge, Signal};
use hub::{Error, Refusal, room};
use hub_tests::hub::Someone;
use hub_tests::{Refused, TestHub, on_both};
use serde_json::json;

on_both! {
    async fn both_sides_talk_and_responders_note(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        let r = ana.files("voters cannot check in").await;
        rosa.says(&r, "Which sites?").await.unwrap();
        rosa.notes(&r, "sounds like the tablets").await.unwrap();
        ana.says(&r, "Three of them").await.unwrap();
        ravi.notes(&r, "agreed").await.unwrap();
        assert_eq!(ana.story(&r).await, ["filed", "message", "message"]);
        assert_eq!(rosa.story(&r).await, ["filed", "message", "note", "message", "note"]);
        let numbers = async |who: &Someone| who.log(&r).await.iter().map(|event| event.seq).collect::<Vec<_>>();
        assert_eq!(numbers(&ana).await, [1, 2, 3]);
        assert_eq!(numbers(&rosa).await, [1, 2, 3, 4, 5]);
        assert_eq!((ana.sees(&r).await.unwrap().seq, rosa.sees(&r).await.unwrap().seq), (3, 5));
        let newest = room::newest(&hub.hub, &ana.viewer, &r, 2).await.unwrap();
        assert_eq!(newest.items.iter().map(|event| event.seq).collect::<Vec<_>>(), [2, 3]);
        assert!(ana.notes(&r, "mine").await.is_forbidden());
    }

    async fn a_note_leaves_no_trace_at_the_authority(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, rosa, uma] = hub.cast(["ana", "olive", "rosa", "uma"]);
        let r = ana.files("voters cannot check in").await;
        rosa.says(&r, "On it").await.unwrap();
        let all = async |who: &Someone| {
            let lists = [Sort::Now, Sort::Opened, Sort::Updated].map(|sort| Filter { sort, ..Filter::default() });
            let mut seen = vec![serde_json::to_value(who.sees(&r).await.unwrap()).unwrap()];
            seen.push(serde_json::to_value(room::events(&hub.hub, &who.viewer, &r, 0, None, None).await.unwrap()).unwrap());
            seen.push(serde_json::to_value(room::newest(&hub.hub, &who.viewer, &r, 9).await.unwrap()).unwrap());
            for list in lists {
                seen.push(serde_json::to_value(who.lists(&list).await.unwrap()).unwrap());
            }
            seen
        };
        // The same instant, so that what differs differs by the note.
        let (before, watched) = (all(&ana).await, all(&uma).await);
        rosa.notes(&r, "canary-3141 the vendor lies").await.unwrap();
        assert_eq!(all(&ana).await, before);
        assert_eq!(all(&olive).await, before);
        assert_ne!(all(&uma).await, watched, "the auditor reads it");
        let seen = ana.sees(&r).await.unwrap();
        let guarded = json!({"id": hub::id::fresh(), "text": "still there?", "seen": seen.seq});
        ana.sends_to_room(&r, guarded).await.unwrap();
        match ana.sends_to_room(&r, json!({"id": hub::id::fresh(), "text": "hello?", "seen": 0})).await {
            Err(Error::Refused(Refusal::Unseen(events))) => assert!(!json!(events).to_string().contains("canary")),
            other => panic!("{other:?}"),
        }
        let found = Filter { text: Some("canary-3141".to_owned()), ..Filter::default() };
        for who in [&ana, &rosa] {
            assert_eq!(who.lists(&found).await.unwrap().len(), 0, "nor is it searched");
        }
    }

    async fn the_guard_shows_what_was_not_seen(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        let r = ana.files("voters cannot check in").await;
        let seen = rosa.sees(&r).await.unwrap().seq;
        let sends = async |who: &Someone, seen: i64, anyway: bool| {
            let sent = json!({"id": hub::id::fresh(), "text": "Restart it", "seen": seen, "anyway": anyway});
            match who.sends_to_room(&r, sent).await {
                Ok(_) => Vec::new(),
                Err(Error::Refused(Refusal::Unseen(events))) => {
                    events.iter().map(|event| event["text"].as_str().unwrap().to_owned()).collect()
                }
                Err(other) => panic!("{other}"),
            }
        };
        rosa.says(&r, "her own does not count").await.unwrap();
        ravi.acknowledges(&r).await.unwrap();
        assert_eq!(sends(&rosa, seen, false).await, [""; 0], "only what somebody else wrote counts");
        ravi.notes(&r, "do not restart").await.unwrap();
        ana.says(&r, "it is back").await.unwrap();
        assert_eq!(sends(&rosa, seen, false).await, ["do not restart", "it is back"]);
        let log = rosa.log(&r).await.len();
        assert_eq!(sends(&rosa, rosa.sees(&r).await.unwrap().seq, false).await, [""; 0]);
        assert_eq!(rosa.log(&r).await.len(), log + 1);
        assert_eq!(sends(&ana, 1, false).await, ["her own does not count", "Restart it", "Restart it"]);
        assert_eq!(sends(&ana, 1, true).await, [""; 0], "anyway");
    }

    async fn a_message_that_is_sent_again_is_stored_once(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ben] = hub.cast(["ana", "rosa", "ben"]);
        let (r, other) = (ana.files("voters cannot check in").await, ana.files("the printer burns").await);
        let far = ben.files("a site is dark").await;
        let id = hub::id::fresh();
        let first = rosa.sends_to_room(&r, json!({"id": id, "text": "On my way"})).await.unwrap();
        let again = rosa.sends_to_room(&r, json!({"id": id, "text": " On my way\r\n"})).await.unwrap();
        assert_eq!((first.again, again.again, &first.event), (false, true, &again.event));
        assert_eq!(rosa.sends_to_room(&r, json!({"id": id, "text": "No"})).await.fields(), ["id"]);
        assert_eq!(rosa.sends_to_room(&r, json!({"id": id, "text": "On my way", "note": true})).await.fields(), ["id"]);
        for elsewhere in [&other, &far] {
            assert_eq!(rosa.sends_to_room(elsewhere, json!({"id": id, "text": "On my way"})).await.fields(), ["id"]);
        }
        ana.sends_to_room(&r, json!({"id": id, "text": "On my way"})).await.expect("an id is its author's");
        let nonsense = json!({"id": "7", "text": "\u{202e} "});
        assert_eq!(rosa.sends_to_room(&r, nonsense).await.fields(), ["id", "text"]);
        let long = "x".repeat(10_001);
        assert_eq!(rosa.says(&r, &long).await.fields(), ["text"]);
        rosa.says(&r, &long[1..]).await.unwrap();
        rosa.resolves(&r).await.unwrap();
        rosa.closes(&r).await.unwrap();
        assert!(rosa.sends_to_room(&r, json!({"id": id, "text": "On my way"})).await.unwrap().again, "it was stored");
        assert!(rosa.says(&r, "And another thing").await.is_unlawful());
        assert!(rosa.notes(&r, "And another thing").await.is_unlawful());
    }

    async fn a_message_that_is_sent_thirty_times_at_once_is_stored_once(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        let (id, other) = (hub::id::fresh(), hub.second_node().await);
        let sent = (0..30).map(|n| {
            let (who, r) = (if n % 2 == 0 { rosa.clone() } else { rosa.at(&other) }, r.clone());
            tokio::spawn(async move { who.sends_to_room(&r, json!({"id": id, "text": "On my way"})).await.unwrap() })
        });
        let mut fresh = 0;
        for said in sent.collect::<Vec<_>>() {
            fresh += usize::from(!said.await.unwrap().again);
        }
        assert_eq!(fresh, 1);
        assert_eq!(rosa.story(&r).await, ["filed", "message"]);
    }

    async fn eight_writers_at_two_nodes_leave_no_gap(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, rosa, ravi] = hub.cast(["ana", "olive", "rosa", "ravi"]);
        let r = ana.files("voters cannot check in").await;
        let other = hub.second_node().await;
        let writers = [&ana, &olive, &rosa, &ravi].into_iter().flat_map(|who| [who.clone(), who.at(&other)]);
        let writing = writers.map(|who| {
            let r = r.clone();
            tokio::spawn(async move {
                let mut numbers = Vec::new();
                for n in 0..6 {
                    let note = who.viewer.reads_internal() && n % 2 == 0;
                    let text = format!("{} {n}", who.email);
                    let said = if note { who.notes(&r, &text).await } else { who.says(&r, &text).await };
                    numbers.push(said.unwrap().event.seq);
                }
                assert!(numbers.is_sorted(), "what one writes stands in the order in which they wrote it");
            })
        });
        for one in writing.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        let numbers = async |who: &Someone| who.log(&r).await.iter().map(|event| event.seq).collect::<Vec<_>>();
        assert_eq!(numbers(&rosa).await, (1..=49).collect::<Vec<_>>());
        assert_eq!(numbers(&ana).await, (1..=37).collect::<Vec<_>>(), "twelve were notes");
        assert!(ana.log(&r).await.iter().all(|event| !event.internal));
    }

    async fn an_officials_message_ends_the_waiting(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        assert!(rosa.patches(&r, json!({"status": "waiting"})).await.is_unlawful(), "nobody works on it");
        rosa.claims(&r).await.unwrap();
        rosa.says(&r, "Which sites?").await.unwrap();
        let due = rosa.sees(&r).await.unwrap().clocks.last().unwrap().due;
        rosa.patches(&r, json!({"status": "waiting"})).await.unwrap();
        hub.minutes_pass(20).await;
        rosa.notes(&r, "no answer yet").await.unwrap();
        rosa.says(&r, "Are you there?").await.unwrap();
        assert_eq!(ana.sees(&r).await.unwrap().status, Status::Waiting);
        ana.says(&r, "Three of them").await.unwrap();
        let view = ana.sees(&r).await.unwrap();
        assert_eq!(view.status, Status::Working);
        assert!(view.clocks.last().unwrap().due > due, "the time of waiting is given back");
        let log = ana.log(&r).await;
        let last = log.last().unwrap();
        assert_eq!((last.kind.as_str(), &last.data["fields"]["status"]), ("changed", &json!(["waiting", "working"])));
    }

    async fn what_is_resolved_promises_nothing(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        rosa.resolves(&r).await.unwrap();
        ana.says(&r, "Thank you").await.unwrap();
        rosa.says(&r, "Any time").await.unwrap();
        let view = ana.sees(&r).await.unwrap();
        assert_eq!((view.status, view.due()), (Status::Resolved, None));
    }

    async fn a_log_is_asked_for_by_number_and_epoch(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        for n in 0..5 {
            rosa.says(&r, &format!("{n}")).await.unwrap();
        }
        let asks = async |after, limit, epoch: Option<&str>| room::events(&hub.hub, &ana.viewer, &r, after, limit, epoch).await;
        let epoch = hub.hub.identity.epoch.clone();
        let log = asks(2, Some(3), Some(&epoch)).await.unwrap();
        assert_eq!((log.items.len(), log.next, log.seq, &log.epoch), (3, Some(5), 6, &epoch));
        let log = asks(5, Some(3), None).await.unwrap();
        assert_eq!((log.items.len(), log.next), (1, None));
        assert!(asks(6, None, None).await.unwrap().items.is_empty());
        assert!(matches!(asks(0, None, Some("another")).await, Err(Error::Refused(Refusal::OtherEpoch))));
        assert_eq!(asks(0, Some(0), None).await.fields(), ["limit"]);
        assert_eq!(asks(0, Some(201), None).await.fields(), ["limit"]);
        assert_eq!(asks(-1, None, None).await.fields(), ["after"]);
    }

    async fn what_is_stored_is_told_up_to_its_number(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let mut bus = hub.hub.bus.listen();
        let r = ana.files("voters cannot check in").await;
        assert!(matches!(bus.recv().await.unwrap(), Signal::Room(Nudge { seq: 1, .. })));
        rosa.notes(&r, "hm").await.unwrap();
        assert!(matches!(bus.recv().await.unwrap(), Signal::Room(Nudge { seq: 2, .. })));
        let refused = rosa.sends_to_room(&r, json!({"id": "x", "text": "x"})).await;
        assert!(refused.is_err() && bus.try_recv().is_err(), "what is not stored is not told");
    }
}
