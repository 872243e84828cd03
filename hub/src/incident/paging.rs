//! Paging: what of an incident's chain is due is done, each with its row of the log, in one transaction with the state
//! that says so. Whoever comes late does it in the order of the instants at which it was due.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::chain::{Item, told_of_miss};
use super::loaded::Loaded;
use crate::audit::Kind;
use crate::duty::{Post, Team};
use crate::election::follow;
use crate::error::Result;
use crate::escalation::{Period, Policy, Priority, Recipient};
use crate::identity::person_row as person;
use crate::store::{Draft, Work};
use crate::time::Ts;

/// What somebody is paged for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Page {
    /// It was filed, rose, or its acknowledgement lapsed.
    AtOnce,
    /// Nobody has answered: the step of this number, from 1, which is due so long after it began.
    Unanswered(usize, Period),
    /// So many updates were missed in a row.
    UpdateMissed(u32),
    /// Whoever holds it is silent.
    Warning,
}

impl Page {
    /// What an item of the chain pages for, and whom the policy names for it; none for a lapse, which pages as a filing.
    pub(crate) fn of(item: Item, policy: &Policy, priority: Priority) -> Option<(Self, Vec<Recipient>)> {
        Some(match item {
            Item::Step(step) => {
                let due = policy.handling(priority).chain.get(step)?;
                (Self::Unanswered(step + 1, due.after), due.tell.clone())
            }
            Item::Missed(count) => {
                (Self::UpdateMissed(count), told_of_miss(policy, priority, count).unwrap_or_default().to_vec())
            }
            Item::Warning => (Self::Warning, vec![Recipient::Owner]),
            Item::Lapse => return None,
        })
    }

    /// As the event says it.
    pub(crate) fn data(self) -> Value {
        match self {
            Self::AtOnce => json!({"of": "unanswered", "step": 0}),
            Self::Unanswered(step, after) => json!({"of": "unanswered", "step": step, "after": after.to_string()}),
            Self::UpdateMissed(count) => json!({"of": "update_missed", "step": count}),
            Self::Warning => json!({"of": "warning", "step": 1}),
        }
    }
}

