//! What stands before all routes, on a table of routes that do next to nothing.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header, request};
use http_body_util::BodyExt;
use hub::Hub;
use hub::config::{Config, Limit, Sources};
use hub::identity::{self, NewPerson, Role};
use hub::instance::Mark;
use hub::live::Bus;
use hub::store::Db;
use hub::time::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::answer;
use crate::extract::{Caller, IfMatch, Params, Sent};
use crate::security::origin::Origins;

/// A hub of one test: a responder, an admin, and the way in of each.
struct House {
    router: Router,
    folder: PathBuf,
    token: String,
    cookie: String,
    admin: String,
}

impl Drop for House {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    words: String,
}

const RESPONDER: &[Role] = &[Role::Responder];
const ONE: Sample = Sample::of(&[("ref", "ALD-1")]);

fn little() -> Table {
    Table::default()
        .get("/livez", Access::Public, Sample::NONE, crate::health::live)
        .get("/readyz", Access::Public, Sample::NONE, crate::health::ready)
        .get("/open", Access::Public, Sample::NONE, async || answer::ok(&"x".repeat(2000)))
        .get("/mine", Access::SignedIn, Sample::NONE, async |caller: Caller| answer::ok(&caller.viewer.name()))
        .get("/queue", Access::Roles(RESPONDER), Sample::NONE, async || "queue")
        .get("/panics", Access::Public, Sample::NONE, panics)
        .get("/slow", Access::Public, Sample::NONE, std::future::pending::<()>)
        .get("/incidents/{ref}", Access::Reach(RESPONDER), ONE, look)
        .post("/incidents/{ref}/claim", Access::Reach(RESPONDER), ONE, claim)
        .post("/act", Access::Public, Sample::NONE, async |sent: Sent| -> Result<Response, Failure> {
            let Act { words } = sent.form().await?.read(&[])?;
            Ok(answer::ok(&words))
        })
        .get("/api/v1/incidents/{ref}", Access::Reach(RESPONDER), ONE, look)
        .post("/api/v1/incidents/{ref}/claim", Access::Reach(RESPONDER), ONE, claim)
        .patch("/api/v1/incidents/{ref}", Access::Reach(RESPONDER), ONE, async |seen: IfMatch| {
            seen.version().map(|version| answer::ok(&version))
        })
        .socket("/live", Access::SignedIn, Sample::NONE, async || "live")
}

async fn panics() {
    panic!("hunter2");
}

/// Only ALD-1 is there; only a responder may.
fn reached(caller: &Caller, params: &Params) -> Result<(), Failure> {
    if caller.viewer.role() == Role::Admin || params.text("ref") != "ALD-1" {
        return Err(Failure::NOT_FOUND);
    }
    Ok(())
}

async fn look(caller: Caller, params: Params) -> Result<Response, Failure> {
    reached(&caller, &params)?;
    Ok(answer::item(3, &json!({"ref": "ALD-1"})))
}

async fn claim(caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    reached(&caller, &params)?;
    caller.viewer.may(identity::Right::Respond)?;
    let (act, actor) = sent.command::<Act>(&caller).await?;
    let key = actor.idempotency.map(|key| format!("{} {}", key.key, key.request.len()));
    Ok(answer::ok(&json!({"words": act.words, "key": key})))
}

async fn house() -> House {
    let folder = std::env::temp_dir().join(format!("hub-web-{}", hub::id::fresh()));
    std::fs::create_dir(&folder).unwrap();
    let mut config = Config::load(&Sources::default()).unwrap();
    config.limits.request_seconds = Limit::of(1);
    let url = format!("sqlite://{}", folder.join("hub.db").display());
    let db = Db::open(&url, Bus::local()).await.unwrap();
    db.migrate().await.unwrap();
    let wall = Clock::machine();
    let (rosa, admin) = (person(&db, "rosa", Role::Responder).await, person(&db, "ada", Role::Admin).await);
    let token = identity::make_token(&db, &rosa.email, 1, wall.now()).await.unwrap().text;
    let (_, secret) = identity::sign_in(&db, &rosa, wall.now()).await.unwrap();
    let admin = identity::make_token(&db, &admin.email, 1, wall.now()).await.unwrap().text;
    let rules = hub::escalation::Policy::parse(hub::escalation::Policy::DEFAULT).unwrap();
    let hub = Hub::start(db, wall.clone(), wall, rules, Mark::Live).await.unwrap();
    let origins = Origins::new(None, 8080);
    let app = App::new(hub, config, origins, CancellationToken::new());
    let cookie = format!("hub-dev={}", secret.text);
    House { router: router(app, little()), folder, token, cookie, admin }
}

