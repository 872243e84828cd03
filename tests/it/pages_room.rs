//! Filing, receipt, room and corrections as people without scripts use them: pages and forms, and nothing else.

mod stage;
mod strangers;

use hub::identity::{find_person, sign_in};
use hub_tests::http::Client;

use stage::{Stage, at, start, value};

#[tokio::test]
async fn a_report_is_filed_by_form_once_however_often_the_button_is_pressed() {
    let stage = Stage::set().await;
    let ana = stage.be("ana").await;
    let page = ana.get("/incidents/new").await;
    let id = value(page.text(), "id").to_owned();
    let mut form = vec![
        ("id", id.as_str()),
        ("answers.people", "none"),
        ("voting_stopped", "unknown"),
        ("symptom", "WEBSITE_DOWN"),
        ("summary", "The portal times out.\r\nSince two."),
        ("callback.number", "+1 999 555 0163"),
        ("callback.outside_affected_system", "true"),
        ("sites.affected", ""),
        ("still_happening", ""),
        ("answers.public_service", "unknown"),
        ("tlp", "AMBER+STRICT"),
    ];
    let first = ana.post_form("/incidents/new", &form).await;
    assert_eq!(first.status, 303, "{}", first.text());
    assert_eq!(at(&first), "/incidents/ALD-2/receipt");
    let again = ana.post_form("/incidents/new", &form).await;
    assert_eq!((again.status.as_u16(), at(&again)), (303, "/incidents/ALD-2/receipt"), "pressed twice, filed once");
    form[4].1 = "The portal times out, and the finder";
    let changed = ana.post_form("/incidents/new", &form).await;
    assert_eq!(changed.status, 422, "gone back and changed is something else");
    assert!(changed.text().contains("and the finder") && value(changed.text(), "id") != id);
    assert_eq!(ana.get("/incidents/ALD-3").await.status, 404);

    let receipt = ana.get(at(&first)).await;
    for words in
        ["ALD-2", "have your report", "Rosa Field", "Alder, 2", "your time (EDT)", "+1 999 555 0163", "first hour"]
    {
        assert!(receipt.text().contains(words), "{words}: {}", receipt.text());
    }
    let room = ana.get("/incidents/ALD-2").await;
    assert!(room.text().contains("The portal times out.") && room.text().contains("Nobody has it yet"));
    assert!(ana.get("/").await.text().contains("inc-ALD-2"));
    assert!(ana.get("/incidents").await.text().contains("inc-ALD-2"));
    let audit = stage.be("uma").await;
    let read = audit.get("/incidents/ALD-2").await;
    assert!(read.status == 200 && !read.text().contains("action=\"/incidents/"), "the auditor has nothing to press");
}

#[tokio::test]
async fn a_form_with_an_error_keeps_what_was_typed() {
    let stage = Stage::set().await;
    let (ana, rosa) = (stage.be("ana").await, stage.be("rosa").await);
    let nothing = ana.post_form("/incidents/new", &[("id", ""), ("place", "<b>Maple Street</b>")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text().contains("&#60;b&#62;Maple Street") && nothing.text().contains("Say in one sentence"));
    let wrong = [
        ("symptom", "CANNOT_CHECK_IN"),
        ("summary", "Six sites cannot check in."),
        ("callback.number", "x"),
        ("sites.affected", "sixty"),
        ("voting_stopped", "true"),
    ];
    let page = ana.post_form("/incidents/new", &wrong).await;
    assert_eq!(page.status, 422);
    for words in ["Six sites cannot check in.", "value=\"sixty\"", "This must be a whole number.", "autofocus"] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(page.text().contains("A person answers within 5 min"), "what it would come to is said all the same");
    let outcome = ana.get("/incidents/new/outcome?symptom=CANNOT_CHECK_IN&voting_stopped=true").await;
    assert!(outcome.text().contains("id=\"outcome\"") && outcome.text().contains("within 5 min"));
    let phone = [("summary", "The mayor's office rang about a flood."), ("authority", "")];
    let page = rosa.post_form("/incidents/new", &phone).await;
    assert!(page.status == 422 && page.text().contains("Say which authority this is for."));
    let phone = [("summary", "The mayor's office rang about a flood."), ("authority", "cedar")];
    let filed = rosa.post_form("/incidents/new", &phone).await;
    assert_eq!(filed.status, 303, "{}", filed.text());
    assert!(rosa.get(at(&filed)).await.text().contains("UTC"));
}

#[tokio::test]
async fn a_form_of_nothing_but_fields_is_refused_before_it_is_read() {
    let stage = Stage::set().await;
    let ana = stage.be("ana").await;
    let fields = vec![("a", ""); 4_001];
    let answer = ana.post_form("/incidents/new", &fields).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.text().contains("This form has more fields than any page here."), "{}", answer.text());
    assert_eq!(ana.post_form("/incidents/new", &fields[1..]).await.status, 422, "as many as that are looked at");
}

