//! What is not yours to know of looks like what does not exist, to the byte.

use hub_tests::Engine;
use hub_tests::http::Answer;

use super::Api;

/// Status, headers and body.
type Bytes = (u16, Vec<(String, Vec<u8>)>, Vec<u8>);

/// All of an answer but what every answer has for itself.
fn bytes(answer: &Answer) -> Bytes {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
        .collect();
    headers.sort();
    (answer.status.as_u16(), headers, answer.body.to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_a_stranger_as_if_nothing_were_there() {
    let api = Api::new(Engine::Sqlite).await;
    assert_eq!(api.filed().await, "ALD-1");
    let table = web::routes::table();
    let patterns: std::collections::BTreeSet<&str> =
        table.routes().iter().map(|route| route.path).filter(|path| path.starts_with("/api/v1/")).collect();
    let mut looked = 0;
    for pattern in patterns {
        let (theirs, none) = match pattern {
            _ if pattern.contains("{ref}") => (pattern.replace("{ref}", "ALD-1"), pattern.replace("{ref}", "ALD-999")),
            _ if pattern.contains("{slug}") => {
                (pattern.replace("{slug}", "alder"), pattern.replace("{slug}", "nowhere"))
            }
            _ => continue,
        };
        let (theirs, none) = (theirs.replace("/api/v1", ""), none.replace("/api/v1", ""));
        for method in ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"] {
            let sample = table.routes().iter().find(|route| route.path == pattern && route.method.as_str() == method);
            let sample = sample.map(|route| route.body().to_string()).filter(|body| body != "null").unwrap_or_default();
            let reads = ["GET", "HEAD"].contains(&method);
            let bodies = [sample.as_str(), "{", r#"{"nonsense": true}"#, ""];
            let bodies = if reads { &bodies[3..] } else { &bodies[..] };
            let queries = if reads { &["", "?after=-1", "?wait=1"][..] } else { &[""] };
            for (body, query) in bodies.iter().flat_map(|body| queries.iter().map(move |query| (*body, query))) {
                for with in [&[][..], &[("if-match", "\"1\"")], &[("idempotency-key", "k")], &[("content-type", "x/y")]]
                {
                    // An admin knows of every authority.
                    let who = if pattern.contains("{slug}") { &["ben"][..] } else { &["ben", "ada"] };
                    for who in who {
                        let theirs = api.send(who, method, &format!("{theirs}{query}"), with, body.to_owned()).await;
                        let none = api.send(who, method, &format!("{none}{query}"), with, body.to_owned()).await;
                        assert_eq!(bytes(&theirs), bytes(&none), "{who} {method} {pattern}{query} {body}");
                        assert!(theirs.status == 404 || theirs.status == 405, "{who} {method} {pattern}");
                        looked += 1;
                    }
                }
            }
        }
    }
    assert!(looked > 1_000, "{looked}");
    for query in ["authority=alder", "q=ALD-1", "q=poll", "state=all", "owner=rosa@hub.example"] {
        let seen = api.get("ben", &format!("/incidents?{query}")).await;
        assert_eq!(seen.json(), serde_json::json!({"items": [], "next": null}), "{query}");
    }
}
