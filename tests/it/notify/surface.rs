//! The same from outside: the API, the pages, a browser's word, and what a page hears.

use axum::http::Method;
use hub_tests::http::Client;
use hub_tests::hub::OpenHub;
use hub_tests::receiver::{Manner, Receiver};
use hub_tests::ws::{Live, SignIn};
use hub_tests::{Engine, TestHub};
use serde_json::json;

use super::{ALLOWED, House, reaching};

async fn open() -> OpenHub {
    let mut hub = TestHub::new(Engine::Sqlite).await;
    hub.hub = hub.hub.clone().reaching(reaching(None, ALLOWED));
    OpenHub::around(hub, |_| {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_are_added_once_listed_and_taken_away_by_their_person_alone() {
    let (hub, pager) = (open().await, Receiver::start().await);
    let as_somebody = async |first: &str| Client::at(&hub.url()).bearer(&hub.token(first).await);
    let (rosa, ravi, ben) = (as_somebody("rosa").await, as_somebody("ravi").await, as_somebody("ben").await);
    let body = json!({"url": pager.url()});
    let send = async |key: &str| {
        let request = Client::request(Method::POST, "/api/v1/webhooks").header("content-type", "application/json");
        rosa.send(request.header("idempotency-key", key), body.to_string()).await
    };
    let added = send("one").await;
    assert_eq!(added.status, 201, "{}", added.text());
    let one = added.json();
    assert_eq!((one["verified"].as_bool(), one["failure"].is_null()), (Some(true), true));
    assert_eq!(added.header("location"), format!("/api/v1/webhooks/{}", one["id"].as_str().unwrap()));
    let again = send("one").await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(again.json(), one, "the same, with the same secret");
    assert_eq!(pager.got().len(), 1, "and asked once");
    let kept = hub.sql("SELECT body FROM answers").await;
    assert!(kept.iter().flatten().all(|body| !body.contains("whsec_")), "the secret is stored nowhere: {kept:?}");
    assert_eq!(ben.get("/api/v1/webhooks").await.status, 403);
    let listed = rosa.get("/api/v1/webhooks").await.json();
    assert_eq!(listed["items"][0]["id"], one["id"]);
    assert!(!listed.to_string().contains("whsec_") && !listed.to_string().contains("/hook"), "{listed}");
    assert_eq!(ravi.get("/api/v1/webhooks").await.json(), json!({"items": [], "next": null}));
    let address = format!("/api/v1/webhooks/{}", one["id"].as_str().unwrap());
    assert_eq!(ravi.send_json(Method::DELETE, &address, &json!({})).await.status, 404);
    assert_eq!(rosa.send_json(Method::DELETE, &address, &json!({})).await.status, 204);
    assert_eq!(rosa.send_json(Method::DELETE, &address, &json!({})).await.status, 404);
    let refused = rosa.send_json(Method::POST, "/api/v1/webhooks", &json!({"url": "ftp://x"})).await;
    assert_eq!((refused.status.as_u16(), refused.json()["errors"][0]["field"].as_str()), (422, Some("url")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_adds_tests_and_chooses_without_a_script_and_keeps_what_was_typed() {
    let (hub, pager, other) = (open().await, Receiver::start().await, Receiver::start().await);
    let rosa = Client::at(&hub.url()).bearer(&hub.token("rosa").await);
    let here = "/account/notifications";
    assert!(rosa.get(here).await.text().contains("Nothing reaches you outside"));
    let refused = rosa.post_form(&format!("{here}/webhook"), &[("url", "pager <here>")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("value=\"pager &#60;here&#62;\""), "{}", refused.text());
    // Both are on this machine, under two names.
    for url in [pager.url(), other.url().replace("127.0.0.1", "pager.example")] {
        let done = rosa.post_form(&format!("{here}/webhook"), &[("url", &url)]).await;
        assert_eq!((done.status.as_u16(), done.header("location")), (303, here));
    }
    let page = rosa.get(here).await;
    assert!(page.text().contains("Priority 1 always reaches you on two channels.") && page.text().contains("whsec_"));
    let id = rosa.get("/api/v1/webhooks").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let refused = rosa.post_form(here, &[("P1", &id), ("P2", &id)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Priority 1 needs two verified channels at least, of different kinds or hosts."));
    let ticked =
        format!("name=\"P2\" value=\"{id}\" aria-label=\"Priority 2, Webhook, 127.0.0.1:{}\" checked", pager.port());
    assert!(refused.text().contains(&ticked), "what was ticked stays: {}", refused.text());
    pager.is(Manner::Status(500));
    assert_eq!(rosa.post_form(&format!("{here}/{id}/test"), &[]).await.status, 303);
    assert!(rosa.get(here).await.text().contains("it answers 500"));
    assert_eq!(rosa.post_form(&format!("{here}/{id}/remove"), &[]).await.status, 303);
    assert!(rosa.get(here).await.text().contains("on one channel only"));
    let ana = Client::at(&hub.url()).bearer(&hub.token("ana").await);
    assert_eq!(ana.get(here).await.status, 403);
    // A browser's word is taken with its proof alone; its script comes from where it may reach.
    let said = [("id", "0"), ("receipt", "0"), ("what", "opened")];
    assert_eq!(Client::at(&hub.url()).post_form("/account/receipts", &said).await.status, 404);
    let script = Client::at(&hub.url()).get("/account/push.js").await;
    assert!(
        script.header("content-type").starts_with("text/javascript") && script.text().contains("notificationclick")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_room_says_who_was_reached_to_the_response_side_alone() {
    let (house, pager) = (House::new(Engine::Sqlite, None).await, Receiver::start().await);
    house.webhook(&house.rosa, &pager.url()).await;
    let r = house.emergency("Doors are shut").await;
    house.carries_out().await;
    let told = pager.got()[1].json()["data"]["url"].as_str().unwrap().replace("https://hub.example", "");
    let hub = OpenHub::around(house.hub, |_| {}).await;
    let page = async |first: &str, path: &str| {
        Client::at(&hub.url()).bearer(&hub.token(first).await).get(path).await.text().to_owned()
    };
    let room = format!("/incidents/{r}");
    assert!(page("rosa", &room).await.contains("Rosa Field: webhook accepted after 0 s</li>"));
    for official in ["ana", "olive"] {
        let seen = page(official, &told).await;
        assert!(!seen.contains("webhook") && !seen.contains("opened after"), "{official}");
    }
    page("ravi", &told).await;
    assert!(!page("rosa", &room).await.contains("opened after"), "another opened nothing of hers");
    assert!(page("rosa", &told).await.contains("Rosa Field: webhook accepted after 0 s, opened after 0 s</li>"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_open_hears_of_it_at_any_node_and_only_its_persons() {
    let house = House::new(Engine::Sqlite, None).await;
    let hub = OpenHub::around(house.hub, |_| {}).await;
    let [rosa, ravi] = [hub.token("rosa").await, hub.token("ravi").await];
    let mut hers = Live::open(&hub.url(), "/live", SignIn::Bearer(&rosa)).await.expect("she is let in");
    let mut his = Live::open(&hub.url(), "/live", SignIn::Bearer(&ravi)).await.expect("he is let in");
    hers.until_now().await;
    his.until_now().await;
    let report = json!({"summary": "Doors are shut", "answers": {"people": "happening_now"}, "voting_stopped": true});
    hub.person("ana").reports(report).await.expect("it is filed");
    hub.minutes_pass(0).await;
    let told = hers.expect("told").await;
    assert_eq!(told, json!({"op": "told", "ref": "ALD-1", "priority": "P1", "what": "page"}));
    assert!(his.until_now().await.iter().all(|frame| frame["op"] != "told"));
}
