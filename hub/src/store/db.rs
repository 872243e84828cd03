//! Opening the database, and handing out the rights to use it.

use std::time::Duration;

use migrations::{Migrator, MigratorTrait};
use sea_orm::sqlx::{self, Connection, Executor};
use sea_orm::{
    Condition, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement,
    TransactionTrait,
};

use super::bulk::Bulk;
use super::group::Group;
use super::tx::Tx;
use super::{Calendar, Desk, Reader, Tenanted, Work, once};
use crate::error::{Error, Result};
use crate::identity::{Actor, Viewer};
use crate::live::Bus;
use crate::sabotage::Fault;

/// How many readers of a SQLite file work beside its one writer.
const READERS: u32 = 4;
/// How many statements each of their connections keeps prepared.
const STATEMENTS: usize = 256;
/// How many connections a node holds to PostgreSQL.
const CONNECTIONS: u32 = 16;
/// How long a request waits for its turn before it is told that the hub is busy.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Whether a connection still answers is tried where nobody used it for so long: trying costs as much as a query.
const RESTED: Duration = Duration::from_secs(1);
/// What nodes agree on while one of them migrates: any number, as long as it is the same.
const MIGRATION_LOCK: i64 = 0x0065_6c65_6374_696f;

/// The database.
#[derive(Debug, Clone)]
pub struct Db {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    /// Those who write to a SQLite file together.
    pub(super) group: Option<Group>,
    bus: Bus,
}

/// Why the database cannot be used, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No database answers.
    #[error(
        "the database cannot be opened: {0}; check HUB_DATABASE_URL and that the place is there and can be written"
    )]
    Connect(DbErr),
    /// It would lose what it acknowledged.
    #[error("the database has {setting} = {is}, which may lose acknowledged messages; it must be {must}")]
    Unsafe {
        /// Which setting.
        setting: &'static str,
        /// As read back.
        is: String,
        /// What it must be.
        must: &'static str,
    },
    /// The address is of no kind that we know.
    #[error("{0} is no database address; use sqlite://PATH or postgres://…")]
    Address(String),
}

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        Self::Connect(error)
    }
}

impl From<DbErr> for Error {
    /// Where trying again is right, the caller is told so; everything else is our fault.
    fn from(error: DbErr) -> Self {
        if passes(&error) {
            tracing::warn!(%error, "the database is busy");
            return Self::Busy;
        }
        Self::broken(error)
    }
}

/// Whether the same may well be done in a moment.
pub(super) fn passes(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_));
    };
    let cause = match &**cause {
        sqlx::Error::Database(cause) => cause,
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => return true,
        _ => return false,
    };
    // Somebody else was quicker: whoever sends it again is told what stands in the way now.
    if cause.is_unique_violation() {
        return true;
    }
    let code = cause.code().unwrap_or_default();
    match code.parse::<u32>() {
        // SQLite, the kind in the lowest byte: busy, locked, input/output, full.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 10 | 13),
        // PostgreSQL: no connection, rolled back for another's sake, out of means, shutting down.
        _ => ["08", "40", "53", "55P", "57P"].iter().any(|class| code.starts_with(class)),
    }
}

impl Db {
    /// Opens `sqlite://PATH` (made if it is not there) or `postgres://…`, and refuses a database that may lose what
    /// it acknowledged. After each commit the bus is told.
    ///
    /// # Errors
    /// What to do about it.
    pub async fn open(url: &str, bus: Bus) -> Result<Self, OpenError> {
        let (writer, readers, group) = if url.starts_with("sqlite:") {
            let writer = sqlite(url, None).await?;
            let readers = sqlite(url, Some(READERS)).await?;
            (writer.clone(), readers, Some(Group::new(writer, bus.clone())))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = postgres(url, CONNECTIONS).await?;
            (pool.clone(), pool, None)
        } else {
            return Err(OpenError::Address(url.to_owned()));
        };
        let db = Self { writer, readers, group, bus };
        db.refuse_what_loses().await?;
        Ok(db)
    }

    /// Reads the settings back that durability rests on.
    async fn refuse_what_loses(&self) -> Result<(), OpenError> {
        let ask = async |sql: &str| -> Result<String, OpenError> {
            let statement = Statement::from_string(self.backend(), sql.to_owned());
            let row = self.writer.query_one_raw(statement).await?;
            let row = row.ok_or_else(|| DbErr::Custom("a setting cannot be read".to_owned()))?;
            let text = row.try_get_by_index::<String>(0);
            text.or_else(|_| row.try_get_by_index::<i32>(0).map(|n| n.to_string())).map_err(OpenError::from)
        };
        let wanted: &[(&str, &str, &str)] = match self.backend() {
            DbBackend::Sqlite => &[
                ("PRAGMA journal_mode", "journal_mode", "wal"),
                ("PRAGMA synchronous", "synchronous", "2"),
                ("PRAGMA foreign_keys", "foreign_keys", "1"),
            ],
            _ => &[("SHOW synchronous_commit", "synchronous_commit", "on")],
        };
        for (sql, setting, must) in wanted.iter().copied() {
            let is = ask(sql).await?;
            if !is.eq_ignore_ascii_case(must) {
                return Err(OpenError::Unsafe { setting, is, must });
            }
        }
        Ok(())
    }

