//! Changing elections. One transaction replaces the windows and marks every open incident of the authority and its
//! relatives as due for assessment; the sweep computes them, each in its own authority, before the answer is given. A
//! crash between the two loses nothing: what is marked is swept.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::queries::{ElectionView, show};
use super::row::{election, milestone, window};
use super::{Election, Milestone, Window};
use crate::audit::Kind;
use crate::authority::row as authority;
use crate::error::{Answer, Error, Problems, Result};
use crate::escalation::sweep;
use crate::hub::Hub;
use crate::identity::{Actor, Reach, Right, Side, Viewer};
use crate::incident;
use crate::store::{Draft, Work};
use crate::text;

/// The body that makes an election, or replaces what of it is given.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionBody {
    /// The slug of its authority; officials may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// As people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The IANA zone of its civil times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// All of its windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowBody>>,
    /// All of its milestones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestones: Option<Vec<MilestoneBody>>,
}

/// A window to be, or one that is there, where it has the id of one.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WindowBody {
    /// Of a window that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The code of its kind.
    pub kind: String,
    /// Civil time.
    pub opens: String,
    /// Civil time.
    pub closes: String,
    /// Its zone where that is not the election's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A milestone to be, or one that is there, where it has the id of one.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MilestoneBody {
    /// Of a milestone that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The code of its kind.
    pub kind: String,
    /// Civil time.
    pub at: String,
    /// Its zone where that is not the election's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// The body that moves a close later: one action.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// The id of the window.
    pub window: String,
    /// Its new close, civil time.
    pub closes: String,
}

/// What a change moved, among what whoever made it may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Which incident.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Before the change.
    pub priority_before: String,
    /// After it.
    pub priority: String,
    /// The earliest target that ran before the change.
    pub due_before: Option<crate::time::Ts>,
    /// After it.
    pub due: Option<crate::time::Ts>,
}

/// Makes an election.
///
/// # Errors
/// Not found, a refusal, or every field that must be put right.
pub async fn create(hub: &Hub, actor: &Actor, body: &ElectionBody) -> Result<Answer> {
    let authority = owner(hub, actor, body.authority.as_deref()).await?;
    let id = crate::id::fresh_at(actor.now).to_string();
    let mut work = hub.db.work_on_calendar(actor, authority.id).await?;
    let relatives = hub.almanac.edition_in(&work).await?.relatives(authority.id);
    let blank = Election {
        id: id.clone(),
        name: String::new(),
        authority: authority.slug.clone(),
        authority_name: authority.name.clone(),
        zone: authority.zone.clone(),
        windows: Vec::new(),
        milestones: Vec::new(),
    };
    let election = checked(&blank, body)?;
    let row = election::Model::first(&election, actor.now);
    work.put(row.clone());
    put_parts(&work, &election);
    let data = json!({"election": election.id, "name": election.name, "change": "added"});
    work.record(None, Draft::shared(Kind::Election, data))?;
    finish(hub, actor, work, 201, &relatives, show(&election, &row, actor.now)).await
}

/// Changes an election: what is given replaces what was there.
///
/// # Errors
/// Not found, a refusal, stale where `version` is not the present one, or every field that must be put right.
pub async fn update(hub: &Hub, actor: &Actor, id: &str, version: Option<i64>, body: &ElectionBody) -> Result<Answer> {
    change(hub, actor, id, version, "changed", |election| {
        if body.authority.as_ref().is_some_and(|slug| *slug != election.authority) {
            return Err(Error::invalid("authority", "An election stays with its authority; make another one there."));
        }
        checked(election, body)
    })
    .await
}

/// Moves the close of a window later.
///
/// # Errors
/// As [`update`]; also where the window is none of this election's, or the close would be earlier.
pub async fn extend(hub: &Hub, actor: &Actor, id: &str, extend: &Extend) -> Result<Answer> {
    change(hub, actor, id, None, "extended", |election| {
        let mut election = election.clone();
        let Some(at) = election.windows.iter().position(|window| window.id == extend.window) else {
            return Err(Error::invalid("window", "Name a window of this election by its id."));
        };
        let window = &mut election.windows[at];
        let closes = civil(&extend.closes).ok_or_else(|| Error::invalid("closes", CIVIL))?;
        if closes <= window.closes {
            let was = window.closes;
            let sentence = format!("It closes at {was}: give a later time, or change the election.");
            return Err(Error::invalid("closes", sentence));
        }
        window.closes = closes;
        sound(election)
    })
    .await
}

