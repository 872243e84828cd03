//! What an incident should do, written again from the design's pages and not from the program: one county whose voting
//! is affected, one day of polls, and whatever people do. Minutes and days are counted here by hand.

use jiff::civil::{Weekday, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

pub(super) const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const NEVER: i64 = i64::MAX;

/// One day of polls, in milliseconds; the county's days begin at seven in the morning UTC all year.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polls {
    pub opens: i64,
    pub closes: i64,
}

impl Polls {
    /// The instants at which the step changes, and the step from there on.
    fn steps(self) -> [(i64, usize); 8] {
        let day = |before: i64| {
            let local = self.opens - 7 * HOUR;
            (local.div_euclid(24 * HOUR) - before) * 24 * HOUR + 7 * HOUR
        };
        let (opens, closes) = (self.opens, self.closes);
        let count = closes + 3 * HOUR;
        [
            (day(90), 1),
            (day(28), 2),
            (day(7), 3),
            (opens - 24 * HOUR, 4),
            (opens, 5),
            (closes, 4),
            (count, 2),
            (closes + 24 * HOUR, 0),
        ]
    }

    fn step(self, now: i64) -> usize {
        self.steps().iter().filter(|(from, _)| *from <= now).max_by_key(|(from, _)| *from).map_or(0, |(_, step)| *step)
    }

    fn next(self, now: i64) -> i64 {
        self.steps().iter().map(|(from, _)| *from).filter(|from| *from > now).min().unwrap_or(NEVER)
    }
}

/// Severity down (from baseline), urgency across.
const MATRIX: [[u8; 6]; 6] = [
    [5, 5, 5, 5, 5, 4],
    [5, 5, 5, 4, 4, 3],
    [4, 4, 3, 3, 2, 2],
    [3, 3, 2, 2, 1, 1],
    [2, 2, 2, 1, 1, 1],
    [1, 1, 1, 1, 1, 1],
];

/// What is told when: minutes after, and whom.
type Step = (i64, &'static [&'static str]);

fn chain(priority: u8) -> &'static [Step] {
    match priority {
        1 => &[
            (3, &["shift_lead"]),
            (5, &["supervisor", "authority_phone"]),
            (10, &["director", "authority_second_phone"]),
            (15, &["parent_authority"]),
        ],
        2 => &[(10, &["backup"]), (15, &["shift_lead"]), (30, &["supervisor"]), (60, &["director"])],
        3 => &[(30, &["on_duty"]), (60, &["shift_lead"]), (120, &["supervisor"])],
        4 => &[(240, &["shift_lead"]), (480, &["supervisor"])],
        _ => &[(1_440, &["shift_lead"]), (4_320, &["supervisor"])],
    }
}

fn at_once(priority: u8) -> &'static [&'static str] {
    match priority {
        1 => &["on_duty", "backup"],
        2 => &["on_duty"],
        _ => &[],
    }
}

fn missed(priority: u8) -> &'static [&'static [&'static str]] {
    if priority <= 3 { &[&["owner", "shift_lead"], &["supervisor"]] } else { &[&["owner"]] }
}

/// The end of some minutes of work that begin at an instant; whole days where `days` says so.
fn at_work(from: i64, minutes: i64, days: bool) -> i64 {
    let zone = TimeZone::get("America/New_York").expect("a zone");
    let local = |ms: i64| Timestamp::from_millisecond(ms).expect("an instant").to_zoned(zone.clone());
    let mut now: Zoned = local(from);
    let mut left = minutes * MINUTE;
    if days {
        now = now.checked_add((minutes / 1_440).days()).expect("some days later");
        left = 0;
    }
    for _ in 0..400 {
        let day = date(now.year(), now.month(), now.day());
        let at = |hour: i8| day.to_datetime(time(hour, 0, 0, 0)).to_zoned(zone.clone()).expect("an hour");
        let (opens, closes) = (at(8).max(now.clone()), at(18));
        let open = closes.timestamp().as_millisecond() - opens.timestamp().as_millisecond();
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && open > 0 {
            if left <= open {
                return opens.timestamp().as_millisecond() + left;
            }
            left -= open;
        }
        now =
            day.tomorrow().expect("a next day").to_datetime(time(0, 0, 0, 0)).to_zoned(zone.clone()).expect("midnight");
    }
    panic!("no work for a year");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Up,
    Down,
}

