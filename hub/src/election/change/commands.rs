//! Making a change: at once, or as a proposal where it needs a second person. One transaction replaces the windows and
//! marks every open incident of the authority and its relatives as due for assessment; the sweep computes them, each in
//! its own authority, before the answer is given. A crash between the two loses nothing: what is marked is swept.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::proposals::{propose, tell_seconds, waits_for_agreement};
use super::{Because, Change, Postpone, ProposalState, Stand, Undo, Why, queries, rules};
use crate::audit::Kind;
use crate::election::almanac::Edition;
use crate::election::commands::{ElectionBody, Extend, Moved, put_parts};
use crate::election::queries::{ElectionView, show};
use crate::election::reference;
use crate::election::row::{election, milestone, window};
use crate::error::{Answer, Error, Refusal, Result};
use crate::escalation::sweep;
use crate::hub::Hub;
use crate::identity::{Actor, Right, Side, Viewer};
use crate::incident;
use crate::store::{Draft, Work};

/// Changes an election: what is given replaces what was there.
///
/// # Errors
/// Not found, a refusal, stale where `version` is not the present one, or every field that must be put right.
pub async fn update(hub: &Hub, actor: &Actor, id: &str, version: Option<i64>, body: &ElectionBody) -> Result<Answer> {
    let given = (&body.reason, &body.order, &body.order_text);
    make(hub, actor, id, version, Change::Changed(body.clone()), Why::checked(given)).await
}

/// Moves the close of a window later.
///
/// # Errors
/// As [`update`]; also where the window is none of this election's, or the close would be earlier.
pub async fn extend(hub: &Hub, actor: &Actor, id: &str, version: Option<i64>, extend: &Extend) -> Result<Answer> {
    let given = (&extend.reason, &extend.order, &extend.order_text);
    make(hub, actor, id, version, Change::Extended(extend.clone()), Why::checked(given)).await
}

/// Puts an election off: to another day, or until one is known.
///
/// # Errors
/// As [`update`].
pub async fn postpone(hub: &Hub, actor: &Actor, id: &str, version: Option<i64>, body: &Postpone) -> Result<Answer> {
    let given = (&body.reason, &body.order, &body.order_text);
    make(hub, actor, id, version, Change::Postponed { to: body.to.clone() }, Why::checked(given)).await
}

/// Annuls an election: nothing is counted by it any more.
///
/// # Errors
/// As [`update`].
pub async fn annul(hub: &Hub, actor: &Actor, id: &str, version: Option<i64>, body: &Because) -> Result<Answer> {
    let given = (&body.reason, &body.order, &body.order_text);
    make(hub, actor, id, version, Change::Annulled, Why::checked(given)).await
}

/// Takes the latest change back, as one act: the windows are what they were, and so are the due times of what nobody
/// has touched since.
///
/// # Errors
/// As [`update`]; also where there is nothing to take back.
pub async fn undo(hub: &Hub, actor: &Actor, id: &str, version: Option<i64>, body: &Undo) -> Result<Answer> {
    let given = (&body.reason, &body.order, &body.order_text);
    let looked_at = version.or(body.version);
    let change = Change::Undone { version: looked_at.unwrap_or_default() };
    match make(hub, actor, id, looked_at, change, Why::checked(given)).await {
        Err(Error::Stale(_)) if version.is_none() => {
            let sentence = "The calendar was changed in the meantime; look at what would be taken back now.";
            Err(Refusal::Unlawful(sentence.to_owned()).into())
        }
        answer => answer,
    }
}

/// Goes on where the election exists and the viewer may change it. For callers that must know before they look at
/// what was sent; every verb asks again.
///
/// # Errors
/// Not found, or a refusal.
pub async fn may(hub: &Hub, viewer: &Viewer, id: &str) -> Result<()> {
    let row = hub.db.read(viewer).find::<election::Entity>().filter(election::with_id(id)).one().await?;
    let Some(row) = row else {
        let known = reference::one(&hub.db.read(viewer), id).await?;
        known.ok_or(Error::NotFound)?;
        viewer.may(Right::EditElections)?;
        return Err(Refusal::Forbidden("Nobody changes an election that is kept for reference.").into());
    };
    may_edit(viewer, row.authority_id)
}

/// Everybody knows of every election; an official lead changes the own authority's.
pub(crate) fn may_edit(viewer: &Viewer, authority: i64) -> Result<()> {
    viewer.may(Right::EditElections)?;
    if viewer.side() == Side::Authority && !viewer.reach().admits(authority) {
        return Err(Refusal::Forbidden("Only its own official lead may change this election.").into());
    }
    Ok(())
}

/// An election in a transaction, as it is about to be changed.
pub(super) struct Opened {
    pub work: Work,
    pub row: election::Model,
    pub edition: Arc<Edition>,
    pub old: Stand,
}

/// Opens it for whoever may change it.
pub(super) async fn open(hub: &Hub, actor: &Actor, id: &str) -> Result<Opened> {
    may(hub, &actor.viewer, id).await?;
    let row = hub.db.read(&actor.viewer).find::<election::Entity>().filter(election::with_id(id)).one().await?;
    let row = row.ok_or(Error::NotFound)?;
    let work = hub.db.work_on_calendar(actor, row.authority_id).await?;
    let row = work.find::<election::Entity>().filter(election::with_id(id)).one().await?;
    let row = row.ok_or(Error::NotFound)?;
    let edition = hub.almanac.edition_in(&work).await?;
    let election = edition.election(id).ok_or(Error::NotFound)?.as_ref().clone();
    let old = Stand { election, standing: row.standing, runoff_of: row.runoff_of.clone() };
    Ok(Opened { work, row, edition, old })
}

