//! The hub: a database, a bus, two clocks, a policy. Verbs are functions that take it first.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::config::Limits;
use crate::election::Almanac;
use crate::error::Result;
use crate::escalation::Policy;
use crate::escalation::auditor::Auditor;
use crate::incident::Filing;
use crate::instance::{Identity, Mark, identify};
use crate::live::Bus;
use crate::notify::Reaching;
use crate::policy::Policies;
use crate::store::Db;
use crate::time::Clock;

/// Everything that a verb needs beside who acts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    /// The database.
    pub db: Db,
    /// Who is told that there is something new.
    pub bus: Bus,
    /// The story's clock: windows, clocks of incidents, the instants that are shown. A demonstration's runs faster.
    pub clock: Clock,
    /// The machine's clock: sessions, links, tokens, limits, time-outs.
    pub wall: Clock,
    /// The policies that came into force.
    pub(crate) policies: Policies,
    /// What this database is.
    pub identity: Arc<Identity>,
    /// How much one may write.
    pub limits: Arc<Limits>,
    /// With what people are reached outside of the hub's pages.
    pub reaching: Arc<Reaching>,
    /// How often one files.
    pub(crate) filing: Filing,
    /// The calendars of all authorities, laid out.
    pub(crate) almanac: Almanac,
    /// What the auditor saw.
    pub auditor: Auditor,
    /// Wakes the clockwork: something may fall due earlier than it thought.
    pub(crate) wake: Arc<Notify>,
}

impl Hub {
    /// A hub on an open, migrated database. A fresh database is marked for what it is used for. The policy, which is that
    /// of the settings, comes into force if its version is new.
    ///
    /// # Errors
    /// If the database is marked for something else, holds another policy under this version, or does not answer.
    pub async fn start(db: Db, clock: Clock, wall: Clock, policy: Policy, mark: Mark) -> Result<Self> {
        let identity = identify(&db, mark).await?;
        let policies = Policies::start(&db, policy, clock.now()).await?;
        Ok(Self::of(db, clock, wall, policies, identity))
    }

    /// A hub for a command that only looks, beside one that is served: no policy comes into force by it.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn look(db: Db, clock: Clock, wall: Clock, policy: Policy, mark: Mark) -> Result<Self> {
        let identity = identify(&db, mark).await?;
        let policies = Policies::look(&db, policy).await?;
        Ok(Self::of(db, clock, wall, policies, identity))
    }

    fn of(db: Db, clock: Clock, wall: Clock, policies: Policies, identity: Identity) -> Self {
        Self {
            bus: db.bus().clone(),
            db,
            clock,
            wall,
            policies,
            identity: Arc::new(identity),
            limits: Arc::new(Limits::standard().clone()),
            reaching: Arc::new(Reaching::nobody()),
            filing: Filing::new(&Limits::NONE),
            almanac: Almanac::default(),
            auditor: Auditor::default(),
            wake: Arc::new(Notify::new()),
        }
    }

    /// The policy in force: new incidents are handled by it.
    pub fn policy(&self) -> Arc<Policy> {
        self.policies.in_force()
    }

    /// The policy of a version: that of an incident is the one that it was assessed by. Where it is not known, because
    /// it was in force before versions were kept, the one in force.
    pub fn policy_of(&self, version: &str) -> Arc<Policy> {
        self.policies.of(version)
    }

    /// The same hub with the limits of the settings. Without them sizes are those of the defaults, and nobody counts
    /// how often somebody files.
    pub fn limited(self, limits: &Limits) -> Self {
        Self { limits: Arc::new(limits.clone()), filing: Filing::new(limits), ..self }
    }
}
