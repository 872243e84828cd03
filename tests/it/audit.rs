//! The record: whatever is done to its rows behind the hub's back is found, and the first broken row named. F19.

use std::pin::Pin;

use hub::audit::{Broken, NotVerified, heads, verify};
use hub_tests::{TestHub, on_both};

/// A record of some length: Alder County's events are 1 joined, 2 filed, 3 claimed, 4 message, 5 note, 6 message.
fn told(engine: hub_tests::Engine) -> Pin<Box<dyn Future<Output = (TestHub, String)> + Send>> {
    Box::pin(tells(engine))
}

async fn tells(engine: hub_tests::Engine) -> (TestHub, String) {
    let hub = TestHub::new(engine).await;
    let [ana, rosa] = hub.cast(["ana", "rosa"]);
    let r = ana.files("voters cannot check in").await;
    rosa.claims(&r).await.unwrap();
    rosa.says(&r, "Which sites?").await.unwrap();
    rosa.notes(&r, "sounds like the tablets").await.unwrap();
    ana.says(&r, "Three of them").await.unwrap();
    let id = hub.one("SELECT id FROM authorities WHERE code = 'ALD'").await;
    (hub, id)
}

async fn fault(hub: &TestHub) -> Option<(i64, &'static str)> {
    match verify(&hub.hub.db, &[]).await {
        Ok(_) => None,
        Err(NotVerified::Broken(Broken { authority, chain_seq, what })) => {
            assert_eq!(authority, "ALD");
            Some((chain_seq, what))
        }
        Err(other) => panic!("{other}"),
    }
}

