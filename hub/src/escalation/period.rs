//! Lengths of time as a policy writes them, and the response team's working hours.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use serde::{Deserialize, Deserializer};

use crate::election::calendar;
use crate::time::Ts;

/// A length of time as a policy writes it: `"28 days"` are calendar days, `"24 h"`, `"15 min"` run on the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Calendar days.
    Days(i64),
    /// Elapsed time.
    Clock(SignedDuration),
}

impl Period {
    /// As elapsed time, where a day is 24 hours.
    pub fn duration(self) -> SignedDuration {
        match self {
            Self::Days(days) => SignedDuration::from_hours(days.saturating_mul(24)),
            Self::Clock(duration) => duration,
        }
    }

    /// In whole words: "5 minutes", "1 hour", "3 days".
    pub fn in_words(self) -> String {
        let count = |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
        match self {
            Self::Days(days) => count(days, "day"),
            Self::Clock(time) if time.as_mins() % 60 == 0 && time.as_mins() > 0 => count(time.as_hours(), "hour"),
            Self::Clock(time) => count(time.as_mins(), "minute"),
        }
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no length of time; write a whole number and min, h or days: \"24 h\"");
        let (number, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let number: i64 = number.parse().map_err(|_| wrong())?;
        // A hundred years, so that no sum of them leaves the years that are counted.
        if !(0..=36_500).contains(&number) {
            return Err(wrong());
        }
        match unit.trim() {
            "min" => Ok(Self::Clock(SignedDuration::from_mins(number))),
            "h" => Ok(Self::Clock(SignedDuration::from_hours(number))),
            "day" | "days" => Ok(Self::Days(number)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Clock(time) if time.as_mins() % 60 == 0 && time.as_mins() > 60 => write!(f, "{} h", time.as_hours()),
            Self::Clock(time) => write!(f, "{} min", time.as_mins()),
        }
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// When the response team works, for what can wait until then.
#[derive(Debug, Clone)]
pub struct WorkingHours {
    /// The IANA zone.
    pub zone: String,
    /// The working days, Monday first.
    pub days: Vec<Weekday>,
    /// Begin of a working day.
    pub from: Time,
    /// End of a working day, after its begin.
    pub to: Time,
    pub(super) tz: TimeZone,
}

impl WorkingHours {
    /// The end of a length of working time that begins at `from`. Elapsed time passes in working hours only; days are
    /// calendar days, and where they end outside working hours, it is the next beginning of work.
    pub fn after(&self, from: Ts, length: Period) -> Ts {
        let (mut now, mut left) = match length {
            Period::Clock(left) => (from, left),
            Period::Days(days) => {
                let local = self.tz.to_datetime(from.timestamp());
                let later = Span::new().try_days(days).and_then(|span| local.checked_add(span));
                let later = later.map_or(from.plus(length.duration()), |later| calendar::instant(later, &self.tz));
                (later, SignedDuration::ZERO)
            }
        };
        let mut day = calendar::day(now, &self.tz);
        loop {
            if self.days.contains(&day.weekday()) {
                let opens = calendar::instant(day.to_datetime(self.from), &self.tz).max(now);
                let closes = calendar::instant(day.to_datetime(self.to), &self.tz);
                let open = closes.since(opens);
                // Work that begins as the day ends begins the next day.
                if !open.is_negative() && !open.is_zero() {
                    if left <= open {
                        return opens.plus(left);
                    }
                    left = left.saturating_sub(open);
                    now = closes;
                }
            }
            match day.tomorrow() {
                Ok(next) => day = next,
                // The end of the years that are counted.
                Err(_) => return now.plus(left),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::Policy;

    #[test]
    fn lengths_of_time_are_read_and_written() {
        for text in ["3 min", "60 min", "4 h", "24 h", "1 day", "28 days", "90 min"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in ["", "24", "24h", "-1 h", "1.5 h", "h 3", "99999999999999999999 h", "36501 days", "3 weeks"] {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn work_waits_for_the_working_day() {
        let hours = Policy::default().working_hours;
        let after = |from: &str, length: &str| {
            let from = calendar::instant(from.parse().unwrap(), &hours.tz);
            let end = hours.after(from, length.parse().unwrap());
            hours.tz.to_datetime(end.timestamp()).to_string()
        };
        // Friday 20 November 2026.
        assert_eq!(after("2026-11-20T09:00", "4 h"), "2026-11-20T13:00:00");
        assert_eq!(after("2026-11-20T14:00", "4 h"), "2026-11-20T18:00:00");
        assert_eq!(after("2026-11-20T16:00", "4 h"), "2026-11-23T10:00:00");
        assert_eq!(after("2026-11-20T18:00", "4 h"), "2026-11-23T12:00:00");
        assert_eq!(after("2026-11-21T03:00", "24 h"), "2026-11-25T12:00:00");
        assert_eq!(after("2026-11-20T16:00", "7 days"), "2026-11-27T16:00:00");
        assert_eq!(after("2026-11-21T03:00", "7 days"), "2026-11-30T08:00:00");
        // The clocks change on Sunday 1 November, when nobody works.
        assert_eq!(after("2026-10-30T17:00", "4 h"), "2026-11-02T11:00:00");
        assert_eq!(hours.after(Ts::from_millis(i64::MAX), Period::Days(7)), Ts::from_millis(i64::MAX));
    }
}
