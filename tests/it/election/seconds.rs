//! What one person does near the day: it can be taken back by a second one, whatever was done since; and how much of it
//! there may be.

use hub::election::change::{self, Change, Postpone, ProposalState, at_once};
use hub::election::{self, ElectionBody, Extend};
use hub::time::Ts;
use hub_tests::hub::{Someone, body};
use hub_tests::{Refused, TestHub, on_both};
use serde_json::{Value, json};

async fn now_is(hub: &TestHub, election: &Value) -> election::ElectionView {
    let viewer = &hub.person("sam").viewer;
    election::get(&hub.hub, viewer, election["id"].as_str().unwrap(), hub.hub.clock.now()).await.unwrap()
}

/// What was done at once and waits to be agreed to, as `agrees` and `declines` take it.
async fn done_at_once(hub: &TestHub) -> Value {
    let waiting = change::waiting(&hub.hub, &hub.person("lena").viewer, hub.hub.clock.now()).await.unwrap();
    let mut done = waiting.iter().filter(|(_, one)| one.state == ProposalState::Applied);
    let (election, one) = done.next().unwrap();
    assert!(done.next().is_none(), "one at a time");
    json!({"proposal": {"election": election.id, "id": one.id}})
}

/// An incident that a later close moves.
async fn slow(who: &Someone) -> (String, Vec<Ts>) {
    let report = json!({"summary": "check-in is slow", "functions": ["checkin"], "category": "UNCLASSIFIED",
        "authority": "alder", "answers": {"ability_to_vote": "slower_with_fallback"}});
    let r = who.reports(report).await.unwrap()["ref"].as_str().unwrap().to_owned();
    let due = dues(who, &r).await;
    (r, due)
}

async fn dues(who: &Someone, r: &str) -> Vec<Ts> {
    who.sees(r).await.unwrap().clocks.iter().map(|clock| clock.due).collect()
}

