//! The versions of the escalation policy: kept, adopted by two people, moved to; and what another one would have made of
//! what was.

use std::sync::Arc;

use hub::Hub;
use hub::escalation::{Policy, Priority};
use hub::identity::Role;
use hub::instance::Mark;
use hub::policy::replay::{Replayed, replay};
use hub::policy::{self, Seen, State, Written};
use hub::time::{Clock, Ts};
use hub_tests::dice::Dice;
use hub_tests::http::{Answer, Client};
use hub_tests::hub::{OpenHub, Someone, body};
use hub_tests::{Engine, Refused, TestHub, on_both};
use serde_json::{Value, json};

/// When urgency rises to the eve of the polls of Alder County.
const EVE: &str = "2026-11-02T11:00:00Z";

fn ts(text: &str) -> Ts {
    text.parse().unwrap()
}

/// The policy that the hub comes with, under another version and with changes.
fn text(version: &str, changes: &[(&str, &str)]) -> String {
    let mut text = Policy::DEFAULT.replace("version = \"2026-11-22\"", &format!("version = \"{version}\""));
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// Where something of medium severity is P2 a step earlier.
const SHARPER: (&str, &str) = (
    "medium    = [\"P4\", \"P4\", \"P3\", \"P3\", \"P2\", \"P2\"]",
    "medium    = [\"P4\", \"P4\", \"P3\", \"P2\", \"P2\", \"P1\"]",
);
/// Where something low is P5 longer.
const MILDER: (&str, &str) = (
    "low       = [\"P5\", \"P5\", \"P5\", \"P4\", \"P4\", \"P3\"]",
    "low       = [\"P5\", \"P5\", \"P5\", \"P5\", \"P4\", \"P4\"]",
);

fn seen(hub: &Hub, policy: &str) -> Seen {
    let sha256 = Policy::parse(policy).unwrap().sha256().to_string();
    Seen { sha256, in_force: hub.policy().version.clone() }
}

async fn writes(who: &Someone, hub: &Hub, text: &str) -> hub::Result<String> {
    let written = Written { text: text.to_owned(), ..Written::default() };
    policy::write(hub, &who.acts(), &written).await
}

/// Written and proposed by the one, adopted by the other.
async fn adopt(hub: &Hub, one: &Someone, other: &Someone, text: &str) {
    let version = writes(one, hub, text).await.unwrap();
    policy::propose(hub, &one.acts(), &version, &seen(hub, text)).await.unwrap();
    policy::adopt(hub, &other.acts(), &version, &seen(hub, text)).await.unwrap();
}

async fn second_supervisor(hub: &TestHub) -> Someone {
    hub.hire("tara", "Quill", Role::Supervisor, None, hub.hub.wall.now()).await
}

async fn everything(hub: &TestHub, policy: Option<&Arc<Policy>>) -> Vec<Replayed> {
    let to = hub.hub.clock.now().plus(jiff::SignedDuration::from_secs(1));
    replay(&hub.hub, &hub.person("sam").viewer, policy, ts("2026-01-01T00:00:00Z"), to).await.unwrap()
}

on_both! {
    async fn a_new_version_needs_two_people_and_running_incidents_keep_theirs(engine: Engine) {
        let house = TestHub::new(engine).await;
        let hub = &house.hub;
        let [ana, rosa, sam, lena, uma, ada] = house.cast(["ana", "rosa", "sam", "lena", "uma", "ada"]);
        house.polls("alder").await;
        let old = ana.files("voters cannot check in").await;
        let other = house.second_node().await;
        assert_eq!(other.policy().version, "2026-11-22", "the same file at another node is the same policy");

        let next = text("2026-12-01", &[SHARPER]);
        for who in [&lena, &rosa, &ana, &uma, &ada] {
            assert!(writes(who, hub, &next).await.is_forbidden());
        }
        assert_eq!(writes(&sam, hub, &next).await.unwrap(), "2026-12-01");
        let seen_now = seen(hub, &next);
        assert!(policy::adopt(hub, &sam.acts(), "2026-12-01", &seen_now).await.is_unlawful(), "it is a draft");
        policy::propose(hub, &sam.acts(), "2026-12-01", &seen_now).await.unwrap();
        assert!(policy::adopt(hub, &sam.acts(), "2026-12-01", &seen_now).await.is_forbidden(), "two people");
        assert_eq!(policy::editors(hub, &sam.viewer).await.unwrap(), 1);

        let tara = second_supervisor(&house).await;
        assert_eq!(policy::editors(hub, &sam.viewer).await.unwrap(), 2);
        assert!(policy::adopt(hub, &lena.acts(), "2026-12-01", &seen_now).await.is_forbidden());
        assert!(policy::adopt(hub, &ana.acts(), "2026-12-01", &seen_now).await.is_not_found(), "no draft is an official's");
        assert!(policy::adopt(hub, &tara.acts(), "nowhere", &seen_now).await.is_not_found());
        let another = Seen { sha256: "x".to_owned(), ..seen_now.clone() };
        assert!(policy::adopt(hub, &tara.acts(), "2026-12-01", &another).await.is_unlawful(), "not what was looked at");
        let stale = Seen { in_force: "x".to_owned(), ..seen_now.clone() };
        assert!(policy::adopt(hub, &tara.acts(), "2026-12-01", &stale).await.is_unlawful());
        policy::adopt(hub, &tara.acts(), "2026-12-01", &seen_now).await.unwrap();
        assert!(policy::adopt(hub, &tara.acts(), "2026-12-01", &seen_now).await.is_unlawful(), "once");
        assert!(writes(&sam, hub, &next).await.fields() == ["text"], "what was in force stays as it was");

        assert_eq!(hub.policy().version, "2026-12-01");
        assert_eq!(other.policy().version, "2026-11-22", "not told yet");
        let new = ana.at(&other).files("voters cannot check in").await;
        let version = async |r: &str| rosa.sees(r).await.unwrap().why.policy;
        assert_eq!((version(&old).await, version(&new).await), ("2026-11-22".to_owned(), "2026-12-01".to_owned()));
        assert_eq!(rosa.at(&other).sees(&new).await.unwrap().priority, Priority::P2, "U3: the eve comes earlier");
        assert_eq!(rosa.sees(&old).await.unwrap().priority, Priority::P3);
        // What happens to the old one later is still by its own.
        ana.patches(&old, json!({"sites": {"affected": 2, "total": 9}})).await.unwrap();
        assert_eq!(rosa.sees(&old).await.unwrap().priority, Priority::P3);
        house.clock_moves_to(EVE).await;
        assert_eq!(rosa.sees(&old).await.unwrap().priority, Priority::P2);
        assert_eq!(version(&old).await, "2026-11-22");

        let all = policy::versions(hub, &uma.viewer).await.unwrap();
        let told: Vec<_> = all.iter().map(|one| (one.version.as_str(), one.in_force, one.open)).collect();
        assert_eq!(told, [("2026-12-01", true, Some(1)), ("2026-11-22", false, Some(1))]);
        assert_eq!((all[0].written_by.as_deref(), all[0].adopted_by.as_deref()), (Some("Sam Adeyemi"), Some("Tara Quill")));
        let public = policy::versions(hub, &ana.viewer).await.unwrap();
        assert_eq!(public.iter().map(|one| one.open).collect::<Vec<_>>(), [None, None]);
    }

    async fn the_clockwork_of_another_node_notices_a_new_version(engine: Engine) {
        let house = TestHub::new(engine).await;
        let (sam, tara) = (house.person("sam").clone(), second_supervisor(&house).await);
        let other = house.second_node().await;
        adopt(&house.hub, &sam, &tara, &text("2", &[])).await;
        hub::escalation::clockwork::turn(&other, other.clock.now()).await.unwrap();
        assert_eq!(other.policy().version, "2");
    }

    async fn drafts_are_checked_kept_and_never_written_over_unseen(engine: Engine) {
        let house = TestHub::new(engine).await;
        let hub = &house.hub;
        let (sam, tara) = (house.person("sam").clone(), second_supervisor(&house).await);
        let wrong = text("1", &[("low       = [\"P5\", \"P5\", \"P5\", \"P4\", \"P4\"", "low       = [\"P5\", \"P5\", \"P5\", \"P4\", \"P5\"")]);
        let refused = writes(&sam, hub, &wrong).await.unwrap_err().to_string();
        assert!(refused.contains("“low at U4 = P5” falls as urgency rises from U3 = P4"), "{refused}");
        assert!(refused.starts_with("text: Line "), "{refused}");
        let (one, two) = (text("1", &[SHARPER]), text("1", &[MILDER]));
        writes(&sam, hub, &one.replace('\n', "\r\n")).await.unwrap();
        assert_eq!(policy::version(hub, &sam.viewer, "1").await.unwrap().text, one);
        assert_eq!(writes(&tara, hub, &two).await.fields(), ["text"], "another's draft");
        let version = policy::version(hub, &tara.viewer, "1").await.unwrap();
        let written = Written { text: two.clone(), reason: "Less noise".to_owned(), seen: version.sha256 };
        policy::write(hub, &tara.acts(), &written).await.unwrap();
        policy::propose(hub, &sam.acts(), "1", &seen(hub, &two)).await.unwrap();
        // Whoever wrote it and whoever proposed it are both no second person.
        for who in [&sam, &tara] {
            assert!(policy::adopt(hub, &who.acts(), "1", &seen(hub, &two)).await.is_forbidden());
        }
        policy::take_back(hub, &tara.acts(), "1", &seen(hub, &two)).await.unwrap();
        let draft = policy::version(hub, &sam.viewer, "1").await.unwrap();
        assert_eq!((draft.state, draft.reason.as_deref()), (State::Draft, Some("Less noise")));
        policy::propose(hub, &tara.acts(), "1", &seen(hub, &two)).await.unwrap();
        policy::adopt(hub, &sam.acts(), "1", &seen(hub, &two)).await.unwrap();
    }

    async fn the_file_comes_into_force_where_its_version_is_new(engine: Engine) {
        let house = TestHub::new(engine).await;
        let start = async |text: String| {
            let db = house.hub.db.clone();
            let clock = Clock::by_hand(house.hub.clock.now());
            Hub::start(db, clock.clone(), clock, Policy::parse(&text).unwrap(), Mark::Live).await
        };
        let (sam, tara) = (house.person("sam").clone(), second_supervisor(&house).await);
        assert_eq!(start(text("a", &[SHARPER])).await.unwrap().policy().version, "a");
        adopt(&start(text("a", &[SHARPER])).await.unwrap(), &sam, &tara, &text("b", &[])).await;
        assert_eq!(start(text("a", &[SHARPER])).await.unwrap().policy().version, "b", "a was there before b");
        let refused = start(text("a", &[MILDER])).await.unwrap_err().to_string();
        assert!(refused.contains("the policy file has the version a") && refused.contains("version of its own"), "{refused}");
        // A proposal that is also the file: whoever runs the hub is the second person.
        writes(&sam, &house.hub, &text("c", &[])).await.unwrap();
        assert_eq!(start(text("c", &[])).await.unwrap().policy().version, "c");
        // A command that only looks brings nothing into force.
        let clock = Clock::by_hand(house.hub.clock.now());
        let looks = Policy::parse(&text("d", &[])).unwrap();
        let looking = Hub::look(house.hub.db.clone(), clock.clone(), clock, looks, Mark::Live).await.unwrap();
        assert_eq!(looking.policy().version, "c");
    }

    async fn moving_is_looked_at_first_and_raises_and_shortens_and_lowers_nothing(engine: Engine) {
        let house = TestHub::new(engine).await;
        let hub = &house.hub;
        let [ana, ben, rosa, sam, lena] = house.cast(["ana", "ben", "rosa", "sam", "lena"]);
        house.polls("franklin").await;
        let (a, b) = (ana.files("voters cannot check in").await, ben.files("voters cannot check in").await);
        let low = json!({"category": "ADVICE", "functions": ["checkin"], "answers": {"people": "worrying"}});
        let low = ana.reports(low).await.unwrap()["ref"].as_str().unwrap().to_owned();
        rosa.acknowledges(&low).await.unwrap();
        let over = ana.files("all is well").await;
        rosa.resolves(&over).await.unwrap();
        let tara = second_supervisor(&house).await;
        let next = text("next", &[SHARPER, MILDER, ("first_response = \"15 min\"", "first_response = \"10 min\"")]);
        adopt(hub, &sam, &tara, &next).await;

        let found = policy::preview(hub, &rosa.viewer, &hub.policy(), hub.clock.now()).await.unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.reference.as_str(), one.before, one.after, one.proposed)).collect();
        let [_, p2, p3, p4, p5] = [Priority::P1, Priority::P2, Priority::P3, Priority::P4, Priority::P5];
        assert_eq!(told, [(a.as_str(), p3, p2, None), (b.as_str(), p3, p2, None), (low.as_str(), p4, p4, Some(p5))]);
        assert!(found.iter().all(policy::Moving::differs));
        let own = policy::preview(hub, &ben.viewer, &hub.policy(), hub.clock.now()).await.unwrap();
        assert_eq!(own.iter().map(|one| one.reference.as_str()).collect::<Vec<_>>(), [b.as_str()], "no other's");

        assert!(policy::move_all(hub, &lena.acts(), "next").await.is_forbidden());
        assert!(policy::move_all(hub, &sam.acts(), "2026-11-22").await.is_unlawful(), "not what was looked at");
        assert_eq!(policy::move_all(hub, &sam.acts(), "next").await.unwrap(), 3);
        assert_eq!(policy::move_all(hub, &sam.acts(), "next").await.unwrap(), 0, "once");
        for (moving, r) in found.iter().zip([&a, &b, &low]) {
            let view = rosa.sees(r).await.unwrap();
            assert_eq!((view.priority, view.due(), view.why.policy.as_str()), (moving.after, moving.due, "next"));
        }
        let log = rosa.log(&a).await;
        assert_eq!(log.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["filed", "changed", "priority", "paged"]);
        assert_eq!(log[1].data["fields"]["policy"], json!(["2026-11-22", "next"]));
        assert_eq!((&log[2].data["cause"], log[2].by.as_ref().unwrap().name.as_str()), (&json!("policy"), "Sam Adeyemi"));
        assert_eq!(rosa.story(&low).await, ["filed", "acknowledged", "changed", "lowering_proposed"]);
        assert_eq!(rosa.story(&over).await, ["filed", "resolved", "changed"], "what is over keeps its policy");
        assert_eq!(rosa.sees(&over).await.unwrap().why.policy, "2026-11-22");
    }

    async fn the_live_policy_replayed_is_what_was(engine: Engine) {
        let dice = Dice::new("a story");
        let house = TestHub::new(engine).await;
        let tara = second_supervisor(&house).await;
        Box::pin(told_by(&dice, &house, &tara, 160)).await;
        // What the last act made due is done, too.
        house.minutes_pass(1).await;
        let all = everything(&house, None).await;
        assert!(all.len() >= 8, "{}", all.len());
        let turns: usize = all.iter().map(|one| one.was.as_ref().unwrap().turns.len()).sum();
        let pages: usize = all.iter().map(|one| one.was.as_ref().unwrap().pages.len()).sum();
        assert!(turns > 0 && pages > 20, "a story in which something happens: {turns}, {pages}");
        for one in &all {
            assert_eq!(one.was, one.would, "{}: {:?}", one.reference, house.person("rosa").log(&one.reference).await);
        }
    }

    async fn another_policy_would_have_made_another_history(engine: Engine) {
        let house = TestHub::new(engine).await;
        let [ana, rosa] = house.cast(["ana", "rosa"]);
        let polls = house.polls("alder").await;
        let r = ana.files("voters cannot check in").await;
        house.minutes_pass(10).await;
        rosa.claims(&r).await.unwrap();
        house.clock_moves_to(EVE).await;
        // The calendar changes afterwards: what was before is replayed with what it was before.
        house.minutes_pass(60).await;
        rosa.acknowledges(&r).await.unwrap();
        house.minutes_pass(1).await;
        let far = json!([{"kind": "election_day", "opens": "2026-12-15T06:00:00", "closes": "2026-12-15T21:00:00"}]);
        let proposed = house.person("lena").moves(&polls["id"], json!({ "windows": far })).await.unwrap();
        house.person("sam").agrees(&proposed).await.unwrap();
        house.minutes_pass(60).await;
        let same = everything(&house, None).await;
        assert!(!same[0].differs(), "{same:?}");
        assert_eq!(same[0].was.as_ref().unwrap().proposed.len(), 1, "after the move");

        let sharper = Arc::new(Policy::parse(&text("sharper", &[SHARPER])).unwrap());
        let would = everything(&house, Some(&sharper)).await;
        let (was, would) = (would[0].was.clone().unwrap(), would[0].would.clone().unwrap());
        assert_eq!((was.filed, was.turns.len(), was.turns[0].to), (Priority::P3, 1, Priority::P2));
        assert_eq!((would.filed, would.turns.len()), (Priority::P2, 0), "it was as high from the beginning");
        let refused = replay(&house.hub, &rosa.viewer, None, ts(EVE), ts(EVE)).await;
        assert_eq!(refused.fields(), ["to"]);
        let before = replay(&house.hub, &rosa.viewer, None, ts("2026-01-01T00:00:00Z"), ts("2026-02-01T00:00:00Z")).await;
        assert_eq!(before.unwrap(), []);
    }
}

