//! Covers, hand-overs and turns, one by one.

use super::*;

fn primary(rules: &Rules, now: &str) -> Vec<(i64, bool)> {
    on(rules, Post::Primary, now)
}

#[test]
fn whoever_hands_over_stays_until_that_is_accepted_and_a_day_at_most() {
    let mut rules = two();
    assert_eq!(primary(&rules, "02T15:59"), [(ROSA, false)]);
    assert_eq!(primary(&rules, "02T16:00"), [(RAVI, false), (ROSA, true)], "nobody accepted");
    rules.handed = vec![handed(ROSA, RAVI, "02T16:00", "02T16:20")];
    assert_eq!(primary(&rules, "02T16:19"), [(RAVI, false), (ROSA, true)]);
    assert_eq!(primary(&rules, "02T16:20"), [(RAVI, false)]);
    rules.handed[0].accepted_at = None;
    assert_eq!(primary(&rules, "02T16:20").len(), 2, "written, and not accepted");
    assert_eq!(primary(&rules, "03T15:59"), [(ROSA, true), (RAVI, true)]);
    assert_eq!(primary(&rules, "03T16:00"), [(RAVI, true)]);
    assert_eq!(primary(&rules, "04T00:00"), []);
}

#[test]
fn who_accepts_early_is_on_duty_from_that_instant() {
    let rules = Rules { handed: vec![handed(ROSA, RAVI, "02T16:00", "02T15:50")], ..two() };
    assert_eq!(primary(&rules, "02T15:49"), [(ROSA, false)]);
    assert_eq!(primary(&rules, "02T15:50"), [(RAVI, false)]);
    assert_eq!(primary(&rules, "02T16:00"), [(RAVI, false)], "and once, on the own shift");
}

#[test]
fn who_goes_on_with_the_next_shift_has_nobody_to_hand_over_to() {
    let mut rules = two();
    rules.shifts[1].person = ROSA;
    assert_eq!(primary(&rules, "02T16:00"), [(ROSA, false)]);
    assert_eq!(primary(&rules, "03T00:00"), [(ROSA, true)]);
    rules.shifts.push(single(3, Post::Primary, ROSA, "03T08:00", "03T16:00"));
    assert_eq!(primary(&rules, "03T08:00"), [(ROSA, false)], "once, and as on the own shift");
}

#[test]
fn a_cover_counts_once_it_is_accepted_and_ends_by_itself() {
    let mut rules = Rules { covers: vec![cover(1, ROSA, RAVI, "02T10:00", "02T10:15")], ..two() };
    assert_eq!(primary(&rules, "02T10:00"), [(RAVI, false)]);
    assert_eq!(primary(&rules, "02T10:15"), [(ROSA, false)]);
    for state in [CoverState::Offered, CoverState::Declined, CoverState::Withdrawn] {
        rules.covers[0].state = state;
        assert_eq!(primary(&rules, "02T10:00"), [(ROSA, false)], "{state}");
    }
    rules.covers[0].state = CoverState::Accepted;
    rules.covers[0].post = Some(Post::Backup);
    assert_eq!(primary(&rules, "02T10:00"), [(ROSA, false)], "of another post");
}

#[test]
fn whoever_covers_can_be_covered() {
    let covers = vec![cover(1, ROSA, RAVI, "02T10:00", "02T12:00"), cover(2, RAVI, LENA, "02T11:00", "02T13:00")];
    let rules = Rules { covers, ..two() };
    assert_eq!(primary(&rules, "02T11:30"), [(LENA, false)]);
    assert_eq!(primary(&rules, "02T12:30"), [(ROSA, false)], "Ravi had nothing to give then");
}