impl Loaded<'_> {
    /// Who is on duty now.
    pub(crate) async fn team(&self, work: &Work) -> Result<&Arc<Team>> {
        self.common.team(work).await
    }

    /// It was filed, or rose, at `at`: whom the policy names is told at once, and while nobody has answered, the steps
    /// begin.
    pub(crate) async fn alert(&mut self, work: &mut Work, at: Ts) -> Result<()> {
        self.chain.forgive();
        self.begin(work, at).await
    }

    async fn begin(&mut self, work: &mut Work, at: Ts) -> Result<()> {
        let recipients = self.policy.handling(self.row.priority).told_at_once.clone();
        let told = self.page(work, Page::AtOnce, &recipients, None).await?;
        self.begin_steps(at, told);
        Ok(())
    }

    /// The steps of the priority in force begin at `at`, while nobody has answered.
    pub(crate) fn begin_steps(&mut self, at: Ts, told: bool) {
        if !self.row.acknowledged {
            self.chain.begin(at, told, &self.row.situation(&self.policy));
        }
    }

    /// Does everything of it that is due by now, in the order in which it fell due: its priority becomes another one,
    /// people are told, an acknowledgement lapses.
    pub(crate) async fn catch_up(&mut self, work: &mut Work) -> Result<()> {
        let now = work.now();
        if !self.chain.is_running() {
            // From before there were chains: it begins here.
            match self.row.acknowledged {
                true => self.chain.answer(self.row.owner_id, now),
                false => self.begin_steps(now, true),
            }
            self.chain.let_by_gones_be(now);
        }
        if self.row.acknowledged && self.chain.is_unanswered() {
            // A node of the time before chains has acknowledged it.
            self.chain.answer(self.row.owner_id, now);
        }
        while self.row.open {
            let turn = self.row.assess_at;
            match self.chain.next(&self.row.situation(&self.policy)) {
                // At the same instant it has its new priority first.
                Some((at, item)) if at <= now && at < turn => self.happens(work, item, at).await?,
                _ if turn <= now => {
                    let edition = self.edition(work).await?.clone();
                    if follow(work, self, &edition).await? {
                        self.row.touch(now);
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    async fn happens(&mut self, work: &mut Work, item: Item, at: Ts) -> Result<()> {
        let Some((page, recipients)) = Page::of(item, &self.policy, self.row.priority) else {
            return self.lapse(work, at).await;
        };
        let told = self.page(work, page, &recipients, Some(at)).await?;
        self.chain.done(item, at, told, &self.row.situation(&self.policy));
        Ok(())
    }

    /// Nobody answers for it any more: a first response is owed again, and the chain goes on behind whoever was silent.
    async fn lapse(&mut self, work: &mut Work, at: Ts) -> Result<()> {
        let silent = self.person(work, self.chain.holder()).await?;
        self.chain.done(Item::Lapse, at, true, &self.row.situation(&self.policy));
        self.row.acknowledged = false;
        self.row.acknowledged_at = None;
        // Nothing is proposed to fall that nobody answers for.
        self.row.lowering_to = None;
        self.with_clocks(|clocks, targets| clocks.lapse(at, targets), at);
        let by = silent.map(|person| json!({"name": person.name, "office": person.office, "role": person.role}));
        self.record(work, Draft::shared(Kind::Lapsed, json!({"of": by, "fell_due": at})))?;
        self.row.touch(work.now());
        self.begin(work, at).await
    }

    /// Tells those whom the policy names, and says whether there was anybody. Where it names only the queue and the
    /// digest, there is nobody to tell and nothing to note. `due` is when it fell due, where it did by time alone.
    async fn page(&mut self, work: &mut Work, page: Page, recipients: &[Recipient], due: Option<Ts>) -> Result<bool> {
        let named: Vec<_> =
            recipients.iter().filter(|one| !matches!(one, Recipient::Queue | Recipient::Digest)).copied().collect();
        if named.is_empty() {
            return Ok(true);
        }
        let mut found = Vec::new();
        for recipient in named {
            found.push((recipient, self.recipients(work, recipient).await?));
        }
        // Who fell silent is left out, but where nobody else is there.
        let behind = self.chain.behind();
        let others = found.iter().flat_map(|(_, found)| found).any(|one| Some(one.id) != behind);
        let (mut to, mut people, mut nobody) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (recipient, found) in found {
            let found: Vec<_> = found.into_iter().filter(|one| !others || Some(one.id) != behind).collect();
            if found.is_empty() {
                nobody.push(recipient.code());
            }
            for person in found {
                if people.insert(person.id) {
                    let (name, office, role) = (person.name, person.office, person.role);
                    to.push(json!({"name": name, "office": office, "role": role, "post": recipient}));
                }
            }
        }
        let mut data = page.data();
        data["to"] = json!(to);
        data["nobody"] = json!(nobody);
        data["priority"] = json!(self.row.priority);
        if let Some(due) = due {
            data["fell_due"] = json!(due);
        }
        let event = self.record(work, Draft::shared(Kind::Paged, data))?;
        for person in &people {
            work.tell(*person, &event, "page");
        }
        Ok(!people.is_empty())
    }

    async fn recipients(&self, work: &Work, recipient: Recipient) -> Result<Vec<person::Model>> {
        if recipient == Recipient::Owner {
            let owner = self.chain.holder().or(self.row.owner_id);
            return Ok(self.person(work, owner).await?.into_iter().collect());
        }
        let Some(post) = post(recipient, self.row.callback_number.is_some()) else { return Ok(Vec::new()) };
        Ok(self.team(work).await?.of(post).to_vec())
    }

    async fn person(&self, work: &Work, id: Option<i64>) -> Result<Option<person::Model>> {
        match id {
            Some(id) => self.common.person(work, id).await,
            None => Ok(None),
        }
    }
}

/// The post whose people are told where the policy names a recipient; none where nobody is, or it is the owner.
pub(crate) fn post(recipient: Recipient, has_number: bool) -> Option<Post> {
    match recipient {
        Recipient::OnDuty => Some(Post::Primary),
        Recipient::Backup => Some(Post::Backup),
        Recipient::ShiftLead => Some(Post::Lead),
        Recipient::Supervisor => Some(Post::Supervisor),
        Recipient::Director => Some(Post::Director),
        // Whoever answers first calls the number that the authority gave, if it gave one.
        Recipient::AuthorityPhone if has_number => Some(Post::Primary),
        // A second number is not known, and no sharing rule lets the authority above be told.
        Recipient::AuthorityPhone | Recipient::AuthoritySecondPhone | Recipient::ParentAuthority => None,
        Recipient::Owner | Recipient::Queue | Recipient::Digest => None,
    }
}
