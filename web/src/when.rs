//! How instants are read: officials in their authority's civil time, with the offset said once on a page; responders in
//! UTC, with the authority's time beside it. 24-hour clocks, the weekday with every date. Pure: the present is an argument.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned, civil};

/// One reader's way of reading instants that belong to one authority.
#[derive(Debug, Clone)]
pub struct Times {
    zone: TimeZone,
    utc: bool,
}

impl Times {
    /// For officials: the authority's own time.
    pub fn local(zone: TimeZone) -> Self {
        Self { zone, utc: false }
    }

    /// For the response side: UTC, with the time of the authority in `zone` beside it.
    pub fn utc(zone: TimeZone) -> Self {
        Self { zone, utc: true }
    }

    /// "03:14", in the reader's time.
    pub fn clock(&self, at: Timestamp) -> String {
        hour(&self.read(at))
    }

    /// "03:14:08", in the reader's time.
    pub fn clock_with_seconds(&self, at: Timestamp) -> String {
        self.read(at).strftime("%H:%M:%S").to_string()
    }

    /// The authority's time beside a responder's: "03:14 EDT". Nothing for officials, who read no other.
    pub fn beside(&self, at: Timestamp) -> Option<String> {
        self.utc.then(|| self.civil(at))
    }

    /// The same without its zone, for lists that say the zone once: "03:14".
    pub fn beside_clock(&self, at: Timestamp) -> Option<String> {
        self.utc.then(|| hour(&at.to_zoned(self.zone.clone())))
    }

    /// In one piece, for a sentence: "03:14", or "07:14 UTC (03:14 EDT)".
    pub fn both(&self, at: Timestamp) -> String {
        match self.beside(at) {
            None => self.clock(at),
            Some(local) => format!("{} UTC ({local})", self.clock(at)),
        }
    }

    /// The authority's own time with its zone, whoever reads: "03:14 EDT".
    pub fn civil(&self, at: Timestamp) -> String {
        let there = at.to_zoned(self.zone.clone());
        format!("{} {}", hour(&there), zone_name(&there))
    }

    /// As near as it is: "03:14" today, "yesterday, 17:10", "tomorrow, 08:00", "Tuesday 3 November, 07:00".
    pub fn moment(&self, at: Timestamp, now: Timestamp) -> String {
        let (at, now) = (self.read(at), self.read(now));
        match day_word(at.date(), now.date()) {
            Some("today") => hour(&at),
            Some(word) => format!("{word}, {}", hour(&at)),
            None => format!("{}, {}", date(at.date(), now.date().year()), hour(&at)),
        }
    }

    /// "Wednesday 28 October" in the reader's time; the year where it is not `now`'s.
    pub fn day(&self, at: Timestamp, now: Timestamp) -> String {
        date(self.read(at).date(), self.read(now).date().year())
    }

    /// The civil date in the reader's time.
    pub fn date(&self, at: Timestamp) -> civil::Date {
        self.read(at).date()
    }

    /// The authority's zone as it is at `at`, said once on a page: "EDT, UTC−4".
    pub fn offset(&self, at: Timestamp) -> String {
        let there = at.to_zoned(self.zone.clone());
        let (name, seconds) = (zone_name(&there), there.offset().seconds());
        let sign = if seconds < 0 { '−' } else { '+' };
        let minutes = seconds.abs() / 60;
        let utc = match (minutes, minutes % 60) {
            (0, _) => "UTC".to_owned(),
            (_, 0) => format!("UTC{sign}{}", minutes / 60),
            (_, rest) => format!("UTC{sign}{}:{rest:02}", minutes / 60),
        };
        if name == utc { utc } else { format!("{name}, {utc}") }
    }

    fn read(&self, at: Timestamp) -> Zoned {
        at.to_zoned(if self.utc { TimeZone::UTC } else { self.zone.clone() })
    }
}

