//! Lengths of time and instants as people read them, in English.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::time::Ts;

/// "less than a minute", "46 min", "9 h 12 min", "6 days": cut, not rounded, so that nothing is promised that has gone.
pub fn length(length: SignedDuration) -> String {
    let minutes = length.as_mins().max(0);
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest) {
        (0, 0) => "less than a minute".to_owned(),
        (0, _) => format!("{minutes} min"),
        (1..72, 0) => format!("{hours} h"),
        (1..72, _) => format!("{hours} h {rest} min"),
        _ => format!("{} days", hours / 24),
    }
}

/// "19:30 EST" where that is today in the zone, "19:30 EST on Tue 3 Nov" in the same year, else with the year.
pub fn clock(at: Ts, zone: &TimeZone, now: Ts) -> String {
    let (there, here) = (at.timestamp().to_zoned(zone.clone()), now.timestamp().to_zoned(zone.clone()));
    let form = if there.date() == here.date() {
        "%H:%M %Z"
    } else if there.year() == here.year() {
        "%H:%M %Z on %a %-d %b"
    } else {
        "%H:%M %Z on %a %-d %b %Y"
    };
    there.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::election::calendar;

    #[test]
    fn lengths_are_cut_to_what_is_left() {
        let words =
            [(59, "less than a minute"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (33_120, "9 h 12 min")];
        for (seconds, words) in words {
            assert_eq!(length(SignedDuration::from_secs(seconds)), words);
        }
        assert_eq!(length(SignedDuration::from_hours(71)), "71 h");
        assert_eq!(length(SignedDuration::from_hours(167)), "6 days");
        assert_eq!(length(SignedDuration::from_hours(-1)), "less than a minute");
    }

    #[test]
    fn an_instant_has_its_zone_and_as_much_date_as_it_needs() {
        let zone = calendar::zone("America/New_York").unwrap();
        let now = "2026-11-03T15:00:00Z".parse().unwrap();
        let words = |at: &str| clock(at.parse().unwrap(), &zone, now);
        assert_eq!(words("2026-11-04T00:30:00Z"), "19:30 EST");
        assert_eq!(words("2026-10-31T10:00:00Z"), "06:00 EDT on Sat 31 Oct");
        assert_eq!(words("2027-01-04T11:00:00Z"), "06:00 EST on Mon 4 Jan 2027");
    }
}
