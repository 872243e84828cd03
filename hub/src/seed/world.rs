//! The authorities of a synthetic world, their people and their elections.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span};
use serde_json::json;

use super::Amounts;
use super::dice::Dice;
use crate::audit::{Kind, row as event};
use crate::authority::row as authority;
use crate::duty::{Post, row as shift};
use crate::election::calendar::{day, zone};
use crate::election::row::{election, milestone, window};
use crate::election::{Election, Milestone, MilestoneKind, Window, WindowKind, rows_of};
use crate::error::Result;
use crate::identity::{Actor, RESPONSE_TEAM, Role, Viewer, person_row as person};
use crate::store::{Draft, chained};
use crate::time::Ts;

/// One in so many authorities is a state; those after it are under it.
const FAMILY: usize = 20;
const ZONES: [&str; 6] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "Europe/Bucharest",
];
const FIRST: [&str; 16] = [
    "Ash", "Birch", "Cedar", "Dale", "Elm", "Fern", "Glen", "Hazel", "Iron", "Jasper", "Kings", "Lake", "Maple",
    "North", "Oak", "Pine",
];
const LAST: [&str; 12] =
    ["bridge", "brook", "bury", "dale", "field", "ford", "ham", "haven", "mont", "port", "ridge", "wood"];
const GIVEN: [&str; 12] = ["Alex", "Bea", "Cam", "Dana", "Eli", "Finn", "Gia", "Hana", "Ines", "Jon", "Kim", "Lou"];
const FAMILY_NAMES: [&str; 11] =
    ["Abbot", "Baker", "Cole", "Diaz", "Evans", "Frost", "Grant", "Hill", "Ito", "Jones", "Khan"];
/// Responders where nothing else is said, and officials of each authority.
const RESPONDERS: usize = 16;
const OFFICIALS: usize = 4;
/// Who is on duty, around the clock, and for how many days.
const ON_DUTY: usize = 3;
const DAYS: i64 = 14;

/// Somebody, with the slug of their authority.
pub(super) struct Member {
    pub row: person::Model,
    pub slug: Option<String>,
}

/// One incident to be told: which of all it is, whether it is open, and when it is filed.
pub(super) struct Own {
    pub number_in_all: usize,
    pub open: bool,
    pub opened: Ts,
}

/// The world before anything has happened in it, with the counters that run as it does.
pub(super) struct World {
    start: Ts,
    authorities: Vec<authority::Model>,
    pub people: Vec<Member>,
    responders: usize,
    elections: Vec<(usize, Election)>,
    dice: Dice,
}

impl World {
    pub(super) fn new(amounts: &Amounts, dice: &Dice, start: Ts, last_person: i64) -> Self {
        let count = amounts.authorities as usize;
        let mut dice = dice.apart(0);
        let authorities: Vec<_> = (0..count).map(|n| found(n, count)).collect();
        let all = amounts.people.map_or(RESPONDERS + OFFICIALS * count, |people| people as usize);
        let responders = RESPONDERS.min(all.div_ceil(2));
        let people = (0..all).map(|n| member(n, responders, &authorities, last_person, start)).collect();
        let elections = (0..count).filter_map(|n| Some((n, hold(&authorities, n, &mut dice, start)?))).collect();
        Self { start, authorities, people, responders, elections, dice }
    }

    pub(super) fn len(&self) -> usize {
        self.authorities.len()
    }

    pub(super) fn authorities(&self) -> Vec<authority::Model> {
        self.authorities.clone()
    }

    pub(super) fn authority(&mut self, n: usize) -> &mut authority::Model {
        &mut self.authorities[n]
    }

    /// A person of the response side.
    pub(super) fn responder(&self, dice: &mut Dice) -> Option<Viewer> {
        dice.one_of(&self.people[..self.responders]).map(viewer)
    }

    /// A person of an authority, where it has any.
    pub(super) fn official(&self, n: usize, dice: &mut Dice) -> Option<Viewer> {
        let officials = self.people.len() - self.responders;
        let own = officials / self.len() + usize::from(n < officials % self.len());
        let nth = usize::try_from(dice.below(i64::try_from(own).unwrap_or_default())).unwrap_or_default();
        let at = self.responders + n + nth * self.len();
        self.people.get(at).filter(|_| own > 0).map(viewer)
    }

