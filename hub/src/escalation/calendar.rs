//! The elections that count for an authority, laid out as stretches of urgency: made once, asked by many incidents.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::spans::{OWN_RULES, Span, lay};
use super::{Counted, Function, Near, Policy, Relation, SpanName, Stage, Urgency};
use crate::election::Election;
use crate::time::Ts;

/// The elections that count for an authority, laid out by a policy.
#[derive(Debug, Clone)]
pub struct Calendar {
    elections: Vec<Arc<Election>>,
    zones: Vec<String>,
    marks: Vec<Mark>,
    /// By function. Each begins at the first instant that is counted.
    stretches: [Vec<Stretch>; 9],
    /// In which voting that is stopped is severe: apart from each other, in order.
    severe: Vec<(Ts, Ts)>,
}

/// What a stretch comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Its place in the list of elections.
    pub election: usize,
    zone: usize,
    pub name: SpanName,
    stage: Stage,
    from: Ts,
    at: Ts,
}

/// From here to the next one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub from: Ts,
    pub step: Urgency,
    /// Its place in the list of marks; none at the step that the function has by itself.
    pub mark: Option<usize>,
}

/// A span of one function among those of all elections.
#[derive(Clone, Copy)]
struct Entry<'e> {
    span: Span<'e>,
    mark: usize,
}

impl Calendar {
    /// Lays out what counts. What is wrong with an election ([`Election::problems`]) is left out, so that a fault in
    /// one window does not silence the others.
    pub fn new(policy: &Policy, elections: &[Counted]) -> Self {
        let rules = &policy.rules;
        let mut zones = Vec::new();
        let mut marks = Vec::new();
        let mut severe = Vec::new();
        let mut functions: [Vec<Entry<'_>>; 9] = Default::default();
        let ids: Vec<&str> = elections.iter().map(|counted| counted.election.id.as_str()).collect();
        for (election, counted) in elections.iter().enumerate() {
            let laid = lay(rules, &counted.election);
            let by = if counted.relation == Relation::Descendant { rules.lower.descendants } else { 0 };
            let mut mark = |span: Span<'_>| {
                let zone = interned(&mut zones, span.zone);
                marks.push(Mark { election, zone, name: span.name, stage: span.stage, from: span.from, at: span.at });
                marks.len() - 1
            };
            let mut own: Vec<Entry<'_>> = Vec::new();
            for (index, spans) in laid.functions.iter().enumerate() {
                let entries: Vec<_> = spans.iter().map(|span| Entry { span: *span, mark: mark(*span) }).collect();
                functions[index].extend(entries.iter().filter_map(|entry| entry.lower(by)));
                own.extend(entries);
            }
            // The office and the people follow whatever is most urgent of this election, named or not.
            let office = own.iter().filter_map(|entry| entry.lower(rules.office.below));
            let season = laid.season.map(|span| Entry { span, mark: mark(span) });
            functions[OWN_RULES].extend(office.chain(season).filter_map(|entry| entry.lower(by)));
            functions[OWN_RULES + 1].extend(own.iter().filter_map(|entry| entry.lower(by)));

            let (before, after) = (-rules.voting_stopped.before, rules.voting_stopped.after);
            severe.extend(laid.polling.iter().map(|(opens, closes)| (opens.plus(before), closes.plus(after))));
        }
        let order = |mark: usize| {
            let Mark { election, name, .. } = marks[mark];
            (ids[election], name.code())
        };
        let mut stretches = functions.map(|entries| sweep(&entries, &order));
        let floor = rules.people.at_least;
        for stretch in &mut stretches[OWN_RULES + 1] {
            if stretch.step < floor {
                (stretch.step, stretch.mark) = (floor, None);
            }
        }
        for stretches in &mut stretches {
            stretches.dedup_by(|next, last| next.step == last.step && next.mark == last.mark);
        }
        let elections = elections.iter().map(|counted| Arc::clone(&counted.election)).collect();
        Self { elections, zones, marks, stretches, severe: apart(severe) }
    }

