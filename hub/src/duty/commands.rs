//! Putting people on shifts, and taking shifts away.

use jiff::civil::{Date, DateTime, Time};
use serde::Deserialize;

use super::queries;
use super::rota::{Day, Days, Turn};
use super::rules::LONGEST;
use super::team::Shift;
use super::{Post, row};
use crate::election::calendar;
use crate::error::{Error, Problems, Result};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Right};
use crate::store::Desk;
use crate::time::Ts;

/// A shift of the rota is not shorter than this: no clock change skips more, so none is lost in one.
const SHORTEST_LINE: i64 = 2 * 60;
/// So many people take turns at most.
const MOST_PEOPLE: usize = 50;

/// A shift to be: the body of the API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewShift {
    /// The address of whoever is on it.
    pub person: String,
    /// From when: RFC 3339, or the civil time of `zone`.
    pub from: String,
    /// To when, likewise.
    pub to: String,
    /// The code of the post; that of the person's role where it is left out.
    #[serde(default)]
    pub post: Option<String>,
    /// The IANA name of the zone in which `from` and `to` are civil times.
    #[serde(default)]
    pub zone: Option<String>,
}

/// A line of the rota to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewLine {
    /// The code of the post.
    pub post: String,
    /// The IANA name of the zone of its hours.
    pub zone: String,
    /// The codes of the days on which it begins, `mon` to `sun`; every day where there are none.
    pub days: Vec<String>,
    /// From when, `22:00`.
    pub from: String,
    /// To when, `06:00`; of the next day where that is not after `from`.
    pub to: String,
    /// The addresses of those who take turns, in their order.
    pub people: Vec<String>,
    /// `day` or `week`; `day` where it is left out.
    pub turn: Option<String>,
    /// The first day, `2026-11-02`.
    pub since: String,
    /// The last day on which it begins; none where it is left out.
    pub until: Option<String>,
}

/// Puts somebody on a shift.
///
/// # Errors
/// A refusal, or every field that must be put right.
pub async fn add_shift(hub: &Hub, actor: &Actor, new: &NewShift) -> Result<Shift> {
    actor.viewer.may(Right::EditDuty)?;
    let desk = hub.db.desk_of(actor).await?;
    let shift = put(&desk, actor, new).await?;
    desk.answer(actor, 201, &shift).await?;
    Ok(shift)
}

/// Takes a single shift away, as if it had never been.
///
/// # Errors
/// A refusal; not found.
pub async fn remove_shift(hub: &Hub, actor: &Actor, id: i64) -> Result<()> {
    actor.viewer.may(Right::EditDuty)?;
    let desk = hub.db.desk().await?;
    found(desk.update(row::gone(id, actor.viewer.id(), actor.now)).await?)?;
    desk.commit().await
}

/// Adds a line to the rota, and gives its key.
///
/// # Errors
/// A refusal, or every field that must be put right.
pub async fn add_line(hub: &Hub, actor: &Actor, new: &NewLine) -> Result<i64> {
    actor.viewer.may(Right::EditDuty)?;
    let desk = hub.db.desk().await?;
    let mut problems = Problems::default();
    let post = code::<Post>("post", Some(&new.post), &mut problems);
    let turn = code::<Turn>("turn", new.turn.as_deref().or(Some("day")), &mut problems);
    if calendar::zone(new.zone.trim()).is_none() {
        problems.add("zone", ZONE);
    }
    let days: Vec<Day> = new.days.iter().filter_map(|day| code("days", Some(day), &mut problems)).collect();
    let days = if new.days.is_empty() { Days::ALL } else { Days::of(days) };
    let (from, to) = (time("from", &new.from, &mut problems), time("to", &new.to, &mut problems));
    if let (Some(from), Some(to)) = (from, to)
        && (minutes(to) - minutes(from) - 1).rem_euclid(24 * 60) + 1 < SHORTEST_LINE
    {
        problems.add("to", "A shift of the rota lasts 2 hours at least.");
    }
    let since = date("since", &new.since, &mut problems);
    let until = new.until.as_deref().filter(|text| !text.trim().is_empty());
    let until = until.and_then(|text| date("until", text, &mut problems));
    if let (Some(since), Some(until)) = (since, until)
        && until < since
    {
        problems.add("until", "The last day is not before the first.");
    }
    let mut people = Vec::new();
    for email in &new.people {
        match responder(&desk, email).await? {
            Some(person) => people.push(person.id),
            None => problems.add("people", WHO),
        }
    }
    if new.people.is_empty() {
        problems.add("people", "Say who takes turns.");
    } else if new.people.len() > MOST_PEOPLE {
        problems.add("people", format!("At most {MOST_PEOPLE} people take turns."));
    }
    problems.none()?;
    let (Some(post), Some(turn), Some(from), Some(to), Some(since)) = (post, turn, from, to, since) else {
        return Err(Error::broken("a problem was not told"));
    };
    let row = row::line::Model {
        id: 0,
        post,
        zone: new.zone.trim().to_owned(),
        days: days.number(),
        civil_from: from.to_string(),
        civil_to: to.to_string(),
        people: serde_json::to_string(&people).map_err(Error::broken)?,
        turn,
        since: since.to_string(),
        until: until.map(|date| date.to_string()),
        made_by: actor.viewer.id(),
        made_at: actor.now,
        gone_by: None,
        gone_at: None,
    };
    let id = desk.insert(row).await?.id;
    desk.commit().await?;
    Ok(id)
}

