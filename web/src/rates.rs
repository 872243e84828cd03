//! How often somebody may do something here. What the hub itself counts, incidents, stands in `hub::incident`; this is
//! what is refused at the door: messages, searches, and what comes without a sign-in.

use std::net::IpAddr;

use hub::config::Limits;
use hub::identity::Viewer;
use hub::rate::{Rate, TooSoon};
use hub::time::Ts;
use jiff::SignedDuration;

use crate::error::Failure;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is counted on this node. Nodes count apart: a limit is there to keep one person from drowning others, and two
/// nodes carry twice as much.
#[derive(Debug)]
pub struct Rates {
    messages: Rate<i64>,
    drafts: Rate<i64>,
    searches: Rate<i64>,
    pages: Rate<Network>,
    sockets: Rate<Network>,
    sign_ins: Rate<Network>,
    reports: Rate<Network>,
}

/// Whose connections are counted together: a /24, or a /56 of IPv6, which is what one customer of a provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Network(u64);

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(four) => Self(u64::from(four.to_bits() >> 8)),
            // The topmost bit tells the two apart: the addresses in use begin with 001.
            IpAddr::V6(six) => Self(u64::try_from(six.to_bits() >> 72).unwrap_or_default() | 1 << 63),
        }
    }
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            messages: Rate::new(limits.messages_per_minute, MINUTE),
            drafts: Rate::new(limits.messages_per_minute, MINUTE),
            searches: Rate::new(limits.searches_per_minute, MINUTE),
            pages: Rate::new(limits.anonymous_pages_per_minute, MINUTE),
            sockets: Rate::new(limits.anonymous_sockets_per_minute, MINUTE),
            sign_ins: Rate::new(limits.sign_in_per_network_per_hour, HOUR),
            reports: Rate::new(limits.csp_reports_per_minute, MINUTE),
        }
    }

    /// A message, note or correction, by whichever door: each is an event for good.
    pub(crate) fn message(&self, viewer: &Viewer, now: Ts) -> Result<(), TooSoon> {
        self.messages.take(viewer.id(), now)
    }

    /// Keeping what was begun: as often as one may send.
    pub(crate) fn draft(&self, viewer: &Viewer, now: Ts) -> Result<(), TooSoon> {
        self.drafts.take(viewer.id(), now)
    }

    /// A search, where there is anything to search for.
    pub(crate) fn search(&self, viewer: &Viewer, words: Option<&str>, now: Ts) -> Result<(), TooSoon> {
        let anything = words.is_some_and(|words| !words.trim().is_empty());
        if anything { self.searches.take(viewer.id(), now) } else { Ok(()) }
    }

    /// A page without a sign-in.
    pub(crate) fn page(&self, from: IpAddr, now: Ts) -> Result<(), TooSoon> {
        self.pages.take(Network::of(from), now)
    }

    /// A live socket without a sign-in.
    pub(crate) fn socket(&self, from: IpAddr, now: Ts) -> Result<(), TooSoon> {
        self.sockets.take(Network::of(from), now)
    }

    /// A link that is good for nothing: somebody guesses.
    pub(crate) fn bad_link(&self, from: IpAddr, now: Ts) -> Result<(), TooSoon> {
        self.sign_ins.take(Network::of(from), now)
    }

    /// A report of the content security policy.
    pub(crate) fn report(&self, from: IpAddr, now: Ts) -> Result<(), TooSoon> {
        self.reports.take(Network::of(from), now)
    }
}

impl From<TooSoon> for Failure {
    fn from(TooSoon(seconds): TooSoon) -> Self {
        Self::TooMany(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_counted_together() {
        let same = |a: &str, b: &str| Network::of(a.parse().unwrap()) == Network::of(b.parse().unwrap());
        assert!(same("192.0.2.1", "192.0.2.254") && !same("192.0.2.1", "192.0.3.1"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.9"));
        assert!(same("2001:db8:0:12::1", "2001:db8:0:34::1") && !same("2001:db8:0:12::1", "2001:db8:0:112::1"));
    }
}
