//! The course of one incident: as the record tells it, and as another policy would have had it. Pure. What people did
//! stays as it was; what the hub did is done anew, by the same functions.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::calendars::Calendars;
use super::late::Late;
use crate::audit::{EventView, Kind};
use crate::escalation::{Answers, Functions, Policy, Priority};
use crate::identity::person_row as person;
use crate::identity::{Role, Side};
use crate::incident::row::{Model, NEVER, text};
use crate::incident::{Chain, Clocks, Occasion, Status, Verb, assess_first, lower, next, raise, reassess};
use crate::policy::moving::shorten;
use crate::store::Draft;
use crate::time::Ts;

/// One change of the priority in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// When.
    pub at: Ts,
    /// From which.
    pub from: Priority,
    /// To which.
    pub to: Priority,
    /// What the table said then.
    pub computed: Priority,
    /// Why: the code of the event's cause.
    pub cause: String,
    /// The promise that was due first then.
    pub due: Option<Ts>,
}

/// What became of an incident's priority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Course {
    /// When it was filed.
    pub filed: Priority,
    /// What it became.
    pub turns: Vec<Turn>,
    /// What was proposed: a lowering that waited for a person.
    pub proposed: Vec<(Ts, Priority)>,
    /// Who was paged.
    pub pages: Vec<Page>,
    /// When an acknowledgement lapsed.
    pub lapsed: Vec<Ts>,
}

/// One page of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// When.
    pub at: Ts,
    /// What for: `unanswered`, `update_missed`, `warning`.
    pub of: String,
    /// Which step; 0 at once.
    pub step: i64,
    /// In force then.
    pub priority: Priority,
    /// Who was paged, and as whom the policy names them.
    pub to: Vec<Reached>,
    /// Whom the policy names and nobody was.
    pub nobody: Vec<String>,
}

/// Somebody who was paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Reached {
    /// Their name.
    pub name: String,
    /// As whom the policy names them.
    pub post: String,
}

/// What the record holds of an incident.
pub(super) struct Story {
    /// The row as it is now: what never changes is taken from it.
    pub row: Model,
    /// The zone of its authority.
    pub zone: String,
    /// Everything that happened in its room, in order, each with its place in the authority's record.
    pub events: Vec<(i64, EventView)>,
}

/// Which policy.
pub(super) enum By<'a> {
    /// This one, all the time.
    One(&'a Arc<Policy>),
    /// That to which it was pinned, by version.
    Pinned(&'a dyn Fn(&str) -> Arc<Policy>),
}

/// What stands around all incidents.
pub(super) struct World<'a> {
    pub calendars: &'a Calendars,
    pub late: &'a Late,
    /// Who was on duty, by what is kept of it.
    pub duty: &'a crate::duty::Rules,
    /// Everybody who may be paged.
    pub people: &'a HashMap<i64, person::Model>,
    /// Nothing after this is told.
    pub until: Ts,
}

impl Course {
    /// What really was. None where the record does not hold it any more.
    pub(super) fn told(story: &Story, until: Ts) -> Option<Self> {
        let mut events = story.events.iter().map(|(_, event)| event).filter(|event| event.at < until);
        let filed = events.next().filter(|event| event.kind == Kind::Filed.code())?;
        let mut course = Self::begun(read(&filed.data["priority"])?);
        for event in events {
            course.take(&event.kind, event.at, &event.data);
        }
        Some(course)
    }

    fn begun(filed: Priority) -> Self {
        Self { filed, turns: Vec::new(), proposed: Vec::new(), pages: Vec::new(), lapsed: Vec::new() }
    }

    /// The priority in force at an instant.
    pub fn at(&self, at: Ts) -> Priority {
        let last = self.turns.iter().take_while(|turn| turn.at <= at).last();
        last.map_or(self.filed, |turn| turn.to)
    }

    pub(super) fn take(&mut self, kind: &str, at: Ts, data: &Value) {
        if kind == Kind::Lapsed.code() {
            self.lapsed.push(at);
        }
        if kind == Kind::Paged.code()
            && let (Some(step), Some(priority), Some(to), Some(nobody)) =
                (read(&data["step"]), read(&data["priority"]), read(&data["to"]), read(&data["nobody"]))
        {
            let of = data["of"].as_str().unwrap_or_default().to_owned();
            self.pages.push(Page { at, of, step, priority, to, nobody });
        }
        if kind == Kind::LoweringProposed.code() {
            self.proposed.extend(read(&data["to"]).map(|to| (at, to)));
        }
        if kind == Kind::Priority.code()
            && let (Some(from), Some(to), Some(computed)) =
                (read(&data["from"]), read(&data["to"]), read(&data["computed"]))
        {
            let cause = data["cause"].as_str().unwrap_or_default().to_owned();
            self.turns.push(Turn { at, from, to, computed, cause, due: read(&data["due"]) });
        }
    }
}

