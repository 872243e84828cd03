//! Who is on duty at an instant: a pure function of the rota, of single shifts, and of what people agreed on since.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::rota::Line;
use crate::escalation::codes;
use crate::identity::Role;
use crate::time::Ts;

/// Whoever hands over stays on duty until that is accepted, but no longer than this after the end of their shift: nobody
/// is paged for ever because somebody else forgot.
pub const STAYS: SignedDuration = SignedDuration::from_hours(24);

/// A shift is no longer than this.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24);

codes! {
    /// What somebody is on duty as.
    Post, "post" {
        /// Paged first.
        Primary = "primary" "Primary",
        /// Paged beside or behind the primary.
        Backup = "backup" "Backup",
        /// Owns the shift.
        Lead = "lead" "Shift lead",
        /// Watches all.
        Supervisor = "supervisor" "Supervisor",
        /// Answers for the team.
        Director = "director" "Director",
    }
}

impl Post {
    /// The post that somebody of a role is on unless it is said.
    pub const fn of(role: Role) -> Self {
        match role {
            Role::ShiftLead => Self::Lead,
            Role::Supervisor => Self::Supervisor,
            _ => Self::Primary,
        }
    }
}

codes! {
    /// How far a cover is.
    CoverState, "state of a cover" {
        /// The one who is to come in has not answered.
        Offered = "offered" "offered",
        /// It counts.
        Accepted = "accepted" "accepted",
        /// The one who was asked will not.
        Declined = "declined" "declined",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn" "withdrawn",
    }
}

/// One person on one post from one instant to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// Its row.
    pub id: i64,
    /// As what.
    pub post: Post,
    /// The key of the person.
    pub person: i64,
    /// From when.
    pub from: Ts,
    /// To when.
    pub to: Ts,
}

/// Somebody is on duty in place of somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Its row: those that came later count last.
    pub id: i64,
    /// On which post; on all that they are on where it is not said.
    pub post: Option<Post>,
    /// In whose place.
    pub outgoing: i64,
    /// Who; nobody where a shift lead took somebody off.
    pub incoming: Option<i64>,
    /// From when.
    pub from: Ts,
    /// To when.
    pub to: Ts,
    /// Only an accepted one counts.
    pub state: CoverState,
    /// What the two halves of a swap have in common: they count as one, neither moves what the other has moved.
    pub swap: Option<i64>,
}

/// The end of a shift, as it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Of which post.
    pub post: Post,
    /// By whom.
    pub outgoing: i64,
    /// To whom.
    pub incoming: i64,
    /// When the shift ends.
    pub ends: Ts,
    /// When it was accepted.
    pub accepted_at: Option<Ts>,
}

/// All that says who is on duty.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The rota.
    pub lines: Vec<Line>,
    /// Shifts beside it.
    pub shifts: Vec<Single>,
    /// Who covers whom.
    pub covers: Vec<Cover>,
    /// What was handed over.
    pub handed: Vec<Handed>,
}

/// Where a stretch of duty comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A line of the rota, by its row.
    Line(i64),
    /// A single shift, by its row.
    Shift(i64),
}

/// One person on duty on one post without a break in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// As what.
    pub post: Post,
    /// The key of the person.
    pub person: i64,
    /// From when.
    pub from: Ts,
    /// To when.
    pub to: Ts,
    /// When the shift ends that this is of.
    pub ends: Ts,
    /// What it comes from.
    pub source: Source,
    /// The cover by which it is this person's.
    pub cover: Option<i64>,
    /// Whether the shift is over and nobody has accepted it.
    pub over: bool,
}

impl Stretch {
    fn new(post: Post, person: i64, (from, to): (Ts, Ts), source: Source) -> Self {
        Self { post, person, from, to, ends: to, source, cover: None, over: false }
    }

    /// Whether it takes in an instant.
    pub fn holds(&self, at: Ts) -> bool {
        self.from <= at && at < self.to
    }
}