/// Goes on where the election exists and the viewer may change it. For callers that must know before they look at
/// what was sent; every verb asks again.
///
/// # Errors
/// Not found, or a refusal.
pub async fn may(hub: &Hub, viewer: &Viewer, id: &str) -> Result<()> {
    let row = hub.db.read(viewer).find::<election::Entity>().filter(election::with_id(id)).one().await?;
    let Some(row) = row else {
        let known = super::reference::one(&hub.db.read(viewer), id).await?;
        known.ok_or(Error::NotFound)?;
        viewer.may(Right::EditElections)?;
        return Err(crate::error::Refusal::Forbidden("Nobody changes an election that is kept for reference.").into());
    };
    may_edit(viewer, row.authority_id)
}

async fn change(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    version: Option<i64>,
    what: &str,
    new: impl FnOnce(&Election) -> Result<Election>,
) -> Result<Answer> {
    let reader = hub.db.read(&actor.viewer);
    let row = reader.find::<election::Entity>().filter(election::with_id(id)).one().await?;
    let row = row.ok_or(Error::NotFound)?;
    may_edit(&actor.viewer, row.authority_id)?;
    let mut work = hub.db.work_on_calendar(actor, row.authority_id).await?;
    let row = work.find::<election::Entity>().filter(election::with_id(id)).one().await?;
    let row = row.ok_or(Error::NotFound)?;
    let edition = hub.almanac.edition_in(&work).await?;
    let old = edition.election(id).ok_or(Error::NotFound)?;
    let election = new(old)?;
    if version.is_some_and(|version| version != row.version) {
        let present = serde_json::to_value(show(old, &row, actor.now)).map_err(Error::broken)?;
        return Err(Error::Stale(Box::new(present)));
    }
    let version = row.version + 1;
    work.update(election::becomes(&election, super::Standing::Held, version, None, actor.now)).await?;
    work.delete::<window::Entity>(window::of(id));
    work.delete::<milestone::Entity>(milestone::of(id));
    put_parts(&work, &election);
    let before = json!({"windows": old.windows, "milestones": old.milestones, "name": old.name, "zone": old.zone});
    let data = json!({"election": id, "name": election.name, "change": what, "before": before});
    work.record(None, Draft::shared(Kind::Election, data))?;
    let relatives = edition.relatives(row.authority_id);
    finish(hub, actor, work, 200, &relatives, show(&election, &election::Model { version, ..row }, actor.now)).await
}

/// Marks, commits, sweeps, and says what moved. What moved is known only after the commit: until then the answer that
/// is kept for a request that is sent again is the election alone.
async fn finish(
    hub: &Hub,
    actor: &Actor,
    work: Work,
    status: u16,
    relatives: &[i64],
    view: ElectionView,
) -> Result<Answer> {
    work.mark_for_assessment(relatives);
    let before = incident::standing_in(&work, relatives).await?;
    let nothing = json!({"election": &view, "moved": []});
    work.commit(status, nothing).await?;
    let at: BTreeMap<_, _> = before.into_iter().collect();
    sweep::sweep(hub, actor.now, Some(relatives)).await?;
    hub.wake.notify_one();
    let moved: Vec<Moved> = incident::standing(hub, &actor.viewer, relatives)
        .await?
        .into_iter()
        .filter_map(|(reference, (priority, due))| {
            let (priority_before, due_before) = at.get(&reference)?.clone();
            let differs = (&priority_before, due_before) != (&priority, due);
            differs.then_some(Moved { reference, priority_before, priority, due_before, due })
        })
        .collect();
    let answer = Answer { status, body: json!({"election": view, "moved": moved}) };
    hub.db.correct(actor, &answer).await?;
    Ok(answer)
}

/// Whose election it is to be.
async fn owner(hub: &Hub, actor: &Actor, slug: Option<&str>) -> Result<authority::Model> {
    let own = match (actor.viewer.reach(), slug) {
        (Reach::One(own), _) => authority::with_id(*own),
        (_, Some(slug)) => authority::with_slug(slug),
        (_, None) => {
            actor.viewer.may(Right::EditElections)?;
            return Err(Error::invalid("authority", "Say which authority holds the election."));
        }
    };
    let row = hub.db.read(&actor.viewer).find::<authority::Entity>().filter(own).one().await?;
    let row = row.filter(|row| slug.is_none_or(|slug| slug == row.slug)).ok_or(Error::NotFound)?;
    may_edit(&actor.viewer, row.id)?;
    Ok(row)
}

/// Everybody knows of every election; an official lead changes the own authority's.
fn may_edit(viewer: &Viewer, authority: i64) -> Result<()> {
    viewer.may(Right::EditElections)?;
    if viewer.side() == Side::Authority && !viewer.reach().admits(authority) {
        return Err(crate::error::Refusal::Forbidden("Only its own official lead may change this election.").into());
    }
    Ok(())
}

