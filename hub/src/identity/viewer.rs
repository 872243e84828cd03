//! The capability to read. A [`Viewer`] is made here and nowhere else, from a person who is signed in or for a named
//! task of the hub itself; whoever holds none has no way to the database.

use uuid::Uuid;

use super::{Right, Role, Side};
use crate::error::{Refusal, Result};
use crate::escalation::codes;
use crate::time::Ts;

/// Which authorities somebody reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// None: who runs the instance reads no incident.
    None,
    /// One.
    One(i64),
    /// All.
    All,
}

impl Reach {
    /// Whether it takes in `authority`.
    pub fn admits(&self, authority: i64) -> bool {
        match self {
            Self::None => false,
            Self::One(own) => *own == authority,
            Self::All => true,
        }
    }
}

codes! {
    /// Which events of a room somebody reads.
    Audience, "audience" {
        /// What both sides read.
        Shared = "shared" "both sides",
        /// What only the response side reads: notes, and what is about them.
        Internal = "internal" "responders only",
    }
}

/// Somebody who reads: the person, their side, their reach. Its fields are private, so that nobody widens one.
///
/// ```compile_fail,E0451
/// use hub::identity::{Reach, Role, Viewer};
/// let (name, office) = (String::new(), String::new());
/// let everything = Viewer { person: 1, name, office, role: Role::Responder, reach: Reach::All };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    person: i64,
    name: String,
    office: String,
    role: Role,
    reach: Reach,
}

impl Viewer {
    /// A person who is signed in. Only what looks people up makes one.
    pub(crate) fn person(id: i64, name: String, office: String, role: Role, authority: Option<i64>) -> Self {
        let reach = match (role, authority) {
            (Role::Admin, _) => Reach::None,
            (role, Some(own)) if role.side() == Side::Authority => Reach::One(own),
            // An official without an authority reaches nothing, rather than everything.
            (role, None) if role.side() == Side::Authority => Reach::None,
            _ => Reach::All,
        };
        Self { person: id, name, office, role, reach }
    }

    /// The hub itself at a named task: it reads everything and is nobody.
    pub fn system(task: &'static str) -> Self {
        Self { person: 0, name: task.to_owned(), office: String::new(), role: Role::Supervisor, reach: Reach::All }
    }

    /// The hub itself at a named task, reading no more than one side of one authority's rooms.
    pub(crate) fn of_side(task: &'static str, side: Side, authority: i64) -> Self {
        match side {
            Side::Authority => Self {
                person: 0,
                name: task.to_owned(),
                office: String::new(),
                role: Role::Official,
                reach: Reach::One(authority),
            },
            Side::Response => Self { reach: Reach::One(authority), ..Self::system(task) },
        }
    }

    /// The person's key in the database; 0 for the hub itself.
    pub fn id(&self) -> i64 {
        self.person
    }

    /// In full.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Their office or title, as shown beside the name.
    pub fn office(&self) -> &str {
        &self.office
    }

    /// What they are here.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Which side of a room they stand on.
    pub fn side(&self) -> Side {
        self.role.side()
    }

    /// Which authorities they reach.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Whether they read what only the response side reads.
    pub fn reads_internal(&self) -> bool {
        self.side() == Side::Response && self.reach != Reach::None
    }

    /// Whether they may read a row or event of this authority and audience: the reader's predicate in memory.
    pub fn admits(&self, authority: i64, audience: Audience) -> bool {
        self.reach.admits(authority) && (audience == Audience::Shared || self.reads_internal())
    }

    /// Goes on where the role has the right.
    ///
    /// # Errors
    /// A refusal that says who may.
    pub fn may(&self, right: Right) -> Result<()> {
        if self.role.has(right) { Ok(()) } else { Err(Refusal::NotAllowed(right).into()) }
    }
}

/// A request that must have one answer, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 over method, path and body, in hexadecimal.
    pub request: String,
}

/// A viewer who may change things, at one instant: all rows of one command carry it.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Who.
    pub viewer: Viewer,
    /// The story's instant.
    pub now: Ts,
    /// The request, to find it in the log.
    pub request: Uuid,
    /// Where the request has a key of its own.
    pub idempotency: Option<Idempotency>,
}

impl Actor {
    /// Somebody who acts now.
    pub fn new(viewer: Viewer, now: Ts, request: Uuid) -> Self {
        Self { viewer, now, request, idempotency: None }
    }

    /// The hub itself at a named task.
    pub fn system(task: &'static str, now: Ts) -> Self {
        Self::new(Viewer::system(task), now, crate::id::fresh_at(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(role: Role, authority: Option<i64>) -> Viewer {
        Viewer::person(7, "N".to_owned(), "O".to_owned(), role, authority)
    }

    #[test]
    fn an_official_reaches_the_own_authority_and_never_reads_what_is_internal() {
        let ana = person(Role::Official, Some(3));
        assert!(ana.admits(3, Audience::Shared));
        assert!(!ana.admits(3, Audience::Internal));
        assert!(!ana.admits(4, Audience::Shared));
        assert_eq!(person(Role::OfficialLead, None).reach(), &Reach::None);
    }

    #[test]
    fn an_admin_reads_nothing_and_a_responder_everything() {
        assert!(!person(Role::Admin, None).admits(3, Audience::Shared));
        assert!(person(Role::Responder, None).admits(3, Audience::Internal));
        assert!(person(Role::Auditor, None).admits(3, Audience::Internal));
    }
}
