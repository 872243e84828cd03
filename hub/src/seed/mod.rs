//! Synthetic data for load tests: as much of it as is asked for, the same for the same number, and as lawful as what
//! people make: chains verify, numbers count, clocks run, priorities follow the calendars. It is not made by the verbs,
//! which would take a flush of the disk each, but of the same pure parts, written in bulk.
//!
//! | file | what |
//! |---|---|
//! | `dice.rs` | chance that falls the same way each time |
//! | `world.rs` | authorities, their people and elections |
//! | `story.rs` | the life of one incident |

mod dice;
mod story;
mod world;

use jiff::SignedDuration;
use serde::Serialize;

use crate::audit::row as event;
use crate::config::Limits;
use crate::error::{Error, Problems, Result};
use crate::escalation::Policy;
use crate::hub::Hub;
use crate::identity::{Viewer, token_row as token};
use crate::incident::{Checked, catalogue, row as incident};
use crate::instance::{Mark, identify, mark, mark_seeded};
use crate::store::Db;
use crate::time::{Clock, Ts};
use dice::Dice;
use story::Stage;
use world::World;

/// Tokens are for a test, not for good.
const TOKENS_LAST: SignedDuration = SignedDuration::from_hours(24);
/// So many events are gathered before they are written, at least.
const GATHERED: usize = 20_000;

/// How much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts {
    /// How many authorities.
    pub authorities: u32,
    /// How many incidents in all.
    pub incidents: u32,
    /// How many of them are open.
    pub open: u32,
    /// How many messages in all of their rooms.
    pub messages: u32,
    /// How many people; four at each authority and sixteen responders where nothing is said.
    pub people: Option<u32>,
    /// Which of all worlds.
    pub seed: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// How many authorities.
    pub authorities: u32,
    /// How many incidents in all.
    pub incidents: u32,
    /// How many of them are open.
    pub open: u32,
    /// How many messages.
    pub messages: u32,
    /// Everybody, with a way in.
    pub people: Vec<SeededPerson>,
}

/// Somebody who was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeededPerson {
    /// Their address.
    pub email: String,
    /// Their role's code.
    pub role: String,
    /// Their authority's slug.
    pub authority: Option<String>,
    /// A bearer token of theirs, for a day.
    pub token: String,
}

impl Amounts {
    fn check(&self) -> Result<()> {
        let mut problems = Problems::default();
        if self.authorities == 0 {
            problems.add("authorities", "Ask for one at least.");
        }
        if self.open > self.incidents {
            problems.add("open", format!("No more can be open than there are: {}.", self.incidents));
        }
        if self.messages > 0 && self.incidents == 0 {
            problems.add("messages", "Messages need incidents to be in.");
        }
        if self.people == Some(0) {
            problems.add("people", "Ask for one at least.");
        }
        problems.none()
    }
}

/// Fills a database around `start`, and marks it for good. Tokens end a day after `wall`, the machine's instant.
///
/// # Errors
/// Amounts that contradict each other; a database that has real incidents, or was filled before.
pub async fn seed(db: &Db, policy: Policy, amounts: &Amounts, start: Ts, wall: Ts) -> Result<Seeded> {
    amounts.check()?;
    refuse_what_is_used(db).await?;
    let clock = Clock::by_hand(start);
    let hub = Hub::start(db.clone(), clock.clone(), clock, policy, Mark::Live).await?.limited(&Limits::NONE);
    let dice = Dice::new(amounts.seed);

    let bulk = db.bulk().await?;
    let mut world = World::new(amounts, &dice, start, bulk.last_key("people").await?);
    let links = world.founding(start)?;
    let people = tokens(&world, wall, bulk.last_key("tokens").await?);
    bulk.insert(world.authorities()).await?;
    bulk.insert(world.people.iter().map(|person| person.row.clone()).collect()).await?;
    bulk.insert(people.1).await?;
    bulk.insert(world.shifts(start, bulk.last_key("shifts").await?)).await?;
    let (elections, windows, milestones) = world.elections();
    bulk.insert(elections).await?;
    bulk.insert(windows).await?;
    bulk.insert(milestones).await?;
    bulk.insert(links).await?;
    bulk.commit().await?;

    incidents(&hub, &mut world, amounts, &dice, start).await?;
    let Amounts { authorities, incidents, open, messages, .. } = *amounts;
    Ok(Seeded { authorities, incidents, open, messages, people: people.0 })
}

