//! All calendars as they were at each instant: the present ones, walked back along the changes that the record holds.
//! Pure.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::election::{Edition, Election, Milestone, Window};
use crate::time::Ts;

/// A change of an election, as its event tells it.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// When.
    pub at: Ts,
    /// The key of the authority that holds it.
    pub authority: i64,
    /// Its place in that authority's record.
    pub chain_seq: i64,
    pub told: Told,
}

/// What the event says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Told {
    pub election: String,
    /// What was done.
    pub change: String,
    /// None where it was not there before, and where nothing of it changed.
    pub before: Option<Before>,
}

impl Told {
    /// Whether it was not there before.
    fn is_new(&self) -> bool {
        self.before.is_none() && matches!(self.change.as_str(), "added" | "imported")
    }
}

/// An election as it was.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Before {
    windows: Vec<Window>,
    milestones: Vec<Milestone>,
    name: String,
    zone: String,
    /// `held` in records from before anything else could be.
    standing: Option<String>,
}

/// From when on which calendars held.
pub(super) struct Calendars {
    /// The first one from the beginning of time, each further one from a change on.
    editions: Vec<Arc<Edition>>,
    changes: Vec<(Ts, i64, i64, Vec<i64>)>,
}

impl Calendars {
    /// Back from the `present` ones, along all `changes`.
    pub(super) fn new(present: &Edition, mut changes: Vec<Change>) -> Self {
        // What was only proposed changed nothing.
        changes.retain(|change| change.told.before.is_some() || change.told.is_new());
        changes.sort_by_key(|change| (change.at, change.authority, change.chain_seq));
        let (parents, elections) = present.parts();
        let mut elections = elections.clone();
        let all = elections.values().flatten();
        let mut held: HashMap<String, bool> = all.map(|one| (one.id.clone(), present.is_held(&one.id))).collect();
        let past = |elections: &HashMap<i64, Vec<Arc<Election>>>, held: &HashMap<String, bool>| {
            // What was annulled or put off did not count.
            let counted = |all: &Vec<Arc<Election>>| {
                all.iter().filter(|one| held.get(&one.id).copied().unwrap_or(true)).cloned().collect()
            };
            let elections = elections.iter().map(|(owner, all)| (*owner, counted(all))).collect();
            Arc::new(Edition::past(parents.clone(), elections))
        };
        let mut editions = vec![past(&elections, &held)];
        for change in changes.iter().rev() {
            let of_authority = elections.entry(change.authority).or_default();
            match &change.told.before {
                None => of_authority.retain(|one| one.id != change.told.election),
                Some(before) => {
                    let as_planned = before.standing.as_deref().is_none_or(|standing| standing == "held");
                    held.insert(change.told.election.clone(), as_planned);
                    for one in of_authority.iter_mut().filter(|one| one.id == change.told.election) {
                        *one = Arc::new(was(one, before));
                    }
                }
            }
            editions.push(past(&elections, &held));
        }
        editions.reverse();
        let relatives: HashMap<i64, Vec<i64>> =
            changes.iter().map(|change| (change.authority, present.relatives(change.authority))).collect();
        let reached = |change: &Change| relatives.get(&change.authority).cloned().unwrap_or_default();
        let changes = changes.iter().map(|one| (one.at, one.authority, one.chain_seq, reached(one))).collect();
        Self { editions, changes }
    }

    /// How many changes an event of an authority has behind it, by its instant and its place in that authority's record.
    /// What another authority did at the very same instant was before it.
    pub(super) fn before(&self, at: Ts, authority: i64, chain_seq: i64) -> usize {
        let earlier = self.changes.partition_point(|(changed, ..)| *changed < at);
        let same = self
            .changes
            .iter()
            .skip(earlier)
            .take_while(|(changed, owner, seq, _)| *changed == at && (*owner != authority || *seq < chain_seq));
        earlier + same.count()
    }

    /// The calendars after so many changes.
    pub(super) fn after(&self, changes: usize) -> &Arc<Edition> {
        // There is always the first one.
        &self.editions[changes.min(self.editions.len() - 1)]
    }

    /// When the next change after so many is, and whether it reaches an authority.
    pub(super) fn next(&self, changes: usize, authority: i64) -> Option<(Ts, bool)> {
        let (at, .., reached) = self.changes.get(changes)?;
        Some((*at, reached.contains(&authority)))
    }
}

fn was(now: &Election, before: &Before) -> Election {
    Election {
        name: before.name.clone(),
        zone: before.zone.clone(),
        windows: before.windows.clone(),
        milestones: before.milestones.clone(),
        ..now.clone()
    }
}
