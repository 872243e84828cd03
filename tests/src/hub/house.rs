//! The hub of one test.

use std::collections::BTreeMap;

use hub::audit::{Verified, verify};
use hub::authority::NewAuthority;
use hub::election::ElectionBody;
use hub::escalation::{Policy, clockwork};
use hub::identity::{NewPerson, Role, add_person, sign_in};
use hub::instance::Mark;
use hub::live::Bus;
use hub::seed::{Amounts, Seeded, seed};
use hub::store::Db;
use hub::time::{Clock, Ts};
use hub::{Hub, authority};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};

use super::Someone;
use crate::engine::{Engine, Store, Template};

/// Where both clocks stand at first: Sunday 10:00 in Alder County, two days before the polls of [`TestHub::polls`].
pub const START: &str = "2026-11-01T15:00:00Z";

/// First name, last name, role, authority.
type Member = (&'static str, &'static str, Role, Option<&'static str>);

const CAST: [Member; 10] = [
    ("ana", "Reyes", Role::Official, Some("alder")),
    ("olive", "Marsh", Role::OfficialLead, Some("alder")),
    ("ben", "Okoro", Role::Official, Some("bellwood")),
    ("fay", "Lindqvist", Role::OfficialLead, Some("franklin")),
    ("rosa", "Field", Role::Responder, None),
    ("ravi", "Nair", Role::Responder, None),
    ("lena", "Ortiz", Role::ShiftLead, None),
    ("sam", "Adeyemi", Role::Supervisor, None),
    ("uma", "Castell", Role::Auditor, None),
    ("ada", "Morrow", Role::Admin, None),
];

/// A hub on a database of its own, with the cast in it.
#[derive(Debug)]
pub struct TestHub {
    /// The hub itself.
    pub hub: Hub,
    people: BTreeMap<&'static str, Someone>,
    connection: DatabaseConnection,
    broken: bool,
    store: Store,
}

impl TestHub {
    /// A fresh one.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn new(engine: Engine) -> Self {
        Box::pin(Self::made(engine)).await
    }

    /// One without a cast, filled with synthetic data as `seed` fills it.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn seeded(engine: Engine, amounts: &Amounts) -> (Self, Seeded) {
        let house = Box::pin(Self::bare(engine)).await;
        let now = house.hub.clock.now();
        let seeded = Box::pin(seed(&house.hub.db, Policy::default(), amounts, now, now)).await;
        (house, seeded.expect("it is filled"))
    }

    /// One with the world of the demonstration and its own cast, as it is when its story starts.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn demonstration(engine: Engine) -> Self {
        let house = Box::pin(Self::bare(engine)).await;
        let world = hub::demo::world(house.hub.clock.now());
        Box::pin(hub::demo::seed(&house.hub, &world)).await.expect("the world of the demonstration");
        house
    }

    async fn made(engine: Engine) -> Self {
        let mut house = Self::bare(engine).await;
        house.founded().await;
        house
    }

    async fn bare(engine: Engine) -> Self {
        hub::sabotage::chosen().expect("a fault of ours");
        static SCHEMA: Template = Template::new();
        let migrate = |url: String| async move {
            let db = Db::open(&url, Bus::local()).await.expect("an empty database opens");
            db.migrate().await.expect("the schema is made");
            db.close().await;
        };
        let store = SCHEMA.store(engine, migrate).await;
        let hub = node(store.url(), START.parse().expect("an instant")).await;
        let connection = connect(store.url()).await;
        Self { hub, people: BTreeMap::new(), connection, broken: false, store }
    }

    async fn founded(&mut self) {
        let now = self.hub.wall.now();
        let (admins, others): (Vec<_>, Vec<_>) = CAST.into_iter().partition(|(_, _, role, _)| *role == Role::Admin);
        for one in admins {
            self.join(one, now).await;
        }
        let ada = self.person("ada").clone();
        let tree = [
            ("franklin", "FRA", "State of Franklin", "America/New_York", None),
            ("alder", "ALD", "Alder County", "America/New_York", Some("franklin")),
            ("bellwood", "BEL", "Bellwood County", "America/Chicago", Some("franklin")),
            ("meridia", "MER", "Republic of Meridia", "Europe/Bucharest", None),
        ];
        for (slug, code, name, zone, parent) in tree {
            let text = str::to_owned;
            let new = NewAuthority {
                slug: text(slug),
                code: text(code),
                name: text(name),
                zone: text(zone),
                parent: parent.map(text),
            };
            authority::create(&self.hub, &ada.acts(), &new).await.expect("an authority is made");
        }
        for one in others {
            self.join(one, now).await;
        }
    }

    async fn join(&mut self, (first, last, role, authority): Member, now: Ts) {
        let someone = self.hire(first, last, role, authority, now).await;
        self.people.insert(first, someone);
    }

    /// Adds somebody who is not in the cast, and signs them in.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn hire(&self, first: &str, last: &str, role: Role, authority: Option<&str>, now: Ts) -> Someone {
        let (email, name) = (format!("{first}@{}.example", authority.unwrap_or("hub")), format!("{first} {last}"));
        let name: String =
            name.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect();
        let new = NewPerson { email: &email, name: &name, role, authority };
        let person = add_person(&self.hub.db, &new, now).await.expect("a person is added");
        let (session, _) = sign_in(&self.hub.db, &person, now).await.expect("a person signs in");
        Someone::new(self.hub.clone(), email, session.viewer)
    }

    /// Somebody of the cast by first name, acting through this node.
    ///
    /// # Panics
    /// If there is no such person in it.
    pub fn person(&self, first: &str) -> &Someone {
        self.people.get(first).unwrap_or_else(|| panic!("{first} is not in the cast"))
    }

    /// Several at once, in the order asked for.
    pub fn cast<const N: usize>(&self, names: [&str; N]) -> [Someone; N] {
        names.map(|name| self.person(name).clone())
    }

    /// Another node on the same database, its clock standing where ours does.
    pub async fn second_node(&self) -> Hub {
        node(self.store.url(), self.hub.clock.now()).await
    }

    /// The story's clock and the machine's move on to an instant, and the clockwork makes its turn.
    ///
    /// # Panics
    /// If the turn fails.
    pub async fn clock_moves_to(&self, at: &str) {
        let at: Ts = at.parse().expect("an instant");
        self.hub.clock.set(at);
        self.hub.wall.set(at);
        clockwork::turn(&self.hub, at).await.expect("the clockwork makes its turn");
    }

    /// The story's clock moves on by some minutes, and the clockwork makes its turn.
    pub async fn minutes_pass(&self, minutes: i64) {
        let at = self.hub.clock.now().plus(jiff::SignedDuration::from_mins(minutes));
        self.clock_moves_to(&at.to_string()).await;
    }

    /// For a week from now Rosa is the responder on duty, Ravi the backup, Lena leads and Sam supervises. There is no
    /// director.
    ///
    /// # Panics
    /// If a shift is refused.
    pub async fn team_is_on_duty(&self) {
        self.team_is_on_duty_on(0..7).await;
    }

    /// The same from six days before now, for three weeks.
    ///
    /// # Panics
    /// If a shift is refused.
    pub async fn team_is_on_duty_around(&self) {
        self.team_is_on_duty_on(-6..15).await;
    }

    async fn team_is_on_duty_on(&self, days: std::ops::Range<i64>) {
        let (lena, start) = (self.person("lena").clone(), self.hub.clock.now());
        let posts = [("rosa", "primary"), ("ravi", "backup"), ("lena", "lead"), ("sam", "supervisor")];
        for (who, post) in posts {
            for day in days.clone() {
                let from = start.plus(jiff::SignedDuration::from_hours(24 * day));
                let to = from.plus(jiff::SignedDuration::from_hours(24));
                let new = serde_json::from_value(json!({
                    "person": self.person(who).email, "from": from.to_string(), "to": to.to_string(), "post": post,
                }));
                hub::duty::add_shift(&self.hub, &lena.acts(), &new.expect("a shift")).await.expect("it is taken");
            }
        }
    }

    /// An election of an authority whose polls are open on Tuesday, 3 November 2026, 06:00 to 21:00 there.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn polls(&self, authority: &str) -> Value {
        self.election(authority, "2026-11-03T06:00:00", "2026-11-03T21:00:00").await
    }

    /// An election of an authority with one day of polls, to order: the election as the API shows it.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn election(&self, authority: &str, opens: &str, closes: &str) -> Value {
        let slug = authority.to_owned();
        let zone = authority::get(&self.hub, &self.person("sam").viewer, authority).await.expect("it is there").zone;
        let body: ElectionBody = serde_json::from_value(json!({
            "authority": slug, "name": format!("{slug} general"), "zone": zone,
            "windows": [{"kind": "election_day", "opens": opens, "closes": closes}],
        }))
        .expect("an election");
        let actor = self.person("sam").acts();
        let answer = hub::election::create(&self.hub, &actor, &body).await.expect("the election is made");
        answer.body["election"].clone()
    }

    /// What the database says to a query, from outside: rows of columns as text, NULL as nothing.
    ///
    /// # Panics
    /// If the query fails.
    pub async fn sql(&self, query: &str) -> Vec<Vec<String>> {
        let statement = Statement::from_string(self.connection.get_database_backend(), query.to_owned());
        let rows = self.connection.query_all_raw(statement).await.unwrap_or_else(|e| panic!("{query}: {e}"));
        let cell = |row: &sea_orm::QueryResult, name: &str| {
            let number = || row.try_get::<Option<i64>>("", name).map(|found| found.map(|number| number.to_string()));
            let text = row.try_get::<Option<String>>("", name).or_else(|_| number());
            text.unwrap_or_else(|e| panic!("{query}: {name}: {e}")).unwrap_or_default()
        };
        rows.iter().map(|row| row.column_names().iter().map(|name| cell(row, name)).collect()).collect()
    }

    /// The one cell that a query gives.
    ///
    /// # Panics
    /// If it gives none.
    pub async fn one(&self, query: &str) -> String {
        self.sql(query).await.into_iter().flatten().next().unwrap_or_else(|| panic!("{query} gives nothing"))
    }

    /// Changes the database behind the hub's back.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn tampers(&mut self, statement: &str) -> u64 {
        self.broken = true;
        let done = self.connection.execute_unprepared(statement).await;
        done.unwrap_or_else(|e| panic!("{statement}: {e}")).rows_affected()
    }

    /// Prepares what no command does, in a way that leaves the record whole.
    ///
    /// # Panics
    /// If the statement fails.
    pub async fn arranges(&self, statement: &str) -> u64 {
        let done = self.connection.execute_unprepared(statement).await;
        done.unwrap_or_else(|e| panic!("{statement}: {e}")).rows_affected()
    }

    /// The record is whole, everybody was told, the counters of every room are right, and no priority in force is below
    /// what the table says but by a person's word.
    ///
    /// # Panics
    /// If it is not so.
    pub async fn is_sound(&self) -> Verified {
        clockwork::turn(&self.hub, self.hub.clock.now()).await.expect("the clockwork makes its turn");
        let verified =
            verify(&self.hub.db, &[]).await.unwrap_or_else(|broken| panic!("the record is broken: {broken}"));
        for (what, query) in SOUND {
            let found = self.sql(query).await;
            assert!(found.is_empty(), "{what}: {found:?}");
        }
        verified
    }
}

