//! Two persons for one change: one proposes, another one confirms or declines. What could not wait is done at once by
//! one, and a second one agrees afterwards or takes it back.

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

use super::commands::{Opened, open, write};
use super::row::proposal::{self, Entity, Model};
use super::{Because, Change, Order, ProposalState, Stand, Why, rules};
use crate::audit::Kind;
use crate::election::queries::{ElectionView, show};
use crate::election::row::election;
use crate::error::{Answer, Error, Refusal, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Viewer, person_row as person};
use crate::store::{Draft, Recorded, Work};
use crate::time::Ts;

/// So long a proposal waits.
const WAITS: SignedDuration = SignedDuration::from_hours(24);

/// A proposal, as it is read.
#[derive(Debug, Clone, Serialize)]
pub struct ProposalView {
    /// Names it in addresses.
    pub id: String,
    /// The election.
    pub election: String,
    /// What is proposed: `changed`, `extended`, `postponed`, `annulled`, `undone`.
    pub what: &'static str,
    /// How it stands.
    pub state: ProposalState,
    /// The version of the election that it was made for.
    pub version: i64,
    /// Why; empty where nobody said it.
    pub reason: String,
    /// On whose order.
    pub order: Option<Order>,
    /// Its number, its date.
    pub order_text: Option<String>,
    /// Who proposed it.
    pub by: String,
    /// When.
    pub at: Ts,
    /// Until when it can be confirmed.
    pub expires_at: Ts,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Ts>,
    /// The change itself.
    #[serde(skip)]
    pub change: Change,
    /// The key of who proposed it: they cannot be the second.
    #[serde(skip)]
    pub by_id: i64,
}

impl Model {
    fn change(&self) -> Result<Change> {
        serde_json::from_str(&self.change).map_err(Error::broken)
    }

    /// How it stands at `now`, the election being at `version`: nothing is written when a proposal is overtaken.
    fn stands(&self, version: i64, now: Ts) -> ProposalState {
        match self.state {
            ProposalState::Open if self.version != version => ProposalState::Stale,
            ProposalState::Open if now >= self.expires_at => ProposalState::Expired,
            state => state,
        }
    }

    fn why(&self) -> Why {
        Why { reason: self.reason.clone(), order: self.order_by, order_text: self.order_text.clone() }
    }
}

/// A row to be.
pub(super) fn new(
    actor: &Actor,
    election: &election::Model,
    change: &Change,
    why: &Why,
    state: ProposalState,
) -> Result<Model> {
    Ok(Model {
        authority_id: election.authority_id,
        id: crate::id::fresh_at(actor.now).to_string(),
        election_id: election.id.clone(),
        version: election.version,
        change: serde_json::to_string(change).map_err(Error::broken)?,
        reason: why.reason.clone(),
        order_by: why.order,
        order_text: why.order_text.clone(),
        proposed_by: actor.viewer.id(),
        proposed_at: actor.now,
        expires_at: actor.now.plus(WAITS),
        state,
        decided_by: None,
        decided_at: None,
    })
}

/// Writes a proposal down, and tells those who may be the second person.
pub(super) async fn propose(hub: &Hub, actor: &Actor, opened: Opened, change: &Change, why: &Why) -> Result<Answer> {
    let Opened { mut work, row, old, .. } = opened;
    let proposal = new(actor, &row, change, why, ProposalState::Open)?;
    let mut data = json!({
        "election": row.id, "name": old.election.name, "change": "proposed", "what": change.code(),
        "proposal": proposal.id,
    });
    why.told(&mut data);
    let recorded = work.record(None, Draft::shared(Kind::Election, data))?;
    tell_seconds(&work, actor, &recorded, &[]).await?;
    let view = shown(&work, &proposal, row.version, actor.now).await?;
    work.put(proposal);
    let answer = work.commit(202, json!({ "proposal": view })).await?;
    hub.wake.notify_one();
    Ok(answer)
}

/// Tells those who may be the second person, but who was told already.
pub(super) async fn tell_seconds(work: &Work, actor: &Actor, recorded: &Recorded, told: &[i64]) -> Result<()> {
    let seconds = person::may_change_calendars(work.authority().id);
    for second in work.instance::<person::Entity>().filter(seconds).filter(person::enabled()).all().await? {
        if second.id != actor.viewer.id() && !told.contains(&second.id) {
            work.tell(second.id, recorded, "notice");
        }
    }
    Ok(())
}

