//! How far people have read: what is kept of it, and what each side learns.

use hub::room::{mark, marks, up_to};
use hub_tests::hub::{Someone, TestHub};
use hub_tests::on_both;

/// They have read up to a number, as their side counts: whether that went on for officials, and for responders.
async fn reads(hub: &TestHub, who: &Someone, room: &str, seq: i64) -> (bool, bool) {
    let id = who.sees(room).await.expect("they may read it").id;
    let to = up_to(&hub.hub, &who.viewer, id, seq).await.expect("it is theirs");
    let keeps = async |shared, seq| mark(&hub.hub, &who.acts(), id, shared, seq).await.expect("it is kept");
    (keeps(true, to.shared_seq).await, keeps(false, to.seq).await)
}

async fn seen(hub: &TestHub, by: &Someone, room: &str) -> Vec<(String, i64)> {
    let id = by.sees(room).await.expect("they may read it").id;
    let all = marks(&hub.hub, &by.viewer, id).await.expect("the marks");
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
        assert_eq!(reads(&hub, &ravi, &room, 2).await, (true, true));
        assert_eq!(reads(&hub, &ravi, &room, 2).await, (false, false), "again is nothing");
        assert_eq!(reads(&hub, &ravi, &room, 3).await, (false, true), "a note is no number to officials");
        assert_eq!(reads(&hub, &ravi, &room, 1).await, (false, false), "it never goes back");
        assert_eq!(reads(&hub, &ravi, &room, 4_711).await, (false, true), "beyond the newest is the newest");
        assert_eq!(reads(&hub, &olive, &room, 2).await, (true, true));
        assert_eq!(reads(&hub, &uma, &room, 4).await, (false, false), "who changes nothing leaves no mark");
        assert!(mark(&hub.hub, &ben.acts(), before.0.id, true, 1).await.is_err(), "not his to read");
        let told = |name: &str, seq| (name.to_owned(), seq);
        assert_eq!(seen(&hub, &rosa, &room).await, [told("Olive Marsh", 2), told("Ravi Nair", 4)]);
        assert_eq!(seen(&hub, &ana, &room).await, [told("Olive Marsh", 2), told("Ravi Nair", 2)]);
        assert_eq!(seen(&hub, &olive, &room).await, [told("Ravi Nair", 2)], "one's own is no news");
        assert_eq!(hub.sql("SELECT seq FROM marks ORDER BY person_id").await.concat(), ["2", "4"]);
        assert_eq!(hub.sql("SELECT shared_seq FROM marks ORDER BY person_id").await.concat(), ["2", "2"]);

        // What comes after a note is counted on, and reading changed nothing else.
        assert_eq!(reads(&hub, &olive, &room, 9).await, (false, false));
        let after = (ana.sees(&room).await.expect("hers"), hub.one("SELECT count(*) AS n FROM events").await);
        assert_eq!((before.0.version, before.0.updated_at, before.1), (after.0.version, after.0.updated_at, after.1));
        ana.says(&room, "Thank you.").await.expect("it is said");
        assert_eq!(reads(&hub, &olive, &room, 3).await, (true, true));
        assert_eq!(seen(&hub, &rosa, &room).await[0], told("Olive Marsh", 5), "her third is their fifth");
    }

    /// Neither the order of names nor anything else of what an official is shown moves when responders read notes.
    async fn who_reads_notes_moves_nothing_that_officials_are_shown(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let [ana, rosa, ravi, lena] = hub.cast(["ana", "rosa", "ravi", "lena"]);
        let room = ana.files("The portal is slow.").await;
        for who in [&rosa, &ravi] {
            reads(&hub, who, &room, 1).await;
        }
        let before = seen(&hub, &ana, &room).await;
        assert_eq!(before.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Ravi Nair", "Rosa Field"]);
        for (n, who) in [&rosa, &ravi, &rosa].into_iter().enumerate() {
            lena.notes(&room, "Between us.").await.expect("it is noted");
            hub.minutes_pass(1).await;
            assert_eq!(reads(&hub, who, &room, 4_711).await, (false, true), "note {n} is read");
            assert_eq!(seen(&hub, &ana, &room).await, before, "after note {n}");
        }
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
                tokio::spawn(async move { mark(&hub, &actor, id, false, seq).await })
            })
            .collect();
        for window in windows {
            window.await.expect("it ends").expect("it is kept, or was past already");
        }
        assert_eq!(hub.sql("SELECT seq FROM marks").await.concat(), ["16"]);
    }
}
