//! A transaction of one writer, whichever database it is in. Each statement is a way to the database and back, on
//! SQLite to the one thread that may write; so what needs no answer waits, and several such statements go together.
//! Whatever is read finds all that was written before it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, QueryTrait, Statement, Values,
};

use super::group::Turn;
use crate::error::Result;
use crate::live::{Bus, Nudge};

/// So many statements go together at most: the driver keeps what it has prepared, and few shapes are kept well.
const TOGETHER: usize = 8;

/// A transaction of one writer, rolled back unless it is kept.
#[derive(Debug)]
pub(crate) struct Tx {
    open: Open,
    /// What waits to be written; none once it was begun and did not succeed, and then nothing more is done here.
    later: Mutex<Option<Vec<Statement>>>,
}

#[derive(Debug)]
enum Open {
    /// One of its own.
    Own(DatabaseTransaction, Bus),
    /// A turn in one that it shares.
    Shared(Turn),
}

impl Tx {
    /// A transaction of its own.
    pub(super) fn own(transaction: DatabaseTransaction, bus: Bus) -> Self {
        Self { open: Open::Own(transaction, bus), later: Mutex::new(Some(Vec::new())) }
    }

    /// A turn in one that it shares.
    pub(super) fn shared(turn: Turn) -> Self {
        Self { open: Open::Shared(turn), later: Mutex::new(Some(Vec::new())) }
    }

    fn transaction(&self) -> &DatabaseTransaction {
        match &self.open {
            Open::Own(transaction, _) => transaction,
            Open::Shared(turn) => turn.transaction(),
        }
    }

    /// Whether all that is read in it was stored before, but for what it writes itself.
    pub(super) fn sees_only_what_is_stored(&self) -> bool {
        match &self.open {
            Open::Own(..) => true,
            Open::Shared(turn) => turn.sees_only_what_is_stored,
        }
    }

    /// Writes this before anything else is done here, or when it is kept.
    pub(super) fn later(&self, query: &impl QueryTrait) {
        let statement = query.build(self.get_database_backend());
        // Without a list something failed, and the next to ask is told.
        if let Some(waiting) = self.waiting().as_mut() {
            waiting.push(statement);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Vec<Statement>>> {
        // A panic elsewhere leaves it whole: each change of it is one step.
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Result<Vec<Statement>, DbErr> {
        let waiting = self.waiting().take();
        waiting.ok_or_else(|| DbErr::Custom("what was to be written before this was not".to_owned()))
    }

    /// Writes what waits.
    async fn write(&self) -> Result<&DatabaseTransaction, DbErr> {
        for statement in together(self.take()?) {
            self.transaction().execute_raw(statement).await?;
        }
        *self.waiting() = Some(Vec::new());
        Ok(self.transaction())
    }

    /// Keeps it, and tells whom it concerns once it is stored.
    ///
    /// # Errors
    /// If the database does not keep it; then nothing of it is kept.
    pub(super) async fn keep(self, nudges: Vec<Nudge>) -> Result<()> {
        if let Open::Own(..) = self.open {
            self.write().await?;
        }
        let waiting = self.take()?;
        match self.open {
            Open::Own(transaction, bus) => {
                transaction.commit().await?;
                bus.nudge(nudges);
                Ok(())
            }
            Open::Shared(turn) => turn.keep(together(waiting), nudges).await,
        }
    }
}

/// Statements in their order; SQLite takes several at a time.
fn together(statements: Vec<Statement>) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    for (n, next) in statements.into_iter().enumerate() {
        match all.last_mut().filter(|_| next.db_backend == DbBackend::Sqlite && n % TOGETHER != 0) {
            Some(last) => {
                last.sql.push_str("; ");
                last.sql.push_str(&next.sql);
                let values = next.values.into_iter().flat_map(|values| values.0);
                last.values.get_or_insert_with(|| Values(Vec::new())).0.extend(values);
            }
            None => all.push(next),
        }
    }
    all
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.write().await?.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.write().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.write().await?.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.write().await?.query_all_raw(statement).await
    }
}
