//! Synthetic data: the same for the same number, as lawful as what people make, and never among real incidents.

use axum::http::Method;
use hub::escalation::Policy;
use hub::identity::{Actor, viewer_of_token};
use hub::incident::{self, Filter, Report};
use hub::room::{self, Say};
use hub::seed::{Amounts, seed};
use hub::store::Page;
use hub_tests::http::Client;
use hub_tests::proc::{self, Served};
use hub_tests::scratch::Folder;
use hub_tests::{TestHub, on_both};
use serde_json::json;

const SOME: Amounts = Amounts { authorities: 25, incidents: 120, open: 70, messages: 300, people: None, seed: 7 };

/// Everything of a world that its number decides.
async fn content(hub: &TestHub) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for query in [
        "SELECT slug, code, name, zone, parent_id, incidents, chain_seq, chain_hash, shared_hash FROM authorities ORDER BY id",
        "SELECT email, name, office, role, authority_id FROM people ORDER BY id",
        "SELECT id, name, zone FROM elections ORDER BY id",
        "SELECT id, kind, opens, closes FROM windows ORDER BY id",
        "SELECT id, kind, at FROM milestones ORDER BY id",
        "SELECT person_id, starts_at, ends_at FROM shifts ORDER BY id",
        "SELECT id, authority_id, number, title, summary, words, answers, assessment, priority, computed_priority, status, \
         owner_id, opened_at, updated_at, closed_at, clocks, due_at, assess_at, seq, shared_seq, version FROM incidents \
         ORDER BY id",
    ] {
        all.extend(hub.sql(query).await);
    }
    all
}

