//! What is not needed any more is not sent, and what waited too long is not sent late.

use std::path::PathBuf;

use serde_json::json;

use super::delivery::{State, row as delivery};
use super::row as outbox;
use super::*;
use crate::audit::Kind;
use crate::config::{Config, Secret, Sources};
use crate::escalation::Policy;
use crate::hub::Hub;
use crate::identity::{Actor, NewPerson, Role, Viewer, add_person};
use crate::incident::{self, Report, row as incident_row};
use crate::instance::Mark;
use crate::live::Bus;
use crate::store::{Db, Draft, Work};
use crate::time::{Clock, Ts};

struct House {
    hub: Hub,
    rosa: i64,
    folder: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A hub with one incident, that sends mail to a server that is not there.
async fn house() -> House {
    let folder = std::env::temp_dir().join(format!("hub-notify-{}", crate::id::fresh()));
    std::fs::create_dir(&folder).unwrap();
    let db = Db::open(&format!("sqlite://{}", folder.join("hub.db").display()), Bus::local()).await.unwrap();
    db.migrate().await.unwrap();
    let clock = Clock::by_hand(Ts::from_millis(1_800_000_000_000));
    let hub = Hub::start(db, clock.clone(), clock, Policy::default(), Mark::Live).await.unwrap();
    let mut config = Config::load(&Sources::default()).unwrap();
    config.smtp_url = Some(Secret::new("smtp://127.0.0.1:1"));
    let hub = hub.reaching(Reaching::new(&config, "https://hub.example").unwrap());
    let now = hub.clock.now();
    let admin =
        Actor::new(Viewer::person(9, "Ada".to_owned(), "O".to_owned(), Role::Admin, None), now, crate::id::fresh());
    let text = str::to_owned;
    let (slug, code, name, zone) = (text("alder"), text("ALD"), text("Alder"), text("America/New_York"));
    let new = crate::authority::NewAuthority { slug, code, name, zone, parent: None };
    crate::authority::create(&hub, &admin, &new).await.unwrap();
    let new = NewPerson { email: "rosa@hub.example", name: "Rosa Field", role: Role::Responder, authority: None };
    let rosa = add_person(&hub.db, &new, now).await.unwrap().id;
    let report = Report { summary: Some(text("It is slow.")), authority: Some(text("alder")), ..Report::default() };
    Box::pin(incident::file(&hub, &Actor::system("filing", now), &report)).await.unwrap();
    House { hub, rosa, folder }
}

impl House {
    async fn work(&self) -> (Work, incident_row::Model) {
        let actor = Actor::system("a test", self.hub.clock.now());
        let system = Viewer::system("a test");
        let row = self.hub.db.read(&system).find::<incident_row::Entity>().one().await.unwrap().unwrap();
        (self.hub.db.work(&actor, row.authority_id).await.unwrap(), row)
    }

    /// The chain pages Rosa, or she is told.
    async fn tells(&self, channel: &'static str) {
        let (mut work, mut row) = self.work().await;
        let event = work.record(Some(row.room()), Draft::shared(Kind::Unusual, json!({}))).unwrap();
        work.tell(self.rosa, &event, channel);
        work.save::<incident_row::Model, incident_row::ActiveModel>(row).unwrap();
        work.keep().await.unwrap();
    }

    async fn acknowledged(&self) {
        let (work, row) = self.work().await;
        cancel_pages(&work, row.id).await.unwrap();
        work.keep().await.unwrap();
    }

    async fn states(&self) -> Vec<(String, State, i64)> {
        let system = Viewer::system("a test");
        let rows = self.hub.db.read(&system).find::<delivery::Entity>().ascending(delivery::Column::Id);
        rows.all().await.unwrap().into_iter().map(|row| (row.what, row.state, row.attempts)).collect()
    }
}

#[tokio::test]
async fn who_acknowledges_lets_the_others_sleep_and_takes_no_notice_from_anybody() {
    let house = house().await;
    let own = str::to_owned;
    house.tells("page").await;
    house.tells("notice").await;
    turn(&house.hub).await.unwrap();
    // The first was tried in vain, the other waits behind it.
    let waiting = [(own("page"), State::Waiting, 1), (own("notice"), State::Waiting, 0)];
    assert_eq!(house.states().await, waiting);
    // Two more that nobody looked at yet.
    house.tells("page").await;
    house.tells("notice").await;
    house.acknowledged().await;
    turn(&house.hub).await.unwrap();
    let left = house.states().await;
    assert_eq!(left[0], (own("page"), State::Cancelled, 1));
    assert_eq!(left.len(), 3, "the page that was not looked at is not made into a delivery: {left:?}");
    assert!(left[1..].iter().all(|(what, state, _)| what == "notice" && *state == State::Waiting), "{left:?}");
    assert_eq!(pending(&house.hub).await.unwrap(), 2);
    // Acknowledging twice, and paging anew after it.
    house.acknowledged().await;
    house.tells("page").await;
    turn(&house.hub).await.unwrap();
    assert_eq!(
        house.states().await.last().map(|(what, state, _)| (what.as_str(), *state)),
        Some(("page", State::Waiting))
    );
    let proofs = proofs(&house.hub, &Viewer::system("a test"), "ALD-1").await.unwrap();
    let said: Vec<_> = proofs.values().flatten().map(|proof| (proof.cancelled, proof.ways.len())).collect();
    assert_eq!(said, [(true, 1), (false, 1), (true, 0), (false, 1), (false, 1)]);
}

#[tokio::test]
async fn who_was_disabled_meanwhile_is_told_nothing_more() {
    let house = house().await;
    house.tells("page").await;
    turn(&house.hub).await.unwrap();
    assert_eq!(house.states().await, [("page".to_owned(), State::Waiting, 1)]);
    crate::identity::disable_person(&house.hub.db, "rosa@hub.example", house.hub.wall.now()).await.unwrap();
    house.hub.clock.set(house.hub.clock.now().plus(jiff::SignedDuration::from_secs(10)));
    turn(&house.hub).await.unwrap();
    let proofs = proofs(&house.hub, &Viewer::system("a test"), "ALD-1").await.unwrap();
    let ways: Vec<_> = proofs.values().flatten().flat_map(|proof| &proof.ways).collect();
    let ended: Vec<_> = ways.iter().map(|way| (way.state, way.reason.as_deref())).collect();
    assert_eq!(ended, [(State::GivenUp, Some("who it was for is not here any more"))]);
}

#[tokio::test]
async fn what_waited_for_more_than_a_day_is_not_sent_late_and_says_so() {
    let house = house().await;
    house.tells("page").await;
    house.hub.clock.set(house.hub.clock.now().plus(jiff::SignedDuration::from_hours(25)));
    turn(&house.hub).await.unwrap();
    assert_eq!(house.states().await, [("page".to_owned(), State::GivenUp, 0)]);
    assert_eq!(house.hub.reaching.counts.all()[0], ("accepted", 0));
}

#[tokio::test]
async fn what_is_past_when_a_demonstration_begins_pages_nobody() {
    let house = house().await;
    house.tells("page").await;
    forget(&house.hub, house.hub.wall.now()).await.unwrap();
    turn(&house.hub).await.unwrap();
    assert!(house.states().await.is_empty());
    let system = Viewer::system("a test");
    let left = house.hub.db.read(&system).find::<outbox::Entity>().filter(outbox::unexpanded()).count().await.unwrap();
    assert_eq!(left, 0);
}
