//! A week of the rota, hour by hour, in UTC. Pure.

use std::collections::BTreeSet;

use hub::duty::{Post, Shift};
use hub::time::Ts;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use super::view::{Hour, RotaDay, TeamCell, Week};

/// What happens on a day: what to say, and whether anybody votes.
pub(super) type Note = (String, bool);

/// The Monday of a day's week.
pub(super) fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
}

/// The first instant of a day, UTC.
pub(super) fn midnight(day: Date) -> Ts {
    hub::election::calendar::instant(day.to_datetime(jiff::civil::Time::midnight()), &TimeZone::UTC)
}

/// The week that begins on `first`.
pub(super) fn week(all: &[Shift], first: Date, now: Ts, note: impl Fn(Date) -> Note) -> Week {
    let day = |n: i64| first.saturating_add(n.days());
    Week {
        name: format!("Week of {}", first.strftime("%A %-d %B")),
        before: format!("/duty?week={}", day(-7)),
        after: format!("/duty?week={}", day(7)),
        days: (0..7).map(|n| rota_day(all, day(n), now, note(day(n)))).collect(),
    }
}

fn rota_day(all: &[Shift], date: Date, now: Ts, (note, votes): Note) -> RotaDay {
    let begin = midnight(date);
    let hour = |n: i64| {
        let from = begin.plus(SignedDuration::from_hours(n));
        let to = from.plus(SignedDuration::from_hours(1));
        (from, to)
    };
    let hours: Vec<(Hour, Vec<&Shift>)> = (0..24).map(|n| one_hour(all, hour(n), now)).collect();
    let mut teams: Vec<(TeamCell, Vec<(Post, i64)>)> = Vec::new();
    for (hour, here) in &hours {
        let key: Vec<(Post, i64)> = here.iter().map(|one| (one.post, one.person)).collect();
        match teams.last_mut().filter(|(_, before)| *before == key) {
            Some((cell, _)) => {
                cell.span += 1;
                cell.class = class(cell.class == "on" || hour.now, cell.class == "gapb" || !hour.missing.is_empty());
            }
            None => {
                let (first, others) = names(here);
                let class = class(hour.now, !hour.missing.is_empty());
                teams.push((TeamCell { span: 1, class, first, others }, key));
            }
        }
    }
    RotaDay {
        name: date.strftime("%a %-d").to_string(),
        note,
        votes,
        today: begin <= now && now < begin.plus(SignedDuration::from_hours(24)),
        hours: hours.into_iter().map(|(hour, _)| hour).collect(),
        teams: teams.into_iter().map(|(cell, _)| cell).collect(),
    }
}

fn class(on: bool, gap: bool) -> &'static str {
    match (on, gap) {
        (true, _) => "on",
        (_, true) => "gapb",
        _ => "",
    }
}

/// Who is on duty at some time in an hour, the shift lead in front, and how it is covered.
fn one_hour(all: &[Shift], (from, to): (Ts, Ts), now: Ts) -> (Hour, Vec<&Shift>) {
    let mut here: Vec<&Shift> = all.iter().filter(|one| !one.over && one.from < to && from < one.to).collect();
    here.sort_by_key(|one| (one.post != Post::Lead, one.post, one.from, one.person));
    here.dedup_by_key(|one| (one.post, one.person));
    let mut turns: BTreeSet<Ts> = here.iter().flat_map(|one| [one.from, one.to]).collect();
    turns.retain(|at| from < *at && *at < to);
    turns.insert(from);
    let present = |at: Ts| all.iter().filter(move |one| !one.over && one.from <= at && at < one.to);
    let people = |at: Ts| present(at).map(|one| one.person).collect::<BTreeSet<_>>().len();
    let count = turns.iter().map(|at| people(*at)).min().unwrap_or_default();
    let empty = |post: Post| turns.iter().any(|at| present(*at).all(|one| one.post != post));
    let missing = match (count, empty(Post::Primary), empty(Post::Lead)) {
        (0, ..) => "nobody is on duty",
        (_, true, true) => "nobody as primary or shift lead",
        (_, true, _) => "nobody as primary",
        (_, _, true) => "nobody as shift lead",
        (1, ..) => "one person alone",
        _ => "",
    };
    (Hour { count, missing: missing.to_owned(), now: from <= now && now < to }, here)
}

/// "Lena" and "Rosa, Ravi".
fn names(here: &[&Shift]) -> (String, String) {
    let mut people: Vec<(i64, &str)> = Vec::new();
    for one in here {
        if people.iter().all(|(person, _)| *person != one.person) {
            people.push((one.person, one.name.split(' ').next().unwrap_or_default()));
        }
    }
    let mut names = people.into_iter().map(|(_, name)| name.to_owned());
    let first = names.next().unwrap_or_else(|| "Nobody".to_owned());
    (first, names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Ts {
        format!("2026-10-{text}:00Z").parse().unwrap()
    }

    fn shift(person: i64, name: &str, post: Post, from: &str, to: &str) -> Shift {
        Shift {
            name: format!("{name} Of"),
            role: "responder".to_owned(),
            email: String::new(),
            post,
            from: at(from),
            to: at(to),
            over: false,
            person,
            single: None,
            cover: None,
        }
    }

    #[test]
    fn a_day_shows_who_is_there_and_where_somebody_is_missing() {
        let all = [
            shift(1, "Rosa", Post::Primary, "28T00:00", "28T19:30"),
            shift(2, "Lena", Post::Lead, "28T00:00", "29T00:00"),
            shift(3, "Ravi", Post::Primary, "28T21:00", "29T00:00"),
        ];
        let week =
            week(&all, monday("2026-10-28".parse().unwrap()), at("28T07:14"), |_| ("no polls".to_owned(), false));
        assert_eq!((week.name.as_str(), week.before.as_str()), ("Week of Monday 26 October", "/duty?week=2026-10-19"));
        let day = &week.days[2];
        assert!(day.today && day.hours[7].now && day.name == "Wed 28");
        let counts: Vec<usize> = day.hours.iter().map(|hour| hour.count).collect();
        assert_eq!(counts[..19], [2; 19]);
        assert_eq!(counts[19..], [1, 1, 2, 2, 2]);
        assert_eq!(day.hours[19].missing, "nobody as primary", "from half past on");
        let cells: Vec<_> =
            day.teams.iter().map(|one| (one.span, one.class, one.first.as_str(), one.others.as_str())).collect();
        assert_eq!(cells, [(20, "on", "Lena", "Rosa"), (1, "gapb", "Lena", ""), (3, "", "Lena", "Ravi")]);
        assert_eq!(week.days[3].hours[0].missing, "nobody is on duty");
        assert_eq!(
            week.days[3].teams,
            [TeamCell { span: 24, class: "gapb", first: "Nobody".into(), others: "".into() }]
        );
    }
}
