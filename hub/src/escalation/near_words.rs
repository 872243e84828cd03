//! What an incident is near to, and what happens at a boundary, in English.

use std::fmt;

use jiff::tz::TimeZone;

use super::{Assessment, Function, Near, SpanName, Stage};
use crate::election::{calendar, words};
use crate::time::Ts;

/// The second half of the sentence: "polls are open now in Alder County, close 19:30 EST (9 h 12 min left)".
pub(super) fn near_words(assessment: &Assessment, now: Ts) -> String {
    let Some(near) = &assessment.because.near else {
        return match assessment.function {
            Function::People => "danger to people does not wait for the calendar".to_owned(),
            _ => "no window is near".to_owned(),
        };
    };
    let zone = calendar::zone(&near.zone).unwrap_or(TimeZone::UTC);
    let place = if near.place.is_empty() { String::new() } else { format!(" in {}", near.place) };
    let (at, left) = (words::clock(near.at, &zone, now), words::length(near.at.since(now)));
    let Verbs { open, begin, end, after } = verbs(near.name);
    match near.stage {
        Stage::Before => format!("{begin}{place} at {at} (in {left})"),
        Stage::Between => format!("{begin} again{place} at {at} (in {left})"),
        Stage::LastDay => format!("{end} today{place}, {at} ({left} left)"),
        Stage::After => format!("{after}{place}"),
        Stage::Open => match closing_verb(near.name) {
            Some(verb) => format!("{open} now{place}, {verb} {at} ({left} left)"),
            None => format!("{open}{place}, until {at} ({left} left)"),
        },
    }
}

/// What happens at a boundary: "polls open", "24 h before polls open", "registration closes".
pub(super) struct Happening {
    /// "24 h before", where the boundary is not the event itself.
    pub offset: Option<String>,
    /// "polls open".
    pub event: &'static str,
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.offset {
            Some(offset) => write!(f, "{offset} {}", self.event),
            None => f.write_str(self.event),
        }
    }
}

impl Happening {
    fn plain(event: &'static str) -> Self {
        Self { offset: None, event }
    }

    /// What happens at `at`, by the answers just before it and from it on.
    pub fn between(before: &Assessment, after: &Assessment, at: Ts) -> Self {
        if let Some(near) = before.because.near.as_ref().filter(|near| near.at == at) {
            let verbs = verbs(near.name);
            return match near.stage {
                Stage::Before | Stage::Between => Self::plain(verbs.begin),
                Stage::Open | Stage::LastDay => Self::plain(verbs.end),
                Stage::After => {
                    Self { offset: Some(format!("{} after", words::length(at.since(near.from)))), event: verbs.end }
                }
            };
        }
        let waits = |near: &&Near| matches!(near.stage, Stage::Before | Stage::Between);
        if before.severity != after.severity && after.because.near.as_ref().filter(waits).is_none() {
            let rises = after.severity > before.severity;
            return Self::plain(if rises {
                "polls are about to open"
            } else {
                "polls have been closed for some hours"
            });
        }
        let Some(near) = &after.because.near else { return Self::plain("the calendar moves on") };
        let verbs = verbs(near.name);
        match near.stage {
            Stage::Before | Stage::Between => {
                Self { offset: Some(format!("{} before", words::length(near.at.since(at)))), event: verbs.begin }
            }
            Stage::Open if near.from == at && near.name == SpanName::Count => Self::plain(count_part(before, after)),
            Stage::Open if near.from == at => Self::plain(verbs.begin),
            Stage::LastDay => Self::plain("the last day to register begins"),
            Stage::After if near.from == at => Self::plain(verbs.end),
            // Something higher has ended that was not the reason.
            Stage::Open | Stage::After => Self::plain("the calendar moves on"),
        }
    }
}

/// The count has a busy beginning and a busy end.
fn count_part(before: &Assessment, after: &Assessment) -> &'static str {
    let counting =
        before.because.near.as_ref().is_some_and(|near| near.name == SpanName::Count && near.stage == Stage::Open);
    match (counting, after.urgency > before.urgency) {
        (true, true) => "the last hours of the count begin",
        (true, false) => "the first hours of the count are over",
        (false, _) => "the count begins",
    }
}

struct Verbs {
    open: &'static str,
    begin: &'static str,
    end: &'static str,
    after: &'static str,
}

/// Of what closes at a minute that voters or staff know; none of what is only under way.
fn closing_verb(name: SpanName) -> Option<&'static str> {
    match name {
        SpanName::ElectionDay => Some("close"),
        SpanName::EarlyVoting | SpanName::Abroad | SpanName::InternetVoting => Some("closes"),
        SpanName::CountingSession | SpanName::Audit | SpanName::Recount => Some("ends"),
        _ => None,
    }
}

#[rustfmt::skip]
fn verbs(name: SpanName) -> Verbs {
    let (open, begin, end, after) = match name {
        SpanName::ElectionDay => ("polls are open", "polls open", "polls close", "polls have just closed"),
        SpanName::EarlyVoting => ("early voting is open", "early voting opens", "early voting closes", "early voting has just closed"),
        SpanName::Abroad => ("voting abroad is open", "voting abroad opens", "voting abroad closes", "voting abroad has just closed"),
        SpanName::InternetVoting => ("internet voting is open", "internet voting opens", "internet voting closes", "internet voting has just closed"),
        SpanName::CountingSession => ("a counting session is on", "a counting session begins", "the counting session ends", "a counting session has just ended"),
        SpanName::Audit => ("an audit is on", "an audit begins", "the audit ends", "an audit has just ended"),
        SpanName::Recount => ("a recount is on", "a recount begins", "the recount ends", "a recount has just ended"),
        SpanName::RegistrationDeadline => ("registration is open", "registration closes", "registration closes", "registration has just closed"),
        SpanName::BallotMailing => ("ballots are being mailed", "ballots are mailed", "ballots are mailed", "ballots have just been mailed"),
        SpanName::BallotPrintRelease => ("ballots are being released for print", "ballots are released for print", "ballots are released for print", "ballots have just been released for print"),
        SpanName::LogicAccuracyTest => ("the logic and accuracy test is on", "the logic and accuracy test is held", "the logic and accuracy test is held", "the logic and accuracy test has just been held"),
        SpanName::Closing => ("polls have just closed", "polls close", "polls close", "polls have just closed"),
        SpanName::Count => ("ballots are being counted", "polls close", "the count ends", "ballots have just been counted"),
        SpanName::Canvass => ("the canvass is under way", "the canvass begins", "the canvass ends", "the canvass is over"),
        SpanName::Certification => ("the result is being certified", "the result is certified", "the result is certified", "the result has just been certified"),
        SpanName::Contest => ("the result can be contested", "the result can be contested", "the result can no longer be contested", "the result can no longer be contested"),
        SpanName::Season => ("the election is under way", "the last weeks before the polls begin", "the canvass ends", "the election is over"),
    };
    Verbs { open, begin, end, after }
}
