//! The hub: a database, a bus, two clocks, a policy. Verbs are functions that take it first.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::config::Limits;
use crate::election::Almanac;
use crate::error::Result;
use crate::escalation::Policy;
use crate::incident::Filing;
use crate::instance::{Identity, Mark, identify};
use crate::live::Bus;
use crate::notify::Reaching;
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
    /// The policy in force.
    pub policy: Arc<Policy>,
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
    /// Wakes the clockwork: something may fall due earlier than it thought.
    pub(crate) wake: Arc<Notify>,
}

impl Hub {
    /// A hub on an open, migrated database. A fresh database is marked for what it is used for.
    ///
    /// # Errors
    /// If the database is marked for something else, or does not answer.
    pub async fn start(db: Db, clock: Clock, wall: Clock, policy: Policy, mark: Mark) -> Result<Self> {
        let identity = identify(&db, mark).await?;
        Ok(Self {
            bus: db.bus().clone(),
            db,
            clock,
            wall,
            policy: Arc::new(policy),
            identity: Arc::new(identity),
            limits: Arc::new(Limits::standard().clone()),
            reaching: Arc::new(Reaching::nobody()),
            filing: Filing::new(&Limits::NONE),
            almanac: Almanac::default(),
            wake: Arc::new(Notify::new()),
        })
    }

    /// The same hub with the limits of the settings. Without them sizes are those of the defaults, and nobody counts
    /// how often somebody files.
    pub fn limited(self, limits: &Limits) -> Self {
        Self { limits: Arc::new(limits.clone()), filing: Filing::new(limits), ..self }
    }
}
