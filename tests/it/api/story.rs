//! What people do, told by the API.

use hub_tests::{Engine, on_both};
use serde_json::{Value, json};

use super::{Api, fields};

on_both! {
    async fn an_incident_from_first_to_last(engine: Engine) {
        let api = Api::new(engine).await;
        let me = api.get("ana", "/me").await.json();
        assert_eq!((me["email"].as_str(), me["authority"].as_str()), (Some("ana@alder.example"), Some("alder")));
        assert_eq!(me["permissions"], json!(["file", "write", "patch", "reopen"]));
        assert_eq!(api.get("ada", "/me").await.json()["permissions"], json!(["administer"]));

        let report = json!({
            "symptom": "CANNOT_CHECK_IN", "summary": "Nobody can be checked in at 3 sites.",
            "sites": {"affected": 3, "total": 57}, "callback": {"number": "+1 999 555 0142"}, "tlp": null,
        });
        let filed = api.post("ana", "/incidents", &report).await;
        assert_eq!((filed.status.as_u16(), filed.header("location")), (201, "/api/v1/incidents/ALD-1"));
        assert_eq!(filed.header("etag"), "\"1\"");
        assert_eq!(api.get("ana", "/incidents/ALD-1").await.json(), filed.json());

        let claimed = api.post("rosa", "/incidents/ALD-1/claim", &json!({})).await;
        assert_eq!((claimed.status.as_u16(), claimed.json()["owner"]["name"].as_str()), (200, Some("Rosa Field")));
        let lost = api.post("ravi", "/incidents/ALD-1/claim", &Value::Null).await;
        assert_eq!(lost.status, 422, "null is no body");
        let lost = api.send("ravi", "POST", "/incidents/ALD-1/claim", &[], String::new()).await;
        assert_eq!((lost.status.as_u16(), lost.json()["owner"].as_str()), (409, Some("Rosa Field")));

        let said = json!({"id": hub::id::fresh(), "text": "Restart the router?"});
        let first = api.post("rosa", "/incidents/ALD-1/messages", &said).await;
        let again = api.post("rosa", "/incidents/ALD-1/messages", &said).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
        assert_eq!(first.json(), again.json());
        let place = first.header("location").trim_start_matches("/api/v1").to_owned();
        assert_eq!(api.get("rosa", &place).await.json()["items"], json!([first.json()]));
        let other = json!({"id": said["id"], "text": "Something else"});
        assert_eq!(fields(&api.post("rosa", "/incidents/ALD-1/messages", &other).await), ["id"]);
        let note = json!({"id": hub::id::fresh(), "text": "Third time this week.", "note": true});
        assert_eq!(api.post("rosa", "/incidents/ALD-1/messages", &note).await.status, 201);
        assert_eq!(api.post("ana", "/incidents/ALD-1/messages", &note).await.status, 403);

        let late = json!({"id": hub::id::fresh(), "text": "It is back", "seen": 1});
        let unseen = api.post("ana", "/incidents/ALD-1/messages", &late).await;
        assert_eq!((unseen.status.as_u16(), &unseen.json()["events"][0]["text"]), (409, &said["text"]));
        let mut anyway = late.clone();
        anyway["anyway"] = true.into();
        assert_eq!(api.post("ana", "/incidents/ALD-1/messages", &anyway).await.status, 201);

        let log = api.get("ana", "/incidents/ALD-1/events").await.json();
        let seqs: Vec<_> = log["items"].as_array().unwrap().iter().map(|event| event["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (1..=log["seq"].as_i64().unwrap()).collect::<Vec<_>>(), "no gap for officials");
        assert!(!log.to_string().contains("Third time"));
        let foreign = api.get("ana", "/incidents/ALD-1/events?epoch=another").await;
        assert_eq!(foreign.status, 409);

        for (who, verb, body, status) in [
            ("lena", "assign", json!({"to": "ravi@hub.example"}), 200),
            ("ravi", "confirm-severity", json!({"answers": {"ability_to_vote": "slower_with_fallback"}}), 200),
            ("ana", "override", json!({"priority": "P1", "reason": "x"}), 403),
            ("sam", "override", json!({"priority": "P1", "reason": "The sheriff rang."}), 200),
            ("ravi", "confirm-lowering", json!({}), 409),
            ("ravi", "close", json!({}), 409),
            ("ravi", "release", json!({}), 200),
            ("ravi", "resolve", json!({"cause": "fault", "text": "A cable."}), 200),
            ("ravi", "resolve", json!({}), 200),
            ("ana", "reopen", json!({}), 422),
            ("ana", "reopen", json!({"reason": "It is back."}), 200),
            ("rosa", "acknowledge", json!({}), 200),
            ("ravi", "resolve", json!({}), 200),
            ("ravi", "close", json!({}), 200),
            ("ravi", "close", json!({}), 200),
        ] {
            let answer = api.post(who, &format!("/incidents/ALD-1/{verb}"), &body).await;
            assert_eq!(answer.status, status, "{who} {verb}: {}", answer.text());
            if status == 200 {
                let version = answer.json()["version"].to_string();
                assert_eq!(answer.header("etag"), format!("\"{version}\""), "{verb}");
            }
        }
        assert_eq!(api.get("sam", "/dashboard").await.json()["open"]["P1"], 0);
        assert_eq!(api.get("rosa", "/incidents").await.json()["items"], json!([]));
        assert_eq!(api.get("rosa", "/incidents?state=closed").await.json()["items"][0]["ref"], "ALD-1");
    }

    async fn a_version_keeps_changes_apart(engine: Engine) {
        let api = Api::new(engine).await;
        let path = format!("/incidents/{}", api.filed().await);
        let change = json!({"voting_stopped": true});
        assert_eq!(api.send("ana", "PATCH", &path, &[], change.to_string()).await.status, 428);
        assert_eq!(api.send("ana", "PATCH", &path, &[], json!({"tlp": "PINK"}).to_string()).await.status, 422);
        for stale in ["\"7\"", "W/\"1\"", "1", "\"x\""] {
            let refused = api.patch("ana", &path, stale, &change).await;
            assert_eq!((refused.status.as_u16(), &refused.json()["present"]["version"]), (412, &json!(1)), "{stale}");
        }
        assert_eq!(fields(&api.patch("ana", &path, "\"7\"", &json!({"tlp": "PINK"})).await), ["tlp"], "422 before 412");
        let done = api.patch("ana", &path, "\"1\"", &change).await;
        assert_eq!((done.status.as_u16(), done.json()["voting_stopped"].as_bool()), (200, Some(true)));
        assert_eq!(api.get("ana", &path).await.header("etag"), done.header("etag"));
        assert_eq!(api.patch("ana", &path, "*", &json!({"summary": "All of them."})).await.status, 200);
        assert_eq!(api.patch("ana", &path, "*", &json!({"status": "waiting"})).await.status, 403);
        assert_eq!(api.patch("rosa", &path, "*", &json!({"status": "waiting"})).await.status, 409);
    }

    async fn a_key_has_one_answer(engine: Engine) {
        let api = Api::new(engine).await;
        let report = json!({"summary": "The website is down."});
        let all = futures_util::future::join_all((0..32).map(|_| api.keyed("ana", "/incidents", "k-1", &report))).await;
        let fresh = all.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count();
        assert_eq!(fresh, 1, "one of 32 made it");
        for answer in &all {
            assert_eq!((answer.status.as_u16(), &answer.body), (201, &all[0].body));
            assert_eq!((answer.header("location"), answer.header("etag")), ("/api/v1/incidents/ALD-1", "\"1\""));
        }
        assert_eq!(api.get("ana", "/incidents").await.json()["items"].as_array().unwrap().len(), 1);
        for (path, body) in [("/incidents", json!({"summary": "Another"})), ("/incidents/ALD-1/reopen", report.clone())] {
            let refused = api.keyed("ana", path, "k-1", &body).await;
            assert_eq!(refused.status, 422, "another body or path");
        }
        let hers = api.keyed("olive", "/incidents", "k-1", &report).await;
        assert_eq!(hers.json()["ref"], "ALD-2", "a key is its person's");
        for bad in ["", "a b", &"x".repeat(65)] {
            assert_eq!(fields(&api.keyed("ana", "/incidents", bad, &report).await), ["Idempotency-Key"]);
        }
        let election = json!({
            "authority": "alder", "name": "General", "zone": "America/New_York",
            "windows": [{"kind": "election_day", "opens": "2026-11-03T06:00:00", "closes": "2026-11-03T20:00:00"}],
        });
        let authority = json!({"slug": "dogwood", "code": "DOG", "name": "Dogwood County", "zone": "America/Chicago"});
        let shift =
            json!({"person": "rosa@hub.example", "from": "2026-11-01T10:00:00Z", "to": "2026-11-01T18:00:00Z"});
        for (who, path, body) in
            [("lena", "/elections", &election), ("ada", "/authorities", &authority), ("sam", "/duty/shifts", &shift)]
        {
            let all = futures_util::future::join_all((0..4).map(|_| api.keyed(who, path, "k-2", body))).await;
            let fresh = all.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count();
            assert_eq!(fresh, 1, "{path}: {}", all[0].text());
            assert!(all.iter().all(|answer| answer.status == 201 && answer.header("location") == all[0].header("location")));
        }
        assert_eq!(api.get("uma", "/duty").await.json()["items"].as_array().unwrap().len(), 1);
    }

    async fn an_election_moves_what_it_moves(engine: Engine) {
        let api = Api::new(engine).await;
        let r = api.filed().await;
        let body = json!({
            "name": "General", "windows": [{"kind": "election_day", "opens": "2026-11-01T06:00:00",
            "closes": "2026-11-01T20:00:00"}], "milestones": [],
        });
        let made = api.post("olive", "/elections", &body).await;
        assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
        assert_eq!(made.json()["moved"][0]["ref"], r.as_str(), "polls are open now: {}", made.text());
        let path = made.header("location").trim_start_matches("/api/v1").to_owned();
        let election = api.get("ben", &path).await;
        assert_eq!((election.status.as_u16(), election.header("etag")), (200, "\"1\""), "everybody reads elections");
        let window = &election.json()["windows"][0]["id"];
        for (closes, status) in [("2026-11-01T19:00:00", 422), ("never", 422), ("2026-11-01T21:00:00", 200)] {
            let answer = api.post("olive", &format!("{path}/extend"), &json!({"window": window, "closes": closes, "reason": "There are queues."})).await;
            assert_eq!(answer.status, status, "{closes}: {}", answer.text());
        }
        assert_eq!(api.patch("olive", &path, "\"1\"", &json!({"name": "x"})).await.status, 412);
        assert_eq!(api.patch("olive", &path, "\"1\"", &json!({"zone": "Mars"})).await.status, 422);
        assert_eq!(api.send("olive", "PATCH", &path, &[], json!({"name": "x"}).to_string()).await.status, 428);
        assert_eq!(api.patch("fay", &path, "*", &json!({"name": "x"})).await.status, 403, "of another authority");
        assert_eq!(api.patch("lena", &path, "\"2\"", &json!({"name": "x"})).await.json()["election"]["version"], 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_read_to_their_end_a_page_at_a_time() {
    let api = Api::new(Engine::Sqlite).await;
    for n in 0..7 {
        let report = json!({"summary": format!("Report {n}"), "exercise": n == 6});
        assert_eq!(api.post("ana", "/incidents", &report).await.status, 201);
    }
    for sort in ["now", "opened", "updated"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = api.get("rosa", &format!("/incidents?sort={sort}&limit=3&cursor={cursor}")).await.json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["ref"].to_string()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = next.to_owned();
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7, "{sort}");
    }
    for (query, field) in [
        ("state=opened", "state"),
        ("sort=best", "sort"),
        ("priority=P1,P9", "priority"),
        ("priority=", ""),
        ("owner=rosa", "owner"),
        ("category=NONE", "category"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=-1", "limit"),
        ("cursor=abc", "cursor"),
        ("page=2", "page"),
        ("state=open&state=all", "state"),
        ("q=%00", "q"),
        ("authority=nowhere", ""),
        ("owner=me&priority=P1,P2,P3,P4,P5&authority=alder&q=report", ""),
    ] {
        let answer = api.get("rosa", &format!("/incidents?{query}")).await;
        let expected: Vec<&str> = Some(field).filter(|field| !field.is_empty()).into_iter().collect();
        assert_eq!(fields(&answer), expected, "{query}");
    }
    for path in ["/elections", "/authorities", "/duty"] {
        assert_eq!(fields(&api.get("rosa", &format!("{path}?limit=0")).await), ["limit"], "{path}");
        assert_eq!(fields(&api.get("rosa", &format!("{path}?cursor=abc")).await), ["cursor"], "{path}");
        assert_eq!(fields(&api.get("rosa", &format!("{path}?nonsense=1")).await), ["nonsense"], "{path}");
    }
    let two = api.get("rosa", "/authorities?limit=2").await.json();
    let rest = api.get("rosa", &format!("/authorities?cursor={}", two["next"].as_str().unwrap())).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_poll_answers_at_the_first_event_that_its_reader_sees() {
    let api = Api::new(Engine::Sqlite).await;
    let r = api.filed().await;
    let newest = api.get("ana", &format!("/incidents/{r}/events")).await.json()["seq"].clone();
    let path = format!("/incidents/{r}/messages");
    let say = |text: &str, note: bool| json!({"id": hub::id::fresh(), "text": text, "note": note});
    let waits = format!("/incidents/{r}/events?after={newest}&wait=25");
    let (heard, ()) = tokio::join!(api.get("ana", &waits), async {
        assert_eq!(api.post("rosa", &path, &say("for us alone", true)).await.status, 201);
        assert_eq!(api.post("rosa", &path, &say("for both", false)).await.status, 201);
    });
    assert_eq!(heard.json()["items"][0]["text"], "for both");
    assert_eq!(api.get("ana", &format!("/incidents/{r}/events?after=2&wait=1")).await.json()["items"], json!([]));
    for (query, field) in [("wait=26", "wait"), ("after=-1", "after"), ("limit=0", "limit"), ("before=1", "before")] {
        assert_eq!(fields(&api.get("ana", &format!("/incidents/{r}/events?{query}")).await), [field]);
    }
    // Whoever is shut out while they wait gets nothing more.
    let shut_out = async {
        let now = api.house.hub.wall.now();
        hub::identity::disable_person(&api.house.hub.db, "ana@alder.example", now).await.expect("she is shut out");
        api.post("rosa", &path, &say("a secret", false)).await
    };
    let waits = format!("/incidents/{r}/events?after=2&wait=25");
    let (heard, _) = tokio::join!(api.get("ana", &waits), shut_out);
    assert!(!heard.text().contains("a secret"), "{}", heard.text());
}
