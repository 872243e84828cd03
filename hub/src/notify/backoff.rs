//! How long is waited after an attempt that failed, and when no more is made. Pure.

use jiff::SignedDuration;

use crate::time::Ts;

/// After this a delivery is given up.
pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);
const FIRST: i64 = 5_000;
const LONGEST: i64 = 5 * 60_000;

/// When to try again after the `attempt`th attempt (1 for the first) of a delivery that was made at `made`; none where a
/// day has passed. `dice` is any number: it spreads those who failed together.
pub(crate) fn next(made: Ts, attempt: i64, now: Ts, dice: u64) -> Option<Ts> {
    let end = made.plus(DAY);
    if now >= end {
        return None;
    }
    let steps = u32::try_from((attempt - 1).clamp(0, 16)).unwrap_or(16);
    let pause = FIRST.saturating_mul(1 << steps).min(LONGEST);
    // A quarter less to a quarter more.
    let spread = i64::try_from(dice % 1_000).unwrap_or_default() * pause / 2_000;
    // The last attempt is made when the day ends.
    Some(now.plus(SignedDuration::from_millis(pause * 3 / 4 + spread)).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pauses_grow_to_five_minutes_and_end_with_the_day() {
        let made = Ts::from_millis(0);
        let pause = |attempt| next(made, attempt, made, 500).unwrap().since(made).as_millis();
        assert_eq!([1, 2, 3, 4, 7, 8, 900].map(pause), [5_000, 10_000, 20_000, 40_000, 300_000, 300_000, 300_000]);
        let end = made.plus(DAY);
        assert_eq!(next(made, 300, end.plus(SignedDuration::from_millis(-1)), 0), Some(end));
        assert_eq!(next(made, 300, end, 0), None);
    }

    proptest! {
        #[test]
        fn it_is_later_and_never_after_the_day(attempt in 1..10_000_i64, at in 0..86_400_000_i64, dice: u64) {
            let (made, now) = (Ts::from_millis(0), Ts::from_millis(at));
            let next = next(made, attempt, now, dice).unwrap();
            prop_assert!(next > now && next <= made.plus(DAY));
            prop_assert!(next.since(now) <= SignedDuration::from_secs(375));
        }
    }
}