async fn shown(work: &Work, row: &Model, version: i64, now: Ts) -> Result<ProposalView> {
    let ids = [Some(row.proposed_by), row.decided_by].into_iter().flatten();
    let people = work.instance::<person::Entity>().filter(person::with_ids(ids)).all().await?;
    view(row, &people, version, now)
}

fn view(row: &Model, people: &[person::Model], version: i64, now: Ts) -> Result<ProposalView> {
    let name = |id: i64| people.iter().find(|person| person.id == id).map(|person| person.name.clone());
    let change = row.change()?;
    Ok(ProposalView {
        id: row.id.clone(),
        election: row.election_id.clone(),
        what: change.code(),
        state: row.stands(version, now),
        version: row.version,
        reason: row.reason.clone(),
        order: row.order_by,
        order_text: row.order_text.clone(),
        by: name(row.proposed_by).unwrap_or_default(),
        at: row.proposed_at,
        expires_at: row.expires_at,
        decided_by: row.decided_by.and_then(name),
        decided_at: row.decided_at,
        change,
        by_id: row.proposed_by,
    })
}

/// The proposals of an election, the latest first: for those who read the record of its authority.
///
/// # Errors
/// If the database does not answer.
pub async fn proposals(hub: &Hub, viewer: &Viewer, election: &ElectionView, now: Ts) -> Result<Vec<ProposalView>> {
    let reader = hub.db.read(viewer);
    let rows =
        reader.find::<Entity>().filter(proposal::of(&election.id)).descending(proposal::Column::Id).all().await?;
    let ids = rows.iter().flat_map(|row| [Some(row.proposed_by), row.decided_by]).flatten();
    let people = reader.instance::<person::Entity>().filter(person::with_ids(ids)).all().await?;
    rows.iter().map(|row| view(row, &people, election.version, now)).collect()
}

