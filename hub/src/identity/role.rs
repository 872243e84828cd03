//! The roles and their rights: the one table.

use std::fmt;

use crate::escalation::codes;

codes! {
    /// What somebody is here.
    Role, "role" {
        /// Works at an authority.
        Official = "official" "Official",
        /// Answers for an authority.
        OfficialLead = "official_lead" "Official lead",
        /// Works the queue.
        Responder = "responder" "Responder",
        /// Owns a shift.
        ShiftLead = "shift_lead" "Shift lead",
        /// Watches all.
        Supervisor = "supervisor" "Supervisor",
        /// Reads everything, changes nothing.
        Auditor = "auditor" "Auditor",
        /// Runs the instance, reads no incident.
        Admin = "admin" "Admin",
    }
}

/// The two sides of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The officials'.
    Authority,
    /// The responders', and those who watch and run.
    Response,
}

impl Side {
    /// `authority` or `response`, as in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Authority => "authority",
            Self::Response => "response",
        }
    }
}

codes! {
    /// What a role may do. Reading is no right of this table: it is the reach of a [`super::Viewer`].
    Right, "right" {
        /// File an incident for the own authority; response side: for any.
        File = "file" "file an incident",
        /// Write messages.
        Write = "write" "write in a room",
        /// Write notes, claim, acknowledge, release, confirm, resolve, close.
        Respond = "respond" "work an incident",
        /// Give an incident to anybody. Its owner may as well.
        Assign = "assign" "assign an incident",
        /// Raise a priority to any level. Officials: one level, twice a day, which is not this right.
        OverrideUp = "override_up" "raise a priority",
        /// Lower a priority.
        OverrideDown = "override_down" "lower a priority",
        /// Change what was reported.
        Patch = "patch" "change an incident",
        /// Open again what was resolved or closed.
        Reopen = "reopen" "open an incident again",
        /// Change elections: an official lead the own authority's, shift lead and supervisor any.
        EditElections = "edit_elections" "change elections",
        /// The queue and the dashboard.
        SeeQueue = "see_queue" "see the queue",
        /// Write, propose and adopt the escalation policy, and move running incidents to it.
        EditPolicy = "edit_policy" "change the policy",
        /// Put people on shifts.
        EditDuty = "edit_duty" "change who is on duty",
        /// People and authorities.
        Administer = "administer" "manage people and authorities",
    }
}

impl Right {
    /// Who has it: the table.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Admin, Auditor, Official, OfficialLead, Responder, ShiftLead, Supervisor};
        match self {
            Self::File | Self::Write | Self::Patch | Self::Reopen => {
                &[Official, OfficialLead, Responder, ShiftLead, Supervisor]
            }
            Self::Respond | Self::OverrideUp => &[Responder, ShiftLead, Supervisor],
            Self::Assign | Self::OverrideDown | Self::EditDuty => &[ShiftLead, Supervisor],
            Self::EditElections => &[OfficialLead, ShiftLead, Supervisor],
            Self::EditPolicy => &[Supervisor],
            Self::SeeQueue => &[Responder, ShiftLead, Supervisor, Auditor],
            Self::Administer => &[Admin],
        }
    }
}

/// The sentence of the refusal: who may.
impl Right {
    /// "Only responders, shift leads and supervisors may work an incident."
    pub fn refusal(self) -> String {
        let mut names: Vec<String> =
            self.roles().iter().map(|role| format!("{}s", role.label().to_lowercase())).collect();
        let last = names.pop().unwrap_or_default();
        let who = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
        format!("Only {who} may {}.", self.label())
    }
}

impl Role {
    /// Which side of a room they stand on.
    pub const fn side(self) -> Side {
        match self {
            Self::Official | Self::OfficialLead => Side::Authority,
            _ => Side::Response,
        }
    }

    /// Whether the table gives them the right.
    pub fn has(self, right: Right) -> bool {
        right.roles().contains(&self)
    }

    /// The rights they have, as `/me` lists them.
    pub fn rights(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_auditor_changes_nothing_and_the_admin_reads_no_queue() {
        assert_eq!(Role::Auditor.rights().collect::<Vec<_>>(), [Right::SeeQueue]);
        assert_eq!(Role::Admin.rights().collect::<Vec<_>>(), [Right::Administer]);
    }

    #[test]
    fn a_refusal_says_who_may() {
        assert_eq!(Right::OverrideDown.refusal(), "Only shift leads and supervisors may lower a priority.");
        assert_eq!(Right::Administer.refusal(), "Only admins may manage people and authorities.");
    }
}
