//! The order of checks: who is told what, with a good body and with a bad one.

use hub_tests::Engine;
use hub_tests::http::Answer;
use serde_json::{Value, json};

use super::{Api, NOBODY};

/// Method, path, a good body, and what each is told: nobody, Ana (whose it is), Ben (a stranger), Rosa (responder),
/// Lena (shift lead), Uma (auditor), Ada (admin).
type Row = (&'static str, &'static str, Value, [u16; 7]);

const WHO: [&str; 7] = [NOBODY, "ana", "ben", "rosa", "lena", "uma", "ada"];

fn rows() -> Vec<Row> {
    let no = || Value::Null;
    let reads = [401, 200, 404, 200, 200, 200, 404];
    let works = [401, 403, 404, 200, 200, 403, 404];
    let all = [401, 200, 200, 200, 200, 200, 200];
    let watches = [401, 403, 403, 200, 200, 200, 403];
    let message = json!({"id": hub::id::fresh(), "text": "Hello"});
    let election = json!({"authority": "alder", "name": "General"});
    let authority = json!({"slug": "dogwood", "code": "DOG", "name": "Dogwood", "zone": "America/Chicago"});
    let shift = json!({"person": "rosa@hub.example", "from": "2026-11-01T10:00:00Z", "to": "2026-11-01T18:00:00Z"});
    vec![
        ("GET", "/me", no(), all),
        ("GET", "/incidents", no(), [401, 200, 200, 200, 200, 200, 404]),
        ("POST", "/incidents", json!({"summary": "x", "authority": "alder"}), [401, 201, 404, 201, 201, 403, 404]),
        ("GET", "/incidents/REF", no(), reads),
        ("GET", "/incidents/REF/events", no(), reads),
        ("PATCH", "/incidents/REF", json!({"voting_stopped": true}), [401, 428, 404, 428, 428, 403, 404]),
        ("POST", "/incidents/REF/messages", message, [401, 201, 404, 201, 201, 403, 404]),
        ("POST", "/incidents/REF/claim", json!({}), works),
        ("POST", "/incidents/REF/acknowledge", json!({}), works),
        ("POST", "/incidents/REF/confirm-severity", json!({}), works),
        ("POST", "/incidents/REF/confirm-lowering", json!({}), works),
        ("POST", "/incidents/REF/release", json!({}), [401, 403, 404, 409, 409, 403, 404]),
        ("POST", "/incidents/REF/assign", json!({"to": "ravi@hub.example"}), [401, 403, 404, 403, 200, 403, 404]),
        ("POST", "/incidents/REF/resolve", json!({}), works),
        ("POST", "/incidents/REF/close", json!({}), [401, 403, 404, 409, 409, 403, 404]),
        ("POST", "/incidents/REF/reopen", json!({"reason": "x"}), [401, 409, 404, 409, 409, 403, 404]),
        (
            "POST",
            "/incidents/REF/override",
            json!({"priority": "P1", "reason": "x"}),
            [401, 403, 404, 200, 200, 403, 404],
        ),
        ("GET", "/elections", no(), all),
        ("POST", "/elections", election, [401, 403, 403, 403, 201, 403, 403]),
        ("PATCH", "/elections/ID", json!({"name": "x"}), [401, 403, 403, 403, 428, 403, 403]),
        ("GET", "/elections/ID", no(), all),
        ("GET", "/authorities", no(), all),
        ("GET", "/authorities/alder", no(), [401, 200, 404, 200, 200, 200, 200]),
        ("POST", "/authorities", authority, [401, 403, 403, 403, 403, 403, 201]),
        ("GET", "/dashboard", no(), watches),
        ("GET", "/duty", no(), watches),
        ("POST", "/duty/shifts", shift, [401, 403, 403, 403, 201, 403, 403]),
        ("GET", "/nowhere", no(), [404; 7]),
    ]
}

/// What somebody is told whatever the body, where that is decided without it.
fn before_the_body(method: &str, path: &str, who: &str, told: u16) -> Option<u16> {
    let by_body = [("POST", "/incidents", "ben"), ("POST", "/incidents/REF/override", "ana")];
    (!by_body.contains(&(method, path, who)) && [401, 403, 404].contains(&told)).then_some(told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_is_told_what_the_contract_says_in_its_order() {
    let api = Api::new(Engine::Sqlite).await;
    let election = api.house.polls("alder").await;
    let mut wrong = Vec::new();
    for (method, pattern, mut good, expected) in rows() {
        for (who, expected) in WHO.into_iter().zip(expected) {
            let r = if pattern.contains("REF") { api.filed().await } else { String::new() };
            let path = pattern.replace("REF", &r).replace("ID", election["id"].as_str().unwrap());
            let mut hold = |told: &Answer, wanted: u16, body: &str| {
                if told.status != wanted {
                    wrong.push(format!("{who} {method} {pattern} {body:.20}: {} instead of {wanted}", told.status));
                }
            };
            if method == "GET" {
                hold(&api.get(who, &path).await, expected, "");
                continue;
            }
            let before = before_the_body(method, pattern, who, expected);
            for bad in ["{", "[]", r#"{"nonsense": 1}"#, &"[".repeat(2000)] {
                let told = api.send(who, method, &path, &[], bad.to_owned()).await;
                hold(&told, before.unwrap_or(422), bad);
            }
            let large = format!("{{\"summary\": \"{}\"}}", "x".repeat(300 * 1024));
            hold(&api.send(who, method, &path, &[], large.clone()).await, before.unwrap_or(413), &large);
            let typed = [("content-type", "text/plain")];
            hold(&api.send(who, method, &path, &typed, "{}".to_owned()).await, before.unwrap_or(415), "text");
            if good["id"].is_string() {
                good["id"] = hub::id::fresh().to_string().into();
            }
            hold(&api.send(who, method, &path, &[], good.to_string()).await, expected, "good");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_needs_the_own_origin_before_anything_is_looked_up() {
    let api = Api::new(Engine::Sqlite).await;
    let now = api.house.hub.wall.now();
    let rosa = hub::identity::find_person(&api.house.hub.db, "rosa@hub.example").await.unwrap();
    let (_, secret) = hub::identity::sign_in(&api.house.hub.db, &rosa, now).await.unwrap();
    let cookie = format!("hub-dev={}", secret.text);
    let r = api.filed().await;
    for (path, own) in [(format!("/incidents/{r}/claim"), 200), ("/incidents/ALD-99/claim".to_owned(), 404)] {
        let foreign = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
        assert_eq!(api.send(NOBODY, "POST", &path, &foreign, "{}".to_owned()).await.status, 403, "{path}");
        let ours = [("cookie", cookie.as_str())];
        assert_eq!(api.send(NOBODY, "POST", &path, &ours, "{}".to_owned()).await.status, own, "{path}");
        let refused = [("cookie", cookie.as_str()), ("authorization", "Bearer hub_nobodys")];
        assert_eq!(
            api.send(NOBODY, "POST", &path, &refused, "{}".to_owned()).await.status,
            401,
            "the cookie is ignored"
        );
    }
}
