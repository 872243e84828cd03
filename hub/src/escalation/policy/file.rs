//! From the file to a policy: the shape, and what must hold beyond it. Every refusal names its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use serde::Deserialize;
use toml::Spanned;

use super::rules::{
    Canvass, Certification, Contest, Count, CountsAsNamed, Lower, Milestones, Office, People, Polling, Rules, Sessions,
    VotingStopped,
};
use super::{Acknowledgement, Handling, Policy, PolicyProblem, Recipient, Step};
use crate::election::calendar;
use crate::escalation::{Answers, Axis, Period, Priority, Severity, Urgency, WorkingHours};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<String>,
    answers: Spanned<BTreeMap<Axis, Spanned<Levels>>>,
    voting_stopped: VotingStopped,
    counts_as_named: CountsAsNamed,
    polling: Spanned<Polling>,
    milestone: Spanned<Milestones>,
    count: Count,
    canvass: Canvass,
    certification: Certification,
    contest: Contest,
    session: Spanned<Sessions>,
    office: Office,
    people: People,
    lower: Lower,
    matrix: Spanned<BTreeMap<Severity, Spanned<[Priority; 6]>>>,
    targets: Spanned<BTreeMap<Priority, Spanned<Target>>>,
    working_hours: Spanned<Hours>,
    acknowledgement: Option<Spanned<Acknowledgements>>,
}