pub(super) fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// What would have become of it. None where the record does not hold what happened any more.
pub(super) fn simulate(story: &Story, by: &By<'_>, world: &World<'_>) -> Option<Course> {
    let (place, filed) = story.events.first().filter(|(_, event)| event.kind == Kind::Filed.code())?;
    if filed.at >= world.until {
        return None;
    }
    let row = as_filed(story, filed)?;
    let pinned = story.first("policy").or_else(|| filed.data["policy"].as_str().map(str::to_owned));
    let policy = by.policy(&pinned.unwrap_or_else(|| story.row.policy.clone()));
    let changes = world.calendars.before(filed.at, row.authority_id, *place);
    // Only events of its own room can have been late for it; those of all say when the clockwork stood still.
    let own = story.events.iter().filter_map(|(_, event)| Some((read::<Ts>(&event.data["fell_due"])?, event.at)));
    let mut course = Course::begun(Priority::P5);
    let (own, chain) = (own.collect(), Chain::default());
    let mut going =
        Going { row, chain, story, policy, world, changes, own, now: filed.at, made: Vec::new(), course: &mut course };
    going.files(filed.at);
    let mut last: Option<&EventView> = None;
    for (place, event) in story.events.iter().skip(1).filter(|(_, event)| event.at < world.until) {
        going.until(event.at, Some(*place));
        going.now = event.at;
        let waited = going.row.status == Status::Waiting;
        going.happens(event, last, by);
        going.moves_on(event, waited);
        last = Some(event);
    }
    going.until(world.until, None);
    Some(course)
}

impl By<'_> {
    fn policy(&self, version: &str) -> Arc<Policy> {
        match self {
            Self::One(policy) => Arc::clone(policy),
            Self::Pinned(known) => known(version),
        }
    }
}

impl Story {
    /// What a field was before it was changed the first time.
    fn first<T: serde::de::DeserializeOwned>(&self, field: &str) -> Option<T> {
        let changed = self.events.iter().filter(|(_, event)| event.kind == Kind::Changed.code());
        let mut changes = changed.filter_map(|(_, event)| event.data["fields"].get(field));
        read(&changes.next()?[0])
    }
}

/// The row as it was when the incident was filed, before anything was decided.
fn as_filed(story: &Story, filed: &EventView) -> Option<Model> {
    let mut row = story.row.clone();
    if let Some(category) = filed.data["category"].as_str() {
        category.clone_into(&mut row.category);
    }
    if let Some(functions) = read::<Functions>(&filed.data["functions"]).or_else(|| story.first("functions")) {
        row.functions = text(&functions);
    }
    row.answers = text(&read::<Answers>(&filed.data["answers"])?);
    row.voting_stopped = filed.data["voting_stopped"].as_bool()?;
    row.election_id = match filed.data.get("election") {
        Some(election) => election.as_str().map(str::to_owned),
        None => story.first::<Option<String>>("election").unwrap_or(row.election_id),
    };
    row.severity_confirmed = false;
    row.overridden = None;
    row.lowering_to = None;
    row.raised_at = None;
    row.status = Status::New;
    row.open = true;
    row.acknowledged = false;
    row.acknowledged_at = None;
    row.owner_id = None;
    row.closed_at = None;
    row.set_clocks(&Clocks::default());
    Some(row)
}

/// An incident while its story is told again.
pub(super) struct Going<'a> {
    pub row: Model,
    pub chain: Chain,
    pub story: &'a Story,
    pub policy: Arc<Policy>,
    pub world: &'a World<'a>,
    /// How many changes of calendars are behind it.
    changes: usize,
    /// Boundaries that were passed in its own room, and when that was.
    own: Vec<(Ts, Ts)>,
    /// The instant of what is being done.
    pub now: Ts,
    /// Pages of the record that were made again, by their numbers.
    pub made: Vec<i64>,
    pub course: &'a mut Course,
}

