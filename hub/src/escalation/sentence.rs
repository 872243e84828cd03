//! The sentence that says why a priority is what it is. Built from parts, so that it can be said in another language.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::assess::turn;
use super::near_words::{Happening, near_words};
use super::{
    Assessment, Axis, Because, Calendar, Facts, Function, NextChange, Policy, Priority, Promise, Severity, Urgency,
    What, assess,
};
use crate::election::{calendar, words};
use crate::time::Ts;

/// What the sentence needs beside the assessment.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// The effective priority.
    pub priority: Priority,
    /// A person has set the effective priority.
    pub overridden: bool,
    /// The next promise, and when it is due.
    pub due: Option<(Promise, Ts)>,
    /// The IANA zone of the incident's authority, in which the due time is shown.
    pub zone: &'a str,
    /// Sites affected, of all; said where voting is stopped.
    pub sites: Option<(i64, i64)>,
    /// The words of an answer, to follow "because": "voting is stopped at one or more sites, with no working fallback".
    pub words: &'a dyn Fn(Axis, &str) -> String,
}

/// The sentence and its parts: `why` of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// In English.
    pub text: String,
    /// What it is made of.
    pub parts: Parts,
    /// The version of the policy.
    pub policy: String,
}

/// What the sentence is made of, for pages and for other languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// In force.
    pub priority: Priority,
    /// What the table alone says.
    pub computed: Priority,
    /// A person has set the priority.
    pub overridden: bool,
    /// By the answers.
    pub severity: Severity,
    /// By the calendar.
    pub urgency: Urgency,
    /// The function that is closest.
    pub function: Function,
    /// The reasons as data.
    pub because: Because,
    /// What happened, in English: the first bold part.
    pub what: String,
    /// What it is near to, in English: the second bold part.
    pub near: String,
    /// The next promise.
    pub due: Option<Due>,
    /// What time alone would change, earliest first: the first rise and the first fall.
    pub changes: Vec<Change>,
}

/// A promise and when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Which.
    pub promise: Promise,
    /// When.
    pub at: Ts,
    /// When, in the authority's civil time: "06:52 EST".
    pub words: String,
    /// It is past.
    pub past: bool,
}

/// What time alone would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// When.
    pub at: Ts,
    /// The priority from then on.
    pub priority: Priority,
    /// It rises, by itself; else it falls, and a responder confirms.
    pub rises: bool,
    /// What happens then, in English: "polls close".
    pub event: String,
    /// "24 h before", where it is not the event itself.
    pub offset: Option<String>,
    /// When, in civil time of the place where it happens: "19:30 EST".
    pub when: String,
    /// The whole line, in English.
    pub words: String,
}

/// The sentence for an assessment of `facts` that was made at `now`.
pub fn why(
    policy: &Policy,
    calendar: &Calendar,
    facts: &Facts,
    assessment: &Assessment,
    telling: &Telling<'_>,
    now: Ts,
) -> Why {
    let zone = calendar::zone(telling.zone).unwrap_or(TimeZone::UTC);
    let what = what_words(&assessment.because.what, telling);
    let near = near_words(assessment, now);
    let due = telling.due.map(|(promise, at)| Due { promise, at, words: words::clock(at, &zone, now), past: at < now });
    let changes = changes(policy, calendar, facts, assessment, telling, now);
    let parts = Parts {
        priority: telling.priority,
        computed: assessment.priority,
        overridden: telling.overridden,
        severity: assessment.severity,
        urgency: assessment.urgency,
        function: assessment.function,
        because: assessment.because.clone(),
        what,
        near,
        due,
        changes,
    };
    Why { text: text(&parts, &policy.version, assessment), parts, policy: policy.version.clone() }
}

fn text(parts: &Parts, version: &str, assessment: &Assessment) -> String {
    let Parts { priority, what, severity, near, urgency, function, computed, .. } = parts;
    let mut text = format!("{priority} because {what} ({}) and {near} ({urgency}", severity.label());
    if let Some(near) = &parts.because.near {
        text += &format!(", {}", near.election_name);
    }
    text += &format!(", {}).", function.label());
    match (parts.overridden, computed == priority) {
        (true, true) => text += " A person has set it, and the table says the same.",
        (true, false) => text += &format!(" A person has set it; the table alone says {computed}."),
        (false, true) => {}
        (false, false) => text += &format!(" The table alone says {computed}; a responder lowers it."),
    }
    if let Some(due) = &parts.due {
        let verb = if due.past { "was due" } else { "due" };
        text += &format!(" {} {verb} {}.", capital(due.promise.label()), due.words);
    }
    text += &format!(" Policy {version}.");
    // The nearest one, unless an override hides it.
    if let Some(next) = assessment.next_change
        && let Some(change) = parts.changes.iter().find(|change| change.at == next.at)
    {
        // Its time was said already where it is what the reason refers to.
        let said = parts.because.near.as_ref().is_some_and(|near| near.at == change.at);
        let when = if said { String::new() } else { format!(", {}", change.when) };
        let Change { priority, event, offset, .. } = change;
        let how = if change.rises { " by itself" } else { ", by confirmation," };
        let then = offset.as_deref().unwrap_or(if change.rises { "when" } else { "after" });
        text += &format!(" Becomes {priority}{how} {then} {event}{when}.");
    }
    text
}

fn what_words(what: &What, telling: &Telling<'_>) -> String {
    match (what, telling.sites) {
        (What::Answer { axis, code }, _) => (telling.words)(*axis, code),
        (What::VotingStopped, Some((affected, total))) => format!("voting is stopped at {affected} of {total} sites"),
        (What::VotingStopped, None) => "voting is stopped".to_owned(),
        (What::Starting, _) => "not enough is known yet to rate it lower".to_owned(),
    }
}

/// The first rise above the priority in force and the first fall below it.
fn changes(
    policy: &Policy,
    calendar: &Calendar,
    facts: &Facts,
    assessment: &Assessment,
    telling: &Telling<'_>,
    now: Ts,
) -> Vec<Change> {
    let force = telling.priority;
    let rise = turn(policy, calendar, facts, now, |computed| computed < force);
    // Where the table says less already, it is not time that would change it.
    let fall = (assessment.priority <= force).then(|| turn(policy, calendar, facts, now, |computed| computed > force));
    let mut turns: Vec<NextChange> = rise.into_iter().chain(fall.flatten()).collect();
    turns.sort_by_key(|turn| turn.at);
    let told = turns.into_iter().map(|NextChange { at, priority }| {
        let before = assess(policy, calendar, facts, Ts::from_millis(at.millis() - 1));
        let after = assess(policy, calendar, facts, at);
        let happening = Happening::between(&before, &after, at);
        let near = after.because.near.as_ref().or(before.because.near.as_ref());
        let zone = near.and_then(|near| calendar::zone(&near.zone)).or_else(|| calendar::zone(telling.zone));
        let when = words::clock(at, &zone.unwrap_or(TimeZone::UTC), now);
        let rises = priority < force;
        let how = match (rises, facts.voting_stopped) {
            (true, _) => format!("{priority}, by itself"),
            (false, true) => format!("the table says {priority}, but nobody lowers it while voting is stopped"),
            (false, false) => format!("{priority} is proposed, a responder confirms"),
        };
        let words = format!("{}, {when}: {how}", capital(&happening.to_string()));
        let (event, offset) = (happening.event.to_owned(), happening.offset);
        Change { at, priority, rises, event, offset, when, words }
    });
    told.collect()
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
