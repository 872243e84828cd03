//! The life of one incident, told by the same pure parts as the verbs.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::dice::Dice;
use super::world::{Own, World};
use crate::audit::{Kind, row as event};
use crate::election::{Edition, LaidOut};
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Side, Viewer};
use crate::incident::{
    Cause, Chain, Checked, Clocks, Occasion, Source, Status, assess_first, blank, filed_data, reassess, row,
};
use crate::store::{Draft, chained};
use crate::time::Ts;

const SAID: [&str; 10] = [
    "Two more sites have called; the others still work.",
    "We have switched to paper and voting goes on.",
    "Which devices show it, and since when?",
    "The supplier is on the line and looks into it.",
    "Please keep the logs of the router, and do not restart it.",
    "A photograph of the screen would help us most.",
    "It has stopped at one site after the cable was changed.",
    "Nobody had to wait longer than ten minutes so far.",
    "We have seen the same at another authority last week.",
    "Thank you. I look again in half an hour.",
];
const NOTED: [&str; 3] = [
    "Same range of addresses as in an older case; compare before you answer.",
    "The number that they gave is answered by the office itself.",
    "Ask the shift lead before anybody is told of the cause.",
];

/// What is the same for all.
pub(super) struct Stage<'a> {
    pub hub: &'a Hub,
    pub edition: &'a Arc<Edition>,
    pub reports: &'a [Checked],
    pub start: Ts,
}

/// An incident and everything that happened on it.
pub(super) struct Told {
    pub row: row::Model,
    pub events: Vec<event::Model>,
}

/// How far the work on an incident came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Until {
    New,
    Acknowledged,
    Working,
    Waiting,
    Resolved,
    Closed,
}

/// One step of it.
#[derive(Debug, Clone, Copy)]
enum Act {
    Acknowledge,
    Claim,
    Say,
    Note,
    Wait,
    Resolve,
    Close,
}

/// An incident in the middle of its life.
struct Telling<'a> {
    stage: &'a Stage<'a>,
    world: &'a mut World,
    /// Which authority.
    n: usize,
    laid_out: Arc<LaidOut>,
    row: row::Model,
    events: Vec<event::Model>,
}

impl Stage<'_> {
    pub(super) fn tell(
        &self,
        world: &mut World,
        n: usize,
        key: i64,
        own: &Own,
        messages: u32,
        dice: &mut Dice,
    ) -> Result<Told> {
        let responder = world.responder(dice).ok_or_else(|| Error::broken("a world has responders"))?;
        let reporter = world.official(n, dice).unwrap_or_else(|| responder.clone());
        let until = match (own.open, dice.below(100)) {
            (true, 0..35) => Until::New,
            (true, 35..55) => Until::Acknowledged,
            (true, 55..85) => Until::Working,
            (true, _) => Until::Waiting,
            (false, 0..30) => Until::Resolved,
            (false, _) => Until::Closed,
        };
        let (row, laid_out) = self.file(world, n, key, own, &reporter, dice)?;
        let mut telling = Telling { stage: self, world, n, laid_out, row, events: Vec::new() };
        let filed = Draft::shared(Kind::Filed, filed_data(&telling.row)).saying(telling.row.summary.clone());
        telling.record(&reporter, own.opened, filed, dice)?;

        let mut acts = Vec::new();
        if until >= Until::Acknowledged {
            acts.push(Act::Acknowledge);
        }
        if until >= Until::Working {
            acts.extend([Act::Claim, Act::Note]);
        }
        acts.extend((0..messages).map(|_| Act::Say));
        match until {
            Until::Waiting => acts.push(Act::Wait),
            Until::Resolved => acts.push(Act::Resolve),
            Until::Closed => acts.extend([Act::Resolve, Act::Close]),
            _ => {}
        }
        let end = match own.open {
            true => self.start,
            false => own.opened.plus(SignedDuration::from_hours(2 + dice.below(80))),
        };
        let pause = end.since(own.opened) / i32::try_from(acts.len() + 1).unwrap_or(i32::MAX);
        let mut now = own.opened;
        for act in acts {
            now = now.plus(pause);
            telling.happens(act, now, &responder, &reporter, dice)?;
        }
        if own.open {
            telling.assessed(dice)?;
        }
        telling.rests();
        Ok(Told { row: telling.row, events: telling.events })
    }

    fn file(
        &self,
        world: &mut World,
        n: usize,
        key: i64,
        own: &Own,
        reporter: &Viewer,
        dice: &mut Dice,
    ) -> Result<(row::Model, Arc<LaidOut>)> {
        let report = dice.one_of(self.reports).ok_or_else(|| Error::broken("the demonstration has reports"))?;
        let source = if reporter.side() == Side::Authority { Source::Web } else { Source::Phone };
        let authority = world.authority(n);
        authority.incidents += 1;
        let actor = Actor::new(reporter.clone(), own.opened, dice.id(own.opened));
        let mut row = blank(&actor, report, source, None, authority.incidents);
        row.authority_id = authority.id;
        row.id = key;
        row.summary = format!("{} Precinct {}.", row.summary, 1 + dice.below(400)).trim().to_owned();
        row.words = row::words(&row.title, &row.summary);
        row.voting_stopped &= dice.below(4) == 0;
        let laid_out = self.edition.calendar(row.authority_id, None, &self.hub.policy());
        assess_first(&mut row, &self.hub.policy(), &laid_out, own.opened);
        row.set_clocks(&Clocks::start(own.opened, &row.targets(&self.hub.policy(), own.opened)));
        Ok((row, laid_out))
    }
}

