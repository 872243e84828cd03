//! Not yours is not found: whatever is asked, about whatever, in the same words.

use hub::incident::{Filter, Owner, State};
use hub::{election, room};
use hub_tests::hub::Someone;
use hub_tests::{Refused, TestHub, on_both};
use serde_json::json;

/// What somebody is told about a reference, whatever they try: one line each.
async fn everything(hub: &TestHub, who: &Someone, r: &str) -> Vec<String> {
    let lena = hub.person("lena");
    let told = |said: String| if r.is_empty() { said } else { said.replace(r, "REF") };
    let mut all = Vec::new();
    macro_rules! tries {
        ($($try:expr),+ $(,)?) => {$( all.push(told(match $try.await {
            Ok(_) => "done".to_owned(),
            Err(error) => format!("{error:?}"),
        })); )+};
    }
    tries![
        who.sees(r),
        room::events(&hub.hub, &who.viewer, r, 0, None, None),
        room::events(&hub.hub, &who.viewer, r, 0, None, Some("another")),
        room::newest(&hub.hub, &who.viewer, r, 5),
        who.acknowledges(r),
        who.claims(r),
        who.releases(r),
        who.assigns(r, lena),
        who.overrides(r, "P1"),
        who.confirms_severity(r, json!({"people": "none"})),
        who.confirms_lowering(r),
        who.resolves(r),
        who.reopens(r),
        who.closes(r),
        who.patches(r, json!({"summary": "mine now"})),
        who.patches(r, json!({"tlp": "nonsense"})),
        who.patches_at(r, 77, json!({"summary": "mine now"})),
        who.says(r, "hello"),
        who.says(r, ""),
        who.notes(r, "hello"),
        who.with_key("k").sends_to_room(r, json!({"id": "x", "text": "", "seen": 0})),
    ];
    all
}

