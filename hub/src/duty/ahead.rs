//! What is wrong with the hours ahead: nobody on a post, one person alone, somebody on duty for too long.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::Post;
use super::rules::Stretch;
use crate::time::Ts;

/// Nobody should be on duty for longer than this at a stretch.
pub const TOO_LONG: SignedDuration = SignedDuration::from_hours(12);

/// These posts are looked at whether anybody was put on them or not.
const NEEDED: [Post; 2] = [Post::Primary, Post::Lead];

/// From when to when.
pub type Hours = (Ts, Ts);

/// What is wrong with the hours ahead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Where nobody is on a post: of the primary's and the shift lead's, and of every other that somebody is on at some
    /// time.
    pub gaps: Vec<(Post, Hours)>,
    /// Where one person is on duty alone, by the key of the person.
    pub alone: Vec<(i64, Hours)>,
    /// Where somebody is on duty for more than [`TOO_LONG`] without a break.
    pub long: Vec<(i64, Hours)>,
}

/// What is wrong from `from` to `to`, of these stretches of duty.
pub fn ahead(stretches: &[Stretch], from: Ts, to: Ts) -> Ahead {
    let all: Vec<&Stretch> = stretches.iter().filter(|one| !one.over && one.from < to && from < one.to).collect();
    let mut turns: BTreeSet<Ts> = all.iter().flat_map(|one| [one.from, one.to]).collect();
    turns.retain(|at| from < *at && *at < to);
    turns.extend([from, to]);
    let turns: Vec<Ts> = turns.into_iter().collect();
    let posts = Post::ALL.iter().filter(|post| NEEDED.contains(post) || all.iter().any(|one| one.post == **post));
    let posts: Vec<Post> = posts.copied().collect();
    let mut ahead = Ahead::default();
    for hours in turns.windows(2).map(|pair| (pair[0], pair[1])) {
        let here: Vec<&&Stretch> = all.iter().filter(|one| one.holds(hours.0)).collect();
        for post in &posts {
            if here.iter().all(|one| one.post != *post) {
                join(&mut ahead.gaps, *post, hours);
            }
        }
        let people: BTreeSet<i64> = here.iter().map(|one| one.person).collect();
        if let (Some(person), 1) = (people.first(), people.len()) {
            join(&mut ahead.alone, *person, hours);
        }
        for person in people {
            join(&mut ahead.long, person, hours);
        }
    }
    // Whoever came on before the first of these hours has been on duty since.
    for (person, hours) in &mut ahead.long {
        while let Some(before) =
            stretches.iter().find(|one| !one.over && one.person == *person && one.from < hours.0 && hours.0 <= one.to)
        {
            hours.0 = before.from;
        }
    }
    ahead.long.retain(|(_, (from, to))| to.since(*from) > TOO_LONG);
    ahead.gaps.sort_by_key(|(post, hours)| (hours.0, *post));
    ahead.alone.sort_by_key(|(_, hours)| hours.0);
    ahead.long.sort_by_key(|(_, hours)| hours.0);
    ahead
}

/// The hours are joined to those before, where they are of the same and follow without a break.
fn join<K: PartialEq>(all: &mut Vec<(K, Hours)>, key: K, hours: Hours) {
    match all.iter_mut().rev().find(|(known, _)| *known == key).filter(|(_, before)| before.1 == hours.0) {
        Some((_, before)) => before.1 = hours.1,
        None => all.push((key, hours)),
    }
}
