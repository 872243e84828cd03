//! What must hold for all of them.

use std::collections::HashSet;

use jiff::civil::{Time, date};
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::duty::Stretch;

/// Around both clock changes of every zone of every year: shifts that follow each other on the clock follow each other
/// without a gap and without an overlap. The hours at which they meet go round the change, so that some stand in the
/// hour that is left out and some in the one that comes twice.
#[test]
fn shifts_that_follow_each_other_have_no_gap_and_no_overlap_in_any_zone() {
    let mut changes = 0_usize;
    for name in jiff::tz::db().available() {
        let Some(zone) = calendar::zone(name.as_str()) else { continue };
        let start = date(2024, 1, 1).to_zoned(zone.clone()).unwrap().timestamp();
        let end = date(2036, 1, 1).to_zoned(zone.clone()).unwrap().timestamp();
        for change in zone.following(start) {
            if change.timestamp() >= end {
                break;
            }
            changes += 1;
            let meet =
                zone.to_datetime(change.timestamp()).saturating_add(([-90, -60, -30, 0, 15][changes % 5]).minutes());
            let times: Vec<Time> = (0..3).map(|n| (meet.saturating_add((8 * n).hours())).time()).collect();
            let lines: Vec<Line> = (0..3)
                .map(|n| Line {
                    from: times[n],
                    to: times[(n + 1) % 3],
                    since: date(2023, 1, 1),
                    zone: zone.clone(),
                    ..line(Post::Primary, "UTC", "00:00", "08:00", &[i64::try_from(n).unwrap()])
                })
                .collect();
            let middle = Ts::new(change.timestamp());
            let (from, to) =
                (middle.plus(SignedDuration::from_hours(-40)), middle.plus(SignedDuration::from_hours(40)));
            let mut hours: Vec<(Ts, Ts)> =
                lines.iter().flat_map(|line| line.shifts(from, to)).map(|(_, hours)| hours).collect();
            hours.sort();
            assert!(hours.len() > 8, "{name} {meet}");
            assert!(hours.windows(2).all(|pair| pair[0].1 == pair[1].0), "{name} {meet}: {hours:?}");
        }
    }
    assert!(changes > 1_000, "the zones of this machine change their clocks: {changes}");
}

fn minute(number: i64) -> Ts {
    at("02T00:00").plus(SignedDuration::from_mins(number))
}

fn posts() -> impl Strategy<Value = Post> {
    prop::sample::select(Post::ALL)
}

fn shifts() -> impl Strategy<Value = Vec<Single>> {
    let one = (posts(), 1_i64..4, 0_i64..2_000, 1_i64..600);
    prop::collection::vec(one, 1..8).prop_map(|all| {
        let single = |(id, (post, person, from, long)): (i64, (Post, i64, i64, i64))| Single {
            id,
            post,
            person,
            from: minute(from),
            to: minute(from + long),
        };
        (1..).zip(all).map(single).collect()
    })
}

fn covers() -> impl Strategy<Value = Vec<Cover>> {
    let states = prop::sample::select(CoverState::ALL);
    let one = (prop::option::of(posts()), 1_i64..4, prop::option::of(4_i64..6), 0_i64..2_000, 1_i64..600, states);
    prop::collection::vec(one, 0..5).prop_map(|all| {
        let cover = |(id, (post, outgoing, incoming, from, long, state))| Cover {
            id,
            post,
            outgoing,
            incoming,
            from: minute(from),
            to: minute(from + long),
            state,
            swap: None,
        };
        (1..).zip(all).map(cover).collect()
    })
}

/// Who is on duty by the rota and by what was agreed, beside those who only stay.
fn present(rules: &Rules, now: Ts) -> HashSet<(Post, i64)> {
    let here = |one: &Stretch| !one.over && one.holds(now);
    let around = rules.stretches(now, now.plus(SignedDuration::from_millis(1)));
    around.iter().filter(|one| here(one)).map(|one| (one.post, one.person)).collect()
}

proptest! {
    #[test]
    fn nobody_is_named_twice_on_a_post(shifts in shifts(), covers in covers(), now in -60_i64..4_000) {
        let rules = Rules { shifts, covers, ..Rules::default() };
        let team = rules.team(minute(now));
        let named: HashSet<(Post, i64)> = team.iter().map(|one| (one.post, one.person)).collect();
        prop_assert_eq!(named.len(), team.len());
        prop_assert!(team.iter().all(|one| one.holds(minute(now))));
    }

    /// Before and after its hours everything is as without it; in them the one is where the other was.
    #[test]
    fn a_cover_moves_exactly_its_hours(
        shifts in shifts(), outgoing in 1_i64..4, post in prop::option::of(posts()), from in 0_i64..2_000,
        long in 1_i64..600, now in -60_i64..3_000,
    ) {
        let cover = Cover {
            id: 1, post, outgoing, incoming: Some(9), from: minute(from), to: minute(from + long),
            state: CoverState::Accepted, swap: None,
        };
        let without = Rules { shifts, ..Rules::default() };
        let with = Rules { covers: vec![cover], ..without.clone() };
        let (before, after) = (present(&without, minute(now)), present(&with, minute(now)));
        let covered = from <= now && now < from + long;
        let moved: HashSet<(Post, i64)> = before.iter().map(|(at, person)| {
            let theirs = covered && *person == outgoing && post.is_none_or(|post| post == *at);
            (*at, if theirs { 9 } else { *person })
        }).collect();
        prop_assert_eq!(after, moved);
    }

    /// What the list of a whole week says of an instant is what is said when that instant is asked for.
    #[test]
    fn the_list_and_the_instant_agree(shifts in shifts(), covers in covers(), now in 0_i64..4_000) {
        let rules = Rules { shifts, covers, ..Rules::default() };
        let at = minute(now);
        let week = rules.stretches(minute(-60), minute(10_000));
        let listed: HashSet<_> = week.iter().filter(|one| one.holds(at)).map(|one| (one.post, one.person)).collect();
        let asked: HashSet<_> = rules.team(at).iter().map(|one| (one.post, one.person)).collect();
        prop_assert_eq!(listed, asked);
    }
}
