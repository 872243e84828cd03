//! The calendars of all authorities, laid out once and asked often. What is kept here is a copy of what the database
//! holds: a stamp that changes with every change of an election tells whether it still is.

mod queries;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use queries::{Source, Stamp, load, stamp};

use super::calendar::{instant, zone};
use super::change::Stand;
use super::{Election, Standing};
use crate::error::Result;
use crate::escalation::{Calendar, Counted, Policy, Relation};
use crate::identity::Viewer;
use crate::store::{Reader, Work};
use crate::time::Ts;

/// All elections, by the key of the authority that holds them.
pub(crate) type Elections = HashMap<i64, Vec<Arc<Election>>>;

/// What is kept of an election beside its windows and milestones.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// Whether it is held as planned.
    pub standing: Standing,
    /// Counts its changes.
    pub version: i64,
    /// The version that the present one takes back.
    pub undoes: Option<i64>,
    /// What its latest change wrote into `assess_at` of the incidents that it reaches.
    pub marked_at: Option<Ts>,
}

/// What is laid out, by authority, by the election that an incident names, and by the fingerprint of the policy.
type LaidOutFor = HashMap<(i64, Option<String>, Arc<str>), Arc<LaidOut>>;

/// What is kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Almanac {
    held: Arc<Mutex<Option<Arc<Edition>>>>,
}

/// All calendars as they were at one stamp.
#[derive(Debug)]
pub(crate) struct Edition {
    stamp: Stamp,
    parents: HashMap<i64, Option<i64>>,
    elections: Elections,
    about: HashMap<String, About>,
    laid_out: Mutex<LaidOutFor>,
}

/// What an authority lives by.
#[derive(Debug)]
pub struct LaidOut {
    /// The stretches of urgency.
    pub calendar: Calendar,
    /// From when to when polls are open, of all elections that count.
    polls: Vec<(Ts, Ts)>,
}

impl LaidOut {
    /// The earliest close of the polls that are open now.
    pub(crate) fn polls_close(&self, now: Ts) -> Option<Ts> {
        self.polls.iter().filter(|(opens, closes)| *opens <= now && now < *closes).map(|(_, closes)| *closes).min()
    }

    /// When polls open or close next.
    pub(crate) fn polls_turn(&self, now: Ts) -> Option<Ts> {
        self.polls.iter().flat_map(|(opens, closes)| [*opens, *closes]).filter(|at| *at > now).min()
    }
}

impl Almanac {
    /// The present edition, as a reader sees the database. `system` must read all authorities.
    pub(crate) async fn edition(&self, system: &Reader<'_>) -> Result<Arc<Edition>> {
        self.current(system, true).await
    }

    /// The edition inside a transaction that has changed no election: what is kept must have been committed.
    pub(crate) async fn edition_in(&self, work: &Work) -> Result<Arc<Edition>> {
        self.current(work, work.sees_only_what_is_stored()).await
    }

    async fn current(&self, source: &impl Source, keep: bool) -> Result<Arc<Edition>> {
        let stamp = stamp(source).await?;
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(edition) = held.filter(|edition| edition.stamp == stamp) {
            return Ok(edition);
        }
        let (parents, elections, about) = load(source).await?;
        let edition = Arc::new(Edition { stamp, parents, elections, about, laid_out: Mutex::default() });
        if keep {
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(edition.clone());
        }
        Ok(edition)
    }
}

impl Edition {
    /// All calendars as they were, by what the record says. What is laid out of it is kept as of any other.
    pub(crate) fn past(parents: HashMap<i64, Option<i64>>, elections: Elections) -> Self {
        Self { stamp: Stamp::default(), parents, elections, about: HashMap::new(), laid_out: Mutex::default() }
    }

    /// The tree of authorities, each with the one above it, and all elections by the authority that holds them.
    pub(crate) fn parts(&self) -> (&HashMap<i64, Option<i64>>, &Elections) {
        (&self.parents, &self.elections)
    }

    /// What counts for an incident of `authority`: its own and its ancestors' elections in full, its descendants' one
    /// step lower, but in full where the incident names one of theirs.
    pub(crate) fn calendar(&self, authority: i64, names: Option<&str>, policy: &Policy) -> Arc<LaidOut> {
        let key = (authority, names.map(str::to_owned), policy.sha256().clone());
        let mut laid_out = self.laid_out.lock().unwrap_or_else(PoisonError::into_inner);
        laid_out.entry(key).or_insert_with(|| Arc::new(self.lay_out(authority, names, policy))).clone()
    }

    /// The same, not kept: for policies that are only looked at.
    pub(crate) fn lay_out(&self, authority: i64, names: Option<&str>, policy: &Policy) -> LaidOut {
        let counted = self.counted(authority, names);
        let calendar = Calendar::new(policy, &counted);
        LaidOut { calendar, polls: counted.iter().flat_map(|one| polls(&one.election)).collect() }
    }

