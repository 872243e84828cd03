//! From civil time to instants. In a gap of the clock the time is shifted on by the gap's length, in a fold it is the
//! earlier of the two (RFC 5545, which is also how jiff reads a time that is "compatible").

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::time::Ts;

/// The zone by its IANA name, written as IANA writes it; none where the name is not known. Takes names only, no offsets
/// and no POSIX rules, and nothing that is another zone on another machine.
pub fn zone(name: &str) -> Option<TimeZone> {
    let foreign = ["localtime", "posixrules", "Factory", "Etc/Unknown"].contains(&name)
        || ["posix/", "right/"].iter().any(|folder| name.starts_with(folder));
    let zone = if foreign { None } else { jiff::tz::db().get(name).ok() };
    zone.filter(|zone| zone.iana_name() == Some(name))
}

/// The instant of a civil time. At the ends of the years that are counted it stops there.
pub fn instant(at: DateTime, zone: &TimeZone) -> Ts {
    match zone.to_ambiguous_timestamp(at).compatible() {
        Ok(instant) => Ts::new(instant),
        Err(_) => Ts::new(if at.year() < 0 { Timestamp::MIN } else { Timestamp::MAX }),
    }
}

/// The local day of an instant.
pub fn day(at: Ts, zone: &TimeZone) -> Date {
    zone.to_datetime(at.timestamp()).date()
}

/// The local day of the last instant before `at`: a deadline at 00:00 belongs to the day it ends.
pub fn day_before(at: Ts, zone: &TimeZone) -> Date {
    day(Ts::from_millis(at.millis().saturating_sub(1)), zone)
}

/// Local midnight `days` calendar days before a local day.
pub fn midnight(day: Date, days: i64, zone: &TimeZone) -> Ts {
    let date = Span::new().try_days(days).and_then(|span| day.checked_sub(span)).unwrap_or(Date::MIN);
    instant(date.to_datetime(jiff::civil::Time::midnight()), zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_what_iana_calls_it() {
        for name in ["UTC", "Etc/UTC", "America/New_York", "Asia/Calcutta", "America/Argentina/Buenos_Aires"] {
            assert!(zone(name).is_some(), "{name}");
        }
        for name in
            ["", "america/new_york", "EST5EDT,M3.2.0,M11.1.0", "+01:00", "localtime", "right/UTC", "../UTC", "Mars"]
        {
            assert!(zone(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_gap_shifts_on_and_a_fold_is_the_earlier() {
        let table = [
            ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:30:00Z"),
            ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30:00Z"),
            ("Asia/Beirut", "2027-03-28T00:00", "2027-03-27T22:00:00Z"),
            ("Pacific/Apia", "2011-12-30T08:00", "2011-12-30T18:00:00Z"),
        ];
        for (name, civil, expected) in table {
            let zone = zone(name).unwrap();
            assert_eq!(instant(civil.parse().unwrap(), &zone).to_string(), expected, "{name} {civil}");
        }
    }

    #[test]
    fn midnight_before_a_deadline_at_midnight_is_that_of_the_day_before() {
        let zone = zone("Europe/Berlin").unwrap();
        let deadline = instant("2026-10-26T00:00".parse().unwrap(), &zone);
        let day = day_before(deadline, &zone);
        assert_eq!(day.to_string(), "2026-10-25");
        assert_eq!(midnight(day, 0, &zone).to_string(), "2026-10-24T22:00:00Z");
        assert_eq!(midnight(day, 7, &zone).to_string(), "2026-10-17T22:00:00Z");
        assert!(midnight(Date::MIN, 90, &zone) < deadline);
    }
}
