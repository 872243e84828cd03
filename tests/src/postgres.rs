//! PostgreSQL for tests: one disposable cluster in each test process, and a database of its own for each test, usually
//! a copy of a migrated one ([`crate::engine::Template`]). The cluster forgets everything on purpose (no fsync) and ends with us ([`crate::tether`]).

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::scratch::{free_port, new_folder};
use crate::tether::Tethered;
use crate::tools::{Tool, newest_postgres};
use crate::wait::eventually_blocking;

/// The role that the tests connect as. It owns its databases but is no superuser, because row-level security does not
/// bind superusers and would never be tested.
const ROLE: &str = "hub";
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
shared_buffers = 64MB
max_connections = 100
";

/// A running PostgreSQL server with nothing in it but what tests put there.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    port: u16,
    made: AtomicU32,
    _server: Tethered,
}

impl Cluster {
    /// The cluster of this process, started at the first call.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not start: the text has the server's log.
    pub fn shared() -> &'static Cluster {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(Cluster::start)
    }

    fn start() -> Cluster {
        Tool::Postgres.expect();
        let bin = newest_postgres().expect("just found");
        sweep(&bin);
        let folder = new_folder("pg");
        let data = folder.join("data");
        let log = folder.join("log");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        let initdb = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"];
        run(as_server(&bin.join("initdb")).args(initdb).arg(&data));
        let file = data.join("postgresql.conf");
        let port = free_port();
        let settings = std::fs::read_to_string(&file).expect("initdb writes it") + SETTINGS;
        std::fs::write(&file, format!("{settings}port = {port}\nunix_socket_directories = '{}'\n", folder.display()))
            .expect("initdb writes it");
        let server = as_server_words(&bin.join("postgres"), &[OsStr::new("-D"), data.as_os_str()]);
        let words: Vec<&OsStr> = server.iter().map(OsString::as_os_str).collect();
        // QUIT is an immediate stop: nothing in there is wanted any more.
        let tether = Tethered::start(&words, &[], "QUIT", &folder, &log).expect("a shell starts");
        let cluster = Cluster { bin, port, made: AtomicU32::new(0), _server: tether };
        eventually_blocking("PostgreSQL starts", || {
            let ready = cluster.client("pg_isready").arg("-q").status().is_ok_and(|status| status.success());
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(!log.contains("FATAL:  could not"), "PostgreSQL does not start:\n{log}");
            ready.then_some(())
        });
        run(cluster.client("createuser").arg(ROLE));
        cluster
    }

    /// An empty database of its own for one test: for what tests the migrations themselves.
    ///
    /// # Panics
    /// If the database cannot be made.
    pub fn database(&'static self) -> Database {
        self.copy("template0")
    }

    /// A database of its own for one test, with everything that `template` has.
    ///
    /// # Panics
    /// If there is no such database, or somebody is connected to it.
    pub fn copy(&'static self, template: &str) -> Database {
        let name = format!("t_{}", self.made.fetch_add(1, Ordering::Relaxed));
        run(self.client("createdb").args(["-O", ROLE, "-T", template, &name]));
        Database { cluster: self, name }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// A client program of PostgreSQL, acting as the superuser of this cluster.
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.args(["-h", "127.0.0.1", "-U", "postgres", "-p"]).arg(self.port.to_string());
        command
    }
}

/// A database of one test, dropped with it.
#[derive(Debug)]
pub struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    /// `postgres://…`, as in `HUB_DATABASE_URL`.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// Its name in the cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `sql` answers, run as the superuser: rows as lines, columns separated by `|`. For looking at the database
    /// from outside and for breaking it on purpose.
    ///
    /// # Panics
    /// If the statement fails.
    pub fn psql(&self, sql: &str) -> String {
        run(self.cluster.client("psql").args(["-d", &self.name, "-qAt", "-v", "ON_ERROR_STOP=1", "-c", sql]))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Only saves space: the whole cluster is removed in the end.
        let _ = self.cluster.client("dropdb").args(["--force", "--if-exists", &self.name]).output();
    }
}

/// Removes what processes left behind that were killed before they had a tether, or whose tether was killed as well.
fn sweep(bin: &Path) {
    for folder in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = folder.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let [_, what, owner, _] = name.split('-').collect::<Vec<_>>()[..] else { continue };
        let ours = name.starts_with("hub-") && owner.parse::<u32>().is_ok();
        if ours && !Path::new("/proc").join(owner).exists() {
            // Both may fail, as a tether may be doing the same right now.
            if what == "pg" {
                let data = folder.join("data");
                let _ = as_server(&bin.join("pg_ctl")).args(["-m", "immediate", "stop", "-D"]).arg(data).output();
            }
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// PostgreSQL refuses to run as root.
fn as_server_words(program: &Path, arguments: &[&OsStr]) -> Vec<OsString> {
    let before: &[&str] = if is_root() { &["runuser", "-u", "postgres", "--"] } else { &[] };
    let mut words: Vec<OsString> = before.iter().map(OsString::from).collect();
    words.push(program.into());
    words.extend(arguments.iter().map(OsString::from));
    words
}

fn as_server(program: &Path) -> Command {
    let words = as_server_words(program, &[]);
    let mut command = Command::new(&words[0]);
    // The server's user cannot enter every folder that a test runs in.
    command.args(&words[1..]).current_dir("/");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
}
