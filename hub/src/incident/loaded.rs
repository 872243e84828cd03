//! An incident while a verb works on it: loaded under the lock of its authority, decided on, written, committed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::assessing::{Occasion, reassess};
use super::queries::find_room;
use super::row::{ActiveModel, Entity, Model};
use super::view::show;
use super::{Chain, Clocks, IncidentView, Status, Unlawful, Verb, next};
use crate::audit::Kind;
use crate::duty::{Team, team_in};
use crate::election::{Edition, LaidOut};
use crate::error::{Answer, Error, Refusal, Result};
use crate::escalation::{Policy, Targets};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Right, Side};
use crate::store::{Draft, Recorded, Work};
use crate::time::Ts;

/// An incident inside a transaction of its authority.
pub(crate) struct Loaded<'a> {
    pub row: Model,
    pub hub: &'a Hub,
    /// Where its chain stands; written with the row.
    pub chain: Chain,
    /// The version that it is pinned to.
    pub policy: Arc<Policy>,
    /// What is looked up once it is needed.
    pub(super) common: Arc<Common>,
    /// Whether it waited for its authority when it was read.
    waited: bool,
    /// Whether anything of it was recorded: what leaves no event moves nothing that the chain depends on.
    told: bool,
}

/// What the incidents of one transaction have in common: each is looked up once, by the first that needs it.
#[derive(Default)]
pub(crate) struct Common {
    edition: OnceCell<Arc<Edition>>,
    team: OnceCell<Arc<Team>>,
    /// People by key; none who must not act any more.
    people: Mutex<HashMap<i64, Option<person::Model>>>,
}

impl Common {
    /// All calendars, as the transaction sees them.
    pub(crate) async fn edition(&self, hub: &Hub, work: &Work) -> Result<&Arc<Edition>> {
        self.edition.get_or_try_init(|| hub.almanac.edition_in(work)).await
    }

    /// Who is on duty now.
    pub(super) async fn team(&self, work: &Work) -> Result<&Arc<Team>> {
        self.team.get_or_try_init(async || Ok(Arc::new(team_in(work, work.now()).await?))).await
    }

    /// Somebody who may still act.
    pub(super) async fn person(&self, work: &Work, id: i64) -> Result<Option<person::Model>> {
        if !self.people.lock().await.contains_key(&id) {
            self.meet(work, [id]).await?;
        }
        Ok(self.people.lock().await.get(&id).cloned().flatten())
    }

    /// Looks several people up in one question.
    pub(crate) async fn meet(&self, work: &Work, ids: impl IntoIterator<Item = i64>) -> Result<()> {
        let mut met: HashMap<_, _> = ids.into_iter().map(|id| (id, None)).collect();
        let these = person::with_ids(met.keys().copied());
        for person in work.instance::<person::Entity>().filter(these).filter(person::enabled()).all().await? {
            met.insert(person.id, Some(person));
        }
        self.people.lock().await.extend(met);
        Ok(())
    }
}

impl<'a> Loaded<'a> {
    /// A row that was read in the transaction.
    pub(crate) fn new(hub: &'a Hub, row: Model) -> Self {
        Self::among(hub, row, Arc::default())
    }

    /// One of several that were.
    pub(crate) fn among(hub: &'a Hub, row: Model, common: Arc<Common>) -> Self {
        Self {
            policy: hub.policy_of(&row.policy),
            chain: row.chain(),
            waited: row.status == Status::Waiting,
            told: false,
            row,
            hub,
            common,
        }
    }

    /// Loads it: not found where it is none of the actor's, refused where the role has not the right.
    pub(crate) async fn load(
        hub: &'a Hub,
        actor: &Actor,
        reference: &str,
        right: Option<Right>,
    ) -> Result<(Self, Work)> {
        let reader = hub.db.read(&actor.viewer);
        let seen = find_room(&reader, reference).await?;
        if let Some(right) = right {
            actor.viewer.may(right)?;
        }
        let this = super::row::with_id(seen.id);
        let (work, row) = hub.db.work_on::<Entity>(actor, seen.authority_id, this).await?;
        hub.policies.learn(&work, &row.policy).await?;
        Ok((Self::new(hub, row), work))
    }

