//! The hours of an election as the team will stand in them, before they come.

use jiff::SignedDuration;
use serde::Serialize;

use super::ahead::ahead;
use super::team::{Shift, shown};
use super::{Post, Turn, queries, row};
use crate::election::{Election, MilestoneKind, WindowKind, calendar};
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::time::Ts;

/// The hours of an election are looked at from so many days before its first day of polls.
const DAYS_BEFORE: i64 = 14;
/// Where no certification is set they end so long after the last close of the polls.
const CANVASS: SignedDuration = SignedDuration::from_hours(24 * 30);
/// No more hours than these are looked at.
const MOST: SignedDuration = SignedDuration::from_hours(24 * 60);

/// The hours that are looked at, and what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// The election that is nearest: its name and its authority's; none where none is ahead.
    pub election: Option<(String, String)>,
    /// From when: now, or two weeks before the polls where that is later.
    pub from: Ts,
    /// To when: the certification; two weeks from now where there is no election.
    pub to: Ts,
    /// Where nobody is on a post.
    pub gaps: Vec<(Post, Ts, Ts)>,
    /// Where one person is on duty alone.
    pub alone: Vec<(String, Ts, Ts)>,
    /// Where somebody is on duty for more than twelve hours without a break.
    pub long: Vec<(String, Ts, Ts)>,
}

/// A line of the rota, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// Its row.
    pub id: i64,
    /// As what.
    pub post: Post,
    /// The IANA zone of its hours.
    pub zone: String,
    /// "every day", "Mon, Tue".
    pub days: String,
    /// `22:00`.
    pub from: String,
    /// `06:00`.
    pub to: String,
    /// The names of those who take turns.
    pub people: Vec<String>,
    /// When the next takes their turn.
    pub turn: Turn,
    /// The first day.
    pub since: String,
    /// The last day.
    pub until: Option<String>,
}