#[tokio::test]
async fn ana_says_in_one_press_of_the_head_that_voting_is_stopped() {
    let stage = Stage::set().await;
    let (ana, rosa) = (stage.be("ana").await, stage.be("rosa").await);
    let head = |page: &str| {
        let head = page.split_once("id=\"room-head\"").expect("a room has a head").1;
        head.split_once("</section>").expect("and it ends").0.to_owned()
    };
    let before = head(ana.get("/incidents/ALD-1").await.text());
    assert!(before.contains("name=\"voting_stopped\" value=\"true\""), "nothing has to be opened first: {before}");
    let desk = head(rosa.get("/incidents/ALD-1").await.text());
    assert!(!desk.contains("voting_stopped"), "the desk has its verbs beside the room: {desk}");
    // Whatever is written between her look and her press keeps her from nothing.
    let severity = [("answers.people", "none"), ("answers.public_service", "down_no_second_place")];
    let confirmed = rosa.post_form("/incidents/ALD-1/confirm-severity", &severity).await;
    assert_eq!(confirmed.status, 303, "{}", confirmed.text());
    let answer = ana.post_form("/incidents/ALD-1/edit", &[("voting_stopped", "true")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let after = ana.get("/incidents/ALD-1").await;
    assert!(!head(after.text()).contains("voting_stopped"), "it is said");
}

#[tokio::test]
async fn a_receipt_says_that_nobody_is_on_duty_and_what_to_ring() {
    let stage = Stage::set().await;
    let ana = stage.be("ana").await;
    stage.clock.set(start().plus(jiff::SignedDuration::from_hours(24 * 30)));
    let filed = ana.post_form("/incidents/new", &[("summary", "The mail of our clerk is gone since noon")]).await;
    let receipt = ana.get(at(&filed)).await;
    assert!(receipt.text().contains("Nobody is on duty at this hour"), "{}", receipt.text());
    assert!(receipt.text().contains("tel:+19995550142") && !receipt.text().contains("Rosa Field"));
}

#[tokio::test]
async fn a_room_is_talked_in_by_plain_forms_and_nothing_is_lost() {
    let stage = Stage::set().await;
    let (ana, rosa) = (stage.be("ana").await, stage.be("rosa").await);
    let page = ana.get("/incidents/ALD-1").await;
    let (id, seen) = (value(page.text(), "id").to_owned(), value(page.text(), "seen").to_owned());
    let said = [("id", id.as_str()), ("seen", &seen), ("text", "Old Mill has slips now.")];
    let sent = ana.post_form("/incidents/ALD-1/messages", &said).await;
    assert_eq!((sent.status.as_u16(), at(&sent)), (303, "/incidents/ALD-1#newest"), "{}", sent.text());
    let again = ana.post_form("/incidents/ALD-1/messages", &said).await;
    assert_eq!(again.status, 303);
    let page = ana.get("/incidents/ALD-1").await;
    assert_eq!(page.text().matches("Old Mill has slips now.").count(), 1, "sent twice, stored once");
    let other = [("id", id.as_str()), ("seen", &seen), ("text", "Something else")];
    let other = ana.post_form("/incidents/ALD-1/messages", &other).await;
    assert!(other.status == 422 && other.text().contains(">Something else</textarea>"), "{}", other.text());
    assert_ne!(value(other.text(), "id"), id, "the next press is another message");
    let blank = ana.post_form("/incidents/ALD-1/messages", &[("id", ""), ("text", " ")]).await;
    assert!(blank.status == 422 && blank.text().contains("Write something first."));

    // Rosa has not seen Ana's message.
    let stale = [
        ("id", "0199b2f4-5b1e-7c3a-8f00-000000000001"),
        ("seen", "3"),
        ("text", "Stay as\nyou are"),
        ("note", "false"),
    ];
    let guard = rosa.post_form("/incidents/ALD-1/messages", &stale).await;
    assert_eq!(guard.status, 409);
    for words in ["Not sent yet. You have not seen", "Old Mill has slips now.", "Change mine", "Stay as\nyou are"] {
        assert!(guard.text().contains(words), "{words}: {}", guard.text());
    }
    assert_eq!(guard.text().matches("id=\"e4\"").count(), 1, "an entry stands on the page once");
    assert!(!ana.get("/incidents/ALD-1").await.text().contains("you are"));
    let seen = value(guard.text(), "seen").to_owned();
    let anyway = [stale[0], ("seen", seen.as_str()), stale[2], stale[3], ("anyway", "true")];
    assert_eq!(rosa.post_form("/incidents/ALD-1/messages", &anyway).await.status, 303);
    assert!(ana.get("/incidents/ALD-1").await.text().contains("you are"));
    assert_eq!(ana.post_form("/incidents/ALD-1/messages", &[("note", "true"), ("text", "x")]).await.status, 403);
}

#[tokio::test]
async fn a_claim_that_was_lost_says_who_has_it() {
    let stage = Stage::set().await;
    let (ana, rosa, ravi) = (stage.be("ana").await, stage.be("rosa").await, stage.be("ravi").await);
    let filed = ana.post_form("/incidents/new", &[("symptom", "WEBSITE_DOWN")]).await;
    assert_eq!(at(&filed), "/incidents/ALD-2/receipt");
    assert!(rosa.get("/incidents/ALD-2").await.text().contains("action=\"/incidents/ALD-2/claim\""));
    let (one, two) =
        tokio::join!(rosa.post_form("/incidents/ALD-2/claim", &[]), ravi.post_form("/incidents/ALD-2/claim", &[]));
    let (won, lost) = if one.status == 303 { (one, two) } else { (two, one) };
    assert_eq!((won.status.as_u16(), at(&won), lost.status.as_u16()), (303, "/incidents/ALD-2", 409));
    assert!(lost.text().contains("has claimed this already") && lost.text().contains("role=\"alert\""));
    assert!(ana.get("/incidents/ALD-2/receipt").await.text().contains("is here"));
}

#[tokio::test]
async fn the_verbs_lead_through_a_whole_life() {
    let stage = Stage::set().await;
    let (ana, rosa, lena) = (stage.be("ana").await, stage.be("rosa").await, stage.be("lena").await);
    let filed = ana.post_form("/incidents/new", &[("symptom", "QUESTION")]).await;
    assert_eq!(filed.status, 303);
    let room = "/incidents/ALD-2";
    let post = async |who: &Client, verb: &str, form: &[(&str, &str)], status: u16, words: &str| {
        let answer = who.post_form(&format!("{room}/{verb}"), form).await;
        assert_eq!(answer.status.as_u16(), status, "{verb}: {}", answer.text());
        let page = if status == 303 { who.get(room).await } else { answer };
        assert!(page.text().contains(words), "{verb}: no {words:?} in {}", page.text());
    };
    post(&rosa, "acknowledge", &[], 303, "has acknowledged").await;
    post(&rosa, "claim", &[], 303, "has claimed this").await;
    post(&rosa, "edit", &[("version", "1"), ("status", "waiting")], 303, "Go on working").await;
    assert!(ana.get(room).await.text().contains("We wait for you:"));
    post(&rosa, "edit", &[("version", "1"), ("status", "working")], 303, "Wait for the authority").await;
    post(&rosa, "override", &[("priority", "P2"), ("reason", " ")], 422, "Say why, in one sentence.").await;
    post(&rosa, "override", &[("priority", "P2"), ("reason", "It spreads")], 303, "Raised to P2").await;
    post(&rosa, "override", &[("priority", "P4"), ("reason", "It ends")], 403, "lower a priority").await;
    post(
        &rosa,
        "confirm-severity",
        &[("answers.people", ""), ("answers.public_service", "down_no_second_place")],
        303,
        "has confirmed",
    )
    .await;
    post(&ana, "claim", &[], 403, "not yours to do").await;
    post(&lena, "assign", &[("to", "nobody@hub.example")], 422, "Give the address of a responder").await;
    post(&lena, "assign", &[("to", "ravi@hub.example")], 303, "Ravi Nair").await;
    post(&lena, "release", &[("reason", "Her shift ends")], 303, "given this back").await;
    post(&rosa, "close", &[], 409, "It is still open.").await;
    post(&rosa, "resolve", &[("cause", "fault"), ("text", "The host has restored it.")], 303, "Reopen").await;
    assert!(!ana.get(room).await.text().contains("technical fault"), "the cause is the response side's");
    post(&rosa, "close", &[], 303, "read only").await;
    post(
        &ana,
        "messages",
        &[("id", "0199b2f4-5b1e-7c3a-8f00-000000000009"), ("text", "One more thing")],
        409,
        "One more thing",
    )
    .await;
    post(&ana, "reopen", &[("reason", "")], 422, "Say what is left to do.").await;
    post(&ana, "reopen", &[("reason", "It is down again")], 303, "It is down again").await;
}

#[tokio::test]
async fn nobodys_correction_is_written_over_unseen() {
    let stage = Stage::set().await;
    let (ana, rosa) = (stage.be("ana").await, stage.be("rosa").await);
    let edit = "/incidents/ALD-1/edit";
    let page = ana.get(edit).await;
    assert!(!page.text().contains("name=\"cause\"") && page.text().contains("Six sites say"));
    let (version, seen) = (value(page.text(), "version").to_owned(), value(page.text(), "seen").to_owned());
    // A message is no correction.
    let said = [("id", "0199b2f4-5b1e-7c3a-8f00-000000000011"), ("text", "Hold on.")];
    assert_eq!(rosa.post_form("/incidents/ALD-1/messages", &said).await.status, 303);
    let form = [("version", version.as_str()), ("seen", seen.as_str()), ("sites.affected", "9"), ("sites.total", "57")];
    let done = ana.post_form(edit, &form).await;
    assert_eq!((done.status.as_u16(), at(&done)), (303, "/incidents/ALD-1"), "{}", done.text());
    // Ana's is one.
    let page = rosa.get(edit).await;
    let mut form = vec![("version", value(page.text(), "version").to_owned()), ("seen", "1".to_owned())];
    form.push(("summary", "Nine sites, says Rosa".to_owned()));
    form[0].1 = "1".to_owned();
    let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let conflict = rosa.post_form(edit, &pairs).await;
    assert_eq!(conflict.status, 412);
    for words in ["9 of 57 sites", "Ana Reyes", "Nine sites, says Rosa"] {
        assert!(conflict.text().contains(words), "{words}: {}", conflict.text());
    }
    let (version, seen) = (value(conflict.text(), "version").to_owned(), value(conflict.text(), "seen").to_owned());
    let pairs = [
        ("version", version.as_str()),
        ("seen", &seen),
        ("summary", "Nine sites, says Rosa"),
        ("sites.affected", "99"),
        ("sites.total", "57"),
    ];
    let wrong = rosa.post_form(edit, &pairs).await;
    assert!(wrong.status == 422 && wrong.text().contains("No more sites can be affected"));
    assert_eq!(rosa.post_form(edit, &pairs[..3]).await.status, 303);
    assert!(ana.get("/incidents/ALD-1").await.text().contains("Nine sites, says Rosa"));
    let shares = ana.post_form(edit, &[("version", "1"), ("tlp", "CLEAR")]).await;
    assert!(shares.status == 403 && shares.text().contains("to share more, ask in the room"));
}

#[tokio::test]
async fn a_long_room_is_read_page_by_page() {
    let stage = Stage::set().await;
    let rosa = find_person(&stage.hub.db, "rosa@hub.example").await.expect("Rosa");
    let (_, secret) = sign_in(&stage.hub.db, &rosa, stage.hub.wall.now()).await.expect("a session");
    let session = hub::identity::viewer_of_session(&stage.hub.db, &secret.text, stage.hub.wall.now()).await;
    let viewer = session.expect("it is read").expect("it holds").viewer;
    for number in 0..210 {
        let actor = hub::identity::Actor::new(viewer.clone(), stage.clock.now(), hub::id::fresh());
        let say =
            hub::room::Say { id: hub::id::fresh().to_string(), text: format!("line {number}."), ..Default::default() };
        hub::room::say(&stage.hub, &actor, "ALD-1", &say).await.expect("it is said");
    }
    let ana = stage.be("ana").await;
    let page = ana.get("/incidents/ALD-1").await;
    let earlier = page.text().split("/incidents/ALD-1?before=").nth(1).and_then(|rest| rest.split('"').next());
    let earlier: i64 = earlier.expect("there are earlier ones").parse().expect("a number");
    assert!(page.text().contains("line 209.") && !page.text().contains("line 1."));
    let page = ana.get(&format!("/incidents/ALD-1?before={earlier}")).await;
    assert!(
        page.text().contains("line 1.") && !page.text().contains("line 209.") && page.text().contains("Newer entries")
    );
    assert!(!page.text().contains("?before="), "the oldest page leads no further back");
}
