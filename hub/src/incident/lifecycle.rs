//! The life of an incident as a table: which verb leads from which status to which.

use crate::escalation::codes;

codes! {
    /// Where the work on an incident stands.
    Status, "status" {
        /// Nobody has answered yet.
        New = "new" "new",
        /// Somebody knows; nobody works on it.
        Acknowledged = "acknowledged" "acknowledged",
        /// A responder has it.
        Working = "working" "in work",
        /// A responder has it and waits for the authority.
        Waiting = "waiting" "waiting for the authority",
        /// Over, until somebody says otherwise.
        Resolved = "resolved" "resolved",
        /// Over and filed away.
        Closed = "closed" "closed",
    }
}

impl Status {
    /// Whether there is work to do: all but resolved and closed.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }
}

codes! {
    /// What can be done to an incident that has to do with its status.
    Verb, "verb" {
        /// A human responder knows of it.
        Acknowledge = "acknowledge" "acknowledge",
        /// A responder takes it; that acknowledges, too.
        Claim = "claim" "claim",
        /// Its owner gives it back.
        Release = "release" "release",
        /// Somebody is named as its owner. Naming does not acknowledge: the chain runs on until a person answers.
        Assign = "assign" "assign",
        /// A responder confirms the severity.
        ConfirmSeverity = "confirm-severity" "confirm the severity",
        /// A responder confirms that the priority may fall.
        ConfirmLowering = "confirm-lowering" "confirm the lowering",
        /// A person sets the priority.
        Override = "override" "override the priority",
        /// The work is done.
        Resolve = "resolve" "resolve",
        /// It was not.
        Reopen = "reopen" "reopen",
        /// Filed away.
        Close = "close" "close",
        /// The next step is the authority's.
        Wait = "wait" "wait for the authority",
        /// The next step is the responder's again.
        Work = "work" "go on working",
        /// The authority wrote in the room.
        MessageByOfficial = "message" "write",
    }
}

codes! {
    /// Who may know: the labels of TLP 2.0, strictest first, so that `Red < Clear`.
    #[derive(Default)]
    Tlp, "TLP label" {
        /// Only the people in this incident.
        Red = "RED" "only the people in this incident",
        /// The authority and the response team.
        #[default]
        AmberStrict = "AMBER+STRICT" "our office and the response team",
        /// Also those it works with.
        Amber = "AMBER" "also our parent office and suppliers",
        /// Also other authorities.
        Green = "GREEN" "other authorities too, without our name",
        /// Everybody.
        Clear = "CLEAR" "everybody",
    }
}

impl Tlp {
    /// Whether fewer people may know than under the other label.
    pub fn stricter_than(self, other: Self) -> bool {
        self < other
    }
}

codes! {
    /// By which door it came.
    Source, "source" {
        /// The form.
        Web = "web" "web form",
        /// A telephone call, entered by a responder.
        Phone = "phone" "telephone, entered by a responder",
        /// A program.
        Api = "api" "program",
        /// Mail, entered by a responder.
        Mail = "mail" "mail, entered by a responder",
        /// Told face to face, entered by a responder.
        InPerson = "in_person" "in person, entered by a responder",
    }
}

codes! {
    /// Whether what was reported is so. Response side only.
    Veracity, "veracity" {
        /// Not looked into yet.
        Unconfirmed = "unconfirmed" "unconfirmed",
        /// It is so.
        Confirmed = "confirmed" "confirmed",
        /// It is not so.
        Refuted = "refuted" "refuted",
    }
}

codes! {
    /// Why it happened. Response side only; unknown until somebody knows, so that no field ever says "attack" first.
    Cause, "cause" {
        /// Not known.
        Unknown = "unknown" "not known",
        /// Something broke.
        Fault = "fault" "technical fault",
        /// Somebody made a mistake.
        Error = "error" "human error",
        /// Somebody wanted it.
        Malicious = "malicious" "malicious act",
        /// Weather, fire, water.
        Natural = "natural" "natural event",
    }
}

/// A verb that this status does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Unlawful {
    /// What was to be done.
    pub verb: Verb,
    /// Where the incident stood.
    pub status: Status,
    /// What to do instead.
    pub sentence: &'static str,
}

