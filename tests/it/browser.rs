//! The browser of the tests, tested itself on pages made for it.

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::{Html, IntoResponse};
use axum::routing::{any, get};
use fantoccini::Locator;
use hub_tests::chromium::Options;
use hub_tests::{Tool, axe, eventually, need};

use crate::harness::serve;

const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'";

const SCRIPT: &str = "
document.querySelector('p').textContent = 'scripts run';
fetch('/data').then(answer => answer.json()).then(data => {
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.onmessage = event => { document.querySelector('output').textContent = `${data.word} ${event.data.length}`; };
});
";

const CLEAN: &str = r#"<!doctype html><html lang="en"><head><title>Clean</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Clean</h1><p>untouched</p><output>empty</output><a href="/second">Second</a></main>
<script src="/app.js"></script></body></html>"#;

const BROKEN: &str = r#"<!doctype html><html><head><title>Broken</title><script>let inline = 1</script></head>
<body><main><h1>Broken</h1><img src="/picture-without-words.png"><p>seen once</p></main></body></html>"#;

const SECOND: &str = r#"<!doctype html><html lang="en"><head><title>Second</title>
<meta name="viewport" content="width=device-width"></head><body><p>canary of the second page</p></body></html>"#;

async fn pages() -> String {
    let page =
        |text: &'static str| get(async move || ([("content-security-policy", POLICY)], Html(text)).into_response());
    let live = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            // A page that has gone is no failure.
            let _ = socket.send(Message::text("canary of the socket")).await;
        })
    };
    let routes = axum::Router::new()
        .route("/clean", page(CLEAN))
        .route("/broken", page(BROKEN))
        .route("/second", page(SECOND))
        .route("/away", get(async || axum::response::Redirect::to("/clean?canary=redirect")))
        .route("/app.js", get(async || ([("content-type", "text/javascript")], SCRIPT)))
        .route("/data", get(async || r#"{"word": "fetched", "canary": "canary of the data"}"#))
        .route("/live", any(live));
    serve(routes).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_reaches_a_page_is_seen() {
    need!(Tool::Chromium);
    let url = pages().await;
    let window = Options::desktop().open().await;
    window.goto(&format!("{url}/away")).await.expect("the page opens");
    eventually("the page shows what it fetched and heard", || async {
        let output = window.find(Locator::Css("output")).await.ok()?;
        output.text().await.ok().filter(|text| text == "fetched 20")
    })
    .await;
    window.find(Locator::LinkText("Second")).await.expect("a link").click().await.expect("a click");
    eventually("the second page is there", || async { window.title().await.ok().filter(|title| title == "Second") })
        .await;
    let seen = window.seen();
    assert_eq!(seen.places_of("canary of the data"), [format!("{url}/data")]);
    assert_eq!(seen.places_of("canary of the socket"), ["live channel"]);
    assert_eq!(seen.places_of("canary of the second page"), [format!("{url}/second")]);
    assert_eq!(seen.places_of("canary=redirect"), [format!("{url}/away")], "headers count");
    assert!(seen.places_of("canary of nothing").is_empty());
    assert_eq!(seen.complaints, Vec::<String>::new(), "a page that obeys its policy does not complain");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_is_what_was_asked_for() {
    need!(Tool::Chromium);
    let url = pages().await;
    let about = "[innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches, matchMedia('(pointer: coarse)').matches]";

    let phone = Options::phone().dark().open().await;
    phone.goto(&format!("{url}/clean")).await.expect("the page opens");
    assert_eq!(phone.evaluate(about).await.to_string(), "[390,844,true,true]");
    phone.goto(&format!("{url}/second")).await.expect("the page opens");
    assert_eq!(phone.evaluate(about).await.to_string(), "[390,844,true,true]", "also on the next page");
    let folder = hub_tests::scratch::Folder::new();
    let picture = folder.path().join("deep/phone.png");
    phone.picture(&picture).await;
    let png = std::fs::read(&picture).expect("a picture");
    assert_eq!((&png[1..4], &png[16..24]), (&b"PNG"[..], &[0, 0, 1, 134, 0, 0, 3, 76][..]), "390 by 844");

    let plain = Options::desktop().light().without_scripts().open().await;
    plain.goto(&format!("{url}/clean")).await.expect("the page opens");
    assert_eq!(plain.evaluate(about).await.to_string(), "[1440,900,false,false]");
    let text = plain.find(Locator::Css("p")).await.expect("a paragraph").text().await.expect("its text");
    assert_eq!(text, "untouched", "no script ran");
    plain.find(Locator::LinkText("Second")).await.expect("a link").click().await.expect("links work without scripts");
    eventually("the second page is there", || async { plain.title().await.ok().filter(|title| title == "Second") })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checker_finds_what_is_planted_and_nothing_else() {
    need!(Tool::Chromium, Tool::Axe);
    let url = pages().await;
    for options in [Options::desktop(), Options::phone().without_scripts()] {
        let window = options.open().await;
        window.goto(&format!("{url}/clean")).await.expect("the page opens");
        assert_eq!(axe::violations(&window).await, "");
        window.goto(&format!("{url}/broken")).await.expect("the page opens");
        let found = axe::violations(&window).await;
        assert!(found.contains("image-alt (critical): "), "{found}");
        assert!(found.contains("html-has-lang (serious): "), "{found}");
        assert!(found.contains(r#"["img"]: Fix any"#), "the element is named: {found}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_breaks_its_policy_complains() {
    need!(Tool::Chromium);
    let url = pages().await;
    let window = Options::desktop().open().await;
    window.goto(&format!("{url}/broken")).await.expect("the page opens");
    eventually("the browser complains of the script inside the page", || async {
        let seen = window.seen();
        seen.complaints
            .iter()
            .any(|line| line.contains("Content Security Policy") && line.contains("script"))
            .then_some(())
    })
    .await;
}
