//! How far people have read: what is kept of it, and what each side learns.

use hub::room::{Mark, Moved, mark, marks};
use hub_tests::hub::{Someone, TestHub};
use hub_tests::on_both;

async fn reads(hub: &TestHub, who: &Someone, room: &str, seq: i64) -> Option<Moved> {
    let id = who.sees(room).await.expect("they may read it").id;
    mark(&hub.hub, &who.acts(), id, seq).await.expect("it is kept")
}

async fn seen(hub: &TestHub, by: &Someone, room: &str) -> Vec<(String, i64)> {
    let id = by.sees(room).await.expect("they may read it").id;
    let mut all: Vec<Mark> = marks(&hub.hub, &by.viewer, id).await.expect("the marks");
    all.sort_by(|a, b| a.by.name.cmp(&b.by.name));
    all.into_iter().map(|mark| (mark.by.name, mark.seq)).collect()
}

on_both! {
    async fn a_mark_only_goes_on_and_each_side_counts_in_its_own_numbers(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, olive, ben, rosa, ravi, uma] = hub.cast(["ana", "olive", "ben", "rosa", "ravi", "uma"]);
        let room = ana.files("The portal is slow.").await;
        rosa.says(&room, "I look at it.").await.expect("it is said");
        rosa.notes(&room, "Same as at Bellwood.").await.expect("it is noted");
        rosa.notes(&room, "And again.").await.expect("it is noted");
        let before = (ana.sees(&room).await.expect("hers"), hub.one("SELECT count(*) AS n FROM events").await);

        // Responders read 1 to 4, officials 1 and 2.
        assert_eq!(reads(&hub, &ravi, &room, 2).await, Some(Moved { shared: true }));
        assert_eq!(reads(&hub, &ravi, &room, 2).await, None, "again is nothing");
        assert_eq!(reads(&hub, &ravi, &room, 3).await, Some(Moved { shared: false }), "a note is no number to officials");
        assert_eq!(reads(&hub, &ravi, &room, 1).await, None, "it never goes back");
        assert_eq!(reads(&hub, &ravi, &room, 4_711).await, Some(Moved { shared: false }), "beyond the newest is the newest");
        assert_eq!(reads(&hub, &olive, &room, 2).await, Some(Moved { shared: true }));
        assert_eq!(reads(&hub, &uma, &room, 4).await, None, "who changes nothing leaves no mark");
        assert!(mark(&hub.hub, &ben.acts(), before.0.id, 1).await.is_err(), "not his to read");
        let told = |name: &str, seq| (name.to_owned(), seq);
        assert_eq!(seen(&hub, &rosa, &room).await, [told("Olive Marsh", 2), told("Ravi Nair", 4)]);
        assert_eq!(seen(&hub, &ana, &room).await, [told("Olive Marsh", 2), told("Ravi Nair", 2)]);
        assert_eq!(seen(&hub, &olive, &room).await, [told("Ravi Nair", 2)], "one's own is no news");
        assert_eq!(hub.sql("SELECT seq FROM marks ORDER BY person_id").await.concat(), ["2", "4"]);

        // What comes after a note is counted on, and reading changed nothing else.
        assert_eq!(reads(&hub, &olive, &room, 9).await, None);
        let after = (ana.sees(&room).await.expect("hers"), hub.one("SELECT count(*) AS n FROM events").await);
        assert_eq!((before.0.version, before.0.updated_at, before.1), (after.0.version, after.0.updated_at, after.1));
        ana.says(&room, "Thank you.").await.expect("it is said");
        assert_eq!(reads(&hub, &olive, &room, 3).await, Some(Moved { shared: true }));
        assert_eq!(seen(&hub, &rosa, &room).await[0], told("Olive Marsh", 5), "her third is their fifth");
    }

    async fn sixteen_windows_that_read_at_once_leave_one_mark(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa] = hub.cast(["ana", "rosa"]);
        let room = ana.files("The portal is slow.").await;
        for n in 0..16 {
            ana.says(&room, &format!("{n}")).await.expect("it is said");
        }
        let id = rosa.sees(&room).await.expect("she may").id;
        let windows: Vec<_> = (1..=16)
            .map(|seq| {
                let (hub, actor) = (hub.hub.clone(), rosa.acts());
                tokio::spawn(async move { mark(&hub, &actor, id, seq).await })
            })
            .collect();
        for window in windows {
            window.await.expect("it ends").expect("it is kept, or was past already");
        }
        assert_eq!(hub.sql("SELECT seq FROM marks").await.concat(), ["16"]);
    }
}
