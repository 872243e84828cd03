//! An incident while a verb works on it: loaded under the lock of its authority, decided on, written, committed.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

use super::assessing::{Occasion, reassess};
use super::queries::find_room;
use super::row::{ActiveModel, Entity, Model};
use super::view::show;
use super::{Clocks, IncidentView, Unlawful, Verb, next};
use crate::audit::Kind;
use crate::election::{Edition, LaidOut};
use crate::error::{Answer, Error, Refusal, Result};
use crate::escalation::{Policy, Recipient, Targets};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Right};
use crate::store::{Draft, Recorded, Work};
use crate::time::Ts;

/// An incident inside a transaction of its authority.
pub(crate) struct Loaded<'a> {
    pub row: Model,
    pub hub: &'a Hub,
    /// The version that it is pinned to.
    pub policy: Arc<Policy>,
    edition: OnceCell<Arc<Edition>>,
}

impl<'a> Loaded<'a> {
    /// A row that was read in the transaction.
    pub(crate) fn new(hub: &'a Hub, row: Model) -> Self {
        Self { policy: hub.policy_of(&row.policy), row, hub, edition: OnceCell::new() }
    }

    /// One of several, with all calendars as the transaction sees them.
    pub(crate) fn one_of(hub: &'a Hub, row: Model, edition: Arc<Edition>) -> Self {
        Self { policy: hub.policy_of(&row.policy), row, hub, edition: OnceCell::new_with(Some(edition)) }
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
        self.edition.get_or_try_init(|| self.hub.almanac.edition_in(work)).await
    }

    pub(super) async fn laid_out(&self, work: &Work) -> Result<Arc<LaidOut>> {
        let edition = self.edition(work).await?;
        Ok(edition.calendar(self.row.authority_id, self.row.election_id.as_deref(), &self.policy))
    }

    pub(crate) fn record(&mut self, work: &mut Work, draft: Draft) -> Result<Recorded> {
        work.record(Some(self.row.room()), draft)
    }

    /// Assesses again after a change, and records what became of it.
    pub(crate) async fn reassess(&mut self, work: &mut Work, occasion: Occasion) -> Result<bool> {
        // What is over is as it was when it ended.
        if !self.row.open {
            return Ok(false);
        }
        let zone = work.authority().zone.clone();
        let laid_out = self.laid_out(work).await?;
        let drafts = reassess(&mut self.row, &self.policy, &laid_out, &zone, work.now(), occasion);
        let changed = !drafts.is_empty();
        for draft in drafts {
            let raised = draft.kind == Kind::Priority;
            let event = self.record(work, draft)?;
            if raised {
                self.alert(work, &event).await?;
            }
        }
        Ok(changed)
    }

    /// The policy says which priorities tell those on duty at once; the others wait in the queue.
    pub(super) async fn alert(&self, work: &Work, event: &Recorded) -> Result<()> {
        if self.policy.handling(self.row.priority).told_at_once.contains(&Recipient::OnDuty) {
            for person in crate::duty::on_duty_in(work, work.now()).await? {
                work.tell(person.id, event, "page");
            }
        }
        Ok(())
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
        work.save::<Model, ActiveModel>(self.row)
    }

    pub(crate) async fn keep(self, work: Work, status: u16, body: Value) -> Result<Answer> {
        work.save::<Model, ActiveModel>(self.row)?;
        let answer = work.commit(status, body).await?;
        self.hub.wake.notify_one();
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
