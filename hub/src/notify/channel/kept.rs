//! What is kept of people's channels: read for those who are to be told, and what became of sending.

use std::collections::HashMap;

use super::row::{self, Mark};
use super::{Way, row::rule};
use crate::error::Result;
use crate::escalation::Priority;
use crate::hub::Hub;
use crate::identity::{Viewer, person_row as person};
use crate::notify::reaching::Failed;
use crate::notify::rules::Known;
use crate::time::Ts;

/// The channels of a person, and their rules.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub channels: Vec<row::Model>,
    pub rules: Vec<(Priority, i64)>,
}

impl Kept {
    /// As rules look at them.
    pub(crate) fn known(&self, hub: &Hub) -> Vec<Known> {
        let known = |channel: &row::Model| Known {
            id: channel.id,
            good: channel.verified_at.is_some() && hub.reaching.can(channel.kind),
            own: channel.own,
            needs: (channel.kind, hub.reaching.host(channel)),
        };
        self.channels.iter().map(known).collect()
    }
}

/// What people have, by their keys. Where mail is sent, the address that somebody signs in with is a channel of theirs:
/// whoever added them has vouched for it.
pub(crate) async fn kept(hub: &Hub, people: Vec<i64>, now: Ts) -> Result<HashMap<i64, Kept>> {
    let system = Viewer::system("looking how people are reached");
    let reader = hub.db.read(&system);
    let mut kept: HashMap<i64, Kept> = people.iter().map(|person| (*person, Kept::default())).collect();
    let found = reader.instance::<row::Entity>().filter(row::of_all(people.iter().copied()));
    for channel in found.ascending(row::Column::Id).all().await? {
        kept.entry(channel.person_id).or_default().channels.push(channel);
    }
    for rule in reader.instance::<rule::Entity>().filter(rule::of_all(people.iter().copied())).all().await? {
        if let Ok(priority) = rule.priority.parse() {
            kept.entry(rule.person_id).or_default().rules.push((priority, rule.channel_id));
        }
    }
    if hub.reaching.sends_mail() {
        let without = |kept: &Kept| !kept.channels.iter().any(|channel| channel.own);
        let new: Vec<i64> = kept.iter().filter(|(_, kept)| without(kept)).map(|(person, _)| *person).collect();
        if !new.is_empty() {
            for channel in own_mail(hub, new, now).await? {
                kept.entry(channel.person_id).or_default().channels.insert(0, channel);
            }
        }
    }
    Ok(kept)
}

async fn own_mail(hub: &Hub, people: Vec<i64>, now: Ts) -> Result<Vec<row::Model>> {
    let desk = hub.db.desk().await?;
    let mut made = Vec::new();
    for person in desk.find::<person::Entity>().filter(person::with_ids(people)).all().await? {
        made.push(
            desk.insert(row::Model {
                // There is one, whichever node comes first.
                public_id: format!("own-{}", person.id),
                own: true,
                verified_at: Some(now),
                ..blank(person.id, Way::Mail, person.email, now)
            })
            .await?,
        );
    }
    desk.commit().await?;
    Ok(made)
}

/// A channel that nothing is known of yet.
pub(super) fn blank(person: i64, kind: Way, shown: String, now: Ts) -> row::Model {
    row::Model {
        id: 0,
        public_id: crate::id::fresh().to_string(),
        person_id: person,
        kind,
        shown,
        sealed: None,
        own: false,
        code_hash: None,
        code_until: None,
        created_at: now,
        verified_at: None,
        tested_at: None,
        failed_at: None,
        failure: None,
        removed_at: None,
    }
}

/// Notes on a channel what came of sending, where that is news.
pub(crate) async fn came_of(hub: &Hub, to: &row::Model, sent: &Result<(), Failed>, now: Ts) -> Result<()> {
    let desk = match sent {
        Ok(()) if to.failed_at.is_none() => return Ok(()),
        _ => hub.db.desk().await?,
    };
    match sent {
        Ok(()) => desk.update(row::marked(to.id, Mark::Works, now)).await?,
        Err(failed) if failed.gone => desk.update(row::marked(to.id, Mark::Removed, now)).await?,
        Err(failed) => desk.update(row::failed(to.id, &failed.why, now)).await?,
    };
    desk.commit().await
}
