//! The whole idea, as its people see it: the real program, a real browser for each of them.

use std::time::Instant;

use fantoccini::Locator;
use hub_tests::chromium::Options;
use hub_tests::proc::Served;
use hub_tests::scratch::Folder;
use hub_tests::{Tool, Window, eventually, need, within};

/// In Rosa's note, and nowhere else: no officials' browser may ever get it.
const CANARY: &str = "kittiwake-4711";

/// A demonstration of its own.
pub async fn stage(more: &[&str]) -> (Served, Folder) {
    let folder = Folder::new();
    let arguments: Vec<&str> = ["demo"].iter().chain(more).copied().collect();
    (Served::start(&arguments, &[("HUB_CALL_LINE", "+1 999 555 0142")], &folder).await, folder)
}

/// Comes in as one of the cast.
pub async fn be(window: &Window, url: &str, key: &str) {
    window.goto(&format!("{url}/demo/{key}")).await.expect("the persona's page opens");
    press(window, "main form button").await;
    eventually("the persona is signed in", || async {
        let at = window.current_url().await.ok()?;
        (!at.path().starts_with("/demo")).then_some(())
    })
    .await;
}

/// Presses what the selector names.
pub async fn press(window: &Window, selector: &str) {
    let what = format!("there is {selector}");
    let element = eventually(&what, || async { window.find(Locator::Css(selector)).await.ok() }).await;
    let pressed = within(&format!("{selector} is pressed"), element.click()).await;
    pressed.unwrap_or_else(|e| panic!("{selector} cannot be pressed: {e}"));
}

/// Picks a radio button or checkbox by its name and value, by pressing its label as a thumb does.
pub async fn pick(window: &Window, name: &str, value: &str) {
    let input = format!("input[name=\"{name}\"][value=\"{value}\"]");
    let input = window.find(Locator::Css(&input)).await.unwrap_or_else(|e| panic!("{name}={value}: {e}"));
    let id = input.attr("id").await.expect("attributes can be read").expect("a choice has an id");
    press(window, &format!("label[for=\"{id}\"]")).await;
}

pub async fn write(window: &Window, selector: &str, text: &str) {
    let field = window.find(Locator::Css(selector)).await.unwrap_or_else(|e| panic!("{selector}: {e}"));
    field.send_keys(text).await.unwrap_or_else(|e| panic!("{selector} takes no text: {e}"));
}

async fn text_of(window: &Window, selector: &str) -> Option<String> {
    window.find(Locator::Css(selector)).await.ok()?.text().await.ok()
}

/// Waits until what the selector names holds the words.
pub async fn reads(window: &Window, selector: &str, words: &str) -> String {
    let what = format!("{selector} reads {words:?}");
    eventually(&what, || async { text_of(window, selector).await.filter(|text| text.contains(words)) }).await
}

/// A page that was loaded anew would not remember this.
async fn remember(window: &Window) {
    window.evaluate("window.remembered = true").await;
}

