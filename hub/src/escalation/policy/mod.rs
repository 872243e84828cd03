//! The policy: everything of escalation that is a decision of people, as versioned data.

mod file;
pub(super) mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::level::codes;
use super::{Axis, Period, Priority, Severity, Urgency, WorkingHours};
use crate::time::Ts;

/// A policy that was checked: the matrix never falls, every question has its levels.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Every decision keeps it.
    pub version: String,
    /// The level of every answer by question, in the order of the file. `unknown` is none of them.
    pub answers: BTreeMap<Axis, Vec<(String, Severity)>>,
    /// When targets of P4 and P5 run below U3.
    pub working_hours: WorkingHours,
    /// When an acknowledgement ends by itself.
    pub acknowledgement: Acknowledgement,
    matrix: [[Priority; 6]; 6],
    handling: [Handling; 5],
    pub(super) rules: rules::Rules,
    /// The file that it was read from, and that text's fingerprint.
    text: (Arc<str>, Arc<str>),
}

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PolicyProblem {
    /// From 1.
    pub line: usize,
    /// What to do.
    pub reason: String,
}

codes! {
    /// What is promised for every priority. The codes are those of the clocks of the API.
    Promise, "clock" {
        /// A human answers.
        FirstResponse = "first_response" "first response",
        /// A responder is in the live room.
        LiveRoom = "live_room" "responder in the room",
        /// The authority hears from us again.
        NextUpdate = "next_update" "next update",
    }
}

codes! {
    /// Who is told.
    Recipient, "recipient" {
        /// On duty now.
        OnDuty = "on_duty" "on-duty responder",
        /// Behind the one on duty.
        Backup = "backup" "backup",
        /// Leads the shift.
        ShiftLead = "shift_lead" "shift lead",
        /// Above the shift.
        Supervisor = "supervisor" "supervisor",
        /// Above all.
        Director = "director" "director",
        /// The authority's first number is called.
        AuthorityPhone = "authority_phone" "call the authority",
        /// The authority’s second number is called.
        AuthoritySecondPhone = "authority_second_phone" "call the authority's second number",
        /// The authority above, if its sharing rule allows.
        ParentAuthority = "parent_authority" "parent authority",
        /// Who has claimed it.
        Owner = "owner" "owner",
        /// Shown in the queue, no more.
        Queue = "queue" "queue",
        /// In the next digest.
        Digest = "digest" "digest",
    }
}

impl Recipient {
    /// What is said where nobody is there: "no shift lead is on duty".
    pub const fn absent(self) -> &'static str {
        match self {
            Self::OnDuty => "no responder is on duty",
            Self::Backup => "no backup is on duty",
            Self::ShiftLead => "no shift lead is on duty",
            Self::Supervisor => "no supervisor is on duty",
            Self::Director => "no director is on duty",
            Self::AuthorityPhone => "no number to call the authority is known",
            Self::AuthoritySecondPhone => "no second number of the authority is known",
            Self::ParentAuthority => "no rule lets the authority above be told",
            Self::Owner => "nobody has it",
            Self::Queue | Self::Digest => "",
        }
    }
}

/// What is promised and who is told, for one priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handling {
    /// Until a human answers.
    pub first_response: Period,
    /// Until a responder is in the live room, where that is promised.
    pub live_room: Option<Period>,
    /// Until the next update.
    pub next_update: Period,
    /// The same, from this urgency up.
    pub next_update_from: Option<(Urgency, Period)>,
    /// Told when it is filed or rises to this.
    pub told_at_once: Vec<Recipient>,
    /// Told while nobody has acknowledged it, earliest first.
    pub chain: Vec<Step>,
    /// Told when an update is missed once, twice …; behind the last list nobody more is.
    pub update_missed: Vec<Vec<Recipient>>,
}

/// When the acknowledgement of somebody who is silent ends, in update periods since they last did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// They are warned after so many.
    pub warned_after: u8,
    /// It lapses after so many, more than those of the warning.
    pub lapses_after: u8,
}

/// A step of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// This long after it was filed, or rose, without an acknowledgement.
    pub after: Period,
    /// These are told.
    pub tell: Vec<Recipient>,
}

