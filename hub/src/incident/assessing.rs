//! From computed to effective: what an assessment changes of an incident. Priority rises by itself; a person lowers.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::catalogue::catalogue;
use super::row::{Model, NEVER};
use crate::audit::Kind;
use crate::election::LaidOut;
use crate::escalation::sentence::{Telling, Why, why};
use crate::escalation::{
    Assessment, Because, Function, NextChange, Policy, Priority, Promise, SpanName, Winner, assess,
};
use crate::store::Draft;
use crate::time::Ts;

/// Why an assessment was made, as the event says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// Time passed a boundary, or the calendar changed.
    Boundary,
    /// Facts of the incident changed.
    Change,
    /// A responder confirmed how bad it is.
    Confirmed,
    /// It was moved to another policy.
    Policy,
}

impl Occasion {
    const fn code(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::Change => "change",
            Self::Confirmed => "confirmed",
            Self::Policy => "policy",
        }
    }
}

/// The reasons as they stand in the row.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    function: Function,
    winner: Option<(String, SpanName)>,
    because: Because,
}

/// Assesses `row` at `now`, and says what of it both sides must read. Of a boundary the events say when it was: the
/// clockwork may have come later.
pub(crate) fn reassess(
    row: &mut Model,
    policy: &Policy,
    laid_out: &LaidOut,
    zone: &str,
    now: Ts,
    occasion: Occasion,
) -> Vec<Draft> {
    let due = row.assess_at;
    let mut drafts = assessed(row, policy, laid_out, zone, now, occasion);
    if occasion == Occasion::Boundary {
        for draft in &mut drafts {
            draft.data["fell_due"] = json!(due);
        }
    }
    drafts
}

fn assessed(
    row: &mut Model,
    policy: &Policy,
    laid_out: &LaidOut,
    zone: &str,
    now: Ts,
    occasion: Occasion,
) -> Vec<Draft> {
    let (before, urgency) = (row.computed_priority, row.urgency);
    let found = assess(policy, &laid_out.calendar, &row.facts(), now);
    write(row, policy, laid_out, &found, now);
    // A lowering by a person's word ends at the next boundary.
    let boundary = found.priority != before || found.urgency > urgency;
    if boundary && row.overridden.as_deref() == Some("down") {
        row.overridden = None;
    }
    // A raise by a person's word does not keep it from rising further.
    if found.priority < row.priority && row.overridden.as_deref() != Some("down") {
        row.overridden = None;
        return vec![raise(row, policy, laid_out, zone, now, found.priority, occasion.code())];
    }
    match lowering(row, before) {
        Some(to) if row.lowering_to != Some(to) => {
            row.lowering_to = Some(to);
            vec![Draft::shared(Kind::LoweringProposed, json!({"to": to}))]
        }
        Some(_) => Vec::new(),
        None => {
            row.lowering_to = None;
            Vec::new()
        }
    }
}

/// The first assessment of an incident that is being filed: its priority in force is what is computed.
pub(crate) fn assess_first(row: &mut Model, policy: &Policy, laid_out: &LaidOut, now: Ts) {
    let found = assess(policy, &laid_out.calendar, &row.facts(), now);
    row.priority = found.priority;
    write(row, policy, laid_out, &found, now);
}

/// What is proposed instead of what is in force: the table says less than that. Never while the incident is
/// unacknowledged or voting is stopped: what had to wait for that is proposed as soon as it may be. What a person
/// raised is proposed to fall when the table says less than it did, and from then on.
fn lowering(row: &Model, before: Priority) -> Option<Priority> {
    let to = row.computed_priority;
    let less = to > row.priority;
    let may = row.acknowledged && !row.voting_stopped && row.open;
    let waits = row.overridden.is_none() || to > before || row.lowering_to.is_some();
    (less && may && waits).then_some(to)
}

