//! Nobody answers, and one after the other is told; somebody answers, and nobody is; whoever answered falls silent.

use hub::escalation::clockwork;
use hub::time::Ts;
use hub_tests::hub::Someone;
use hub_tests::{TestHub, on_both};
use jiff::SignedDuration;
use serde_json::json;

/// A threat that is happening now is P1 whatever the calendar says.
fn threat() -> serde_json::Value {
    json!({
        "summary": "armed men at a site", "answers": {"people": "happening_now"},
        "callback": {"number": "+1 999 555 0100"},
    })
}

async fn reports(who: &Someone, report: serde_json::Value) -> String {
    who.reports(report).await.unwrap()["ref"].as_str().unwrap().to_owned()
}

/// What the room says of pages and lapses: "unanswered 1: Lena Ortiz", who was missing behind a slash.
async fn pages(who: &Someone, r: &str) -> Vec<String> {
    let log = who.log(r).await;
    let of_chain = log.iter().filter_map(|event| match event.kind.as_str() {
        "paged" => {
            let first = |one: &serde_json::Value| one["name"].as_str().unwrap().split(' ').next().unwrap().to_owned();
            let list = |name: &str| event.data[name].as_array().unwrap().clone();
            let to = list("to").iter().map(first).collect::<Vec<_>>().join(" ");
            let nobody: Vec<_> = list("nobody").iter().map(|one| one.as_str().unwrap().to_owned()).collect();
            let missing = if nobody.is_empty() { String::new() } else { format!(" / {}", nobody.join(" ")) };
            let what = event.data["of"].as_str().unwrap();
            Some(format!("{what} {}: {to}{missing}", event.data["step"]).replace(":  /", ": /"))
        }
        "lapsed" => Some(format!("lapsed {}", event.data["of"]["name"].as_str().unwrap_or_default())),
        "priority" => Some(format!("{} to {}", event.data["from"].as_str()?, event.data["to"].as_str()?)),
        _ => None,
    });
    of_chain.collect()
}

