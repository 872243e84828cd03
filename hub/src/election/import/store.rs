//! What was read, stored: as elections of an authority, or for reference. The same file again changes nothing.

use serde_json::json;

use super::{Imported, Read, stable};
use crate::audit::Kind;
use crate::authority::row as authority;
use crate::election::commands::{blank, put_parts, room, sound};
use crate::election::reference::{self, row};
use crate::election::row::election;
use crate::election::{Election, Milestone, Window, keeper};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::Actor;
use crate::store::Draft;
use crate::time::Ts;

/// Stores what was read, as elections of the authority with this slug or, without one, for reference; a sentence for
/// each election says what became of it.
///
/// # Errors
/// Not found where there is no such authority; every field that must be put right.
pub async fn import(hub: &Hub, actor: &Actor, read: &Read, authority: Option<&str>) -> Result<Vec<String>> {
    match authority {
        Some(slug) => counted(hub, actor, read, slug).await,
        None => for_reference(hub, actor.now, read).await,
    }
}

async fn for_reference(hub: &Hub, now: Ts, read: &Read) -> Result<Vec<String>> {
    let system = keeper();
    let known = reference::all(&hub.db.read(&system)).await?;
    let desk = hub.db.desk().await?;
    let mut said = Vec::new();
    for one in &read.elections {
        let new = row::Model::of(one, now);
        let word = match known.iter().find(|row| row.id == one.id) {
            None => {
                desk.insert::<_, row::ActiveModel>(new).await?;
                "took"
            }
            Some(row) if row.tells_the_same(&new) => "unchanged",
            Some(_) => {
                desk.update::<row::Entity>(row::becomes(new, now)).await?;
                "changed"
            }
        };
        said.push(format!("{word} {} for reference: {}", one.id, told(one)));
    }
    desk.commit().await?;
    Ok(said)
}

/// A running calendar is not changed from a file: that is an act for people, one that may need two of them.
async fn counted(hub: &Hub, actor: &Actor, read: &Read, slug: &str) -> Result<Vec<String>> {
    let reader = hub.db.read(&actor.viewer);
    let owner = reader.find::<authority::Entity>().filter(authority::with_slug(slug)).one().await?;
    let owner = owner.ok_or(Error::NotFound)?;
    let mut work = hub.db.work_on_calendar(actor, owner.id).await?;
    let edition = hub.almanac.edition_in(&work).await?;
    let has = work.find::<election::Entity>().filter(election::of(owner.id)).count().await?;
    let (mut said, mut added) = (Vec::new(), 0);
    for one in &read.elections {
        let election = of_authority(one, &owner);
        if let Some(known) = edition.election(&election.id) {
            let differs = known.windows != election.windows || known.milestones != election.milestones;
            said.push(if differs || known.name != election.name {
                format!("left {}: it is there and differs; change it at /elections/{}", one.id, election.id)
            } else {
                format!("unchanged {}: /elections/{}", one.id, election.id)
            });
            continue;
        }
        added += 1;
        room(has, added)?;
        let election =
            sound(&blank(election.id.clone(), &owner), election, actor.now).map_err(|error| match error {
                Error::Invalid(mut problems) => {
                    problems.0.iter_mut().for_each(|problem| problem.field = format!("{}.{}", one.id, problem.field));
                    Error::Invalid(problems)
                }
                other => other,
            })?;
        let notes = serde_json::to_string(&one.notes).unwrap_or_default();
        work.put(election::Model { notes, ..election::Model::first(&election, actor.now) });
        put_parts(&work, &election);
        let data = json!({"election": election.id, "name": election.name, "change": "imported", "version": 1});
        work.record(None, Draft::shared(Kind::Election, data))?;
        said.push(format!("took {} as /elections/{}: {}", one.id, election.id, told(one)));
    }
    if added == 0 {
        return Ok(said);
    }
    // Whoever serves this database has a clock of its own: what is due since ever is due by all of them.
    work.mark_for_assessment(&edition.relatives(owner.id), Ts::from_millis(0));
    work.keep().await?;
    hub.wake.notify_one();
    Ok(said)
}

/// The election at its authority: two that take the same file have each their own.
fn of_authority(one: &Imported, owner: &authority::Model) -> Election {
    let id = stable(&["election", &owner.slug, &one.id]);
    let part = |part: &str| stable(&[&id, part]);
    let window = |window: &Window| Window { id: part(&window.id), ..window.clone() };
    let milestone = |milestone: &Milestone| Milestone { id: part(&milestone.id), ..milestone.clone() };
    Election {
        name: one.name.clone(),
        authority: owner.slug.clone(),
        authority_name: owner.name.clone(),
        zone: one.zone.clone(),
        windows: one.windows.iter().map(window).collect(),
        milestones: one.milestones.iter().map(milestone).collect(),
        id,
    }
}

/// "Taiwan local elections, 1 window, 1 note".
fn told(one: &Imported) -> String {
    let count = |n: usize, word: &str| match n {
        0 => String::new(),
        1 => format!(", 1 {word}"),
        n => format!(", {n} {word}s"),
    };
    let (windows, milestones) = (count(one.windows.len(), "window"), count(one.milestones.len(), "milestone"));
    format!("{}{windows}{milestones}{}", one.name, count(one.notes.len(), "note"))
}
