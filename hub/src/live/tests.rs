//! What memory and database must agree on, and what a session tells.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::audit::{Kind, row as event};
use crate::authority::row as authority;
use crate::escalation::Policy;
use crate::identity::{Actor, Audience, Role, Side};
use crate::incident::{self, Report, find_room};
use crate::instance::Mark;
use crate::room::{Say, say};
use crate::store::{Db, Draft};
use crate::time::Clock;

/// A hub with two authorities, and one incident at each.
struct House {
    hub: Hub,
    folder: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const ROOMS: [&str; 2] = ["ALD-1", "BEL-1"];

async fn house() -> House {
    let folder = std::env::temp_dir().join(format!("hub-live-{}", crate::id::fresh()));
    std::fs::create_dir(&folder).unwrap();
    let db = Db::open(&format!("sqlite://{}", folder.join("hub.db").display()), Bus::local()).await.unwrap();
    db.migrate().await.unwrap();
    let policy = Policy::parse(Policy::DEFAULT).unwrap();
    let hub = Hub::start(db, Clock::machine(), Clock::machine(), policy, Mark::Live).await.unwrap();
    let admin = Actor::new(person(9, Role::Admin, None), hub.clock.now(), crate::id::fresh());
    for (slug, code) in [("alder", "ALD"), ("bellwood", "BEL")] {
        let new = crate::authority::NewAuthority {
            slug: slug.to_owned(),
            code: code.to_owned(),
            name: slug.to_owned(),
            zone: "America/New_York".to_owned(),
            parent: None,
        };
        crate::authority::create(&hub, &admin, &new).await.unwrap();
        let report = Report {
            summary: Some("The website is slow.".to_owned()),
            authority: Some(slug.to_owned()),
            ..Report::default()
        };
        Box::pin(incident::file(&hub, &Actor::system("filing", hub.clock.now()), &report)).await.unwrap();
    }
    House { hub, folder }
}

fn person(id: i64, role: Role, authority: Option<i64>) -> Viewer {
    Viewer::person(id, format!("N{id}"), "O".to_owned(), role, authority)
}

async fn speak(hub: &Hub, room: &str, text: &str, note: bool) {
    let actor = Actor::system("speaking", hub.clock.now());
    let body = Say { id: crate::id::fresh().to_string(), text: text.to_owned(), note: Some(note), ..Say::default() };
    say(hub, &actor, room, &body).await.unwrap();
}

/// For any events and any viewer: `admits` in memory is what the Reader selects.
#[test]
fn memory_admits_what_the_database_selects() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let house = runtime.block_on(Box::pin(house()));
    let system = Viewer::system("a test");
    let own = runtime.block_on(async {
        let reader = house.hub.db.read(&system);
        let rows = reader.find::<authority::Entity>().all().await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    });
    let shape = (proptest::collection::vec((0..2_usize, any::<bool>()), 0..6), 0..Role::ALL.len(), 0..3_usize);
    proptest!(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() }, |((said, role, at) in shape)| {
        runtime.block_on(async {
            for (room, note) in said {
                let reader = house.hub.db.read(&system);
                let row = find_room(&reader, ROOMS[room]).await.unwrap();
                let actor = Actor::system("a test", house.hub.clock.now());
                let mut work = house.hub.db.work(&actor, row.authority_id).await.unwrap();
                let draft = if note { Draft::internal(Kind::Note, serde_json::json!({})) } else { Draft::shared(Kind::Message, serde_json::json!({})) };
                // Of no room: the numbers of rooms are not what this looks at.
                work.record(None, draft).unwrap();
                work.keep().await.unwrap();
            }
            let viewer = person(7, Role::ALL[role], own.get(at).copied());
            let all = house.hub.db.read(&system).find::<event::Entity>().all().await.unwrap();
            let selected = house.hub.db.read(&viewer).find::<event::Entity>().all().await.unwrap();
            let admitted: Vec<_> = all.into_iter().filter(|row| viewer.admits(row.authority_id, row.audience)).collect();
            let keys = |rows: &[event::Model]| {
                let mut keys: Vec<_> = rows.iter().map(|row| (row.authority_id, row.chain_seq)).collect();
                keys.sort_unstable();
                keys
            };
            prop_assert_eq!(keys(&selected), keys(&admitted), "{:?}", viewer);
            if viewer.side() == Side::Authority {
                prop_assert!(selected.iter().all(|row| row.audience == Audience::Shared));
            }
            Ok(())
        })?;
    });
}

