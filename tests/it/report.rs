//! The report form in a real browser: what is promised follows the answers, before anything is sent.

use hub_tests::chromium::Options;
use hub_tests::{Tool, eventually, need};

use crate::story::{be, pick, reads, stage, write};

const CANARY: &str = "oystercatcher-2207";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_promised_follows_the_answers_and_no_word_typed_leaves_the_form() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&[]).await;
    let ana = Options::desktop().open().await;
    be(&ana, &hub.url, "ana").await;
    ana.goto(&format!("{}/incidents/new", hub.url)).await.expect("the report opens");
    let before = reads(&ana, "#verdict", "A person answers").await;
    assert!(!before.contains('P'), "nothing is promised of a priority before the first answer: {before}");

    write(&ana, "#summary", CANARY).await;
    pick(&ana, "symptom", "WEBSITE_DOWN").await;
    reads(&ana, "#outcome", "While you wait: first hour").await;
    let mild = reads(&ana, "#verdict", "Priority").await;
    pick(&ana, "voting_stopped", "true").await;
    let grave = eventually("the verdict follows the answer", || async {
        let now = reads(&ana, "#verdict", "Priority").await;
        (now != mild).then_some(now)
    })
    .await;
    // On a phone it is this line that stands above the button.
    let mini = ana.evaluate("document.getElementById('outcome-mini').textContent").await.to_string();
    assert!(grave.contains("P1") && mini.contains("P1"), "voting is stopped while polls are open: {grave} / {mini}");

    let seen = ana.seen();
    let asked = seen.places_of("/incidents/new/outcome");
    assert!(!asked.is_empty(), "the hub was asked");
    assert_eq!(seen.places_of(CANARY), Vec::<&str>::new(), "what was typed stays in the form until it is sent");
    assert_eq!(seen.complaints, Vec::<String>::new());
}