    /// Which of the two it is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// `SQLite` or `PostgreSQL`.
    pub fn engine(&self) -> &'static str {
        match self.backend() {
            DbBackend::Sqlite => "SQLite",
            _ => "PostgreSQL",
        }
    }

    /// Brings the schema up to date; several nodes that start at once wait for each other.
    ///
    /// # Errors
    /// If a change fails; nothing of it is left then.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(Migrator::up(&self.writer, None).await?);
        }
        #[expect(clippy::disallowed_methods, reason = "a lock that holds while the schema changes; nothing is written")]
        let lock = self.writer.begin().await?;
        // Whoever waits for another node's migration waits for as long as that takes.
        lock.execute_unprepared("SET LOCAL lock_timeout = 0").await?;
        let ask = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        lock.execute_unprepared(&ask).await?;
        let done = Migrator::up(&self.writer, None).await;
        lock.commit().await?;
        Ok(done?)
    }

    /// The changes that are not made yet, by name.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn pending(&self) -> Result<Vec<String>, OpenError> {
        let pending = Migrator::get_pending_migrations(&self.writer).await?;
        Ok(pending.iter().map(|change| change.name().to_owned()).collect())
    }

    /// In how many authorities whoever has work in many does it at a time. SQLite has one writer, and whoever writes a
    /// message waits for no more than one other.
    pub(crate) fn side_by_side(&self) -> usize {
        if self.group.is_some() { 1 } else { 4 }
    }

    /// Who is told after each commit.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.readers.ping().await?)
    }

    /// The right to read what `viewer` may read.
    pub fn read<'a>(&'a self, viewer: &'a Viewer) -> Reader<'a> {
        Reader::new(&self.readers, viewer)
    }

    /// One transaction in exactly one authority, which nobody else writes in until it ends.
    ///
    /// # Errors
    /// Not found if the authority is out of the actor's reach; the answer again if the same request was answered.
    pub async fn work(&self, actor: &Actor, authority: i64) -> Result<Work> {
        self.begin_work(actor, authority, Calendar::Reads).await
    }

    /// The same where nobody else is at work in the authority; nothing where another is, who will do the same.
    ///
    /// # Errors
    /// As [`work`](Self::work).
    pub(crate) async fn try_work(&self, actor: &Actor, authority: i64) -> Result<Option<Work>> {
        let transaction = self.begin_in(actor, authority).await?;
        Work::try_begin(transaction, actor.clone(), authority).await
    }

    /// The same for what changes an election of the authority: nobody else writes in any authority until it ends.
    ///
    /// # Errors
    /// As [`work`](Self::work).
    pub(crate) async fn work_on_calendar(&self, actor: &Actor, authority: i64) -> Result<Work> {
        self.begin_work(actor, authority, Calendar::Changes).await
    }

    /// The same as [`work`](Self::work) on the one row of the authority that `which` narrows to.
    ///
    /// # Errors
    /// As [`work`](Self::work); not found if there is no such row.
    pub(crate) async fn work_on<E: Tenanted>(
        &self,
        actor: &Actor,
        authority: i64,
        which: Condition,
    ) -> Result<(Work, E::Model)> {
        let transaction = self.begin_in(actor, authority).await?;
        Work::begin_on::<E>(transaction, actor.clone(), authority, which).await
    }

    async fn begin_in(&self, actor: &Actor, authority: i64) -> Result<Tx> {
        if !actor.viewer.reach().admits(authority) && !Fault::DropAuthorityFilter.is_on() {
            return Err(Error::NotFound);
        }
        self.begin().await
    }

    async fn begin_work(&self, actor: &Actor, authority: i64, calendar: Calendar) -> Result<Work> {
        let transaction = self.begin_in(actor, authority).await?;
        Work::begin(transaction, actor.clone(), authority, calendar).await
    }

    /// One transaction over what belongs to no authority: people, sessions, shifts.
    ///
    /// # Errors
    /// If the database is busy.
    pub async fn desk(&self) -> Result<Desk> {
        Ok(Desk::new(self.begin().await?))
    }

    /// Puts another answer in the place of the one that is kept for the actor's request, where it has a key.
    pub(crate) async fn correct(&self, actor: &Actor, answer: &crate::error::Answer) -> Result<()> {
        if actor.idempotency.is_none() {
            return Ok(());
        }
        let transaction = self.begin().await?;
        once::fill(&transaction, actor, answer);
        transaction.keep(Vec::new()).await
    }

    /// The same for a request that has one answer: end it with [`Desk::answer`].
    ///
    /// # Errors
    /// If the database is busy; the answer again if the same request was answered.
    pub(crate) async fn desk_of(&self, actor: &Actor) -> Result<Desk> {
        let transaction = self.begin().await?;
        once::take(&transaction, actor).await?;
        Ok(Desk::new(transaction))
    }

    /// What `answering` gives, held back until everything that was seen on the way is stored for good. Whoever answers
    /// people says this around it: writers inside may then share a commit with others. Outside of it a writer sees only
    /// what is stored, and may wait for one commit more.
    ///
    /// # Errors
    /// If something that was seen could not be stored: then the answer is void.
    pub async fn settled<T>(&self, answering: impl Future<Output = T>) -> Result<T> {
        Group::settled(answering).await
    }

    /// One transaction for filling a database that nobody uses yet.
    pub(crate) async fn bulk(&self) -> Result<Bulk> {
        Ok(Bulk::new(self.begin().await?))
    }

    #[expect(clippy::disallowed_methods, reason = "where the transactions of PostgreSQL begin")]
    async fn begin(&self) -> Result<Tx> {
        match &self.group {
            Some(group) => Ok(Tx::shared(group.turn().await?)),
            None => Ok(Tx::own(self.writer.begin().await?, self.bus.clone())),
        }
    }

    /// Closes all connections.
    pub async fn close(self) {
        // A connection that cannot be closed is closed by the system when we end.
        let _ = self.readers.close().await;
        let _ = self.writer.close().await;
    }
}