impl Telling<'_> {
    fn record(&mut self, by: &Viewer, now: Ts, draft: Draft, dice: &mut Dice) -> Result<()> {
        let actor = Actor::new(by.clone(), now, dice.id(now));
        let made = (dice.id(now), dice.bytes());
        let authority = self.world.authority(self.n);
        self.events.push(chained(authority, Some(self.row.room()), draft, &actor, made)?);
        Ok(())
    }

    fn shared(&mut self, by: &Viewer, now: Ts, kind: Kind, data: Value, dice: &mut Dice) -> Result<()> {
        self.record(by, now, Draft::shared(kind, data), dice)?;
        self.row.touch(now);
        Ok(())
    }

    fn clocks(&mut self, now: Ts, change: impl FnOnce(&mut Clocks, &crate::escalation::Targets)) {
        let mut clocks = self.row.clocks();
        change(&mut clocks, &self.row.targets(&self.stage.hub.policy(), now));
        self.row.set_clocks(&clocks);
    }

    fn acknowledged(&mut self, now: Ts) {
        self.row.acknowledged = true;
        self.row.acknowledged_at.get_or_insert(now);
        self.clocks(now, |clocks, _| clocks.respond(now));
    }

    fn happens(&mut self, act: Act, now: Ts, responder: &Viewer, reporter: &Viewer, dice: &mut Dice) -> Result<()> {
        match act {
            Act::Acknowledge => {
                self.row.status = Status::Acknowledged;
                self.acknowledged(now);
                self.shared(responder, now, Kind::Acknowledged, json!({}), dice)
            }
            Act::Claim => {
                self.row.status = Status::Working;
                self.row.owner_id = Some(responder.id());
                self.acknowledged(now);
                self.shared(responder, now, Kind::Claimed, json!({}), dice)
            }
            Act::Say => {
                // Nobody has answered a fresh one yet.
                let answered = self.row.acknowledged && dice.below(2) == 0;
                let by = if answered { responder } else { reporter };
                if by.side() == Side::Response {
                    self.clocks(now, |clocks, targets| clocks.speak(now, targets));
                }
                let mut said = Draft::shared(Kind::Message, json!({})).saying(words(&SAID, dice));
                said.client_id = Some(dice.id(now).to_string());
                self.record(by, now, said, dice)?;
                self.row.touch(now);
                Ok(())
            }
            Act::Note => {
                let mut noted = Draft::internal(Kind::Note, json!({})).saying(words(&NOTED, dice));
                noted.client_id = Some(dice.id(now).to_string());
                self.record(responder, now, noted, dice)
            }
            Act::Wait => {
                let fields = json!({"fields": {"status": [self.row.status, Status::Waiting]}});
                self.row.status = Status::Waiting;
                self.clocks(now, |clocks, _| clocks.wait(now));
                self.shared(responder, now, Kind::Changed, fields, dice)
            }
            Act::Resolve => {
                self.row.status = Status::Resolved;
                self.row.open = false;
                self.acknowledged(now);
                self.row.closed_at = Some(now);
                self.row.assess_at = row::NEVER;
                self.row.lowering_to = None;
                self.clocks(now, |clocks, _| clocks.stop(now));
                self.shared(responder, now, Kind::Resolved, json!({}), dice)?;
                let fields = json!({"fields": {"cause": [null, Cause::Fault]}});
                self.row.cause = Some(Cause::Fault);
                self.record(responder, now, Draft::internal(Kind::Changed, fields), dice)
            }
            Act::Close => {
                self.row.status = Status::Closed;
                self.shared(responder, now, Kind::Closed, json!({}), dice)
            }
        }
    }

    /// Time has gone by: what is in force now is what the table says now.
    fn assessed(&mut self, dice: &mut Dice) -> Result<()> {
        let now = self.stage.start;
        let zone = self.world.authority(self.n).zone.clone();
        let policy = &self.stage.hub.policy();
        let drafts = reassess(&mut self.row, policy, &self.laid_out, &zone, now, Occasion::Boundary);
        let system = Viewer::system("seeding");
        let any = !drafts.is_empty();
        for draft in drafts {
            self.record(&system, now, draft, dice)?;
        }
        if any {
            self.row.touch(now);
        }
        Ok(())
    }
}

impl Telling<'_> {
    /// Whoever was to be told was told: a synthetic world begins quiet.
    fn rests(&mut self) {
        let policy = &self.stage.hub.policy();
        let held = self.row.acknowledged.then_some(self.row.owner_id);
        let chain = Chain::all_told(held, self.stage.start, &self.row.situation(policy));
        self.row.set_chain(&chain, policy);
    }
}

fn words(all: &[&str], dice: &mut Dice) -> String {
    dice.one_of(all).copied().unwrap_or_default().to_owned()
}
