//! SQLite has one writer, and each of its commits waits for the disk. So whoever writes at the same time shares one
//! commit: a batch is one transaction, its members write in it one after the other, each behind a savepoint of its own,
//! and all of them are answered when the disk has it.
//!
//! What a member has written, the members after it read before it is on the disk. Nobody may be told of it until then,
//! so there are two ways to write. In the scope of [`Group::settled`] a writer joins the batch that is open, and what
//! came of it is held back until every batch that it saw is on the disk. Without such a scope a writer begins behind
//! a commit of its own, and sees nothing that could still be lost.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, watch};

use super::db::{PATIENCE, passes};
use crate::error::{Error, Result};
use crate::live::{Bus, Nudge};
use crate::sabotage::Fault;

/// After so many writers a batch is committed, whoever waits.
const MOST: usize = 256;

/// The one savepoint of a batch: all before it is kept, all behind it is of the writer whose turn it is.
const BEGIN_TURN: &str = "SAVEPOINT turn";
const KEEP_TURN: &str = "RELEASE turn; SAVEPOINT turn";
const UNDO_TURN: &str = "ROLLBACK TO turn";

/// What became of a batch; nothing while it is open.
type Outcome = Option<Result<(), Arc<DbErr>>>;

tokio::task_local! {
    /// The batches that the writers of this scope have seen something of.
    static SEEN: RefCell<Vec<watch::Receiver<Outcome>>>;
}

/// The writer of a SQLite file.
#[derive(Debug, Clone)]
pub(super) struct Group {
    writer: DatabaseConnection,
    bus: Bus,
    /// The batch that is open, for whoever's turn it is. Turns are given in the order in which they are asked for.
    seat: Arc<Mutex<Option<Batch>>>,
    /// How many wait for their turn.
    waiting: Arc<AtomicUsize>,
}

/// A transaction that several writers share.
#[derive(Debug)]
struct Batch {
    transaction: DatabaseTransaction,
    /// How many turns were taken.
    turns: usize,
    /// Whether any of them is to be kept.
    kept: bool,
    /// Whether there is something behind the savepoint that nobody has kept.
    loose: bool,
    nudges: Vec<Nudge>,
    outcome: watch::Sender<Outcome>,
}

/// A writer whose turn it is. Dropped, it has written nothing.
#[derive(Debug)]
pub(super) struct Turn {
    batch: OwnedMappedMutexGuard<Option<Batch>, Batch>,
    /// Whether all that it reads is on the disk, but for what it writes itself.
    pub sees_only_what_is_stored: bool,
}

