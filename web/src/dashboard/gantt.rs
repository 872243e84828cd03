//! The chart of the next two weeks: one lane for each authority, drawn as plain numbers. Pure: instants in, places out.
//! The table under it says the same in words.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// What lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Early voting, and the other polling windows before the day.
    Early,
    /// Election Day.
    Day,
    /// The count.
    Count,
    /// From the end of the count to certification.
    Canvass,
}

/// Something that lasts from one instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// What.
    pub kind: Kind,
    /// When it begins.
    pub from: Timestamp,
    /// When it is over.
    pub to: Timestamp,
}

/// One authority with what lies ahead of it.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Whether it has an open P1.
    pub p1: bool,
    /// In any order.
    pub periods: Vec<Period>,
}

/// The chart, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The height of the drawing; it is 866 wide.
    pub height: i64,
    /// Where the lanes end.
    pub bottom: i64,
    /// Where the line of the present stands.
    pub now: i64,
    /// "26 October to 8 November".
    pub days_in_words: String,
    /// Fourteen days, the day before yesterday first.
    pub days: Vec<Day>,
    /// The lanes.
    pub rows: Vec<Row>,
}

/// One day of it, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Its beginning.
    pub x: i64,
    /// "Mon".
    pub name: String,
    /// "26", and at the beginning of a month "1 Nov".
    pub date: String,
    /// Saturday or Sunday.
    pub weekend: bool,
}

/// One lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The middle of the lane.
    pub y: i64,
    /// The name, cut to what fits before the days.
    pub name: String,
    /// Whether it carries the mark of an open P1.
    pub p1: bool,
    /// Bars: class, beginning, upper edge, width, height.
    pub bars: Vec<Bar>,
    /// Dashed lines of the canvass: from, to.
    pub dashes: Vec<(i64, i64)>,
}

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// `early`, `eday`, `cnt`.
    pub class: &'static str,
    /// Its beginning.
    pub x: i64,
    /// Its upper edge.
    pub y: i64,
    /// How long.
    pub width: i64,
    /// How thick.
    pub height: i64,
}

const LEFT: i64 = 184;
const DAY: i64 = 48;
const DAYS: i64 = 14;
const TOP: i64 = 36;
const LANE: i64 = 25;
const NAME: usize = 21;

impl Chart {
    /// The chart as at `now`; nothing where no lane has anything within its days.
    pub fn new(now: Timestamp, lanes: &[Lane]) -> Option<Self> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let first = today.checked_sub(Span::new().days(2)).ok()?;
        let start = first.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let place = |at: Timestamp| {
            let passed = at.as_second().saturating_sub(start.as_second());
            LEFT + passed.saturating_mul(DAY).div_euclid(86_400).clamp(0, DAYS * DAY)
        };
        let rows: Vec<Row> = lanes
            .iter()
            .filter(|lane| lane.periods.iter().any(|period| place(period.from) < place(period.to)))
            .zip(0..)
            .map(|(lane, number)| Row::new(lane, TOP + 16 + number * LANE, place))
            .collect();
        if rows.is_empty() {
            return None;
        }
        let dates = (0..DAYS).filter_map(|day| first.checked_add(Span::new().days(day)).ok());
        let days: Vec<Day> = dates
            .zip(0..)
            .map(|(date, number)| Day {
                x: LEFT + number * DAY,
                name: date.strftime("%a").to_string(),
                date: date.strftime(if date.day() == 1 { "%-d %b" } else { "%-d" }).to_string(),
                weekend: matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
            })
            .collect();
        let last = first.checked_add(Span::new().days(DAYS - 1)).ok()?;
        let bottom = TOP + LANE * i64::try_from(rows.len()).ok()? + 8;
        Some(Self {
            height: bottom + 4,
            bottom,
            now: place(now),
            days_in_words: format!("{} to {}", first.strftime("%-d %B"), last.strftime("%-d %B")),
            days,
            rows,
        })
    }
}

impl Row {
    fn new(lane: &Lane, y: i64, place: impl Fn(Timestamp) -> i64) -> Self {
        let (mut bars, mut dashes) = (Vec::new(), Vec::new());
        for period in &lane.periods {
            let (from, to) = (place(period.from), place(period.to));
            if from >= to {
                continue;
            }
            let mut bar = |class, thick: i64| {
                bars.push(Bar { class, x: from, y: y - thick / 2, width: (to - from).max(4), height: thick });
            };
            match period.kind {
                Kind::Early => bar("early", 10),
                Kind::Day => bar("eday", 18),
                Kind::Count => bar("cnt", 10),
                Kind::Canvass => dashes.push((from, to)),
            }
        }
        let cut: String = lane.name.chars().take(NAME - 1).collect();
        let name = if lane.name.chars().count() > NAME { format!("{}…", cut.trim_end()) } else { lane.name.clone() };
        Self { y, name, p1: lane.p1, bars, dashes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(name: &str, from: &str, to: &str) -> Lane {
        let period = Period { kind: Kind::Day, from: from.parse().unwrap(), to: to.parse().unwrap() };
        Lane { name: name.to_owned(), p1: false, periods: vec![period] }
    }

    #[test]
    fn a_day_is_forty_eight_wide_and_what_is_outside_is_cut() {
        let now = "2026-10-28T12:00:00Z".parse().unwrap();
        let lanes = [
            lane("National Electoral Office of Norland", "2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"),
            lane("Alder County", "2026-10-20T00:00:00Z", "2026-10-27T00:00:00Z"),
            lane("Never", "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"),
        ];
        let chart = Chart::new(now, &lanes).unwrap();
        assert_eq!((chart.now, chart.rows.len(), chart.days.len()), (184 + 120, 2, 14));
        assert_eq!((chart.days[0].date.as_str(), chart.days[6].date.as_str()), ("26", "1 Nov"));
        let bar = chart.rows[0].bars[0];
        assert_eq!((bar.x, bar.width), (184 + 8 * 48, 48));
        assert_eq!(chart.rows[0].name, "National Electoral O…");
        let bar = chart.rows[1].bars[0];
        assert_eq!((bar.x, bar.width), (184, 48));
        assert_eq!(Chart::new(now, &lanes[2..]), None);
    }
}
