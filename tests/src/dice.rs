//! Chance that can be told again by its seed.

use std::sync::Mutex;

/// A generator (xorshift) that several tasks may draw from.
#[derive(Debug)]
pub struct Dice {
    /// What it began with.
    pub seed: u64,
    state: Mutex<u64>,
}

impl Dice {
    /// A fresh one, which says its seed: `HUB_SEED=N` begins with that one instead.
    ///
    /// # Panics
    /// If `HUB_SEED` is no number.
    pub fn new(what: &str) -> Self {
        let asked = std::env::var("HUB_SEED").ok().map(|seed| seed.parse().expect("HUB_SEED is a number"));
        let seed = asked.unwrap_or_else(|| hub::id::fresh().as_u64_pair().1);
        // The harness shows it where the test fails.
        println!("{what}: HUB_SEED={seed}");
        Self::of(seed)
    }

    /// The one with this seed.
    pub fn of(seed: u64) -> Self {
        // Zero would stay zero.
        Self { seed, state: Mutex::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) }
    }

    /// A number below `sides`.
    ///
    /// # Panics
    /// If there is no such number.
    pub fn roll(&self, sides: u64) -> u64 {
        let mut state = self.state.lock().expect("nobody panics here");
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        // The upper bits are the better ones.
        (*state >> 16) % sides
    }

    /// A number from 1 to below `2^bits`, as often small as large.
    pub fn any_size(&self, bits: u64) -> u64 {
        let least = 1 << self.roll(bits);
        least + self.roll(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_all_and_every_size_comes() {
        let draw = |dice: Dice| (0..1_000).map(|_| dice.any_size(16)).collect::<Vec<_>>();
        let all = draw(Dice::of(7));
        assert_eq!(all, draw(Dice::of(7)));
        assert_ne!(all, draw(Dice::of(8)));
        assert!(all.iter().all(|n| (1..65_536).contains(n)));
        for bits in 0..16 {
            assert!(all.iter().any(|n| n.ilog2() == bits), "{bits}");
        }
    }
}
