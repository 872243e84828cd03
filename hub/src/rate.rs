//! How often somebody may do something: so many at once, and as many again over a stretch of time, evenly. One number
//! for each key (the generic cell rate algorithm), and none for who has been quiet for a stretch, so that a crowd of
//! strangers costs a bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::config::Limit;
use crate::time::Ts;

/// More keys than this are not remembered at a time: about two megabytes.
const KEYS: usize = 65_536;

/// A limit of so many in a stretch of time, by key.
#[derive(Debug, Clone)]
pub struct Rate<K> {
    most: Limit,
    stretch: SignedDuration,
    kept: Arc<Mutex<HashMap<K, i64>>>,
}

/// It is too soon: for so many seconds, 1 at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSoon(pub u32);

impl<K: Eq + Hash> Rate<K> {
    /// At most so many in `stretch`.
    pub fn new(most: Limit, stretch: SignedDuration) -> Self {
        Self { most, stretch, kept: Arc::default() }
    }

    /// Counts one.
    ///
    /// # Errors
    /// It is one too many, and not counted.
    pub fn take(&self, key: K, now: Ts) -> Result<(), TooSoon> {
        let Some(most) = self.most.most() else { return Ok(()) };
        let micros = |span: SignedDuration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let (stretch, now) = (micros(self.stretch), now.millis().saturating_mul(1000));
        let each = stretch / i64::try_from(most).unwrap_or(i64::MAX);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // From when on all would be free again, if nothing more came. A clock that was put back owes nothing.
        let free = kept.get(&key).copied().unwrap_or(now).clamp(now, now + stretch);
        let wait = free + each - (now + stretch);
        if wait > 0 {
            return Err(TooSoon(u32::try_from((wait + 999_999) / 1_000_000).unwrap_or(u32::MAX)));
        }
        if kept.len() >= KEYS && !kept.contains_key(&key) {
            kept.retain(|_, free| *free > now);
            if kept.len() > KEYS / 2 {
                // So many at once are no people. Nobody is shut out for their sake: they are counted anew.
                kept.clear();
            }
        }
        kept.insert(key, free + each);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(ms: i64) -> Ts {
        Ts::from_millis(1_800_000_000_000 + ms)
    }

    #[test]
    fn so_many_at_once_and_then_evenly() {
        let rate = Rate::new(Limit::of(3), MINUTE);
        assert!((0..3).all(|_| rate.take("rosa", at(0)).is_ok()));
        assert_eq!(rate.take("rosa", at(0)), Err(TooSoon(20)));
        assert_eq!(rate.take("rosa", at(19_001)), Err(TooSoon(1)));
        assert!(rate.take("ravi", at(0)).is_ok(), "another has their own");
        assert!(rate.take("rosa", at(20_000)).is_ok() && rate.take("rosa", at(20_000)).is_err());
        assert!((0..3).all(|_| rate.take("rosa", at(200_000)).is_ok()), "who was quiet has all of it again");
        assert_eq!(rate.take("rosa", at(-3_600_000)), Err(TooSoon(20)), "a clock put back an hour costs a stretch");
    }

    #[test]
    fn none_is_no_limit_and_a_crowd_is_bounded() {
        let none = Rate::new(Limit::of(0), MINUTE);
        assert!((0..1_000).all(|_| none.take((), at(0)).is_ok()));
        let rate = Rate::new(Limit::of(1), MINUTE);
        assert!((0..2 * KEYS).all(|stranger| rate.take(stranger, at(0)).is_ok()));
        assert!(rate.kept.lock().unwrap().len() <= KEYS);
    }

    proptest! {
        /// In no stretch more than twice the number, and over a long time no more than the number for each stretch.
        #[test]
        fn never_more_than_allowed(most in 1_u64..50, pauses in prop::collection::vec(0_i64..5_000, 1..300)) {
            let rate = Rate::new(Limit::of(most), MINUTE);
            let (mut now, mut done) = (0, 0_u64);
            for pause in pauses {
                now += pause;
                done += u64::from(rate.take((), at(now)).is_ok());
            }
            let stretches = u64::try_from(now).unwrap() as f64 / 60_000.0;
            prop_assert!(done as f64 <= most as f64 * (1.0 + stretches) + 1.0);
        }
    }
}