/// What is promised, as lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// Until a human answers.
    pub first_response: SignedDuration,
    /// Until a responder is in the live room, where that is promised.
    pub live_room: Option<SignedDuration>,
    /// Until the next update.
    pub next_update: SignedDuration,
}

/// How urgency rises on the way to something, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approach {
    /// What it leads to: `polling`, `milestone`, `session`, `certification`, as in the file.
    pub to: &'static str,
    /// From this long before on, farthest first.
    pub steps: Vec<(Urgency, Period)>,
    /// While it is open, or on its last day, where that is a step of its own.
    pub there: Option<Urgency>,
}

impl Policy {
    /// The ladders, as in the file.
    pub fn approaches(&self) -> Vec<Approach> {
        let rules = &self.rules;
        let approach = |to, ladder: &rules::Ladder, there| Approach { to, steps: ladder.0.clone(), there };
        vec![
            approach("polling", &rules.polling.ladder, Some(rules.polling.open)),
            approach("milestone", &rules.milestone.ladder, Some(rules.milestone.last_day)),
            approach("session", &rules.session.ladder, Some(rules.session.open)),
            approach("certification", &rules.certification.ladder, None),
        ]
    }

    /// The file that the hub comes with.
    pub const DEFAULT: &str = include_str!("../../../policy.default.toml");

    /// Reads and checks a policy.
    pub fn parse(text: &str) -> Result<Self, PolicyProblem> {
        let fingerprint = hex::encode(Sha256::digest(text.as_bytes()));
        Ok(Self { text: (text.into(), fingerprint.into()), ..file::read(text)? })
    }

    /// The file that it was read from.
    pub fn text(&self) -> &str {
        &self.text.0
    }

    /// SHA-256 of the file, in hexadecimal: two policies with the same one are the same.
    pub fn sha256(&self) -> &Arc<str> {
        &self.text.1
    }

    /// The cell of the matrix.
    pub fn priority(&self, severity: Severity, urgency: Urgency) -> Priority {
        self.matrix[severity as usize][urgency as usize]
    }

    /// The level of an answer; none for `unknown` and for codes that this policy has not.
    pub fn level(&self, axis: Axis, code: &str) -> Option<Severity> {
        self.answers.get(&axis)?.iter().find(|(known, _)| known == code).map(|(_, level)| *level)
    }

    /// What is promised and who is told.
    pub fn handling(&self, priority: Priority) -> &Handling {
        &self.handling[priority as usize]
    }

    /// What is promised, as lengths of time.
    pub fn target(&self, priority: Priority, urgency: Urgency) -> Targets {
        let handling = self.handling(priority);
        Targets {
            first_response: handling.first_response.duration(),
            live_room: handling.live_room.map(Period::duration),
            next_update: handling.promised(Promise::NextUpdate, urgency).map_or(SignedDuration::ZERO, Period::duration),
        }
    }

    /// When a promise that begins at `from` is due; none where this priority has no such promise. From U3 up, and for
    /// P1 to P3, on elapsed time; else in the response team's working hours.
    pub fn due(&self, promise: Promise, priority: Priority, urgency: Urgency, from: Ts) -> Option<Ts> {
        let length = self.handling(priority).promised(promise, urgency)?;
        Some(self.runs(priority, urgency, from, length))
    }

    /// The end of a length of time that begins at `from`: on elapsed time from U3 up and for P1 to P3, else in the
    /// response team's working hours.
    pub fn runs(&self, priority: Priority, urgency: Urgency, from: Ts, length: Period) -> Ts {
        let waits = urgency < Urgency::U3 && priority >= Priority::P4;
        if waits { self.working_hours.after(from, length) } else { from.plus(length.duration()) }
    }
}

impl Handling {
    /// How long a promise has at an urgency.
    pub fn promised(&self, promise: Promise, urgency: Urgency) -> Option<Period> {
        match (promise, self.next_update_from) {
            (Promise::FirstResponse, _) => Some(self.first_response),
            (Promise::LiveRoom, _) => self.live_room,
            (Promise::NextUpdate, Some((from, length))) if urgency >= from => Some(length),
            (Promise::NextUpdate, _) => Some(self.next_update),
        }
    }
}

/// The policy that the hub comes with.
impl Default for Policy {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
    fn default() -> Self {
        Self::parse(Self::DEFAULT).expect("the policy that the hub comes with is sound")
    }
}
