//! What is told beside a room's log, over real sockets and in real browsers: who is here, who writes, who has read.

use hub::config::Limit;
use hub::duty::NewShift;
use hub::identity::Role;
use hub_tests::chromium::Options;
use hub_tests::ws::Live;
use hub_tests::{Tool, need, on_both, within};
use serde_json::{Value, json};

use crate::live::{House, actor, add, house};
use crate::story::{be, pick, press, reads, stage, write};

/// In notes, and nowhere else.
const CANARY: &str = "kittiwake-4712";

/// Who is there, as a frame tells it.
fn people(frame: &Value) -> Vec<(&str, &str)> {
    let all = frame["people"].as_array().expect("a list");
    all.iter().map(|one| (one["name"].as_str().unwrap_or(""), one["state"].as_str().unwrap_or(""))).collect()
}

/// Reads until a frame says that these are there.
async fn shows(live: &mut Live, who: &[(&str, &str)]) {
    within(&format!("they are told of {who:?}"), async { while people(&live.expect("presence").await) != who {} })
        .await;
}

async fn joins(house: &House, name: &str) -> (Live, Value) {
    let mut live = house.join(name, "ALD-1", 0).await;
    let joined = live.expect("joined").await;
    (live, joined)
}

/// Somebody is on duty from now on.
async fn is_on_duty(house: &House, name: &str) {
    let now = house.hub.clock.now();
    let to = now.plus(jiff::SignedDuration::from_hours(8)).to_string();
    let shift = NewShift { person: format!("{name}@hub.example"), from: now.to_string(), to, ..NewShift::default() };
    hub::duty::add_shift(&house.hub, &actor(&house.hub, "sam").await, &shift).await.expect("a shift");
}

