//! Adding elections, and what is checked of every calendar that is sent. Changing one is in [`super::change`].

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::change::{Why, finish, linked, may_edit};
use super::check::limits;
use super::queries::{ElectionView, show};
use super::row::{election, milestone, window};
use super::{Election, Milestone, Window};
use crate::audit::Kind;
use crate::authority::row as authority;
use crate::error::{Answer, Error, Problems, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Reach, Right};
use crate::incident;
use crate::store::{Draft, Work};
use crate::text;
use crate::time::Ts;

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
    /// The id of the election that it decides, where it is a run-off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runoff_of: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of whose order it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Its number, its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_text: Option<String>,
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
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code of whose order it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Its number, its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_text: Option<String>,
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
    let edition = hub.almanac.edition_in(&work).await?;
    let relatives = edition.relatives(authority.id);
    room(work.find::<election::Entity>().filter(election::of(authority.id)).count().await?, 1)?;
    let election = checked(&blank(id, &authority), body, actor.now)?;
    let why = Why::checked((&body.reason, &body.order, &body.order_text))?;
    let runoff_of = body.runoff_of.clone().filter(|first| !first.is_empty());
    if let Some(first) = &runoff_of {
        linked(&edition, first, &election.id, &election.authority)?;
    }
    let mark = edition.mark(actor.now);
    let row = election::Model { runoff_of, marked_at: Some(mark), ..election::Model::first(&election, actor.now) };
    work.put(row.clone());
    put_parts(&work, &election);
    let mut data = json!({"election": election.id, "name": election.name, "change": "added", "version": 1});
    why.told(&mut data);
    let recorded = work.record(None, Draft::shared(Kind::Election, data))?;
    for owner in incident::owners_in(&work, &relatives).await? {
        if owner != actor.viewer.id() {
            work.tell(owner, &recorded, "notice");
        }
    }
    finish(hub, actor, work, 201, &relatives, Some(mark), show(&election, &row, actor.now)).await
}

/// So many elections an authority has at most: every report of it and of its relatives is assessed by all of them.
const ELECTIONS: u64 = 50;

/// Whether an authority that has so many elections may have `more`.
pub(super) fn room(has: u64, more: u64) -> Result<()> {
    if has.saturating_add(more) <= ELECTIONS {
        return Ok(());
    }
    let sentence =
        format!("An authority has at most {ELECTIONS} elections, and this one has {has}; change one of them.");
    Err(Error::invalid("authority", sentence))
}

/// An election of an authority without anything in it.
pub(super) fn blank(id: String, authority: &authority::Model) -> Election {
    Election {
        id,
        name: String::new(),
        authority: authority.slug.clone(),
        authority_name: authority.name.clone(),
        zone: authority.zone.clone(),
        windows: Vec::new(),
        milestones: Vec::new(),
    }
}

/// What an election that is added would be, for whoever may add it: checked, and not stored.
///
/// # Errors
/// As [`create`].
pub async fn drafted(hub: &Hub, actor: &Actor, body: &ElectionBody) -> Result<ElectionView> {
    let authority = owner(hub, actor, body.authority.as_deref()).await?;
    let own = hub.db.read(&actor.viewer).find::<election::Entity>().filter(election::of(authority.id));
    room(own.count().await?, 1)?;
    let election = checked(&blank(crate::id::fresh_at(actor.now).to_string(), &authority), body, actor.now)?;
    Why::checked((&body.reason, &body.order, &body.order_text))?;
    let row = election::Model::first(&election, actor.now);
    Ok(show(&election, &row, actor.now))
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

pub(super) const CIVIL: &str = "Give a local date and time as 2026-11-03T06:00:00.";

/// A civil time; seconds may be left out, as browsers do.
pub(super) fn civil(text: &str) -> Option<DateTime> {
    let text = text.trim();
    // A civil time carries no offset: with one, it would be another instant than the reader thinks.
    let plain =
        text.len() >= 16 && !text.ends_with('Z') && !text.get(11..).is_some_and(|time| time.contains(['+', '-', '[']));
    plain.then(|| text.parse().ok()).flatten()
}

/// `base` with what `body` gives, checked whole.
pub(super) fn checked(base: &Election, body: &ElectionBody, now: Ts) -> Result<Election> {
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
    sound(base, election, now)
}

/// What `old` becomes, if it can be used.
pub(super) fn sound(old: &Election, election: Election, now: Ts) -> Result<Election> {
    let mut problems = Problems::default();
    for (field, sentence) in election.problems().into_iter().chain(limits(old, &election, now)) {
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