/// Where a verb leads. A verb that already holds leads to where the incident stands, and whoever asked can answer
/// without writing anything, if the rest holds, too: who owns it, and whether its acknowledgement has lapsed (a lapse
/// does not change the status, only `acknowledged_at`).
pub fn next(status: Status, verb: Verb) -> Result<Status, Unlawful> {
    use Status::{Acknowledged, Closed, New, Resolved, Waiting, Working};
    let refuse = |sentence| Err(Unlawful { verb, status, sentence });
    match (verb, status) {
        (Verb::MessageByOfficial, Waiting) => Ok(Working),
        // Writing never reopens: that is said aloud, with a reason.
        (Verb::MessageByOfficial, _) => Ok(status),

        (Verb::Resolve, New | Acknowledged | Working | Waiting | Resolved) => Ok(Resolved),
        (Verb::Resolve, Closed) => refuse("It is closed already. Reopen it if there is work left."),

        (Verb::Close, Resolved | Closed) => Ok(Closed),
        (Verb::Close, _) => refuse("It is still open. Resolve it first."),

        (Verb::Reopen, Resolved | Closed | Working) => Ok(Working),
        (Verb::Reopen, _) => refuse("It is open already."),

        (_, Resolved | Closed) => refuse("It is not open. Reopen it first."),

        (Verb::Acknowledge, New) => Ok(Acknowledged),
        (Verb::Claim, New | Acknowledged) => Ok(Working),
        // Already acknowledged; already somebody's, and whose it is decides whether the claim holds or was lost.
        (Verb::Acknowledge | Verb::Claim, _) => Ok(status),

        (Verb::Release, Acknowledged | Working | Waiting) => Ok(Acknowledged),
        (Verb::Release, New) => refuse("It is not acknowledged yet. Acknowledge or claim it first."),

        (Verb::Wait, Working | Waiting) => Ok(Waiting),
        (Verb::Work, Working | Waiting) => Ok(Working),
        (Verb::Wait | Verb::Work, New | Acknowledged) => refuse("Nobody works on it yet. Claim it first."),

        (Verb::Assign | Verb::ConfirmSeverity | Verb::ConfirmLowering | Verb::Override, _) => Ok(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a verb; the statuses in their order; `-` is refused.
    const TABLE: &str = "
        acknowledge       acknowledged acknowledged working      waiting      -        -
        claim             working      working      working      waiting      -        -
        release           -            acknowledged acknowledged acknowledged -        -
        assign            new          acknowledged working      waiting      -        -
        confirm-severity  new          acknowledged working      waiting      -        -
        confirm-lowering  new          acknowledged working      waiting      -        -
        override          new          acknowledged working      waiting      -        -
        resolve           resolved     resolved     resolved     resolved     resolved -
        reopen            -            -            working      -            working  working
        close             -            -            -            -            closed   closed
        wait              -            -            waiting      waiting      -        -
        work              -            -            working      working      -        -
        message           new          acknowledged working      working      resolved closed";

    #[test]
    fn every_verb_from_every_status() {
        let lines: Vec<Vec<&str>> = TABLE
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|line: &Vec<_>| !line.is_empty())
            .collect();
        assert_eq!(lines.len(), Verb::ALL.len());
        for line in lines {
            let verb: Verb = line[0].parse().unwrap();
            assert_eq!(line.len(), Status::ALL.len() + 1, "{verb}");
            for (status, expected) in Status::ALL.iter().zip(&line[1..]) {
                let found = next(*status, verb).map_or("-", Status::code);
                assert_eq!(found, *expected, "{verb} from {status}");
            }
        }
    }

    #[test]
    fn done_twice_is_done_once() {
        for verb in Verb::ALL {
            for status in Status::ALL {
                if let Ok(after) = next(*status, *verb) {
                    assert_eq!(next(after, *verb), Ok(after), "{verb} from {status}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        assert_eq!(next(Status::New, Verb::Close).unwrap_err().to_string(), "It is still open. Resolve it first.");
        assert_eq!(next(Status::New, Verb::Wait).unwrap_err().to_string(), "Nobody works on it yet. Claim it first.");
    }

    #[test]
    fn labels_are_ordered_by_strictness() {
        assert!(Tlp::Red.stricter_than(Tlp::default()) && !Tlp::Clear.stricter_than(Tlp::Green));
        assert_eq!("AMBER+STRICT".parse(), Ok(Tlp::default()));
    }
}
