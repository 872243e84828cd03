//! Who is on duty.

use hub::duty::{self, Accept, NewHandover, NewShift, Post, Reply};
use hub::live::Bus;
use hub::store::Db;
use hub_tests::engine::{Engine, Template};
use hub_tests::hub::{Someone, body};
use hub_tests::{Refused, TestHub, on_both};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

fn shift(who: &Someone, from: &str, to: &str) -> NewShift {
    body(json!({"person": who.email, "from": format!("2026-11-01T{from}:00Z"), "to": format!("2026-11-01T{to}:00Z")}))
}

on_both! {
    async fn a_shift_begins_and_ends(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa, ravi] = hub.cast(["lena", "rosa", "ravi"]);
        for new in [shift(&rosa, "15:00", "23:00"), shift(&ravi, "14:00", "16:00"), shift(&rosa, "23:00", "23:30")] {
            duty::add_shift(&hub.hub, &lena.acts(), &new).await.unwrap();
        }
        let names = |shifts: Vec<duty::Shift>| shifts.into_iter().map(|one| one.name).collect::<Vec<_>>();
        let on = async |at: &str| names(duty::on_duty(&hub.hub, at.parse().unwrap()).await.unwrap());
        assert_eq!(on("2026-11-01T13:59:59.999Z").await, [""; 0]);
        assert_eq!(on("2026-11-01T15:00:00Z").await, ["Ravi Nair", "Rosa Field"], "whoever began first in front");
        assert_eq!(on("2026-11-01T16:00:00Z").await, ["Rosa Field", "Ravi Nair"], "Ravi has handed over to nobody");
        assert_eq!(on("2026-11-01T23:00:00Z").await, ["Rosa Field", "Ravi Nair"], "one after the other");
        let late = duty::on_duty(&hub.hub, "2026-11-01T23:30:00Z".parse().unwrap()).await.unwrap();
        assert!(late.iter().all(|one| one.over) && late.len() == 2, "nobody took over, so they stay: {late:?}");
        assert_eq!(on("2026-11-02T23:30:00Z").await, [""; 0], "but not for ever");
        let ahead = duty::shifts(&hub.hub, &lena.viewer, "2026-11-01T16:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!(names(ahead), ["Rosa Field", "Ravi Nair", "Rosa Field"]);
        hub::identity::disable_person(&hub.hub.db, &rosa.email, hub.hub.wall.now()).await.unwrap();
        assert_eq!(on("2026-11-01T16:00:00Z").await, ["Ravi Nair"], "who is disabled is not on duty");
    }

    async fn a_shift_that_cannot_be_is_refused(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa, ana, uma, ada] = hub.cast(["lena", "rosa", "ana", "uma", "ada"]);
        for nobody in [&rosa, &ana, &uma, &ada] {
            assert!(duty::add_shift(&hub.hub, &nobody.acts(), &shift(&rosa, "15:00", "23:00")).await.is_forbidden());
        }
        for nobody in [&ana, &uma, &ada] {
            assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &shift(nobody, "15:00", "23:00")).await.fields(), ["person"]);
        }
        let offset = body(json!({
            "person": rosa.email, "from": "2026-11-01T06:00-05:00", "to": "2026-11-01T09:00", "zone": "Europe/Berlin",
        }));
        assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &offset).await.fields(), ["from"], "no civil time has an offset");
        let wrong = body(json!({"person": "x", "from": "noon", "to": "midnight"}));
        assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &wrong).await.fields(), ["from", "to", "person"]);
        let backwards = shift(&rosa, "15:00", "15:00");
        assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &backwards).await.fields(), ["to"]);
        let endless = body(json!({"person": rosa.email, "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:01Z"}));
        assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &endless).await.fields(), ["to"]);
        let team = duty::responders(&hub.hub).await.unwrap();
        let names: Vec<_> = team.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, ["Lena Ortiz", "Ravi Nair", "Rosa Field", "Sam Adeyemi"]);
    }
}

