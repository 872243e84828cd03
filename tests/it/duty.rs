//! Who is on duty.

use hub::duty::{self, NewShift};
use hub_tests::hub::{Someone, body};
use hub_tests::{Refused, TestHub, on_both};
use serde_json::json;

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
        assert_eq!(on("2026-11-01T23:00:00Z").await, ["Rosa Field"], "one after the other");
        let late = duty::on_duty(&hub.hub, "2026-11-01T23:30:00Z".parse().unwrap()).await.unwrap();
        assert!(late[0].over && late[0].name == "Rosa Field", "nobody took over, so she stays: {late:?}");
        assert_eq!(on("2026-11-02T23:30:00Z").await, [""; 0], "but not for ever");
        let ahead = duty::shifts(&hub.hub, &lena.viewer, "2026-11-01T16:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!(names(ahead), ["Rosa Field", "Rosa Field"]);
        hub::identity::disable_person(&hub.hub.db, &rosa.email, hub.hub.wall.now()).await.unwrap();
        assert_eq!(on("2026-11-01T16:00:00Z").await, [""; 0], "who is disabled is not on duty");
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
