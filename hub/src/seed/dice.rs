//! Chance that falls the same way each time: what is seeded with one number is one world.

use uuid::Uuid;

use crate::id;
use crate::time::Ts;

/// Dice that were thrown before (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for the `n`th of many, whatever the others throw.
    pub(super) fn apart(&self, n: u64) -> Self {
        // Mixed twice: states that lie a step apart would throw the same, one throw later.
        let mut own = Self(n);
        let mut dice = Self(self.0 ^ own.throw());
        Self(dice.throw())
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `end`; 0 where there is nothing to choose from.
    pub(super) fn below(&mut self, end: i64) -> i64 {
        let end = u64::try_from(end).unwrap_or_default().max(1);
        i64::try_from(self.throw() % end).unwrap_or_default()
    }

    /// One of them.
    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(i64::try_from(all.len()).unwrap_or_default());
        all.get(usize::try_from(at).unwrap_or_default())
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.throw().to_le_bytes()[..part.len()]);
        }
        bytes
    }

    /// An id as the hub makes them.
    pub(super) fn id(&mut self, at: Ts) -> Uuid {
        id::made_of(at, &self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn dice_of_their_own_throw_nothing_twice() {
        let thrown = |seed| {
            (0..300).flat_map(move |n| {
                let mut dice = Dice::new(seed).apart(n);
                (0..30).map(move |_| dice.throw())
            })
        };
        assert_eq!((7..9).flat_map(thrown).collect::<BTreeSet<_>>().len(), 2 * 300 * 30);
        assert!(thrown(7).eq(thrown(7)), "and the same each time");
    }
}
