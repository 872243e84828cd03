//! How often somebody may do something, against the real program with limits that are soon reached.

use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, IF_MATCH, ORIGIN};
use hub_tests::http::{Answer, Client};
use hub_tests::proc::{self, Served};
use hub_tests::scratch::Folder;
use hub_tests::ws::{Live, SignIn};
use serde_json::json;

const LIMITS: [(&str, &str); 11] = [
    ("HUB_LIMITS__MESSAGES_PER_MINUTE", "2"),
    ("HUB_LIMITS__SEARCHES_PER_MINUTE", "2"),
    ("HUB_LIMITS__ANONYMOUS_PAGES_PER_MINUTE", "1"),
    ("HUB_LIMITS__ANONYMOUS_SOCKETS_PER_MINUTE", "1"),
    ("HUB_LIMITS__CSP_REPORTS_PER_MINUTE", "1"),
    ("HUB_LIMITS__SIGN_IN_PER_NETWORK_PER_HOUR", "1"),
    ("HUB_LIMITS__INCIDENTS_PER_HOUR", "1"),
    ("HUB_LIMITS__MESSAGE_CHARACTERS", "20"),
    ("HUB_LIMITS__SUMMARY_CHARACTERS", "30"),
    ("HUB_LIMITS__PAGE_ROWS", "3"),
    ("HUB_LIMITS__TOKEN_DAYS", "5"),
];

async fn persona(hub: &Served, key: &str) -> Client {
    let client = Client::at(&hub.url);
    let signed_in = client.post_form(&format!("/demo/{key}"), &[]).await;
    assert_eq!(signed_in.status.as_u16(), 303, "personas are not counted as strangers");
    client
}

async fn says(client: &Client, room: &str, text: &str) -> Answer {
    let body = json!({"id": hub::id::fresh().to_string(), "text": text});
    client.send_json(Method::POST, &format!("/api/v1/incidents/{room}/messages"), &body).await
}

