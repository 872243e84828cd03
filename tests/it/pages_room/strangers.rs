//! What nobody may find out, and what nobody can break.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hub_tests::http::{Answer, Client};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::stage::{Stage, at};

/// The canary of a note: no page of an official ever holds it.
const CANARY: &str = "kestrel-canary-9931";
const FORM: &str = "application/x-www-form-urlencoded";

const VERBS: [&str; 12] = [
    "acknowledge",
    "claim",
    "release",
    "assign",
    "confirm-severity",
    "confirm-lowering",
    "override",
    "resolve",
    "reopen",
    "close",
    "messages",
    "edit",
];

/// Status, headers but those of the request, body.
fn bytes(mut answer: Answer) -> (StatusCode, String, Vec<u8>) {
    answer.headers.remove("x-request-id");
    answer.headers.remove("date");
    (answer.status, format!("{:?}", answer.headers), answer.body.to_vec())
}

#[tokio::test]
async fn anothers_incident_and_one_that_does_not_exist_are_the_same_bytes() {
    let stage = Stage::set().await;
    for key in ["ben", "ada"] {
        let stranger = stage.be(key).await;
        for page in ["", "/receipt", "/edit", "?before=3", "?before=x", "?x=1"] {
            let theirs = bytes(stranger.get(&format!("/incidents/ALD-1{page}")).await);
            let none = bytes(stranger.get(&format!("/incidents/ALD-4711{page}")).await);
            assert_eq!(theirs.0, 404, "{key} {page}");
            assert_eq!(theirs, none, "{key} {page}");
        }
        for verb in VERBS {
            for (kind, body) in
                [(FORM, "reason=x&to=y"), (FORM, "%%%&=&a=1&a=2"), ("text/plain", "x"), ("application/json", "{")]
            {
                let post = async |reference: &str| {
                    let ask = Client::request(Method::POST, &format!("/incidents/{reference}/{verb}"))
                        .header(header::CONTENT_TYPE, kind)
                        .header(header::ORIGIN, stranger.origin())
                        .header("sec-fetch-site", "same-origin");
                    bytes(stranger.send(ask, body.to_owned()).await)
                };
                let (theirs, none) = (post("ALD-1").await, post("ALD-4711").await);
                assert_eq!(theirs.0, 404, "{key} {verb} {body}");
                assert_eq!(theirs, none, "{key} {verb} {body}");
            }
        }
    }
    let ada = stage.be("ada").await;
    for page in ["/incidents", "/incidents/new", "/incidents/new/outcome"] {
        assert_eq!(ada.get(page).await.status, 404, "{page}");
    }
    let uma = stage.be("uma").await;
    for page in ["/incidents/new", "/incidents/ALD-1/edit"] {
        assert_eq!(uma.get(page).await.status, 403, "{page}");
    }
    for (key, to) in
        [("rosa", "/queue"), ("lena", "/queue"), ("uma", "/queue"), ("sam", "/dashboard"), ("ada", "/authorities")]
    {
        let home = stage.be(key).await.get("/").await;
        assert_eq!((home.status.as_u16(), at(&home)), (303, to), "{key}");
    }
}

#[tokio::test]
async fn an_officials_pages_hold_nothing_of_a_note() {
    let stage = Stage::set().await;
    let (olive, rosa) = (stage.be("olive").await, stage.be("rosa").await);
    for (number, text) in ["about the vendor", "again"].into_iter().enumerate() {
        let (id, text) = (format!("0199b2f4-5b1e-7c3a-8f00-00000000002{number}"), format!("{CANARY} {text}"));
        let note = [("id", id.as_str()), ("text", text.as_str()), ("note", "true")];
        assert_eq!(rosa.post_form("/incidents/ALD-1/messages", &note).await.status, 303);
    }
    let judged = [("version", "x"), ("veracity", "refuted"), ("cause", "malicious")];
    assert_eq!(rosa.post_form("/incidents/ALD-1/edit", &judged).await.status, 303);
    let theirs = rosa.get("/incidents/ALD-1").await;
    assert!(theirs.text().contains(CANARY) && theirs.text().contains("malicious act"));
    let mut pages = Vec::new();
    for page in [
        "/",
        "/incidents",
        "/incidents/ALD-1",
        "/incidents/ALD-1?before=99",
        "/incidents/ALD-1/edit",
        "/incidents/ALD-1/receipt",
    ] {
        pages.push(olive.get(page).await);
    }
    let unseen = [("id", "0199b2f4-5b1e-7c3a-8f00-000000000031"), ("text", "x"), ("seen", "0")];
    let guard = olive.post_form("/incidents/ALD-1/messages", &unseen).await;
    assert_eq!(guard.status, 409);
    pages.push(guard);
    pages.push(olive.post_form("/incidents/ALD-1/edit", &[("version", "1"), ("seen", "0"), ("summary", "x")]).await);
    pages.push(olive.post_form("/incidents/ALD-1/reopen", &[]).await);
    for page in pages {
        for trace in [
            CANARY,
            "nternal note",
            "msg internal",
            "noteonly",
            "replyonly",
            "name=\"note\"",
            "malicious",
            "refuted",
            "data-kind=\"note\"",
        ] {
            assert!(!page.text().contains(trace), "{trace}: {}", page.text());
        }
    }
    // The numbers are consecutive for both sides.
    for page in [olive.get("/incidents/ALD-1").await, rosa.get("/incidents/ALD-1").await] {
        let seqs: Vec<i64> =
            page.text().split("data-seq=\"").skip(2).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect();
        assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1) && !seqs.is_empty(), "{seqs:?}");
    }
}

