//! The queue's order, on every page of it: what a person would sort by hand.

use std::collections::BTreeMap;

use hub::escalation::Priority;
use hub::incident::{self, Filter, IncidentView, Owner, Sort, State};
use hub::store::Page;
use hub::time::Ts;
use hub_tests::{Refused, TestHub, on_both};
use serde_json::json;

/// Draws numbers that a seed makes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        // Knuth's MMIX.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const AUTHORITIES: [&str; 4] = ["alder", "bellwood", "franklin", "meridia"];

/// A hub with some forty incidents of every kind, in every state; and when the polls close that are open now.
async fn busy(hub: &TestHub, seed: u64) -> BTreeMap<&'static str, Ts> {
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let [rosa, ravi, sam] = hub.cast(["rosa", "ravi", "sam"]);
    hub.election("alder", "2026-11-01T06:00:00", "2026-11-01T21:00:00").await;
    hub.election("bellwood", "2026-11-01T06:00:00", "2026-11-01T19:00:00").await;
    let ts = |at: &str| at.parse::<Ts>().unwrap();
    let (alder, bellwood) = (ts("2026-11-02T02:00:00Z"), ts("2026-11-02T01:00:00Z"));
    let closes = BTreeMap::from([("alder", alder), ("bellwood", bellwood), ("franklin", bellwood)]);
    for _ in 0..45 {
        let report = json!({
            "authority": dice.pick(&AUTHORITIES),
            "category": dice.pick(&["RANSOMWARE", "ADVICE", "EPOLLBOOK_CHECKIN", "FALSE_VOTING_INFORMATION", "UNCLASSIFIED"]),
            "answers": {"people": dice.pick(&["none", "worrying", "named_threat", "unknown"])},
            "exercise": dice.below(9) == 0,
        });
        let r = rosa.reports(report).await.unwrap()["ref"].as_str().unwrap().to_owned();
        let who = dice.pick(&[&rosa, &ravi]).to_owned();
        match dice.below(9) {
            0 => drop(who.claims(&r).await.unwrap()),
            1 => drop(who.acknowledges(&r).await.unwrap()),
            2 => drop(who.says(&r, "On it").await.unwrap()),
            3 => drop(sam.overrides(&r, ["P1", "P2", "P3", "P4", "P5"][dice.below(5)]).await.unwrap()),
            4 => drop(who.resolves(&r).await.unwrap()),
            5 => drop(who.notes(&r, "hm").await.unwrap()),
            6 => {
                who.claims(&r).await.unwrap();
                who.patches(&r, json!({"status": "waiting", "veracity": "confirmed"})).await.unwrap();
            }
            _ => {}
        }
        // Most are filed at one instant, so that ties are tied to the end.
        if dice.below(5) == 0 {
            hub.minutes_pass(7).await;
        }
    }
    closes
}

fn refs(rows: &[IncidentView]) -> Vec<&str> {
    rows.iter().map(|row| row.reference.as_str()).collect()
}

