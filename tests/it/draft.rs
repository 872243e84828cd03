//! What was begun and not sent: kept for its writer alone, on any device, until they send or discard it.

use hub::room::{Begun, Keep, begun, keep};
use hub_tests::chromium::Options;
use hub_tests::hub::{Refused, Someone, TestHub};
use hub_tests::{Tool, Window, eventually, need, on_both};
use serde_json::json;

use crate::story::{be, pick, press, reads, stage, write};

async fn begins(hub: &TestHub, who: &Someone, room: &str, text: &str, note: bool) -> hub::Result<()> {
    keep(&hub.hub, &who.acts(), room, &Keep { text: text.to_owned(), note: Some(note) }).await
}

async fn finds(hub: &TestHub, who: &Someone, room: &str) -> Option<Begun> {
    let id = who.sees(room).await.expect("they may read it").id;
    begun(&hub.hub, &who.viewer, id).await.expect("a look")
}

fn text(text: &str, note: bool) -> Option<Begun> {
    Some(Begun { text: text.to_owned(), note })
}

on_both! {
    async fn a_draft_is_its_writers_and_survives_what_others_do(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, ben, rosa, ravi, uma] = hub.cast(["ana", "olive", "ben", "rosa", "ravi", "uma"]);
        let room = ana.files("The portal is slow.").await;
        let events = hub.one("SELECT count(*) AS n FROM events").await;
        begins(&hub, &ana, &room, "  We have\r\nnow", false).await.expect("it is kept");
        begins(&hub, &rosa, &room, "Ask the vendor", true).await.expect("it is kept");
        begins(&hub, &rosa, &room, "Ask the vendor again", true).await.expect("it is kept");
        assert_eq!(finds(&hub, &ana, &room).await, text("We have\nnow", false));
        assert_eq!(finds(&hub, &rosa, &room).await, text("Ask the vendor again", true));
        for other in [&olive, &ravi, &uma] {
            assert_eq!(finds(&hub, other, &room).await, None, "nobody reads another's");
        }
        assert!(begins(&hub, &ben, &room, "x", false).await.is_not_found());
        assert!(begins(&hub, &ana, &room, "x", true).await.is_forbidden(), "officials write no notes, begun or done");
        assert!(begins(&hub, &uma, &room, "x", false).await.is_forbidden());
        assert_eq!(begins(&hub, &ana, &room, &"x".repeat(40_001), false).await.fields(), ["text"]);

        // Nobody else's act takes it, and it is no event.
        ravi.claims(&room).await.expect("it is claimed");
        ravi.says(&room, "We have\nnow").await.expect("the same words of somebody else");
        rosa.says(&room, "Something else").await.expect("it is said");
        ravi.resolves(&room).await.expect("it is over");
        ravi.closes(&room).await.expect("it is closed");
        begins(&hub, &rosa, &room, "Ask the vendor once more", true).await.expect("a page that is open goes on");
        assert_eq!(finds(&hub, &ana, &room).await, text("We have\nnow", false));
        assert_eq!(finds(&hub, &rosa, &room).await, text("Ask the vendor once more", true));
        ana.reopens(&room).await.expect("it is opened again");
        assert_eq!(hub.sql("SELECT person_id FROM drafts").await.len(), 2);
        assert_ne!(hub.one("SELECT count(*) AS n FROM events").await, events);
        assert!(hub.sql("SELECT chain_seq FROM events WHERE payload LIKE '%vendor%'").await.is_empty());

        // Sent, it is begun no more, also where it is sent twice; discarded likewise.
        let sent = json!({"id": hub::id::fresh(), "text": "We have\nnow"});
        for _ in 0..2 {
            ana.sends_to_room(&room, sent.clone()).await.expect("it is sent");
            assert_eq!(finds(&hub, &ana, &room).await, None);
        }
        begins(&hub, &rosa, &room, " \n", true).await.expect("nothing discards it");
        assert_eq!(finds(&hub, &rosa, &room).await, None);
    }
}

/// What stands in the field; nothing while the page is still coming.
async fn field(window: &Window) -> String {
    window.evaluate("document.getElementById('reply')?.value").await.as_str().unwrap_or_default().to_owned()
}

/// Opens the room again and again until what stands in its field is this.
async fn opens_on(window: &Window, room: &str, wanted: &str) {
    eventually(&format!("the field holds {wanted:?}"), || async {
        window.goto(room).await.ok()?;
        (field(window).await == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_on_one_device_is_there_on_the_next() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&[]).await;
    let room = format!("{}/incidents/ALD-1", hub.url);
    let (phone, desk) = (Options::phone().open().await, Options::desktop().open().await);
    for window in [&phone, &desk] {
        be(window, &hub.url, "ana").await;
        window.goto(&room).await.expect("the room opens");
    }
    write(&phone, "#reply", "Six sites are back, and").await;
    opens_on(&desk, &room, "Six sites are back, and").await;

    // Somebody else's act takes nothing; nor does a window without scripts, which sees it too.
    let rosa = Options::desktop().open().await;
    be(&rosa, &hub.url, "rosa").await;
    rosa.goto(&room).await.expect("the room opens");
    assert_eq!(field(&rosa).await, "", "it is Ana's");
    write(&rosa, "#reply", "How is it now?").await;
    press(&rosa, "#say button.replyonly").await;
    reads(&phone, "#timeline", "How is it now?").await;
    assert_eq!(field(&phone).await, "Six sites are back, and");
    let without = Options::desktop().without_scripts().open().await;
    be(&without, &hub.url, "ana").await;
    opens_on(&without, &room, "Six sites are back, and").await;

    write(&desk, "#reply", " one is not").await;
    press(&desk, "#say button.primary").await;
    reads(&rosa, "#timeline", "Six sites are back, and one is not").await;
    opens_on(&without, &room, "").await;
    opens_on(&desk, &room, "").await;
    opens_on(&phone, &room, "").await;

    // Without scripts it is a button; and what was begun as a note comes back as one.
    write(&without, "#reply", "To be").await;
    press(&without, "button[formaction$=\"/draft\"]").await;
    opens_on(&desk, &room, "To be").await;
    pick(&rosa, "note", "true").await;
    write(&rosa, "#reply", "Not for them").await;
    let again = Options::desktop().open().await;
    be(&again, &hub.url, "rosa").await;
    opens_on(&again, &room, "Not for them").await;
    assert_eq!(again.evaluate("new FormData(document.getElementById('say')).get('note')").await, "true");

    // Signing out takes what this device kept, and nothing of what the hub keeps.
    let kept = "Object.keys(localStorage).filter(key => key.startsWith('hub:')).length";
    assert_ne!(rosa.evaluate(kept).await, 0);
    press(&rosa, "button.who").await;
    press(&rosa, "form[action=\"/sign-out\"] button").await;
    reads(&rosa, "h1", "").await;
    eventually("she is out", || async { (rosa.current_url().await.ok()?.path() == "/sign-in").then_some(()) }).await;
    assert_eq!(rosa.evaluate(kept).await, 0);
    be(&rosa, &hub.url, "rosa").await;
    opens_on(&rosa, &room, "Not for them").await;
    for window in [&phone, &desk, &rosa] {
        assert_eq!(window.seen().complaints, Vec::<String>::new());
    }
    assert!(phone.seen().places_of("Not for them").is_empty() && desk.seen().places_of("Not for them").is_empty());
}