fn too_many(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 429, "{}", answer.text());
    let seconds: u64 = answer.header("retry-after").parse().expect("it says when to come again");
    assert!((1..=3_600).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn who_is_too_quick_is_told_when_to_come_again() {
    let folder = Folder::new();
    let hub = Served::start(&["demo"], &LIMITS, &folder).await;
    let (ana, ravi) = (persona(&hub, "ana").await, persona(&hub, "ravi").await);

    // Nobody who reports is refused; what is past the limit is marked for responders.
    let files =
        async |summary: &str| ana.send_json(Method::POST, "/api/v1/incidents", &json!({"summary": summary})).await;
    assert_eq!(files("The rolls are slow.").await.status.as_u16(), 201);
    let second = files("They are slower now.").await;
    assert_eq!(second.status.as_u16(), 201);
    let room = second.json()["ref"].as_str().expect("a reference").to_owned();
    let events = format!("/api/v1/incidents/{room}/events");
    let log = ravi.get(&events).await.json();
    let marked = log["items"].as_array().expect("a list").iter().find(|event| event["kind"] == "unusual");
    assert!(marked.expect("it is marked")["text"].as_str().expect("words").contains("more than 1 incidents"), "{log}");
    assert!(!ana.get(&events).await.text().contains("unusual"), "for responders alone");
    assert!(ravi.get("/queue").await.text().contains("More filed than is usual"), "the queue says so");
    assert_eq!(files("This summary is longer than thirty characters.").await.status.as_u16(), 422);

    // Messages: the API, the form, the socket count together.
    assert_eq!(says(&ravi, &room, "This text is longer than twenty.").await.status.as_u16(), 422);
    assert_eq!(says(&ravi, &room, "First.").await.status.as_u16(), 201);
    too_many(&says(&ravi, &room, "Second.").await);
    let form = ravi.post_form(&format!("/incidents/{room}/messages"), &[("text", "Kept as typed.")]).await;
    too_many(&form);
    assert!(form.text().contains("Kept as typed.") && form.text().contains("Your text is kept"), "{}", form.text());
    let signed_in = SignIn::Cookie { cookie: &ravi.cookie(), origin: Some(&ravi.origin()) };
    let mut live = Live::open(&hub.url, "/live", signed_in).await.expect("a socket");
    live.send(json!({"op": "say", "room": room, "id": hub::id::fresh().to_string(), "text": "Third."})).await;
    assert_eq!(live.expect("error").await["code"], "rate");
    assert_eq!(says(&ana, &room, "Ana's own.").await.status.as_u16(), 201, "each person has their own");

    // A correction is an event for good as a message is; what was begun counts apart.
    let patch = Client::request(Method::PATCH, &format!("/api/v1/incidents/{room}"))
        .header(CONTENT_TYPE, "application/json")
        .header(IF_MATCH, "\"1\"")
        .header(ORIGIN, ravi.origin());
    too_many(&ravi.send(patch, json!({"summary": "Corrected."}).to_string()).await);
    let form = ravi.post_form(&format!("/incidents/{room}/edit"), &[("summary", "Kept as corrected.")]).await;
    assert_eq!(form.status.as_u16(), 429, "{}", form.text());
    assert!(form.text().contains("Kept as corrected.") && form.text().contains("too soon"), "{}", form.text());
    let begins = async |text: &str| ravi.post_form(&format!("/incidents/{room}/draft"), &[("text", text)]).await;
    assert!(begins("I").await.status.is_redirection() && begins("I loo").await.status.is_redirection());
    too_many(&begins("I look").await);

    // Searches, and rows of a page.
    let search = async |q: &str| ravi.get(&format!("/api/v1/incidents?q={q}&limit=3")).await;
    assert!(search("a").await.status.is_success() && search("b").await.status.is_success());
    too_many(&search("c").await);
    too_many(&ravi.get("/queue?q=c").await);
    assert!(search("").await.status.is_success(), "a list without words is no search");
    assert_eq!(ravi.get("/api/v1/incidents?limit=4").await.status.as_u16(), 422);

    // Strangers.
    let stranger = Client::at(&hub.url);
    too_many(&{
        let report = async || stranger.send_json(Method::POST, "/csp-report", &json!({})).await;
        assert_eq!(report().await.status.as_u16(), 204);
        report().await
    });
    let socket = async || Live::open(&hub.url, "/live", SignIn::Nobody).await.expect_err("nobody").status;
    assert_eq!((socket().await, socket().await), (401, 429));
    assert!(stranger.get("/sign-in/none").await.status.is_success());
    too_many(&stranger.get("/sign-in/nothing").await);
    assert!(stranger.get("/help").await.status.is_success());
    too_many(&stranger.get("/help").await);
    assert!(ana.get("/help").await.status.is_success(), "who is signed in is no stranger");
    assert_eq!(stranger.get("/api/v1/me").await.status.as_u16(), 401, "what is refused anyway is not counted");
    assert!(stranger.get("/livez").await.status.is_success());

    let done = async |days: &str| {
        let arguments = ["token", "create", "rosa@hub.example", "--days", days, "--data-dir", "data-demo"];
        proc::run(&arguments, &LIMITS, folder.path(), "").await
    };
    assert!(done("5").await.status.success());
    assert!(!done("6").await.status.success());
    assert!(hub.stop().await.success());
}

/// A page of what was missed is as large as its messages make it, with every letter escaped: it must fit what a socket
/// may have waiting, or its reader never gets past it.
#[tokio::test]
async fn a_page_of_the_longest_messages_comes_whole() {
    let folder = Folder::new();
    let hub = Served::start(&["demo"], &[("HUB_LIMITS__MESSAGES_PER_MINUTE", "0")], &folder).await;
    let rosa = persona(&hub, "rosa").await;
    let list = rosa.get("/api/v1/incidents").await.json();
    let room = list["items"][0]["ref"].as_str().expect("an incident").to_owned();
    let before = rosa.get(&format!("/api/v1/incidents/{room}/events")).await.json()["seq"].as_i64().expect("a number");
    let longest = "\"&".repeat(5_000);
    for _ in 0..14 {
        assert_eq!(says(&rosa, &room, &longest).await.status.as_u16(), 201);
    }
    let signed_in = SignIn::Cookie { cookie: &rosa.cookie(), origin: Some(&rosa.origin()) };
    let mut live = Live::open(&hub.url, "/live?html=1", signed_in).await.expect("a socket");
    live.send(json!({"op": "join", "room": room, "after": before})).await;
    let mut page = live.expect("joined").await;
    let mut seqs = Vec::new();
    loop {
        let events = page["events"].as_array().expect("a list");
        seqs.extend(events.iter().map(|event| event["seq"].as_i64().expect("a number")));
        if page["more"] == false {
            break;
        }
        page = live.expect("events").await;
    }
    assert_eq!(seqs, (before + 1..=before + 14).collect::<Vec<_>>());
    assert!(hub.stop().await.success());
}
