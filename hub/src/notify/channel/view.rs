//! What somebody sees of how they are reached.

use serde::Serialize;

use super::kept::kept;
use super::row;
use super::{Kept, Way};
use crate::error::Result;
use crate::escalation::Priority;
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::notify::rules::{always, apart, floor};
use crate::time::Ts;

/// A channel, as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// What names it.
    pub id: String,
    /// What kind it is.
    #[serde(rename = "kind")]
    pub way: Way,
    /// Where it leads: a mail address, a webhook's host, what a browser calls itself. Nothing secret.
    pub shown: String,
    /// Whether it is the address that they sign in with: it is always there.
    pub own: bool,
    /// Whether it was proven, so that it counts.
    pub verified: bool,
    /// Since when it is there.
    pub created_at: Ts,
    /// When a test was accepted last.
    pub tested_at: Option<Ts>,
    /// Since when nothing gets through, and why.
    pub failed: Option<Failure>,
}

/// That nothing gets through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// When it was tried last.
    pub at: Ts,
    /// Why, in a few words.
    pub why: String,
}

/// How somebody is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Their channels, oldest first.
    pub channels: Vec<Channel>,
    /// Whether they chose for themselves; else all channels are used.
    pub chose: bool,
    /// How many of those that count fail apart: priority 1 needs two.
    pub apart: usize,
    /// Which channels are used for each priority, by id.
    pub rules: Vec<(Priority, Vec<String>)>,
}

impl Reach {
    /// How many channels that count each priority needs.
    pub fn floor(priority: Priority) -> usize {
        floor(priority)
    }
}

impl From<&row::Model> for Channel {
    fn from(row: &row::Model) -> Self {
        let failure = |at| Failure { at, why: row.failure.clone().unwrap_or_default() };
        Self {
            id: row.public_id.clone(),
            way: row.kind,
            shown: row.shown.clone(),
            own: row.own,
            verified: row.verified_at.is_some(),
            created_at: row.created_at,
            tested_at: row.tested_at,
            failed: row.failed_at.map(failure),
        }
    }
}

pub(super) async fn kept_of(hub: &Hub, viewer: &Viewer) -> Result<Kept> {
    let mut all = kept(hub, vec![viewer.id()], hub.wall.now()).await?;
    Ok(all.remove(&viewer.id()).unwrap_or_default())
}

/// How the viewer is reached.
///
/// # Errors
/// If the database does not answer.
pub async fn channels(hub: &Hub, viewer: &Viewer) -> Result<Reach> {
    let kept = kept_of(hub, viewer).await?;
    let usable: Vec<&row::Model> = kept.channels.iter().filter(|channel| hub.reaching.can(channel.kind)).collect();
    let chose = !kept.rules.is_empty();
    let used = |priority: Priority| {
        let ticked = |channel: &&&row::Model| match chose {
            true => kept.rules.contains(&(priority, channel.id)) || always(channel.own, priority),
            false => channel.verified_at.is_some(),
        };
        usable.iter().filter(ticked).map(|channel| channel.public_id.clone()).collect()
    };
    Ok(Reach {
        chose,
        apart: apart(&kept.known(hub)),
        rules: Priority::ALL.iter().map(|priority| (*priority, used(*priority))).collect(),
        channels: usable.into_iter().map(Channel::from).collect(),
    })
}

/// The viewer's webhooks.
///
/// # Errors
/// If the database does not answer.
pub async fn webhooks(hub: &Hub, viewer: &Viewer) -> Result<Vec<Channel>> {
    let all = channels(hub, viewer).await?.channels;
    Ok(all.into_iter().filter(|channel| channel.way == Way::Webhook).collect())
}