on_both! {
    async fn what_is_not_yours_is_like_what_is_not_there(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, fay, ada, rosa] = hub.cast(["ana", "ben", "fay", "ada", "rosa"]);
        hub.polls("alder").await;
        let r = ana.files("voters cannot check in").await;
        rosa.says(&r, "Which sites?").await.unwrap();
        let before = serde_json::to_value(rosa.log(&r).await).unwrap();
        for stranger in [&ben, &fay, &ada] {
            let theirs = everything(&hub, stranger, &r).await;
            assert_eq!(theirs, vec!["NotFound"; 21], "{}", stranger.email);
            for nothing in ["ALD-77", "ZZZ-1", "X-ALD-1", "ald-1", "ALD-01", "nonsense", ""] {
                assert_eq!(everything(&hub, stranger, nothing).await, theirs, "{} {nothing:?}", stranger.email);
            }
        }
        assert_eq!(serde_json::to_value(rosa.log(&r).await).unwrap(), before, "and nothing happened");
    }

    async fn no_list_has_what_is_not_yours(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ben, fay, ada, rosa, uma] = hub.cast(["ana", "ben", "fay", "ada", "rosa", "uma"]);
        let r = ana.files("canary voters cannot check in").await;
        rosa.claims(&r).await.unwrap();
        let text = |text: &str| Some(text.to_owned());
        let filters = [
            Filter::default(),
            Filter { state: State::All, ..Filter::default() },
            Filter { authority: text("alder"), ..Filter::default() },
            Filter { text: text("canary"), ..Filter::default() },
            Filter { text: text("ald-1"), ..Filter::default() },
            Filter { owner: Some(Owner::Person(rosa.email.clone())), ..Filter::default() },
        ];
        for filter in &filters {
            for stranger in [&ben, &fay, &ada] {
                assert_eq!(stranger.lists(filter).await.unwrap().len(), 0, "{} {filter:?}", stranger.email);
            }
            for reader in [&ana, &rosa, &uma] {
                assert_eq!(reader.lists(filter).await.unwrap().len(), 1, "{} {filter:?}", reader.email);
            }
        }
        // An authority of somebody else and one that there is not: the same.
        let there_is_not = Filter { authority: text("atlantis"), ..Filter::default() };
        assert_eq!(ben.lists(&there_is_not).await.unwrap().len(), 0);
    }

    async fn the_queue_is_searched_by_words(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        for summary in ["100% of the printers", "100 printers", "a_b", "aXb", "Straße gesperrt", "ÜBERFLUTUNG im Lager"] {
            ana.files(summary).await;
        }
        let finds = async |text: &str| {
            let filter = Filter { text: Some(text.to_owned()), ..Filter::default() };
            let mut found: Vec<_> = rosa.lists(&filter).await.unwrap().into_iter().map(|row| row.reference).collect();
            found.sort();
            found
        };
        assert_eq!(finds("100%").await, ["ALD-1"]);
        assert_eq!(finds("PRINTERS").await, ["ALD-1", "ALD-2"]);
        assert_eq!(finds("a_b").await, ["ALD-3"]);
        assert_eq!(finds("straße").await, ["ALD-5"]);
        assert_eq!(finds("überflutung").await, ["ALD-6"]);
        assert_eq!(finds("Überflutung").await, ["ALD-6"]);
        assert_eq!(finds("  ald-2 ").await, ["ALD-2"]);
        assert_eq!(finds("\\").await, [""; 0]);
        assert_eq!(rosa.lists(&Filter { text: Some("x".repeat(201)), ..Filter::default() }).await.fields(), ["q"]);
        assert_eq!(rosa.lists(&Filter { category: Some("x".to_owned()), ..Filter::default() }).await.fields(), ["category"]);
    }

    async fn elections_are_everybodys_to_read_and_few_ones_to_change(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, ben, fay, rosa, uma, lena] = hub.cast(["ana", "olive", "ben", "fay", "rosa", "uma", "lena"]);
        let polls = hub.polls("alder").await;
        let id = polls["id"].as_str().unwrap();
        for reader in ["ana", "ben", "rosa", "uma", "ada"] {
            let viewer = &hub.person(reader).viewer;
            let now = hub.hub.clock.now();
            assert_eq!(election::get(&hub.hub, viewer, id, now).await.unwrap().authority, "alder");
            assert!(election::get(&hub.hub, viewer, "no-such", now).await.is_not_found());
        }
        for nobody in [&ana, &ben, &fay, &rosa, &uma] {
            assert!(nobody.extends(&polls, "2026-11-03T22:00:00").await.is_forbidden(), "{}", nobody.email);
            assert!(nobody.moves(&polls["id"], json!({"name": "x"})).await.is_forbidden(), "{}", nobody.email);
        }
        for one in [&olive, &lena] {
            let hour = if one.email == olive.email { 22 } else { 23 };
            one.extends(&polls, &format!("2026-11-03T{hour}:00:00")).await.unwrap();
        }
    }

    async fn authorities_are_made_by_who_runs_the_hub(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, ada, sam] = hub.cast(["ana", "ada", "sam"]);
        let list = async |who: &Someone| {
            let all = hub::authority::list(&hub.hub, &who.viewer, &hub::store::Page::default()).await.unwrap();
            all.items.into_iter().map(|row| row.slug).collect::<Vec<_>>()
        };
        assert_eq!(list(&ana).await, ["alder"]);
        assert_eq!(list(&ada).await, ["alder", "bellwood", "franklin", "meridia"]);
        assert!(hub::authority::get(&hub.hub, &ana.viewer, "bellwood").await.is_not_found());
        let new = |slug: &str, code: &str| hub_tests::hub::body(json!({"slug": slug, "code": code, "name": "N", "zone": "Europe/Oslo"}));
        assert!(hub::authority::create(&hub.hub, &sam.acts(), &new("norland", "NOR")).await.is_forbidden());
        let wrong = hub_tests::hub::body(json!({"slug": "alder", "code": "x", "name": " ", "zone": "Mars", "parent": "atlantis"}));
        let refused = hub::authority::create(&hub.hub, &ada.acts(), &wrong).await;
        assert_eq!(refused.fields(), ["slug", "code", "name", "zone", "parent"]);
        assert_eq!(hub::authority::create(&hub.hub, &ada.acts(), &new("norland", "ALD")).await.fields(), ["code"]);
        hub::authority::create(&hub.hub, &ada.acts(), &new("norland", "NOR")).await.unwrap();
        assert_eq!(hub.one("SELECT kind FROM events e JOIN authorities a ON a.id = e.authority_id WHERE a.code = 'NOR'").await, "joined");
    }
}