/// Somebody holds it: who (nobody after it was given back), since when nothing was done, whether they were warned.
#[derive(Debug, Clone, Copy)]
struct Held {
    by: Option<&'static str>,
    since: i64,
    warned: bool,
}

/// Nobody has answered: since when, which step is next and when, and who fell silent before.
#[derive(Debug, Clone, Copy)]
struct Runs {
    from: i64,
    step: usize,
    due: i64,
    behind: Option<&'static str>,
}

/// One incident.
#[derive(Debug, Clone)]
pub(super) struct Incident {
    polls: Polls,
    pub severity: usize,
    computed: u8,
    urgency: usize,
    pub priority: u8,
    word: Option<Word>,
    pub lowering: Option<u8>,
    pub acknowledged: bool,
    pub owner: Option<&'static str>,
    pub waits: bool,
    pub works: bool,
    pub open: bool,
    /// Nobody has ever answered.
    fresh: bool,
    look: i64,
    held: Option<Held>,
    runs: Option<Runs>,
    missed: Option<(usize, i64)>,
    /// When the next update is due, and since when its clock stands still.
    update: Option<(i64, Option<i64>)>,
    /// What the room should say.
    pub told: Vec<String>,
}

impl Incident {
    pub(super) fn filed(polls: Polls, severity: usize, now: i64) -> Self {
        let urgency = polls.step(now);
        let priority = MATRIX[severity][urgency];
        let mut incident = Self {
            polls,
            severity,
            computed: priority,
            urgency,
            priority,
            word: None,
            lowering: None,
            acknowledged: false,
            owner: None,
            waits: false,
            works: false,
            open: true,
            fresh: true,
            look: polls.next(now),
            held: None,
            runs: None,
            missed: None,
            update: None,
            told: Vec::new(),
        };
        incident.update = Some((incident.promised(now), None));
        incident.alert(now);
        incident
    }

    /// When an update that is promised now is due.
    fn promised(&self, now: i64) -> i64 {
        let minutes = match self.priority {
            1 if self.urgency >= 4 => 15,
            1 => 30,
            2 => 60,
            3 => 240,
            4 => 1_440,
            _ => 7 * 1_440,
        };
        self.runs_to(now, minutes, self.priority == 5)
    }

    fn runs_to(&self, from: i64, minutes: i64, days: bool) -> i64 {
        if self.urgency < 3 && self.priority >= 4 { at_work(from, minutes, days) } else { from + minutes * MINUTE }
    }