/// Takes until `enough` events came, and gives their numbers and texts.
async fn follow(session: &mut Session<()>, enough: usize) -> Vec<(i64, String)> {
    let mut got = Vec::new();
    let taking = async {
        while got.len() < enough {
            session.ready().await;
            loop {
                let told = session.take(7, true).await.unwrap();
                if told.is_empty() {
                    break;
                }
                for told in told {
                    if let Told::Events(_, events) | Told::Page(_, events, _) = told {
                        got.extend(
                            events.iter().map(|one| (one.event.seq, one.event.text.clone().unwrap_or_default())),
                        );
                    }
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), taking).await.expect("they come");
    got
}

/// What was missed and what happens come the same way, for both sides in their own numbering.
#[tokio::test]
async fn a_watcher_gets_every_event_of_its_side_once_and_in_order() {
    let house = Box::pin(house()).await;
    let hub = &house.hub;
    let ana = crate::identity::add_person(
        &hub.db,
        &crate::identity::NewPerson {
            email: "ana@alder.example",
            name: "Ana",
            role: Role::Official,
            authority: Some("alder"),
        },
        hub.wall.now(),
    );
    let rosa =
        crate::identity::NewPerson { email: "rosa@hub.example", name: "Rosa", role: Role::Responder, authority: None };
    let (ana, rosa) = (ana.await.unwrap(), crate::identity::add_person(&hub.db, &rosa, hub.wall.now()).await.unwrap());
    let live = Live::<()>::start(hub.clone(), CancellationToken::new());
    for n in 0..700 {
        speak(hub, "ALD-1", &format!("m{n}"), n % 3 == 0).await;
    }
    let (alder_session, _) = crate::identity::sign_in(&hub.db, &ana, hub.wall.now()).await.unwrap();
    let (team_session, _) = crate::identity::sign_in(&hub.db, &rosa, hub.wall.now()).await.unwrap();
    let enter = |session: crate::identity::Session| {
        live.enter(Credential::Session(session.id), session.viewer, &Limits::NONE).unwrap()
    };
    let alder_id = alder_session.id;
    let (mut official, mut responder) = (enter(alder_session), enter(team_session));

    assert!(matches!(official.join("BEL-1", Some(0), None).await, Err(Gone::Failed(crate::Error::NotFound))));
    assert!(matches!(official.join("ALD-9", Some(0), None).await, Err(Gone::Failed(crate::Error::NotFound))));
    assert!(official.watch(View::Queue).is_err(), "officials have no boards");
    let foreign = responder.join("ALD-1", Some(0), Some("another life")).await.unwrap();
    assert!(!foreign.recovered && foreign.events.is_empty() && foreign.seq == 701);
    let beyond = responder.join("ALD-1", Some(702), None).await.unwrap();
    assert!(!beyond.recovered && beyond.events.is_empty());

    let seen = responder.join("ALD-1", Some(0), Some(&hub.identity.epoch)).await.unwrap();
    assert!(seen.recovered && seen.more && seen.events.len() == 500 && seen.events[0].event.seq == 1);
    let alder = official.join("ALD-1", Some(0), None).await.unwrap();
    assert_eq!(alder.seq, 1 + 466, "an official's newest number counts no note");
    speak(hub, "ALD-1", "note after joining", true).await;
    speak(hub, "ALD-1", "after joining", false).await;
    let rest = follow(&mut responder, 203).await;
    assert_eq!(rest.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (501..=703).collect::<Vec<_>>());
    let first = alder.events.len();
    let shared = follow(&mut official, 468 - first).await;
    let numbers: Vec<i64> =
        alder.events.iter().map(|one| one.event.seq).chain(shared.iter().map(|(seq, _)| *seq)).collect();
    assert_eq!(numbers, (1..=468).collect::<Vec<_>>());
    assert!(shared.iter().all(|(_, text)| !text.contains("note")) && shared.last().unwrap().1 == "after joining");

    crate::identity::end_session(&hub.db, alder_id, hub.wall.now()).await.unwrap();
    let ended = async {
        while official.viewer().is_ok() {
            official.ready().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(2), ended).await.expect("a session that ends is seen at once");
    assert!(matches!(official.take(7, true).await, Err(Gone::SignedOut)));
}

/// A board is made for all, and says what changed where that is one incident.
#[tokio::test]
async fn a_board_comes_whole_and_then_what_changed() {
    let house = Box::pin(house()).await;
    let hub = &house.hub;
    let uma =
        crate::identity::NewPerson { email: "uma@hub.example", name: "Uma", role: Role::Auditor, authority: None };
    let uma = crate::identity::add_person(&hub.db, &uma, hub.wall.now()).await.unwrap();
    let (session, _) = crate::identity::sign_in(&hub.db, &uma, hub.wall.now()).await.unwrap();
    let live = Live::<()>::start(hub.clone(), CancellationToken::new());
    let mut uma = live.enter(Credential::Session(session.id), session.viewer, &Limits::NONE).unwrap();
    let board = async |uma: &mut Session<()>| {
        let next = async {
            loop {
                for told in uma.take(7, true).await.unwrap() {
                    if let Told::Board(board, next) = told {
                        return (board, next);
                    }
                }
                uma.ready().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), next).await.expect("a board comes")
    };
    uma.watch(View::Queue).unwrap();
    let (first, next) = board(&mut uma).await;
    assert!(!next && first.changed.is_none() && first.rev >= 1);
    assert!(matches!(&first.shown, Shown::Queue(page) if page.items.len() == 2));
    speak(hub, "BEL-1", "something new", false).await;
    let (second, next) = board(&mut uma).await;
    assert!(next && second.rev == first.rev + 1);
    assert_eq!(second.changed.as_ref().map(|(name, _)| name.as_str()), Some("BEL-1"));
    uma.watch(View::Dashboard).unwrap();
    let (figures, _) = board(&mut uma).await;
    assert!(matches!(&figures.shown, Shown::Dashboard(figures) if figures.open.values().sum::<i64>() == 2));
}