impl Rules {
    /// Everybody who is on duty at some time from `from` to `to`, whoever begins first in front.
    pub fn stretches(&self, from: Ts, to: Ts) -> Vec<Stretch> {
        let mut all = self.planned(from.plus(-STAYS), to);
        let mut covers: Vec<&Cover> = self.covers.iter().filter(|one| one.state == CoverState::Accepted).collect();
        covers.sort_by_key(|cover| (cover.swap.unwrap_or(cover.id), cover.id));
        for half in covers.chunk_by(|a, b| a.swap.is_some() && a.swap == b.swap) {
            let mut given = Vec::new();
            for cover in half {
                let whose =
                    |one: &Stretch| one.person == cover.outgoing && cover.post.is_none_or(|post| post == one.post);
                let (theirs, rest) = split(all, (cover.from, cover.to), whose);
                all = rest;
                given.extend(
                    theirs
                        .into_iter()
                        .filter_map(|one| Some(Stretch { person: cover.incoming?, cover: Some(cover.id), ..one })),
                );
            }
            all.extend(given);
        }
        for handed in &self.handed {
            // Who takes over before the end of the shift is on duty from that instant.
            let Some(at) = handed.accepted_at.filter(|at| *at < handed.ends) else { continue };
            let whose = |one: &Stretch| (one.post, one.person, one.to) == (handed.post, handed.outgoing, handed.ends);
            let (theirs, rest) = split(all, (at, handed.ends), whose);
            all = rest;
            all.extend(theirs.into_iter().map(|one| Stretch { person: handed.incoming, ..one }));
        }
        let staying: Vec<Stretch> = all.iter().filter_map(|one| self.stays(one, &all)).collect();
        all.extend(staying);
        all.retain(|one| one.from < to && from < one.to);
        all.sort_by_key(|one| (one.from, one.post, one.over, one.to, one.person, one.source));
        all
    }

    /// Who is on duty at `now`: by post, whoever began first in front, nobody twice on one post.
    pub fn team(&self, now: Ts) -> Vec<Stretch> {
        let mut on = self.stretches(now, now.plus(SignedDuration::from_millis(1)));
        on.sort_by_key(|one| one.post);
        let mut named = HashSet::new();
        on.retain(|one| named.insert((one.post, one.person)));
        on
    }

    /// What the rota and the single shifts say, before anybody agreed on anything else.
    fn planned(&self, from: Ts, to: Ts) -> Vec<Stretch> {
        let lines = self.lines.iter().flat_map(|line| {
            let shifts = line.shifts(from, to).into_iter();
            shifts.map(|(person, hours)| Stretch::new(line.post, person, hours, Source::Line(line.id)))
        });
        let singles = self.shifts.iter().filter(|one| one.from < to && from < one.to);
        let singles = singles.map(|one| Stretch::new(one.post, one.person, (one.from, one.to), Source::Shift(one.id)));
        lines.chain(singles).collect()
    }

    /// Whoever has a shift at its end stays until it is accepted, unless they go on with the next.
    fn stays(&self, one: &Stretch, all: &[Stretch]) -> Option<Stretch> {
        let same = |other: &&Stretch| other.post == one.post && other.person == one.person;
        if one.to != one.ends || all.iter().filter(same).any(|other| other.holds(one.ends)) {
            return None;
        }
        let handed = |handed: &&Handed| (handed.post, handed.outgoing, handed.ends) == (one.post, one.person, one.ends);
        let accepted = self.handed.iter().filter(handed).filter_map(|handed| handed.accepted_at).min();
        let again = all.iter().filter(same).map(|other| other.from).filter(|from| *from > one.ends).min();
        let until = [accepted, again].into_iter().flatten().fold(one.ends.plus(STAYS), Ts::min);
        (until > one.ends).then(|| Stretch { from: one.ends, to: until, over: true, ..one.clone() })
    }
}

/// Those hours of the stretches of somebody that lie between two instants, and all the rest.
fn split(all: Vec<Stretch>, (from, to): (Ts, Ts), whose: impl Fn(&Stretch) -> bool) -> (Vec<Stretch>, Vec<Stretch>) {
    let (mut theirs, mut rest) = (Vec::new(), Vec::with_capacity(all.len()));
    for one in all {
        let (begins, ends) = (one.from.max(from), one.to.min(to));
        if begins >= ends || !whose(&one) {
            rest.push(one);
            continue;
        }
        if one.from < begins {
            rest.push(Stretch { to: begins, ..one.clone() });
        }
        if ends < one.to {
            rest.push(Stretch { from: ends, ..one.clone() });
        }
        theirs.push(Stretch { from: begins, to: ends, ..one });
    }
    (theirs, rest)
}