/// Takes a line of the rota away.
///
/// # Errors
/// A refusal; not found.
pub async fn remove_line(hub: &Hub, actor: &Actor, id: i64) -> Result<()> {
    actor.viewer.may(Right::EditDuty)?;
    let desk = hub.db.desk().await?;
    found(desk.update(row::line::gone(id, actor.viewer.id(), actor.now)).await?)?;
    desk.commit().await
}

pub(super) const WHO: &str = "Give the address of a responder, shift lead or supervisor.";
const ZONE: &str = "Give a zone by its IANA name, as America/New_York.";

pub(super) fn found(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Somebody who can be on duty, by their address.
pub(super) async fn responder(desk: &Desk, email: &str) -> Result<Option<person::Model>> {
    let person = desk.find::<person::Entity>().filter(person::with_email(email)).one().await?;
    Ok(person.filter(|person| person.role.has(Right::Respond) && person.disabled_at.is_none()))
}

/// From when to when, as instants or as civil times of a zone; what is wrong is told.
pub(super) fn hours(from: &str, to: &str, zone: Option<&str>, problems: &mut Problems) -> Option<(Ts, Ts)> {
    let zone = zone.map(str::trim).filter(|zone| !zone.is_empty());
    let place = zone.and_then(calendar::zone);
    if zone.is_some() && place.is_none() {
        problems.add("zone", ZONE);
        return None;
    }
    let mut instant = |field: &str, typed: &str| {
        let (at, words) = match &place {
            None => (typed.trim().parse::<Ts>().ok(), "Give an instant as 2026-11-03T06:00:00Z."),
            Some(place) => {
                let plain =
                    !typed.contains(['Z', 'z', '[']) && !typed.get(11..).is_some_and(|time| time.contains(['+', '-']));
                let civil = typed.trim().parse::<DateTime>().ok().filter(|_| plain);
                (civil.map(|civil| calendar::instant(civil, place)), "Give a day and a time, as 2026-11-03T06:00.")
            }
        };
        if at.is_none() {
            problems.add(field, words);
        }
        at
    };
    let (from, to) = (instant("from", from), instant("to", to));
    let (from, to) = (from?, to?);
    if to <= from {
        problems.add("to", "A shift ends after it begins; give a later instant.");
        return None;
    }
    Some((from, to))
}

async fn put(desk: &Desk, actor: &Actor, new: &NewShift) -> Result<Shift> {
    let mut problems = Problems::default();
    let hours = both(new, &mut problems);
    let post = new.post.as_deref().map(str::trim).filter(|code| !code.is_empty());
    let named = post.and_then(|post| code::<Post>("post", Some(post), &mut problems));
    let person = responder(desk, &new.person).await?;
    if person.is_none() {
        problems.add("person", WHO);
    }
    problems.none()?;
    let (Some(person), Some((from, to))) = (person, hours) else {
        return Err(Error::broken("a problem was not told"));
    };
    let civil = new.zone.as_deref().map(str::trim).filter(|zone| !zone.is_empty());
    let row = row::Model {
        id: 0,
        person_id: person.id,
        starts_at: from,
        ends_at: to,
        post: named.unwrap_or(Post::of(person.role)),
        civil_from: civil.map(|_| new.from.trim().to_owned()),
        civil_to: civil.map(|_| new.to.trim().to_owned()),
        zone: civil.map(str::to_owned),
        made_by: Some(actor.viewer.id()),
        made_at: Some(actor.now),
        gone_by: None,
        gone_at: None,
    };
    let row = desk.insert(row).await?;
    let stretch = queries::stretch(&row);
    let people = [(person.id, person)].into_iter().collect();
    super::team::shown(vec![stretch], &people).pop().ok_or_else(|| Error::broken("a shift without its person"))
}

/// The hours of a shift, which is not too long.
fn both(new: &NewShift, problems: &mut Problems) -> Option<(Ts, Ts)> {
    let (from, to) = hours(&new.from, &new.to, new.zone.as_deref(), problems)?;
    if to.since(from) > LONGEST {
        problems.add("to", "A shift lasts at most 24 hours; make two of it.");
        return None;
    }
    Some((from, to))
}

/// A code of a list; what is none is told, with what there is.
pub(super) fn code<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &str,
    typed: Option<&str>,
    problems: &mut Problems,
) -> Option<T> {
    match typed.unwrap_or_default().trim().parse() {
        Ok(code) => Some(code),
        Err(error) => {
            problems.add(field, format!("{error}."));
            None
        }
    }
}

fn time(field: &str, typed: &str, problems: &mut Problems) -> Option<Time> {
    let time = typed.trim().parse::<Time>().ok().filter(|time| time.second() == 0);
    if time.is_none() {
        problems.add(field, "Give a time in 24 hours, as 22:00.");
    }
    time
}

fn minutes(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn date(field: &str, typed: &str, problems: &mut Problems) -> Option<Date> {
    let date = typed.trim().parse::<Date>().ok();
    if date.is_none() {
        problems.add(field, "Give a day as 2026-11-02.");
    }
    date
}
