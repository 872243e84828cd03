//! A transaction of one writer, whichever database it is in.

use sea_orm::DatabaseTransaction;

use super::group::Turn;
use crate::error::Result;
use crate::live::{Bus, Nudge};

/// A transaction of one writer, rolled back unless it is kept.
#[derive(Debug)]
pub(super) enum Tx {
    /// One of its own.
    Own(DatabaseTransaction, Bus),
    /// A turn in one that it shares.
    Shared(Turn),
}

impl std::ops::Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        match self {
            Self::Own(transaction, _) => transaction,
            Self::Shared(turn) => turn.transaction(),
        }
    }
}

impl Tx {
    /// Whether all that is read in it was stored before, but for what it writes itself.
    pub(super) fn sees_only_what_is_stored(&self) -> bool {
        match self {
            Self::Own(..) => true,
            Self::Shared(turn) => turn.sees_only_what_is_stored,
        }
    }

    /// Keeps it, and tells whom it concerns once it is stored.
    ///
    /// # Errors
    /// If the database does not keep it; then nothing of it is kept.
    pub(super) async fn keep(self, nudges: Vec<Nudge>) -> Result<()> {
        match self {
            Self::Own(transaction, bus) => {
                transaction.commit().await?;
                bus.nudge(nudges);
                Ok(())
            }
            Self::Shared(turn) => turn.keep(nudges).await,
        }
    }
}
