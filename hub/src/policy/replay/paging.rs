//! The chain of an incident whose story is told again: the same steps by the same rules. Who was paged is taken from the
//! record where the same page was made, and else from who was on duty by what is kept of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::course::{Going, Page, Reached, read};
use crate::audit::{EventView, Kind};
use crate::escalation::Recipient;
use crate::identity::{Role, Side};
use crate::incident::chain::Item;
use crate::incident::{Paging, Status, post};
use crate::store::Draft;
use crate::time::Ts;

impl Going<'_> {
    /// It was filed, or rose, at `at`.
    pub(super) fn alert(&mut self, at: Ts) {
        self.chain.forgive();
        self.begin(at);
    }

    fn begin(&mut self, at: Ts) {
        let recipients = self.policy.handling(self.row.priority).told_at_once.clone();
        let told = self.page(Paging::AtOnce, &recipients);
        self.begin_steps(at, told);
    }

    /// The steps of the priority in force begin, while nobody has answered.
    pub(super) fn begin_steps(&mut self, at: Ts, told: bool) {
        if !self.row.acknowledged {
            self.chain.begin(at, told, &self.row.situation(&self.policy));
        }
    }

    /// An item of the chain falls due.
    pub(super) fn comes(&mut self, item: Item, at: Ts) {
        let told = match Paging::of(item, &self.policy, self.row.priority) {
            Some((page, recipients)) => self.page(page, &recipients),
            None => true,
        };
        self.chain.done(item, at, told, &self.row.situation(&self.policy));
        if item == Item::Lapse {
            self.row.acknowledged = false;
            self.row.acknowledged_at = None;
            self.row.lowering_to = None;
            self.clocks(at, |clocks, targets| clocks.lapse(at, targets));
            self.record(&Draft::shared(Kind::Lapsed, json!({})));
            self.begin(at);
        }
    }

    /// Whatever a responder did on it showed that they were there; what is no longer waited for runs again.
    pub(super) fn moves_on(&mut self, event: &EventView, waited: bool) {
        let role = event.by.as_ref().and_then(|by| by.role.parse::<Role>().ok());
        if event.actor == 0 {
            return;
        }
        if waited && self.row.status != Status::Waiting {
            self.chain.resume(event.at);
        }
        if role.is_some_and(|role| role.side() == Side::Response) {
            self.chain.active(event.actor, self.row.owner_id == Some(event.actor), event.at);
        }
    }

    /// The key of somebody whom an event names.
    pub(super) fn person(&self, told: &Value) -> Option<i64> {
        let (name, office) = (told["name"].as_str()?, told["office"].as_str()?);
        let same = |person: &&crate::identity::person_row::Model| person.name == name && person.office == office;
        self.world.people.values().filter(same).map(|person| person.id).min()
    }

    /// Tells those whom the policy names, and says whether there was anybody.
    fn page(&mut self, page: Paging, recipients: &[Recipient]) -> bool {
        let named: Vec<_> =
            recipients.iter().filter(|one| !matches!(one, Recipient::Queue | Recipient::Digest)).copied().collect();
        if named.is_empty() {
            return true;
        }
        let data = page.data();
        let (of, step) = (data["of"].as_str().unwrap_or_default().to_owned(), read(&data["step"]).unwrap_or_default());
        let really = self.really(&data);
        let all: Vec<_> = named.into_iter().map(|one| (one, self.found(one, really.as_ref()))).collect();
        let behind = self.chain.behind();
        let others = all.iter().flat_map(|(_, found)| found).any(|(id, _)| Some(*id) != behind);
        let (mut to, mut people, mut nobody) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (recipient, found) in all {
            let found: Vec<_> = found.into_iter().filter(|(id, _)| !others || Some(*id) != behind).collect();
            if found.is_empty() {
                nobody.push(recipient.code().to_owned());
            }
            for (id, name) in found {
                if people.insert(id) {
                    to.push(Reached { name, post: recipient.code().to_owned() });
                }
            }
        }
        self.course.pages.push(Page { at: self.now, of, step, priority: self.row.priority, to, nobody });
        !people.is_empty()
    }

    /// The same page, where it was really made at this instant: each stands for one.
    fn really(&mut self, data: &Value) -> Option<Value> {
        let pages = self.story.events.iter().map(|(_, event)| event).filter(|event| event.kind == Kind::Paged.code());
        let mut same = pages.filter(|event| {
            event.at == self.now
                && event.data["of"] == data["of"]
                && event.data["step"] == data["step"]
                && !self.made.contains(&event.seq)
        });
        let event = same.next()?;
        self.made.push(event.seq);
        Some(event.data.clone())
    }

    /// Who is told as a recipient, by key and name.
    fn found(&self, recipient: Recipient, really: Option<&Value>) -> Vec<(i64, String)> {
        let code = recipient.code();
        if let Some(data) = really {
            let listed = |field: &str| data[field].as_array().into_iter().flatten();
            let named: Vec<_> = listed("to").filter(|one| one["post"] == code).collect();
            if !named.is_empty() || listed("nobody").any(|one| one == code) {
                let known = |one: &&Value| Some((self.person(one)?, one["name"].as_str()?.to_owned()));
                return named.iter().filter_map(known).collect();
            }
        }
        let ids: Vec<i64> = if recipient == Recipient::Owner {
            self.chain.holder().or(self.row.owner_id).into_iter().collect()
        } else {
            let post = post(recipient, self.row.callback_number.is_some());
            let team = self.world.duty.team(self.now);
            team.iter().filter(|one| Some(one.post) == post).map(|one| one.person).collect()
        };
        let known = |id: i64| Some((id, self.world.people.get(&id)?.name.clone()));
        ids.into_iter().filter_map(known).collect()
    }
}