/// What stood in the table of shifts before there were posts stays, on the post of its person's role.
#[expect(clippy::disallowed_methods, reason = "rows of a schema that the hub itself no longer writes")]
async fn from_before(engine: Engine) {
    static BEFORE: Template = Template::new();
    let store = BEFORE
        .store(engine, |url| async move {
            let before = Database::connect(format!("{url}{}", if engine == Engine::Sqlite { "?mode=rwc" } else { "" }));
            let before = before.await.expect("an empty database opens");
            let known = ["000010", "000011"].map(|number| {
                let at = Migrator::migrations().iter().position(|one| one.name().contains(number));
                at.and_then(|at| u32::try_from(at).ok())
            });
            let count = known.into_iter().flatten().min().expect("it is one of the changes");
            Migrator::up(&before, Some(count)).await.expect("the schema as it was");
            for (id, role) in [(1, "responder"), (2, "shift_lead"), (3, "supervisor")] {
                let person = format!(
                    "INSERT INTO people (id, email, name, office, role, created_at) \
                     VALUES ({id}, '{role}@hub.example', '{role}', 'Response team', '{role}', 0)"
                );
                before.execute_unprepared(&person).await.expect("a person");
                let shift = format!("INSERT INTO shifts (person_id, starts_at, ends_at) VALUES ({id}, 1000, 2000)");
                before.execute_unprepared(&shift).await.expect("a shift");
            }
            before.close().await.expect("it closes");
        })
        .await;
    let db = Db::open(store.url(), Bus::local()).await.expect("it opens");
    db.migrate().await.expect("the schema is brought up to date");
    let now = Database::connect(store.url()).await.expect("it opens again");
    let asked = Statement::from_string(now.get_database_backend(), "SELECT person_id, post FROM shifts ORDER BY id");
    let rows = now.query_all_raw(asked).await.expect("shifts");
    let posts: Vec<(i64, String)> =
        rows.iter().map(|row| (row.try_get("", "person_id").unwrap(), row.try_get("", "post").unwrap())).collect();
    let expected = [(1, "primary"), (2, "lead"), (3, "supervisor")];
    assert_eq!(posts, expected.map(|(id, post)| (id, post.to_owned())));
    now.close().await.expect("it closes");
    db.close().await;
}

/// The names of who is on a post now, and whether they only stay because nobody took over.
async fn on(hub: &TestHub, post: Post) -> Vec<(String, bool)> {
    let team = duty::team(&hub.hub, hub.hub.clock.now()).await.unwrap();
    team.into_iter().filter(|one| one.post == post).map(|one| (one.name, one.over)).collect()
}

/// Rosa until four, then Ravi.
async fn rosa_then_ravi(hub: &TestHub) {
    let [lena, rosa, ravi] = hub.cast(["lena", "rosa", "ravi"]);
    for new in [shift(&rosa, "08:00", "16:00"), shift(&ravi, "16:00", "23:00")] {
        duty::add_shift(&hub.hub, &lena.acts(), &new).await.unwrap();
    }
}

fn named(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    names.iter().map(|(name, over)| ((*name).to_owned(), *over)).collect()
}

