//! Two persons for one change: one proposes, another one confirms or declines. What could not wait is done at once by
//! one, and a second one agrees afterwards or takes it back.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::commands::{Opened, open, write};
use super::row::proposal::{self, Entity, Model};
use super::{Because, Change, Order, ProposalState, Stand, Timed, Why, rules};
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
    /// The version of the election that it was made for, or confirmed on.
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

/// What a row keeps of a change.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    change: Change,
    /// The calendar that it was proposed on or, where it was done at once, that it made; rows of before have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<Timed>,
}

/// The calendar as it is when a proposal is looked at.
struct Present {
    timed: Timed,
    version: i64,
}

impl From<&ElectionView> for Present {
    fn from(view: &ElectionView) -> Self {
        Self { timed: view.into(), version: view.version }
    }
}

impl Present {
    fn of(row: &election::Model, stand: &Stand) -> Self {
        Self { timed: stand.into(), version: row.version }
    }
}

impl Model {
    fn kept(&self) -> Result<Kept> {
        serde_json::from_str(&self.change).map_err(Error::broken)
    }

    /// Whether time was moved since: another name moves none.
    fn is_overtaken(&self, kept: &Kept, present: &Present) -> bool {
        let made = self.version + i64::from(self.state == ProposalState::Applied);
        kept.on.as_ref().map_or(made != present.version, |on| *on != present.timed)
    }

    /// How it stands at `now`: nothing is written when a proposal is overtaken.
    fn stands(&self, kept: &Kept, present: &Present, now: Ts) -> ProposalState {
        match self.state {
            ProposalState::Open if self.is_overtaken(kept, present) => ProposalState::Stale,
            ProposalState::Open if now >= self.expires_at => ProposalState::Expired,
            state => state,
        }
    }

    fn why(&self) -> Why {
        Why { reason: self.reason.clone(), order: self.order_by, order_text: self.order_text.clone() }
    }
}

