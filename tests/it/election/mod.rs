//! Calendars: civil times, what moves with them, and whose they are.

mod changes;
mod import;
mod seconds;

use hub::Error;
use hub::election::{self, ElectionBody};
use hub::escalation::Priority;
use hub_tests::hub::{Someone, body};
use hub_tests::{Refused, TestHub, on_both};
use serde_json::{Value, json};

async fn makes(hub: &TestHub, who: &Someone, election: Value) -> hub::Result<Value> {
    Ok(election::create(&hub.hub, &who.acts(), &body::<ElectionBody>(election)).await?.body["election"].clone())
}

on_both! {
    async fn an_official_lead_enters_the_calendar_in_civil_time(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [olive, ana] = hub.cast(["olive", "ana"]);
        let general = json!({
            "name": "Alder County general",
            "windows": [
                {"kind": "early_voting", "opens": "2026-10-24T09:00", "closes": "2026-11-01T17:00:00"},
                {"kind": "election_day", "opens": "2026-11-03T06:00:00", "closes": "2026-11-03T21:00:00"},
                {"kind": "abroad", "opens": "2026-11-03T08:00:00", "closes": "2026-11-03T18:00:00", "zone": "Europe/Paris"},
            ],
            "milestones": [{"kind": "certification", "at": "2026-11-24T17:00:00"}],
        });
        assert!(makes(&hub, &ana, general.clone()).await.is_forbidden());
        let view = makes(&hub, &olive, general).await.unwrap();
        assert_eq!((&view["authority"], &view["zone"]), (&json!("alder"), &json!("America/New_York")));
        assert_eq!(view["windows"][0]["opens"], "2026-10-24T09:00:00");
        assert_eq!((&view["windows"][2]["zone"], &view["version"]), (&json!("Europe/Paris"), &json!(1)));
        let read = election::get(&hub.hub, &ana.viewer, view["id"].as_str().unwrap(), hub.hub.clock.now()).await.unwrap();
        assert_eq!(json!(read), view, "read as it was answered");
    }

    async fn what_cannot_be_is_refused_with_every_field(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [olive, lena] = hub.cast(["olive", "lena"]);
        let windows = |opens: &str, closes: &str| json!({"name": "N", "authority": "alder",
            "windows": [{"kind": "election_day", "opens": opens, "closes": closes}]});
        for (opens, closes) in [
            ("2026-11-03T06:00:00Z", "2026-11-03T21:00:00"),
            ("2026-11-03T06:00:00-05:00", "2026-11-03T21:00:00"),
            ("2026-11-03T06:00:00[America/New_York]", "2026-11-03T21:00:00"),
            ("2026-11-03", "2026-11-03T21:00:00"),
            ("2026-02-30T06:00:00", "2026-11-03T21:00:00"),
        ] {
            assert_eq!(makes(&hub, &olive, windows(opens, closes)).await.fields(), ["windows[0].opens"], "{opens}");
        }
        let closed = makes(&hub, &olive, windows("2026-11-03T21:00:00", "2026-11-03T06:00:00")).await;
        assert_eq!(closed.fields(), ["windows[0].closes"]);
        let wrong = json!({"windows": [{"kind": "party", "opens": "x", "closes": "y"}], "milestones": [{"kind": "x", "at": "y"}]});
        assert_eq!(
            makes(&hub, &olive, wrong).await.fields(),
            ["name", "windows[0].kind", "windows[0].opens", "windows[0].closes", "milestones[0].kind", "milestones[0].at"]
        );
        let mars = json!({"name": "N", "zone": "Mars/Olympus"});
        assert_eq!(makes(&hub, &olive, mars).await.fields(), ["zone"]);
        assert_eq!(makes(&hub, &lena, json!({"name": "N"})).await.fields(), ["authority"]);
        assert!(makes(&hub, &olive, json!({"name": "N", "authority": "bellwood"})).await.is_not_found());
        assert_eq!(hub.one("SELECT count(*) FROM elections").await, "0");
    }

    async fn a_change_moves_what_the_actor_may_read_and_says_nothing_of_others(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, fay, olive, lena, sam] = hub.cast(["ana", "ben", "fay", "olive", "lena", "sam"]);
        // So far away that one person changes it.
        let state = hub.election("franklin", "2026-12-08T06:00:00", "2026-12-08T21:00:00").await;
        let (a, b) = (ana.files("voters cannot check in").await, ben.files("voters cannot check in").await);
        let over = ana.files("all is well").await;
        hub.person("rosa").resolves(&over).await.unwrap();
        let far = lena.reports(json!({"summary": "a flood", "authority": "meridia"})).await.unwrap();

        // The state moves its polls to tomorrow: everybody below is closer now.
        let sooner = json!([{"id": state["windows"][0]["id"], "kind": "election_day",
            "opens": "2026-11-02T06:00:00", "closes": "2026-11-02T21:00:00"}]);
        let answer = fay.moves(&state["id"], json!({ "windows": sooner })).await.unwrap();
        assert_eq!((&answer["moved"], &answer["election"]["version"]), (&json!([]), &json!(2)), "counties are theirs");
        assert_eq!(answer["election"]["windows"][0]["id"], state["windows"][0]["id"], "a window keeps its name");
        for (who, r) in [(&ana, &a), (&ben, &b)] {
            let view = who.sees(r).await.unwrap();
            assert_eq!(view.priority, Priority::P2, "{r} was assessed before the answer was given");
            assert_eq!(who.deeds(r).await, ["filed", "priority"]);
        }
        assert_eq!(lena.sees(far["ref"].as_str().unwrap()).await.unwrap().version, 1);

        // A responder moves it back, and is told of both; nothing falls by itself.
        let later = json!([{"kind": "election_day", "opens": "2026-11-02T08:00:00", "closes": "2026-11-02T21:00:00"}]);
        let proposed = lena.moves(&state["id"], json!({ "windows": later })).await.unwrap();
        let answer = sam.agrees(&proposed).await.unwrap();
        assert_eq!(answer["moved"], json!([]), "they were P2 and still are");
        let open = json!([{"kind": "election_day", "opens": "2026-11-01T08:00:00", "closes": "2026-11-02T21:00:00"}]);
        ana.patches(&a, json!({"answers": {"ability_to_vote": "stopped_at_sites"}})).await.unwrap();
        hub.person("rosa").overrides(&b, "P2").await.unwrap();
        let answer = sam.agrees(&lena.moves(&state["id"], json!({ "windows": open })).await.unwrap()).await.unwrap();
        let refs: Vec<_> = answer["moved"].as_array().unwrap().iter().map(|one| one["ref"].as_str().unwrap()).collect();
        assert!(refs.iter().all(|r| [a.as_str(), b.as_str()].contains(r)), "{refs:?}");

        // Alder's own lead is told of Alder's incidents alone.
        let own = json!({"name": "Alder special", "windows": [{"kind": "election_day", "opens": "2026-11-01T08:00:00", "closes": "2026-11-01T21:00:00"}]});
        let answer = election::create(&hub.hub, &olive.acts(), &body::<ElectionBody>(own)).await.unwrap();
        for one in answer.body["moved"].as_array().unwrap() {
            assert!(one["ref"].as_str().unwrap().starts_with("ALD-"), "{one}");
        }
    }

    async fn relatives_are_reached_up_and_down(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, fay, olive, ben] = hub.cast(["ana", "fay", "olive", "ben"]);
        let files = async |who: &Someone| who.files("something is odd").await;
        let (county, state, sister) = (files(&ana).await, files(&fay).await, files(&ben).await);
        let own = json!({"name": "Alder special", "windows": [{"kind": "election_day", "opens": "2026-11-01T08:00:00", "closes": "2026-11-01T21:00:00"}]});
        let answer = election::create(&hub.hub, &olive.acts(), &body::<ElectionBody>(own)).await.unwrap();
        let urgency = async |who: &Someone, r: &str| who.sees(r).await.unwrap().urgency.code().to_owned();
        assert_eq!(urgency(&ana, &county).await, "U5");
        assert_eq!(urgency(&fay, &state).await, "U4", "a descendant's counts one step lower");
        assert_ne!(urgency(&ben, &sister).await, "U5", "a sister's does not count");
        let moved = &answer.body["moved"];
        assert_eq!(moved.as_array().unwrap().len(), 1);
        assert_eq!((&moved[0]["ref"], &moved[0]["priority"]), (&json!(county), &json!("P2")));
        assert!(moved[0]["due"].as_str() < moved[0]["due_before"].as_str());

        // Named, it counts in full.
        let id = answer.body["election"]["id"].clone();
        hub.person("rosa").patches(&state, json!({ "election": id })).await.unwrap();
        assert_eq!(urgency(&fay, &state).await, "U5");
        hub.person("rosa").patches(&state, json!({ "election": null })).await.unwrap();
        assert_eq!(urgency(&fay, &state).await, "U4");
    }

    async fn a_close_is_moved_later_in_one_action(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive] = hub.cast(["ana", "olive"]);
        let polls = hub.polls("alder").await;
        hub.clock_moves_to("2026-11-04T01:30:00Z").await;
        let r = ana.files("voters cannot check in").await;
        let closes = ana.sees(&r).await.unwrap().next_change.unwrap().at;
        for earlier in ["2026-11-03T21:00:00", "2026-11-03T20:00:00"] {
            assert_eq!(olive.extends(&polls, earlier).await.fields(), ["closes"]);
        }
        assert_eq!(olive.extends(&polls, "10 pm").await.fields(), ["closes"]);
        let nowhere = body(json!({"window": "x", "closes": "2026-11-03T22:00:00"}));
        let id = polls["id"].as_str().unwrap();
        assert_eq!(election::extend(&hub.hub, &olive.acts(), id, None, &nowhere).await.fields(), ["window"]);
        assert!(election::extend(&hub.hub, &olive.acts(), "x", None, &nowhere).await.is_not_found());
        let answer = olive.extends(&polls, "2026-11-03T22:30:00").await.unwrap();
        assert_eq!(answer["election"]["windows"][0]["closes"], "2026-11-03T22:30:00");
        let view = ana.sees(&r).await.unwrap();
        assert!(view.next_change.is_none_or(|next| next.at > closes));
        assert!(view.why.text.contains("22:30 EST"), "{}", view.why.text);
        let event = hub.one("SELECT payload FROM events WHERE kind = 'election' ORDER BY chain_seq DESC LIMIT 1").await;
        assert!(event.contains("21:00:00"), "what was before is kept: {event}");
    }

    async fn who_changes_an_older_calendar_is_shown_the_present_one(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let olive = hub.person("olive");
        let polls = hub.polls("alder").await;
        let id = polls["id"].as_str().unwrap();
        let named = |name: &str| body(json!({ "name": name }));
        election::update(&hub.hub, &olive.acts(), id, Some(1), &named("General")).await.unwrap();
        match election::update(&hub.hub, &olive.acts(), id, Some(1), &named("Primary")).await {
            Err(Error::Stale(present)) => assert_eq!((&present["name"], &present["version"]), (&json!("General"), &json!(2))),
            other => panic!("{other:?}"),
        }
        let away = body(json!({"authority": "bellwood"}));
        assert_eq!(election::update(&hub.hub, &olive.acts(), id, None, &away).await.fields(), ["authority"]);
    }

    async fn elections_are_listed_by_page_and_authority(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ada = hub.person("ada");
        for authority in ["alder", "bellwood", "alder", "meridia", "alder"] {
            hub.polls(authority).await;
        }
        let filter = election::ElectionFilter { authority: Some("alder".to_owned()) };
        for (filter, count) in [(election::ElectionFilter::default(), 5), (filter, 3)] {
            let (mut page, mut ids) = (hub::store::Page { limit: Some(2), ..hub::store::Page::default() }, Vec::new());
            loop {
                let found = election::list(&hub.hub, &ada.viewer, &filter, &page, hub.hub.clock.now()).await.unwrap();
                ids.extend(found.items.into_iter().map(|view| view.id));
                page.cursor = found.next;
                if page.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(ids.len(), count);
            assert!(ids.is_sorted());
        }
    }

    /// The calendars that a node holds are a copy; a new authority lives by its parent's elections from the first day.
    async fn who_joins_lives_by_the_calendar_above(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ada, rosa] = hub.cast(["ada", "rosa"]);
        let other = hub.second_node().await;
        hub.polls("franklin").await;
        for node in [&hub.hub, &other] {
            let told = json!({"summary": "no power", "authority": "alder"});
            rosa.at(node).reports(told).await.unwrap();
        }
        let new = body(json!({"slug": "cedar", "code": "CED", "name": "Cedar County", "zone": "America/Chicago", "parent": "franklin"}));
        hub::authority::create(&hub.hub, &ada.acts(), &new).await.unwrap();
        for node in [&hub.hub, &other] {
            let told = json!({"summary": "no power", "authority": "cedar"});
            assert_eq!(rosa.at(node).reports(told).await.unwrap()["urgency"], "U3");
        }
    }

    /// A node that holds an older copy sees what another one changed.
    async fn two_nodes_see_one_calendar(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive] = hub.cast(["ana", "olive"]);
        let other = hub.second_node().await;
        let polls = hub.polls("alder").await;
        let r = ana.at(&other).files("voters cannot check in").await;
        assert_eq!(ana.at(&other).sees(&r).await.unwrap().urgency.code(), "U3");
        let now = json!([{"kind": "election_day", "opens": "2026-11-01T08:00:00", "closes": "2026-11-01T21:00:00"}]);
        let proposed = olive.moves(&polls["id"], json!({ "windows": now })).await.unwrap();
        hub.person("lena").at(&other).agrees(&proposed).await.unwrap();
        let r = ana.at(&other).files("and now the printer").await;
        assert_eq!(ana.at(&other).sees(&r).await.unwrap().urgency.code(), "U5");
    }

    /// Filing, working and moving the calendar at once: whatever came first, every incident is assessed by the last one.
    async fn no_incident_is_left_with_an_older_calendar(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, rosa, fay] = hub.cast(["ana", "ben", "rosa", "fay"]);
        let polls = hub.polls("franklin").await;
        let other = hub.second_node().await;
        for round in 0..4 {
            let mut at_once = Vec::new();
            for n in 0..4 {
                for (who, node) in [(&ana, &hub.hub), (&ben, &other)] {
                    let (who, rosa) = (who.at(node), rosa.at(node));
                    at_once.push(tokio::spawn(async move {
                        let r = who.files(&format!("something is odd, {round} {n}")).await;
                        rosa.says(&r, "Which site?").await.unwrap();
                    }));
                }
            }
            let (fay, lena, id) = (fay.at(&other), hub.person("lena").clone(), polls["id"].clone());
            let day = if round % 2 == 0 { "2026-11-01" } else { "2026-11-03" };
            let windows = json!([{"kind": "election_day", "opens": format!("{day}T08:00:00"), "closes": format!("{day}T21:00:00")}]);
            at_once.push(tokio::spawn(async move {
                let proposed = fay.moves(&id, json!({ "windows": windows })).await.unwrap();
                lena.agrees(&proposed).await.unwrap();
            }));
            for one in at_once {
                one.await.unwrap();
            }
            let now = hub.hub.clock.now();
            hub::escalation::clockwork::turn(&hub.hub, now).await.unwrap();
            let urgency = if round % 2 == 0 { "U5" } else { "U3" };
            let left = hub.sql(&format!("SELECT number FROM incidents WHERE urgency <> '{urgency}'")).await;
            assert!(left.is_empty(), "round {round}: {left:?}");
        }
    }
}