on_both! {
    async fn the_demonstration_begins_with_promises_that_were_kept(engine: Engine) {
        let hub = TestHub::demonstration(engine).await;
        let lapsed = hub.sql("SELECT incident_id FROM events WHERE kind = 'lapsed'").await;
        assert_eq!(lapsed, Vec::<Vec<String>>::new(), "nobody has let an acknowledgement lapse");
        let missed = hub.sql("SELECT incident_id FROM events WHERE payload LIKE '%update_missed%'").await;
        assert_eq!(missed, Vec::<Vec<String>>::new(), "nor missed an update");
        let open = hub.sql("SELECT id FROM incidents WHERE acknowledged").await;
        assert!(open.len() > 10, "and most are answered: {}", open.len());
    }

    async fn the_same_number_is_the_same_world_and_all_of_it_is_lawful(engine: Engine) {
        let (hub, seeded) = TestHub::seeded(engine, &SOME).await;
        let (again, _) = TestHub::seeded(engine, &SOME).await;
        let (other, _) = TestHub::seeded(engine, &Amounts { seed: 8, ..SOME }).await;
        let world = content(&hub).await;
        assert!(world == content(&again).await, "the same number, the same world");
        assert!(world != content(&other).await);

        let verified = hub.is_sound().await;
        assert_eq!(verified.heads.len(), 25);
        let count = async |query: &str| hub.one(query).await.parse::<u32>().unwrap();
        assert_eq!(count("SELECT count(*) FROM incidents").await, seeded.incidents);
        assert_eq!(count("SELECT count(*) FROM incidents WHERE open").await, seeded.open);
        assert_eq!(count("SELECT count(*) FROM events WHERE kind = 'message'").await, seeded.messages);
        assert_eq!((seeded.authorities, seeded.people.len()), (25, 16 + 4 * 25));
        let priorities = hub.sql("SELECT DISTINCT priority FROM incidents WHERE open").await;
        assert!(priorities.len() >= 4, "priorities differ: {priorities:?}");
        let late = "SELECT id FROM incidents i WHERE opened_at > (SELECT min(at) FROM events e WHERE e.incident_id = i.id)";
        assert!(hub.sql(late).await.is_empty(), "nothing happened before it was filed");
    }

    async fn it_is_worked_on_as_any_other(engine: Engine) {
        let (hub, seeded) = TestHub::seeded(engine, &SOME).await;
        let now = hub.hub.clock.now();
        let mut signed_in = Vec::new();
        for role in ["responder", "official_lead"] {
            let person = seeded.people.iter().find(|person| person.role == role).expect("somebody");
            signed_in.push(viewer_of_token(&hub.hub.db, &person.token, now).await.unwrap().expect("a token works"));
        }
        let [responder, official] = &signed_in[..] else { panic!("two of them") };
        let queue = incident::list(&hub.hub, responder, &Filter::default(), &Page::default(), now).await.unwrap();
        assert_eq!((queue.items.len(), queue.next.is_some()), (50, true));
        let found = Filter { text: Some("precinct 1".to_owned()), ..Filter::default() };
        assert!(!incident::list(&hub.hub, responder, &found, &Page::default(), now).await.unwrap().items.is_empty());
        let own = incident::list(&hub.hub, official, &Filter::default(), &Page::default(), now).await.unwrap();
        let room = &own.items.first().expect("an incident of their own").reference;
        let log = room::events(&hub.hub, official, room, 0, None, None).await.unwrap();
        assert!(log.items.iter().enumerate().all(|(n, event)| event.seq == n as i64 + 1), "without a gap");
        let say = Say { id: hub::id::fresh().to_string(), text: "Any news?".to_owned(), ..Say::default() };
        let actor = Actor::new(official.clone(), now, hub::id::fresh());
        let said = room::say(&hub.hub, &actor, room, &say).await.unwrap();
        assert_eq!(said.event.seq, log.seq + 1);
        let report = Report { summary: Some("One more.".to_owned()), ..Report::default() };
        let filed = incident::file(&hub.hub, &actor, &report).await.unwrap();
        assert_eq!(filed.body["authority"], "authority-00001");
        hub.clock_moves_to("2026-11-20T12:00:00Z").await;
        hub.is_sound().await;
    }

    async fn real_incidents_are_not_mixed_with_it(engine: Engine) {
        let hub = TestHub::new(engine).await;
        hub.person("ana").files("a real one").await;
        let now = hub.hub.clock.now();
        let refused = seed(&hub.hub.db, Policy::default(), &SOME, now, now).await.unwrap_err().to_string();
        assert!(refused.contains("real incidents"), "{refused}");
        let (hub, _) = TestHub::seeded(engine, &Amounts { authorities: 1, incidents: 0, open: 0, messages: 0, ..SOME }).await;
        let refused = seed(&hub.hub.db, Policy::default(), &SOME, now, now).await.unwrap_err().to_string();
        assert!(refused.contains("seeded before"), "{refused}");
        for wrong in [
            Amounts { open: 121, ..SOME },
            Amounts { authorities: 0, ..SOME },
            Amounts { incidents: 0, open: 0, ..SOME },
            Amounts { people: Some(0), ..SOME },
        ] {
            assert!(seed(&hub.hub.db, Policy::default(), &wrong, now, now).await.is_err(), "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn the_command_prints_who_there_is_and_the_hub_says_that_nothing_is_real() {
    let folder = Folder::new();
    let words = ["seed", "--authorities", "2", "--incidents", "6", "--open", "4", "--messages", "9", "--people", "5"];
    let done = proc::run(&words, &[], folder.path(), "").await;
    let said = String::from_utf8(done.stdout).expect("text");
    assert!(done.status.success() && said.lines().count() == 1, "{said} {}", String::from_utf8_lossy(&done.stderr));
    let made: serde_json::Value = serde_json::from_str(&said).expect("one JSON object");
    assert_eq!((&made["incidents"], &made["open"], &made["messages"]), (&json!(6), &json!(4), &json!(9)));
    let people = made["people"].as_array().expect("a list");
    assert_eq!(people.len(), 5);
    assert!(people.iter().any(|one| one["role"] == "responder" && one["authority"].is_null()));
    assert!(people.iter().any(|one| one["authority"] == "authority-00002"));

    let again = proc::run(&words, &[], folder.path(), "").await;
    assert_eq!(again.status.code(), Some(1), "once");
    let demo = proc::run(&["demo", "--data-dir", "data"], &[("HUB_LISTEN", "127.0.0.1:0")], folder.path(), "").await;
    assert_eq!(demo.status.code(), Some(1), "it is no demonstration");
    let hub = Served::start(&["serve"], &[], &folder).await;
    let token = people[0]["token"].as_str().expect("a token");
    let client = Client::at(&hub.url).bearer(token);
    let queue = client.get("/queue").await;
    assert!(queue.text().contains("DEMO"), "every page says that nothing is real");
    assert_eq!(client.get("/demo").await.status.as_u16(), 404, "and there are no personas");
    let list = client.get("/api/v1/incidents").await.json();
    let room = list["items"][0]["ref"].as_str().expect("an incident").to_owned();
    let body = json!({"id": hub::id::fresh().to_string(), "text": "Here."});
    let said = client.send_json(Method::POST, &format!("/api/v1/incidents/{room}/messages"), &body).await;
    assert_eq!(said.status.as_u16(), 201, "{}", said.text());
    assert!(hub.stop().await.success());
    let verified = proc::run(&["audit", "verify"], &[], folder.path(), "").await;
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