/// So many readers, or the one writer.
#[expect(clippy::disallowed_methods, reason = "the one place where connections are made")]
async fn sqlite(url: &str, readers: Option<u32>) -> Result<DatabaseConnection, DbErr> {
    let reads_only = readers.is_some();
    // Readers come second: a file that has gone by then must not be made anew, and be empty.
    let mode = if reads_only { "rw" } else { "rwc" };
    let url = if url.contains('?') { url.to_owned() } else { format!("{url}?mode={mode}") };
    let mut options = ConnectOptions::new(url);
    options.min_connections(1).max_connections(readers.unwrap_or(1)).acquire_timeout(PATIENCE).sqlx_logging(false);
    options.test_before_acquire_if_idle_for(RESTED);
    if !reads_only {
        options.map_sqlx_sqlite_pool_opts(|pool| {
            // Where SQLite has given a transaction up by itself, the driver still believes in it: such a connection
            // goes.
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
        });
    }
    options.map_sqlx_sqlite_opts(move |lite| {
        let lite = lite
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("foreign_keys", "ON")
            .statement_cache_capacity(STATEMENTS)
            .busy_timeout(PATIENCE);
        if reads_only {
            return lite.pragma("query_only", "ON");
        }
        // What a savepoint may have to undo, which is of no use to anybody after a crash, in memory; more pages kept than
        // is usual, 64 MiB, and copied from the log into the file only after as many more, 32 MiB: a page that is written
        // again and again is then copied once. Readers forget theirs whenever something is written.
        lite.pragma("temp_store", "MEMORY").pragma("cache_size", "-65536").pragma("wal_autocheckpoint", "8192")
    });
    Database::connect(options).await
}

/// One connection that reads, beside all others.
pub(super) async fn apart(url: &str) -> Result<DatabaseConnection, OpenError> {
    if url.starts_with("sqlite:") {
        return Ok(sqlite(url, Some(1)).await?);
    }
    Ok(postgres(url, 1).await?)
}

#[expect(clippy::disallowed_methods, reason = "the one place where connections are made")]
async fn postgres(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(connections).acquire_timeout(PATIENCE).sqlx_logging(false);
    options.test_before_acquire_if_idle_for(RESTED);
    // A node that froze with a lock in its hands must not stop all others: nobody waits for one without end, and who
    // holds a transaction open without doing anything in it loses it.
    options.map_sqlx_postgres_opts(|postgres| {
        postgres.options([("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "60s")])
    });
    options.map_sqlx_postgres_pool_opts(|pool| {
        // A transaction whose beginning was cut off would stay open in the pooled connection.
        pool.after_release(|connection, _| {
            Box::pin(async move {
                connection.execute("ROLLBACK").await?;
                Ok(true)
            })
        })
    });
    Database::connect(options).await
}