    /// The first events of every authority: it joins, and has an election.
    pub(super) fn founding(&mut self, start: Ts) -> Result<Vec<event::Model>> {
        let long_ago = start.plus(SignedDuration::from_hours(-24 * 120));
        let mut dice = self.dice.clone();
        let mut events = Vec::new();
        let actor = |dice: &mut Dice| Actor::new(Viewer::system("seeding"), long_ago, dice.id(long_ago));
        for n in 0..self.len() {
            let data = json!({"slug": self.authorities[n].slug, "name": self.authorities[n].name});
            let made = (dice.id(long_ago), dice.bytes());
            let who = actor(&mut dice);
            events.push(chained(&mut self.authorities[n], None, Draft::shared(Kind::Joined, data), &who, made)?);
        }
        for (n, election) in &self.elections {
            let data = json!({"election": election.id, "name": election.name, "change": "added"});
            let made = (dice.id(long_ago), dice.bytes());
            let who = actor(&mut dice);
            events.push(chained(&mut self.authorities[*n], None, Draft::shared(Kind::Election, data), &who, made)?);
        }
        Ok(events)
    }

    pub(super) fn elections(&self) -> (Vec<election::Model>, Vec<window::Model>, Vec<milestone::Model>) {
        let made = self.start.plus(SignedDuration::from_hours(-24 * 120));
        let (mut elections, mut windows, mut milestones) = (Vec::new(), Vec::new(), Vec::new());
        for (n, election) in &self.elections {
            let authority_id = self.authorities[*n].id;
            elections.push(election::Model {
                authority_id,
                id: election.id.clone(),
                name: election.name.clone(),
                zone: election.zone.clone(),
                version: 1,
                created_at: made,
                updated_at: made,
            });
            let (own_windows, own_milestones) = rows_of(election, authority_id);
            windows.extend(own_windows);
            milestones.extend(own_milestones);
        }
        (elections, windows, milestones)
    }

    /// Some responders are on duty from before the start.
    pub(super) fn shifts(&self, start: Ts, last: i64) -> Vec<shift::Model> {
        let on_duty = self.people[..self.responders].iter().take(ON_DUTY);
        let each = on_duty.flat_map(|person| (0..DAYS).map(move |day| (person.row.id, day)));
        let shifts = (1..).zip(each).map(|(n, (person_id, day))| {
            let starts_at = start.plus(SignedDuration::from_hours(24 * day - 4));
            shift::Model {
                id: last + n,
                person_id,
                starts_at,
                ends_at: starts_at.plus(SignedDuration::from_hours(24)),
                post: Post::Primary,
                civil_from: None,
                civil_to: None,
                zone: None,
                made_by: None,
                made_at: None,
                gone_by: None,
                gone_at: None,
            }
        });
        shifts.collect()
    }

    /// The incidents of an authority, oldest first: all of them go round the authorities, and the last are open.
    pub(super) fn stories_of(&self, n: usize, amounts: &Amounts) -> Vec<Own> {
        let (all, closed) = (amounts.incidents as usize, (amounts.incidents - amounts.open) as usize);
        let own: Vec<usize> = (n..all).step_by(self.len()).collect();
        let over = own.iter().filter(|number| **number < closed).count();
        let ago = |from: i64, to: i64, at: usize, of: usize| {
            // Evenly, so that the numbers of references run with time.
            let (at, of) = (i64::try_from(at).unwrap_or_default(), i64::try_from(of.max(1)).unwrap_or(1));
            let minutes = from - (from - to) * at / of - i64::try_from(n % 7).unwrap_or_default();
            self.start.plus(SignedDuration::from_mins(-minutes))
        };
        let at = |(place, number_in_all): (usize, usize)| {
            let open = number_in_all >= closed;
            let opened = match open {
                true => ago(3 * 24 * 60, 20, place - over, own.len() - over),
                false => ago(60 * 24 * 60, 5 * 24 * 60, place, over),
            };
            Own { number_in_all, open, opened }
        };
        own.iter().copied().enumerate().map(at).collect()
    }
}

fn viewer(member: &Member) -> Viewer {
    let person::Model { id, name, office, role, authority_id, .. } = &member.row;
    Viewer::person(*id, name.clone(), office.clone(), *role, *authority_id)
}

fn found(n: usize, count: usize) -> authority::Model {
    let state = count > FAMILY / 2 && n.is_multiple_of(FAMILY);
    let family = n - n % FAMILY;
    let parent = (count > FAMILY / 2 && !state).then(|| key(family));
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n / FIRST.len() % LAST.len()]);
    let round = n / (FIRST.len() * LAST.len());
    let round = if round == 0 { String::new() } else { format!(" {}", round + 1) };
    let name = if state { format!("State of {first}{last}{round}") } else { format!("{first}{last} County{round}") };
    authority::Model {
        id: key(n),
        slug: format!("authority-{:05}", n + 1),
        code: code(n),
        name,
        zone: ZONES[n / FAMILY % ZONES.len()].to_owned(),
        parent_id: parent,
        incidents: 0,
        exercises: 0,
        chain_seq: 0,
        chain_hash: String::new(),
        shared_hash: String::new(),
    }
}