on_both! {
    async fn a_close_that_one_person_moved_can_be_taken_back_whatever_that_person_does(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [rosa, olive, lena] = hub.cast(["rosa", "olive", "lena"]);
        let polls = hub.polls("alder").await;
        hub.clock_moves_to("2026-11-04T03:30:00Z").await;
        let (r, before) = slow(&rosa).await;
        let wide = olive.extends(&polls, "2026-11-04T09:00:01").await.unwrap();
        assert_eq!(wide["proposal"]["state"], "open", "more than twelve hours are for two");
        let done = olive.extends(&polls, "2026-11-03T23:30:00").await.unwrap();
        assert_eq!(done["election"]["version"], 2);

        // The same person goes on: a second one at once is none, and a name buries nothing.
        let again = Extend { window: polls["windows"][0]["id"].as_str().unwrap().to_owned(), closes: "2026-11-03T23:59:00".to_owned(), ..Extend::default() };
        let (view, now) = (now_is(&hub, &polls).await, hub.hub.clock.now());
        assert!(!at_once(&hub.hub, &olive.viewer, &view, &Change::Extended(again), now).await.unwrap(), "the page says so before");
        let second = olive.extends(&polls, "2026-11-03T23:59:00").await.unwrap();
        assert_eq!(second["proposal"]["state"], "open");
        assert_eq!(olive.moves(&polls["id"], json!({"name": "Alder, the general"})).await.unwrap()["election"]["version"], 3);
        let asked = done_at_once(&hub).await;
        lena.declines(&asked).await.unwrap();
        let view = now_is(&hub, &polls).await;
        assert_eq!((view.windows[0].closes.to_string(), view.version), ("2026-11-03T21:00:00".to_owned(), 4));
        assert_eq!(view.name, "Alder, the general", "what moves no time stays");
        assert_eq!(dues(&rosa, &r).await, before, "its due times are what they were");
        assert!(lena.agrees(&second).await.is_unlawful(), "that was proposed on what is no more");
    }

    async fn another_name_overtakes_no_proposal(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [olive, lena] = hub.cast(["olive", "lena"]);
        let polls = hub.polls("alder").await;
        let named = async |name: &str| olive.moves(&polls["id"], json!({ "name": name })).await.unwrap();
        let proposed = olive.moves(&polls["id"], json!({"zone": "America/Chicago"})).await.unwrap();
        Box::pin(named("General")).await;
        let first = hub.polls("alder").await["id"].clone();
        olive.moves(&polls["id"], json!({ "runoff_of": first })).await.unwrap();
        let agreed = lena.agrees(&proposed).await.unwrap();
        assert_eq!((&agreed["election"]["zone"], &agreed["election"]["name"]), (&json!("America/Chicago"), &json!("General")));
        assert_eq!(agreed["election"]["version"], 4);
        // What is to be taken back is what was looked at, not the name that came after it.
        let back = olive.takes_back(&polls["id"]).await.unwrap();
        Box::pin(named("The general")).await;
        let agreed = lena.agrees(&back).await.unwrap();
        assert_eq!((&agreed["election"]["zone"], &agreed["election"]["name"]), (&json!("America/New_York"), &json!("The general")));
        assert_eq!(agreed["election"]["runoff_of"], first);
        // Time that moves overtakes it, as ever.
        let (one, two) = (json!({"zone": "America/Denver"}), json!({"zone": "America/Chicago"}));
        let (one, two) = (olive.moves(&polls["id"], one).await.unwrap(), olive.moves(&polls["id"], two).await.unwrap());
        lena.agrees(&one).await.unwrap();
        assert!(lena.agrees(&two).await.is_unlawful());
    }

    async fn who_may_no_longer_change_a_calendar_proposes_nothing_any_more(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [olive, lena] = hub.cast(["olive", "lena"]);
        let polls = hub.polls("alder").await;
        let proposed = olive.moves(&polls["id"], json!({"zone": "America/Chicago"})).await.unwrap();
        hub::identity::disable_person(&hub.hub.db, &olive.email, hub.hub.wall.now()).await.unwrap();
        let refused = lena.agrees(&proposed).await;
        assert!(refused.is_unlawful(), "{refused:?}");
        assert_eq!(now_is(&hub, &polls).await.version, 1);
        assert_eq!(lena.declines(&proposed).await.unwrap()["proposal"]["state"], "declined");
    }

    async fn a_calendar_holds_what_people_can_read(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let olive = hub.person("olive");
        let polls = hub.election("alder", "2026-12-08T06:00:00", "2026-12-08T21:00:00").await;
        let id = polls["id"].as_str().unwrap();
        let day = json!({"kind": "election_day", "opens": "2026-12-08T06:00", "closes": "2026-12-08T21:00"});
        let many = olive.moves(&polls["id"], json!({"windows": vec![day.clone(); 201]})).await;
        assert_eq!(many.fields(), ["windows"]);
        let milestone = json!({"kind": "certification", "at": "2026-12-20T17:00"});
        assert_eq!(olive.moves(&polls["id"], json!({"milestones": vec![milestone; 201]})).await.fields(), ["milestones"]);
        let slip = json!([{"kind": "election_day", "opens": "2026-12-08T06:00", "closes": "2206-12-08T21:00"}]);
        assert_eq!(olive.moves(&polls["id"], json!({ "windows": slip })).await.fields(), ["windows[0].closes"]);
        assert_eq!(olive.extends(&polls, "2206-12-08T21:00").await.fields(), ["closes"]);
        let late = Postpone { to: Some("2206-12-08".to_owned()), ..Postpone::default() };
        assert_eq!(change::postpone(&hub.hub, &olive.acts(), id, None, &late).await.fields(), ["to"]);
        assert_eq!(now_is(&hub, &polls).await.version, 1);

        for _ in 1..50 {
            hub.polls("alder").await;
        }
        let another: ElectionBody = body(json!({"name": "One more", "windows": [day], "authority": "alder"}));
        assert_eq!(election::drafted(&hub.hub, &olive.acts(), &another).await.map(drop).fields(), ["authority"]);
        assert_eq!(election::create(&hub.hub, &olive.acts(), &another).await.map(drop).fields(), ["authority"]);
        hub.polls("bellwood").await;
    }
}