impl Opened {
    /// What the change that a change takes back found.
    pub(super) async fn before(&self, change: &Change) -> Result<Option<Stand>> {
        let Change::Undone { version } = change else { return Ok(None) };
        queries::found_by(&self.work, &self.row, &self.old, *version).await
    }

    /// A run-off decides an election of the same authority.
    pub(super) fn linked(&self, new: &Stand) -> Result<()> {
        let Some(first) = new.runoff_of.as_deref().filter(|first| self.row.runoff_of.as_deref() != Some(first)) else {
            return Ok(());
        };
        linked(&self.edition, first, &self.row.id, &self.old.election.authority)
    }
}

/// Whether an election can be the first round of another one.
pub(crate) fn linked(edition: &Edition, first: &str, of: &str, authority: &str) -> Result<()> {
    let known = edition.election(first).filter(|known| known.id != of && known.authority == authority);
    let told = || Error::invalid("runoff_of", "Name the first round by its id: another election of this authority.");
    known.map(drop).ok_or_else(told)
}

/// Makes a change, or proposes it where it needs a second person: then the answer is 202 with the proposal.
///
/// # Errors
/// As [`update`].
pub async fn make(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    version: Option<i64>,
    change: Change,
    why: Result<Why>,
) -> Result<Answer> {
    let opened = open(hub, actor, id).await?;
    let change = match change {
        Change::Undone { .. } => Change::Undone { version: opened.row.version },
        other => other,
    };
    let before = opened.before(&change).await?;
    let new = rules::apply(&change, &opened.old, before, actor.now)?;
    let why = why?;
    opened.linked(&new)?;
    if version.is_some_and(|version| version != opened.row.version) {
        let present = show(&opened.old.election, &opened.row, actor.now);
        return Err(Error::Stale(Box::new(serde_json::to_value(present).map_err(Error::broken)?)));
    }
    let guarded = rules::moves_time(&opened.old, &new) && rules::is_guarded(&opened.old.election, actor.now);
    if !guarded {
        return write(hub, actor, opened, &change, new, &why, None, json!({})).await;
    }
    let at_once = match &change {
        Change::Extended(extend) => {
            !why.reason.is_empty()
                && rules::cannot_wait(&opened.old.election, extend, actor.now)
                && !waits_for_agreement(&opened.work, &opened.row.id).await?
        }
        _ => false,
    };
    if !at_once {
        return propose(hub, actor, opened, &change, &why).await;
    }
    let proposal = super::proposals::new(actor, &opened.row, &new, &change, &why, ProposalState::Applied)?;
    let kept = proposal.clone();
    let extra = json!({"confirm": "afterwards", "proposal": proposal.id});
    write(hub, actor, opened, &change, new, &why, Some(kept), extra).await
}

/// Writes a change down, sweeps, and says what moved. `afterwards` is a proposal that is to be confirmed then; `extra`
/// goes into the record.
#[expect(clippy::too_many_arguments, reason = "a change is all of it, and each is named once")]
pub(super) async fn write(
    hub: &Hub,
    actor: &Actor,
    opened: Opened,
    change: &Change,
    new: Stand,
    why: &Why,
    afterwards: Option<super::row::proposal::Model>,
    extra: Value,
) -> Result<Answer> {
    let Opened { mut work, row, edition, old } = opened;
    let undoes = if let Change::Undone { version } = change { Some(*version) } else { None };
    let version = row.version + 1;
    let row = election::Model {
        name: new.election.name.clone(),
        zone: new.election.zone.clone(),
        standing: new.standing,
        runoff_of: new.runoff_of.clone(),
        version,
        undoes,
        updated_at: actor.now,
        marked_at: Some(edition.mark(actor.now)),
        ..row
    };
    let (id, authority) = (row.id.clone(), row.authority_id);
    let view = show(&new.election, &row, actor.now);
    let mark = row.marked_at;
    work.save::<election::Model, election::ActiveModel>(row)?;
    work.delete::<window::Entity>(window::of(&id));
    work.delete::<milestone::Entity>(milestone::of(&id));
    put_parts(&work, &new.election);
    let before = json!({
        "windows": old.election.windows, "milestones": old.election.milestones, "name": old.election.name,
        "zone": old.election.zone, "standing": old.standing, "runoff_of": old.runoff_of,
    });
    let mut data = json!({
        "election": id, "name": new.election.name, "change": change.code(), "version": version, "before": before,
    });
    if new.standing != old.standing {
        data["standing"] = new.standing.code().into();
    }
    if let Some(undoes) = undoes {
        data["undoes"] = undoes.into();
    }
    why.told(&mut data);
    if let (Some(data), Value::Object(extra)) = (data.as_object_mut(), extra) {
        data.extend(extra);
    }
    let recorded = work.record(None, Draft::shared(Kind::Election, data))?;
    let relatives = edition.relatives(authority);
    let mut told = Vec::new();
    if rules::moves_time(&old, &new) {
        told = incident::owners_in(&work, &relatives).await?;
        told.retain(|owner| *owner != actor.viewer.id());
        for owner in &told {
            work.tell(*owner, &recorded, "notice");
        }
    }
    if let Some(proposal) = afterwards {
        tell_seconds(&work, actor, &recorded, &told).await?;
        work.put(proposal);
    }
    finish(hub, actor, work, 200, &relatives, mark, view).await
}

/// Marks, commits, sweeps, and says what moved. What moved is known only after the commit: until then the answer that
/// is kept for a request that is sent again is the election alone.
pub(crate) async fn finish(
    hub: &Hub,
    actor: &Actor,
    work: Work,
    status: u16,
    relatives: &[i64],
    mark: Option<crate::time::Ts>,
    view: ElectionView,
) -> Result<Answer> {
    work.mark_for_assessment(relatives, mark.unwrap_or(actor.now));
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
