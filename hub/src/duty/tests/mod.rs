//! The rules of duty, by themselves.

mod ahead;
mod laws;
mod rules;

use super::rota::{Days, Line, Turn};
use super::rules::{Cover, CoverState, Handed, Post, Rules, Single};
use crate::election::calendar;
use crate::time::Ts;

const ROSA: i64 = 1;
const RAVI: i64 = 2;
const LENA: i64 = 3;

/// "02T16:30" of November 2026, UTC.
fn at(text: &str) -> Ts {
    format!("2026-11-{text}:00Z").parse().unwrap()
}

fn line(post: Post, zone: &str, from: &str, to: &str, people: &[i64]) -> Line {
    Line {
        id: 1,
        post,
        zone: calendar::zone(zone).unwrap(),
        days: Days::ALL,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        people: people.to_vec(),
        turn: Turn::Day,
        since: "2026-01-05".parse().unwrap(),
        until: None,
    }
}

fn single(id: i64, post: Post, person: i64, from: &str, to: &str) -> Single {
    Single { id, post, person, from: at(from), to: at(to) }
}

fn cover(id: i64, outgoing: i64, incoming: impl Into<Option<i64>>, from: &str, to: &str) -> Cover {
    let (incoming, state) = (incoming.into(), CoverState::Accepted);
    Cover { id, post: None, outgoing, incoming, from: at(from), to: at(to), state, swap: None }
}

fn handed(outgoing: i64, incoming: i64, ends: &str, accepted: &str) -> Handed {
    Handed { post: Post::Primary, outgoing, incoming, ends: at(ends), accepted_at: Some(at(accepted)) }
}

/// Rosa by day, Ravi by night.
fn two() -> Rules {
    Rules {
        shifts: vec![
            single(1, Post::Primary, ROSA, "02T08:00", "02T16:00"),
            single(2, Post::Primary, RAVI, "02T16:00", "03T00:00"),
        ],
        ..Rules::default()
    }
}

/// The keys of who is on a post, and whether they only stay because nobody took over.
fn on(rules: &Rules, post: Post, now: &str) -> Vec<(i64, bool)> {
    let team = rules.team(at(now)).into_iter();
    team.filter(|one| one.post == post).map(|one| (one.person, one.over)).collect()
}