on_both! {
    /// Responders see who is there; officials see each other, and of responders who is on duty, wherever they are.
    async fn each_side_is_told_who_is_there_as_it_may_know_it(engine: Engine) {
        let house = house(engine, |_| {}).await;
        add(&house.hub, "sam", Role::Supervisor, None).await;
        add(&house.hub, "uma", Role::Auditor, None).await;
        add(&house.hub, "olive", Role::OfficialLead, Some("alder")).await;
        is_on_duty(&house, "ravi").await;
        let (mut ana, joined) = joins(&house, "ana").await;
        assert_eq!(people(&joined), [("ana", "active"), ("ravi", "on_duty")]);
        let duty = &joined["people"][1];
        assert_eq!((&duty["last_heard"], &duty["role"]), (&json!(null), &json!("responder")));
        assert!(joined["people"][0]["last_heard"].is_string() && joined["people"][0]["office"] == "alder");

        let (mut rosa, joined) = joins(&house, "rosa").await;
        assert_eq!(people(&joined), [("ana", "active"), ("rosa", "active")]);
        let (mut uma, _) = joins(&house, "uma").await;
        shows(&mut rosa, &[("ana", "active"), ("rosa", "active"), ("uma", "active")]).await;
        // Many windows of one person are one; it is gone with the last.
        let (second, joined) = joins(&house, "uma").await;
        assert_eq!(people(&joined).iter().filter(|(name, _)| *name == "uma").count(), 1);
        uma.send(json!({"op": "leave", "room": "ALD-1"})).await;
        uma.until_now().await;
        let (olive, joined) = joins(&house, "olive").await;
        assert_eq!(people(&joined), [("ana", "active"), ("olive", "active"), ("ravi", "on_duty")]);
        shows(&mut rosa, &[("ana", "active"), ("olive", "active"), ("rosa", "active"), ("uma", "active")]).await;
        second.cut();
        shows(&mut rosa, &[("ana", "active"), ("olive", "active"), ("rosa", "active")]).await;
        olive.cut();
        shows(&mut rosa, &[("ana", "active"), ("rosa", "active")]).await;
        shows(&mut ana, &[("ana", "active"), ("ravi", "on_duty")]).await;
        ana.until_now().await;
        for frame in &ana.seen {
            let told = frame.to_string();
            assert!(!told.contains("rosa") && !told.contains("uma"), "where responders are is not told: {told}");
        }
        let (_, elsewhere) = {
            let mut ben = house.join("ben", "BEL-1", 0).await;
            let joined = ben.expect("joined").await;
            (ben, joined)
        };
        assert_eq!(people(&elsewhere), [("ben", "active"), ("ravi", "on_duty")]);
    }

    /// Writing, reading and noting: each side learns what it may, and officials of notes nothing, in any form.
    async fn writing_and_reading_are_told_and_nothing_of_notes_to_officials(engine: Engine) {
        let house = house(engine, |_| {}).await;
        add(&house.hub, "uma", Role::Auditor, None).await;
        let (mut ana, _) = joins(&house, "ana").await;
        let (mut rosa, _) = joins(&house, "rosa").await;
        let (mut ravi, _) = joins(&house, "ravi").await;
        let (mut uma, _) = joins(&house, "uma").await;

        let types = |note: bool| json!({"op": "typing", "room": "ALD-1", "note": note});
        ana.send(types(false)).await;
        for live in [&mut rosa, &mut ravi] {
            let typing = live.expect("typing").await;
            assert_eq!((&typing["by"]["name"], &typing["room"]), (&json!("ana"), &json!("ALD-1")));
        }
        for _ in 0..5 {
            ana.send(types(false)).await;
        }
        ana.until_now().await;
        assert!(rosa.until_now().await.iter().all(|frame| frame["op"] != "typing"), "once in three seconds");
        uma.send(types(false)).await;
        assert_eq!(uma.expect("error").await["code"], "not_allowed", "who only reads does not write");

        // A note: begun, kept as a draft, written, read by a colleague.
        rosa.send(types(true)).await;
        assert_eq!(ravi.expect("typing").await["by"]["name"], "rosa");
        let draft = hub::room::Keep { text: format!("{CANARY} so far"), note: Some(true) };
        hub::room::keep(&house.hub, &actor(&house.hub, "rosa").await, "ALD-1", &draft).await.expect("it is kept");
        house.say("rosa", "ALD-1", CANARY, true).await;
        ravi.expect("event").await;
        ravi.send(json!({"op": "read", "room": "ALD-1", "seq": 1})).await;
        let read = rosa.expect("read").await;
        assert_eq!((&read["by"]["name"], &read["seq"]), (&json!("ravi"), &json!(1)));
        let read = ana.expect("read").await;
        assert_eq!((&read["by"]["name"], &read["seq"]), (&json!("ravi"), &json!(1)), "what both sides read");
        ravi.send(json!({"op": "read", "room": "ALD-1", "seq": 2})).await;
        assert_eq!(rosa.expect("read").await["seq"], 2);
        uma.send(json!({"op": "read", "room": "ALD-1", "seq": 2})).await;
        // What an official has read is told to responders in theirs: her 2 is their 3.
        house.say("rosa", "ALD-1", "to both", false).await;
        ana.expect("event").await;
        ana.send(json!({"op": "read", "room": "ALD-1", "seq": 99})).await;
        let read = within("her reading is told", async {
            loop {
                let read = ravi.expect("read").await;
                if read["by"]["name"] == "ana" {
                    return read;
                }
            }
        });
        assert_eq!(read.await["seq"], 3, "beyond the newest is the newest");
        ana.until_now().await;
        for frame in &ana.seen {
            let told = frame.to_string();
            assert!(!told.contains(CANARY) && !told.contains("\"note\"") && !told.contains("uma"), "{told}");
        }
        let reads: Vec<_> = ana.seen.iter().filter(|frame| frame["op"] == "read").collect();
        assert_eq!(reads.len(), 1, "a note that was read is no number to her: {reads:?}");
        assert!(ana.seen.iter().all(|frame| frame["op"] != "typing"), "nor is one that was written");
        let reads = |live: &Live| live.seen.iter().filter(|frame| frame["op"] == "read").cloned().collect::<Vec<_>>();
        assert!(reads(&ravi).iter().chain(&reads(&rosa)).all(|frame| frame["by"]["name"] != "uma"), "auditors leave none");

        // When responders write to both, officials are told.
        ravi.send(types(false)).await;
        assert_eq!(ana.expect("typing").await["by"]["name"], "ravi");
    }

    /// A socket that says nothing any more, as behind a cable that was pulled, is gone without a word from it.
    async fn who_does_not_answer_is_gone(engine: Engine) {
        let soon = |limits: &mut hub::config::Limits| (limits.ping_seconds, limits.dead_seconds) = (Limit::of(1), Limit::of(2));
        let house = house(engine, soon).await;
        let (mut rosa, _) = joins(&house, "rosa").await;
        // It is held open, and nothing reads from it: no ping is answered.
        let (_ravi, _) = joins(&house, "ravi").await;
        shows(&mut rosa, &[("ravi", "active"), ("rosa", "active")]).await;
        shows(&mut rosa, &[("rosa", "active")]).await;
    }
}

