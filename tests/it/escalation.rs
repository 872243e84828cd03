//! Priority rises by itself, once, at the boundary; a person lowers it.

use hub::Error;
use hub::escalation::{Priority, Promise, clockwork};
use hub::live::Signal;
use hub::time::Ts;
use hub_tests::hub::body;
use hub_tests::{Refused, TestHub, on_both};
use serde_json::{Value, json};

/// 24 hours before the polls of `TestHub::polls` open in Alder County.
const EVE: &str = "2026-11-02T11:00:00Z";

fn ts(at: &str) -> Ts {
    at.parse().unwrap()
}

/// The `priority` events of a room: from, to, cause.
async fn rises(who: &hub_tests::hub::Someone, r: &str) -> Vec<String> {
    let log = who.log(r).await;
    let priority = log.iter().filter(|event| event.kind == "priority").map(|event| &event.data);
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    priority.map(|data| [&data["from"], &data["to"], &data["cause"]].map(word).join(" ")).collect()
}

on_both! {
    async fn the_clock_passes_the_eve_and_the_queue_shows_what_rose(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.polls("alder").await;
        let far = hub.person("sam").reports(json!({"summary": "a flood", "authority": "meridia"})).await.unwrap();
        let r = ana.files("voters cannot check in").await;
        let before = rosa.sees(&r).await.unwrap();
        assert_eq!(before.priority, Priority::P3);
        assert_eq!(before.next_change.map(|next| (next.at, next.priority)), Some((ts(EVE), Priority::P2)));

        hub.clock_moves_to("2026-11-02T10:59:59.999Z").await;
        assert_eq!(rises(&ana, &r).await, Vec::<String>::new(), "not a millisecond early");
        hub.clock_moves_to(EVE).await;
        hub.clock_moves_to(EVE).await;
        hub.clock_moves_to("2026-11-02T11:00:02Z").await;

        assert_eq!(rises(&ana, &r).await, ["P3 P2 boundary"], "once");
        let after = rosa.sees(&r).await.unwrap();
        assert_eq!(after.priority, Priority::P2);
        assert_eq!(rosa.queue().await, [r.clone(), far["ref"].as_str().unwrap().to_owned()]);
        assert!(after.why.text.starts_with("P2 because "), "{}", after.why.text);
        let event = ana.log(&r).await.into_iter().rfind(|event| event.kind == "priority").unwrap();
        assert_eq!(event.data["due"], json!(after.due()));
        assert_eq!(event.data["why"]["parts"]["urgency"], "U4");
        assert_eq!(event.by, None, "nobody did it");
        for clock in &after.clocks {
            let was = before.clocks.iter().find(|was| was.kind == clock.kind);
            assert!(was.is_none_or(|was| clock.due <= was.due), "{:?} moved later", clock.kind);
        }
        let first = |clocks: &[hub::incident::ClockView]| clocks.iter().find(|c| c.kind == Promise::FirstResponse).unwrap().due;
        assert_eq!(first(&after.clocks), first(&before.clocks), "it was due already; a raise does not forgive");
        assert_eq!(after.version, before.version + 1);
    }

    async fn what_is_due_comes_sooner_by_a_rise(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.polls("alder").await;
        hub.clock_moves_to("2026-11-02T10:30:00Z").await;
        let r = ana.files("voters cannot check in").await;
        assert_eq!(rosa.sees(&r).await.unwrap().due(), Some(ts("2026-11-02T11:30:00Z")), "P3: an hour");
        hub.clock_moves_to(EVE).await;
        assert_eq!(rosa.sees(&r).await.unwrap().due(), Some(ts("2026-11-02T11:15:00Z")), "P2: a quarter of one");
    }

    async fn two_nodes_sweep_at_once_and_it_rises_once(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, rosa] = hub.cast(["ana", "ben", "rosa"]);
        hub.polls("franklin").await;
        let mut filed = Vec::new();
        for n in 0..6 {
            filed.push(ana.files(&format!("a machine is odd, number {n}")).await);
            filed.push(ben.files(&format!("a site is dark, number {n}")).await);
        }
        let other = hub.second_node().await;
        hub.hub.clock.set(ts(EVE));
        let turns = (0..4).map(|n| {
            let node = if n % 2 == 0 { hub.hub.clone() } else { other.clone() };
            tokio::spawn(async move { clockwork::turn(&node, ts(EVE)).await.unwrap() })
        });
        for turn in turns.collect::<Vec<_>>() {
            turn.await.unwrap();
        }
        for r in filed {
            assert_eq!(rises(&rosa, &r).await, ["P3 P2 boundary"], "{r}");
        }
    }

    async fn those_on_duty_are_told_of_a_filing_and_of_a_rise(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        hub.team_is_on_duty().await;
        hub.polls("alder").await;
        let mut told = hub.hub.bus.listen();
        let r = ana.files("voters cannot check in").await;
        let count = async || hub.one("SELECT count(*) FROM outbox").await;
        assert_eq!(count().await, "0", "P3 waits in the queue");
        rosa.acknowledges(&r).await.unwrap();
        rosa.patches(&r, json!({"answers": {"ability_to_vote": "stopped_at_sites"}})).await.unwrap();
        assert_eq!(count().await, "2", "P1: the responder on duty and the backup");
        hub.minutes_pass(0).await;
        let mut people = Vec::new();
        while people.len() < 2 {
            if let Signal::Person(telling) = told.recv().await.unwrap() {
                people.push(telling.person);
            }
        }
        people.sort_unstable();
        assert_eq!(people, [rosa.viewer.id(), ravi.viewer.id()]);
        ana.reports(json!({"summary": "armed men at a site", "answers": {"people": "happening_now"}})).await.unwrap();
        assert_eq!(count().await, "4", "P1 at the filing");
    }

    async fn a_lowering_is_proposed_and_a_responder_confirms_it(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.polls("alder").await;
        hub.clock_moves_to(EVE).await;
        let r = ana.files("voters cannot check in").await;
        // The polls close, and three hours later the eve and the count are behind it.
        hub.clock_moves_to("2026-11-20T15:00:00Z").await;
        let view = rosa.sees(&r).await.unwrap();
        assert!(view.computed_priority > Priority::P2 && view.priority == Priority::P2);
        assert_eq!(view.lowering_proposed, None, "never while nobody has acknowledged it");
        assert!(rosa.confirms_lowering(&r).await.is_unlawful());

        rosa.acknowledges(&r).await.unwrap();
        let view = rosa.sees(&r).await.unwrap();
        assert_eq!(view.lowering_proposed, Some(view.computed_priority), "as soon as it may be");
        assert_eq!(rosa.deeds(&r).await, ["filed", "acknowledged", "lowering_proposed"]);
        assert!(ana.confirms_lowering(&r).await.is_forbidden());

        ana.patches(&r, json!({"voting_stopped": true})).await.unwrap();
        assert_eq!(rosa.sees(&r).await.unwrap().lowering_proposed, None, "never while voting is stopped");
        assert!(rosa.confirms_lowering(&r).await.is_unlawful());
        ana.patches(&r, json!({"voting_stopped": false})).await.unwrap();

        let due = rosa.sees(&r).await.unwrap().due().unwrap();
        rosa.confirms_lowering(&r).await.unwrap();
        let low = rosa.sees(&r).await.unwrap();
        assert_eq!((low.priority, low.lowering_proposed), (low.computed_priority, None));
        assert!(low.due().unwrap() >= due, "a lowering takes no time away");
        let events = rosa.story(&r).await.len();
        rosa.confirms_lowering(&r).await.unwrap();
        assert_eq!(rosa.story(&r).await.len(), events, "what holds already is written once");
        assert_eq!(rises(&ana, &r).await, [format!("P2 {} confirmed", low.priority)]);
    }

    async fn a_word_lowers_until_the_next_boundary(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, lena] = hub.cast(["ana", "rosa", "lena"]);
        hub.polls("alder").await;
        let r = ana.files("voters cannot check in").await;
        assert!(rosa.overrides(&r, "P5").await.is_forbidden());
        assert!(ana.overrides(&r, "P5").await.is_forbidden());
        lena.overrides(&r, "P5").await.unwrap();
        let view = rosa.sees(&r).await.unwrap();
        assert_eq!((view.priority, view.why.parts.overridden), (Priority::P5, true));
        hub.clock_moves_to("2026-11-02T10:00:00Z").await;
        assert_eq!(rosa.sees(&r).await.unwrap().priority, Priority::P5);
        hub.clock_moves_to(EVE).await;
        let view = rosa.sees(&r).await.unwrap();
        assert_eq!((view.priority, view.why.parts.overridden), (Priority::P2, false));
        assert_eq!(rises(&ana, &r).await, ["P3 P5 override", "P5 P2 boundary"]);
    }

    async fn a_word_that_lowers_does_not_last_into_open_polls(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, sam] = hub.cast(["ana", "sam"]);
        hub.polls("alder").await;
        let report = json!({"summary": "armed men at a site", "answers": {"people": "happening_now"}});
        let r = ana.reports(report).await.unwrap()["ref"].as_str().unwrap().to_owned();
        sam.overrides(&r, "P4").await.unwrap();
        hub.clock_moves_to(EVE).await;
        assert_eq!(sam.sees(&r).await.unwrap().priority, Priority::P1, "P1 before and after, and yet it is nearer now");
    }

    async fn a_word_that_raises_does_not_keep_it_from_rising(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.polls("alder").await;
        let r = rosa.reports(json!({"category": "FALSE_VOTING_INFORMATION", "authority": "alder"})).await.unwrap();
        let r = r["ref"].as_str().unwrap();
        assert_eq!(rosa.sees(r).await.unwrap().priority, Priority::P4);
        ana.overrides(r, "P3").await.unwrap();
        ana.patches(r, json!({"answers": {"people": "happening_now"}})).await.unwrap();
        let view = rosa.sees(r).await.unwrap();
        assert_eq!((view.priority, view.why.parts.overridden), (Priority::P1, false));
        assert_eq!(rises(&ana, r).await, ["P4 P3 override", "P3 P1 change"]);
    }

    async fn an_official_raises_by_one_level_twice_a_day(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, ben, uma, ada, rosa] = hub.cast(["ana", "olive", "ben", "uma", "ada", "rosa"]);
        let r = ana.reports(json!({"category": "ADVICE"})).await.unwrap()["ref"].as_str().unwrap().to_owned();
        assert_eq!(rosa.sees(&r).await.unwrap().priority, Priority::P5);
        assert!(ana.overrides(&r, "P3").await.is_forbidden(), "one level");
        assert!(uma.overrides(&r, "P1").await.is_forbidden());
        assert!(ben.overrides(&r, "P4").await.is_not_found());
        assert!(ada.overrides(&r, "P4").await.is_not_found());
        ana.overrides(&r, "P4").await.unwrap();
        olive.overrides(&r, "P3").await.unwrap();
        assert!(ana.overrides(&r, "P2").await.is_forbidden(), "the office has had its two");
        ana.overrides(&r, "P3").await.unwrap();
        hub.minutes_pass(24 * 60 - 1).await;
        assert!(ana.overrides(&r, "P2").await.is_forbidden());
        hub.minutes_pass(1).await;
        ana.overrides(&r, "P2").await.unwrap();
        let event = rosa.log(&r).await.into_iter().rfind(|event| event.kind == "priority").unwrap();
        assert_eq!(event.data["reason"], "I know this place");
        assert_eq!(event.by.unwrap().name, "Ana Reyes");
    }

    async fn a_reason_is_asked_for_and_a_priority_that_there_is(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("we have a question").await;
        let nonsense = body(json!({"priority": "P9", "reason": " "}));
        let refused = hub::incident::override_priority(&hub.hub, &rosa.acts(), &r, &nonsense).await;
        assert_eq!(refused.fields(), ["priority", "reason"]);
        assert_eq!(rosa.story(&r).await, ["filed"]);
    }

    async fn what_is_over_rises_no_more(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.polls("alder").await;
        let r = ana.files("voters cannot check in").await;
        rosa.resolves(&r).await.unwrap();
        hub.clock_moves_to(EVE).await;
        assert_eq!(rises(&ana, &r).await, Vec::<String>::new());
        assert_eq!(rosa.sees(&r).await.unwrap().next_change, None);
        ana.patches(&r, json!({"answers": {"people": "happening_now"}})).await.unwrap();
        assert_eq!(rosa.sees(&r).await.unwrap().priority, Priority::P3);
        // Once it is open again it is what the table says.
        ana.reopens(&r).await.unwrap();
        assert_eq!(rosa.sees(&r).await.unwrap().priority, Priority::P1);
        hub.clock_moves_to("2026-11-03T11:00:00Z").await;
        assert_eq!(rosa.sees(&r).await.unwrap().urgency.code(), "U5");
    }

    async fn one_authority_that_cannot_be_written_keeps_nobody_else_waiting(engine: Engine) {
        let mut hub = TestHub::new(engine).await;
        let [ana, ben, rosa] = hub.cast(["ana", "ben", "rosa"]);
        hub.polls("franklin").await;
        let (a, b) = (ana.files("voters cannot check in").await, ben.files("voters cannot check in").await);
        // An event stands where the next one of Alder County should.
        let id = hub.one("SELECT id FROM authorities WHERE code = 'ALD'").await;
        hub.tampers(&format!(
            "INSERT INTO events (authority_id, chain_seq, id, at, actor_id, kind, audience, payload_hash, prev_hash,
             hash, request_id) VALUES ({id}, 3, 'x', 0, 0, 'note', 'internal', '', '', '', '')"
        ))
        .await;
        hub.hub.clock.set(ts(EVE));
        assert!(matches!(clockwork::turn(&hub.hub, ts(EVE)).await, Err(Error::Busy | Error::Broken(_))));
        assert_eq!(rises(&rosa, &b).await, ["P3 P2 boundary"]);
        assert_eq!(rises(&rosa, &a).await, Vec::<String>::new());
    }
}