fn key(n: usize) -> i64 {
    i64::try_from(n + 1).unwrap_or(i64::MAX)
}

/// `SAAA`, `SAAB` and so on: a letter that none of the demonstration's begins with, so that nobody takes one for another.
fn code(n: usize) -> String {
    let letter = |place: u32| char::from(b'A' + u8::try_from(n / 26_usize.pow(place) % 26).unwrap_or_default());
    format!("S{}{}{}{}", letter(3), letter(2), letter(1), letter(0))
}

/// Responders first, then officials, one of each authority after the other.
fn member(n: usize, responders: usize, authorities: &[authority::Model], last: i64, start: Ts) -> Member {
    let home = n.checked_sub(responders).map(|n| (n / authorities.len(), &authorities[n % authorities.len()]));
    let name = format!("{} {}", GIVEN[n % GIVEN.len()], FAMILY_NAMES[n % FAMILY_NAMES.len()]);
    let (email, role) = match home {
        None => (format!("responder-{:02}@hub.example", n + 1), Role::Responder),
        Some((0, home)) => (format!("official-1@{}.example", home.slug), Role::OfficialLead),
        Some((nth, home)) => (format!("official-{}@{}.example", nth + 1, home.slug), Role::Official),
    };
    let row = person::Model {
        id: last + key(n),
        email,
        name,
        office: home.map_or(RESPONSE_TEAM, |(_, home)| &home.name).to_owned(),
        role,
        authority_id: home.map(|(_, home)| home.id),
        created_at: start.plus(SignedDuration::from_hours(-24 * 120)),
        disabled_at: None,
    };
    Member { row, slug: home.map(|(_, home)| home.slug.clone()) }
}

/// How many days ahead an authority's election is: some vote today, most will.
fn days_ahead(dice: &mut Dice, state: bool) -> i64 {
    if state {
        return 120 + dice.below(90);
    }
    match dice.below(100) {
        0..3 => 0,
        3..6 => 1,
        6..16 => 2 + dice.below(6),
        16..40 => 8 + dice.below(22),
        40..60 => 30 + dice.below(31),
        60..70 => -1 - dice.below(14),
        _ => 61 + dice.below(150),
    }
}

fn hold(authorities: &[authority::Model], n: usize, dice: &mut Dice, start: Ts) -> Option<Election> {
    let own = &authorities[n];
    let state = authorities.len() > FAMILY / 2 && n.is_multiple_of(FAMILY);
    let today = day(start, &zone(&own.zone)?);
    let polls = plus(today, days_ahead(dice, state));
    let long_ago = start.plus(SignedDuration::from_hours(-24 * 120));
    let mut windows: Vec<Window> = Vec::new();
    for back in [12, 8, 4] {
        windows.push(open(dice, long_ago, WindowKind::EarlyVoting, plus(polls, -back), 9, 17));
    }
    windows.push(open(dice, long_ago, WindowKind::ElectionDay, polls, 6, 20));
    const DEADLINES: [(MilestoneKind, i64, i8); 5] = [
        (MilestoneKind::RegistrationDeadline, -25, 17),
        (MilestoneKind::LogicAccuracyTest, -14, 10),
        (MilestoneKind::ResultsComplete, 3, 17),
        (MilestoneKind::Certification, 14, 12),
        (MilestoneKind::ContestDeadline, 28, 17),
    ];
    let milestones = DEADLINES.into_iter().map(|(kind, days, hour)| Milestone {
        id: dice.id(long_ago).to_string(),
        kind,
        at: at(plus(polls, days), hour),
        zone: None,
    });
    Some(Election {
        milestones: milestones.collect(),
        id: dice.id(long_ago).to_string(),
        name: format!("{} general election", own.name),
        authority: own.slug.clone(),
        authority_name: own.name.clone(),
        zone: own.zone.clone(),
        windows,
    })
}

fn open(dice: &mut Dice, made: Ts, kind: WindowKind, day: Date, from: i8, to: i8) -> Window {
    Window { id: dice.id(made).to_string(), kind, opens: at(day, from), closes: at(day, to), zone: None }
}

fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

fn at(day: Date, hour: i8) -> DateTime {
    day.to_datetime(Time::constant(hour, 0, 0, 0))
}
