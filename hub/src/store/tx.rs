//! A transaction of one writer, whichever database it is in. Each statement is a way to the database and back, on
//! SQLite to the one thread that may write; so what needs no answer waits, and several such statements go together,
//! all events in one and all that is to be told of them in another. Whatever is read finds all that was written before
//! it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, InsertMany,
    IntoActiveModel, Iterable, QueryResult, QueryTrait, Statement, Values,
};

use super::group::Turn;
use crate::audit::row as event;
use crate::error::Result;
use crate::live::{Bus, Nudge};
use crate::notify::row as outbox;

/// How many values one statement takes, on either database.
const VALUES: usize = 30_000;
/// So many statements go together at most: the driver keeps what it has prepared, and few shapes are kept well.
const TOGETHER: usize = 8;
/// A statement of so many values goes alone: it is worth its way, and its shape is kept once.
const MANY: usize = 500;

/// A transaction of one writer, rolled back unless it is kept.
#[derive(Debug)]
pub(crate) struct Tx {
    open: Open,
    /// What waits to be written; none once it was begun and did not succeed, and then nothing more is done here.
    later: Mutex<Option<Later>>,
}

/// What waits, in the order in which it is written: an event is there before what is to be told of it.
#[derive(Debug, Default)]
struct Later {
    statements: Vec<Statement>,
    events: Vec<event::ActiveModel>,
    outbox: Vec<outbox::ActiveModel>,
}

impl Later {
    fn statements(self, backend: DbBackend) -> Vec<Statement> {
        let mut all = self.statements;
        all.extend(inserts(self.events).map(|insert| insert.build(backend)));
        all.extend(inserts(self.outbox).map(|insert| insert.build(backend)));
        all
    }
}

/// How many of `rows` the next statement takes, of which each has so many values: powers of two alone, since the driver
/// keeps every shape that it has prepared.
pub(super) fn portion(rows: usize, values: usize) -> usize {
    1 << rows.min(VALUES / values.max(1)).max(1).ilog2()
}

/// Rows of a table, as many in one statement as it takes.
pub(super) fn inserts<A: ActiveModelTrait>(rows: Vec<A>) -> impl Iterator<Item = InsertMany<A>> {
    let values = <A::Entity as EntityTrait>::Column::iter().count();
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let portion = portion(rows.len(), values);
        let some: Vec<A> = rows.by_ref().take(portion).collect();
        (!some.is_empty()).then(|| A::Entity::insert_many(some))
    })
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
        Self { open: Open::Own(transaction, bus), later: Mutex::new(Some(Later::default())) }
    }

    /// A turn in one that it shares.
    pub(super) fn shared(turn: Turn) -> Self {
        Self { open: Open::Shared(turn), later: Mutex::new(Some(Later::default())) }
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
        self.later_as(query.build(self.get_database_backend()));
    }

    /// The same for a statement as it is.
    pub(super) fn later_as(&self, statement: Statement) {
        self.add(|later| later.statements.push(statement));
    }

    /// The same for an event.
    pub(super) fn later_event(&self, event: event::Model) {
        self.add(|later| later.events.push(event.into_active_model().reset_all()));
    }

    /// The same for what is to be told of an event.
    pub(super) fn later_told(&self, row: outbox::ActiveModel) {
        self.add(|later| later.outbox.push(row));
    }

    fn add(&self, add: impl FnOnce(&mut Later)) {
        // Where there is nothing to add to, something failed, and the next to ask is told.
        if let Some(later) = self.waiting().as_mut() {
            add(later);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Later>> {
        // A panic elsewhere leaves it whole: each change of it is one step.
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Result<Vec<Statement>, DbErr> {
        let waiting = self.waiting().take().map(|later| later.statements(self.get_database_backend()));
        waiting.ok_or_else(|| DbErr::Custom("what was to be written before this was not".to_owned()))
    }

    /// Writes what waits.
    async fn write(&self) -> Result<&DatabaseTransaction, DbErr> {
        for statement in together(self.take()?) {
            self.transaction().execute_raw(statement).await?;
        }
        *self.waiting() = Some(Later::default());
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
        let small = |one: &Statement| one.values.as_ref().is_none_or(|values| values.0.len() < MANY);
        let joins = next.db_backend == DbBackend::Sqlite && n % TOGETHER != 0 && small(&next);
        match all.last_mut().filter(|last| joins && small(last)) {
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
