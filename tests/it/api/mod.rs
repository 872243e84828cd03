//! The API as other people's programs use it: the real router in process. Every answer that any of these tests gets is
//! held against the document.

mod document;
mod nonsense;
mod order;
mod shape;
mod story;
mod strangers;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use hub::config::{Config, Sources};
use hub::identity::make_token;
use hub_tests::http::Answer;
use hub_tests::hub::TestHub;
use hub_tests::{Engine, within};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use web::app::App;
use web::routes;
use web::security::origin::Origins;

use shape::Shapes;

const CAST: [&str; 10] = ["ana", "olive", "ben", "fay", "rosa", "ravi", "lena", "sam", "uma", "ada"];
const NOBODY: &str = "nobody";

/// A hub with the cast, and a token of each.
pub struct Api {
    pub house: TestHub,
    router: Router,
    tokens: BTreeMap<&'static str, String>,
    shapes: Shapes,
}

impl Api {
    pub async fn new(engine: Engine) -> Self {
        let house = TestHub::new(engine).await;
        let now = house.hub.wall.now();
        let mut tokens = BTreeMap::new();
        for name in CAST {
            let token = make_token(&house.hub.db, &house.person(name).email, 1, now).await.expect("a token");
            tokens.insert(name, token.text);
        }
        let config = Config::load(&Sources::default()).expect("no settings at all");
        let app = App::new(house.hub.clone(), config, Origins::new(None, 8080), CancellationToken::new());
        let router = routes::router(app, routes::table());
        Self { house, router, tokens, shapes: Shapes::of_the_document() }
    }

    /// Sends a request as somebody of the cast. `path` is below `/api/v1`.
    pub async fn send(&self, who: &str, method: &str, path: &str, with: &[(&str, &str)], body: String) -> Answer {
        let path = format!("/api/v1{path}");
        let mut request = Request::builder().method(method).uri(&path).header(header::HOST, "localhost:8080");
        if let Some(token) = self.tokens.get(who) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        } else if method != "GET" {
            request = request.header(header::ORIGIN, "http://localhost:8080");
        }
        if !body.is_empty() && !with.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in with {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a well-formed request");
        let answer = within("an answer", self.router.clone().oneshot(request)).await.expect("a router answers");
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let answer = Answer { status: head.status, headers: head.headers, body };
        self.shapes.hold(method, &path, &answer);
        answer
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, "GET", path, &[], String::new()).await
    }

    pub async fn post(&self, who: &str, path: &str, body: &Value) -> Answer {
        self.send(who, "POST", path, &[], body.to_string()).await
    }

    pub async fn keyed(&self, who: &str, path: &str, key: &str, body: &Value) -> Answer {
        self.send(who, "POST", path, &[("idempotency-key", key)], body.to_string()).await
    }

    pub async fn patch(&self, who: &str, path: &str, tag: &str, body: &Value) -> Answer {
        self.send(who, "PATCH", path, &[("if-match", tag)], body.to_string()).await
    }

    /// Ana files: the reference.
    pub async fn filed(&self) -> String {
        let answer = self.post("ana", "/incidents", &json!({"summary": "Poll books are slow."})).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["ref"].as_str().expect("a reference").to_owned()
    }
}

/// The fields that a refusal names.
pub fn fields(answer: &Answer) -> Vec<String> {
    let all = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    all.iter().map(|problem| problem["field"].as_str().expect("a name").to_owned()).collect()
}
