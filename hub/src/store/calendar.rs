//! What a transaction needs of the calendars. An incident is assessed by the elections of its authority's relatives, so
//! while one of these changes nobody may be writing down what came of the old one: the mark that the change leaves on
//! every open incident would be overwritten, or would miss an incident that is just being filed.

use sea_orm::{ConnectionTrait, DbBackend};

use super::tx::Tx;
use crate::error::Result;

/// What all nodes agree on: any number that is none of the others'.
const CALENDARS: i64 = 0x0063_616c_656e_6461;

/// What a transaction does with the calendars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calendar {
    /// It reads them: none changes until it ends.
    Reads,
    /// It changes one: it begins when all that read have ended, and others wait for it.
    Changes,
}

impl Calendar {
    /// Waits for its turn. SQLite has one writer anyway.
    pub(super) async fn hold(self, transaction: &Tx) -> Result<()> {
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = match self {
                Self::Reads => format!("SELECT pg_advisory_xact_lock_shared({CALENDARS})"),
                Self::Changes => format!("SELECT pg_advisory_xact_lock({CALENDARS})"),
            };
            transaction.execute_unprepared(&lock).await?;
        }
        Ok(())
    }
}
