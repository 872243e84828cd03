//! What changes move, who must agree, and how they are taken back.

use hub::election::change::{self, Change, rehearse};
use hub::election::{self, ElectionBody, Extend};
use hub::time::Ts;
use hub_tests::hub::{Someone, body};
use hub_tests::{Refused, TestHub, on_both};
use serde_json::{Value, json};

/// Voters cannot check in: an incident that a later close moves.
fn slow(authority: &str) -> Value {
    json!({"summary": "check-in is slow", "functions": ["checkin"], "category": "UNCLASSIFIED", "authority": authority,
        "answers": {"ability_to_vote": "slower_with_fallback"}})
}

/// What an incident is promised, whoever asks.
async fn stands(who: &Someone, r: &str) -> (String, Vec<(String, Ts)>) {
    let view = who.sees(r).await.unwrap();
    let clocks = view.clocks.iter().map(|clock| (json!(clock.kind).to_string(), clock.due)).collect();
    (view.priority.code().to_owned(), clocks)
}

fn refs(answer: &Value) -> Vec<&str> {
    let mut refs: Vec<_> = answer["moved"].as_array().unwrap().iter().map(|one| one["ref"].as_str().unwrap()).collect();
    refs.sort_unstable();
    refs
}

on_both! {
    /// A county's close moves by two hours: its own incidents and those of the state above rise, and nobody else's; and
    /// it is taken back to the same due times.
    async fn two_hours_more_in_one_county_and_back_again(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [rosa, olive, lena, sam] = hub.cast(["rosa", "olive", "lena", "sam"]);
        let polls = hub.polls("alder").await;
        hub.polls("meridia").await;
        // The polls have closed hours ago.
        hub.clock_moves_to("2026-11-04T06:00:00Z").await;
        let mut all = Vec::new();
        for authority in ["alder", "alder", "franklin", "bellwood", "meridia"] {
            all.push(rosa.reports(slow(authority)).await.unwrap()["ref"].as_str().unwrap().to_owned());
        }
        let [own, touched, above, sister, far] = all.iter().map(String::as_str).collect::<Vec<_>>()[..] else { panic!() };
        rosa.claims(above).await.unwrap();
        let mut before = Vec::new();
        for r in &all {
            before.push(stands(&sam, r).await);
        }

        hub.clock_moves_to("2026-11-04T06:10:00Z").await;
        let later = json!({"window": polls["windows"][0]["id"], "closes": "2026-11-04T03:00:00", "reason": "A court order",
            "order": "court", "order_text": "26-CV-1180"});
        let id = polls["id"].as_str().unwrap();
        let proposed = election::extend(&hub.hub, &olive.acts(), id, None, &body(later)).await.unwrap();
        assert_eq!(proposed.status, 202, "fourteen days before and until its end it takes two");
        let answer = lena.agrees(&proposed.body).await.unwrap();
        assert_eq!(refs(&answer), [own, touched, above]);
        for one in answer["moved"].as_array().unwrap() {
            assert!(one["due"].as_str() <= one["due_before"].as_str(), "no due time gets later: {one}");
            assert!(one["priority"].as_str() < one["priority_before"].as_str(), "{one}");
        }
        for (r, before) in [sister, far].iter().zip(&before[3..]) {
            assert_eq!(stands(&sam, r).await, *before, "{r} is of nobody below or above");
            assert_eq!(sam.sees(r).await.unwrap().version, 1);
        }
        // Its owner is told, and those who may agree were.
        let told = hub.sql("SELECT DISTINCT people.name FROM outbox JOIN people ON people.id = person_id JOIN events
            ON events.authority_id = outbox.authority_id AND events.chain_seq = outbox.chain_seq
            WHERE events.kind = 'election' AND channel = 'notice' ORDER BY 1").await;
        let told: Vec<_> = told.into_iter().flatten().collect();
        assert_eq!(told, ["Lena Ortiz", "Rosa Field", "Sam Adeyemi"]);

        // Somebody works on one of them; then the change is taken back.
        hub.clock_moves_to("2026-11-04T06:12:00Z").await;
        rosa.claims(touched).await.unwrap();
        let worked = stands(&sam, touched).await;
        hub.clock_moves_to("2026-11-04T06:15:00Z").await;
        let answer = sam.agrees(&olive.takes_back(&polls["id"]).await.unwrap()).await.unwrap();
        assert_eq!(answer["election"]["windows"], polls["windows"], "the windows are what they were");
        assert_eq!(refs(&answer), [own, above]);
        for (r, before) in [own, above].iter().zip([&before[0], &before[2]]) {
            assert_eq!(stands(&sam, r).await, *before, "{r} has its due times again");
        }
        assert_eq!(stands(&sam, touched).await, worked, "whoever works on it is not pulled back");
        assert!(rosa.deeds(touched).await.contains(&"lowering_proposed".to_owned()), "a person confirms that one");
        assert_eq!(rosa.deeds(own).await, ["filed", "priority", "priority"]);
        let last = rosa.log(own).await.pop().unwrap();
        assert_eq!((&last.data["from"], &last.data["cause"]), (&json!("P2"), &json!("confirmed")), "{}", last.data);
        assert!(olive.takes_back(&polls["id"]).await.is_unlawful(), "it is taken back once");
    }

    /// A boundary that has passed in the meantime holds: due times are those of the rules, not of the past.
    async fn what_time_has_raised_stays_raised(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [rosa, olive, lena] = hub.cast(["rosa", "olive", "lena"]);
        let polls = hub.election("alder", "2026-11-20T06:00:00", "2026-11-20T21:00:00").await;
        let r = rosa.reports(slow("alder")).await.unwrap()["ref"].as_str().unwrap().to_owned();
        let sooner = json!([{"id": polls["windows"][0]["id"], "kind": "election_day", "opens": "2026-11-01T20:00:00", "closes": "2026-11-02T20:00:00"}]);
        olive.moves(&polls["id"], json!({"windows": sooner})).await.unwrap();
        assert_eq!(rosa.sees(&r).await.unwrap().priority.code(), "P2");
        hub.clock_moves_to("2026-11-02T15:00:00Z").await;
        let short = stands(&rosa, &r).await;
        lena.agrees(&olive.takes_back(&polls["id"]).await.unwrap()).await.unwrap();
        let after = stands(&rosa, &r).await;
        assert!(after.0 == "P3" && after.1[0].1 > short.1[0].1, "{after:?} {short:?}");
    }

    async fn a_state_learns_nothing_of_a_countys_incident(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, fay, lena, olive] = hub.cast(["ana", "fay", "lena", "olive"]);
        let state = hub.election("franklin", "2026-12-08T06:00:00", "2026-12-08T21:00:00").await;
        let r = ana.files("voters cannot check in").await;
        let closer = json!([{"id": state["windows"][0]["id"], "kind": "election_day", "opens": "2026-11-01T06:00:00", "closes": "2026-11-01T21:00:00"}]);
        let change = json!({ "windows": closer });
        let view = election::get(&hub.hub, &fay.viewer, state["id"].as_str().unwrap(), hub.hub.clock.now()).await.unwrap();
        let asked = Change::Changed(body::<ElectionBody>(change.clone()));
        let (_, foreseen) = rehearse(&hub.hub, &fay.viewer, &view, Some(&asked), hub.hub.clock.now()).await.unwrap();
        assert_eq!(foreseen, [], "not even before");
        let answer = fay.moves(&state["id"], change).await.unwrap();
        assert_eq!(answer["moved"], json!([]));
        assert_eq!(ana.deeds(&r).await, ["filed", "priority"], "it has risen all the same");
        let view = election::get(&hub.hub, &fay.viewer, state["id"].as_str().unwrap(), hub.hub.clock.now()).await.unwrap();
        assert_eq!(election::moved(&hub.hub, &fay.viewer, &view, 2).await.unwrap(), []);
        assert_eq!(election::moved(&hub.hub, &lena.viewer, &view, 2).await.unwrap().len(), 1);
        assert_eq!(election::moved(&hub.hub, &olive.viewer, &view, 2).await.unwrap()[0].reference, r);
    }

    /// What is shown before is what happens.
    async fn what_would_move_is_what_moves(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [rosa, lena, sam] = hub.cast(["rosa", "lena", "sam"]);
        let polls = hub.polls("alder").await;
        hub.clock_moves_to("2026-11-04T06:00:00Z").await;
        for authority in ["alder", "franklin", "bellwood", "alder"] {
            rosa.reports(slow(authority)).await.unwrap();
        }
        rosa.claims("ALD-2").await.unwrap();
        let id = polls["id"].as_str().unwrap();
        let window = polls["windows"][0]["id"].as_str().unwrap().to_owned();
        let steps: [(Change, Value); 5] = [
            (Change::Extended(Extend { window: window.clone(), closes: "2026-11-04T02:30:00".to_owned(), ..Extend::default() }), json!(null)),
            (Change::Undone { version: 2 }, json!(null)),
            (Change::Postponed { to: Some("2026-11-05".to_owned()) }, json!(null)),
            (Change::Annulled, json!(null)),
            (Change::Undone { version: 5 }, json!(null)),
        ];
        for (step, (change, _)) in steps.into_iter().enumerate() {
            let now = hub.hub.clock.now();
            let view = election::get(&hub.hub, &lena.viewer, id, now).await.unwrap();
            let (after, mut foreseen) = rehearse(&hub.hub, &lena.viewer, &view, Some(&change), now).await.unwrap();
            foreseen.sort_by(|a, b| a.reference.cmp(&b.reference));
            let why = Ok(change::Why::default());
            let proposed = change::make(&hub.hub, &lena.acts(), id, None, change, why).await.unwrap();
            let answer = if proposed.status == 202 { sam.agrees(&proposed.body).await.unwrap() } else { proposed.body };
            let told: Vec<Value> = foreseen.iter().map(|one| json!({"ref": one.reference, "priority_before": one.before,
                "priority": one.after, "due_before": one.due_before, "due": one.due})).collect();
            let mut moved = answer["moved"].as_array().unwrap().clone();
            moved.sort_by(|a, b| a["ref"].as_str().cmp(&b["ref"].as_str()));
            assert_eq!(moved, told, "step {step}");
            assert_eq!((&answer["election"]["windows"], &answer["election"]["standing"]), (&json!(after.windows), &json!(after.standing)));
        }
    }

    async fn an_election_is_put_off_annulled_and_linked(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, lena, rosa] = hub.cast(["ana", "olive", "lena", "rosa"]);
        let body_of = |json: Value| body::<ElectionBody>(json);
        let general = json!({"name": "Alder general", "windows": [
            {"kind": "early_voting", "opens": "2026-10-30T09:00", "closes": "2026-10-30T17:00"},
            {"kind": "election_day", "opens": "2026-11-03T06:00", "closes": "2026-11-03T21:00"}],
            "milestones": [{"kind": "certification", "at": "2026-11-24T17:00"}]});
        let made = election::create(&hub.hub, &olive.acts(), &body_of(general)).await.unwrap().body["election"].clone();
        let id = made["id"].as_str().unwrap();
        let r = ana.files("voters cannot check in").await;

        let to = |to: Value| body(json!({"to": to, "reason": "A storm", "order": "court"}));
        assert_eq!(change::postpone(&hub.hub, &olive.acts(), id, None, &to(json!("soon"))).await.fields(), ["to"]);
        assert_eq!(change::postpone(&hub.hub, &olive.acts(), id, None, &to(json!("2026-11-02"))).await.fields(), ["to"]);
        let proposed = change::postpone(&hub.hub, &olive.acts(), id, None, &to(json!("2026-11-10"))).await.unwrap();
        let view = lena.agrees(&proposed.body).await.unwrap()["election"].clone();
        assert_eq!(view["windows"][0]["opens"], "2026-10-30T09:00:00", "what is over stays");
        assert_eq!((&view["windows"][1]["opens"], &view["milestones"][0]["at"]), (&json!("2026-11-10T06:00:00"), &json!("2026-12-01T17:00:00")));

        let nowhere = change::postpone(&hub.hub, &olive.acts(), id, None, &to(json!(null))).await.unwrap();
        let view = lena.agrees(&nowhere.body).await.unwrap()["election"].clone();
        assert_eq!((&view["standing"], &view["phase"]), (&json!("postponed"), &json!("postponed")));
        assert!(hub.hub.elections().await.unwrap().is_empty(), "nothing is counted by it");
        let lower = rosa.sees(&r).await.unwrap();
        assert!(lower.computed_priority > lower.priority || lower.urgency.code() == "U3", "{:?}", lower.why.text);
        let back = change::postpone(&hub.hub, &olive.acts(), id, None, &to(json!("2026-11-12"))).await.unwrap();
        assert_eq!(lena.agrees(&back.body).await.unwrap()["election"]["standing"], "held");

        let runoff = json!({"name": "Alder runoff", "runoff_of": id, "windows": [{"kind": "election_day", "opens": "2026-12-08T06:00", "closes": "2026-12-08T20:00"}]});
        let made = election::create(&hub.hub, &olive.acts(), &body_of(runoff)).await.unwrap().body["election"].clone();
        assert_eq!(made["runoff_of"], id);
        let odd = json!({"name": "Odd", "runoff_of": "nothing"});
        assert_eq!(election::create(&hub.hub, &olive.acts(), &body_of(odd)).await.fields(), ["runoff_of"]);
        let now = hub.hub.clock.now();
        let first = election::get(&hub.hub, &ana.viewer, id, now).await.unwrap();
        assert_eq!(election::runoffs(&hub.hub, &first).await.unwrap()[0].2, "Alder runoff");

        let annulled = change::annul(&hub.hub, &olive.acts(), id, None, &body(json!({"reason": "By judgment", "order": "court"}))).await.unwrap();
        let view = lena.agrees(&annulled.body).await.unwrap()["election"].clone();
        assert_eq!((&view["standing"], &view["phase"]), (&json!("annulled"), &json!("annulled")));
        assert!(lena.moves(&json!(id), json!({"zone": "America/Chicago"})).await.is_unlawful());
        let history = election::history(&hub.hub, &olive.viewer, &election::get(&hub.hub, &olive.viewer, id, now).await.unwrap()).await.unwrap();
        let last = &history[0];
        assert_eq!((last.what.as_str(), last.reason.as_str(), last.order.as_str()), ("annulled", "By judgment", "Court order"));
        assert_eq!(last.proposed_by.as_deref(), Some("Olive Marsh"));
        lena.agrees(&olive.takes_back(&json!(id)).await.unwrap()).await.unwrap();
        assert_eq!(election::get(&hub.hub, &ana.viewer, id, now).await.unwrap().standing.code(), "held");
    }

    async fn a_change_near_the_day_takes_two_persons(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, olive, fay, rosa, lena, uma] = hub.cast(["ana", "ben", "olive", "fay", "rosa", "lena", "uma"]);
        let polls = hub.polls("alder").await;
        let id = &polls["id"];
        let zone = json!({"zone": "America/Chicago", "reason": "A slip of the hand", "order": "other"});
        let proposed = olive.moves(id, zone.clone()).await.unwrap();
        let view = async |who: &Someone| election::get(&hub.hub, &who.viewer, id.as_str().unwrap(), hub.hub.clock.now()).await.unwrap();
        assert_eq!((view(&ana).await.version, view(&ana).await.zone.as_str()), (1, "America/New_York"), "nothing has changed");
        // One person twice is one person, and others are not asked.
        assert!(olive.agrees(&proposed).await.is_forbidden());
        for who in [&ana, &rosa, &uma] {
            assert!(who.agrees(&proposed).await.is_forbidden(), "{}", who.email);
        }
        for who in [&ben, &fay] {
            assert!(who.agrees(&proposed).await.is_not_found(), "{}: the record of another authority", who.email);
        }
        let now = hub.hub.clock.now();
        let seen = async |who: &Someone| change::proposals(&hub.hub, &who.viewer, &view(who).await, now).await.unwrap().len();
        assert_eq!((seen(&olive).await, seen(&lena).await, seen(&uma).await, seen(&ben).await, seen(&fay).await), (1, 1, 1, 0, 0));
        assert_eq!(change::waiting(&hub.hub, &lena.viewer, now).await.unwrap().len(), 1);

        lena.declines(&proposed).await.unwrap();
        assert!(lena.agrees(&proposed).await.is_unlawful(), "declined is declined");
        let own = olive.moves(id, zone.clone()).await.unwrap();
        assert_eq!(olive.declines(&own).await.unwrap()["proposal"]["state"], "withdrawn");

        // Two at once: the second is overtaken by the first.
        let (first, second) = (olive.moves(id, zone.clone()).await.unwrap(), lena.moves(id, json!({"zone": "America/Denver"})).await.unwrap());
        let answer = lena.agrees(&first).await.unwrap();
        assert_eq!((&answer["election"]["zone"], &answer["election"]["version"]), (&json!("America/Chicago"), &json!(2)));
        assert!(olive.agrees(&second).await.is_unlawful(), "the calendar has moved on");
        let event = hub.one("SELECT payload FROM events WHERE kind = 'election' ORDER BY chain_seq DESC LIMIT 1").await;
        for part in ["Lena Ortiz", "Olive Marsh", "A slip of the hand"] {
            assert!(event.contains(part), "{part}: {event}");
        }

        // A day is long enough.
        let late = olive.moves(id, json!({"zone": "America/New_York"})).await.unwrap();
        hub.clock_moves_to("2026-11-02T15:00:00Z").await;
        assert!(lena.agrees(&late).await.is_unlawful(), "nobody agreed in time");
        assert_eq!(change::waiting(&hub.hub, &lena.viewer, hub.hub.clock.now()).await.unwrap().len(), 0);
        // A name moves nothing in time.
        assert_eq!(olive.moves(id, json!({"name": "General"})).await.unwrap()["election"]["version"], 3);
    }

    async fn two_who_agree_at_once_make_one_change(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [olive, lena, sam] = hub.cast(["olive", "lena", "sam"]);
        let polls = hub.polls("alder").await;
        let proposed = olive.moves(&polls["id"], json!({"zone": "America/Chicago"})).await.unwrap();
        let other = hub.second_node().await;
        let (lena, sam) = (lena.clone(), sam.at(&other));
        let (one, two) = tokio::join!(lena.agrees(&proposed), sam.agrees(&proposed));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!(hub.one("SELECT version FROM elections").await, "2");
    }

    async fn a_court_order_at_the_close_does_not_wait(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [rosa, olive, lena] = hub.cast(["rosa", "olive", "lena"]);
        let polls = hub.polls("alder").await;
        hub.clock_moves_to("2026-11-04T01:25:00Z").await;
        let r = rosa.reports(slow("alder")).await.unwrap()["ref"].as_str().unwrap().to_owned();
        let before = stands(&rosa, &r).await;
        let later = |closes: &str, reason: Option<&str>| body::<Extend>(json!({"window": polls["windows"][0]["id"], "closes": closes, "reason": reason}));
        let id = polls["id"].as_str().unwrap();
        let unsaid = election::extend(&hub.hub, &olive.acts(), id, None, &later("2026-11-03T22:00:00", None)).await.unwrap();
        assert_eq!(unsaid.status, 202, "without a reason it waits");
        let done = election::extend(&hub.hub, &olive.acts(), id, None, &later("2026-11-03T23:00:00", Some("Court order 26-CV-1180"))).await.unwrap();
        assert_eq!((done.status, &done.body["election"]["windows"][0]["closes"]), (200, &json!("2026-11-03T23:00:00")));
        // A second person is asked afterwards, and may take it back.
        let waiting = change::waiting(&hub.hub, &lena.viewer, hub.hub.clock.now()).await.unwrap();
        assert_eq!(waiting.len(), 1, "the one without a reason is overtaken");
        let asked = json!({"proposal": {"election": id, "id": waiting[0].1.id}});
        assert!(olive.agrees(&asked).await.is_forbidden());
        let agreed = lena.agrees(&asked).await.unwrap();
        assert_eq!((&agreed["proposal"]["state"], &agreed["election"]["version"]), (&json!("confirmed"), &json!(2)));
        let again = election::extend(&hub.hub, &olive.acts(), id, None, &later("2026-11-03T23:30:00", Some("A slip of the hand"))).await.unwrap();
        assert_eq!(again.status, 200);
        let waiting = change::waiting(&hub.hub, &lena.viewer, hub.hub.clock.now()).await.unwrap();
        let asked = json!({"proposal": {"election": id, "id": waiting[0].1.id}});
        let undone = lena.declines(&asked).await.unwrap();
        assert_eq!(undone["election"]["windows"][0]["closes"], "2026-11-03T23:00:00");
        assert_eq!(stands(&rosa, &r).await, before, "the polls were open before and after");
        // What one moves alone outside of that hour, two move.
        hub.clock_moves_to("2026-11-04T06:30:00Z").await;
        let night = election::extend(&hub.hub, &olive.acts(), id, None, &later("2026-11-04T03:00:00", Some("A court order"))).await.unwrap();
        assert_eq!(night.status, 202);
        let other = change::undo(&hub.hub, &olive.acts(), id, None, &body(json!({"version": 2}))).await;
        assert!(other.is_unlawful(), "another change than the one that was looked at: {other:?}");
    }
}