/// Counts itself among those that wait.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Group {
    pub(super) fn new(writer: DatabaseConnection, bus: Bus) -> Self {
        Self { writer, bus, seat: Arc::default(), waiting: Arc::default() }
    }

    /// What `answering` gives, once everything that its writers saw is on the disk.
    pub(super) async fn settled<T>(answering: impl Future<Output = T>) -> Result<T> {
        let scope = SEEN.scope(RefCell::default(), async {
            let answer = answering.await;
            (answer, SEEN.with(RefCell::take))
        });
        let (answer, seen) = scope.await;
        for outcome in seen {
            stored(outcome).await?;
        }
        Ok(answer)
    }

    /// Waits for a turn in the batch that is open, or opens one.
    pub(super) async fn turn(&self) -> Result<Turn> {
        let waiting = Waiting::new(&self.waiting);
        let mut seat = tokio::time::timeout(PATIENCE, self.seat.clone().lock_owned()).await.map_err(|_| Error::Busy)?;
        drop(waiting);
        tidy(&mut seat).await;
        let joins = SEEN.try_with(|_| ()).is_ok();
        if seat.as_ref().is_some_and(|batch| batch.turns >= MOST || batch.kept && !joins) {
            // Not to be left half way where the caller hangs up: others wait for it.
            let group = self.clone();
            let closing = tokio::spawn(async move {
                group.close(&mut seat).await;
                seat
            });
            seat = closing.await.map_err(Error::broken)?;
        }
        if seat.is_none() {
            *seat = Some(self.open().await?);
        }
        let mut batch =
            OwnedMutexGuard::try_map(seat, Option::as_mut).map_err(|_| Error::broken("no batch is open"))?;
        batch.turns += 1;
        batch.loose = true;
        if batch.kept {
            SEEN.with(|seen| seen.borrow_mut().push(batch.outcome.subscribe()));
        }
        Ok(Turn { sees_only_what_is_stored: !batch.kept, batch })
    }

    /// Begins IMMEDIATE, since a transaction that reads first and writes later loses to any other process that writes.
    #[expect(clippy::disallowed_methods, reason = "where the transactions of a SQLite file begin")]
    async fn open(&self) -> Result<Batch> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.writer.begin_with_options(immediate).await?;
        transaction.execute_unprepared(BEGIN_TURN).await?;
        let outcome = watch::Sender::new(None);
        tokio::spawn(self.clone().closes(outcome.subscribe()));
        Ok(Batch { transaction, turns: 0, kept: false, loose: false, nudges: Vec::new(), outcome })
    }

    /// Commits a batch when nobody waits for a turn in it any more. This task is the batch's own, so that no writer who
    /// hangs up leaves the others waiting.
    async fn closes(self, outcome: watch::Receiver<Outcome>) {
        loop {
            let mut seat = self.seat.clone().lock_owned().await;
            // Somebody closed it already, and it may be another's turn to be closed.
            if outcome.borrow().is_some() || outcome.has_changed().is_err() {
                return;
            }
            let full = seat.as_ref().is_none_or(|batch| batch.turns >= MOST);
            if full || self.waiting.load(Ordering::Relaxed) == 0 {
                return self.close(&mut seat).await;
            }
            // Those who wait come first: letting go of the seat puts us behind them.
        }
    }

    /// Commits the batch that is open, and tells everybody.
    async fn close(&self, seat: &mut Option<Batch>) {
        tidy(seat).await;
        let Some(Batch { transaction, kept, nudges, outcome, .. }) = seat.take() else { return };
        let done = if kept { transaction.commit().await } else { transaction.rollback().await };
        match done {
            Ok(()) => self.bus.nudge(nudges),
            Err(ref error) => tracing::error!(%error, "a batch could not be stored"),
        }
        outcome.send_replace(Some(done.map_err(Arc::new)));
    }
}

/// Undoes what a writer left behind the savepoint. Where the savepoint is gone, SQLite has given up the transaction (a
/// full disk does that), and with it everything in it.
async fn tidy(seat: &mut Option<Batch>) {
    let Some(batch) = seat.as_mut().filter(|batch| batch.loose) else { return };
    match batch.transaction.execute_unprepared(UNDO_TURN).await {
        Ok(_) => batch.loose = false,
        Err(error) => {
            tracing::error!(%error, "a batch was lost");
            if let Some(batch) = seat.take() {
                batch.outcome.send_replace(Some(Err(Arc::new(error))));
            }
        }
    }
}

/// Waits until a batch is on the disk.
async fn stored(mut outcome: watch::Receiver<Outcome>) -> Result<()> {
    let outcome = outcome.wait_for(Option::is_some).await.map_err(Error::broken)?;
    match &*outcome {
        Some(Err(error)) if passes(error) => Err(Error::Busy),
        Some(Err(error)) => Err(Error::broken(error.clone())),
        _ => Ok(()),
    }
}

impl Turn {
    pub(super) fn transaction(&self) -> &DatabaseTransaction {
        &self.batch.transaction
    }

    /// Keeps what this turn has written, `last` with it, and waits until it is on the disk. Whether anybody still waits
    /// for that makes no difference.
    pub(super) async fn keep(mut self, mut last: Vec<Statement>, nudges: Vec<Nudge>) -> Result<()> {
        let outcome = self.batch.outcome.subscribe();
        let early = Fault::AcknowledgeBeforeCommit.is_on() && nudges.iter().any(|nudge| nudge.room.is_some());
        let keeping = tokio::spawn(async move {
            let transaction = &self.batch.transaction;
            match last.last_mut() {
                Some(last) => last.sql = format!("{}; {KEEP_TURN}", last.sql),
                None => last.push(Statement::from_string(DbBackend::Sqlite, KEEP_TURN)),
            }
            for statement in last {
                transaction.execute_raw(statement).await?;
            }
            (self.batch.loose, self.batch.kept) = (false, true);
            self.batch.nudges.extend(nudges);
            Ok::<_, DbErr>(())
        });
        keeping.await.map_err(Error::broken)??;
        if early { Ok(()) } else { stored(outcome).await }
    }
}

#[cfg(test)]
mod tests;