/// Ana and Rosa in one room, in real browsers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ana_sees_that_rosa_writes_and_has_read() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&[]).await;
    let (ana, rosa) = (Options::phone().open().await, Options::desktop().open().await);
    for (window, key) in [(&ana, "ana"), (&rosa, "rosa")] {
        be(window, &hub.url, key).await;
        window.goto(&format!("{}/incidents/ALD-1", hub.url)).await.expect("the room opens");
        reads(window, "#room-head", "ALD-1").await;
    }
    let presence = |name: &str| {
        let row = format!("[...document.querySelectorAll('#room-people li')].find(li => li.dataset.name === '{name}')");
        format!("{row}?.querySelector('.presence').textContent ?? ''")
    };
    let until = async |window: &hub_tests::Window, expression: &str, wanted: &str| {
        hub_tests::eventually(&format!("{expression} is {wanted}"), || async {
            (window.evaluate(expression).await == wanted).then_some(())
        })
        .await;
    };
    until(&rosa, &presence("Ana Reyes"), "Here").await;
    until(&ana, &presence("Ana Reyes"), "Here").await;
    assert_ne!(ana.evaluate(&presence("Rosa Field")).await, "Here", "she is on duty, and nothing else is said");

    write(&ana, "#reply", "Is anybody").await;
    reads(&rosa, "#room-typing", "Ana Reyes is typing").await;
    until(&rosa, &presence("Ana Reyes"), "Typing").await;
    until(&rosa, "document.getElementById('room-typing').textContent", "").await;
    pick(&rosa, "note", "true").await;
    write(&rosa, "#reply", CANARY).await;
    press(&rosa, "#say button.noteonly").await;
    reads(&rosa, "#timeline", CANARY).await;
    write(&ana, "#reply", " there?").await;
    press(&ana, "#say button.primary").await;
    reads(&rosa, "#timeline", "Is anybody there?").await;
    reads(&ana, "#timeline .msg .seen[data-by]", "Seen by Rosa Field").await;
    pick(&rosa, "note", "false").await;
    write(&rosa, "#reply", "Here").await;
    reads(&ana, "#room-typing", "Rosa Field is typing").await;
    press(&rosa, "#say button.replyonly").await;
    reads(&rosa, "#timeline .msg .seen[data-by]", "Seen by Ana Reyes").await;
    // The page alone says the same, and what it says came with it.
    ana.goto(&format!("{}/incidents/ALD-1", hub.url)).await.expect("the room opens again");
    let without = Options::desktop().without_scripts().open().await;
    be(&without, &hub.url, "ana").await;
    without.goto(&format!("{}/incidents/ALD-1", hub.url)).await.expect("the room opens");
    reads(&without, "#timeline .msg .seen[data-by]", "Seen by Rosa Field").await;
    let seen = ana.seen();
    assert_eq!(seen.places_of(CANARY), Vec::<&str>::new(), "a note reached her");
    let told: Vec<_> = seen.frames.iter().filter(|frame| frame.received && frame.text.contains("typing")).collect();
    assert!(told.iter().all(|frame| frame.text.contains("Rosa Field")) && told.len() <= 2, "{told:?}");
    assert_eq!(seen.complaints, Vec::<String>::new());
}

