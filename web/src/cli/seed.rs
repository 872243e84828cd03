//! `seed`: synthetic data for load tests.

use clap::Args;
use hub::seed::{Amounts, seed};
use hub::time::{Clock, Ts};

use super::serve::alone;
use super::{Place, Stop, open, policy, say};

#[derive(Debug, Args)]
pub(super) struct Seed {
    /// How many authorities.
    #[arg(long, value_name = "N")]
    authorities: u32,
    /// How many incidents in all.
    #[arg(long, value_name = "N")]
    incidents: u32,
    /// How many of them are open.
    #[arg(long, value_name = "N")]
    open: u32,
    /// How many messages in all of their rooms.
    #[arg(long, value_name = "N")]
    messages: u32,
    /// Which of all worlds: the same number, the same data.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many people; without it four at each authority and sixteen responders.
    #[arg(long, value_name = "N")]
    people: Option<u32>,
    #[command(flatten)]
    place: Place,
}

impl Seed {
    pub(super) async fn run(self) -> Result<(), Stop> {
        let config = self.place.config(&[], &[])?;
        // Held until the end: a hub that is served meanwhile would show half of it.
        let _alone = alone(&config)?;
        let rules = policy::rules(&config)?;
        let db = open(&config).await?;
        db.migrate().await?;
        let Self { authorities, incidents, open, messages, people, seed: which, .. } = self;
        let amounts = Amounts { authorities, incidents, open, messages, people, seed: which };
        let now = Clock::machine().now();
        // The world is laid out around a whole hour, so that two that are made within it are the same.
        let start = Ts::from_millis(now.millis() - now.millis().rem_euclid(3_600_000));
        let made = Box::pin(seed(&db, rules, &amounts, start, now)).await?;
        db.close().await;
        say(serde_json::to_string(&made).map_err(Stop::failed)?);
        Ok(())
    }
}
