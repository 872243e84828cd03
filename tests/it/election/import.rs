//! Calendars out of files.

use hub::election::import::{import, read};
use hub::election::{self, ElectionFilter};
use hub::identity::Actor;
use hub::store::Page;
use hub_tests::hub::body;
use hub_tests::{Refused, TestHub, on_both};
use serde_json::json;

const REAL: &str = include_str!("../../../hub/data/elections.json");

async fn takes(hub: &TestHub, text: &str, authority: Option<&str>) -> hub::Result<Vec<String>> {
    let zone = authority.map(|_| "America/New_York");
    let actor = Actor::system("elections import", hub.hub.clock.now());
    import(&hub.hub, &actor, &read(text, zone).unwrap(), authority).await
}

on_both! {
    async fn real_elections_are_shown_with_their_phases_and_never_counted(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, lena] = hub.cast(["ana", "olive", "lena"]);
        hub.clock_moves_to("2026-11-28T00:00:00Z").await;
        let r = ana.files("something is odd").await;
        let before = ana.sees(&r).await.unwrap();
        let said = takes(&hub, REAL, None).await.unwrap();
        assert_eq!(said.len(), 19, "a line for each: {said:?}");
        assert!(said.contains(&"took fr-2027-president-r1 for reference: France presidential election, first round, 2 windows, 1 note".to_owned()));

        let now = hub.hub.clock.now();
        let page = Page { limit: Some(200), ..Page::default() };
        let all = election::list(&hub.hub, &ana.viewer, &ElectionFilter::default(), &page, now).await.unwrap().items;
        assert_eq!(all.len(), 19);
        assert!(all.iter().all(|one| one.reference && one.authority.is_empty()));
        let phase = |id: &str| all.iter().find(|one| one.id == id).unwrap().phase;
        assert_eq!(phase("au-vic-2026"), "polls_open", "the eastern edge votes while the west sleeps");
        assert_eq!(phase("us-2026-general"), "canvass");
        assert_eq!(phase("gh-2028-general"), "preparation");

        // Nothing is nearer by them, now or later.
        hub::escalation::clockwork::turn(&hub.hub, now).await.unwrap();
        let after = ana.sees(&r).await.unwrap();
        assert_eq!((after.urgency, after.version), (before.urgency, before.version));
        assert!(after.next_change.is_none(), "no election counts here");
        assert!(hub.hub.elections().await.unwrap().is_empty(), "no report can name one");
        for who in [&olive, &lena] {
            let change = body(json!({"name": "Mine"}));
            let refused = election::update(&hub.hub, &who.acts(), "us-2026-general", None, &change).await;
            assert!(refused.is_not_found() || refused.is_forbidden(), "{refused:?}");
            assert!(election::may(&hub.hub, &who.viewer, "us-2026-general").await.is_forbidden());
        }
    }

    async fn the_same_file_changes_nothing_and_another_what_it_says(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana");
        takes(&hub, REAL, None).await.unwrap();
        let stored = "SELECT id || version || windows || changed_at FROM reference_elections ORDER BY id";
        let before = hub.sql(stored).await;
        hub.clock_moves_to("2026-11-02T00:00:00Z").await;
        let again = takes(&hub, REAL, None).await.unwrap();
        assert!(again.iter().all(|line| line.starts_with("unchanged ")), "{again:?}");
        assert_eq!(hub.sql(stored).await, before);
        let later = REAL.replace("2026-12-05T17:00", "2026-12-05T18:00");
        let said = takes(&hub, &later, None).await.unwrap();
        assert_eq!(said.iter().filter(|line| line.starts_with("changed ")).count(), 1);
        let moved = election::get(&hub.hub, &ana.viewer, "gm-2026-president", hub.hub.clock.now()).await.unwrap();
        assert_eq!((moved.windows[0].closes.to_string().as_str(), moved.version), ("2026-12-05T18:00:00", 2));
    }

    async fn what_is_long_ago_is_for_reference_alone(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let day = json!({"kind": "election_day", "opens": "2009-09-27T08:00", "closes": "2009-09-27T18:00", "zone": "Europe/Berlin"});
        let file = json!({"elections": [{"id": "de-2009", "name": "Germany 2009", "windows": vec![day; 201], "milestones": []}]});
        assert!(takes(&hub, &file.to_string(), None).await.unwrap()[0].starts_with("took de-2009 for reference"));
        let refused = takes(&hub, &file.to_string(), Some("alder")).await;
        assert_eq!(refused.fields()[..2], ["de-2009.windows", "de-2009.windows[0].opens"]);
    }

    async fn an_authoritys_calendar_counts_once_it_is_taken(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben] = hub.cast(["ana", "ben"]);
        let (own, other) = (ana.files("voters cannot check in").await, ben.files("voters cannot check in").await);
        let file = json!({"elections": [{"id": "alder-2026", "name": "Alder County general",
            "windows": [
                {"kind": "advance", "opens": "2026-11-01T09:00", "closes": "2026-11-01T17:00", "zone": "America/New_York"},
                {"kind": "election_day_overseas", "opens": "2026-11-02T08:00", "closes": "2026-11-02T19:00", "zone": "America/Guadeloupe"},
                {"kind": "election_day", "opens": "2026-11-03T06:00", "closes": "2026-11-03T21:00", "zone": "America/New_York"}],
            "milestones": [{"name": "Board meets", "date": "2026-11-09"}, {"kind": "certification", "at": "2026-11-24T17:00"}]}]});
        let said = takes(&hub, &file.to_string(), Some("alder")).await.unwrap();
        assert!(said[0].starts_with("took alder-2026 as /elections/"), "{said:?}");
        // Whoever serves sees it at its next turn, whatever its clock says.
        hub::escalation::clockwork::turn(&hub.hub, hub.hub.clock.now()).await.unwrap();
        assert_eq!(ana.sees(&own).await.unwrap().urgency.code(), "U5", "early voting is open");
        assert_eq!(ben.sees(&other).await.unwrap().version, 1, "it is nobody else's");
        let filter = ElectionFilter { authority: Some("alder".to_owned()) };
        let all = election::list(&hub.hub, &ben.viewer, &filter, &Page::default(), hub.hub.clock.now()).await.unwrap();
        let view = json!(all.items[0]);
        assert_eq!((&view["zone"], &view["windows"][1]["zone"]), (&json!("America/New_York"), &json!("America/Guadeloupe")));
        assert_eq!((&view["notes"][0]["name"], view["milestones"].as_array().unwrap().len()), (&json!("Board meets"), 1));

        let again = takes(&hub, &file.to_string(), Some("alder")).await.unwrap();
        assert!(again[0].starts_with("unchanged alder-2026"), "{again:?}");
        let moved = file.to_string().replace("2026-11-03T21:00", "2026-11-03T22:00");
        let left = takes(&hub, &moved, Some("alder")).await.unwrap();
        assert!(left[0].starts_with("left alder-2026: it is there and differs"), "{left:?}");
        assert_eq!(hub.one("SELECT count(*) FROM elections").await, "1");
        // Another authority has its own.
        takes(&hub, &file.to_string(), Some("bellwood")).await.unwrap();
        assert_eq!(hub.one("SELECT count(*) FROM elections").await, "2");
        assert!(takes(&hub, &file.to_string(), Some("atlantis")).await.is_not_found());
        hub::escalation::clockwork::turn(&hub.hub, hub.hub.clock.now()).await.unwrap();
    }
}
