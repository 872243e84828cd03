//! Every screen, looked at: by the accessibility checker in both themes at a phone's and a desk's width, and, where
//! `HUB_PICTURES` names a folder, by whoever opens the pictures (`./pictures`).

use std::path::PathBuf;

use fantoccini::Locator;
use hub_tests::chromium::Options;
use hub_tests::{Tool, Window, axe, eventually, need};

use crate::story::{be, stage};

/// Who looks at what: the persona (nobody is a dash), the path, the name of the picture, the mockup it is held against.
const SCREENS: &[(&str, &str, &str, &str)] = &[
    ("-", "/sign-in", "sign-in", "sign-in"),
    ("-", "/demo", "demo", ""),
    ("-", "/demo/ana", "demo-persona", ""),
    ("-", "/help", "help", ""),
    ("-", "/nowhere", "not-found", "error-404"),
    ("ana", "/", "home", "home"),
    ("ana", "/incidents/new", "report", "report"),
    ("ana", "/incidents/ALD-1/receipt", "receipt", "receipt"),
    ("ana", "/incidents/ALD-1", "room-official", "room-official"),
    ("ana", "/incidents/ALD-1/edit", "room-edit", ""),
    ("ana", "/authorities/alder", "authority-own", "authority"),
    ("ana", "/elections", "elections", ""),
    ("ana", "/queue", "forbidden", "error-403"),
    ("olive", "{election}", "election", "election"),
    ("olive", "{election}/edit", "election-edit", ""),
    ("olive", "{election}/extend", "election-extend", "election-extend"),
    ("olive", "{election}/annul", "election-check", "election-extend"),
    ("olive", "{election}/postpone", "election-postpone", ""),
    ("rosa", "/queue", "queue", "queue"),
    ("rosa", "/incidents/new", "report-by-phone", ""),
    ("rosa", "/incidents/ALD-1", "room-responder", "room-responder"),
    ("sam", "/dashboard", "dashboard", "supervisor"),
    ("rosa", "/authorities", "authorities", "authorities"),
    ("rosa", "/authorities/alder", "authority", "authority"),
    ("rosa", "/duty", "duty-responder", ""),
    ("lena", "/duty", "duty", "duty"),
    ("ravi", "/duty/handovers/1", "handover", "handover"),
    ("rosa", "/policy", "policy", "policy"),
    ("rosa", "/account/notifications", "notifications", "notifications"),
    ("sam", "/policy/edit", "policy-edit", ""),
    ("sam", "{draft}", "policy-draft", "policy"),
    ("sam", "/policy/move", "policy-move", ""),
    ("uma", "/incidents/ALD-1", "room-auditor", ""),
    ("ada", "/", "admin-home", ""),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Size {
    Phone,
    Desk,
}

async fn open(size: Size, dark: bool) -> Window {
    let options = match size {
        Size::Phone => Options::phone(),
        Size::Desk => Options::desktop(),
    };
    if dark { options.dark().open().await } else { options.light().open().await }
}

fn pictures() -> Option<PathBuf> {
    std::env::var_os("HUB_PICTURES").map(PathBuf::from)
}

/// All screens in one theme at one size.
async fn look(size: Size, dark: bool) {
    let (hub, _folder) = stage(&["--at", "2026-11-03T15:07:00Z"]).await;
    let window = open(size, dark).await;
    let name =
        format!("{}-{}", if size == Size::Phone { "phone" } else { "desk" }, if dark { "dark" } else { "light" });
    let mut wrong = Vec::new();
    let mut who = "-";
    for (persona, path, screen, mockup) in SCREENS.iter().copied() {
        if persona != who {
            be(&window, &hub.url, persona).await;
            who = persona;
        }
        let path = match path.strip_prefix("{election}") {
            Some(rest) => format!("{}{rest}", own_election(&window, &hub.url).await),
            None if path == "{draft}" => drafted(&window, &hub.url).await,
            None => path.to_owned(),
        };
        window.goto(&format!("{}{path}", hub.url)).await.expect("the page opens");
        eventually(&format!("{screen} is there"), || async { window.find(Locator::Css("h1")).await.ok() }).await;
        let violations = axe::violations(&window).await;
        if !violations.is_empty() {
            wrong.push(format!("{screen} ({name}):\n{violations}"));
        }
        let wide = window.evaluate("document.documentElement.scrollWidth > innerWidth + 1").await;
        if wide == true {
            wrong.push(format!("{screen} ({name}): it scrolls sideways"));
        }
        if let Some(folder) = pictures() {
            window.picture(&folder.join(screen).join(format!("{name}.png"))).await;
            mockup_beside(&window, mockup, &folder.join(screen).join(format!("{name}-mockup.png"))).await;
        }
    }
    let complaints = window.seen().complaints.clone();
    let missing = |line: &&String| !(line.contains("404") || line.contains("403"));
    let complaints: Vec<&String> = complaints.iter().filter(missing).collect();
    assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The mockup's picture in the same window, where `HUB_MOCKUPS` says at which address the mockups are served.
async fn mockup_beside(window: &Window, mockup: &str, file: &std::path::Path) {
    let Ok(at) = std::env::var("HUB_MOCKUPS") else { return };
    if !mockup.is_empty() {
        window.goto(&format!("{at}/{mockup}.html")).await.expect("the mockup opens");
        window.picture(file).await;
    }
}

/// The page of the reader's own election.
async fn own_election(window: &Window, url: &str) -> String {
    window.goto(&format!("{url}/elections")).await.expect("the elections open");
    let id = window
        .evaluate("fetch('/api/v1/elections?authority=alder').then(r => r.json()).then(l => l.items[0].id)")
        .await;
    format!("/elections/{}", id.as_str().expect("Alder has an election"))
}

/// The page of a policy that somebody has begun to write: two cells and a target are others.
async fn drafted(window: &Window, url: &str) -> String {
    window.goto(&format!("{url}/policy/edit")).await.expect("the form opens");
    eventually("the form is there", || async {
        (window.evaluate("document.querySelector('#reason') !== null").await == true).then_some(())
    })
    .await;
    let write = "(() => { const text = document.querySelector('#text'); text.value = text.value
        .replace(/^version = .*$/m, 'version = \"2027-01-15\"')
        .replace('\"P3\", \"P3\", \"P2\", \"P2\"]', '\"P3\", \"P2\", \"P2\", \"P1\"]')
        .replace('first_response = \"15 min\"', 'first_response = \"10 min\"');
        document.querySelector('#reason').value = 'Medium is looked at sooner';
        text.form.requestSubmit(); return true; })()";
    window.evaluate(write).await;
    eventually("the draft is kept", || async {
        let at = window.evaluate("location.pathname").await;
        at.as_str().filter(|at| *at == "/policy/2027-01-15").map(str::to_owned)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_on_a_phone() {
    need!(Tool::Chromium, Tool::Axe);
    look(Size::Phone, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_on_a_phone_in_the_dark() {
    need!(Tool::Chromium, Tool::Axe);
    look(Size::Phone, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_on_a_desk() {
    need!(Tool::Chromium, Tool::Axe);
    look(Size::Desk, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_screen_on_a_desk_in_the_dark() {
    need!(Tool::Chromium, Tool::Axe);
    look(Size::Desk, true).await;
}