/// What is wrong with the hours of the nearest election, from two weeks before its polls to its certification.
///
/// # Errors
/// If the database does not answer.
pub async fn outlook(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Outlook> {
    let hours = |election: &Election| hours_of(election).filter(|(_, to)| *to > now);
    let elections = hub.elections().await?;
    let nearest =
        elections.iter().filter_map(|one| hours(one).map(|hours| (hours, one))).min_by_key(|(hours, _)| *hours);
    let (from, to) = match nearest {
        Some(((from, to), _)) => (from.max(now), to.min(from.max(now).plus(MOST))),
        None => (now, now.plus(super::AHEAD)),
    };
    let reader = hub.db.read(viewer);
    let stretches = queries::rules(&reader, now).await?.stretches(from.plus(-super::LONGEST), to);
    let found = ahead(&stretches, from, to);
    let people = queries::people(&reader).await?;
    let named = |all: Vec<(i64, (Ts, Ts))>| -> Vec<(String, Ts, Ts)> {
        let name = |(id, (from, to))| Some((people.get(&id)?.name.clone(), from, to));
        all.into_iter().filter_map(name).collect()
    };
    Ok(Outlook {
        election: nearest.map(|(_, election)| (election.name.clone(), election.authority_name.clone())),
        from,
        to,
        gaps: found.gaps.into_iter().map(|(post, (from, to))| (post, from, to)).collect(),
        alone: named(found.alone),
        long: named(found.long),
    })
}

/// From two weeks before the first day of polls to the certification.
fn hours_of(election: &Election) -> Option<(Ts, Ts)> {
    let instant = |at, own: Option<&String>| {
        let zone = calendar::zone(election.zone_of(own))?;
        Some((calendar::instant(at, &zone), zone))
    };
    let polls = || election.windows.iter().filter(|window| window.kind.is_polling());
    let day = polls().filter(|window| window.kind == WindowKind::ElectionDay);
    let opens = |window: &crate::election::Window| instant(window.opens, window.zone.as_ref());
    let first = day.filter_map(opens).min_by_key(|(at, _)| *at);
    let (first, zone) = first.or_else(|| polls().filter_map(opens).min_by_key(|(at, _)| *at))?;
    let closes = polls().filter_map(|window| instant(window.closes, window.zone.as_ref())).map(|(at, _)| at).max()?;
    let certified = election.milestones.iter().filter(|one| one.kind == MilestoneKind::Certification);
    let certified = certified.filter_map(|one| instant(one.at, one.zone.as_ref())).map(|(at, _)| at).max();
    let from = calendar::midnight(calendar::day(first, &zone), DAYS_BEFORE, &zone);
    Some((from, certified.unwrap_or(closes.plus(CANVASS)).max(closes)))
}

/// Everybody's duty at some time from `from` to `to`, whoever begins first in front.
///
/// # Errors
/// If the database does not answer.
pub async fn between(hub: &Hub, viewer: &Viewer, from: Ts, to: Ts) -> Result<Vec<Shift>> {
    let reader = hub.db.read(viewer);
    let stretches = queries::rules(&reader, from).await?.stretches(from, to);
    Ok(shown(stretches, &queries::people(&reader).await?))
}

/// The lines of the rota, the first post in front.
///
/// # Errors
/// If the database does not answer.
pub async fn lines(hub: &Hub, viewer: &Viewer) -> Result<Vec<LineView>> {
    let reader = hub.db.read(viewer);
    let rows = reader.instance::<row::line::Entity>().filter(row::line::standing());
    let rows = rows.ascending(row::line::Column::Id).all().await?;
    let people = queries::people(&reader).await?;
    let show = |row: row::line::Model| {
        let line = queries::line(row.clone())?;
        let name = |id: &i64| people.get(id).map_or_else(|| "somebody who is gone".to_owned(), |one| one.name.clone());
        Some(LineView {
            id: row.id,
            post: row.post,
            zone: row.zone,
            days: line.days.to_string(),
            from: line.from.strftime("%H:%M").to_string(),
            to: line.to.strftime("%H:%M").to_string(),
            people: line.people.iter().map(name).collect(),
            turn: row.turn,
            since: row.since,
            until: row.until,
        })
    };
    let mut lines: Vec<LineView> = rows.into_iter().filter_map(show).collect();
    lines.sort_by_key(|line| line.post);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::election::{Milestone, Window};

    #[test]
    fn an_election_is_looked_at_from_two_weeks_before_it_to_its_certification() {
        let window = |kind, opens: &str, closes: &str| Window {
            id: "w".to_owned(),
            kind,
            opens: opens.parse().unwrap(),
            closes: closes.parse().unwrap(),
            zone: None,
        };
        let mut election = Election {
            id: "e".to_owned(),
            name: "General".to_owned(),
            authority: "alder".to_owned(),
            authority_name: "Alder County".to_owned(),
            zone: "America/New_York".to_owned(),
            windows: vec![
                window(WindowKind::EarlyVoting, "2026-10-20T09:00", "2026-10-20T17:00"),
                window(WindowKind::ElectionDay, "2026-11-03T06:30", "2026-11-03T20:00"),
            ],
            milestones: Vec::new(),
        };
        let text = |election: &Election| hours_of(election).map(|(from, to)| (from.to_string(), to.to_string()));
        let two = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(text(&election), two("2026-10-20T04:00:00Z", "2026-12-04T01:00:00Z"), "E-14 over the clock change");
        let at = "2026-11-24T12:00".parse().unwrap();
        let certified = Milestone { id: "m".to_owned(), kind: MilestoneKind::Certification, at, zone: None };
        election.milestones.push(certified);
        assert_eq!(text(&election), two("2026-10-20T04:00:00Z", "2026-11-24T17:00:00Z"));
        election.windows.pop();
        assert_eq!(
            text(&election).unwrap().0,
            "2026-10-06T04:00:00Z",
            "without a day of polls the first that there are"
        );
        election.windows.pop();
        assert_eq!(text(&election), None);
    }
}