/// A row to be, of a change that is proposed `on` a calendar or has made it.
pub(super) fn new(
    actor: &Actor,
    election: &election::Model,
    on: &Stand,
    change: &Change,
    why: &Why,
    state: ProposalState,
) -> Result<Model> {
    Ok(Model {
        authority_id: election.authority_id,
        id: crate::id::fresh_at(actor.now).to_string(),
        election_id: election.id.clone(),
        version: election.version,
        change: serde_json::to_string(&Kept { change: change.clone(), on: Some(on.into()) }).map_err(Error::broken)?,
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
    let proposal = new(actor, &row, &old, change, why, ProposalState::Open)?;
    let mut data = json!({
        "election": row.id, "name": old.election.name, "change": "proposed", "what": change.code(),
        "proposal": proposal.id,
    });
    why.told(&mut data);
    let recorded = work.record(None, Draft::shared(Kind::Election, data))?;
    tell_seconds(&work, actor, &recorded, &[]).await?;
    let view = shown(&work, &proposal, &Present::of(&row, &old), actor.now).await?;
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

async fn shown(work: &Work, row: &Model, present: &Present, now: Ts) -> Result<ProposalView> {
    let ids = [Some(row.proposed_by), row.decided_by].into_iter().flatten();
    let people = work.instance::<person::Entity>().filter(person::with_ids(ids)).all().await?;
    view(row, &people, present, now)
}

fn view(row: &Model, people: &[person::Model], present: &Present, now: Ts) -> Result<ProposalView> {
    let name = |id: i64| people.iter().find(|person| person.id == id).map(|person| person.name.clone());
    let kept = row.kept()?;
    Ok(ProposalView {
        id: row.id.clone(),
        election: row.election_id.clone(),
        what: kept.change.code(),
        state: row.stands(&kept, present, now),
        version: row.version,
        reason: row.reason.clone(),
        order: row.order_by,
        order_text: row.order_text.clone(),
        by: name(row.proposed_by).unwrap_or_default(),
        at: row.proposed_at,
        expires_at: row.expires_at,
        decided_by: row.decided_by.and_then(name),
        decided_at: row.decided_at,
        change: kept.change,
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
    let present = election.into();
    rows.iter().map(|row| view(row, &people, &present, now)).collect()
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
        let view = view(row, &people, &(&election).into(), now)?;
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
    let kept = row.kept()?;
    waits(row.stands(&kept, &Present::of(&opened.row, &opened.old), actor.now))?;
    if row.state == ProposalState::Applied {
        return settle(actor, opened, row, ProposalState::Confirmed, &said).await;
    }
    still_may(&opened.work, row.proposed_by).await?;
    let change = kept.change;
    let before = opened.before(&change).await?;
    let new = rules::apply(&change, &opened.old, before, actor.now)?;
    opened.linked(&new)?;
    let by = by_whom(&opened.work, row.proposed_by).await?;
    let why = row.why();
    let row = Model { version: opened.row.version, ..row };
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
    let (kept, present) = (row.kept()?, Present::of(&opened.row, &opened.old));
    waits(row.stands(&kept, &present, actor.now))?;
    if row.state == ProposalState::Open {
        let state = if own { ProposalState::Withdrawn } else { ProposalState::Declined };
        return settle(actor, opened, row, state, &said).await;
    }
    is_second(actor, &row)?;
    if row.is_overtaken(&kept, &present) {
        return Err(unlawful(
            "The calendar was changed since, so this cannot be taken back by itself; edit the calendar.",
        ));
    }
    let change = Change::Undone { version: row.version + 1 };
    let before = opened.before(&change).await?;
    let new: Stand = rules::apply(&change, &opened.old, before, actor.now)?;
    let by = by_whom(&opened.work, row.proposed_by).await?;
    close(&opened.work, &row, ProposalState::Declined)?;
    let extra = json!({"proposal": row.id, "proposed_by": by});
    write(hub, actor, opened, &change, new, &said, None, extra).await
}

/// Two persons make a change, so both may make it when it is made.
async fn still_may(work: &Work, proposer: i64) -> Result<()> {
    let may = person::may_change_calendars(work.authority().id);
    let proposer = work.instance::<person::Entity>().filter(person::with_id(proposer)).filter(may);
    let known = proposer.filter(person::enabled()).one().await?;
    let sentence = "Whoever proposed it may no longer change this calendar, so it cannot be confirmed; decline it, and \
                    propose it yourself.";
    known.map(drop).ok_or_else(|| unlawful(sentence))
}

/// Whether something of an election was done at once and still waits to be agreed to: one at a time.
pub(super) async fn waits_for_agreement(work: &Work, election: &str) -> Result<bool> {
    let waiting = work.find::<Entity>().filter(proposal::of(election)).filter(proposal::waiting()).all().await?;
    Ok(waiting.iter().any(|row| row.state == ProposalState::Applied))
}

/// Whether a change would be done at once and agreed to afterwards.
///
/// # Errors
/// If the database does not answer.
pub async fn at_once(hub: &Hub, viewer: &Viewer, election: &ElectionView, change: &Change, now: Ts) -> Result<bool> {
    let Change::Extended(extend) = change else { return Ok(false) };
    if !rules::cannot_wait(&election.into(), extend, now) {
        return Ok(false);
    }
    Ok(proposals(hub, viewer, election, now).await?.iter().all(|one| one.state != ProposalState::Applied))
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
    let what = row.kept()?.change.code();
    let mut data = json!({
        "election": election.id, "name": old.election.name, "change": state.code(), "what": what, "proposal": row.id,
    });
    said.told(&mut data);
    let recorded = work.record(None, Draft::shared(Kind::Election, data))?;
    if row.proposed_by != actor.viewer.id() {
        work.tell(row.proposed_by, &recorded, "notice");
    }
    let row = Model { state, decided_by: Some(actor.viewer.id()), decided_at: Some(actor.now), ..row };
    let proposal = shown(&work, &row, &Present::of(&election, &old), actor.now).await?;
    let view = show(&old.election, &election, actor.now);
    work.commit(200, json!({"election": view, "moved": [], "proposal": proposal})).await
}
