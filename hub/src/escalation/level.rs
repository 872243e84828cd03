//! The three scales of escalation and what they are asked about: severity, urgency, priority; functions and axes.
//! Codes are those of the escalation policy and of the API; words are what people read.

/// A closed list of codes: an enum, its codes, the words for people, all in one order.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident, $what:literal { $($(#[$doc:meta])* $variant:ident = $code:literal $label:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// As it stands in the policy, in the API and in the database.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// As people read it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::escalation::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|known| known.code() == code).ok_or_else(|| $crate::escalation::UnknownCode {
                    what: $what,
                    code: $crate::text::shown(code),
                    known: Self::ALL.iter().map(|known| known.code()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}
pub(crate) use codes;

/// A code that is none of the list's. Its text says which there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{code}` is no {what}; use one of {known}")]
pub struct UnknownCode {
    /// What the list is of.
    pub what: &'static str,
    /// What was given.
    pub code: String,
    /// What could have been given, separated by commas.
    pub known: String,
}

codes! {
    /// How bad it is by the officials' own plain answers, mildest first.
    Severity, "severity" {
        /// Nothing that hurts.
        Baseline = "baseline" "baseline",
        /// Worth a look.
        Low = "low" "low",
        /// Needs help.
        Medium = "medium" "medium",
        /// Voters or the record are touched.
        High = "high" "high",
        /// Voting stops, people or the record are in danger.
        Severe = "severe" "severe",
        /// Happening now.
        Emergency = "emergency" "emergency",
    }
}

codes! {
    /// How close the nearest window of what is affected is, farthest first.
    Urgency, "urgency" {
        /// Nothing near.
        U0 = "U0" "routine",
        /// Within 90 days.
        U1 = "U1" "build-up",
        /// Within 28 days.
        U2 = "U2" "close-in",
        /// The final week.
        U3 = "U3" "final week",
        /// The last 24 hours, and the count.
        U4 = "U4" "eve and count",
        /// Open now.
        U5 = "U5" "open now",
    }
}

codes! {
    /// What is worked first: P1 before P5. The order of the type is the order of work, so `P1 < P2`.
    Priority, "priority" {
        /// At once.
        P1 = "P1" "priority 1",
        /// Within a quarter of an hour.
        P2 = "P2" "priority 2",
        /// Within the hour.
        P3 = "P3" "priority 3",
        /// Within half a day.
        P4 = "P4" "priority 4",
        /// Within a day.
        P5 = "P5" "priority 5",
    }
}

codes! {
    /// What an election office does and an incident can touch, in the order of the policy.
    Function, "function" {
        /// Registering voters.
        Registration = "registration" "registration",
        /// Getting ballots to voters.
        BallotIssue = "ballot_issue" "ballot issue",
        /// Finding a voter in the list at the polls.
        Checkin = "checkin" "check-in",
        /// Casting ballots.
        Voting = "voting" "voting",
        /// Counting.
        Tabulation = "tabulation" "counting",
        /// Publishing results.
        ResultsPublication = "results_publication" "results publication",
        /// Telling voters when, where and how.
        VoterInformation = "voter_information" "voter information",
        /// The office itself: mail, telephones, desks.
        Office = "office" "office",
        /// The people who do all this.
        People = "people" "people",
    }
}

codes! {
    /// The seven plain questions that severity is made of.
    Axis, "question" {
        /// Is anyone in danger?
        People = "people" "people",
        /// Can voters vote?
        AbilityToVote = "ability_to_vote" "ability to vote",
        /// Does what the public uses work?
        PublicService = "public_service" "public service",
        /// Is the record right?
        IntegrityOfRecord = "integrity_of_record" "integrity of the record",
        /// Who is in the systems?
        ControlOfSystems = "control_of_systems" "control of systems",
        /// What got out?
        Information = "information" "information",
        /// What do people hear?
        PublicConfidence = "public_confidence" "public confidence",
    }
}

impl Priority {
    /// 1 to 5.
    pub const fn number(self) -> i64 {
        self as i64 + 1
    }

    /// From 1 to 5.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|priority| priority.number() == number)
    }
}

impl Severity {
    /// 0 (baseline) to 5 (emergency).
    pub const fn level(self) -> i64 {
        self as i64
    }

    /// From 0 to 5.
    pub fn from_level(level: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|severity| severity.level() == level)
    }
}

impl Urgency {
    /// 0 to 5.
    pub const fn step(self) -> i64 {
        self as i64
    }

    /// From 0 to 5.
    pub fn from_step(step: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|urgency| urgency.step() == step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_code_is_told_the_right_ones() {
        let error = "P9".parse::<Priority>().unwrap_err();
        assert_eq!(error.to_string(), "`P9` is no priority; use one of P1, P2, P3, P4, P5");
    }

    #[test]
    fn the_order_of_priorities_is_the_order_of_work() {
        assert!(Priority::P1 < Priority::P2);
        assert_eq!(Priority::from_number(1), Some(Priority::P1));
        assert_eq!(Priority::from_number(6), None);
        assert!(Severity::Baseline < Severity::Emergency);
    }
}