impl Going<'_> {
    fn laid_out(&self) -> Arc<crate::election::LaidOut> {
        let edition = self.world.calendars.after(self.changes);
        edition.calendar(self.row.authority_id, self.row.election_id.as_deref(), &self.policy)
    }

    fn files(&mut self, at: Ts) {
        let laid_out = self.laid_out();
        assess_first(&mut self.row, &self.policy, &laid_out, at);
        let targets = self.row.targets(&self.policy, at);
        self.row.set_clocks(&Clocks::start(at, &targets));
        self.course.filed = self.row.priority;
        self.alert(at);
    }

    /// Does what falls due by itself before `at`. `place` is that of the event that comes then.
    fn until(&mut self, at: Ts, place: Option<i64>) {
        loop {
            let falls = self.falls_due();
            let due = if falls == NEVER { NEVER } else { self.done(falls) };
            let changed = self.world.calendars.next(self.changes, self.row.authority_id);
            let changed = changed.filter(|(changed, _)| {
                let behind = place.map(|place| self.world.calendars.before(at, self.row.authority_id, place));
                behind.map_or(*changed < at, |behind| self.changes < behind)
            });
            match changed {
                // Where the clockwork was late and came at the instant of a change, it came before it: the change would
                // have marked what was due anew.
                Some((changed, reached)) if changed < due || changed == due && due == falls => {
                    self.changes += 1;
                    if reached && self.row.open {
                        self.row.assess_at = changed;
                    }
                }
                _ if due < at => self.catch_up(due),
                _ => return,
            }
        }
    }

    /// When the next of it falls due by itself.
    fn falls_due(&self) -> Ts {
        if !self.row.open {
            return NEVER;
        }
        let step = self.chain.next(&self.row.situation(&self.policy)).map_or(NEVER, |(at, _)| at);
        step.min(self.row.assess_at)
    }

    /// Does everything that is due by `now`, as the clockwork does it.
    fn catch_up(&mut self, now: Ts) {
        self.now = now;
        while self.row.open {
            let turn = self.row.assess_at;
            match self.chain.next(&self.row.situation(&self.policy)) {
                Some((at, item)) if at <= now && at < turn => self.comes(item, at),
                _ if turn <= now => self.reassess(turn, Occasion::Boundary),
                _ => break,
            }
        }
    }

    /// When the clockwork did what was due at an instant. An act may have made due what would have been due before it.
    fn done(&self, due: Ts) -> Ts {
        let own = self.own.iter().find(|(fell, at)| *fell == due && *at >= self.now).map(|(_, at)| *at);
        own.unwrap_or_else(|| self.world.late.done(due.max(self.now)))
    }

    fn reassess(&mut self, at: Ts, occasion: Occasion) {
        if self.row.open {
            let laid_out = self.laid_out();
            for draft in reassess(&mut self.row, &self.policy, &laid_out, &self.story.zone, at, occasion) {
                self.record(&draft);
                if draft.kind == Kind::Priority {
                    self.alert(at);
                }
            }
        }
    }

    pub(super) fn record(&mut self, draft: &Draft) {
        self.course.take(draft.kind.code(), self.now, &draft.data);
    }

    pub(super) fn clocks(&mut self, at: Ts, change: impl FnOnce(&mut Clocks, &crate::escalation::Targets)) {
        let mut clocks = self.row.clocks();
        change(&mut clocks, &self.row.targets(&self.policy, at));
        self.row.set_clocks(&clocks);
    }

    /// Where a verb leads to, which is the same under every policy.
    fn step(&mut self, verb: Verb) {
        self.row.status = next(self.row.status, verb).unwrap_or(self.row.status);
    }

    fn acknowledge(&mut self, by: i64, at: Ts) {
        self.chain.answer(Some(by), at);
        self.row.acknowledged = true;
        self.row.acknowledged_at.get_or_insert(at);
        self.clocks(at, |clocks, _| clocks.respond(at));
    }

    /// What somebody did, or the clockwork, which is then done anew.
    fn happens(&mut self, event: &EventView, last: Option<&EventView>, by: &By<'_>) {
        let at = event.at;
        let Ok(kind) = event.kind.parse::<Kind>() else { return };
        if event.actor == 0 {
            // The clockwork was at it: whatever was due by then was done then.
            if self.falls_due() <= at {
                self.catch_up(at);
            }
            return;
        }
        match kind {
            Kind::Message => self.says(event),
            Kind::Acknowledged => {
                self.step(Verb::Acknowledge);
                self.acknowledge(event.actor, at);
                self.reassess(at, Occasion::Change);
            }
            Kind::Claimed => {
                self.step(Verb::Claim);
                self.row.owner_id = Some(event.actor);
                self.acknowledge(event.actor, at);
                self.reassess(at, Occasion::Change);
            }
            Kind::Released => {
                self.step(Verb::Release);
                self.row.owner_id = None;
                self.chain.pass_to(None, at);
                self.clocks(at, |clocks, _| clocks.resume(at));
            }
            Kind::Assigned | Kind::HandedOver => {
                if kind == Kind::Assigned {
                    self.step(Verb::Assign);
                }
                let to = self.person(&event.data["to"]);
                self.row.owner_id = to;
                self.chain.pass_to(to, at);
            }
            Kind::Changed if !event.internal => self.changes_to(event, last, by),
            Kind::SeverityConfirmed => {
                self.row.severity_confirmed = true;
                if let Some(answers) = read::<Answers>(&event.data["answers"]) {
                    self.row.answers = text(&answers);
                }
                self.reassess(at, Occasion::Confirmed);
            }
            Kind::Priority => self.decides(event),
            Kind::Resolved => {
                if !self.row.acknowledged {
                    self.acknowledge(event.actor, at);
                }
                self.chain.end();
                self.step(Verb::Resolve);
                self.row.open = false;
                self.row.closed_at = Some(at);
                self.row.assess_at = NEVER;
                self.row.lowering_to = None;
                self.clocks(at, |clocks, _| clocks.stop(at));
            }
            Kind::Closed => self.step(Verb::Close),
            Kind::Reopened => {
                self.step(Verb::Reopen);
                self.row.open = true;
                self.row.closed_at = None;
                self.chain.answer(self.row.owner_id, at);
                self.clocks(at, |clocks, targets| clocks.reopen(at, targets));
                self.reassess(at, Occasion::Change);
            }
            _ => {}
        }
    }

    fn says(&mut self, event: &EventView) {
        let role = event.by.as_ref().and_then(|by| by.role.parse::<Role>().ok());
        let responds = role.is_some_and(|role| role.side() == Side::Response);
        if responds {
            self.chain.updated();
        }
        if responds && self.row.open {
            self.clocks(event.at, |clocks, targets| clocks.speak(event.at, targets));
        }
    }

    fn changes_to(&mut self, event: &EventView, last: Option<&EventView>, by: &By<'_>) {
        let (at, fields) = (event.at, &event.data["fields"]);
        let new = |field: &str| fields.get(field).map(|change| change[1].clone());
        if let Some(version) = new("policy") {
            // It was moved to another policy, which only counts where the replay follows what it was pinned to.
            if let By::Pinned(_) = by {
                self.policy = by.policy(version.as_str().unwrap_or_default());
                self.row.policy.clone_from(&self.policy.version);
                self.reassess(at, Occasion::Policy);
                shorten(&mut self.row, &self.policy, at);
                self.chain.follow(at, &self.row.situation(&self.policy));
            }
            return;
        }
        if let Some(Value::String(category)) = new("category") {
            self.row.category = category;
        }
        if let Some(answers) = new("answers").and_then(|answers| read::<Answers>(&answers)) {
            self.row.answers = text(&answers);
        }
        if let Some(functions) = new("functions").and_then(|functions| read::<Functions>(&functions)) {
            self.row.functions = text(&functions);
        }
        if let Some(Value::Bool(stopped)) = new("voting_stopped") {
            self.row.voting_stopped = stopped;
        }
        if let Some(election) = new("election") {
            self.row.election_id = election.as_str().map(str::to_owned);
        }
        if let Some(status) = new("status").and_then(|status| read::<Status>(&status)) {
            self.row.status = status;
            match status {
                Status::Waiting => self.clocks(at, |clocks, _| clocks.wait(at)),
                _ => self.clocks(at, |clocks, _| clocks.resume(at)),
            }
        }
        // An official's message ends the waiting, and nothing is assessed by it.
        let by_message = last.is_some_and(|last| {
            last.kind == Kind::Message.code() && (last.at, last.actor) == (at, event.actor) && last.seq + 1 == event.seq
        });
        if !by_message {
            self.reassess(at, Occasion::Change);
        }
    }

    /// A person's word on the priority. What the hub did itself on the occasion of an act is done anew there.
    fn decides(&mut self, event: &EventView) {
        let at = event.at;
        let (Some(from), Some(to)) = (read::<Priority>(&event.data["from"]), read::<Priority>(&event.data["to"]))
        else {
            return;
        };
        let laid_out = self.laid_out();
        let change = |going: &mut Self, up: bool, to: Priority, cause: &'static str| {
            let set = if up { raise } else { lower };
            let draft = set(&mut going.row, &going.policy, &laid_out, &going.story.zone, at, to, cause);
            going.record(&draft);
            if up { going.alert(at) } else { going.begin_steps(at, true) }
        };
        match event.data["cause"].as_str() {
            Some("override") => {
                let up = to < from;
                // Whoever raised it would not have lowered it, where it stood higher already.
                if up == (to < self.row.priority) && to != self.row.priority {
                    self.row.overridden = Some(if up { "up" } else { "down" }.to_owned());
                    change(self, up, to, "override");
                }
            }
            Some("confirmed") if to > from => {
                if let Some(to) = self.row.lowering_to.filter(|to| *to > self.row.priority) {
                    self.row.overridden = None;
                    change(self, false, to, "confirmed");
                }
            }
            _ => {}
        }
    }
}