    /// All calendars, as this transaction sees them: looked up once they are needed.
    pub(crate) async fn edition(&self, work: &Work) -> Result<&Arc<Edition>> {
        self.common.edition(self.hub, work).await
    }

    pub(super) async fn laid_out(&self, work: &Work) -> Result<Arc<LaidOut>> {
        let edition = self.edition(work).await?;
        Ok(edition.calendar(self.row.authority_id, self.row.election_id.as_deref(), &self.policy))
    }

    pub(crate) fn record(&mut self, work: &mut Work, draft: Draft) -> Result<Recorded> {
        self.told = true;
        work.record(Some(self.row.room()), draft)
    }

    /// Assesses again after a change, and records what became of it.
    pub(crate) async fn reassess(&mut self, work: &mut Work, occasion: Occasion) -> Result<bool> {
        self.reassess_at(work, occasion, work.now()).await
    }

    /// The same as of an instant that has passed, where nobody had looked then.
    pub(crate) async fn reassess_at(&mut self, work: &mut Work, occasion: Occasion, at: Ts) -> Result<bool> {
        // What is over is as it was when it ended.
        if !self.row.open {
            return Ok(false);
        }
        let zone = work.authority().zone.clone();
        let laid_out = self.laid_out(work).await?;
        let drafts = reassess(&mut self.row, &self.policy, &laid_out, &zone, at, occasion);
        let changed = !drafts.is_empty();
        for draft in drafts {
            let raised = draft.kind == Kind::Priority;
            self.record(work, draft)?;
            if raised {
                self.alert(work, at).await?;
            }
        }
        Ok(changed)
    }

    /// Moves to the status that a verb leads to.
    pub(crate) fn step(&mut self, verb: Verb) -> Result<bool> {
        let to =
            next(self.row.status, verb).map_err(|Unlawful { sentence, .. }| Refusal::Unlawful(sentence.to_owned()))?;
        let moved = to != self.row.status;
        self.row.status = to;
        self.row.open = to.is_open();
        Ok(moved)
    }

    pub(crate) fn with_clocks(&mut self, change: impl FnOnce(&mut Clocks, &Targets), now: Ts) {
        let mut clocks = self.row.clocks();
        change(&mut clocks, &self.row.targets(&self.policy, now));
        self.row.set_clocks(&clocks);
    }

    /// Writes the row and commits; the answer is the incident as the actor reads it.
    pub(crate) async fn finish(self, work: Work, status: u16) -> Result<Answer> {
        // Every verb ends here: its own future need not hold all of this.
        let ending = async move {
            let view = self.view(&work).await?;
            let body = serde_json::to_value(&view).map_err(Error::broken)?;
            self.keep(work, status, body).await
        };
        Box::pin(ending).await
    }

    /// Writes the row, to be committed with others.
    pub(crate) fn write(self, work: &Work) -> Result<()> {
        work.save::<Model, ActiveModel>(self.into_row(work))
    }

    /// The row as it is to be written.
    pub(crate) fn into_row(mut self, work: &Work) -> Model {
        if self.waited && self.row.status != Status::Waiting {
            self.chain.resume(work.now());
        }
        let viewer = &work.actor().viewer;
        // Whatever a person does on it shows that they are there; the hub itself is nobody.
        if self.told && viewer.id() != 0 && viewer.side() == Side::Response {
            let owns = self.row.owner_id == Some(viewer.id());
            self.chain.active(viewer.id(), owns, work.now());
        }
        self.row.set_chain(&self.chain, &self.policy);
        self.row
    }

    pub(crate) async fn keep(self, work: Work, status: u16, body: Value) -> Result<Answer> {
        let hub = self.hub;
        self.write(&work)?;
        let answer = work.commit(status, body).await?;
        hub.wake.notify_one();
        Ok(answer)
    }

    pub(crate) async fn view(&self, work: &Work) -> Result<IncidentView> {
        let owner = match self.row.owner_id {
            Some(owner) => work.instance::<person::Entity>().filter(person::with_id(owner)).one().await?,
            None => None,
        };
        let (side, authority, edition) = (work.actor().viewer.side(), work.authority(), self.edition(work).await?);
        Ok(show(self.row.clone(), authority, owner.as_ref(), edition, &self.policy, side, work.now()))
    }
}
