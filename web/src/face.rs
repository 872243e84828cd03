//! What the components show, as plain values: a clock's ring and words, the marks of the days, the rows of a table of
//! heat. Pure: times and counts in, words out.

use std::borrow::Borrow;

use jiff::{Timestamp, civil};

/// The heads of the six columns of urgency, as short as a column.
pub const URGENCIES: [&str; 6] = ["routine", "build-up", "close-in", "week", "eve, count", "open now"];

/// A response clock as it stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockFace {
    /// `ok`, `soon`, `over`, `paused` or `met`: the class, which the words say too.
    pub state: &'static str,
    /// How much of the ring is drawn, 0 to 100: the part of the time that is left.
    pub left: u8,
    /// "Answer in 3:30".
    pub words: String,
    /// When it is due, for the script that counts; absent once nothing runs.
    pub due: Option<Timestamp>,
}

impl ClockFace {
    /// A clock that runs from `from` to `due`: "Answer in 3:30", amber in its last fifth, "Over 3:40" after it.
    pub fn running(what: &str, from: Timestamp, due: Timestamp, now: Timestamp) -> Self {
        let left = due.as_second() - now.as_second();
        if left < 0 {
            return Self { state: "over", left: 100, words: format!("Over {}", ticking(-left)), due: Some(due) };
        }
        let whole = (due.as_second() - from.as_second()).max(1);
        let part = (left.saturating_mul(100) / whole).clamp(0, 100);
        let state = if part < 20 { "soon" } else { "ok" };
        Self {
            state,
            left: u8::try_from(part).unwrap_or(100),
            words: format!("{what} in {}", ticking(left)),
            due: Some(due),
        }
    }

    /// What stands before the figure, and the figure: "Answer in" and "3:30"; none where there is none.
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.due?;
        self.words
            .split_once(" in ")
            .map(|(what, figure)| (&self.words[..what.len() + 3], figure))
            .or_else(|| self.words.split_once(' '))
    }

    /// A target that was met, in the caller's words: "Answered in 4:10, target 5 min".
    pub fn met(words: impl Into<String>) -> Self {
        Self { state: "met", left: 100, words: words.into(), due: None }
    }

    /// A clock that does not run: "Waiting for county".
    pub fn paused(words: impl Into<String>) -> Self {
        Self { state: "paused", left: 40, words: words.into(), due: None }
    }
}

/// A length as clocks show it: `3:30` below an hour, `5 h 46 min` below two days, then `3 days`.
pub fn ticking(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..3_600 => format!("{}:{:02}", s / 60, s % 60),
        3_600..172_800 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        _ => format!("{} days", s / 86_400),
    }
}

/// "E−6", "E−0" as "today", "E+1": days to Election Day for staff. Officials and the public read days in words.
/// Takes the number itself or a reference, which is what templates pass.
pub fn e_minus(days: impl Borrow<i64>) -> String {
    let days = *days.borrow();
    match days {
        0 => "today".to_owned(),
        1.. => format!("E−{days}"),
        _ => format!("E+{}", -days),
    }
}

/// One mark of the strip of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayMark {
    /// The day of the month below it.
    pub day: i8,
    /// `past`, `today`, `ed` (Election Day), `ed today` or nothing.
    pub class: &'static str,
}

impl DayMark {
    /// The 16 days that end with Election Day. Empty while it is farther away, and after it: the strip counts days,
    /// and there is nothing to count.
    pub fn strip(today: civil::Date, election_day: civil::Date) -> Vec<Self> {
        let days = election_day.since(today).map(|span| span.get_days()).unwrap_or(i32::MAX);
        if !(0..16).contains(&days) {
            return Vec::new();
        }
        let mark = |back: i32| {
            let date = election_day.checked_sub(jiff::Span::new().days(back)).ok()?;
            let class = match date.cmp(&today) {
                std::cmp::Ordering::Equal if back == 0 => "ed today",
                _ if back == 0 => "ed",
                std::cmp::Ordering::Less => "past",
                std::cmp::Ordering::Equal => "today",
                std::cmp::Ordering::Greater => "",
            };
            Some(Self { day: date.day(), class })
        };
        (0..16).rev().filter_map(mark).collect()
    }
}

