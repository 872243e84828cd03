//! By which of their channels somebody is told, and how few are too few. Pure.

use std::collections::BTreeSet;

use super::channel::Way;
use crate::escalation::Priority;

/// A channel, as far as rules look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub id: i64,
    /// Whether it was proven, and the hub can use it.
    pub good: bool,
    /// Whether it is the address that they sign in with.
    pub own: bool,
    /// What it needs to work: its kind, and the host to which it leads. Two with the same fail together, and are one to
    /// the floor.
    pub needs: (Way, String),
}

/// How many channels somebody must have for a priority.
pub(crate) const fn floor(priority: Priority) -> usize {
    match priority {
        Priority::P1 => 2,
        Priority::P2 => 1,
        _ => 0,
    }
}

/// Whether somebody is told of this priority on the address that they sign in with, whatever they chose: whoever has
/// stolen into their session does not divert their pages unseen.
pub(crate) const fn always(own: bool, priority: Priority) -> bool {
    own && matches!(priority, Priority::P1)
}

/// Those of the channels that count, and are chosen for a priority or need not be.
fn wanted<'a>(channels: &'a [Known], rules: &[(Priority, i64)], priority: Priority) -> Vec<&'a Known> {
    let wanted = |one: &&Known| rules.contains(&(priority, one.id)) || always(one.own, priority);
    channels.iter().filter(|one| one.good).filter(wanted).collect()
}

/// How many of these fail apart.
pub(crate) fn apart<'a>(channels: impl IntoIterator<Item = &'a Known>) -> usize {
    channels.into_iter().filter(|one| one.good).map(|one| &one.needs).collect::<BTreeSet<_>>().len()
}

/// The channels on which somebody is told of an incident of this priority. Who has no rules is told on all of them. So
/// is who chose too few, because some of those chosen are gone since: one notice too many is better than none.
pub(crate) fn chosen(channels: &[Known], rules: &[(Priority, i64)], priority: Priority) -> Vec<i64> {
    let wanted = wanted(channels, rules, priority);
    if rules.is_empty() || apart(wanted.iter().copied()) < floor(priority) {
        return channels.iter().filter(|one| one.good).map(|one| one.id).collect();
    }
    wanted.into_iter().map(|one| one.id).collect()
}

/// What is wrong with rules that somebody wants: priorities with too few channels, and how many each needs.
pub(crate) fn short_of(channels: &[Known], rules: &[(Priority, i64)]) -> Vec<(Priority, usize)> {
    let short = |priority: &Priority| apart(wanted(channels, rules, *priority)) < floor(*priority);
    Priority::ALL.iter().copied().filter(short).map(|priority| (priority, floor(priority))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Priority::{P1, P2, P3};

    fn known(id: i64, good: bool) -> Known {
        Known { id, good, own: false, needs: (Way::Webhook, format!("{id}.example")) }
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

    #[test]
    fn two_that_fail_together_are_one() {
        let at = |id, kind, host: &str| Known { needs: (kind, host.to_owned()), ..known(id, true) };
        let rules = [(P1, 1), (P1, 2), (P2, 1)];
        let one_host = [at(1, Way::Webhook, "pager.example"), at(2, Way::Webhook, "pager.example")];
        assert_eq!(short_of(&one_host, &rules), [(P1, 2)]);
        let third = [&one_host[..], &[known(3, true)]].concat();
        assert_eq!(chosen(&third, &rules, P1), [1, 2, 3], "too few, so that all are used");
        for apart in [at(2, Way::Webhook, "other.example"), at(2, Way::Mail, "pager.example")] {
            assert_eq!(short_of(&[one_host[0].clone(), apart], &rules), []);
        }
    }

    #[test]
    fn ones_own_address_is_told_of_priority_1_whatever_was_chosen() {
        let own = Known { own: true, needs: (Way::Mail, "hub.example".to_owned()), ..known(1, true) };
        let channels = [own.clone(), known(2, true), known(3, true)];
        let rules = [(P1, 2), (P1, 3), (P2, 2)];
        assert_eq!(chosen(&channels, &rules, P1), [1, 2, 3]);
        assert_eq!(chosen(&channels, &rules, P2), [2], "of others as they chose");
        assert_eq!(short_of(&channels, &[(P1, 2), (P2, 2)]), [], "it is one of the two");
        let unusable = Known { good: false, ..own };
        assert_eq!(chosen(&[unusable, known(2, true), known(3, true)], &rules, P1), [2, 3]);
    }
}
