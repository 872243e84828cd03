//! Filling a database with the demonstration's world, by the same verbs that people use, each at its own instant.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::{DemoIncident, DemoState, World};
use crate::authority::{self, NewAuthority};
use crate::duty::{self, NewHandover, NewLine, Post};
use crate::election::{self, ElectionBody, MilestoneBody, WindowBody, calendar};
use crate::error::{Error, Result};
use crate::escalation::clockwork;
use crate::hub::Hub;
use crate::identity::{Actor, NewPerson, Viewer, add_people, people};
use crate::incident::{self, row};
use crate::notify;
use crate::room::{self, Say};
use crate::time::Ts;

/// For how many days from the start the rota is set up.
const DAYS: i64 = 13;
/// Who is on duty as what, around the clock: the stage has no night.
const ROTA: [(Post, &str); 5] = [
    (Post::Primary, "rosa"),
    (Post::Backup, "ravi"),
    (Post::Lead, "lena"),
    (Post::Supervisor, "sam"),
    (Post::Director, "sam"),
];

/// So long before it is due an update is given where there is nothing new.
const EARLY: SignedDuration = SignedDuration::from_secs(-60);

/// Something that happens in the story.
enum Act<'a> {
    File(usize),
    Answer(usize),
    Say(usize, &'a super::DemoSaid),
}

/// Makes the world in an empty database; does nothing where it is there already.
///
/// # Errors
/// If the database does not answer.
pub async fn seed(hub: &Hub, world: &World) -> Result<()> {
    if !people(&hub.db).await?.is_empty() {
        return Ok(());
    }
    let start = world.start;
    let long_ago = start.plus(SignedDuration::from_hours(-24 * 120));
    let mut cast = HashMap::<&str, Viewer>::new();
    cast.extend(add(hub, world, false, long_ago).await?);
    let at = |viewer: &Viewer, at: Ts| Actor::new(viewer.clone(), at, crate::id::fresh_at(at));
    let ada = play(&cast, "ada")?;
    for new in &world.authorities {
        let new = NewAuthority {
            slug: new.slug.to_owned(),
            code: new.code.to_owned(),
            name: new.name.to_owned(),
            zone: new.zone.to_owned(),
            parent: new.parent.map(str::to_owned),
        };
        authority::create(hub, &at(ada, long_ago), &new).await?;
    }
    cast.extend(add(hub, world, true, long_ago).await?);
    let lena = play(&cast, "lena")?;
    for new in &world.elections {
        election::create(hub, &at(lena, long_ago), &body(new)).await?;
    }
    let since = calendar::day(long_ago, &TimeZone::UTC);
    let until = calendar::day(start.plus(SignedDuration::from_hours(24 * DAYS)), &TimeZone::UTC);
    for (post, key) in ROTA {
        let person = world.people.iter().find(|person| person.key == key).ok_or(Error::NotFound)?;
        let line = NewLine {
            post: post.code().to_owned(),
            zone: "America/New_York".to_owned(),
            from: "06:00".to_owned(),
            to: "06:00".to_owned(),
            people: vec![person.email.clone()],
            since: since.to_string(),
            until: Some(until.to_string()),
            ..NewLine::default()
        };
        duty::add_line(hub, &at(lena, long_ago), &line).await?;
    }
    play_on(hub, world, &cast).await?;
    // Rosa would like to go; Ravi has not accepted yet.
    let rosa = at(play(&cast, "rosa")?, start.plus(SignedDuration::from_mins(-5)));
    let ravi = world.people.iter().find(|person| person.key == "ravi").ok_or(Error::NotFound)?;
    let to = NewHandover { to: Some(ravi.email.clone()), ..NewHandover::default() };
    duty::hand_over(hub, &rosa, &to).await?;
    clockwork::turn(hub, start).await?;
    // What happened before the curtain rose pages nobody.
    notify::forget(hub, hub.wall.now()).await
}

/// The people of one side, by their keys.
async fn add(
    hub: &Hub,
    world: &World,
    officials: bool,
    now: Ts,
) -> Result<impl Iterator<Item = (&'static str, Viewer)> + use<>> {
    let people: Vec<_> = world.people.iter().filter(|person| person.authority.is_some() == officials).collect();
    let new = people.iter().map(|person| {
        let role = person.role.parse().map_err(Error::broken)?;
        Ok(NewPerson { email: &person.email, name: person.name, role, authority: person.authority })
    });
    let added = add_people(&hub.db, &new.collect::<Result<Vec<_>>>()?, now).await?;
    let keys: Vec<_> = people.iter().map(|person| person.key).collect();
    Ok(keys.into_iter().zip(added.into_iter().map(|person| person.viewer())))
}

