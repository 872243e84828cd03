//! Ten thousand bodies that nobody would send: none is our fault, and none is stored.

use hub_tests::Engine;
use serde_json::{Map, Value, json};

use super::Api;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("a small number")
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 14] = [
            "",
            " ",
            "x",
            "P1",
            "\0",
            "\u{202e}ab",
            "ALD-1",
            "rosa@hub.example",
            "2026-11-03T06:00:00",
            "9999-12-31T23:59:59Z",
            "-9999-01-01T00:00:00",
            "America/New_York",
            "' OR 1=1 --",
            "\u{1F600}\u{301}\r\n",
        ];
        match self.roll(32) {
            14 => "y".repeat(self.roll(12_000)),
            15 => "\u{e9}".repeat(self.roll(3_000)),
            at => TEXTS[at % TEXTS.len()].to_owned(),
        }
    }

    fn value(&mut self, names: &[String], depth: usize) -> Value {
        const NUMBERS: [i64; 8] = [0, 1, -1, 1_000_001, i64::MAX, i64::MIN, 4_294_967_296, 200];
        match self.roll(if depth > 3 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => self.roll(2).eq(&0).into(),
            2 => NUMBERS[self.roll(8)].into(),
            3 => json!(1e308 / (self.roll(7) as f64 + 0.5)),
            4 | 5 => self.text().into(),
            6 => (0..self.roll(5)).map(|_| self.value(names, depth + 1)).collect(),
            _ => self.object(names, depth),
        }
    }

    fn object(&mut self, names: &[String], depth: usize) -> Value {
        let mut all = Map::new();
        for _ in 0..self.roll(6) {
            let name = match self.roll(8) {
                0 => self.text(),
                _ => names[self.roll(names.len())].clone(),
            };
            let value = self.value(names, depth + 1);
            all.insert(name, value);
        }
        all.into()
    }

    fn body(&mut self, names: &[String], sample: &Value) -> String {
        let mut body = if self.roll(2) == 0 { self.object(names, 0) } else { sample.clone() };
        if let Some(fields) = body.as_object_mut() {
            let name = names[self.roll(names.len())].clone();
            fields.insert(name, self.value(names, 0));
        }
        let mut text = body.to_string();
        match self.roll(20) {
            0 => text.truncate(text.char_indices().map(|(at, _)| at).nth(self.roll(30)).unwrap_or(0)),
            1 => text = "[".repeat(self.roll(10_000)),
            2 => text = self.value(names, 0).to_string(),
            3 => text = format!("{text}{text}"),
            _ => {}
        }
        text
    }
}

/// The routes that take a body: method, path, sample.
fn takers(reference: &str, election: &str, handover: i64, proposal: &str) -> Vec<(String, String, Value)> {
    let table = web::routes::table();
    let taking =
        table.routes().iter().filter(|route| route.path.starts_with("/api/v1/") && route.sample.body.is_some());
    let one = |route: &web::routes::Route| {
        let path = route.path.trim_start_matches("/api/v1").replace("{ref}", reference);
        let path = path.replace("/handovers/{id}", &format!("/handovers/{handover}")).replace("{id}", election);
        let path = path.replace("{proposal}", proposal);
        (route.method.to_string(), path, route.body())
    };
    taking.map(one).collect()
}

/// Rosa is on duty, and hands over to Ravi.
async fn handover(api: &Api) -> i64 {
    let shift = json!({"person": "rosa@hub.example", "from": "2026-11-01T10:00:00Z", "to": "2026-11-01T18:00:00Z"});
    assert_eq!(api.send("sam", "POST", "/duty/shifts", &[], shift.to_string()).await.status, 201);
    let to = json!({"to": "ravi@hub.example"}).to_string();
    let written = api.send("rosa", "POST", "/duty/handovers", &[], to).await;
    assert_eq!(written.status, 201, "{}", written.text());
    written.json()["id"].as_i64().expect("its number")
}

/// A change that waits for a second person.
async fn proposed(api: &Api, election: &str) -> String {
    let zone = json!({"zone": "America/Chicago"});
    let answer = api.patch("olive", &format!("/elections/{election}"), "*", &zone).await;
    answer.json()["proposal"]["id"].as_str().expect("a proposal").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_that_is_described_is_read() {
    let api = Api::new(Engine::Sqlite).await;
    let r = api.filed().await;
    let election = api.house.polls("alder").await;
    let id = election["id"].as_str().unwrap();
    for (method, path, _) in takers(&r, id, handover(&api).await, &proposed(&api, id).await) {
        let operation = api.shapes.operation(&method, &format!("/api/v1{path}")).expect("a described route");
        let named = operation.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
        let name = named.expect("a named body").trim_start_matches("#/components/schemas/");
        let fields = api.shapes.0["components"]["schemas"][name]["properties"].as_object().cloned().unwrap_or_default();
        let who = if path == "/authorities" { "ada" } else { "sam" };
        for field in fields.keys() {
            let answer = api.send(who, &method, &path, &[], json!({field: null}).to_string()).await;
            assert!(!answer.text().contains("There is no such field"), "{method} {path} {field}: {}", answer.text());
        }
        let answer = api.send(who, &method, &path, &[], json!({"fields": null}).to_string()).await;
        assert!(answer.text().contains("There is no such field"), "{method} {path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_is_our_fault() {
    let api = Api::new(Engine::Sqlite).await;
    let r = api.filed().await;
    let election = api.house.polls("alder").await;
    let id = election["id"].as_str().unwrap();
    let mut names: Vec<String> = Vec::new();
    let schemas = api.shapes.0["components"]["schemas"].as_object().unwrap();
    names.extend(
        schemas.values().filter_map(|schema| schema["properties"].as_object()).flat_map(|all| all.keys().cloned()),
    );
    names.sort();
    names.dedup();
    let mut routes = takers(&r, id, handover(&api).await, &proposed(&api, id).await);
    // What would end the story for the others.
    routes.retain(|(_, path, _)| !path.ends_with("/resolve"));
    let mut dice = Dice(0x5eed_2026_1103);
    for n in 0..10_000 {
        let (method, path, sample) = &routes[n % routes.len()];
        let who = ["rosa", "sam", "ana", "ada"][dice.roll(4)];
        let body = dice.body(&names, sample);
        // `send` holds that it is no 5xx, and as the document says.
        api.send(who, method, path, &[("if-match", "*")], body).await;
    }
    assert_eq!(api.get("rosa", &format!("/incidents/{r}")).await.status, 200);
}