/// A fresh database is marked; one that nobody has used yet is marked anew.
async fn refuse_what_is_used(db: &Db) -> Result<()> {
    let used = |what: &str| Error::invalid("", format!("{what}; seed another data folder, with --data-dir"));
    match mark(db).await? {
        None => identify(db, Mark::Seeded).await.map(drop),
        Some(Mark::Demo) => Err(used("this is the database of a demonstration")),
        Some(Mark::Seeded) => Err(used("this database was seeded before")),
        Some(Mark::Live) => {
            let system = Viewer::system("seeding");
            let reader = db.read(&system);
            if reader.find::<incident::Entity>().count().await? > 0 {
                return Err(used("this database has real incidents"));
            }
            if reader.find::<crate::authority::row::Entity>().count().await? > 0 {
                return Err(used("this database has real authorities"));
            }
            mark_seeded(db).await
        }
    }
}

/// Everybody's token: to hand out, and to keep.
fn tokens(world: &World, wall: Ts, last: i64) -> (Vec<SeededPerson>, Vec<token::Model>) {
    let made = (1..).zip(&world.people).map(|(n, person)| {
        let secret = crate::id::secret(crate::identity::TOKEN_PREFIX);
        let row = token::Model {
            id: last + n,
            hash: secret.hash,
            person_id: person.row.id,
            created_at: wall,
            expires_at: wall.plus(TOKENS_LAST),
            revoked_at: None,
        };
        let person = SeededPerson {
            email: person.row.email.clone(),
            role: person.row.role.code().to_owned(),
            authority: person.slug.clone(),
            token: secret.text,
        };
        (person, row)
    });
    made.unzip()
}

/// What can be reported: the demonstration's reports, which are lawful and of every kind.
fn reports() -> Result<Vec<Checked>> {
    let world = crate::demo::world(Ts::from_millis(0));
    let reports = world.incidents.iter().map(|incident| &incident.report);
    let usual = reports.filter(|report| report.exercise != Some(true) && report.election.is_none());
    let checked = usual.map(|report| report.check(catalogue(), usize::MAX).map_err(Error::from));
    Ok(checked.collect::<Result<Vec<_>>>()?.into_iter().filter(|report| !report.exercise).collect())
}

async fn incidents(hub: &Hub, world: &mut World, amounts: &Amounts, dice: &Dice, start: Ts) -> Result<()> {
    let reports = reports()?;
    let edition = hub.edition().await?;
    let stage = Stage { hub, edition: &edition, reports: &reports, start };
    let messages = shares(amounts);
    let (mut rows, mut events): (Vec<incident::Model>, Vec<event::Model>) = (Vec::new(), Vec::new());
    let mut key = 0;
    let mut written = 0;
    for n in 0..world.len() {
        for own in world.stories_of(n, amounts) {
            key += 1;
            let share = messages.get(own.number_in_all).copied().unwrap_or_default();
            let told = stage.tell(world, n, key, &own, share, &mut dice.apart(1 + own.number_in_all as u64))?;
            rows.push(told.row);
            events.extend(told.events);
        }
        if events.len() >= GATHERED || n + 1 == world.len() {
            let bulk = hub.db.bulk().await?;
            bulk.insert(std::mem::take(&mut rows)).await?;
            bulk.insert(std::mem::take(&mut events)).await?;
            for authority in &world.authorities()[written..=n] {
                bulk.save_authority(authority).await?;
            }
            written = n + 1;
            bulk.commit().await?;
        }
    }
    Ok(())
}

/// How many messages each incident has: one in fifty has twenty times as many as the others.
fn shares(amounts: &Amounts) -> Vec<u32> {
    let weight = |n: u32| if n.is_multiple_of(50) { 20 } else { 1 };
    let all: u64 = (0..amounts.incidents).map(weight).sum();
    let mut given = 0_u64;
    let mut weights = 0_u64;
    let share = |n: u32| {
        // What was given up to here is the rounded part up to here, so that the sum is exact.
        weights += weight(n);
        let until = u64::from(amounts.messages) * weights / all.max(1);
        let share = until - given;
        given = until;
        u32::try_from(share).unwrap_or(u32::MAX)
    };
    (0..amounts.incidents).map(share).collect()
}