/// An official whom nobody answers is told so by the hub's clock, whatever the clock of her telephone says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_official_whom_nobody_answers_is_told_so() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&["--at", "2026-10-28T12:00:00Z", "--speed", "10"]).await;
    let room = format!("{}/incidents/ALD-1", hub.url);
    let ana = Options::phone().open().await;
    let late = "const real = Date.now; Date.now = () => real() + 86400000;";
    ana.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": late})).await;
    be(&ana, &hub.url, "ana").await;
    ana.goto(&room).await.expect("the room opens");
    let shown = "!document.getElementById('room-silence').hidden";
    write(&ana, "#reply", "Hello?").await;
    assert_eq!(ana.evaluate(shown).await, false, "she has not asked");
    press(&ana, "#say button.primary").await;
    let told = reads(&ana, "#room-silence", "Nobody has answered you since").await;
    for words in ["you need not send it again", "On duty:", "+1 999 555 0142", "“Alder, 1”"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // The same without scripts, from the server.
    let without = Options::desktop().size(390, 844).without_scripts().open().await;
    be(&without, &hub.url, "ana").await;
    without.goto(&room).await.expect("the room opens");
    reads(&without, "#room-silence", "Nobody has answered you since").await;

    let rosa = Options::desktop().without_scripts().open().await;
    be(&rosa, &hub.url, "rosa").await;
    rosa.goto(&room).await.expect("the room opens");
    assert_eq!(rosa.evaluate("document.getElementById('room-silence') === null").await, true, "it is the official's");
    write(&rosa, "#reply", "I am here.").await;
    press(&rosa, "#say button.replyonly").await;
    hub_tests::eventually("it is taken back", || async { (ana.evaluate(shown).await == false).then_some(()) }).await;
    without.goto(&room).await.expect("the room opens again");
    assert_eq!(without.evaluate(shown).await, false);
}

/// A message that does not get through says so, is kept, and is sent once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sent_says_so_and_is_sent_once() {
    need!(Tool::Chromium);
    let (hub, _folder) = stage(&[]).await;
    let room = format!("{}/incidents/ALD-1", hub.url);
    let ana = Options::desktop().open().await;
    be(&ana, &hub.url, "ana").await;
    ana.goto(&room).await.expect("the room opens");
    write(&ana, "#reply", "before").await;
    press(&ana, "#say button.primary").await;
    reads(&ana, "#timeline [data-id]:last-child", "before").await;
    // The hub stands still, as behind a line that is dead.
    hub.signal("STOP");
    write(&ana, "#reply", "Can you hear me?").await;
    press(&ana, "#say button.primary").await;
    reads(&ana, "#timeline .pending", "Sending").await;
    reads(&ana, "#timeline .pending", "Not sent.").await;
    let kept =
        "Object.entries(localStorage).some(([key, value]) => key.includes(':out:') && value.includes('hear me'))";
    assert_eq!(ana.evaluate(kept).await, true, "it is kept on this device");
    press(&ana, "#timeline .pending button").await;
    hub.signal("CONT");
    // The page tries again after a pause of its own.
    hub_tests::eventually("the hub is back", || async {
        (ana.evaluate("document.body.dataset.live").await == "live").then_some(())
    })
    .await;
    hub_tests::eventually("it is stored", || async {
        let entries =
            "[...document.querySelectorAll('#timeline .msg')].filter(li => li.textContent.includes('hear me'))";
        let now = format!("(all => all.length === 1 && !all[0].matches('.pending'))({entries})");
        (ana.evaluate(&now).await == true).then_some(())
    })
    .await;
    // What is stored may be seen before its acknowledgement is heard.
    hub_tests::eventually("nothing of it waits any more", || async {
        (ana.evaluate(kept).await == false).then_some(())
    })
    .await;
    ana.goto(&room).await.expect("the room opens again");
    let count =
        "[...document.querySelectorAll('#timeline .msg')].filter(li => li.textContent.includes('hear me')).length";
    assert_eq!(ana.evaluate(count).await, 1);
}