#[test]
fn a_swap_is_two_covers() {
    let mut rules = two();
    rules.covers = vec![cover(1, ROSA, RAVI, "02T08:00", "02T16:00"), cover(2, RAVI, ROSA, "02T16:00", "03T00:00")];
    assert_eq!(primary(&rules, "02T12:00"), [(RAVI, false)]);
    assert_eq!(primary(&rules, "02T20:00"), [(ROSA, false), (RAVI, true)], "the one who was on hands over");
    // Two on the same post whose hours overlap: neither half moves what the other has moved.
    rules.shifts[1] = single(2, Post::Primary, RAVI, "02T10:00", "02T18:00");
    rules.covers = vec![cover(1, ROSA, RAVI, "02T08:00", "02T16:00"), cover(2, RAVI, ROSA, "02T10:00", "02T18:00")];
    for half in &mut rules.covers {
        half.swap = Some(1);
    }
    assert_eq!(primary(&rules, "02T09:00"), [(RAVI, false)]);
    assert_eq!(primary(&rules, "02T12:00"), [(RAVI, false), (ROSA, false)]);
    assert_eq!(primary(&rules, "02T17:00"), [(ROSA, false), (RAVI, true)]);
}

#[test]
fn who_is_taken_off_leaves_a_gap() {
    let rules = Rules { covers: vec![cover(1, ROSA, None, "02T12:00", "02T16:00")], ..two() };
    assert_eq!(primary(&rules, "02T11:59"), [(ROSA, false)]);
    assert_eq!(primary(&rules, "02T12:00"), []);
    assert_eq!(primary(&rules, "02T16:00"), [(RAVI, false)], "who is off has nothing to hand over");
}

#[test]
fn people_take_turns_by_day_and_by_week() {
    let mut line = line(Post::Primary, "Europe/Oslo", "22:00", "06:00", &[ROSA, RAVI, LENA]);
    let turns = |line: &Line, days: &[&str]| -> Vec<Option<i64>> {
        days.iter().map(|day| line.person(format!("2026-01-{day}").parse().unwrap())).collect()
    };
    assert_eq!(turns(&line, &["05", "06", "07", "08"]), [ROSA, RAVI, LENA, ROSA].map(Some));
    line.days = Days::of([super::super::Day::Monday, super::super::Day::Friday]);
    assert_eq!(turns(&line, &["05", "09", "12", "16"]), [ROSA, RAVI, LENA, ROSA].map(Some), "only its days count");
    line.turn = Turn::Week;
    assert_eq!(turns(&line, &["05", "11", "12", "19", "26"]), [ROSA, ROSA, RAVI, LENA, ROSA].map(Some));
    line.people.clear();
    assert_eq!(turns(&line, &["05"]), [None]);
}

#[test]
fn a_line_begins_and_ends_on_its_days() {
    let mut line = line(Post::Primary, "UTC", "22:00", "06:00", &[ROSA]);
    line.since = "2026-11-02".parse().unwrap();
    line.until = Some("2026-11-03".parse().unwrap());
    let hours: Vec<_> = line.shifts(at("01T00:00"), at("09T00:00")).into_iter().map(|(_, hours)| hours).collect();
    assert_eq!(hours, [(at("02T22:00"), at("03T06:00")), (at("03T22:00"), at("04T06:00"))]);
    assert_eq!(line.shifts(at("04T05:59"), at("04T06:00")).len(), 1, "it runs over midnight");
    line.days = Days::of([super::super::Day::Tuesday]);
    assert_eq!(line.shifts(at("01T00:00"), at("09T00:00")).len(), 1);
}

/// A shift over the night on which clocks are put back is an hour longer; the next begins when it ends.
#[test]
fn hours_are_civil_times() {
    let night = line(Post::Primary, "America/New_York", "22:00", "06:00", &[ROSA]);
    let hours = night.hours("2026-10-31".parse().unwrap());
    assert_eq!(
        (hours.0.to_string(), hours.1.to_string()),
        ("2026-11-01T02:00:00Z".into(), "2026-11-01T11:00:00Z".into())
    );
    let round = line(Post::Primary, "America/New_York", "08:00", "08:00", &[ROSA]);
    assert_eq!(round.hours("2026-11-02".parse().unwrap()).1, at("03T13:00"), "a whole day");
}