/// One of several to pick from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What people read.
    pub label: String,
}

impl Choice {
    /// From anything that reads as text.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One line of an error summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The id of the field that it is about; empty where it is about the whole form.
    pub field: String,
    /// What to do: "Give a number we can ring tonight".
    pub words: String,
}

/// One row of the table of heat: a priority against the six steps of urgency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatRow {
    /// 1 to 5.
    pub priority: i64,
    /// One cell for each urgency, U0 to U5.
    pub cells: Vec<HeatCell>,
}

/// One cell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatCell {
    /// How many incidents are open.
    pub count: usize,
    /// The queue, narrowed to them.
    pub href: String,
    /// `z` nothing, `l` some, `hi` two or more of its priority.
    pub class: &'static str,
}

impl HeatRow {
    /// From the counts of one priority; `href` gives the address for an urgency, 0 to 5.
    pub fn new(priority: i64, counts: [usize; 6], href: impl Fn(usize) -> String) -> Self {
        let cell = |(urgency, count): (usize, usize)| HeatCell {
            count,
            href: href(urgency),
            class: match count {
                0 => "z",
                1 => "l",
                _ => "hi",
            },
        };
        Self { priority, cells: counts.into_iter().enumerate().map(cell).collect() }
    }

    /// All of its incidents.
    pub fn all(&self) -> usize {
        self.cells.iter().map(|cell| cell.count).sum()
    }
}

/// One step of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailStep {
    /// "Saved".
    pub name: String,
    /// "01:52:08".
    pub words: String,
    /// Behind us.
    pub done: bool,
    /// The one we stand on.
    pub current: bool,
}

/// One row of a list of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// "Zone".
    pub name: String,
    /// "America/Chicago".
    pub value: String,
    /// Where it is changed; empty where it is not.
    pub href: String,
}

impl Fact {
    /// A fact that is only read.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), href: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_clock_turns_amber_in_its_last_fifth_and_says_how_far_over() {
        let face = |now| ClockFace::running("Answer", at(0), at(300), at(now));
        assert_eq!((face(90).state, face(90).words.as_str(), face(90).left), ("ok", "Answer in 3:30", 70));
        assert_eq!(face(240).state, "ok");
        assert_eq!(face(241).state, "soon");
        assert_eq!((face(300).state, face(300).words.as_str()), ("soon", "Answer in 0:00"));
        assert_eq!((face(520).state, face(520).words.as_str()), ("over", "Over 3:40"));
    }

    #[test]
    fn a_clock_whose_due_is_its_start_does_not_divide_by_nothing() {
        assert_eq!(ClockFace::running("Answer", at(5), at(5), at(5)).left, 0);
    }

    #[test]
    fn lengths_read_as_the_words_of_the_design() {
        assert_eq!(ticking(652), "10:52");
        assert_eq!(ticking(20_760), "5 h 46 min");
        assert_eq!(ticking(3 * 86_400 + 5), "3 days");
        assert_eq!(ticking(-4), "0:00");
    }

    #[test]
    fn the_strip_ends_with_election_day_and_marks_today() {
        let strip = DayMark::strip(civil::date(2026, 10, 28), civil::date(2026, 11, 3));
        assert_eq!(strip.len(), 16);
        assert_eq!((strip[0].day, strip[0].class), (19, "past"));
        assert_eq!((strip[9].day, strip[9].class), (28, "today"));
        assert_eq!((strip[15].day, strip[15].class), (3, "ed"));
        let on_the_day = DayMark::strip(civil::date(2026, 11, 3), civil::date(2026, 11, 3));
        assert_eq!(on_the_day.iter().filter(|mark| mark.class == "today").count(), 0);
        assert!(DayMark::strip(civil::date(2026, 10, 1), civil::date(2026, 11, 3)).is_empty());
        assert!(DayMark::strip(civil::date(2026, 11, 4), civil::date(2026, 11, 3)).is_empty());
    }

    #[test]
    fn days_are_said_as_staff_say_them() {
        assert_eq!([e_minus(6), e_minus(0), e_minus(-1)], ["E−6", "today", "E+1"]);
    }
}