    fn counted(&self, authority: i64, names: Option<&str>) -> Vec<Counted> {
        let above = self.above(authority);
        let mut counted = Vec::new();
        for (owner, elections) in &self.elections {
            let named = elections.iter().any(|election| Some(election.id.as_str()) == names);
            let relation = match () {
                () if *owner == authority => Relation::Own,
                () if above.contains(owner) => Relation::Ancestor,
                () if !self.above(*owner).contains(&authority) => continue,
                () if named => Relation::Own,
                () => Relation::Descendant,
            };
            let held = elections.iter().filter(|election| self.is_held(&election.id));
            counted.extend(held.map(|election| Counted { election: election.clone(), relation }));
        }
        counted.sort_by(|a, b| a.election.id.cmp(&b.election.id));
        counted
    }

    /// The elections of an authority itself that are held, then those of the authorities above it, nearest first.
    pub(crate) fn of(&self, authority: i64) -> Vec<Arc<Election>> {
        let line = std::iter::once(authority).chain(self.above(authority));
        let all = line.flat_map(|owner| self.elections.get(&owner).into_iter().flatten());
        all.filter(|election| self.is_held(&election.id)).cloned().collect()
    }

    /// All elections that are held, by id.
    pub(crate) fn all(&self) -> Vec<Arc<Election>> {
        let held = self.elections.values().flatten().filter(|election| self.is_held(&election.id));
        let mut all: Vec<_> = held.cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// Whether it is held as planned.
    pub(crate) fn is_held(&self, election: &str) -> bool {
        self.about.get(election).is_none_or(|about| about.standing == Standing::Held)
    }

    /// The election whose latest change wrote this `assess_at`, the version that it led to, and the one that it takes
    /// back.
    pub(crate) fn marked_at(&self, at: Ts) -> Option<(&str, i64, Option<i64>)> {
        let mut all = self.about.iter().filter(|(_, about)| about.marked_at == Some(at));
        all.next().map(|(id, about)| (id.as_str(), about.version, about.undoes))
    }

    /// What the next change may write into `assess_at`, so that its incidents are told from all others: due at `now`,
    /// within the second before it, and no two changes alike, since each counts the versions of all elections up.
    pub(crate) fn mark(&self, now: Ts) -> Ts {
        Ts::from_millis(now.millis() - 999 + self.stamp.changes().rem_euclid(1_000))
    }

    /// The same with an election of `owner` as it would be.
    pub(crate) fn with(&self, owner: i64, new: &Stand) -> Self {
        let (mut elections, mut about) = (self.elections.clone(), self.about.clone());
        let id = &new.election.id;
        let own = elections.entry(owner).or_default();
        own.retain(|election| election.id != *id);
        own.push(Arc::new(new.election.clone()));
        own.sort_by(|a, b| a.id.cmp(&b.id));
        let blank = About { standing: new.standing, version: 0, undoes: None, marked_at: None };
        about.entry(id.clone()).or_insert(blank).standing = new.standing;
        Self { stamp: self.stamp.clone(), parents: self.parents.clone(), elections, about, laid_out: Mutex::default() }
    }

    /// An election by its id.
    pub(crate) fn election(&self, id: &str) -> Option<&Arc<Election>> {
        self.elections.values().flatten().find(|election| election.id == id)
    }

    /// The authorities above, nearest first.
    pub(crate) fn above(&self, authority: i64) -> Vec<i64> {
        let mut line = Vec::new();
        let mut at = authority;
        while let Some(Some(parent)) = self.parents.get(&at) {
            // A tree that was made into a ring by hand is walked once.
            if *parent == authority || line.contains(parent) {
                break;
            }
            line.push(*parent);
            at = *parent;
        }
        line
    }

    /// The authority itself and everybody whose incidents its elections count for: ancestors and descendants.
    pub(crate) fn relatives(&self, authority: i64) -> Vec<i64> {
        let mut relatives = self.above(authority);
        relatives.push(authority);
        relatives.extend(self.parents.keys().copied().filter(|other| self.above(*other).contains(&authority)));
        relatives
    }
}

fn polls(election: &Election) -> impl Iterator<Item = (Ts, Ts)> {
    let polling = election.windows.iter().filter(|window| window.kind.is_polling());
    polling.filter_map(|window| {
        let zone = zone(election.zone_of(window.zone.as_ref()))?;
        Some((instant(window.opens, &zone), instant(window.closes, &zone)))
    })
}

/// Reads all authorities: calendars are made of relatives' elections.
pub(crate) fn keeper() -> Viewer {
    Viewer::system("laying out calendars")
}