on_both! {
    async fn the_queue_is_in_the_order_of_the_document(engine: Engine) {
        for seed in [if engine == hub_tests::Engine::Sqlite { 11 } else { 12 }] {
            let hub = TestHub::new(engine).await;
            let closes = Box::pin(busy(&hub, seed)).await;
            for who in ["rosa", "ana", "fay"] {
                let who = hub.person(who);
                let rows = who.lists(&Filter::default()).await.unwrap();
                let mut sorted = rows.clone();
                let never = Ts::LAST;
                sorted.sort_by_key(|row| {
                    (
                        row.priority,
                        row.acknowledged_at.is_some(),
                        std::cmp::Reverse(row.severity),
                        row.due().unwrap_or(never),
                        closes.get(row.authority.as_str()).copied().unwrap_or(never),
                        row.opened_at,
                        row.id,
                    )
                });
                assert_eq!(refs(&rows), refs(&sorted), "{}", who.email);
                let whole = Page { limit: Some(200), ..Page::default() };
                let whole = incident::list(&hub.hub, &who.viewer, &Filter::default(), &whole, hub.hub.clock.now()).await.unwrap();
                assert_eq!(refs(&rows), refs(&whole.items), "in pages or whole");
                assert!(whole.next.is_none());
            }
            let open = hub.one("SELECT count(*) FROM incidents WHERE open").await;
            assert_eq!(hub.person("rosa").queue().await.len().to_string(), open, "none is missing");
        }
    }

    async fn other_orders_are_whole_too(engine: Engine) {
        let hub = TestHub::new(engine).await;
        Box::pin(busy(&hub, 21)).await;
        for (who, all) in [("rosa", "45"), ("uma", "45"), ("ana", "")] {
            let who = hub.person(who);
            let lists = async |sort, state| who.lists(&Filter { sort, state, ..Filter::default() }).await.unwrap();
            let opened = lists(Sort::Opened, State::All).await;
            let mut sorted = opened.clone();
            sorted.sort_by_key(|row| std::cmp::Reverse((row.opened_at, row.id)));
            assert_eq!(refs(&opened), refs(&sorted));
            let updated = lists(Sort::Updated, State::All).await;
            let mut sorted = updated.clone();
            sorted.sort_by_key(|row| std::cmp::Reverse((row.updated_at, row.id)));
            assert_eq!(refs(&updated), refs(&sorted), "{}: as they see when it was", who.email);
            if !all.is_empty() {
                assert_eq!(opened.len().to_string(), all);
            }
            let (open, closed) = (lists(Sort::Opened, State::Open).await, lists(Sort::Opened, State::Closed).await);
            assert_eq!(open.len() + closed.len(), opened.len());
            assert!(closed.iter().all(|row| row.closed_at.is_some()));
        }
    }

    async fn filters_narrow_and_agree_with_what_is_seen(engine: Engine) {
        let hub = TestHub::new(engine).await;
        Box::pin(busy(&hub, 31)).await;
        let rosa = hub.person("rosa");
        let now = hub.hub.clock.now();
        let all = rosa.queue().await.len();
        let every = rosa.lists(&Filter::default()).await.unwrap();
        type Test<'a> = Box<dyn Fn(&IncidentView) -> bool + 'a>;
        let text = |text: &str| Some(text.to_owned());
        let cases: Vec<(Filter, Test<'_>)> = vec![
            (Filter { priority: vec![Priority::P1, Priority::P3], ..Filter::default() }, Box::new(|row| [Priority::P1, Priority::P3].contains(&row.priority))),
            (Filter { authority: text("alder"), ..Filter::default() }, Box::new(|row| row.authority == "alder")),
            (Filter { owner: Some(Owner::Me), ..Filter::default() }, Box::new(|row| row.owner_id == Some(rosa.viewer.id()))),
            (Filter { owner: Some(Owner::None), ..Filter::default() }, Box::new(|row| row.owner.is_none())),
            (Filter { owner: Some(Owner::Person(" RAVI@hub.example".to_owned())), ..Filter::default() }, Box::new(|row| row.owner.as_ref().is_some_and(|by| by.name == "Ravi Nair"))),
            (Filter { category: text("ADVICE"), ..Filter::default() }, Box::new(|row| row.category == "ADVICE")),
            (Filter { unacknowledged: true, ..Filter::default() }, Box::new(|row| row.acknowledged_at.is_none())),
            (Filter { past_due: true, ..Filter::default() }, Box::new(|row| row.due().is_some_and(|due| due < now))),
            (Filter { waiting: true, ..Filter::default() }, Box::new(|row| row.status == hub::incident::Status::Waiting)),
        ];
        for (filter, holds) in cases {
            let found = rosa.lists(&filter).await.unwrap();
            let by_hand: Vec<&str> = every.iter().filter(|row| holds(row)).map(|row| row.reference.as_str()).collect();
            assert_eq!(refs(&found), by_hand, "{filter:?}");
            assert!((1..all).contains(&found.len()), "{filter:?} tells something apart");
        }
    }

    async fn a_cursor_belongs_to_its_order(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let ana = hub.person("ana");
        for n in 0..3 {
            ana.files(&format!("{n} is odd")).await;
        }
        let asks = async |sort, limit, cursor| {
            let filter = Filter { sort, ..Filter::default() };
            incident::list(&hub.hub, &ana.viewer, &filter, &Page { limit, cursor, ..Page::default() }, hub.hub.clock.now()).await
        };
        let sorts = [Sort::Now, Sort::Opened, Sort::Updated];
        for sort in sorts {
            let next = asks(sort, Some(2), None).await.unwrap().next.unwrap();
            for other in sorts {
                let page = asks(other, Some(2), Some(next.clone())).await;
                if other == sort {
                    assert_eq!(page.unwrap().items.len(), 1);
                } else {
                    assert_eq!(page.map(drop).fields(), ["cursor"], "{sort:?} {other:?}");
                }
            }
        }
        for (limit, cursor, field) in [(Some(0), None, "limit"), (Some(201), None, "limit"), (None, Some("x".to_owned()), "cursor")] {
            assert_eq!(asks(Sort::Now, limit, cursor).await.map(drop).fields(), [field]);
        }
    }

    async fn the_figures_are_those_of_the_lists(engine: Engine) {
        let hub = TestHub::new(engine).await;
        Box::pin(busy(&hub, 41)).await;
        let [rosa, uma, ana, ada] = hub.cast(["rosa", "uma", "ana", "ada"]);
        let now = hub.hub.clock.now();
        for nobody in [&ana, &ada] {
            assert!(hub::dashboard::figures(&hub.hub, &nobody.viewer, now).await.is_forbidden());
        }
        let figures = hub::dashboard::figures(&hub.hub, &uma.viewer, now).await.unwrap();
        let count = async |filter: Filter| i64::try_from(rosa.lists(&filter).await.unwrap().len()).unwrap();
        assert_eq!(figures.as_of, now);
        for (priority, open) in &figures.open {
            assert_eq!(*open, count(Filter { priority: vec![*priority], ..Filter::default() }).await, "{priority}");
        }
        assert_eq!(figures.open.len(), 5);
        assert_eq!(figures.unacknowledged, count(Filter { unacknowledged: true, ..Filter::default() }).await);
        assert_eq!(figures.past_due, count(Filter { past_due: true, ..Filter::default() }).await);
        assert_eq!(figures.waiting, count(Filter { waiting: true, ..Filter::default() }).await);
        assert_eq!(figures.heat.iter().map(|cell| cell.count).sum::<i64>(), figures.open.values().sum::<i64>());
        assert!(!figures.decisions.is_empty() && figures.decisions.len() <= 20);
        assert!(figures.decisions.is_sorted_by_key(|decision| decision.priority));
        assert!(figures.decisions.iter().all(|decision| decision.due.is_some_and(|due| due < now)));
    }

    async fn a_figure_of_nothing_is_nothing(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, lena] = hub.cast(["ana", "rosa", "lena"]);
        hub.polls("alder").await;
        let figures = async || hub::dashboard::figures(&hub.hub, &rosa.viewer, hub.hub.clock.now()).await.unwrap();
        let empty = figures().await;
        assert_eq!((empty.open.values().sum::<i64>(), empty.past_due, empty.decisions.len()), (0, 0, 0));
        hub.clock_moves_to("2026-11-02T11:00:00Z").await;
        let r = ana.files("voters cannot check in").await;
        rosa.claims(&r).await.unwrap();
        rosa.says(&r, "On it").await.unwrap();
        rosa.patches(&r, json!({"status": "waiting"})).await.unwrap();
        hub.clock_moves_to("2026-11-20T15:00:00Z").await;
        let decisions = figures().await.decisions;
        assert_eq!(decisions.len(), 1);
        assert_eq!(decisions[0].what, format!("{} proposed instead of P2: confirm it, or leave it.", rosa.sees(&r).await.unwrap().computed_priority));
        assert_eq!(decisions[0].due, None, "nothing runs while it waits for the authority");
        lena.confirms_lowering(&r).await.unwrap();
        assert_eq!(figures().await.decisions.len(), 0);
    }
}
