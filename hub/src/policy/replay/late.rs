//! How late the clockwork was: it may have stood still for an hour. What fell due meanwhile was done when it came back,
//! and a replay does it then. Pure.

use crate::time::Ts;

/// The times between an instant at which something was due and the one at which it was done.
#[derive(Debug, Clone, Default)]
pub(super) struct Late {
    /// By when it was done; for each the earliest instant from which on the clockwork was behind.
    spans: Vec<(Ts, Ts)>,
}

impl Late {
    /// From what was due and when it was done.
    pub(super) fn new(done: impl IntoIterator<Item = (Ts, Ts)>) -> Self {
        let mut spans: Vec<_> = done.into_iter().filter(|(due, at)| at > due).map(|(due, at)| (at, due)).collect();
        spans.sort_unstable();
        spans.dedup_by(|next, last| next.0 == last.0);
        Self { spans }
    }

    /// When the clockwork did what was due at `due`: at once, unless it is known to have been behind.
    pub(super) fn done(&self, due: Ts) -> Ts {
        let next = self.spans.partition_point(|(at, _)| *at < due);
        let behind = self.spans.iter().skip(next).take_while(|(at, _)| at.since(due) < LONGEST);
        behind.filter(|(_, from)| *from <= due).map(|(at, _)| *at).min().unwrap_or(due)
    }
}

/// Nobody looks further back for a clockwork that stood still.
const LONGEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 7);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fell_due_while_nobody_worked_was_done_afterwards() {
        let at = |minute: i64| Ts::from_millis(minute * 60_000);
        let late = Late::new([(at(10), at(15)), (at(12), at(15)), (at(30), at(30)), (at(40), at(41))]);
        let done = [5, 10, 14, 15, 16, 30, 40, 41, 50].map(|due| late.done(at(due)).millis() / 60_000);
        assert_eq!(done, [5, 15, 15, 15, 16, 30, 41, 41, 50]);
    }
}