const CIVIL: &str = "Give a local date and time as 2026-11-03T06:00:00.";

/// A civil time; seconds may be left out, as browsers do.
pub(super) fn civil(text: &str) -> Option<DateTime> {
    let text = text.trim();
    // A civil time carries no offset: with one, it would be another instant than the reader thinks.
    let plain =
        text.len() >= 16 && !text.ends_with('Z') && !text.get(11..).is_some_and(|time| time.contains(['+', '-', '[']));
    plain.then(|| text.parse().ok()).flatten()
}

/// `base` with what `body` gives, checked whole.
fn checked(base: &Election, body: &ElectionBody) -> Result<Election> {
    let mut problems = Problems::default();
    let mut election = base.clone();
    if let Some(name) = &body.name {
        match text::Line::new(name, 120) {
            Ok(line) => election.name = line.into(),
            Err(sentence) => problems.add("name", sentence),
        }
    } else if election.name.is_empty() {
        problems.add("name", "Give the election a name.");
    }
    if let Some(zone) = &body.zone {
        election.zone.clone_from(zone);
    }
    let fresh = |id: &Option<String>, known: &dyn Fn(&str) -> bool| match id {
        Some(id) if known(id) => id.clone(),
        _ => crate::id::fresh().to_string(),
    };
    if let Some(windows) = &body.windows {
        let old = std::mem::take(&mut election.windows);
        for (at, body) in windows.iter().enumerate() {
            let kind = code(&format!("windows[{at}].kind"), &body.kind, &mut problems);
            let opens = time(&format!("windows[{at}].opens"), &body.opens, &mut problems);
            let closes = time(&format!("windows[{at}].closes"), &body.closes, &mut problems);
            if let (Some(kind), Some(opens), Some(closes)) = (kind, opens, closes) {
                let id = fresh(&body.id, &|id| old.iter().any(|window| window.id == id));
                election.windows.push(Window { id, kind, opens, closes, zone: own_zone(&body.zone) });
            }
        }
    }
    if let Some(milestones) = &body.milestones {
        let old = std::mem::take(&mut election.milestones);
        for (at, body) in milestones.iter().enumerate() {
            let kind = code(&format!("milestones[{at}].kind"), &body.kind, &mut problems);
            let moment = time(&format!("milestones[{at}].at"), &body.at, &mut problems);
            if let (Some(kind), Some(moment)) = (kind, moment) {
                let id = fresh(&body.id, &|id| old.iter().any(|milestone| milestone.id == id));
                election.milestones.push(Milestone { id, kind, at: moment, zone: own_zone(&body.zone) });
            }
        }
    }
    problems.none()?;
    sound(election)
}

fn sound(election: Election) -> Result<Election> {
    let mut problems = Problems::default();
    for (field, sentence) in election.problems() {
        problems.add(field, sentence);
    }
    problems.none()?;
    Ok(election)
}

fn own_zone(zone: &Option<String>) -> Option<String> {
    zone.clone().filter(|zone| !zone.trim().is_empty())
}

fn code<T: std::str::FromStr<Err = crate::escalation::UnknownCode>>(
    field: &str,
    code: &str,
    problems: &mut Problems,
) -> Option<T> {
    code.parse().map_err(|error: crate::escalation::UnknownCode| problems.add(field, format!("{error}."))).ok()
}

fn time(field: &str, typed: &str, problems: &mut Problems) -> Option<DateTime> {
    let time = civil(typed);
    if time.is_none() {
        problems.add(field, CIVIL);
    }
    time
}

pub(super) fn put_parts(work: &Work, election: &Election) {
    let (windows, milestones) = rows_of(election, 0);
    for row in windows {
        work.put(row);
    }
    for row in milestones {
        work.put(row);
    }
}

/// The rows of an election's parts, in their order.
pub(crate) fn rows_of(election: &Election, authority_id: i64) -> (Vec<window::Model>, Vec<milestone::Model>) {
    let windows = (0..).zip(&election.windows).map(|(position, one)| window::Model {
        authority_id,
        election_id: election.id.clone(),
        id: one.id.clone(),
        position,
        kind: one.kind.code().to_owned(),
        opens: one.opens.to_string(),
        closes: one.closes.to_string(),
        zone: one.zone.clone(),
    });
    let milestones = (0..).zip(&election.milestones).map(|(position, one)| milestone::Model {
        authority_id,
        election_id: election.id.clone(),
        id: one.id.clone(),
        position,
        kind: one.kind.code().to_owned(),
        at: one.at.to_string(),
        zone: one.zone.clone(),
    });
    (windows.collect(), milestones.collect())
}
