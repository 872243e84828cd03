//! Time is a value: an instant is an argument, and only two edges own a [`Clock`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// An instant in whole milliseconds, UTC. Stored as milliseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ts(Timestamp);

impl Ts {
    /// The last instant that is counted: it sorts after all others. A whole second, so that it is stored and read back
    /// as the same.
    pub const LAST: Self = Self(Timestamp::constant(253_402_207_200, 0));

    /// The instant, cut to whole milliseconds, so that what is compared is what is stored.
    pub fn new(at: Timestamp) -> Self {
        Self::from_millis(at.as_millisecond())
    }

    /// From milliseconds since 1970; beyond the years that are counted, the nearest one that is.
    pub fn from_millis(ms: i64) -> Self {
        // Whole seconds: what is behind the last one cannot be given in milliseconds.
        let bounded = ms.clamp(Timestamp::MIN.as_second() * 1000, Timestamp::MAX.as_second() * 1000);
        Self(Timestamp::from_millisecond(bounded).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// As jiff's instant, for civil times and for showing.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// This much later (earlier where negative); at the ends of the years that are counted it stops there.
    pub fn plus(self, by: SignedDuration) -> Self {
        let ms = i64::try_from(by.as_millis()).unwrap_or(if by.is_negative() { i64::MIN } else { i64::MAX });
        Self::from_millis(self.millis().saturating_add(ms))
    }

    /// How long from `earlier` to this.
    pub fn since(self, earlier: Self) -> SignedDuration {
        SignedDuration::from_millis(self.millis() - earlier.millis())
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// RFC 3339, UTC.
impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::str::FromStr for Ts {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        Ok(Self::new(text.parse()?))
    }
}

/// Where an instant comes from, for the edges that own one: the request extractor and the clockwork.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Machine,
    /// Story time that began at `start` when the machine's clock stood at `began`, `speed` times as fast.
    Story {
        began: Ts,
        start: Ts,
        speed: u32,
    },
    /// Stands still until a test moves it.
    Hand(Arc<tokio::sync::watch::Sender<Ts>>),
}

impl Clock {
    /// The machine's own.
    pub fn machine() -> Self {
        Self(Kind::Machine)
    }

    /// The demonstration's: it shows `start` now and runs `speed` times as fast as the machine's (1 at least).
    pub fn story(start: Ts, speed: u32) -> Self {
        Self(Kind::Story { began: machine_now(), start, speed: speed.max(1) })
    }

    /// One that stands still at `at` until [`set`](Self::set) moves it: for tests.
    pub fn by_hand(at: Ts) -> Self {
        Self(Kind::Hand(Arc::new(tokio::sync::watch::channel(at).0)))
    }

    /// Moves a clock made [`by_hand`](Self::by_hand); others do not move.
    pub fn set(&self, at: Ts) {
        if let Kind::Hand(hand) = &self.0 {
            hand.send_replace(at);
        }
    }

    /// The present instant.
    pub fn now(&self) -> Ts {
        match &self.0 {
            Kind::Machine => machine_now(),
            Kind::Story { began, start, speed } => {
                let passed = machine_now().since(*began).as_millis();
                let story = passed.saturating_mul(i128::from(*speed));
                start.plus(SignedDuration::from_millis(i64::try_from(story).unwrap_or(i64::MAX)))
            }
            Kind::Hand(hand) => *hand.borrow(),
        }
    }

    /// How many of this clock's seconds pass in one of the machine's: 1, unless it is a demonstration's.
    pub fn speed(&self) -> u32 {
        if let Kind::Story { speed, .. } = self.0 { speed } else { 1 }
    }

    /// Waits until this clock shows `at` or later. It looks again at least once a second, so that a machine whose
    /// clock was put forward is never late by more.
    pub async fn sleep_until(&self, at: Ts) {
        if let Kind::Hand(hand) = &self.0 {
            let mut moves = hand.subscribe();
            // An error means that the clock is gone, and then nobody waits for it.
            let _ = moves.wait_for(|now| *now >= at).await;
            return;
        }
        while self.now() < at {
            let left = at.since(self.now()).as_millis().max(0) / i128::from(self.speed());
            let pause = Duration::from_millis(u64::try_from(left.clamp(1, 1000)).unwrap_or(1000));
            #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else sleeps on")]
            tokio::time::sleep(pause).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where an instant comes from the machine")]
fn machine_now() -> Ts {
    Ts::new(Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_whole_milliseconds_and_stop_at_the_ends() {
        let at: Ts = "2026-11-03T12:00:00.123456Z".parse().unwrap();
        assert_eq!(at.to_string(), "2026-11-03T12:00:00.123Z");
        assert_eq!(Ts::from_millis(i64::MAX).plus(SignedDuration::MAX), Ts::from_millis(i64::MAX));
        assert_eq!(Ts::from_millis(i64::MAX).to_string(), "9999-12-30T22:00:00Z");
        assert!(Ts::from_millis(i64::MIN) < Ts::from_millis(0) && Ts::new(Timestamp::MAX) == Ts::from_millis(i64::MAX));
        assert_eq!(Ts::from_millis(i64::MAX), Ts::LAST);
        assert_eq!(Ts::from_millis(Ts::LAST.millis()), Ts::LAST, "what stands for none is read back as none");
        assert_eq!(Ts::from_millis(5_000).since(Ts::from_millis(2_000)), SignedDuration::from_secs(3));
    }

    #[tokio::test]
    async fn a_clock_by_hand_wakes_whom_it_reaches() {
        let clock = Clock::by_hand(Ts::from_millis(0));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Ts::from_millis(10)).await }
        });
        clock.set(Ts::from_millis(10));
        sleeper.await.unwrap();
        assert_eq!(clock.now(), Ts::from_millis(10));
    }
}
