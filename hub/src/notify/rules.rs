//! By which of their channels somebody is told, and how few are too few. Pure.

use crate::escalation::Priority;

/// A channel, as far as rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub id: i64,
    /// Whether it was proven, and the hub can use it.
    pub good: bool,
}

/// How many channels somebody must have for a priority.
pub(crate) const fn floor(priority: Priority) -> usize {
    match priority {
        Priority::P1 => 2,
        Priority::P2 => 1,
        _ => 0,
    }
}

/// The channels on which somebody is told of an incident of this priority. Who has no rules is told on all of them. So
/// is who chose too few, because some of those chosen are gone since: one notice too many is better than none.
pub(crate) fn chosen(channels: &[Known], rules: &[(Priority, i64)], priority: Priority) -> Vec<i64> {
    let good = || channels.iter().filter(|channel| channel.good).map(|channel| channel.id);
    let wanted: Vec<i64> = good().filter(|id| rules.contains(&(priority, *id))).collect();
    if rules.is_empty() || wanted.len() < floor(priority) { good().collect() } else { wanted }
}

/// What is wrong with rules that somebody wants: priorities with too few channels, and how many each needs.
pub(crate) fn short_of(channels: &[Known], rules: &[(Priority, i64)]) -> Vec<(Priority, usize)> {
    let count = |priority: Priority| {
        channels.iter().filter(|channel| channel.good && rules.contains(&(priority, channel.id))).count()
    };
    let all = Priority::ALL.iter().copied();
    all.filter(|priority| count(*priority) < floor(*priority)).map(|priority| (priority, floor(priority))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Priority::{P1, P2, P3};

    const fn known(id: i64, good: bool) -> Known {
        Known { id, good }
    }

    #[test]
    fn who_says_nothing_is_told_everywhere_and_who_chose_is_told_there() {
        let channels = [known(1, true), known(2, true), known(3, false)];
        assert_eq!(chosen(&channels, &[], P3), [1, 2], "what is not proven is not used");
        let rules = [(P1, 1), (P1, 2), (P2, 2), (P3, 3)];
        assert_eq!(chosen(&channels, &rules, P1), [1, 2]);
        assert_eq!(chosen(&channels, &rules, P2), [2]);
        assert_eq!(chosen(&channels, &rules, P3), [0; 0], "chosen, and not proven");
        assert_eq!(chosen(&channels[1..], &rules, P1), [2], "one of two is gone: whatever there is");
        assert_eq!(chosen(&[known(1, true), known(4, true)], &rules, P2), [1, 4]);
        assert_eq!(chosen(&[], &[], P1), [0; 0]);
    }

    #[test]
    fn priority_1_needs_two_that_are_proven() {
        let channels = [known(1, true), known(2, true), known(3, false)];
        assert_eq!(short_of(&channels, &[(P1, 1), (P1, 2), (P2, 1)]), []);
        assert_eq!(short_of(&channels, &[(P1, 1), (P1, 3), (P2, 3)]), [(P1, 2), (P2, 1)]);
        assert_eq!(short_of(&channels, &[(P1, 1), (P1, 1), (P2, 1)]), [(P1, 2)], "twice the same is one");
        assert_eq!(short_of(&channels, &[(P1, 1), (P1, 9), (P2, 1)]), [(P1, 2)], "another's is none");
    }
}
