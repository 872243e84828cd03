//! A line of the rota: the same hours on the same days, in the civil time of a place, people taking turns.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use super::Post;
use crate::election::calendar::{day, instant};
use crate::escalation::codes;
use crate::time::Ts;

codes! {
    /// When the next person takes their turn.
    Turn, "turn" {
        /// Every shift is another's.
        Day = "day" "by day",
        /// A week, from Monday, is one person's.
        Week = "week" "by week",
    }
}

codes! {
    /// The days of the week.
    Day, "day of the week" {
        /// The first.
        Monday = "mon" "Mon",
        /// The second.
        Tuesday = "tue" "Tue",
        /// The third.
        Wednesday = "wed" "Wed",
        /// The fourth.
        Thursday = "thu" "Thu",
        /// The fifth.
        Friday = "fri" "Fri",
        /// The sixth.
        Saturday = "sat" "Sat",
        /// The seventh.
        Sunday = "sun" "Sun",
    }
}

/// Some days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days(u8);

impl Days {
    /// All seven.
    pub const ALL: Self = Self(0x7f);

    /// These.
    pub fn of(days: impl IntoIterator<Item = Day>) -> Self {
        Self(days.into_iter().fold(0, |mask, day| mask | 1 << day as u8))
    }

    /// As they stand in the database: a bit for each day, Monday the lowest.
    pub fn number(self) -> i64 {
        self.0.into()
    }

    /// From what stands there.
    pub fn from_number(number: i64) -> Self {
        Self(u8::try_from(number & 0x7f).unwrap_or_default())
    }

    /// Whether a day is one of them.
    pub fn hold(self, day: Day) -> bool {
        self.0 & 1 << day as u8 != 0
    }

    /// Whether a weekday is one of them.
    fn on(self, day: Weekday) -> bool {
        self.0 & 1 << day.to_monday_zero_offset() != 0
    }

    fn count(self) -> i64 {
        self.0.count_ones().into()
    }
}

/// "Mon, Tue", "every day".
impl std::fmt::Display for Days {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Self::ALL {
            return f.write_str("every day");
        }
        let names: Vec<&str> = Day::ALL.iter().filter(|day| self.hold(**day)).map(|day| day.label()).collect();
        f.write_str(&names.join(", "))
    }
}

/// A line of the rota.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its row.
    pub id: i64,
    /// As what.
    pub post: Post,
    /// Where its hours are read.
    pub zone: TimeZone,
    /// On which days it begins.
    pub days: Days,
    /// From when.
    pub from: Time,
    /// To when; of the next day where that is not after `from`.
    pub to: Time,
    /// The keys of those who take turns, in their order.
    pub people: Vec<i64>,
    /// When the next takes their turn.
    pub turn: Turn,
    /// The first day.
    pub since: Date,
    /// The last day on which it begins.
    pub until: Option<Date>,
}

impl Line {
    /// Its shifts at some time from `from` to `to`, with whose turn each is. Where one line ends at the minute at which
    /// another begins, there is no gap and no overlap between them: both minutes are the same instant.
    pub fn shifts(&self, from: Ts, to: Ts) -> Vec<(i64, (Ts, Ts))> {
        let first = moved(day(from, &self.zone), -2).max(self.since);
        let last = moved(day(to, &self.zone), 1).min(self.until.unwrap_or(Date::MAX));
        let mut shifts = Vec::new();
        let mut date = first;
        while date <= last {
            if self.days.on(date.weekday())
                && let Some(person) = self.person(date)
            {
                let hours = self.hours(date);
                if hours.0 < hours.1 && hours.0 < to && from < hours.1 {
                    shifts.push((person, hours));
                }
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        shifts
    }

    /// The instants between which the shift of a day lasts.
    pub fn hours(&self, date: Date) -> (Ts, Ts) {
        let end = if self.to > self.from { date } else { moved(date, 1) };
        (instant(date.to_datetime(self.from), &self.zone), instant(end.to_datetime(self.to), &self.zone))
    }

    /// Whose turn it is on a day.
    pub fn person(&self, date: Date) -> Option<i64> {
        let turns = match self.turn {
            Turn::Day => self.days_before(date),
            Turn::Week => days_between(monday(self.since), monday(date)) / 7,
        };
        let count = i64::try_from(self.people.len()).ok().filter(|count| *count > 0)?;
        self.people.get(usize::try_from(turns.rem_euclid(count)).ok()?).copied()
    }

    /// How many of its days there were before this one.
    fn days_before(&self, date: Date) -> i64 {
        let all = days_between(self.since, date);
        let rest = (0..all.rem_euclid(7)).filter(|n| self.days.on(moved(self.since, *n).weekday())).count();
        all.div_euclid(7) * self.days.count() + i64::try_from(rest).unwrap_or_default()
    }
}

fn monday(date: Date) -> Date {
    moved(date, -i64::from(date.weekday().to_monday_zero_offset()))
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}

/// A day later or earlier; at the ends of the years that are counted it stops there.
fn moved(date: Date, days: i64) -> Date {
    let span = Span::new().try_days(days).unwrap_or(0.days());
    date.saturating_add(span)
}