/// All proposals that wait for a second person, each with its election: of those authorities whose record the viewer
/// reads.
///
/// # Errors
/// If the database does not answer.
pub async fn waiting(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Vec<(ElectionView, ProposalView)>> {
    let reader = hub.db.read(viewer);
    let rows = reader.find::<Entity>().filter(proposal::waiting()).ascending(proposal::Column::Id).all().await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let people = person::with_ids(rows.iter().map(|row| row.proposed_by));
    let people = reader.instance::<person::Entity>().filter(people).all().await?;
    let mut all = Vec::new();
    for row in &rows {
        let election = crate::election::get(hub, viewer, &row.election_id, now).await?;
        let view = view(row, &people, election.version, now)?;
        if view.waits() {
            all.push((election, view));
        }
    }
    Ok(all)
}

impl ProposalView {
    /// Whether a second person can still decide.
    pub fn waits(&self) -> bool {
        matches!(self.state, ProposalState::Open | ProposalState::Applied)
    }
}

/// One of them.
///
/// # Errors
/// Not found.
pub async fn proposal(hub: &Hub, viewer: &Viewer, election: &ElectionView, id: &str, now: Ts) -> Result<ProposalView> {
    let all = proposals(hub, viewer, election, now).await?;
    all.into_iter().find(|one| one.id == id).ok_or(Error::NotFound)
}

/// A proposal in a transaction, as it is about to be decided.
async fn decided(hub: &Hub, actor: &Actor, election: &str, id: &str) -> Result<(Opened, Model)> {
    let reader = hub.db.read(&actor.viewer);
    let known = reader.find::<Entity>().filter(proposal::with_id(election, id)).one().await?;
    known.ok_or(Error::NotFound)?;
    let opened = open(hub, actor, election).await?;
    let row = opened.work.find::<Entity>().filter(proposal::with_id(election, id)).one().await?;
    let row = row.ok_or(Error::NotFound)?;
    Ok((opened, row))
}

fn unlawful(sentence: &str) -> Error {
    Refusal::Unlawful(sentence.to_owned()).into()
}

/// Whether there is something to decide.
fn waits(state: ProposalState) -> Result<()> {
    match state {
        ProposalState::Open | ProposalState::Applied => Ok(()),
        ProposalState::Stale => {
            Err(unlawful("The calendar was changed since; look at it and propose the change again."))
        }
        ProposalState::Expired => Err(unlawful("Nobody confirmed it within 24 hours; propose the change again.")),
        ProposalState::Confirmed => Err(unlawful("It was confirmed already.")),
        ProposalState::Declined | ProposalState::Withdrawn => Err(unlawful("It was declined already.")),
    }
}

/// Whether this person can be the second one.
fn is_second(actor: &Actor, row: &Model) -> Result<()> {
    if actor.viewer.id() != row.proposed_by {
        return Ok(());
    }
    Err(Refusal::Forbidden("You proposed it, so somebody else must confirm it: two persons, not one twice.").into())
}

/// Confirms a proposal: the change is made. What was done at once already is agreed to.
///
/// # Errors
/// Not found, a refusal, or what keeps the change from being made.
pub async fn confirm(hub: &Hub, actor: &Actor, election: &str, id: &str, body: &Because) -> Result<Answer> {
    let (opened, row) = decided(hub, actor, election, id).await?;
    is_second(actor, &row)?;
    let said = Why::checked((&body.reason, &body.order, &body.order_text))?;
    waits(row.stands(opened.row.version, actor.now))?;
    let change = row.change()?;
    if row.state == ProposalState::Applied {
        return settle(actor, opened, row, ProposalState::Confirmed, &said).await;
    }
    let before = opened.before(&change).await?;
    let new = rules::apply(&change, &opened.old, before, actor.now)?;
    opened.linked(&new)?;
    let by = by_whom(&opened.work, row.proposed_by).await?;
    let why = row.why();
    close(&opened.work, &row, ProposalState::Confirmed)?;
    let extra = json!({"proposal": row.id, "proposed_by": by});
    write(hub, actor, opened, &change, new, &why, None, extra).await
}

/// Declines a proposal, or takes it back where it is one's own. What was done at once already is undone.
///
/// # Errors
/// Not found, a refusal, or what keeps it from being undone.
pub async fn decline(hub: &Hub, actor: &Actor, election: &str, id: &str, body: &Because) -> Result<Answer> {
    let (opened, row) = decided(hub, actor, election, id).await?;
    let own = actor.viewer.id() == row.proposed_by;
    let said = Why::checked((&body.reason, &body.order, &body.order_text))?;
    waits(row.stands(opened.row.version, actor.now))?;
    if row.state == ProposalState::Open {
        let state = if own { ProposalState::Withdrawn } else { ProposalState::Declined };
        return settle(actor, opened, row, state, &said).await;
    }
    is_second(actor, &row)?;
    if opened.row.version != row.version + 1 {
        return Err(unlawful(
            "The calendar was changed since, so this cannot be taken back by itself; edit the calendar.",
        ));
    }
    let change = Change::Undone { version: opened.row.version };
    let before = opened.before(&change).await?;
    let new: Stand = rules::apply(&change, &opened.old, before, actor.now)?;
    let by = by_whom(&opened.work, row.proposed_by).await?;
    close(&opened.work, &row, ProposalState::Declined)?;
    let extra = json!({"proposal": row.id, "proposed_by": by});
    write(hub, actor, opened, &change, new, &said, None, extra).await
}

async fn by_whom(work: &Work, person: i64) -> Result<Value> {
    let known = work.instance::<person::Entity>().filter(person::with_id(person)).one().await?;
    Ok(known.map_or(Value::Null, |known| json!({"name": known.name, "office": known.office})))
}

fn close(work: &Work, row: &Model, state: ProposalState) -> Result<()> {
    let (decided_by, decided_at) = (Some(work.actor().viewer.id()), Some(work.now()));
    work.save::<Model, proposal::ActiveModel>(Model { state, decided_by, decided_at, ..row.clone() })
}

/// Closes a proposal without a change of the calendar.
async fn settle(actor: &Actor, opened: Opened, row: Model, state: ProposalState, said: &Why) -> Result<Answer> {
    let Opened { mut work, row: election, old, .. } = opened;
    close(&work, &row, state)?;
    let what = row.change()?.code();
    let mut data = json!({
        "election": election.id, "name": old.election.name, "change": state.code(), "what": what, "proposal": row.id,
    });
    said.told(&mut data);
    let recorded = work.record(None, Draft::shared(Kind::Election, data))?;
    if row.proposed_by != actor.viewer.id() {
        work.tell(row.proposed_by, &recorded, "notice");
    }
    let row = Model { state, decided_by: Some(actor.viewer.id()), decided_at: Some(actor.now), ..row };
    let proposal = shown(&work, &row, election.version, actor.now).await?;
    let view = show(&old.election, &election, actor.now);
    work.commit(200, json!({"election": view, "moved": [], "proposal": proposal})).await
}
