//! Who is on duty: a list of shifts, who from when to when.

pub(crate) mod row;
mod team;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Problems, Result};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Right, Viewer};
use crate::store::{Desk, Page, PageOf, Work};
use crate::time::Ts;

pub use team::Post;
pub(crate) use team::{Team, team_in};

/// A shift is no longer than this.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A shift, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// Who.
    pub name: String,
    /// Their role's code.
    pub role: String,
    /// Their address.
    pub email: String,
    /// From when.
    pub from: Ts,
    /// To when.
    pub to: Ts,
    /// Their key; not sent.
    #[serde(skip)]
    pub person: i64,
}

/// A shift to be: the body of the API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewShift {
    /// The address of whoever is on it.
    pub person: String,
    /// From when, RFC 3339.
    pub from: String,
    /// To when, RFC 3339.
    pub to: String,
}

/// Who is on duty at an instant, whoever began first in front.
///
/// # Errors
/// If the database does not answer.
pub async fn on_duty(hub: &Hub, now: Ts) -> Result<Vec<Shift>> {
    let system = Viewer::system("duty");
    let reader = hub.db.read(&system);
    let rows = reader.instance::<row::Entity>().filter(row::at(now)).ascending(row::Column::StartsAt).all().await?;
    let people = reader.instance::<person::Entity>().filter(person::enabled()).all().await?;
    Ok(joined(rows, &people))
}

/// The shifts that are not over, the next first.
///
/// # Errors
/// If the database does not answer.
pub async fn shifts(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Vec<Shift>> {
    let reader = hub.db.read(viewer);
    let rows = reader.instance::<row::Entity>().filter(row::ahead(now)).ascending(row::Column::StartsAt).all().await?;
    let people = reader.instance::<person::Entity>().filter(person::enabled()).all().await?;
    Ok(joined(rows, &people))
}

/// A page of [`shifts`].
///
/// # Errors
/// What is wrong with the page that was asked for.
pub async fn page(hub: &Hub, viewer: &Viewer, page: &Page, now: Ts) -> Result<PageOf<Shift>> {
    let reader = hub.db.read(viewer);
    let after = page.after::<(Ts, i64)>()?;
    let rows = reader
        .instance::<row::Entity>()
        .filter(row::ahead(now))
        .filter_by(after, |(at, id)| row::after(at, id))
        .ascending(row::Column::StartsAt)
        .ascending(row::Column::Id)
        .limit(page.limit()? + 1)
        .all()
        .await?;
    let rows = page.cut(rows, |row| (row.starts_at, row.id))?;
    let people = reader.instance::<person::Entity>().filter(person::enabled()).all().await?;
    Ok(PageOf { items: joined(rows.items, &people), next: rows.next })
}

/// Everybody who can be put on a shift or be given an incident, by name.
///
/// # Errors
/// If the database does not answer.
pub async fn responders(hub: &Hub) -> Result<Vec<crate::identity::Person>> {
    let system = Viewer::system("duty");
    let reader = hub.db.read(&system);
    let people = reader.instance::<person::Entity>().filter(person::enabled());
    let people = people.ascending(person::Column::Name).all().await?;
    Ok(people.into_iter().filter(|row| row.role.has(Right::Respond)).map(Into::into).collect())
}

/// Puts somebody on a shift.
///
/// # Errors
/// A refusal, or every field that must be put right.
pub async fn add_shift(hub: &Hub, actor: &Actor, new: &NewShift) -> Result<Shift> {
    actor.viewer.may(Right::EditDuty)?;
    let desk = hub.db.desk_of(actor).await?;
    let shift = put(&desk, new).await?;
    desk.answer(actor, 201, &shift).await?;
    Ok(shift)
}

/// Puts people on many shifts, on all or on none.
pub(crate) async fn add_shifts(hub: &Hub, actor: &Actor, all: &[NewShift]) -> Result<()> {
    actor.viewer.may(Right::EditDuty)?;
    let desk = hub.db.desk().await?;
    for new in all {
        put(&desk, new).await?;
    }
    desk.commit().await
}

async fn put(desk: &Desk, new: &NewShift) -> Result<Shift> {
    let mut problems = Problems::default();
    let mut instant = |field: &str, typed: &str| {
        let at = typed.trim().parse::<Ts>().ok();
        if at.is_none() {
            problems.add(field, "Give an instant as 2026-11-03T06:00:00Z.");
        }
        at
    };
    let (from, to) = (instant("from", &new.from), instant("to", &new.to));
    if let (Some(from), Some(to)) = (from, to) {
        if to <= from {
            problems.add("to", "A shift ends after it begins; give a later instant.");
        } else if to.since(from) > LONGEST {
            problems.add("to", "A shift lasts at most 24 hours; make two of it.");
        }
    }
    let person = desk.find::<person::Entity>().filter(person::with_email(&new.person)).one().await?;
    let person = person.filter(|person| person.role.has(Right::Respond) && person.disabled_at.is_none());
    if person.is_none() {
        problems.add("person", "Give the address of a responder, shift lead or supervisor.");
    }
    problems.none()?;
    let (Some(person), Some(from), Some(to)) = (person, from, to) else {
        return Err(Error::broken("a problem was not told"));
    };
    let row = row::Model { id: 0, person_id: person.id, starts_at: from, ends_at: to };
    let row = desk.insert(row).await?;
    joined(vec![row], &[person]).pop().ok_or_else(|| Error::broken("a shift without its person"))
}

/// Who is on duty, asked inside a transaction.
pub(crate) async fn on_duty_in(work: &Work, now: Ts) -> Result<Vec<person::Model>> {
    let rows = work.instance::<row::Entity>().filter(row::at(now)).ascending(row::Column::StartsAt).all().await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.person_id).collect();
    work.instance::<person::Entity>().filter(person::with_ids(ids)).filter(person::enabled()).all().await
}

fn joined(rows: Vec<row::Model>, people: &[person::Model]) -> Vec<Shift> {
    let join = |row: row::Model| {
        let person = people.iter().find(|person| person.id == row.person_id)?;
        Some(Shift {
            name: person.name.clone(),
            role: person.role.code().to_owned(),
            email: person.email.clone(),
            from: row.starts_at,
            to: row.ends_at,
            person: person.id,
        })
    };
    rows.into_iter().filter_map(join).collect()
}