/// What there may never be, as queries that find it.
const SOUND: [(&str, &str); 6] = [
    ("nobody waits to be told", "SELECT id FROM outbox WHERE sent_at IS NULL AND cancelled_at IS NULL"),
    (
        "responders count every event of a room",
        "SELECT number FROM incidents i WHERE seq <> (SELECT count(*) FROM events e WHERE e.incident_id = i.id)
         OR seq <> (SELECT coalesce(max(e.seq), 0) FROM events e WHERE e.incident_id = i.id)",
    ),
    (
        "officials count every shared event of a room",
        "SELECT number FROM incidents i WHERE shared_seq <> (SELECT count(*) FROM events e
         WHERE e.incident_id = i.id AND e.audience = 'shared')
         OR shared_seq <> (SELECT coalesce(max(e.shared_seq), 0) FROM events e WHERE e.incident_id = i.id)",
    ),
    (
        "no note is counted for officials",
        "SELECT id FROM events WHERE audience = 'internal' AND (shared_seq IS NOT NULL OR shared_hash IS NOT NULL)",
    ),
    (
        "a priority in force is never below what the table says",
        "SELECT number FROM incidents WHERE open AND priority > computed_priority AND coalesce(overridden, '') <> 'down'",
    ),
    (
        "nothing is due that was not looked at",
        "SELECT number FROM incidents i WHERE open AND (assess_at <= (SELECT max(at) FROM events)
         OR step_at <= (SELECT max(at) FROM events))",
    ),
];

impl Drop for TestHub {
    /// A test that already fails has said why.
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.broken {
            let here = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| here.block_on(self.is_sound()));
        }
    }
}

async fn node(url: &str, at: Ts) -> Hub {
    let bus = Bus::local();
    let db = Db::open(url, bus).await.expect("the database opens");
    let policy = Policy::default();
    Hub::start(db, Clock::by_hand(at), Clock::by_hand(at), policy, Mark::Live).await.expect("the hub starts")
}

#[expect(clippy::disallowed_methods, reason = "this looks at the database from outside")]
async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("a database of the test")
}