async fn still_remembers(window: &Window) {
    assert_eq!(window.evaluate("window.remembered === true").await, true, "the page was never loaded anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "how long people waited is printed, and judged by nobody")]
async fn ana_files_rosa_answers_and_sam_sees_it() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&[]).await;
    let url = &hub.url;

    let rosa = Options::desktop().open().await;
    be(&rosa, url, "rosa").await;
    rosa.goto(&format!("{url}/queue")).await.expect("the queue opens");
    reads(&rosa, "#queue-body", "ALD-1").await;
    remember(&rosa).await;

    // 2 a.m., a phone, scripts off.
    let ana = Options::desktop().size(390, 844).without_scripts().open().await;
    be(&ana, url, "ana").await;
    ana.goto(&format!("{url}/incidents/new")).await.expect("the report opens");
    pick(&ana, "answers.people", "none").await;
    pick(&ana, "voting_stopped", "true").await;
    pick(&ana, "symptom", "CANNOT_CHECK_IN").await;
    write(&ana, "#summary", "Voters cannot check in anywhere since ten past").await;
    write(&ana, "[id=\"callback.number\"]", "+1 999 555 0163").await;
    let pressed = Instant::now();
    press(&ana, "main form[method=post] button[type=submit].primary").await;
    let receipt = reads(&ana, "main", "ALD-2").await;
    println!("receipt after {:?}", pressed.elapsed());
    assert!(
        ["Rosa Field", "Ravi Nair", "Lena Ortiz"].iter().any(|name| receipt.contains(name)),
        "who is on duty: {receipt}"
    );
    assert!(receipt.contains("+1 999 555 0142") || ana.source().await.is_ok_and(|page| page.contains("555 0142")));

    // Rosa's queue shows it on top, with its reason, and nobody pressed anything.
    reads(&rosa, "#queue-body", "ALD-2").await;
    println!("in the queue after {:?}", pressed.elapsed());
    let first = rosa.evaluate("document.querySelector('#queue-body tr[id^=\"q-\"]').id").await;
    assert_eq!(first, "q-ALD-2", "severe, polls open, nobody has answered: on top");
    let why = rosa.evaluate("document.getElementById('why-ALD-2').textContent").await;
    let why = why.as_str().unwrap_or_default();
    assert!(why.contains("because") && why.contains("polls are open"), "the reason stands in the row: {why}");
    still_remembers(&rosa).await;

    // Ana opens the room on a second device, scripts on.
    let second = Options::desktop().open().await;
    be(&second, url, "ana").await;
    second.goto(&format!("{url}/incidents/ALD-2")).await.expect("the room opens");
    reads(&second, "#timeline", "Voters cannot check in anywhere").await;
    remember(&second).await;

    // Rosa claims it and writes, first for responders alone.
    press(&rosa, "tr[id=\"q-ALD-2\"] form[action$=\"/claim\"] button").await;
    rosa.goto(&format!("{url}/incidents/ALD-2")).await.expect("the room opens");
    reads(&rosa, "#room-owner", "Rosa").await;
    let claimed = Instant::now();
    reads(&second, "#room-owner", "Rosa").await;
    println!("the claim in the room after {:?}", claimed.elapsed());
    pick(&rosa, "note", "true").await;
    write(&rosa, "#reply", CANARY).await;
    press(&rosa, "#say button.noteonly").await;
    reads(&rosa, "#timeline", CANARY).await;
    pick(&rosa, "note", "false").await;
    write(&rosa, "#reply", "Rosa here. Use the paper lists now, I stay with you.").await;
    let said = Instant::now();
    press(&rosa, "#say button.replyonly").await;
    reads(&second, "#timeline", "Use the paper lists now").await;
    println!("the message in the room after {:?}", said.elapsed());
    // What she wrote is an update: the promise in Ana's head is the next one, as the hub has it.
    let promised = "fetch('/api/v1/incidents/ALD-2').then(answer => answer.json()).then(incident => {
        const due = Date.parse(incident.clocks.find(clock => clock.kind === 'next_update').due);
        return [...document.querySelectorAll('#room-clocks [data-due]')].some(clock => Date.parse(clock.dataset.due) === due);
    })";
    eventually("the head has the new promise", || async { (second.evaluate(promised).await == true).then_some(()) })
        .await;
    still_remembers(&second).await;

    // Sam's dashboard counts it.
    let sam = Options::desktop().open().await;
    be(&sam, url, "sam").await;
    sam.goto(&format!("{url}/dashboard")).await.expect("the dashboard opens");
    reads(&sam, "#dashboard-body", "P1").await;
    let queue = sam
        .evaluate("fetch('/api/v1/incidents?priority=P1&limit=200').then(r => r.json()).then(l => l.items.length)")
        .await;
    let figures = sam.evaluate("fetch('/api/v1/dashboard').then(r => r.json()).then(d => d.open.P1)").await;
    assert_eq!(queue, figures, "the dashboard counts what the queue lists");

    for (who, window) in [("her phone", &ana), ("her second device", &second)] {
        let seen = window.seen();
        assert_eq!(seen.places_of(CANARY), Vec::<&str>::new(), "a note reached Ana on {who}");
        assert_eq!(seen.complaints, Vec::<String>::new(), "{who}");
    }
    assert!(!rosa.seen().places_of(CANARY).is_empty(), "the search would have found it: Rosa has it");
    assert!(!second.seen().places_of("Use the paper lists now").is_empty(), "and it looks into what Ana got");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clock_crosses_a_boundary_and_the_row_rises() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&["--at", "2026-11-25T02:10:00Z", "--speed", "600"]).await;
    let rosa = Options::desktop().open().await;
    be(&rosa, &hub.url, "rosa").await;
    rosa.goto(&format!("{}/incidents/TAL-1", hub.url)).await.expect("the room opens");
    remember(&rosa).await;
    // Tallgrass County opens its polls within 26 hours; at 24 hours before, a high incident is priority 1.
    let head = reads(&rosa, "#room-head", "P1").await;
    assert!(!head.is_empty());
    let said = reads(&rosa, "#timeline", "P2").await;
    assert!(said.contains("P1"), "the room says from what to what: {said}");
    still_remembers(&rosa).await;
    rosa.goto(&format!("{}/queue", hub.url)).await.expect("the queue opens");
    // It is folded away until somebody asks for it, so that only its text can be looked at.
    eventually("the row carries the sentence", || async {
        let why = rosa.evaluate("document.getElementById('why-TAL-1')?.textContent ?? ''").await;
        why.as_str().filter(|why| why.contains("because")).map(str::to_owned)
    })
    .await;
}
