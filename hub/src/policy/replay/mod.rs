//! What another policy would have made of what was: each incident of some time from its filing on, with the calendars as
//! they were at each instant and the acts of people as they were. The policies that incidents really had, replayed, give
//! what really was.

mod calendars;
mod course;
mod late;
mod paging;
mod queries;

use std::sync::Arc;

use serde::Serialize;

use calendars::Calendars;
use course::{By, Story, World, simulate};
pub use course::{Course, Page, Reached, Turn};
use late::Late;

use crate::error::{Error, Result};
use crate::escalation::Policy;
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::time::Ts;

/// One incident, as it was and as it would have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Which.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its title.
    pub title: String,
    /// When it was filed.
    pub opened_at: Ts,
    /// As the record tells it; none where what happened was erased.
    pub was: Option<Course>,
    /// As it would have been.
    pub would: Option<Course>,
}

impl Replayed {
    /// Whether anything would have been another way. What cannot be replayed is not counted.
    pub fn differs(&self) -> bool {
        self.would.is_some() && self.was != self.would
    }
}

/// Replays what was there between two instants under `policy`, or, without one, under the policies that the incidents
/// really had.
///
/// # Errors
/// Where the end is not after the beginning; if the database does not answer.
pub async fn replay(
    hub: &Hub,
    viewer: &Viewer,
    policy: Option<&Arc<Policy>>,
    from: Ts,
    to: Ts,
) -> Result<Vec<Replayed>> {
    if to <= from {
        return Err(Error::invalid("to", "Give an end that is after the beginning."));
    }
    let reader = hub.db.read(viewer);
    hub.policies.refresh(&reader).await?;
    // The calendars are read first: what changes meanwhile is told by an event, and walked back.
    let edition = hub.edition().await?;
    let calendars = Calendars::new(&edition, queries::changes(&reader).await?);
    let stories = queries::stories(&reader, from, to).await?;
    let late = Late::new(stories.iter().flat_map(|(_, story)| behind(story)));
    let earliest = stories.iter().map(|(_, story)| story.row.opened_at).min().unwrap_or(from);
    let (duty, people) = crate::duty::since(&reader, earliest).await?;
    let world = World { calendars: &calendars, late: &late, duty: &duty, people: &people, until: to };
    let pinned = |version: &str| hub.policy_of(version);
    let by = policy.map_or(By::Pinned(&pinned), By::One);
    let replayed = |(reference, story): &(String, Story)| Replayed {
        reference: reference.clone(),
        title: story.row.title.clone(),
        opened_at: story.row.opened_at,
        was: Course::told(story, to),
        would: simulate(story, &by, &world),
    };
    Ok(stories.iter().map(replayed).collect())
}

/// From when on the clockwork was behind with an incident, and when it came. What an act made due was not due before it.
fn behind(story: &Story) -> Vec<(Ts, Ts)> {
    let events = || story.events.iter().map(|(_, event)| event);
    let behind = events().filter_map(|event| {
        let due: Ts = serde_json::from_value(event.data.get("fell_due")?.clone()).ok()?;
        let acted = events().map(|other| other.at).filter(|at| *at < event.at).max();
        Some((acted.map_or(due, |acted| acted.max(due)), event.at))
    });
    behind.collect()
}

/// What a replay found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many were replayed.
    pub incidents: usize,
    /// How many would have been another way.
    pub differ: usize,
    /// How many would have stood higher at some instant.
    pub higher: usize,
    /// How many would have stood lower at some instant.
    pub lower: usize,
    /// How many pages were made.
    pub pages: usize,
    /// How many would have been.
    pub would_page: usize,
    /// How many cannot be replayed, because what happened was erased.
    pub lost: usize,
}

impl Summary {
    /// Counts.
    pub fn of(all: &[Replayed]) -> Self {
        let mut summary = Self { incidents: all.len(), ..Self::default() };
        for one in all {
            let (Some(was), Some(would)) = (&one.was, &one.would) else {
                summary.lost += 1;
                continue;
            };
            summary.pages += was.pages.len();
            summary.would_page += would.pages.len();
            summary.differ += usize::from(one.differs());
            let mut instants: Vec<Ts> = was.turns.iter().chain(&would.turns).map(|turn| turn.at).collect();
            instants.push(one.opened_at);
            summary.higher += usize::from(instants.iter().any(|at| would.at(*at) < was.at(*at)));
            summary.lower += usize::from(instants.iter().any(|at| would.at(*at) > was.at(*at)));
        }
        summary
    }
}
