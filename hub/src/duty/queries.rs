//! Reading what says who is on duty.

use std::collections::HashMap;

use jiff::SignedDuration;
use sea_orm::Condition;

use super::rota::{Days, Line};
use super::row;
use super::rules::{Cover, Handed, Rules, STAYS, Single, Source, Stretch};
use crate::election::calendar;
use crate::error::Result;
use crate::identity::person_row as person;
use crate::store::Rows;
use crate::time::Ts;

/// All that can matter from `now` on.
pub(super) async fn rules(rows: &impl Rows, now: Ts) -> Result<Rules> {
    // What ended lately still says who stays until it is handed over, and whose it was at its end.
    let since = now.plus(-STAYS);
    let before = since.plus(SignedDuration::from_hours(-1));
    let lines = rows.instance::<row::line::Entity>().filter(row::line::standing()).ascending(row::line::Column::Id);
    let lines = lines.all().await?.into_iter().filter_map(line).collect();
    let shifts = rows.instance::<row::Entity>().filter(row::ahead(since)).ascending(row::Column::Id).all().await?;
    let covers = rows.instance::<row::cover::Entity>().filter(row::cover::in_force(before)).all().await?;
    let handed = rows.instance::<row::handover::Entity>().filter(row::handover::accepted(before)).all().await?;
    Ok(Rules {
        lines,
        shifts: shifts.into_iter().map(single).collect(),
        covers: covers.iter().map(cover).collect(),
        handed: handed.iter().map(handed_over).collect(),
    })
}

/// A line as the rules have it; none where its zone or a time is no longer known to this program.
pub(super) fn line(row: row::line::Model) -> Option<Line> {
    let line = Line {
        id: row.id,
        post: row.post,
        zone: calendar::zone(&row.zone)?,
        days: Days::from_number(row.days),
        from: row.civil_from.parse().ok()?,
        to: row.civil_to.parse().ok()?,
        people: serde_json::from_str(&row.people).ok()?,
        turn: row.turn,
        since: row.since.parse().ok()?,
        until: row.until.as_deref().map(str::parse).transpose().ok()?,
    };
    Some(line)
}

fn single(row: row::Model) -> Single {
    Single { id: row.id, post: row.post, person: row.person_id, from: row.starts_at, to: row.ends_at }
}

/// A single shift as a stretch of duty.
pub(super) fn stretch(row: &row::Model) -> Stretch {
    let (from, to) = (row.starts_at, row.ends_at);
    Stretch {
        post: row.post,
        person: row.person_id,
        from,
        to,
        ends: to,
        source: Source::Shift(row.id),
        cover: None,
        over: false,
    }
}

pub(super) fn cover(row: &row::cover::Model) -> Cover {
    Cover {
        id: row.id,
        post: row.post,
        outgoing: row.outgoing,
        incoming: row.incoming,
        from: row.starts_at,
        to: row.ends_at,
        state: row.state,
        swap: row.swap,
    }
}

fn handed_over(row: &row::handover::Model) -> Handed {
    Handed {
        post: row.post,
        outgoing: row.outgoing,
        incoming: row.incoming,
        ends: row.ends_at,
        accepted_at: row.accepted_at,
    }
}

/// People who may come in, by key.
pub(super) async fn people(rows: &impl Rows) -> Result<HashMap<i64, person::Model>> {
    let people = rows.instance::<person::Entity>().filter(person::enabled()).all().await?;
    Ok(people.into_iter().map(|row| (row.id, row)).collect())
}

/// Those of these people who may come in, by key.
pub(super) async fn some_people(
    rows: &impl Rows,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, person::Model>> {
    of_these(rows, person::enabled().add(person::with_ids(ids))).await
}

/// The people with these keys, those who were shut out among them: what they left behind is still there.
pub(super) async fn whoever(
    rows: &impl Rows,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, person::Model>> {
    of_these(rows, person::with_ids(ids)).await
}

async fn of_these(rows: &impl Rows, some: Condition) -> Result<HashMap<i64, person::Model>> {
    let people = rows.instance::<person::Entity>().filter(some).all().await?;
    Ok(people.into_iter().map(|row| (row.id, row)).collect())
}
