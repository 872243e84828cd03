//! Who is on duty, for everybody who asks.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use serde::Serialize;

use super::Post;
use super::queries;
use super::rules::{Rules, Source, Stretch};
use crate::error::Result;
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Right, Viewer};
use crate::store::{Page, PageOf, Rows, Work};
use crate::time::Ts;

/// So far ahead lists of shifts read the rota; single shifts are listed however far ahead they are.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 14);

/// A shift, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// Who.
    pub name: String,
    /// Their role's code.
    pub role: String,
    /// Their address.
    pub email: String,
    /// As what.
    pub post: Post,
    /// From when.
    pub from: Ts,
    /// To when.
    pub to: Ts,
    /// Whether the shift has ended and nobody has accepted it: they stay on duty.
    pub over: bool,
    /// Their key; not sent.
    #[serde(skip)]
    pub person: i64,
    /// The row of a single shift, by which it is taken away; not sent.
    #[serde(skip)]
    pub single: Option<i64>,
    /// The row of the cover by which it is theirs; not sent.
    #[serde(skip)]
    pub cover: Option<i64>,
}

/// Who is on duty at an instant, by post, whoever began first in front.
#[derive(Debug, Clone, Default)]
pub(crate) struct Team {
    /// Paged first.
    pub primary: Vec<person::Model>,
    /// Paged beside or behind the primary.
    pub backup: Vec<person::Model>,
    /// Own the shift.
    pub lead: Vec<person::Model>,
    /// Watch all.
    pub supervisor: Vec<person::Model>,
    /// Answer for the team.
    pub director: Vec<person::Model>,
}

impl Team {
    /// Who is on a post.
    pub(crate) fn of(&self, post: Post) -> &[person::Model] {
        match post {
            Post::Primary => &self.primary,
            Post::Backup => &self.backup,
            Post::Lead => &self.lead,
            Post::Supervisor => &self.supervisor,
            Post::Director => &self.director,
        }
    }

    fn on(&mut self, post: Post) -> &mut Vec<person::Model> {
        match post {
            Post::Primary => &mut self.primary,
            Post::Backup => &mut self.backup,
            Post::Lead => &mut self.lead,
            Post::Supervisor => &mut self.supervisor,
            Post::Director => &mut self.director,
        }
    }
}

/// Who is on duty, asked inside a transaction.
pub(crate) async fn team_in(work: &Work, now: Ts) -> Result<Team> {
    let on = queries::rules(work, now).await?.team(now);
    let mut team = Team::default();
    if on.is_empty() {
        return Ok(team);
    }
    let people = queries::some_people(work, on.iter().map(|one| one.person)).await?;
    for one in on {
        if let Some(person) = people.get(&one.person) {
            team.on(one.post).push(person.clone());
        }
    }
    Ok(team)
}

/// All that says who was on duty from an instant on, as far as it is kept, and everybody's names.
pub(crate) async fn since(rows: &impl Rows, since: Ts) -> Result<(Rules, HashMap<i64, person::Model>)> {
    Ok((queries::rules(rows, since).await?, queries::people(rows).await?))
}

/// Who is told at once of what needs a responder: the primary, the backup and the shift lead, each once.
pub(crate) async fn on_duty_in(work: &Work, now: Ts) -> Result<Vec<person::Model>> {
    let team = team_in(work, now).await?;
    let mut told = Vec::<person::Model>::new();
    for post in [Post::Primary, Post::Backup, Post::Lead] {
        for person in team.of(post) {
            if told.iter().all(|one| one.id != person.id) {
                told.push(person.clone());
            }
        }
    }
    Ok(told)
}

/// Who is on which post at an instant, by post, whoever began first in front. Somebody on two posts is named on both.
///
/// # Errors
/// If the database does not answer.
pub async fn team(hub: &Hub, now: Ts) -> Result<Vec<Shift>> {
    let system = Viewer::system("duty");
    let reader = hub.db.read(&system);
    let on = queries::rules(&reader, now).await?.team(now);
    Ok(shown(on, &queries::people(&reader).await?))
}

/// The same, everybody once, on the first of their posts.
///
/// # Errors
/// If the database does not answer.
pub async fn on_duty(hub: &Hub, now: Ts) -> Result<Vec<Shift>> {
    let mut on = team(hub, now).await?;
    let mut named = HashSet::new();
    on.retain(|one| named.insert(one.person));
    Ok(on)
}

/// Who answers an authority at an instant: the primary, then the backup; whoever else is on duty where neither is.
///
/// # Errors
/// If the database does not answer.
pub async fn answering(hub: &Hub, now: Ts) -> Result<Vec<Shift>> {
    let mut on = on_duty(hub, now).await?;
    if on.iter().any(|one| one.post <= Post::Backup) {
        on.retain(|one| one.post <= Post::Backup);
    }
    Ok(on)
}

/// The shifts that are not over, the next first: the rota for two weeks, single shifts however far ahead.
///
/// # Errors
/// If the database does not answer.
pub async fn shifts(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Vec<Shift>> {
    let reader = hub.db.read(viewer);
    let rules = queries::rules(&reader, now).await?;
    Ok(shown(listed(&rules, now), &queries::people(&reader).await?))
}

/// A page of [`shifts`].
///
/// # Errors
/// What is wrong with the page that was asked for.
pub async fn page(hub: &Hub, viewer: &Viewer, page: &Page, now: Ts) -> Result<PageOf<Shift>> {
    type Place = (Ts, Post, Ts, i64);
    let place = |one: &Shift| -> Place { (one.from, one.post, one.to, one.person) };
    let mut all = shifts(hub, viewer, now).await?;
    all.sort_by_key(place);
    if let Some(after) = page.after::<Place>()? {
        all.retain(|one| place(one) > after);
    }
    all.truncate(usize::try_from(page.limit()? + 1).unwrap_or(usize::MAX));
    page.cut(all, place)
}

fn listed(rules: &Rules, now: Ts) -> Vec<Stretch> {
    let until = now.plus(AHEAD);
    let mut all = rules.stretches(now, until);
    // The rota has no end; what stands alone is listed wherever it is.
    let alone = Rules { lines: Vec::new(), ..rules.clone() };
    all.extend(alone.stretches(until, Ts::LAST).into_iter().filter(|one| one.from >= until));
    all
}

/// Shifts with the names of those who may come in.
pub(super) fn shown(stretches: Vec<Stretch>, people: &HashMap<i64, person::Model>) -> Vec<Shift> {
    let show = |one: Stretch| {
        let person = people.get(&one.person)?;
        Some(Shift {
            name: person.name.clone(),
            role: person.role.code().to_owned(),
            email: person.email.clone(),
            post: one.post,
            from: if one.over { one.ends } else { one.from },
            to: one.to,
            over: one.over,
            person: one.person,
            single: if let Source::Shift(id) = one.source { Some(id) } else { None },
            cover: one.cover,
        })
    };
    stretches.into_iter().filter_map(show).collect()
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
