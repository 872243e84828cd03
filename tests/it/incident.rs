//! Filing, and the verbs on an incident.

use hub::incident::Status;
use hub::{Error, Refusal};
use hub_tests::{Refused, TestHub, on_both};
use serde_json::json;

on_both! {
    async fn an_official_files_one_sentence(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, rosa] = hub.cast(["ana", "ben", "rosa"]);
        assert_eq!(ana.files("voters cannot check in").await, "ALD-1");
        assert_eq!(ben.files("the results page is slow").await, "BEL-1", "numbers do not gossip");
        assert_eq!(ana.files("and now the printer").await, "ALD-2");
        let drill = ana.reports(json!({"summary": "a drill", "exercise": true})).await.unwrap();
        assert_eq!(drill["ref"], "X-ALD-1", "exercises count apart");
        let view = ana.sees("ALD-1").await.unwrap();
        assert_eq!((view.status, view.source.code(), view.seq, view.version), (Status::New, "web", 1, 1));
        assert_eq!(view.authority_name, "Alder County");
        assert_eq!(rosa.story("ALD-1").await, ["filed"]);
        assert_eq!(ana.log("ALD-1").await[0].by.as_ref().unwrap().office, "Alder County");
    }

    async fn a_responder_enters_what_was_told_by_telephone(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, uma, ada] = hub.cast(["ana", "rosa", "uma", "ada"]);
        let told = json!({"summary": "no power", "authority": "alder", "verified_how": "rang the number on file"});
        let view = rosa.reports(told).await.unwrap();
        assert_eq!((&view["source"], &view["ref"]), (&json!("phone"), &json!("ALD-1")));
        assert_eq!(rosa.reports(json!({"summary": "no power"})).await.fields(), ["authority"]);
        assert!(rosa.reports(json!({"summary": "no power", "authority": "atlantis"})).await.is_not_found());
        assert!(ana.reports(json!({"summary": "no power", "authority": "bellwood"})).await.is_not_found());
        assert_eq!(ana.reports(json!({"summary": "no power", "source": "phone"})).await.fields(), ["source"]);
        assert_eq!(ana.reports(json!({"summary": "no power", "election": "none"})).await.fields(), ["election"]);
        assert_eq!(ana.reports(json!({"answers": {"people": "none"}})).await.fields(), ["summary"]);
        for nobody in [uma, ada] {
            assert!(nobody.reports(json!({"summary": "no power", "authority": "alder"})).await.is_forbidden());
        }
        assert_eq!(hub.one("SELECT count(*) FROM incidents").await, "1", "what is refused leaves nothing behind");
    }

    async fn a_claim_race_has_one_winner(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana");
        let (r, now) = (ana.files("voters cannot check in").await, hub.hub.wall.now());
        let other = hub.second_node().await;
        let mut claimers = Vec::new();
        for n in 0..16 {
            let claimer = hub.hire(&format!("claimer{n}"), "Swift", hub::identity::Role::Responder, None, now).await;
            claimers.push(if n % 2 == 0 { claimer } else { claimer.at(&other) });
        }
        let race = claimers.into_iter().map(|claimer| {
            let r = r.clone();
            tokio::spawn(async move { claimer.claims(&r).await })
        });
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for one in race.collect::<Vec<_>>() {
            match one.await.unwrap() {
                Ok(view) => won.push(view["owner"]["name"].as_str().unwrap().to_owned()),
                Err(Error::Refused(Refusal::AlreadyClaimed { owner })) => lost.push(owner),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((won.len(), lost.len()), (1, 15));
        assert!(lost.iter().all(|owner| *owner == won[0]), "the losers are told who has it: {won:?} {lost:?}");
        assert_eq!(ana.story(&r).await, ["filed", "claimed"]);
    }

    async fn the_life_of_an_incident(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi, lena] = hub.cast(["ana", "rosa", "ravi", "lena"]);
        let r = ana.files("voters cannot check in").await;
        assert!(rosa.releases(&r).await.is_unlawful(), "nobody has it");
        rosa.acknowledges(&r).await.unwrap();
        rosa.acknowledges(&r).await.unwrap();
        rosa.claims(&r).await.unwrap();
        rosa.claims(&r).await.unwrap();
        rosa.acknowledges(&r).await.unwrap();
        let view = ana.sees(&r).await.unwrap();
        assert_eq!(view.owner.unwrap().name, "Rosa Field");
        assert!(matches!(ravi.claims(&r).await, Err(Error::Refused(Refusal::AlreadyClaimed { owner })) if owner == "Rosa Field"));
        assert!(ravi.assigns(&r, &ravi).await.is_forbidden());
        rosa.assigns(&r, &ravi).await.unwrap();
        lena.assigns(&r, &ravi).await.unwrap();
        lena.releases(&r).await.unwrap();
        lena.releases(&r).await.unwrap();
        assert_eq!(ana.sees(&r).await.unwrap().status, Status::Acknowledged);
        assert!(rosa.closes(&r).await.is_unlawful());
        rosa.resolves(&r).await.unwrap();
        rosa.resolves(&r).await.unwrap();
        assert!(rosa.claims(&r).await.is_unlawful());
        assert!(rosa.overrides(&r, "P1").await.is_unlawful());
        let view = ana.sees(&r).await.unwrap();
        assert!(view.closed_at.is_some() && view.due().is_none() && view.cause.is_none());
        assert_eq!(rosa.sees(&r).await.unwrap().cause.unwrap().code(), "fault");
        rosa.closes(&r).await.unwrap();
        rosa.closes(&r).await.unwrap();
        assert!(rosa.resolves(&r).await.is_unlawful());
        assert!(ana.patches(&r, json!({"summary": "another"})).await.is_unlawful());
        ana.patches(&r, json!({})).await.unwrap();
        ana.reopens(&r).await.unwrap();
        ana.reopens(&r).await.unwrap();
        let view = ana.sees(&r).await.unwrap();
        assert_eq!((view.status, view.closed_at), (Status::Working, None));
        assert_eq!(
            ana.story(&r).await,
            ["filed", "acknowledged", "claimed", "assigned", "released", "resolved", "closed", "reopened"],
            "what holds already is written once"
        );
        assert_eq!(rosa.story(&r).await[6], "changed", "the cause is for responders");
    }

    async fn a_reopening_says_what_is_left(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, uma] = hub.cast(["ana", "rosa", "uma"]);
        let r = ana.files("voters cannot check in").await;
        rosa.resolves(&r).await.unwrap();
        let silent = hub::incident::reopen(&hub.hub, &ana.acts(), &r, &hub_tests::hub::body(json!({}))).await;
        assert_eq!(silent.fields(), ["reason"]);
        assert!(uma.reopens(&r).await.is_forbidden());
        assert!(ana.resolves(&r).await.is_forbidden());
        assert_eq!(ana.sees(&r).await.unwrap().status, Status::Resolved);
    }

    async fn whoever_is_given_it_answers_by_claiming_it(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ravi, lena] = hub.cast(["ana", "ravi", "lena"]);
        let r = ana.files("voters cannot check in").await;
        lena.assigns(&r, &ravi).await.unwrap();
        assert_eq!(hub.one("SELECT count(*) FROM outbox").await, "1", "he is told");
        let view = ana.sees(&r).await.unwrap();
        assert_eq!((view.status, view.acknowledged_at), (Status::New, None), "naming does not acknowledge");
        ravi.claims(&r).await.unwrap();
        let view = ana.sees(&r).await.unwrap();
        assert_eq!(view.status, Status::Working);
        assert!(view.acknowledged_at.is_some());
        assert_eq!(ana.story(&r).await, ["filed", "assigned", "claimed"]);
        for nobody in ["ana", "uma", "ada"] {
            assert_eq!(lena.assigns(&r, hub.person(nobody)).await.fields(), ["to"], "{nobody} works no incidents");
        }
    }

    async fn what_is_given_back_waits_for_us_again(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        rosa.claims(&r).await.unwrap();
        rosa.says(&r, "Which sites?").await.unwrap();
        assert!(ana.patches(&r, json!({"status": "waiting"})).await.is_forbidden());
        rosa.patches(&r, json!({"status": "waiting"})).await.unwrap();
        let state = async || ana.sees(&r).await.unwrap().clocks.last().unwrap().state.code();
        assert_eq!(state().await, "paused");
        rosa.releases(&r).await.unwrap();
        assert_eq!(state().await, "running");
    }

    async fn officials_change_what_is_theirs_to_say(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        let theirs = json!({
            "summary": "voters cannot check in at three sites", "answers": {"ability_to_vote": "stopped_at_sites"},
            "voting_stopped": true, "sites": {"affected": 3, "total": 57}, "tlp": "RED",
        });
        let view = ana.patches(&r, theirs.clone()).await.unwrap();
        assert_eq!((&view["tlp"], &view["sites"]["affected"], &view["version"]), (&json!("RED"), &json!(3), &json!(2)));
        ana.patches(&r, theirs).await.unwrap();
        let log = ana.log(&r).await;
        let changed: Vec<_> = log.iter().filter(|event| event.kind == "changed").collect();
        assert_eq!(changed.len(), 1, "what holds already is written once");
        assert_eq!(changed[0].data["fields"]["tlp"], json!(["AMBER+STRICT", "RED"]));
        assert_eq!(changed[0].data["fields"]["voting_stopped"], json!([false, true]));
        assert!(ana.patches(&r, json!({"tlp": "AMBER"})).await.is_forbidden(), "stricter only");
        for (field, value) in [
            ("category", json!("ADVICE")), ("functions", json!(["all"])), ("status", json!("working")),
            ("veracity", json!("refuted")), ("cause", json!("malicious")), ("election", json!(null)),
        ] {
            let refused = ana.patches(&r, json!({ field: value })).await;
            assert!(refused.is_forbidden(), "{field}");
        }
        rosa.patches(&r, json!({"tlp": "GREEN", "category": "EPOLLBOOK_CHECKIN", "functions": ["checkin"]})).await.unwrap();
        let wrong = json!({"tlp": "PINK", "category": "NONE", "functions": ["x"], "answers": {"people": "x"},
            "veracity": "x", "cause": "x", "election": "x", "status": "x", "sites": {"affected": 9, "total": 1}});
        let refused = rosa.patches(&r, wrong).await;
        assert_eq!(
            refused.fields(),
            ["category", "answers.people", "functions.0", "sites.affected", "tlp", "veracity", "cause", "election", "status"],
            "all at once"
        );
        assert!(rosa.patches(&r, json!({"status": "resolved"})).await.is_unlawful(), "that is a verb");
    }

    async fn what_responders_judge_is_theirs_alone(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, uma] = hub.cast(["ana", "rosa", "uma"]);
        let r = ana.files("voters cannot check in").await;
        let before = serde_json::to_value(ana.sees(&r).await.unwrap()).unwrap();
        hub.minutes_pass(1).await;
        rosa.patches(&r, json!({"veracity": "confirmed", "cause": "malicious"})).await.unwrap();
        let after = serde_json::to_value(ana.sees(&r).await.unwrap()).unwrap();
        for field in ["version", "updated_at", "seq", "veracity", "cause"] {
            assert_eq!(before.get(field), after.get(field), "{field}");
        }
        assert_eq!(ana.story(&r).await, ["filed"]);
        assert_eq!(rosa.story(&r).await, ["filed", "changed"]);
        let view = uma.sees(&r).await.unwrap();
        assert_eq!((view.version, view.cause.unwrap().code()), (2, "malicious"));
    }

    async fn who_saw_an_older_state_is_shown_the_present_one(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let r = ana.files("voters cannot check in").await;
        rosa.patches(&r, json!({"veracity": "confirmed"})).await.unwrap();
        ana.patches_at(&r, 1, json!({"summary": "it is worse"})).await.unwrap();
        match ana.patches_at(&r, 1, json!({"summary": "it is better"})).await {
            Err(Error::Stale(present)) => {
                assert_eq!((&present["version"], &present["summary"]), (&json!(2), &json!("it is worse")));
                assert_eq!(present.get("veracity"), None);
            }
            other => panic!("{other:?}"),
        }
        match rosa.patches_at(&r, 2, json!({"cause": "fault"})).await {
            Err(Error::Stale(present)) => assert_eq!(present["version"], 3),
            other => panic!("{other:?}"),
        }
        assert_eq!(ana.patches_at(&r, 1, json!({"tlp": "PINK"})).await.fields(), ["tlp"], "fields come first");
        assert_eq!(ana.sees(&r).await.unwrap().summary, "it is worse");
    }

    async fn a_responder_confirms_how_bad_it_is(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let report = json!({"category": "RANSOMWARE", "answers": {"control_of_systems": "attempt_or_click"}});
        let r = ana.reports(report).await.unwrap()["ref"].as_str().unwrap().to_owned();
        assert_eq!(ana.sees(&r).await.unwrap().severity.code(), "severe", "less information does not rank lower");
        assert!(ana.confirms_severity(&r, json!({})).await.is_forbidden());
        assert_eq!(rosa.confirms_severity(&r, json!({"people": "x"})).await.fields(), ["answers.people"]);
        rosa.confirms_severity(&r, json!({"people": "none"})).await.unwrap();
        rosa.confirms_severity(&r, json!({"people": "none"})).await.unwrap();
        let view = ana.sees(&r).await.unwrap();
        assert!(view.severity_confirmed);
        assert_eq!(view.severity.code(), "low");
        assert_eq!(ana.deeds(&r).await, ["filed", "severity_confirmed"]);
    }

    async fn the_first_human_answer_meets_the_clock(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, uma] = hub.cast(["ana", "rosa", "uma"]);
        let met = async |r: &str| ana.sees(r).await.unwrap().clocks[0].met_at;
        let r = ana.files("voters cannot check in").await;
        rosa.notes(&r, "I know this").await.unwrap();
        assert_eq!(met(&r).await, None, "a note is no answer");
        ana.says(&r, "anybody?").await.unwrap();
        assert_eq!(met(&r).await, None, "nor is one's own message");
        assert!(uma.says(&r, "hello").await.is_forbidden());
        hub.minutes_pass(3).await;
        rosa.says(&r, "I am here").await.unwrap();
        assert_eq!(met(&r).await, Some(hub.hub.clock.now()));
        assert_eq!(ana.sees(&r).await.unwrap().status, Status::New, "only acknowledging stops the chain");
        hub.minutes_pass(3).await;
        rosa.claims(&r).await.unwrap();
        assert_eq!(met(&r).await, Some("2026-11-01T15:03:00Z".parse().unwrap()), "the first one counts");
    }
}