/// "Tuesday 3 November", with the year where it is not `this_year`.
pub fn date(date: civil::Date, this_year: i16) -> String {
    let form = if date.year() == this_year { "%A %-d %B" } else { "%A %-d %B %Y" };
    date.strftime(form).to_string()
}

/// A length as text says it: "40 s", "22 min", "5 h 46 min", "3 days". Clocks tick instead: [`crate::face::ticking`].
pub fn duration(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..60 => format!("{s} s"),
        60..3_600 => format!("{} min", s / 60),
        3_600..172_800 if s % 3_600 < 60 => format!("{} h", s / 3_600),
        3_600..172_800 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        _ => format!("{} days", s / 86_400),
    }
}

/// How long ago: "just now", "22 min ago".
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.as_second() - at.as_second() {
        ..60 => "just now".to_owned(),
        seconds => format!("{} ago", duration(seconds)),
    }
}

fn hour(at: &Zoned) -> String {
    at.strftime("%H:%M").to_string()
}

/// "EDT"; where a zone has no letters of its own, "UTC+5:30" as its offset.
fn zone_name(at: &Zoned) -> String {
    let name = at.strftime("%Z").to_string();
    if name.starts_with(['+', '-']) { format!("UTC{}", name.replace('-', "−")) } else { name }
}

fn day_word(day: civil::Date, today: civil::Date) -> Option<&'static str> {
    match day {
        _ if day == today => Some("today"),
        _ if Some(day) == today.yesterday().ok() => Some("yesterday"),
        _ if Some(day) == today.tomorrow().ok() => Some("tomorrow"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn officials_read_their_own_time_and_responders_utc_with_it_beside() {
        let now = at("2026-10-28T07:14:08Z");
        let ana = Times::local(zone("America/New_York"));
        assert_eq!((ana.clock(now), ana.beside(now)), ("03:14".to_owned(), None));
        let rosa = Times::utc(zone("America/New_York"));
        assert_eq!((rosa.clock(now), rosa.beside(now)), ("07:14".to_owned(), Some("03:14 EDT".to_owned())));
        assert_eq!(rosa.both(now), "07:14 UTC (03:14 EDT)");
    }

    #[test]
    fn a_moment_is_as_short_as_it_is_near() {
        let ana = Times::local(zone("America/New_York"));
        let now = at("2026-10-28T07:14:08Z");
        let read = |text| ana.moment(at(text), now);
        assert_eq!(read("2026-10-28T06:57:00Z"), "02:57");
        assert_eq!(read("2026-10-27T21:10:00Z"), "yesterday, 17:10");
        assert_eq!(read("2026-10-29T12:00:00Z"), "tomorrow, 08:00");
        assert_eq!(read("2026-11-03T12:00:00Z"), "Tuesday 3 November, 07:00");
        assert_eq!(read("2027-01-04T14:00:00Z"), "Monday 4 January 2027, 09:00");
    }

    #[test]
    fn the_offset_is_that_of_the_day() {
        let offset = |name, text| Times::local(zone(name)).offset(at(text));
        assert_eq!(offset("America/New_York", "2026-10-28T07:14:08Z"), "EDT, UTC−4");
        assert_eq!(offset("America/New_York", "2026-11-02T07:14:08Z"), "EST, UTC−5");
        assert_eq!(offset("Asia/Kolkata", "2026-11-02T07:14:08Z"), "IST, UTC+5:30");
        assert_eq!(offset("UTC", "2026-11-02T07:14:08Z"), "UTC");
    }

    #[test]
    fn lengths_are_words() {
        assert_eq!(duration(40), "40 s");
        assert_eq!(duration(1_325), "22 min");
        assert_eq!(duration(20_760), "5 h 46 min");
        assert_eq!(duration(3_600), "1 h");
        assert_eq!(duration(3 * 86_400 + 5), "3 days");
        assert_eq!(ago(at("2026-10-28T06:52:00Z"), at("2026-10-28T07:14:08Z")), "22 min ago");
        assert_eq!(ago(at("2026-10-28T07:14:00Z"), at("2026-10-28T07:14:08Z")), "just now");
    }
}