async fn person(db: &Db, name: &str, role: Role) -> identity::Person {
    let email = format!("{name}@hub.example");
    let new = NewPerson { email: &email, name, role, authority: None };
    identity::add_person(db, &new, Clock::machine().now()).await.unwrap()
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

const OWN: &str = "http://localhost:8080";

fn ask(method: &str, path: &str) -> request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080")
}

impl House {
    async fn send(&self, request: request::Builder, body: &str) -> Got {
        let answer = self.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Got { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    async fn get(&self, path: &str) -> Got {
        self.send(ask("GET", path), "").await
    }

    fn bearer(&self, method: &str, path: &str) -> request::Builder {
        ask(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
    }

    fn by_cookie(&self, method: &str, path: &str) -> request::Builder {
        ask(method, path).header(header::COOKIE, &self.cookie)
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let house = house().await;
    let large = "words=".to_owned() + &"x".repeat(300 * 1024);
    let form = || {
        ask("POST", "/act")
            .header(header::ORIGIN, OWN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    let answers = [
        (200, house.get("/open").await),
        (303, house.get("/mine").await),
        (401, house.get("/api/v1/incidents/ALD-1").await),
        (404, house.get("/nowhere").await),
        (404, house.get("/api/v1/nowhere").await),
        (405, house.send(ask("DELETE", "/open"), "").await),
        (405, house.send(ask("TRACE", "/open"), "").await),
        (405, house.send(ask("BREW", "/open"), "").await),
        (400, house.send(Request::get("/open").header(header::HOST, "evil.example"), "").await),
        (413, house.send(form(), &large).await),
        (422, house.send(form(), "").await),
        (403, house.send(ask("POST", "/act"), "words=x").await),
        (415, house.send(ask("POST", "/act").header(header::ORIGIN, OWN), "words=x").await),
        (500, house.get("/panics").await),
        (503, house.get("/slow").await),
    ];
    let mut ids = std::collections::BTreeSet::new();
    for (status, got) in answers {
        assert_eq!(got.status.as_u16(), status, "{}", got.body);
        assert_eq!(got.header("content-security-policy"), csp::POLICY, "{status}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{status}");
        assert_eq!(got.header("referrer-policy"), "same-origin", "{status}");
        assert_eq!(got.header("cache-control"), "no-store", "{status}");
        assert_eq!(got.header("strict-transport-security"), "", "{status}");
        assert!(ids.insert(got.header("x-request-id").to_owned()) && !got.body.contains("hunter2"), "{status}");
        assert!(status != 405 || !got.header("allow").is_empty(), "405 says what is allowed");
        let page = got.header("content-type").starts_with("text/html") && got.body.contains("<h1>");
        let problem = got.header("content-type") == "application/problem+json";
        assert!(status < 400 || page || problem, "{status} is drawn: {}", got.body);
    }
}

#[tokio::test]
async fn only_the_hubs_own_host_is_answered() {
    let house = house().await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(house.send(Request::get(path).header(header::HOST, "10.0.0.7:8080"), "").await.status, 200);
        assert_eq!(house.send(Request::get(path), "").await.status, 200);
    }
    for host in ["evil.example", "localhost", "localhost:80", "localhost:8080.evil.example", ""] {
        assert_eq!(house.send(Request::get("/open").header(header::HOST, host), "").await.status, 400, "{host}");
    }
    let two = ask("GET", "/open").header(header::HOST, "localhost:8080");
    assert_eq!(house.send(two, "").await.status, 400);
    assert_eq!(house.send(Request::get("/open").header(header::HOST, "127.0.0.1:8080"), "").await.status, 200);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_the_door() {
    let house = house().await;
    assert_eq!(house.get("/mine?a=b&c").await.header("location"), "/sign-in?next=%2Fmine%3Fa%3Db%26c");
    let from_room = ask("POST", "/incidents/ALD-1/claim").header(header::REFERER, format!("{OWN}/incidents/ALD-1"));
    let got = house.send(from_room, "").await;
    assert_eq!((got.status.as_u16(), got.header("location")), (303, "/sign-in?next=%2Fincidents%2FALD-1"));
    let got = house.send(ask("POST", "/api/v1/incidents/ALD-1/claim"), "").await;
    assert_eq!((got.status.as_u16(), got.header("www-authenticate")), (401, "Bearer"));
    let wrong = house.by_cookie("GET", "/api/v1/incidents/ALD-1").header(header::AUTHORIZATION, "Bearer hub_wrong");
    assert_eq!(house.send(wrong, "").await.status, 401, "a token decides alone");
    let basic = house.by_cookie("GET", "/mine").header(header::AUTHORIZATION, "Basic eDp5");
    assert_eq!(house.send(basic, "").await.status, 200, "what browsers send by themselves is no token");
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let house = house().await;
    let claim =
        || house.by_cookie("POST", "/api/v1/incidents/ALD-1/claim").header(header::CONTENT_TYPE, "application/json");
    let body = r#"{"words": "x"}"#;
    for (name, value, status) in [
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", OWN, 200),
        ("origin", "null", 403),
        ("origin", "http://evil.example", 403),
        ("x-nothing", "", 403),
    ] {
        let got = house.send(claim().header(name, value), body).await;
        assert_eq!(got.status.as_u16(), status, "{name}: {value}");
    }
    let token = house.bearer("POST", "/api/v1/incidents/ALD-1/claim").header("sec-fetch-site", "cross-site");
    assert_eq!(house.send(token, body).await.status, 200, "no browser sends a token by itself");
    assert_eq!(house.send(claim(), body).await.json()["title"], "This came from another site");
    for (name, value, status) in [("origin", OWN, 200), ("sec-fetch-site", "same-origin", 403), ("origin", "null", 403)]
    {
        let got = house.send(house.by_cookie("GET", "/live").header(name, value), "").await;
        assert_eq!(got.status.as_u16(), status, "a socket: {name}: {value}");
    }
    assert_eq!(house.send(ask("GET", "/live").header(header::ORIGIN, OWN), "").await.status, 401);
}

#[tokio::test]
async fn refusals_come_in_the_order_of_the_contract() {
    let house = house().await;
    let claim = |path| house.bearer("POST", path);
    let (here, gone) = ("/api/v1/incidents/ALD-1/claim", "/api/v1/incidents/BEL-1/claim");
    let nonsense = house.send(claim(gone), "{").await;
    assert_eq!(nonsense.status, 404, "what is out of reach is not there, whatever is sent to it");
    let plain = ask("POST", here).header(header::AUTHORIZATION, format!("Bearer {}", house.token));
    assert_eq!(house.send(plain.header(header::CONTENT_TYPE, "text/plain"), "{").await.status, 415);
    let large = format!(r#"{{"words": "{}"}}"#, "x".repeat(256 * 1024));
    assert_eq!(house.send(claim(here), &large).await.status, 413);
    let got = house.send(claim(here), r#"{"words": "x", "word": 1}"#).await;
    assert_eq!(got.json()["errors"], json!([{"field": "word", "message": "There is no such field here."}]));
    let got = house.send(claim(here).header("idempotency-key", "a b"), r#"{"words": "x"}"#).await;
    assert_eq!(got.json()["errors"][0]["field"], "Idempotency-Key");
    let got = house.send(claim(here).header("idempotency-key", "k1"), r#"{"words": "x"}"#).await;
    assert_eq!(got.json(), json!({"words": "x", "key": "k1 64"}));
    let patch = || house.bearer("PATCH", "/api/v1/incidents/ALD-1");
    assert_eq!(house.send(patch(), "").await.status, 428);
    assert_eq!(house.send(patch().header(header::IF_MATCH, "\"3\""), "").await.json(), json!(3));
}

#[tokio::test]
async fn not_found_is_the_same_bytes_for_every_reason() {
    let house = house().await;
    let as_admin = |path: &str| ask("GET", path).header(header::AUTHORIZATION, format!("Bearer {}", house.admin));
    for start in ["/incidents/", "/api/v1/incidents/"] {
        let mut seen = Vec::new();
        for name in ["ALD-1", "BEL-1", "nonsense", "%ff", "a%00b", "ALD-1/nothing"] {
            let path = format!("{start}{name}");
            let mut got = house.send(as_admin(&path), "").await;
            assert_eq!(got.status, 404, "{name}");
            got.headers.remove("x-request-id");
            seen.push((got.headers, got.body));
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{start}");
    }
    let got = house.send(as_admin("/queue"), "").await;
    assert_eq!(got.status, 403, "a page of another role may be known of");
    assert_eq!(house.send(house.bearer("GET", "/queue"), "").await.body, "queue");
}

#[tokio::test]
async fn answers_are_compressed_where_that_is_asked_for() {
    let house = house().await;
    for coding in ["gzip", "br"] {
        let got = house.send(ask("GET", "/open").header(header::ACCEPT_ENCODING, coding), "").await;
        assert_eq!(got.header("content-encoding"), coding);
    }
}

#[tokio::test]
async fn a_form_shows_its_words_and_a_page_says_what_to_put_right() {
    let house = house().await;
    let form = |site| {
        ask("POST", "/act")
            .header("sec-fetch-site", site)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    assert_eq!(house.send(form("same-origin"), "words=one%0D%0Atwo").await.json(), "one\ntwo");
    let got = house.send(form("same-origin"), "").await;
    assert!(got.body.contains("words: This is required."), "{}", got.body);
    assert_eq!(house.send(form("cross-site"), "words=x").await.status, 403, "nobody signs somebody else in");
}