on_both! {
    async fn nobody_answers_and_one_after_the_other_is_paged(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana");
        hub.team_is_on_duty().await;
        let r = reports(ana, threat()).await;
        assert_eq!(pages(ana, &r).await, ["unanswered 0: Rosa Ravi"], "at once the responder on duty and the backup");
        for (minutes, expected) in [
            (2, "unanswered 0: Rosa Ravi"),
            (1, "unanswered 1: Lena"),
            (1, "unanswered 1: Lena"),
            (1, "unanswered 2: Sam Rosa"),
        ] {
            hub.minutes_pass(minutes).await;
            assert_eq!(pages(ana, &r).await.last().unwrap(), expected);
        }
        hub.minutes_pass(5).await;
        // There is no director, and nobody else can be told: it is noted, and the rest comes at once.
        let last = ["unanswered 3: / director authority_second_phone", "unanswered 4: / parent_authority"];
        assert_eq!(pages(ana, &r).await[3..], last);
        hub.minutes_pass(3).await;
        assert_eq!(pages(ana, &r).await.len(), 5, "each once");
    }

    async fn whoever_answers_ends_it_and_what_is_unsent_is_not_sent(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.team_is_on_duty().await;
        let r = reports(&ana, threat()).await;
        let count = async |what: &str| hub.one(&format!("SELECT count(*) FROM outbox WHERE {what}")).await;
        assert_eq!(count("sent_at IS NULL AND cancelled_at IS NULL").await, "2");
        rosa.acknowledges(&r).await.unwrap();
        assert_eq!(count("cancelled_at IS NOT NULL").await, "2", "in the same transaction");
        hub.minutes_pass(14).await;
        assert_eq!(pages(&ana, &r).await, ["unanswered 0: Rosa Ravi"]);
        assert_eq!(count("sent_at IS NOT NULL").await, "0");
    }

    async fn a_hub_without_anybody_on_duty_says_so_at_once(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana");
        let r = reports(ana, threat()).await;
        hub.minutes_pass(0).await;
        let said = pages(ana, &r).await;
        assert_eq!(said.len(), 5, "{said:?}");
        assert!(said.iter().all(|line| line.contains(": /")), "{said:?}");
    }

    async fn an_answer_lapses_when_its_owner_is_silent(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        hub.team_is_on_duty().await;
        let r = reports(&ana, threat()).await;
        rosa.claims(&r).await.unwrap();
        // No election is near: an update every half an hour. Her note is a sign of life, though no update.
        hub.minutes_pass(20).await;
        rosa.notes(&r, "I have rung the sheriff").await.unwrap();
        hub.minutes_pass(29).await;
        ravi.notes(&r, "Who is on this?").await.unwrap();
        hub.minutes_pass(1).await;
        let late = ["unanswered 0: Rosa Ravi", "update_missed 1: Rosa Lena", "warning 1: Rosa"];
        assert_eq!(pages(&ana, &r).await, late, "the warning is hers");
        hub.minutes_pass(29).await;
        assert!(rosa.sees(&r).await.unwrap().acknowledged_at.is_some());
        hub.minutes_pass(1).await;
        let said = pages(&ana, &r).await;
        let then = ["update_missed 2: Sam", "lapsed Rosa Field", "unanswered 0: Ravi / on_duty"];
        assert_eq!(said[3..], then, "behind her: she is not asked again");
        let view = ravi.sees(&r).await.unwrap();
        assert_eq!((view.acknowledged_at, view.owner.map(|one| one.name)), (None, Some("Rosa Field".to_owned())));
        assert_eq!(view.clocks[0].state.code(), "running", "a first response is owed again");
        hub.minutes_pass(3).await;
        assert_eq!(pages(&ana, &r).await.last().unwrap(), "unanswered 1: Lena");
        rosa.acknowledges(&r).await.unwrap();
        let again = rosa.acknowledges(&r).await.unwrap();
        assert!(!again["acknowledged_at"].is_null());
        hub.minutes_pass(20).await;
        assert_eq!(pages(&ana, &r).await.last().unwrap(), "unanswered 1: Lena", "she is there again");
        assert_eq!(ana.deeds(&r).await, ["filed", "claimed", "lapsed", "acknowledged"]);
    }

    async fn who_was_paged_behind_somebody_silent_takes_it_over(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        hub.team_is_on_duty().await;
        let r = reports(&ana, threat()).await;
        rosa.claims(&r).await.unwrap();
        assert!(ravi.claims(&r).await.is_err(), "it is hers");
        hub.minutes_pass(61).await;
        assert_eq!(ravi.claims(&r).await.unwrap()["owner"]["name"], "Ravi Nair");
        hub.minutes_pass(29).await;
        assert_ne!(pages(&ana, &r).await.last().unwrap(), "warning 1: Ravi");
        hub.minutes_pass(1).await;
        assert!(pages(&ana, &r).await.contains(&"warning 1: Ravi".to_owned()), "it is his now to be silent on");
    }

    async fn a_colleague_who_answers_is_the_one_who_is_asked(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi] = hub.cast(["ana", "rosa", "ravi"]);
        hub.team_is_on_duty().await;
        let r = reports(&ana, threat()).await;
        rosa.claims(&r).await.unwrap();
        hub.minutes_pass(61).await;
        ravi.acknowledges(&r).await.unwrap();
        hub.minutes_pass(20).await;
        ravi.says(&r, "I am on it while Rosa is away").await.unwrap();
        hub.minutes_pass(29).await;
        let before = pages(&ana, &r).await.len();
        rosa.says(&r, "I am back").await.unwrap();
        hub.minutes_pass(29).await;
        assert_eq!(pages(&ana, &r).await.len(), before, "whose it is holds it again as soon as she does something");
    }

    async fn who_fell_silent_alone_is_asked_again(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, lena] = hub.cast(["ana", "rosa", "lena"]);
        let shift = json!({
            "person": rosa.email, "from": "2026-11-01T15:00:00Z", "to": "2026-11-02T15:00:00Z", "post": "primary",
        });
        hub::duty::add_shift(&hub.hub, &lena.acts(), &serde_json::from_value(shift).unwrap()).await.unwrap();
        let r = reports(&ana, threat()).await;
        rosa.claims(&r).await.unwrap();
        hub.minutes_pass(60).await;
        let said = pages(&ana, &r).await;
        assert!(said.contains(&"unanswered 0: Rosa / backup".to_owned()), "there is nobody else: {said:?}");
    }

    async fn while_it_waits_for_the_authority_nobody_is_paged(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.team_is_on_duty().await;
        let r = reports(&ana, threat()).await;
        rosa.claims(&r).await.unwrap();
        rosa.patches(&r, json!({"status": "waiting"})).await.unwrap();
        hub.minutes_pass(6 * 60).await;
        assert_eq!(pages(&ana, &r).await.len(), 1);
        ana.says(&r, "They have left").await.unwrap();
        hub.minutes_pass(29).await;
        assert_eq!(pages(&ana, &r).await.len(), 1, "she has her whole time again");
        hub.minutes_pass(1).await;
        assert!(pages(&ana, &r).await.iter().any(|line| line == "warning 1: Rosa"));
    }

    async fn an_update_that_is_missed_is_told_and_one_that_comes_is_not(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.team_is_on_duty().await;
        hub.polls("alder").await;
        let r = ana.files("voters cannot check in").await;
        rosa.claims(&r).await.unwrap();
        hub.minutes_pass(4 * 60).await;
        assert_eq!(pages(&ana, &r).await, ["warning 1: Rosa"], "due at the minute is in time");
        hub.minutes_pass(1).await;
        assert_eq!(pages(&ana, &r).await[1..], ["update_missed 1: Rosa Lena"]);
        rosa.says(&r, "We have found it").await.unwrap();
        hub.minutes_pass(3 * 60).await;
        rosa.says(&r, "It works").await.unwrap();
        hub.minutes_pass(3 * 60).await;
        assert_eq!(pages(&ana, &r).await.len(), 2);
    }

    async fn what_is_given_back_and_taken_by_nobody_lapses_too(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        hub.team_is_on_duty().await;
        let r = reports(&ana, threat()).await;
        rosa.claims(&r).await.unwrap();
        rosa.releases(&r).await.unwrap();
        hub.minutes_pass(61).await;
        let said = pages(&ana, &r).await;
        assert!(said.contains(&"lapsed ".to_owned()) && said.contains(&"warning 1: / owner".to_owned()), "{said:?}");
    }

    async fn a_rise_tells_the_people_of_the_new_level(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, lena] = hub.cast(["ana", "lena"]);
        hub.team_is_on_duty().await;
        hub.polls("alder").await;
        let r = ana.files("voters cannot check in").await;
        assert_eq!(pages(&ana, &r).await, [""; 0], "P3 waits in the queue");
        hub.minutes_pass(30).await;
        assert_eq!(pages(&ana, &r).await, ["unanswered 1: Rosa"]);
        lena.overrides(&r, "P2").await.unwrap();
        hub.minutes_pass(9).await;
        assert_eq!(pages(&ana, &r).await[1..], ["P3 to P2", "unanswered 0: Rosa"]);
        hub.minutes_pass(1).await;
        assert_eq!(pages(&ana, &r).await.last().unwrap(), "unanswered 1: Ravi", "the steps are those of P2, from then on");
        lena.overrides(&r, "P4").await.unwrap();
        hub.minutes_pass(60).await;
        assert_eq!(pages(&ana, &r).await.last().unwrap(), "P2 to P4", "and of P4 after a word that lowers");
    }

    async fn who_comes_late_does_the_same_in_the_same_order(engine: Engine) {
        let (steady, asleep) = (TestHub::new(engine).await, TestHub::new(engine).await);
        let mut logs = Vec::new();
        for (hub, pause) in [(&steady, 1), (&asleep, 30 * 60)] {
            let [ana, rosa] = hub.cast(["ana", "rosa"]);
            hub.team_is_on_duty().await;
            hub.polls("alder").await;
            let (a, b) = (ana.files("voters cannot check in").await, reports(&ana, threat()).await);
            rosa.claims(&b).await.unwrap();
            let minutes = 30 * 60;
            for _ in 0..minutes / pause / 5 {
                hub.minutes_pass(pause * 5).await;
            }
            hub.clock_moves_to("2026-11-02T21:00:00Z").await;
            logs.push((pages(&ana, &a).await, pages(&ana, &b).await));
        }
        let (asleep, steady) = (logs.pop().unwrap(), logs.pop().unwrap());
        assert_eq!(asleep, steady, "a hub that was away for thirty hours has missed nothing and doubled nothing");
        assert!(steady.0.contains(&"P3 to P2".to_owned()) && steady.1.iter().any(|line| line.starts_with("lapsed")));
    }

    async fn a_clock_that_is_put_back_pages_nobody_twice(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana");
        hub.team_is_on_duty().await;
        let r = reports(ana, threat()).await;
        hub.minutes_pass(3).await;
        let before = pages(ana, &r).await;
        hub.minutes_pass(-36 * 60).await;
        hub.minutes_pass(-1).await;
        assert_eq!(pages(ana, &r).await, before);
        hub.minutes_pass(36 * 60 + 1 + 2).await;
        assert_eq!(pages(ana, &r).await.last().unwrap(), "unanswered 2: Sam Rosa");
    }

    async fn two_nodes_and_each_step_once(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, rosa] = hub.cast(["ana", "ben", "rosa"]);
        hub.team_is_on_duty().await;
        let mut filed = Vec::new();
        for _ in 0..5 {
            filed.push(reports(&ana, threat()).await);
            filed.push(reports(&ben, threat()).await);
        }
        let other = hub.second_node().await;
        let mut now: Ts = hub.hub.clock.now();
        for _ in 0..4 {
            now = now.plus(SignedDuration::from_mins(5));
            hub.hub.clock.set(now);
            let turns = [hub.hub.clone(), other.clone(), hub.hub.clone(), other.clone()].map(|node| {
                tokio::spawn(async move { clockwork::turn(&node, now).await.unwrap() })
            });
            for turn in turns {
                turn.await.unwrap();
            }
        }
        for r in filed {
            let steps = pages(&rosa, &r).await;
            let numbers: Vec<_> = steps.iter().map(|line| line.split([' ', ':']).nth(1).unwrap()).collect();
            assert_eq!(numbers, ["0", "1", "2", "3", "4"], "{r}: {steps:?}");
        }
    }
}