/// A small generator: the same posts at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).expect("few sides")).expect("a small number")
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

const FIELDS: &[&str] = &[
    "id",
    "summary",
    "symptom",
    "category",
    "answers.people",
    "answers",
    "answers.people.x",
    "voting_stopped",
    "sites.affected",
    "sites.total",
    "sites",
    "callback.number",
    "callback.outside_affected_system",
    "tlp",
    "election",
    "exercise",
    "authority",
    "still_happening",
    "text",
    "note",
    "seen",
    "anyway",
    "version",
    "status",
    "functions",
    "veracity",
    "cause",
    "priority",
    "reason",
    "to",
    "",
    ".",
    "a.b.c",
    "place",
    "since",
    "source",
];
const VALUES: &[&str] = &[
    "",
    " ",
    "x",
    "true",
    "unknown",
    "-1",
    "0",
    "1",
    "99999999999999999999",
    "9223372036854775807",
    "P1",
    "P9",
    "RED",
    "none",
    "WEBSITE_DOWN",
    "DRILL",
    "working",
    "waiting",
    "closed",
    "rosa@hub.example",
    "%00",
    "%0d%0a",
    "%ff%fe",
    "\u{202e}",
    "é漢字🗳",
    "0199b2f4-5b1e-7c3a-8f00-000000000042",
    "<script>",
    "alder",
    "results",
    "confirmed",
    "fault",
    "%",
    "&&",
    "=",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_posts_of_any_kind_break_nothing() {
    let stage = Arc::new(Stage::set().await);
    let mut tasks = JoinSet::new();
    for (worker, email) in
        ["ana@alder.example", "rosa@hub.example", "lena@hub.example", "ben@bellwood.example"].into_iter().enumerate()
    {
        let (stage, cookie) = (stage.clone(), stage.cookie(email).await);
        tasks.spawn(async move {
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15 + u64::try_from(worker).expect("few workers"));
            let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
            for _ in 0..2_500 {
                // Most go where nothing is, as most of what strangers send does; that is quick.
                const PLACES: &[&str] =
                    &["ALD-1", "ALD-2", "BEL-1", "ALD-99", "ALD-x", "XYZ-1", "x-ald-1", "x", "%20", "-"];
                let path = match dice.roll(24) {
                    0 => "/incidents/new".to_owned(),
                    _ => format!("/incidents/{}/{}", dice.pick(PLACES), dice.pick(&VERBS)),
                };
                let count = dice.roll(6);
                let body: Vec<String> =
                    (0..count).map(|_| format!("{}={}", dice.pick(FIELDS), dice.pick(VALUES))).collect();
                let body = body.join("&");
                let ask = Request::post(&path)
                    .header(header::HOST, &stage.host)
                    .header(header::COOKIE, &cookie)
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, FORM)
                    .body(Body::from(body.clone()))
                    .expect("a request");
                let answer = stage.router.clone().oneshot(ask).await.expect("an answer");
                let status = answer.status();
                *statuses.entry(status.as_u16()).or_default() += 1;
                if status.is_server_error() {
                    let page = answer.into_body().collect().await.expect("a body").to_bytes();
                    panic!("{status} for {path} with {body}: {}", String::from_utf8_lossy(&page));
                }
            }
            statuses
        });
    }
    let mut all = std::collections::BTreeMap::<u16, u32>::new();
    for statuses in tasks.join_all().await {
        for (status, count) in statuses {
            *all.entry(status).or_default() += count;
        }
    }
    assert_eq!(all.values().sum::<u32>(), 10_000);
    assert!([303, 403, 404, 409, 422].iter().all(|status| all.contains_key(status)), "every kind is met: {all:?}");
}