on_both! {
    async fn a_record_is_whole_and_its_heads_are_shown(engine: Engine) {
        let (hub, _) = told(engine).await;
        let verified = verify(&hub.hub.db, &[]).await.unwrap();
        assert_eq!((verified.events, verified.erased), (9, 0), "six here, and three authorities joined");
        assert_eq!(verified.heads, heads(&hub.hub.db).await.unwrap());
        let places: Vec<_> = verified.heads.iter().map(|head| (head.authority.as_str(), head.chain_seq)).collect();
        assert_eq!(places, [("ALD", 6), ("BEL", 1), ("FRA", 1), ("MER", 1)]);
    }

    async fn any_edit_is_found(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        let row = format!("WHERE authority_id = {id} AND chain_seq = 4");
        let columns = [
            ("payload", "'{}'"), ("salt", "payload_hash_bytes"), ("payload_hash", "'ab'"), ("kind", "'note'"),
            ("at", "at + 1"), ("actor_id", "actor_id + 1"), ("seq", "seq + 70"), ("shared_seq", "shared_seq + 70"),
            ("id", "'x'"), ("audience", "'internal'"), ("prev_hash", "'ab'"), ("hash", "'ab'"), ("request_id", "'x'"),
            ("client_id", "'x'"), ("client_id", "NULL"), ("shared_prev_hash", "'ab'"), ("shared_hash", "NULL"),
            ("incident_id", "NULL"),
        ];
        for (column, value) in columns {
            let bytes = if engine == hub_tests::Engine::Sqlite { "x'00'" } else { "'\\x00'::bytea" };
            let value = value.replace("payload_hash_bytes", bytes);
            hub.tampers(&format!("CREATE TABLE kept AS SELECT * FROM events {row}")).await;
            hub.tampers(&format!("UPDATE events SET {column} = {value} {row}")).await;
            let found = fault(&hub).await;
            assert_eq!(found.map(|(place, _)| place), Some(4), "{column} = {value}: {found:?}");
            hub.tampers(&format!("UPDATE events SET {column} = (SELECT {column} FROM kept) {row}")).await;
            hub.tampers("DROP TABLE kept").await;
            assert_eq!(fault(&hub).await, None, "{column} is as it was");
        }
    }

    async fn what_is_taken_out_is_missed(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        hub.tampers(&format!("DELETE FROM events WHERE authority_id = {id} AND chain_seq = 3")).await;
        assert_eq!(fault(&hub).await, Some((3, "it is missing")));
        hub.tampers(&format!("DELETE FROM events WHERE authority_id = {id} AND chain_seq < 3")).await;
        assert_eq!(fault(&hub).await, Some((1, "it is missing")));
    }

    async fn what_is_taken_out_and_closed_up_is_missed(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        hub.tampers(&format!("DELETE FROM events WHERE authority_id = {id} AND chain_seq = 5")).await;
        hub.tampers(&format!("UPDATE events SET chain_seq = 5 WHERE authority_id = {id} AND chain_seq = 6")).await;
        assert_eq!(fault(&hub).await, Some((5, "it does not follow the one before it")));
    }

    async fn what_is_put_in_is_found(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        let copy = "id, at, actor_id, kind, audience, payload, salt, payload_hash, prev_hash, hash, shared_prev_hash, shared_hash, request_id";
        let values = copy.replacen("id,", "'x',", 1);
        hub.tampers(&format!(
            "INSERT INTO events (authority_id, chain_seq, {copy}) SELECT authority_id, 7, {values} FROM events
             WHERE authority_id = {id} AND chain_seq = 6"
        ))
        .await;
        assert_eq!(fault(&hub).await, Some((7, "it is behind the last one that is counted")));
        hub.tampers(&format!("UPDATE authorities SET chain_seq = 7 WHERE id = {id}")).await;
        assert_eq!(fault(&hub).await, Some((7, "it does not follow the one before it")));
    }

    async fn what_is_changed_round_is_found(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        for (from, to) in [(4, 100), (6, 4), (100, 6)] {
            hub.tampers(&format!("UPDATE events SET chain_seq = {to} WHERE authority_id = {id} AND chain_seq = {from}")).await;
        }
        assert_eq!(fault(&hub).await, Some((4, "it does not follow the one before it")));
    }

    async fn a_tail_that_was_cut_off_is_missed(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        let kept = heads(&hub.hub.db).await.unwrap();
        hub.tampers(&format!("DELETE FROM events WHERE authority_id = {id} AND chain_seq > 4")).await;
        assert_eq!(fault(&hub).await, Some((5, "it is missing")));
        // Whoever moves the head with it is found by the one that was kept elsewhere.
        hub.tampers(&format!(
            "UPDATE authorities SET chain_seq = 4, chain_hash = (SELECT hash FROM events e WHERE e.authority_id = {id} AND e.chain_seq = 4),
             shared_hash = (SELECT shared_hash FROM events e WHERE e.authority_id = {id} AND e.chain_seq = 4) WHERE id = {id}"
        ))
        .await;
        assert_eq!(fault(&hub).await, None);
        let found = verify(&hub.hub.db, &kept).await.unwrap_err();
        assert_eq!(found.to_string(), "ALD, event 6: it was kept as the last one and is not there");
    }

    async fn a_head_that_was_moved_is_found(engine: Engine) {
        let (mut hub, id) = told(engine).await;
        hub.tampers(&format!("UPDATE authorities SET shared_hash = 'ab' WHERE id = {id}")).await;
        assert_eq!(fault(&hub).await, Some((6, "the authority names another one as the last")));
    }

    async fn another_record_than_the_one_that_was_kept_is_found(engine: Engine) {
        let (hub, _) = told(engine).await;
        let mut kept = heads(&hub.hub.db).await.unwrap();
        hub.person("ana").files("and now the printer").await;
        verify(&hub.hub.db, &kept).await.expect("a record goes on");
        kept[0].hash = "ab".to_owned();
        let found = verify(&hub.hub.db, &kept).await.unwrap_err();
        assert_eq!(found.to_string(), "ALD, event 6: it is another one than the one that was kept");
        kept[0].authority = "ATL".to_owned();
        assert!(verify(&hub.hub.db, &kept).await.unwrap_err().to_string().starts_with("ATL, event 6"));
    }

    async fn what_was_erased_leaves_the_record_whole(engine: Engine) {
        let (hub, id) = told(engine).await;
        let row = format!("WHERE authority_id = {id} AND chain_seq = 4");
        hub.arranges(&format!("UPDATE events SET payload = NULL {row}")).await;
        assert_eq!(fault(&hub).await, Some((4, "half of its text was erased")));
        hub.arranges(&format!("UPDATE events SET salt = NULL {row}")).await;
        assert_eq!(verify(&hub.hub.db, &[]).await.unwrap().erased, 1);
        let log = hub.person("ana").log("ALD-1").await;
        assert_eq!((log[2].text.as_deref(), &log[2].data["erased"]), (None, &serde_json::json!(true)));
    }

    async fn a_record_is_verified_while_it_grows(engine: Engine) {
        let (hub, _) = told(engine).await;
        let writing = {
            let rosa = hub.person("rosa").at(&hub.second_node().await);
            tokio::spawn(async move {
                for n in 0..40 {
                    rosa.says("ALD-1", &format!("{n}")).await.unwrap();
                }
            })
        };
        let mut looks = 0;
        while !writing.is_finished() || looks == 0 {
            assert_eq!(fault(&hub).await, None);
            looks += 1;
        }
        writing.await.unwrap();
        assert_eq!(verify(&hub.hub.db, &[]).await.unwrap().events, 49);
    }
}