on_both! {
    async fn a_shift_from_before_keeps_its_row_and_has_a_post(engine: Engine) {
        from_before(engine).await;
    }

    async fn a_post_is_that_of_the_role_unless_it_is_said(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa, sam] = hub.cast(["lena", "rosa", "sam"]);
        let said = body(json!({"person": rosa.email, "from": "2026-11-01T15:00:00Z", "to": "2026-11-01T16:00:00Z",
            "post": "backup"}));
        for new in [shift(&lena, "15:00", "16:00"), shift(&rosa, "15:00", "16:00"), shift(&sam, "15:00", "16:00"), said] {
            duty::add_shift(&hub.hub, &lena.acts(), &new).await.unwrap();
        }
        for (post, name) in [
            (Post::Primary, "Rosa Field"), (Post::Backup, "Rosa Field"), (Post::Lead, "Lena Ortiz"),
            (Post::Supervisor, "Sam Adeyemi"),
        ] {
            assert_eq!(on(&hub, post).await, named(&[(name, false)]), "{post}");
        }
        assert_eq!(on(&hub, Post::Director).await, []);
        let answering = duty::answering(&hub.hub, hub.hub.clock.now()).await.unwrap();
        assert_eq!(answering.len(), 1, "an authority is told of Rosa, once: {answering:?}");
    }

    /// Ana's office keeps the time of New York; the shift is typed so, over the night on which clocks are put back.
    async fn a_shift_can_be_said_in_civil_time(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa] = hub.cast(["lena", "rosa"]);
        let new = |zone: &str| body(json!({"person": rosa.email, "from": "2026-10-31T22:00", "to": "2026-11-01T06:00",
            "zone": zone}));
        let made = duty::add_shift(&hub.hub, &lena.acts(), &new("America/New_York")).await.unwrap();
        assert_eq!((made.from.to_string(), made.to.to_string()),
            ("2026-11-01T02:00:00Z".to_owned(), "2026-11-01T11:00:00Z".to_owned()));
        assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &new("Mars")).await.fields(), ["zone"]);
        let mixed = body(json!({"person": rosa.email, "from": "2026-10-31T22:00:00Z", "to": "2026-11-01T06:00",
            "zone": "America/New_York"}));
        assert_eq!(duty::add_shift(&hub.hub, &lena.acts(), &mixed).await.fields(), ["from"]);
    }

    async fn a_line_of_the_rota_puts_people_on_duty_in_turns(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa, ravi] = hub.cast(["lena", "rosa", "ravi"]);
        let line = |people: &[&Someone]| -> duty::NewLine {
            let people: Vec<&str> = people.iter().map(|one| one.email.as_str()).collect();
            body(json!({"post": "primary", "zone": "America/New_York", "from": "06:00", "to": "06:00",
                "people": people, "since": "2026-11-01"}))
        };
        assert!(duty::add_line(&hub.hub, &rosa.acts(), &line(&[&rosa])).await.is_forbidden());
        let wrong = body(json!({"post": "boss", "zone": "Mars", "days": ["mon", "noday"], "from": "22:00", "to": "23:00",
            "people": ["nobody@hub.example"], "since": "soon"}));
        assert_eq!(duty::add_line(&hub.hub, &lena.acts(), &wrong).await.fields(),
            ["post", "zone", "days", "to", "since", "people"]);
        let id = duty::add_line(&hub.hub, &lena.acts(), &line(&[&rosa, &ravi])).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Rosa Field", false)]));
        hub.clock_moves_to("2026-11-02T11:00:00Z").await;
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Ravi Nair", false), ("Rosa Field", true)]));
        let listed = duty::lines(&hub.hub, &lena.viewer).await.unwrap();
        assert_eq!((listed[0].days.as_str(), listed[0].people.join(" ")), ("every day", "Rosa Field Ravi Nair".to_owned()));
        duty::remove_line(&hub.hub, &lena.acts(), id).await.unwrap();
        assert!(duty::remove_line(&hub.hub, &lena.acts(), id).await.is_not_found());
        assert_eq!(on(&hub, Post::Primary).await, []);
    }

    async fn cover_me_now_sends_pages_to_whoever_is_on_duty_beside(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [lena, rosa, ravi, uma] = hub.cast(["lena", "rosa", "ravi", "uma"]);
        assert_eq!(duty::cover_now(&hub.hub, &rosa.acts(), 15).await.fields(), ["minutes"], "nobody else is there");
        assert_eq!(duty::cover_now(&hub.hub, &ravi.acts(), 15).await.fields(), ["minutes"], "he is not on duty");
        assert!(duty::cover_now(&hub.hub, &uma.acts(), 15).await.is_forbidden());
        duty::add_shift(&hub.hub, &lena.acts(), &shift(&lena, "08:00", "23:00")).await.unwrap();
        duty::cover_now(&hub.hub, &rosa.acts(), 15).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Lena Ortiz", false)]));
        hub.minutes_pass(15).await;
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Rosa Field", false)]));
    }

    async fn a_cover_counts_once_it_is_accepted(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [lena, rosa, ravi, sam] = hub.cast(["lena", "rosa", "ravi", "sam"]);
        let hours = |who: Value| {
            let mut all = json!({"from": "2026-11-01T15:00:00Z", "to": "2026-11-01T16:00:00Z"});
            all.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
            body::<duty::NewCover>(all)
        };
        let offer = async |by: &Someone, who: Value| duty::offer_cover(&hub.hub, &by.acts(), &hours(who)).await;
        assert_eq!(offer(&rosa, json!({})).await.fields(), ["by"]);
        assert_eq!(offer(&rosa, json!({"by": rosa.email})).await.fields(), ["by"]);
        assert!(offer(&rosa, json!({"whose": ravi.email, "by": rosa.email})).await.is_forbidden());
        assert_eq!(offer(&ravi, json!({"by": rosa.email})).await.fields(), ["from"], "he has no such hours");
        let offered = offer(&rosa, json!({"by": ravi.email})).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Rosa Field", false)]), "he has not answered");
        let answer = async |who: &Someone, reply| duty::answer_cover(&hub.hub, &who.acts(), offered.id, reply).await;
        assert!(answer(&rosa, Reply::Accept).await.is_forbidden());
        answer(&ravi, Reply::Accept).await.unwrap();
        answer(&ravi, Reply::Accept).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Ravi Nair", false)]));
        assert!(answer(&ravi, Reply::Decline).await.is_unlawful());
        assert!(answer(&ravi, Reply::Withdraw).await.is_forbidden(), "he has said yes");
        hub.minutes_pass(10).await;
        answer(&rosa, Reply::Withdraw).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Rosa Field", false)]), "she is back");
        // A shift lead's word counts at once, also that somebody is off.
        offer(&lena, json!({"whose": rosa.email, "by": sam.email})).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Sam Adeyemi", false)]));
        assert!(duty::covers(&hub.hub, &rosa.viewer, hub.hub.clock.now()).await.unwrap().len() == 1);
    }

    async fn a_swap_is_accepted_as_one(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [rosa, ravi] = hub.cast(["rosa", "ravi"]);
        let sent = json!({"with": ravi.email, "from": "2026-11-01T15:00:00Z", "to": "2026-11-01T16:00:00Z",
            "their_from": "2026-11-01T16:00:00Z", "their_to": "2026-11-01T17:00:00Z"});
        let mut wrong = sent.clone();
        wrong["their_to"] = json!("2026-11-01T15:00:00Z");
        wrong["with"] = json!(rosa.email);
        assert_eq!(duty::offer_swap(&hub.hub, &rosa.acts(), &body(wrong)).await.fields(), ["with", "their_to"]);
        let swap = duty::offer_swap(&hub.hub, &rosa.acts(), &body(sent)).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Rosa Field", false)]));
        duty::answer_cover(&hub.hub, &ravi.acts(), swap.id, Reply::Accept).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Ravi Nair", false)]));
        hub.minutes_pass(90).await;
        assert!(on(&hub, Post::Primary).await.contains(&("Rosa Field".to_owned(), false)));
        hub.minutes_pass(30).await;
        assert!(on(&hub, Post::Primary).await.contains(&("Ravi Nair".to_owned(), false)), "the rest is his again");
    }

    /// Ana reads who has it now; the note and the draft go with it; Rosa is paged until Ravi accepts.
    async fn a_shift_is_handed_over_with_all_that_is_open(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [ana, ben, rosa, ravi, lena, uma] = hub.cast(["ana", "ben", "rosa", "ravi", "lena", "uma"]);
        let (first, second, closed) = (ana.files("one").await, ben.files("two").await, ana.files("three").await);
        for r in [&first, &second, &closed] {
            rosa.claims(r).await.unwrap();
        }
        rosa.resolves(&closed).await.unwrap();
        let keep = body(json!({"text": "We are about to"}));
        hub::room::keep(&hub.hub, &rosa.acts(), &first, &keep).await.unwrap();
        let written = duty::hand_over(&hub.hub, &rosa.acts(), &NewHandover::default()).await.unwrap();
        assert_eq!((written.to.name.as_str(), written.ends.to_string().as_str()), ("Ravi Nair", "2026-11-01T16:00:00Z"));
        let again = duty::hand_over(&hub.hub, &rosa.acts(), &NewHandover::default()).await.unwrap();
        assert_eq!(again.id, written.id, "said twice it is one");
        let carried = async |who: &Someone| {
            let now = hub.hub.clock.now();
            duty::carried(&hub.hub, &who.viewer, &written, now).await.unwrap()
        };
        let seen = carried(&ravi).await;
        let refs: Vec<&str> = seen.iter().map(|one| one.incident.reference.as_str()).collect();
        assert_eq!(refs, [first.as_str(), second.as_str()]);
        assert_eq!(seen[0].draft.as_ref().unwrap().text, "We are about to");
        assert!(carried(&lena).await.iter().all(|one| one.draft.is_none()), "a draft is for who takes over");

        hub.minutes_pass(70).await;
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Ravi Nair", false), ("Rosa Field", true)]));
        let accept = async |who: &Someone, sent: Value| {
            duty::accept(&hub.hub, &who.acts(), written.id, &body::<Accept>(sent)).await
        };
        assert!(accept(&rosa, json!({})).await.is_forbidden());
        assert!(accept(&uma, json!({})).await.is_forbidden());
        assert!(accept(&hub.person("sam").clone(), json!({"refs": ["what"]})).await.fields() == ["refs"]);
        let some = accept(&ravi, json!({"refs": [second]})).await.unwrap();
        assert_eq!(some.accepted_at, None, "one is left, so that Rosa stays");
        assert_eq!(on(&hub, Post::Primary).await.len(), 2);
        let done = accept(&ravi, json!({})).await.unwrap();
        assert_eq!(done.accepted_at, Some(hub.hub.clock.now()));
        assert_eq!(accept(&ravi, json!({})).await.unwrap(), done, "twice is once");
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Ravi Nair", false)]));
        for (who, r) in [(&ana, &first), (&ben, &second)] {
            let seen = who.sees(r).await.unwrap();
            assert_eq!(seen.owner.unwrap().name, "Ravi Nair");
            let log = who.log(r).await;
            let last = log.last().unwrap();
            assert_eq!((last.kind.as_str(), &last.data["from"]["name"], &last.data["to"]["name"]),
                ("handed_over", &json!("Rosa Field"), &json!("Ravi Nair")));
            assert_eq!(log.iter().filter(|event| event.kind == "handed_over").count(), 1);
        }
        assert_eq!(rosa.sees(&closed).await.unwrap().owner.unwrap().name, "Rosa Field", "what is over stays hers");
        let room = ravi.sees(&first).await.unwrap().id;
        let draft = hub::room::begun(&hub.hub, &ravi.viewer, room).await.unwrap();
        assert_eq!(draft.unwrap().text, "We are about to");
        assert_eq!(hub::room::begun(&hub.hub, &rosa.viewer, room).await.unwrap(), None);
    }

    /// What somebody has open and begins to write weeks later is for nobody whom they once handed over to.
    async fn a_hand_over_is_over_after_a_day_or_with_the_next(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [ana, rosa, ravi, lena] = hub.cast(["ana", "rosa", "ravi", "lena"]);
        let written = duty::hand_over(&hub.hub, &rosa.acts(), &NewHandover::default()).await.unwrap();
        let seen = async |who: &Someone, id| duty::handover(&hub.hub, &who.viewer, id, hub.hub.clock.now()).await;
        let accept = async |who: &Someone, id| duty::accept(&hub.hub, &who.acts(), id, &Accept::default()).await;
        let next = body(json!({"person": rosa.email, "from": "2026-11-02T08:00:00Z", "to": "2026-11-02T15:00:00Z"}));
        duty::add_shift(&hub.hub, &lena.acts(), &next).await.unwrap();
        hub.clock_moves_to("2026-11-02T09:00:00Z").await;
        assert_eq!(seen(&ravi, written.id).await.unwrap().id, written.id, "the day is not over");
        let to = NewHandover { to: Some(lena.email.clone()), ..NewHandover::default() };
        let later = duty::hand_over(&hub.hub, &rosa.acts(), &to).await.unwrap();
        assert_ne!(later.id, written.id);
        assert!(seen(&ravi, written.id).await.is_not_found() && accept(&ravi, written.id).await.is_not_found());
        let listed = duty::waiting(&hub.hub, &lena.viewer, hub.hub.clock.now()).await.unwrap();
        assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [later.id]);
        hub.clock_moves_to("2026-11-03T14:59:59Z").await;
        assert!(seen(&lena, later.id).await.is_ok());
        hub.clock_moves_to("2026-11-03T15:00:00Z").await;
        let r = ana.files("one").await;
        rosa.claims(&r).await.unwrap();
        assert!(seen(&lena, later.id).await.is_not_found() && accept(&lena, later.id).await.is_not_found());
        assert_eq!(rosa.sees(&r).await.unwrap().owner.unwrap().name, "Rosa Field");
    }

    /// Incidents may be taken from somebody who is not there; what they had begun to write may not.
    async fn a_draft_goes_over_by_its_writers_own_word_alone(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [ana, rosa, ravi, lena] = hub.cast(["ana", "rosa", "ravi", "lena"]);
        let r = ana.files("one").await;
        rosa.claims(&r).await.unwrap();
        hub::room::keep(&hub.hub, &rosa.acts(), &r, &body(json!({"text": "Not for all"}))).await.unwrap();
        let hands = async |who: &Someone, to: &Someone| {
            let new = NewHandover { from: Some(rosa.email.clone()), to: Some(to.email.clone()), post: None };
            duty::hand_over(&hub.hub, &who.acts(), &new).await.unwrap()
        };
        let reads = async |who: &Someone, id| {
            let now = hub.hub.clock.now();
            let view = duty::handover(&hub.hub, &who.viewer, id, now).await.unwrap();
            duty::carried(&hub.hub, &who.viewer, &view, now).await.unwrap()[0].draft.is_some()
        };
        let id = hands(&rosa, &ravi).await.id;
        assert!(reads(&ravi, id).await);
        assert_eq!(hands(&lena, &ravi).await.id, id, "said again by the lead it is still hers");
        assert!(reads(&ravi, id).await);
        hands(&lena, &lena).await;
        assert!(!reads(&lena, id).await && reads(&rosa, id).await, "the lead has it go elsewhere");
        hands(&lena, &ravi).await;
        assert!(!reads(&ravi, id).await);
        duty::accept(&hub.hub, &ravi.acts(), id, &Accept::default()).await.unwrap();
        let room = ravi.sees(&r).await.unwrap();
        assert_eq!(room.owner.unwrap().name, "Ravi Nair");
        assert_eq!(hub::room::begun(&hub.hub, &ravi.viewer, room.id).await.unwrap(), None);
        assert!(hub::room::begun(&hub.hub, &rosa.viewer, room.id).await.unwrap().is_some(), "it stays hers");
    }

    async fn whom_a_lead_took_off_duty_does_not_put_themselves_back(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [lena, rosa] = hub.cast(["lena", "rosa"]);
        let off = body(json!({"whose": rosa.email, "from": "2026-11-01T15:00:00Z", "to": "2026-11-01T16:00:00Z"}));
        let off = duty::offer_cover(&hub.hub, &lena.acts(), &off).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, []);
        assert!(duty::answer_cover(&hub.hub, &rosa.acts(), off.id, Reply::Withdraw).await.is_forbidden());
        assert!(!off.may_withdraw(&rosa.viewer) && off.may_withdraw(&lena.viewer));
        assert_eq!(on(&hub, Post::Primary).await, []);
        duty::answer_cover(&hub.hub, &lena.acts(), off.id, Reply::Withdraw).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Rosa Field", false)]));
    }

    /// Where nobody follows somebody must be named, and comes on duty: no gap opens behind a hand-over.
    async fn who_takes_over_without_a_shift_comes_on_duty(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa, sam] = hub.cast(["lena", "rosa", "sam"]);
        duty::add_shift(&hub.hub, &lena.acts(), &shift(&rosa, "08:00", "16:00")).await.unwrap();
        assert_eq!(duty::hand_over(&hub.hub, &lena.acts(), &NewHandover::default()).await.fields(), ["from"]);
        assert_eq!(duty::hand_over(&hub.hub, &rosa.acts(), &NewHandover::default()).await.fields(), ["to"]);
        let to = NewHandover { to: Some(lena.email.clone()), ..NewHandover::default() };
        let written = duty::hand_over(&hub.hub, &rosa.acts(), &to).await.unwrap();
        duty::accept(&hub.hub, &sam.acts(), written.id, &Accept::default()).await.unwrap();
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Sam Adeyemi", false)]), "a supervisor may, in her place");
        hub.minutes_pass(61).await;
        assert_eq!(on(&hub, Post::Primary).await, named(&[("Sam Adeyemi", false)]));
    }

    /// The hours of Alder's election, and of nothing before its two weeks.
    async fn what_is_missing_ahead_is_shown_to_the_certification(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [lena, rosa] = hub.cast(["lena", "rosa"]);
        let none = duty::outlook(&hub.hub, &lena.viewer, hub.hub.clock.now()).await.unwrap();
        assert_eq!(none.election, None);
        hub.polls("alder").await;
        duty::add_shift(&hub.hub, &lena.acts(), &shift(&rosa, "08:00", "23:00")).await.unwrap();
        let seen = duty::outlook(&hub.hub, &lena.viewer, hub.hub.clock.now()).await.unwrap();
        assert!(seen.election.is_some() && seen.from == hub.hub.clock.now());
        assert_eq!(seen.long.len(), 1, "fifteen hours: {:?}", seen.long);
        assert_eq!(seen.alone[0].0, "Rosa Field");
        assert!(seen.gaps.iter().any(|(post, from, _)| *post == Post::Primary && from.to_string() == "2026-11-01T23:00:00Z"));
        assert!(seen.gaps.iter().any(|(post, _, to)| *post == Post::Lead && *to == seen.to), "no lead at all");
    }

    async fn a_calendar_has_names_and_hours_and_ends_when_it_is_told_to(engine: Engine) {
        let hub = TestHub::new(engine).await;
        rosa_then_ravi(&hub).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let now = hub.hub.clock.now();
        assert!(duty::make_feed(&hub.hub, &ana.acts(), true).await.is_err());
        let (own, whole) = (
            duty::make_feed(&hub.hub, &rosa.acts(), false).await.unwrap().text,
            duty::make_feed(&hub.hub, &rosa.acts(), true).await.unwrap().text,
        );
        let read = async |key: &str| duty::calendar(&hub.hub, key, now).await.unwrap();
        let text = read(&own).await.unwrap();
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1, "{text}");
        let text = read(&whole).await.unwrap();
        assert!(text.contains("SUMMARY:Primary: Ravi Nair\r\n") && text.contains("DTSTART:20261101T160000Z\r\n"), "{text}");
        assert_eq!(read("hub_cal_guessed").await, None);
        let again = duty::make_feed(&hub.hub, &rosa.acts(), false).await.unwrap().text;
        assert_eq!(read(&own).await, None, "the one before has ended");
        duty::end_feed(&hub.hub, &rosa.acts(), false).await.unwrap();
        assert_eq!(read(&again).await, None);
        assert!(read(&whole).await.is_some());
        assert_eq!(hub.one("SELECT count(*) FROM feeds WHERE hash LIKE 'hub_cal%'").await, "0", "only hashes are kept");
        hub::identity::disable_person(&hub.hub.db, &rosa.email, hub.hub.wall.now()).await.unwrap();
        assert_eq!(read(&whole).await, None);
    }
}