    fn people(&self, whom: &str) -> Option<&'static str> {
        match whom {
            "on_duty" | "authority_phone" => Some("Rosa"),
            "backup" => Some("Ravi"),
            "shift_lead" => Some("Lena"),
            "supervisor" => Some("Sam"),
            "owner" => self.held.and_then(|held| held.by).or(self.owner),
            _ => None,
        }
    }

    fn page(&mut self, what: &str, whom: &[&'static str]) -> bool {
        let behind = self.runs.and_then(|runs| runs.behind);
        // Who fell silent is asked again where nobody else is there.
        let alone = whom.iter().filter_map(|one| self.people(one)).all(|name| Some(name) == behind);
        let (mut to, mut nobody) = (Vec::new(), Vec::new());
        for one in whom {
            match self.people(one).filter(|name| alone || Some(*name) != behind) {
                Some(name) if to.contains(&name) => {}
                Some(name) => to.push(name),
                None => nobody.push(*one),
            }
        }
        self.told.push(format!("{what}: {} / {}", to.join(" "), nobody.join(" ")));
        !to.is_empty()
    }

    /// It is another matter now: whoever fell silent is asked again.
    fn alert(&mut self, at: i64) {
        if let Some(runs) = &mut self.runs {
            runs.behind = None;
        }
        self.tell_and_begin(at);
    }

    fn tell_and_begin(&mut self, at: i64) {
        let whom = at_once(self.priority);
        let told = whom.is_empty() || self.page("unanswered 0", whom);
        self.begin(at, told);
    }

    fn begin(&mut self, at: i64, told: bool) {
        if self.acknowledged {
            return;
        }
        let behind = self.runs.and_then(|runs| runs.behind);
        let due = if told { self.runs_to(at, chain(self.priority)[0].0, false) } else { at };
        self.held = None;
        self.runs = Some(Runs { from: at, step: 0, due, behind });
    }

    /// The table is asked again.
    pub(super) fn assess(&mut self, at: i64, cause: &str) {
        if !self.open {
            return;
        }
        let (computed, urgency) = (self.computed, self.urgency);
        self.urgency = self.polls.step(at);
        self.computed = MATRIX[self.severity][self.urgency];
        self.look = self.polls.next(at);
        if self.word == Some(Word::Down) && (self.computed != computed || self.urgency > urgency) {
            self.word = None;
        }
        if self.computed < self.priority && self.word != Some(Word::Down) {
            self.word = None;
            let to = self.computed;
            self.becomes(to, at, cause);
            self.alert(at);
            return;
        }
        let proposes = self.computed > self.priority
            && self.acknowledged
            && (self.word.is_none() || self.computed > computed || self.lowering.is_some());
        let to = Some(self.computed).filter(|_| proposes);
        if let Some(to) = to.filter(|_| to != self.lowering) {
            self.told.push(format!("proposed P{to}"));
        }
        self.lowering = to;
    }

    fn becomes(&mut self, to: u8, at: i64, cause: &str) {
        let from = std::mem::replace(&mut self.priority, to);
        self.lowering = None;
        let length = self.promised(at) - at;
        if let Some((due, paused)) = &mut self.update {
            let other = paused.unwrap_or(at) + length;
            *due = if to < from { (*due).min(other) } else { (*due).max(other) };
        }
        self.told.push(format!("P{from} to P{to} {cause}"));
    }

    /// Everything that is due by `now` happens, in the order in which it is due.
    pub(super) fn turn(&mut self, now: i64) {
        while self.open {
            let steps = chain(self.priority);
            let step = self.runs.filter(|runs| runs.step < steps.len()).map_or(NEVER, |runs| runs.due);
            let lists = missed(self.priority);
            let count = self.missed.map_or(0, |(count, _)| count);
            let miss = match self.update {
                Some((due, None)) if count < lists.len() => {
                    (due + 1).max(self.missed.map_or(0, |(_, at)| self.promised(at)))
                }
                _ => NEVER,
            };
            let silence = match self.held {
                Some(held) if !self.waits && !held.warned => self.promised(held.since),
                Some(held) if !self.waits => self.promised(self.promised(held.since)),
                _ => NEVER,
            };
            let due = step.min(miss).min(silence);
            if self.look <= now && self.look <= due {
                self.assess(self.look, "boundary");
            } else if due > now {
                return;
            } else if step == due {
                let runs = self.runs.expect("they run");
                let told = self.page(&format!("unanswered {}", runs.step + 1), steps[runs.step].1);
                let next = steps.get(runs.step + 1).map_or(NEVER, |(after, _)| self.runs_to(runs.from, *after, false));
                let next = if told { next.max(due) } else { due };
                self.runs = Some(Runs { step: runs.step + 1, due: next, ..runs });
            } else if miss == due {
                self.page(&format!("update_missed {}", count + 1), lists[count]);
                self.missed = Some((count + 1, due));
            } else {
                self.silent(due);
            }
        }
    }

    fn silent(&mut self, at: i64) {
        let held = self.held.expect("somebody holds it");
        if !held.warned {
            self.page("warning 1", &["owner"]);
            self.held = Some(Held { warned: true, ..held });
            return;
        }
        self.told.push(format!("lapsed {}", held.by.unwrap_or_default()));
        self.held = None;
        self.acknowledged = false;
        self.lowering = None;
        self.runs = Some(Runs { from: at, step: 0, due: NEVER, behind: held.by });
        self.tell_and_begin(at);
    }

    /// A responder did something that is written down: whoever holds it is there.
    fn active(&mut self, who: &'static str, now: i64) {
        let owns = self.owner == Some(who);
        if let Some(held) = self.held.as_mut().filter(|held| owns || held.by.is_none_or(|by| by == who)) {
            (held.since, held.warned) = (now, false);
            if owns {
                held.by = Some(who);
            }
        }
    }

    fn answered(&mut self, who: &'static str, now: i64) {
        self.acknowledged = true;
        self.runs = None;
        self.fresh = false;
        self.held = Some(Held { by: Some(who), since: now, warned: false });
    }

    pub(super) fn acknowledge(&mut self, who: &'static str, now: i64) {
        if !self.acknowledged {
            self.answered(who, now);
            self.assess(now, "change");
            self.active(who, now);
        }
    }

    pub(super) fn claim(&mut self, who: &'static str, now: i64) {
        if self.owner.is_none() || !self.acknowledged || !self.works {
            self.owner = Some(who);
            self.works = true;
            self.answered(who, now);
            self.assess(now, "change");
            self.active(who, now);
        }
    }

    /// Whether whoever has it fell silent.
    pub(super) fn lapsed(&self) -> bool {
        self.owner.is_some() && !self.acknowledged && !self.fresh
    }

    pub(super) fn assign(&mut self, to: &'static str, by: &'static str, now: i64) {
        if self.owner != Some(to) {
            self.owner = Some(to);
            if let Some(held) = &mut self.held {
                *held = Held { by: Some(to), since: now, warned: false };
            }
            self.active(by, now);
        }
    }

    pub(super) fn release(&mut self, by: &'static str, now: i64) {
        self.owner = None;
        self.works = false;
        self.goes_on(now);
        if let Some(held) = &mut self.held {
            *held = Held { by: None, since: now, warned: false };
        }
        self.active(by, now);
    }

    /// It waits no more for its authority.
    fn goes_on(&mut self, now: i64) {
        if !std::mem::take(&mut self.waits) {
            return;
        }
        if let Some((due, paused)) = &mut self.update
            && let Some(since) = paused.take()
        {
            *due += (now - since).max(0);
        }
        if let Some(held) = &mut self.held {
            (held.since, held.warned) = (now, false);
        }
    }

    pub(super) fn wait(&mut self, by: &'static str, now: i64) {
        self.waits = true;
        if let Some((_, paused)) = &mut self.update {
            paused.get_or_insert(now);
        }
        self.assess(now, "change");
        self.active(by, now);
    }

    /// The authority has said something.
    pub(super) fn heard(&mut self, now: i64) {
        self.goes_on(now);
    }

    pub(super) fn say(&mut self, who: &'static str, now: i64) {
        self.missed = None;
        let paused = self.update.and_then(|(_, paused)| paused).map(|_| now);
        self.update = Some((self.promised(now), paused));
        self.active(who, now);
    }

    pub(super) fn note(&mut self, who: &'static str, now: i64) {
        self.active(who, now);
    }

    pub(super) fn found(&mut self, severity: usize, by: &'static str, now: i64) {
        if self.severity != severity {
            self.severity = severity;
            self.assess(now, "change");
            self.active(by, now);
        }
    }

    pub(super) fn set(&mut self, to: u8, by: &'static str, now: i64) {
        if to != self.priority {
            let up = to < self.priority;
            self.word = Some(if up { Word::Up } else { Word::Down });
            self.becomes(to, now, "override");
            if up {
                self.alert(now)
            } else {
                self.begin(now, true)
            }
            self.active(by, now);
        }
    }

    pub(super) fn confirm(&mut self, by: &'static str, now: i64) {
        if let Some(to) = self.lowering {
            self.word = None;
            self.becomes(to, now, "confirmed");
            self.begin(now, true);
        }
        self.active(by, now);
    }

    pub(super) fn end(&mut self) {
        self.open = false;
    }
}

/// A length in milliseconds.
pub(super) fn span(minutes: i64) -> SignedDuration {
    SignedDuration::from_millis(minutes * MINUTE)
}
