//! Who holds which post.

use crate::error::Result;
use crate::escalation::codes;
use crate::identity::{Role, person_row as person};
use crate::store::Work;
use crate::time::Ts;

codes! {
    /// What somebody is on a shift for.
    Post, "post" {
        /// Answers first.
        Primary = "primary" "primary",
        /// Answers where the primary does not.
        Backup = "backup" "backup",
        /// Leads the shift.
        Lead = "lead" "shift lead",
        /// Watches all.
        Supervisor = "supervisor" "supervisor",
        /// Above all.
        Director = "director" "director",
    }
}

/// Who is on duty, by post.
#[derive(Debug, Clone, Default)]
pub(crate) struct Team {
    pub primary: Vec<person::Model>,
    pub backup: Vec<person::Model>,
    pub lead: Vec<person::Model>,
    pub supervisor: Vec<person::Model>,
    pub director: Vec<person::Model>,
}

impl Team {
    /// Those on a post.
    pub(crate) fn of(&self, post: Post) -> &[person::Model] {
        match post {
            Post::Primary => &self.primary,
            Post::Backup => &self.backup,
            Post::Lead => &self.lead,
            Post::Supervisor => &self.supervisor,
            Post::Director => &self.director,
        }
    }
}

pub(crate) async fn team_in(work: &Work, now: Ts) -> Result<Team> {
    let mut team = Team::default();
    for person in super::on_duty_in(work, now).await? {
        match person.role {
            Role::ShiftLead => team.lead.push(person),
            Role::Supervisor => team.supervisor.push(person),
            _ => team.primary.push(person),
        }
    }
    Ok(team)
}