    /// The stretches of a function, from the first instant that is counted.
    pub(super) fn of(&self, function: Function) -> &[Stretch] {
        &self.stretches[function as usize]
    }

    /// The stretch in force, and its place.
    pub(super) fn at(&self, function: Function, now: Ts) -> usize {
        self.of(function).partition_point(|stretch| stretch.from <= now).saturating_sub(1)
    }

    /// How urgent each function is at `now`, and until when that holds; none: for ever.
    pub fn steps(&self, now: Ts) -> Vec<(Function, Urgency, Option<Ts>)> {
        let step = |function: &Function| {
            let (stretches, at) = (self.of(*function), self.at(*function, now));
            let step = stretches.get(at).map_or(Urgency::U0, |stretch| stretch.step);
            let other = stretches.iter().skip(at).find(|stretch| stretch.step != step);
            (*function, step, other.map(|stretch| stretch.from))
        };
        Function::ALL.iter().map(step).collect()
    }

    /// Whether voting that is stopped is severe at `now`, and when that becomes otherwise.
    pub(super) fn severe(&self, now: Ts) -> (bool, Option<Ts>) {
        let next = self.severe.partition_point(|(_, to)| *to <= now);
        match self.severe.get(next) {
            Some((from, _)) if *from > now => (false, Some(*from)),
            Some((_, to)) => (true, Some(*to)),
            None => (false, None),
        }
    }

    /// Election id and name of what a stretch comes from.
    pub(super) fn winner(&self, mark: usize) -> (&str, SpanName) {
        let mark = &self.marks[mark];
        (&self.elections[mark.election].id, mark.name)
    }

    /// The same in full.
    pub(super) fn near(&self, mark: usize) -> Near {
        let mark = &self.marks[mark];
        let election = &self.elections[mark.election];
        Near {
            election: election.id.clone(),
            election_name: election.name.clone(),
            authority: election.authority.clone(),
            place: election.authority_name.clone(),
            zone: self.zones[mark.zone].clone(),
            name: mark.name,
            stage: mark.stage,
            from: mark.from,
            at: mark.at,
        }
    }
}

impl Entry<'_> {
    fn lower(&self, by: i64) -> Option<Self> {
        Some(Self { span: self.span.lower(by)?, mark: self.mark })
    }
}

/// The place of a name in a short list of names.
fn interned(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

/// What is in force from when: the highest step; of those at that step the earliest reference instant, then the order
/// given, then the first as listed.
fn sweep<'a>(entries: &[Entry<'_>], order: &impl Fn(usize) -> (&'a str, &'static str)) -> Vec<Stretch> {
    let mut events: Vec<(Ts, bool, usize)> = Vec::with_capacity(entries.len() * 2);
    for (index, entry) in entries.iter().enumerate() {
        events.extend([(entry.span.from, true, index), (entry.span.to, false, index)]);
    }
    events.sort_unstable();
    let key = |index: usize| {
        let Entry { span, mark } = &entries[index];
        (Reverse(span.step), span.at, order(*mark), *mark)
    };
    let mut live = BTreeSet::new();
    let mut stretches = vec![Stretch { from: Ts::from_millis(i64::MIN), step: Urgency::U0, mark: None }];
    for (place, &(from, begins, index)) in events.iter().enumerate() {
        if begins {
            live.insert(key(index));
        } else {
            live.remove(&key(index));
        }
        // All that happens at one instant happens together.
        if events.get(place + 1).is_some_and(|(next, ..)| *next == from) {
            continue;
        }
        let (step, mark) = live.first().map_or((Urgency::U0, None), |(Reverse(step), _, _, mark)| (*step, Some(*mark)));
        stretches.push(Stretch { from, step, mark });
    }
    stretches
}

/// Joins what touches or overlaps.
fn apart(mut spans: Vec<(Ts, Ts)>) -> Vec<(Ts, Ts)> {
    spans.sort_unstable();
    let mut joined: Vec<(Ts, Ts)> = Vec::new();
    for (from, to) in spans {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => joined.push((from, to)),
        }
    }
    joined
}