/// Everything that happened before the start, in the order of time.
async fn play_on(hub: &Hub, world: &World, cast: &HashMap<&str, Viewer>) -> Result<()> {
    let mut acts: Vec<(SignedDuration, Act<'_>)> = Vec::new();
    for (number, incident) in world.incidents.iter().enumerate() {
        acts.push((incident.filed_before, Act::File(number)));
        acts.extend(incident.answered_before.map(|before| (before, Act::Answer(number))));
        acts.extend(incident.said.iter().map(|said| (said.before, Act::Say(number, said))));
    }
    acts.sort_by_key(|(before, _)| std::cmp::Reverse(*before));
    let mut references = HashMap::<usize, String>::new();
    for (before, act) in acts {
        let at = world.start.plus(-before);
        keep_promises(hub, cast, at).await?;
        // Until then the clock has worked: whoever was to be paged was, at their time.
        clockwork::turn(hub, at).await?;
        let actor =
            |key: &str| -> Result<Actor> { Ok(Actor::new(play(cast, key)?.clone(), at, crate::id::fresh_at(at))) };
        match act {
            Act::File(number) => {
                references.insert(number, file(hub, &world.incidents[number], &actor).await?);
            }
            Act::Answer(number) => {
                let incident = &world.incidents[number];
                let (Some(reference), Some(owner)) = (references.get(&number), &incident.owner) else { continue };
                match incident.state {
                    DemoState::New => {}
                    DemoState::Acknowledged => {
                        incident::acknowledge(hub, &actor(owner)?, reference).await?;
                    }
                    DemoState::Working => {
                        incident::claim(hub, &actor(owner)?, reference).await?;
                    }
                }
            }
            Act::Say(number, said) => {
                let Some(reference) = references.get(&number) else { continue };
                let id = crate::id::fresh_at(at).to_string();
                let say = Say { id, text: said.text.clone(), note: Some(said.note), ..Say::default() };
                room::say(hub, &actor(&said.by)?, reference, &say).await?;
            }
        }
    }
    keep_promises(hub, cast, world.start).await
}

/// Whoever has an incident says before its next update is due that there is nothing new, up to `until`: the story leaves
/// these lines out, and without them every acknowledgement of some hours would have lapsed.
async fn keep_promises(hub: &Hub, cast: &HashMap<&str, Viewer>, until: Ts) -> Result<()> {
    let system = Viewer::system("demonstration");
    let reader = hub.db.read(&system);
    loop {
        let running = reader.find::<row::Entity>().filter(row::open_and_acknowledged()).all().await?;
        let due = running.iter().filter_map(|row| Some((row.situation(&hub.policy_of(&row.policy)).update?, row)));
        let held = due.filter_map(|(due, row)| {
            let holder = row.chain().holder().or(row.owner_id);
            Some((due, row.id, cast.values().find(|person| Some(person.id()) == holder)?))
        });
        let Some((due, id, holder)) = held.filter(|(due, ..)| *due <= until).min_by_key(|(due, id, _)| (*due, *id))
        else {
            return Ok(());
        };
        let at = due.plus(EARLY);
        clockwork::turn(hub, at).await?;
        let found = reader.find::<row::Entity>().filter(row::with_id(id)).shaped::<row::RoomRow>(row::room).await?;
        let Some(room) = found.first() else { return Ok(()) };
        let reference = row::reference(&room.code, room.number, room.exercise);
        let (id, text) = (crate::id::fresh_at(at), "Nothing new yet. We are on it.".to_owned());
        let actor = Actor::new(holder.clone(), at, id);
        room::say(hub, &actor, &reference, &Say { id: id.to_string(), text, ..Say::default() }).await?;
    }
}

async fn file(hub: &Hub, incident: &DemoIncident, actor: &impl Fn(&str) -> Result<Actor>) -> Result<String> {
    let mut report = incident.report.clone();
    report.authority = Some(incident.authority.clone());
    let by = incident.entered_by.as_ref().unwrap_or(&incident.reporter);
    let filed = incident::file(hub, &actor(by)?, &report).await?;
    let reference = filed.body["ref"].as_str().ok_or_else(|| Error::broken("a filed incident has a reference"))?;
    Ok(reference.to_owned())
}

fn play<'a>(cast: &'a HashMap<&str, Viewer>, key: &str) -> Result<&'a Viewer> {
    cast.get(key).ok_or_else(|| Error::broken(format!("{key} is not of the cast")))
}

fn body(new: &super::DemoElection) -> ElectionBody {
    let windows = new.windows.iter().map(|window| WindowBody {
        id: None,
        kind: window.kind.code().to_owned(),
        opens: window.opens.to_string(),
        closes: window.closes.to_string(),
        zone: None,
    });
    let milestones = new.milestones.iter().map(|(kind, at)| MilestoneBody {
        id: None,
        kind: kind.code().to_owned(),
        at: at.to_string(),
        zone: None,
    });
    ElectionBody {
        authority: Some(new.authority.to_owned()),
        name: Some(new.name.clone()),
        zone: Some(new.zone.to_owned()),
        windows: Some(windows.collect()),
        milestones: Some(milestones.collect()),
        ..ElectionBody::default()
    }
}
