//! The policies that came into force, read once. What is kept here is a copy of what the database holds: the number of
//! the newest one tells whether it still is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::State;
use super::row::{self, Model};
use crate::error::{Error, Result};
use crate::escalation::Policy;
use crate::identity::Viewer;
use crate::store::{Db, Rows};
use crate::time::Ts;

/// What is kept.
#[derive(Debug, Clone)]
pub(crate) struct Policies {
    held: Arc<Mutex<Held>>,
}

#[derive(Debug)]
struct Held {
    newest: Option<i64>,
    in_force: Arc<Policy>,
    known: HashMap<String, Arc<Policy>>,
}

impl Policies {
    /// With the policy of the settings, which comes into force where its version is new.
    ///
    /// # Errors
    /// If the database holds another text under this version, with what to do; or does not answer.
    pub(crate) async fn start(db: &Db, given: Policy, now: Ts) -> Result<Self> {
        // Another node may be as early with the same file: then what it wrote holds.
        if let Err(first) = keep(db, &given, now).await {
            match first {
                Error::Busy => keep(db, &given, now).await?,
                other => return Err(other),
            }
        }
        let version = given.version.clone();
        let policies = Self::look(db, given).await?;
        let in_force = policies.in_force();
        if in_force.version != version {
            tracing::warn!(
                file = version,
                in_force = in_force.version,
                "the policy of the settings was adopted before, and another one later: that one is in force"
            );
        }
        Ok(policies)
    }

    /// Only looks: what the database holds, or, where that is nothing, the policy of the settings.
    pub(crate) async fn look(db: &Db, given: Policy) -> Result<Self> {
        let given = Arc::new(given);
        let known = HashMap::from([(given.version.clone(), given.clone())]);
        let this = Self { held: Arc::new(Mutex::new(Held { newest: None, in_force: given, known })) };
        let keeper = Viewer::system("keeping policies");
        this.refresh(&db.read(&keeper)).await?;
        Ok(this)
    }

    /// The one in force.
    pub(crate) fn in_force(&self) -> Arc<Policy> {
        self.lock().in_force.clone()
    }

    /// The one of a version; where that is not known, the one in force.
    pub(crate) fn of(&self, version: &str) -> Arc<Policy> {
        let held = self.lock();
        held.known.get(version).unwrap_or(&held.in_force).clone()
    }

    /// Looks whether another one came into force.
    pub(crate) async fn refresh(&self, rows: &impl Rows) -> Result<()> {
        let newest = rows.instance::<row::Entity>().shaped::<row::Newest>(row::newest).await?;
        let newest = newest.into_iter().next().and_then(|newest| newest.adoption);
        if newest.is_none() || newest == self.lock().newest {
            return Ok(());
        }
        let adopted = rows.instance::<row::Entity>().filter(row::adopted()).ascending(row::Column::Adoption);
        let adopted = adopted.all().await?;
        let mut held = self.lock();
        for row in adopted {
            let Model { version, body, sha256, adoption, .. } = row;
            let policy = match held.known.get(&version).filter(|known| **known.sha256() == *sha256) {
                Some(known) => known.clone(),
                None => match Policy::parse(&body) {
                    Ok(policy) => Arc::new(policy),
                    Err(problem) => {
                        // Of a later program, or changed by hand: what was in force before still is.
                        tracing::error!(version, %problem, "a policy that is kept cannot be read");
                        continue;
                    }
                },
            };
            held.known.insert(version, policy.clone());
            (held.newest, held.in_force) = (adoption, policy);
        }
        // Also where the newest cannot be read: looking again would not help.
        held.newest = newest;
        Ok(())
    }

    /// The one of a version, which another node may have brought into force a moment ago.
    pub(crate) async fn learn(&self, rows: &impl Rows, version: &str) -> Result<Arc<Policy>> {
        let known = |held: &Held| held.known.get(version).cloned();
        if let Some(policy) = known(&self.lock()) {
            return Ok(policy);
        }
        self.refresh(rows).await?;
        Ok(self.of(version))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores the policy of the settings, in force, if its version is new.
async fn keep(db: &Db, given: &Policy, now: Ts) -> Result<()> {
    let desk = db.desk().await?;
    let stored = desk.find::<row::Entity>().filter(row::of(&given.version)).one().await?;
    if stored.as_ref().is_some_and(|row| *row.sha256 != **given.sha256()) {
        let sentence = format!(
            "the policy file has the version {0}, and the hub keeps another text under it; give the changed file a \
             version of its own, or start with the text that stands at /policy/{0}",
            given.version
        );
        return Err(Error::invalid("", sentence));
    }
    if stored.as_ref().is_some_and(|row| row.adoption.is_some()) {
        return Ok(());
    }
    let newest = desk.find::<row::Entity>().shaped::<row::Newest>(row::newest).await?;
    let newest = newest.into_iter().next().and_then(|newest| newest.adoption).unwrap_or_default();
    match stored {
        // Whoever runs the hub is the second one who approves of it.
        Some(row) => {
            let row = Model { state: State::Adopted, adopted_at: Some(now), adoption: Some(newest + 1), ..row };
            desk.update::<row::Entity>(row::becomes(row)).await?;
        }
        None => {
            let row = Model {
                id: 0,
                version: given.version.clone(),
                body: given.text().to_owned(),
                sha256: given.sha256().to_string(),
                state: State::Adopted,
                reason: None,
                written_by: None,
                written_at: now,
                proposed_by: None,
                proposed_at: None,
                adopted_by: None,
                adopted_at: Some(now),
                adoption: Some(newest + 1),
            };
            desk.insert::<Model, row::ActiveModel>(row).await?;
        }
    }
    desk.commit().await
}
