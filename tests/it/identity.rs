//! Ways in: sessions, links, tokens; and how each ends.

use hub::identity::{
    LinkFor, NewPerson, Role, add_person, disable_person, end_session, find_person, look_at_link, make_link,
    make_set_up_link, make_token, people, revoke_token, sign_in, tokens, use_link, viewer_of_session, viewer_of_token,
};
use hub::time::Ts;
use hub_tests::hub::START;
use hub_tests::{Refused, TestHub, on_both};
use jiff::SignedDuration;

fn later(hours: i64, minutes: i64) -> Ts {
    let start: Ts = START.parse().unwrap();
    start.plus(SignedDuration::from_mins(hours * 60 + minutes))
}

on_both! {
    async fn a_session_lasts_as_long_as_its_role_may_be_away(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        for (who, idle) in [("ana", None), ("rosa", Some(120)), ("lena", Some(120)), ("sam", Some(15)), ("uma", Some(15)), ("ada", Some(15))] {
            let person = find_person(db, &hub.person(who).email).await.unwrap();
            let open = async |secret: &str, at| viewer_of_session(db, secret, at).await.unwrap().is_some();
            let (_, unused) = sign_in(db, &person, later(0, 0)).await.unwrap();
            let away = idle.unwrap_or(12 * 60);
            assert!(open(&unused.text, later(0, away - 1)).await, "{who}");
            let (_, unused) = sign_in(db, &person, later(0, 0)).await.unwrap();
            assert!(!open(&unused.text, later(0, away)).await, "{who}");
            // Whoever works on keeps it, and after twelve hours signs in again.
            let (session, used) = sign_in(db, &person, later(0, 0)).await.unwrap();
            assert_eq!(session.expires_at, later(12, 0));
            for minutes in (10..12 * 60).step_by(10) {
                assert!(open(&used.text, later(0, minutes)).await, "{who} after {minutes} minutes");
            }
            assert!(!open(&used.text, later(12, 0)).await, "{who}");
        }
    }

    async fn a_session_ends_when_its_person_says_so(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        let rosa = find_person(db, " Rosa@Hub.Example ").await.unwrap();
        let (one, first) = sign_in(db, &rosa, later(0, 0)).await.unwrap();
        let (_, second) = sign_in(db, &rosa, later(0, 0)).await.unwrap();
        end_session(db, one.id, later(0, 1)).await.unwrap();
        let whose = async |secret: &str| viewer_of_session(db, secret, later(0, 1)).await.unwrap();
        assert!(whose(&first.text).await.is_none());
        let session = whose(&second.text).await.unwrap();
        assert_eq!((session.viewer.name(), session.viewer.role()), ("Rosa Field", Role::Responder));
        assert!(whose("").await.is_none() && whose(&second.hash).await.is_none(), "what is stored opens nothing");
    }

    async fn the_eleventh_session_ends_the_oldest(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        // She has one from the founding, which has ended by then.
        let ana = find_person(db, "ana@alder.example").await.unwrap();
        let mut secrets = Vec::new();
        for n in 0..11 {
            secrets.push(sign_in(db, &ana, later(13, n)).await.unwrap().1.text);
        }
        let mut open = Vec::new();
        for secret in &secrets {
            open.push(viewer_of_session(db, secret, later(13, 20)).await.unwrap().is_some());
        }
        assert_eq!(open.iter().position(|open| *open), Some(1));
        assert!(open[1..].iter().all(|open| *open));
    }

    async fn who_is_disabled_is_out_at_once(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        let rosa = find_person(db, "rosa@hub.example").await.unwrap();
        let (_, session) = sign_in(db, &rosa, later(0, 0)).await.unwrap();
        let token = make_token(db, &rosa.email, 30, later(0, 0)).await.unwrap();
        let link = make_link(db, &rosa.email, later(0, 0)).await.unwrap();
        assert!(viewer_of_token(db, &token.text, later(0, 1)).await.unwrap().is_some());
        disable_person(db, "ROSA@hub.example", later(0, 1)).await.unwrap();
        assert!(viewer_of_session(db, &session.text, later(0, 1)).await.unwrap().is_none());
        assert!(viewer_of_token(db, &token.text, later(0, 1)).await.unwrap().is_none());
        assert_eq!(look_at_link(db, &link.text, later(0, 1)).await.unwrap(), None);
        assert!(use_link(db, &link.text, None, later(0, 1)).await.is_not_found());
        assert_eq!(make_link(db, &rosa.email, later(0, 1)).await.map(drop).fields(), ["email"]);
        assert_eq!(make_token(db, &rosa.email, 1, later(0, 1)).await.map(drop).fields(), ["email"]);
        assert!(disable_person(db, "nobody@hub.example", later(0, 1)).await.is_not_found());
    }

    async fn a_link_works_once_for_a_quarter_of_an_hour(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        let link = make_link(db, "ana@alder.example", later(0, 0)).await.unwrap();
        for _ in 0..2 {
            let found = look_at_link(db, &link.text, later(0, 14)).await.unwrap();
            assert!(matches!(found, Some(LinkFor::Person(ana)) if ana.name == "Ana Reyes"), "looking uses nothing up");
        }
        assert_eq!(look_at_link(db, &link.text, later(0, 15)).await.unwrap(), None);
        assert!(use_link(db, &link.text, None, later(0, 15)).await.is_not_found());
        let other = hub.second_node().await;
        let pressed = (0..20).map(|n| {
            let (db, secret) = (if n % 2 == 0 { db.clone() } else { other.db.clone() }, link.text.clone());
            tokio::spawn(async move { use_link(&db, &secret, None, later(0, 14)).await })
        });
        let mut used = 0;
        for one in pressed.collect::<Vec<_>>() {
            let one = one.await.unwrap();
            assert!(one.is_ok() || one.is_not_found());
            used += usize::from(one.is_ok());
        }
        assert_eq!(used, 1);
        assert!(make_link(db, "nobody@hub.example", later(0, 0)).await.map(drop).is_not_found());
    }

    async fn a_hub_without_an_admin_is_set_up_by_a_link(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        assert!(make_set_up_link(db, later(0, 0)).await.unwrap().is_none(), "Ada is there");
        disable_person(db, "ada@hub.example", later(0, 0)).await.unwrap();
        let earlier = make_set_up_link(db, later(0, 0)).await.unwrap().unwrap();
        let link = make_set_up_link(db, later(0, 1)).await.unwrap().unwrap();
        assert_eq!(look_at_link(db, &earlier.text, later(0, 1)).await.unwrap(), None, "only that of the last start");
        assert_eq!(look_at_link(db, &link.text, later(0, 30)).await.unwrap(), Some(LinkFor::SetUp));
        assert_eq!(look_at_link(db, &link.text, later(0, 31)).await.unwrap(), None);
        let wrong = use_link(db, &link.text, Some(("nonsense", " ")), later(0, 2)).await;
        assert_eq!(wrong.fields(), ["email", "name"]);
        assert_eq!(use_link(db, &link.text, None, later(0, 2)).await.fields(), ["email", "name"], "the link is as it was");
        let first = use_link(db, &link.text, Some(("New@hub.example", "New One")), later(0, 2)).await.unwrap();
        assert_eq!((first.email.as_str(), first.role), ("new@hub.example", Role::Admin));
        assert!(use_link(db, &link.text, Some(("b@hub.example", "B")), later(0, 2)).await.is_not_found());
    }

    async fn a_set_up_link_is_void_once_somebody_else_is_admin(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        disable_person(db, "ada@hub.example", later(0, 0)).await.unwrap();
        let link = make_set_up_link(db, later(0, 0)).await.unwrap().unwrap();
        let new = NewPerson { email: "bo@hub.example", name: "Bo", role: Role::Admin, authority: None };
        add_person(db, &new, later(0, 1)).await.unwrap();
        assert_eq!(look_at_link(db, &link.text, later(0, 1)).await.unwrap(), None);
        assert!(use_link(db, &link.text, Some(("c@hub.example", "C")), later(0, 1)).await.is_not_found());
    }

    async fn a_token_acts_as_its_person_for_its_days(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        let token = make_token(db, "ravi@hub.example", 2, later(0, 0)).await.unwrap();
        assert!(token.text.starts_with("hub_"));
        let viewer = viewer_of_token(db, &token.text, later(47, 59)).await.unwrap().unwrap();
        assert_eq!(viewer.name(), "Ravi Nair");
        assert!(viewer_of_token(db, &token.text, later(48, 0)).await.unwrap().is_none());
        for nonsense in ["", "hub_", "hub_x", &token.hash, &token.text[4..]] {
            assert!(viewer_of_token(db, nonsense, later(0, 0)).await.unwrap().is_none());
        }
        for days in [0, -1, 91] {
            assert_eq!(make_token(db, "ravi@hub.example", days, later(0, 0)).await.map(drop).fields(), ["days"]);
        }
        let listed = tokens(db).await.unwrap();
        assert_eq!((listed.len(), listed[0].email.as_str(), listed[0].revoked), (1, "ravi@hub.example", false));
        revoke_token(db, listed[0].id, later(0, 1)).await.unwrap();
        revoke_token(db, listed[0].id, later(0, 2)).await.unwrap();
        assert!(viewer_of_token(db, &token.text, later(0, 2)).await.unwrap().is_none());
        assert!(tokens(db).await.unwrap()[0].revoked);
        assert!(revoke_token(db, 77, later(0, 2)).await.is_not_found());
    }

    async fn people_are_added_with_what_their_role_needs(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        let add = async |email, name, role, authority| add_person(db, &NewPerson { email, name, role, authority }, later(0, 0)).await;
        assert_eq!(add("nonsense", "", Role::Official, None).await.fields(), ["email", "name", "authority"]);
        assert_eq!(add("a@b.example", "A", Role::Official, Some("atlantis")).await.fields(), ["authority"]);
        assert_eq!(add("a@b.example", "A", Role::Responder, Some("alder")).await.fields(), ["authority"]);
        assert_eq!(add("ROSA@hub.example", "A", Role::Responder, None).await.fields(), ["email"]);
        let ben = add("Nora@Meridia.example", "Nora", Role::Official, Some("meridia")).await.unwrap();
        assert_eq!((ben.email.as_str(), ben.office.as_str()), ("nora@meridia.example", "Republic of Meridia"));
        let all = people(db).await.unwrap();
        assert_eq!(all.len(), 11);
        assert!(all.is_sorted_by_key(|person| person.email.clone()));
    }

    /// No secret stands in the database, and nothing of one.
    async fn secrets_are_stored_as_hashes(engine: Engine) {
        let hub = TestHub::new(engine).await;
        let db = &hub.hub.db;
        let rosa = find_person(db, "rosa@hub.example").await.unwrap();
        let (_, session) = sign_in(db, &rosa, later(0, 0)).await.unwrap();
        let secrets = [session, make_token(db, &rosa.email, 1, later(0, 0)).await.unwrap(), make_link(db, &rosa.email, later(0, 0)).await.unwrap()];
        for (table, secret) in ["sessions", "tokens", "links"].iter().zip(&secrets) {
            let rows = hub.sql(&format!("SELECT hash FROM {table}")).await.concat();
            assert!(rows.contains(&secret.hash) && rows.iter().all(|hash| !secret.text.contains(hash.as_str())));
        }
    }
}