/// What a hidden field of a page holds.
fn hidden<'a>(page: &'a Answer, name: &str) -> &'a str {
    let after = page.text().split(&format!("name=\"{name}\" value=\"")).nth(1);
    after.unwrap_or_else(|| panic!("no {name} in {}", page.text())).split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_write_propose_adopt_and_move_by_plain_forms() {
    let house = OpenHub::new(Engine::Sqlite).await;
    let tara = second_supervisor(&house).await;
    let browser = async |first: &str| Client::at(&house.url()).bearer(&house.token(first).await);
    let (ana, rosa, sam) = (browser("ana").await, browser("rosa").await, browser("sam").await);
    let token = hub::identity::make_token(&house.hub.db, &tara.email, 1, house.hub.wall.now()).await.unwrap();
    let tara = Client::at(&house.url()).bearer(&token.text);
    house.polls("alder").await;
    let r = house.person("ana").files("voters cannot check in").await;

    for who in [&ana, &rosa] {
        assert_eq!(who.get("/policy/edit").await.status, 403);
        assert!(!who.get("/policy").await.text().contains("/policy/edit"));
    }
    let form = sam.get("/policy/edit").await;
    assert!(form.text().contains("version = &#34;2026-11-22&#34;"), "it begins with what is in force");
    let wrong = text("next", &[("[counts_as_named]", "[counts_as_maned]")]);
    let again = sam.post_form("/policy/edit", &[("text", wrong.as_str()), ("reason", "Sooner"), ("seen", "")]).await;
    assert_eq!(again.status, 422);
    let line = wrong.lines().position(|line| line == "[counts_as_maned]").unwrap() + 1;
    for words in [format!("Line {line}: unknown field").as_str(), "[counts_as_maned]", "value=\"Sooner\"", "autofocus"]
    {
        assert!(again.text().contains(words), "{words}: {}", again.text());
    }
    let next = text("next", &[SHARPER]).replace('\n', "\r\n");
    let saved = sam.post_form("/policy/edit", &[("text", next.as_str()), ("reason", "Sooner"), ("seen", "")]).await;
    assert_eq!((saved.status.as_u16(), saved.header("location")), (303, "/policy/next"));

    assert_eq!(ana.get("/policy/next").await.status, 404);
    assert_eq!(
        ana.get("/policy/next").await.text(),
        ana.get("/policy/nowhere").await.text(),
        "no draft is an official's"
    );
    assert_eq!(ana.get("/policy/next/file").await.status, 404);
    let page = rosa.get("/policy/next").await;
    for words in ["medium at U3", "<s>P3</s>", "<b>P2</b>", "Sooner", "Written by Sam Adeyemi", r.as_str()] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(!page.text().contains("/policy/next/propose"));
    assert_eq!(rosa.post_form("/policy/next/propose", &[]).await.status, 403);
    assert_eq!(ana.post_form("/policy/next/propose", &[]).await.status, 404);

    let page = sam.get("/policy/next").await;
    let seen = [("sha256", hidden(&page, "sha256")), ("in_force", hidden(&page, "in_force"))];
    assert_eq!(sam.post_form("/policy/next/propose", &seen).await.status, 303);
    let page = sam.get("/policy/next").await;
    assert!(page.text().contains("Another supervisor") && !page.text().contains("/policy/next/adopt"));
    let refused = sam.post_form("/policy/next/adopt", &seen).await;
    assert!(refused.status == 403 && refused.text().contains("Two people put a policy in force"), "{}", refused.text());
    assert!(tara.get("/policy/next").await.text().contains("/policy/next/adopt"));
    let stale = [("sha256", "x"), ("in_force", "2026-11-22")];
    assert_eq!(tara.post_form("/policy/next/adopt", &stale).await.status, 409);
    assert_eq!(tara.post_form("/policy/next/adopt", &seen).await.status, 303);

    let public = ana.get("/policy").await;
    assert!(public.text().contains("In force: next") && !public.text().contains("open incident"), "{}", public.text());
    assert_eq!(ana.get("/policy/next/file").await.text(), next.replace("\r\n", "\n"));
    assert!(ana.get("/policy/2026-11-22").await.text().contains("medium at U3"), "how an old one differs");
    assert!(rosa.get("/policy").await.text().contains("/policy/move"));
    assert!(rosa.get("/policy/move").await.text().contains("A supervisor moves them"));
    assert_eq!(ana.get("/policy/move").await.status, 403);
    assert_eq!(rosa.post_form("/policy/move", &[("version", "next")]).await.status, 403);
    assert_eq!(sam.post_form("/policy/move", &[("version", "2026-11-22")]).await.status, 409);
    assert_eq!(sam.post_form("/policy/move", &[("version", "next")]).await.status, 303);
    assert_eq!(house.person("ana").sees(&r).await.unwrap().priority, Priority::P2);
    assert!(sam.get("/policy/move").await.text().contains("No open incident has another version"));
    let room = ana.get(&format!("/incidents/{r}")).await;
    assert!(room.text().contains("it was moved to another policy"), "{}", room.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_supervisor_is_told_that_the_file_can_do_it() {
    let house = OpenHub::new(Engine::Sqlite).await;
    let sam = Client::at(&house.url()).bearer(&house.token("sam").await);
    let next = text("next", &[]);
    sam.post_form("/policy/edit", &[("text", next.as_str()), ("reason", ""), ("seen", "")]).await;
    let page = sam.get("/policy/next").await;
    assert!(page.text().contains("There is no second supervisor") && page.text().contains("at the next start"));
    assert!(page.text().contains("Nothing but the name and the comments."));
}

/// The clockwork does what it does in a hub that runs: it wakes when something falls due, a moment late.
async fn passes(dice: &Dice, house: &TestHub, millis: i64) {
    let end = house.hub.clock.now().millis() + millis;
    let late = |due: i64| due + i64::try_from(dice.roll(2_000)).unwrap();
    // Now and then it stands still.
    if dice.roll(6) > 0 {
        loop {
            let next = house.sql("SELECT min(CASE WHEN assess_at < step_at THEN assess_at ELSE step_at END) AS at FROM incidents WHERE open").await.remove(0).remove(0);
            let Some(at) = next.parse::<i64>().ok().map(late).filter(|at| *at < end) else { break };
            let at = at.max(house.hub.clock.now().millis() + 1);
            house.clock_moves_to(&Ts::from_millis(at).to_string()).await;
        }
    }
    house.clock_moves_to(&Ts::from_millis(end).to_string()).await;
    // The record has no order within a millisecond between authorities, and nobody acts in that of the clockwork.
    house.hub.clock.set(Ts::from_millis(end + 1));
}

/// A story of so many acts.
async fn told_by(dice: &Dice, house: &TestHub, tara: &Someone, acts: u32) {
    let [ana, ben, fay, rosa, ravi, lena, sam] = house.cast(["ana", "ben", "fay", "rosa", "ravi", "lena", "sam"]);
    let mut elections = vec![house.polls("franklin").await];
    // On some days somebody is on duty on some posts.
    for day in 1..28 {
        for (who, post) in [(&ravi, "primary"), (&rosa, "backup"), (&lena, "lead"), (&sam, "supervisor")] {
            if dice.roll(3) > 0 {
                let shift = json!({"person": who.email, "post": post, "from": format!("2026-11-{day:02}T15:00:00Z"),
                    "to": format!("2026-11-{:02}T15:00:00Z", day + 1)});
                hub::duty::add_shift(&house.hub, &lena.acts(), &body(shift)).await.unwrap();
            }
        }
    }
    let mut filed: Vec<(String, Someone)> = Vec::new();
    let mut adopted = 0;
    let pick = |most: usize| usize::try_from(dice.roll(most as u64)).unwrap();
    for act in 0..acts {
        passes(dice, house, 1 + i64::try_from(dice.any_size(26)).unwrap()).await;
        if filed.is_empty() || dice.roll(8) == 0 {
            let who = [&ana, &ben, &fay][pick(3)];
            let answers = ["slower_with_fallback", "some_sites_fallback_works", "stopped_at_sites"][pick(3)];
            let report = match dice.roll(3) {
                0 => json!({"summary": "voters cannot check in"}),
                1 => json!({"summary": "it is slow", "answers": {"ability_to_vote": answers}}),
                _ => json!({"category": "FALSE_VOTING_INFORMATION", "functions": ["registration", "office"]}),
            };
            let r = who.reports(report).await.unwrap()["ref"].as_str().unwrap().to_owned();
            filed.push((r, who.clone()));
            continue;
        }
        let (r, who) = filed[pick(filed.len())].clone();
        let responder = if dice.roll(2) == 0 { &rosa } else { &ravi };
        let priority = ["P1", "P2", "P3", "P4", "P5"][pick(5)];
        // What the status does not allow is refused, and then nothing happened.
        let _: Result<Value, hub::Error> = match dice.roll(22) {
            0 | 1 => responder.acknowledges(&r).await,
            2 => responder.claims(&r).await,
            3 => responder.releases(&r).await,
            4 => lena.assigns(&r, &ravi).await,
            5 => responder.confirms_severity(&r, json!({"people": "worrying"})).await,
            6 | 7 => responder.confirms_lowering(&r).await,
            8 => lena.overrides(&r, priority).await,
            9 => who.overrides(&r, priority).await,
            10 => who.patches(&r, json!({"voting_stopped": dice.roll(3) == 0})).await,
            11 => {
                who.patches(&r, json!({"answers": {"people": (["none", "named_threat", "happening_now"][pick(3)])}}))
                    .await
            }
            12 => responder.patches(&r, json!({"status": (["waiting", "working"][pick(2)])})).await,
            13 => responder.patches(&r, json!({"functions": [(["checkin", "people", "all"][pick(3)])]})).await,
            14 => responder.patches(&r, json!({"category": (["ADVICE", "FALSE_VOTING_INFORMATION"][pick(2)])})).await,
            15 => {
                let id = elections[pick(elections.len())]["id"].clone();
                responder.patches(&r, json!({"election": if dice.roll(2) == 0 { id } else { Value::Null }})).await
            }
            16 => responder.says(&r, &format!("we look into it, {act}")).await.map(|_| Value::Null),
            17 => who.says(&r, &format!("here is more, {act}")).await.map(|_| Value::Null),
            18 if dice.roll(2) == 0 => responder.resolves(&r).await,
            18 => who.reopens(&r).await,
            19 if elections.len() < 3 => {
                elections.push(
                    house.election(["alder", "bellwood"][pick(2)], "2026-11-10T07:00:00", "2026-11-10T20:00:00").await,
                );
                Ok(Value::Null)
            }
            19 | 20 => {
                let day = 1 + dice.roll(28);
                let polls = json!([{"kind": "election_day", "opens": format!("2026-11-{day:02}T06:00:00"),
                    "closes": format!("2026-11-{day:02}T21:00:00")}]);
                lena.moves(&elections[pick(elections.len())]["id"], json!({ "windows": polls })).await
            }
            _ if adopted < 3 => {
                adopted += 1;
                let changes: &[_] = [&[SHARPER][..], &[MILDER], &[SHARPER, MILDER]][pick(3)];
                adopt(&house.hub, &sam, tara, &text(&format!("v{adopted}"), changes)).await;
                let version = house.hub.policy().version.clone();
                policy::move_all(&house.hub, &sam.acts(), &version).await.map(|_| Value::Null)
            }
            _ => responder.notes(&r, &format!("a thought, {act}")).await.map(|_| Value::Null),
        };
    }
}
