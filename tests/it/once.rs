//! A request that is sent again gets the answer that it got: F3 of the promises.

use hub::identity::disable_person;
use hub::{Answer, Error};
use hub_tests::hub::body;
use hub_tests::{Refused, TestHub, on_both};
use serde_json::{Value, json};

/// The answer, whether it was given before or not.
fn answer(result: hub::Result<Value>) -> (Value, bool) {
    match result {
        Ok(body) => (body, false),
        Err(Error::Replay(answer)) => (answer.body, true),
        Err(other) => panic!("{other:?}"),
    }
}

on_both! {
    async fn thirty_two_equal_reports_at_once_are_one(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana").with_key("one");
        let other = hub.second_node().await;
        let sent = (0..32).map(|n| {
            let ana = if n % 2 == 0 { ana.clone() } else { ana.at(&other) };
            tokio::spawn(async move { ana.reports(json!({"summary": "voters cannot check in"})).await })
        });
        let mut answers = Vec::new();
        for one in sent.collect::<Vec<_>>() {
            answers.push(answer(one.await.unwrap()));
        }
        assert_eq!(answers.iter().filter(|(_, again)| !again).count(), 1);
        assert!(answers.iter().all(|(body, _)| *body == answers[0].0), "32 equal answers");
        assert_eq!(hub.one("SELECT count(*) FROM incidents").await, "1");
    }

    async fn a_key_stands_for_one_request_of_one_person_for_a_day(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, rosa] = hub.cast(["ana", "olive", "rosa"]).map(|who| who.with_key("one"));
        let report = json!({"summary": "voters cannot check in"});
        ana.reports(report.clone()).await.unwrap();
        assert_eq!(ana.reports(json!({"summary": "another"})).await.fields(), ["Idempotency-Key"]);
        assert_eq!(ana.sends_to_room("ALD-1", json!({"id": hub::id::fresh(), "text": "x"})).await.fields(), ["Idempotency-Key"]);
        assert_eq!(olive.reports(report.clone()).await.unwrap()["ref"], "ALD-2", "another person's keys are theirs");
        assert!(ana.with_key("two").reports(json!({"summary": ""})).await.is_err());
        assert!(!answer(ana.with_key("two").reports(report.clone()).await).1, "what failed is not stored");
        for r in ["ALD-1", "ALD-2"] {
            let sent = format!("one {r}");
            assert!(!answer(rosa.with_key(&sent).claims(r).await).1);
            assert!(answer(rosa.with_key(&sent).claims(r).await).1);
        }
        hub.minutes_pass(24 * 60 - 1).await;
        assert!(answer(ana.reports(report.clone()).await).1);
        hub.minutes_pass(1).await;
        assert!(!answer(ana.reports(report.clone()).await).1, "after a day it is another request");
        assert_eq!(hub.one("SELECT count(*) FROM answers").await, "4", "what is too old is gone with its person's next one");
    }

    async fn one_key_at_two_authorities_at_once_is_one_request(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let rosa = hub.person("rosa").with_key("one");
        let other = hub.second_node().await;
        let sent = (0..8).map(|n| {
            let (who, authority) = if n % 2 == 0 { (rosa.clone(), "alder") } else { (rosa.at(&other), "bellwood") };
            tokio::spawn(async move { who.reports(json!({"summary": "no power", "authority": authority})).await })
        });
        let mut said = Vec::new();
        for one in sent.collect::<Vec<_>>() {
            said.push(match one.await.unwrap() {
                Ok(_) => "filed",
                Err(Error::Replay(_)) => "again",
                Err(Error::Invalid(_)) => "another",
                Err(other) => panic!("{other:?}"),
            });
        }
        said.sort_unstable();
        assert_eq!(said, ["again", "again", "again", "another", "another", "another", "another", "filed"]);
    }

    async fn an_answer_is_given_again_to_who_may_still_have_it(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]).map(|who| who.with_key("one"));
        let r = ana.files("voters cannot check in").await;
        rosa.claims(&r).await.unwrap();
        // Rosa is moved to another authority's office: what she was answered is none of hers any more.
        let id = hub.one("SELECT id FROM authorities WHERE slug = 'bellwood'").await;
        hub.arranges(&format!("UPDATE people SET role = 'official', authority_id = {id} WHERE name = 'Rosa Field'")).await;
        let person = hub::identity::find_person(&hub.hub.db, &rosa.email).await.unwrap();
        let (session, _) = hub::identity::sign_in(&hub.hub.db, &person, hub.hub.wall.now()).await.unwrap();
        let moved = rosa.as_now(session.viewer);
        assert!(moved.claims(&r).await.is_not_found());
        disable_person(&hub.hub.db, &ana.email, hub.hub.wall.now()).await.unwrap();
        let ana = hub::identity::find_person(&hub.hub.db, &ana.email).await.unwrap();
        let (_, secret) = hub::identity::sign_in(&hub.hub.db, &ana, hub.hub.wall.now()).await.unwrap();
        let came_in = hub::identity::viewer_of_session(&hub.hub.db, &secret.text, hub.hub.wall.now()).await.unwrap();
        assert!(came_in.is_none(), "who is disabled has no way to ask");
    }

    async fn shifts_and_authorities_are_made_once_too(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, ada, ravi] = hub.cast(["lena", "ada", "ravi"]);
        let key = |who: &hub_tests::hub::Someone, request: &str| {
            let idempotency = Some(hub::identity::Idempotency { key: "one".to_owned(), request: request.to_owned() });
            hub::identity::Actor { idempotency, ..who.acts() }
        };
        let shift = body(json!({"person": ravi.email, "from": "2026-11-01T15:00:00Z", "to": "2026-11-01T23:00:00Z"}));
        let made = hub::duty::add_shift(&hub.hub, &key(&lena, "a"), &shift).await.unwrap();
        match hub::duty::add_shift(&hub.hub, &key(&lena, "a"), &shift).await {
            Err(Error::Replay(again)) => assert_eq!(*again, Answer { status: 201, body: json!(made) }),
            other => panic!("{other:?}"),
        }
        assert_eq!(hub::duty::add_shift(&hub.hub, &key(&lena, "b"), &shift).await.fields(), ["Idempotency-Key"]);
        assert_eq!(hub.one("SELECT count(*) FROM shifts").await, "1");
        let new = body(json!({"slug": "norland", "code": "NOR", "name": "Norland", "zone": "Europe/Oslo"}));
        let made = hub::authority::create(&hub.hub, &key(&ada, "a"), &new).await.unwrap();
        match hub::authority::create(&hub.hub, &key(&ada, "a"), &new).await {
            Err(Error::Replay(again)) => assert_eq!(again.body, json!(made)),
            other => panic!("{other:?}"),
        }
    }
}
