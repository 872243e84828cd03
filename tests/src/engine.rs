//! The two databases behind one word, and a macro that tells a story on both.

use std::future::Future;
use std::path::{Path, PathBuf};

use tokio::sync::OnceCell;

use crate::postgres::{Cluster, Database};
use crate::scratch::{Folder, new_folder};
use crate::tether::Tethered;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a folder of the test.
    Sqlite,
    /// A database in the test process's own cluster.
    Postgres,
}

/// A migrated database of one test, gone when this is dropped.
#[derive(Debug)]
pub struct Store {
    url: String,
    /// Which engine it is.
    pub engine: Engine,
    _folder: Option<Folder>,
    postgres: Option<Database>,
}

impl Store {
    /// As in `HUB_DATABASE_URL`: `sqlite://PATH` or `postgres://…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database as PostgreSQL's superuser sees it; `None` on SQLite.
    pub fn postgres(&self) -> Option<&Database> {
        self.postgres.as_ref()
    }
}

/// A schema that is made once in each process and engine, and copied for every test. Lives in a `static`.
#[derive(Debug)]
pub struct Template {
    sqlite: OnceCell<(PathBuf, Tethered)>,
    postgres: OnceCell<Database>,
}

impl Template {
    /// A schema that nobody has made yet.
    pub const fn new() -> Self {
        Self { sqlite: OnceCell::const_new(), postgres: OnceCell::const_new() }
    }

    /// A database of its own for one test. The first caller's `migrate` gets the URL of an empty database (of a file
    /// that is not there yet), brings the schema up to date and closes its connections: PostgreSQL copies only a
    /// database that nobody uses, and a SQLite file is whole only when it is closed.
    ///
    /// # Panics
    /// If the database cannot be made, or `migrate` left a connection open.
    pub async fn store<F: Future<Output = ()>>(
        &'static self,
        engine: Engine,
        migrate: impl FnOnce(String) -> F,
    ) -> Store {
        match engine {
            Engine::Sqlite => {
                let (template, _) = self.sqlite.get_or_init(|| migrated_file(migrate)).await;
                let folder = Folder::new();
                let file = folder.path().join("hub.sqlite");
                std::fs::copy(template, &file).expect("a database file is copied");
                Store { url: sqlite_url(&file), engine, _folder: Some(folder), postgres: None }
            }
            Engine::Postgres => {
                let made = self.postgres.get_or_init(|| async {
                    let database = Cluster::shared().database();
                    migrate(database.url()).await;
                    database
                });
                let database = Cluster::shared().copy(made.await.name());
                Store { url: database.url(), engine, _folder: None, postgres: Some(database) }
            }
        }
    }
}

impl Default for Template {
    fn default() -> Self {
        Self::new()
    }
}

async fn migrated_file<F: Future<Output = ()>>(migrate: impl FnOnce(String) -> F) -> (PathBuf, Tethered) {
    let folder = new_folder("sqlite");
    let file = folder.join("template.sqlite");
    migrate(sqlite_url(&file)).await;
    assert!(!folder.join("template.sqlite-wal").exists(), "the migration left a connection open");
    // There is no server to stop: the tether is there to remove the folder when we end.
    let tether = Tethered::start(&["true".as_ref()], &[], "TERM", &folder, &folder.join("log"));
    (file, tether.expect("a shell starts"))
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// Tells one story on SQLite and on PostgreSQL, as two tests: `NAME::sqlite` and `NAME::postgres`.
///
/// ```text
/// on_both! {
///     async fn a_claim_race_has_one_winner(engine: Engine) { … }
/// }
/// ```
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($engine:ident: Engine) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every story names something of its file")]
            use super::*;

            async fn story($engine: $crate::Engine) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                story($crate::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::need!($crate::Tool::Postgres);
                story($crate::Engine::Postgres).await;
            }
        }
    )+};
}