/// The level of every answer, with the place of the answer in the text.
type Levels = BTreeMap<Spanned<String>, Severity>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    first_response: Spanned<Period>,
    live_room: Option<Spanned<Period>>,
    next_update: Spanned<Period>,
    next_update_from: Option<Spanned<UpdateFrom>>,
    told_at_once: Vec<Recipient>,
    chain: Vec<Spanned<ChainStep>>,
    update_missed: Vec<Vec<Recipient>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateFrom {
    step: Urgency,
    length: Period,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainStep {
    after: Period,
    tell: Vec<Recipient>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledgements {
    warned_after_updates: u8,
    lapses_after_updates: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    zone: String,
    days: Vec<String>,
    from: String,
    to: String,
}

/// A fault by its place in the text.
type Fault = (Range<usize>, String);

/// Reads and checks.
pub(super) fn read(text: &str) -> Result<Policy, PolicyProblem> {
    let problem = |(span, reason): Fault| {
        let before = text.as_bytes().get(..span.start).unwrap_or(text.as_bytes());
        PolicyProblem { line: before.iter().filter(|byte| **byte == b'\n').count() + 1, reason }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        // Some reasons of the parser have several lines; ours is one.
        let reason = error.message().lines().collect::<Vec<_>>().join("; ");
        problem((error.span().unwrap_or(0..0), reason))
    })?;
    policy(file).map_err(problem)
}

fn policy(file: File) -> Result<Policy, Fault> {
    if file.version.get_ref().trim().is_empty() {
        return Err((
            file.version.span(),
            "give the policy a version, such as the date from which it holds".to_owned(),
        ));
    }
    let name = file.version.get_ref();
    // It stands in addresses, beside the pages of that folder.
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        || name.len() > 40
        || matches!(name.as_str(), "edit" | "move" | "." | "..")
    {
        let reason = "make the version of letters, digits, dots and dashes, at most 40, such as \"2026-11-22\"";
        return Err((file.version.span(), reason.to_owned()));
    }
    let places =
        [("polling", file.polling.span()), ("milestone", file.milestone.span()), ("session", file.session.span())];
    let rules = Rules {
        voting_stopped: file.voting_stopped,
        counts_as_named: file.counts_as_named,
        polling: file.polling.into_inner(),
        milestone: file.milestone.into_inner(),
        count: file.count,
        canvass: file.canvass,
        certification: file.certification,
        contest: file.contest,
        session: file.session.into_inner(),
        office: file.office,
        people: file.people,
        lower: file.lower,
    };
    if let Some((table, reason)) = rules.fault() {
        let span = places.iter().find(|(name, _)| *name == table).map_or(0..0, |(_, span)| span.clone());
        return Err((span, reason));
    }
    Ok(Policy {
        version: file.version.into_inner(),
        answers: answers(file.answers)?,
        working_hours: hours(file.working_hours)?,
        matrix: matrix(file.matrix)?,
        handling: handling(file.targets)?,
        acknowledgement: acknowledgement(file.acknowledgement)?,
        text: (Arc::default(), Arc::default()),
        rules,
    })
}

fn answers(table: Spanned<BTreeMap<Axis, Spanned<Levels>>>) -> Result<BTreeMap<Axis, Vec<(String, Severity)>>, Fault> {
    let whole = table.span();
    let mut read = BTreeMap::new();
    for (axis, levels) in table.into_inner() {
        let span = levels.span();
        let mut levels: Vec<_> = levels.into_inner().into_iter().collect();
        // In the order of the file, which is the order in which people read them.
        levels.sort_by_key(|(code, _)| code.span().start);
        if levels.is_empty() {
            return Err((span, format!("give the question {axis} at least one answer")));
        }
        if let Some((code, _)) = levels.iter().find(|(code, _)| code.get_ref() == Answers::UNKNOWN) {
            let reason = "leave `unknown` out: it counts for nothing by itself, in every question";
            return Err((code.span(), reason.to_owned()));
        }
        read.insert(axis, levels.into_iter().map(|(code, level)| (code.into_inner(), level)).collect());
    }
    match Axis::ALL.iter().find(|axis| !read.contains_key(axis)) {
        Some(axis) => Err((whole, format!("add the answers of the question {axis}: [answers.{axis}]"))),
        None => Ok(read),
    }
}

fn matrix(table: Spanned<BTreeMap<Severity, Spanned<[Priority; 6]>>>) -> Result<[[Priority; 6]; 6], Fault> {
    let whole = table.span();
    let rows = table.into_inner();
    let mut read = [[Priority::P5; 6]; 6];
    let mut milder: Option<(Severity, [Priority; 6])> = None;
    for severity in Severity::ALL.iter().copied() {
        let Some(row) = rows.get(&severity) else {
            return Err((whole, format!("add the row of {severity} to the table")));
        };
        let cells = *row.get_ref();
        let cell = |urgency: Urgency| format!("“{severity} at {urgency} = {}”", cells[urgency as usize]);
        for (farther, nearer) in Urgency::ALL.iter().copied().zip(Urgency::ALL.iter().copied().skip(1)) {
            if cells[nearer as usize] > cells[farther as usize] {
                let was = cells[farther as usize];
                let reason = format!("{} falls as urgency rises from {farther} = {was}", cell(nearer));
                return Err((row.span(), reason));
            }
        }
        if let Some((below, under)) = milder {
            for urgency in Urgency::ALL.iter().copied() {
                if cells[urgency as usize] > under[urgency as usize] {
                    let was = under[urgency as usize];
                    let reason = format!("{} falls as severity rises from {below} = {was}", cell(urgency));
                    return Err((row.span(), reason));
                }
            }
        }
        read[severity as usize] = cells;
        milder = Some((severity, cells));
    }
    Ok(read)
}

fn handling(table: Spanned<BTreeMap<Priority, Spanned<Target>>>) -> Result<[Handling; 5], Fault> {
    let whole = table.span();
    let mut targets = table.into_inner();
    let mut read: Vec<Handling> = Vec::with_capacity(5);
    for priority in Priority::ALL.iter().copied() {
        let Some(target) = targets.remove(&priority) else {
            return Err((whole, format!("add the targets of {priority}: [targets.{priority}]")));
        };
        let handling = one(priority, target, read.last())?;
        read.push(handling);
    }
    // There are five priorities, so there are five.
    read.try_into().map_err(|_| (whole, "give targets for P1 to P5".to_owned()))
}

/// One priority's, which must not be shorter than those of the priority above it.
fn one(priority: Priority, target: Spanned<Target>, above: Option<&Handling>) -> Result<Handling, Fault> {
    let whole = target.span();
    let target = target.into_inner();
    let mut from = Period::Clock(SignedDuration::ZERO);
    for step in &target.chain {
        let ChainStep { after, tell } = step.get_ref();
        if after.duration() > LONGEST {
            return Err((step.span(), too_long("a step")));
        }
        if after.duration() < from.duration() {
            return Err((step.span(), format!("a step after {after} stands behind one after {from}: put it before")));
        }
        if tell.is_empty() {
            return Err((step.span(), "name somebody to tell".to_owned()));
        }
        from = *after;
    }
    if let Some(early) = &target.next_update_from
        && early.get_ref().length.duration() > target.next_update.get_ref().duration()
    {
        return Err((early.span(), "the next update must not come later as urgency rises".to_owned()));
    }
    let spans = [
        ("first_response", Some(target.first_response.span())),
        ("live_room", target.live_room.as_ref().map(Spanned::span)),
        ("next_update", Some(target.next_update.span())),
        ("next_update", target.next_update_from.as_ref().map(Spanned::span)),
    ];
    let handling = Handling {
        first_response: target.first_response.into_inner(),
        live_room: target.live_room.map(Spanned::into_inner),
        next_update: target.next_update.into_inner(),
        next_update_from: target.next_update_from.map(|from| (from.get_ref().step, from.into_inner().length)),
        told_at_once: target.told_at_once,
        chain: target
            .chain
            .into_iter()
            .map(|step| {
                let ChainStep { after, tell } = step.into_inner();
                Step { after, tell }
            })
            .collect(),
        update_missed: target.update_missed,
    };
    for ((name, span), length) in spans.iter().zip(lengths(&handling)) {
        let span = || span.clone().unwrap_or_else(|| whole.clone());
        if length.is_some_and(|length| length.duration() > LONGEST) {
            return Err((span(), too_long(&format!("{name} of {priority}"))));
        }
        if length.is_some_and(|length| length.duration().is_zero()) {
            return Err((span(), format!("{name} of {priority} must be longer than nothing")));
        }
    }
    if let Some(above) = above {
        for ((name, span), (higher, lower)) in spans.iter().zip(lengths(above).into_iter().zip(lengths(&handling))) {
            // What is not promised is later than everything.
            let later = match (higher, lower) {
                (Some(higher), Some(lower)) => higher.duration() > lower.duration(),
                (None, Some(_)) => true,
                (_, None) => false,
            };
            if later {
                let span = span.clone().unwrap_or_else(|| whole.clone());
                let reason = format!("{name} of {priority} is shorter than that of the priority above it");
                return Err((span, reason));
            }
        }
    }
    Ok(handling)
}

/// Nobody is promised anything that is farther away.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A team that works less in a week would owe promises for years.
const LEAST: SignedDuration = SignedDuration::from_hours(5);

fn too_long(what: &str) -> String {
    format!("{what} must be 90 days or less")
}

/// First response, live room, next update at U0 and at U5.
fn lengths(handling: &Handling) -> [Option<Period>; 4] {
    let update = Some(handling.next_update);
    let near = handling.next_update_from.map(|(_, length)| length).or(update);
    [Some(handling.first_response), handling.live_room, update, near]
}

/// A file from before this table was known means what the hub comes with.
fn acknowledgement(table: Option<Spanned<Acknowledgements>>) -> Result<Acknowledgement, Fault> {
    let Some(table) = table else { return Ok(Acknowledgement { warned_after: 1, lapses_after: 2 }) };
    let span = table.span();
    let Acknowledgements { warned_after_updates, lapses_after_updates } = table.into_inner();
    if warned_after_updates == 0 {
        return Err((span, "warned_after_updates must be 1 or more: nobody is silent at once".to_owned()));
    }
    if lapses_after_updates <= warned_after_updates {
        return Err((span, "lapses_after_updates must be more than warned_after_updates".to_owned()));
    }
    Ok(Acknowledgement { warned_after: warned_after_updates, lapses_after: lapses_after_updates })
}

fn hours(table: Spanned<Hours>) -> Result<WorkingHours, Fault> {
    let span = table.span();
    let hours = table.into_inner();
    let fault = |reason: String| (span.clone(), reason);
    let tz = calendar::zone(&hours.zone).ok_or_else(|| {
        fault(format!("there is no time zone {:?}: use an IANA name such as Europe/Berlin", hours.zone))
    })?;
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let mut days = Vec::new();
    for day in &hours.days {
        let known = names.iter().position(|name| name == day).and_then(|at| i8::try_from(at + 1).ok());
        let day = known
            .and_then(|number| Weekday::from_monday_one_offset(number).ok())
            .ok_or_else(|| fault(format!("{day:?} is no day; use {}", names.join(", "))))?;
        days.push(day);
    }
    days.sort_by_key(|day| day.to_monday_one_offset());
    days.dedup();
    if days.is_empty() {
        return Err(fault("name at least one working day".to_owned()));
    }
    let time = |text: &str| -> Result<Time, Fault> {
        text.parse().map_err(|_| fault(format!("{text:?} is no time of day; write it as \"08:00\"")))
    };
    let (from, to) = (time(&hours.from)?, time(&hours.to)?);
    if to <= from {
        return Err(fault("the working day must end after it begins".to_owned()));
    }
    let week = from.duration_until(to) * i32::try_from(days.len()).unwrap_or(7);
    if week < LEAST {
        return Err(fault("the team must work five hours in a week at least".to_owned()));
    }
    Ok(WorkingHours { zone: hours.zone, days, from, to, tz })
}