fn write(row: &mut Model, policy: &Policy, laid_out: &LaidOut, found: &Assessment, now: Ts) {
    row.mildness = 5 - found.severity.level();
    row.urgency = found.urgency;
    row.computed_priority = found.priority;
    let winner = found.winner.as_ref().map(|winner| (winner.election.clone(), winner.window));
    let stored = Stored { function: found.function, winner, because: found.because.clone() };
    row.assessment = serde_json::to_string(&stored).unwrap_or_default();
    row.policy.clone_from(&policy.version);
    row.next_change_at = found.next_change.map(|next| next.at);
    row.next_change_to = found.next_change.map(|next| next.priority);
    row.polls_close = laid_out.polls_close(now).unwrap_or(NEVER);
    let turns = [found.until, laid_out.polls_turn(now)];
    row.assess_at = turns.into_iter().flatten().min().unwrap_or(NEVER);
}

/// Sets the priority in force higher: clocks get shorter, never longer.
pub(crate) fn raise(
    row: &mut Model,
    policy: &Policy,
    laid_out: &LaidOut,
    zone: &str,
    now: Ts,
    to: Priority,
    cause: &'static str,
) -> Draft {
    let from = std::mem::replace(&mut row.priority, to);
    row.lowering_to = None;
    row.raised_at = Some(now);
    let mut clocks = row.clocks();
    clocks.raise(now, &row.targets(policy, now));
    row.set_clocks(&clocks);
    priority_event(row, policy, laid_out, zone, now, from, cause)
}

/// Sets the priority in force lower: clocks get longer, never shorter.
pub(crate) fn lower(
    row: &mut Model,
    policy: &Policy,
    laid_out: &LaidOut,
    zone: &str,
    now: Ts,
    to: Priority,
    cause: &'static str,
) -> Draft {
    let from = std::mem::replace(&mut row.priority, to);
    row.lowering_to = None;
    row.raised_at = None;
    let mut clocks = row.clocks();
    clocks.lower(now, &row.targets(policy, now));
    row.set_clocks(&clocks);
    priority_event(row, policy, laid_out, zone, now, from, cause)
}

fn priority_event(
    row: &Model,
    policy: &Policy,
    laid_out: &LaidOut,
    zone: &str,
    now: Ts,
    from: Priority,
    cause: &'static str,
) -> Draft {
    let due = (row.due_at != NEVER).then_some(row.due_at);
    let why = explain(row, policy, laid_out, zone, now);
    let data = json!({
        "from": from,
        "to": row.priority,
        "computed": row.computed_priority,
        "cause": cause,
        "why": why,
        "due": due,
    });
    Draft::shared(Kind::Priority, data)
}

/// The sentence that says why, and its parts, at `now`.
pub(crate) fn explain(row: &Model, policy: &Policy, laid_out: &LaidOut, zone: &str, now: Ts) -> Why {
    let facts = row.facts();
    let assessed = stored(row).unwrap_or_else(|| assess(policy, &laid_out.calendar, &facts, now));
    let sites = row.sites();
    let words = |axis, code: &str| catalogue().answer_words(axis, code, sites);
    let telling = Telling {
        priority: row.priority,
        overridden: row.overridden.is_some(),
        due: next_promise(row),
        zone,
        sites: sites.and_then(|sites| Some((i64::from(sites.affected), i64::from(sites.total?)))),
        words: &words,
    };
    why(policy, &laid_out.calendar, &facts, &assessed, &telling, now)
}

/// What was found when the row was written, so that the sentence says what is in force.
fn stored(row: &Model) -> Option<Assessment> {
    let stored: Stored = serde_json::from_str(&row.assessment).ok()?;
    Some(Assessment {
        severity: row.severity(),
        urgency: row.urgency,
        priority: row.computed_priority,
        function: stored.function,
        winner: stored.winner.map(|(election, window)| Winner { election, window }),
        because: stored.because,
        next_change: row.next_change_at.zip(row.next_change_to).map(|(at, priority)| NextChange { at, priority }),
        until: (row.assess_at != NEVER).then_some(row.assess_at),
    })
}

/// The promise that is due first of those that still run.
fn next_promise(row: &Model) -> Option<(Promise, Ts)> {
    let clocks = row.clocks();
    let running = clocks.all().iter().filter(|clock| clock.is_live() && clock.paused_at.is_none());
    let next = running.min_by_key(|clock| clock.due)?;
    Some((next.kind.code().parse().ok()?, next.due))
}
