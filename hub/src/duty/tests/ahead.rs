//! What is shown to be wrong with the hours ahead.

use super::*;
use crate::duty::ahead::{Ahead, ahead};

fn looked(rules: &Rules, from: &str, to: &str) -> Ahead {
    ahead(&rules.stretches(at("01T00:00"), at("09T00:00")), at(from), at(to))
}

#[test]
fn a_gap_is_where_nobody_is_on_a_post_that_somebody_must_be_on() {
    let mut rules = two();
    let found = looked(&rules, "02T06:00", "03T02:00");
    let gaps: Vec<_> = found.gaps.iter().map(|(post, (from, to))| (*post, *from, *to)).collect();
    assert_eq!(
        gaps,
        [
            (Post::Primary, at("02T06:00"), at("02T08:00")),
            (Post::Lead, at("02T06:00"), at("03T02:00")),
            (Post::Primary, at("03T00:00"), at("03T02:00")),
        ]
    );
    rules.shifts.push(single(3, Post::Backup, LENA, "02T09:00", "02T10:00"));
    let found = looked(&rules, "02T09:30", "02T12:00");
    assert!(found.gaps.contains(&(Post::Backup, (at("02T10:00"), at("02T12:00")))), "{found:?}");
    rules.covers = vec![cover(1, ROSA, None, "02T10:00", "02T11:00")];
    assert!(looked(&rules, "02T09:30", "02T12:00").gaps.contains(&(Post::Primary, (at("02T10:00"), at("02T11:00")))));
}

#[test]
fn who_is_alone_is_named_with_the_hours() {
    let mut rules = two();
    rules.shifts.push(single(3, Post::Lead, LENA, "02T12:00", "02T20:00"));
    let found = looked(&rules, "02T08:00", "03T00:00");
    assert_eq!(found.alone, [(ROSA, (at("02T08:00"), at("02T12:00"))), (RAVI, (at("02T20:00"), at("03T00:00")))]);
    rules.shifts.push(single(4, Post::Backup, ROSA, "02T08:00", "02T16:00"));
    assert_eq!(looked(&rules, "02T08:00", "03T00:00").alone.len(), 2, "on two posts she is one person");
}

#[test]
fn more_than_twelve_hours_without_a_break_are_too_many() {
    let mut rules = two();
    rules.shifts.push(single(3, Post::Lead, ROSA, "02T16:00", "02T20:00"));
    assert!(looked(&rules, "02T08:00", "03T00:00").long.is_empty(), "twelve are none too many");
    rules.shifts[2].to = at("02T20:01");
    let whole = (at("02T08:00"), at("02T20:01"));
    assert_eq!(looked(&rules, "02T08:00", "03T00:00").long, [(ROSA, whole)]);
    assert_eq!(looked(&rules, "02T18:00", "03T00:00").long, [(ROSA, whole)], "also where it began before");
    rules.covers = vec![cover(1, ROSA, RAVI, "02T12:00", "02T12:30")];
    assert!(looked(&rules, "02T08:00", "03T00:00").long.iter().all(|(person, _)| *person != ROSA), "a break");
}
