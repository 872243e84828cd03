//! Programs of the machine that some tests need.
//!
//! Plain `cargo test` runs on a machine that has none of them: a test that begins with [`need!`](crate::need) is then
//! left out, says so on stderr, and is named in `target/left-out/`. `./check` installs the tools and sets `HUB_CHECK`,
//! which makes a missing tool a failure instead, and fails as well if that folder is not empty in the end.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A program that is not built by cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A PostgreSQL server of our own ([`crate::postgres`]).
    Postgres,
    /// A NATS server of our own ([`crate::nats`]).
    Nats,
    /// Chromium and its driver ([`crate::chromium`]).
    Chromium,
    /// The accessibility checker ([`crate::axe`]).
    Axe,
    /// A mail server of our own ([`crate::smtp`]).
    Smtp,
    /// A build with the faults of [`hub::sabotage`] in it.
    Faults,
}

impl Tool {
    /// Where it is, if it is there: the server program, the driver, or the script.
    pub fn path(self) -> Option<PathBuf> {
        match self {
            Tool::Postgres => newest_postgres().map(|bin| bin.join("postgres")),
            Tool::Nats => in_path("nats-server"),
            Tool::Chromium => in_path("chromium").and(in_path("chromedriver")),
            Tool::Smtp => {
                let library = Path::new("/usr/lib/python3/dist-packages/aiosmtpd");
                Some(PathBuf::from("/usr/bin/python3")).filter(|python| library.is_dir() && python.is_file())
            }
            Tool::Faults => cfg!(feature = "sabotage").then(|| std::env::current_exe().ok()).flatten(),
            Tool::Axe => Some(target().join("tools/axe.min.js")).filter(|script| script.is_file()),
        }
    }

    /// What to install, in the words of its package.
    fn package(self) -> &'static str {
        match self {
            Tool::Postgres => "the Debian package postgresql",
            Tool::Nats => "the Debian package nats-server",
            Tool::Chromium => "the Debian packages chromium and chromium-driver",
            Tool::Axe => "axe-core in target/tools",
            Tool::Smtp => "the Debian package python3-aiosmtpd",
            Tool::Faults => "a build with --features hub-tests/sabotage",
        }
    }

    /// Where it is.
    ///
    /// # Panics
    /// If it is not there, saying what to install.
    pub fn expect(self) -> PathBuf {
        self.path().unwrap_or_else(|| panic!("this needs {}: ./check installs it", self.package()))
    }
}

/// Begins a test that needs some [`Tool`]s: leaves the test out, by name, if one is missing.
///
/// ```text
/// need!(Tool::Chromium, Tool::Axe);
/// ```
#[macro_export]
macro_rules! need {
    ($($tool:expr),+ $(,)?) => {
        // The name of a function in here is the only thing that knows the name of the test on every thread.
        fn here() {}
        if !$crate::tools::all_there(&[$($tool),+], std::any::type_name_of_val(&here)) {
            return;
        }
    };
}

/// Whether `tools` are all there; if not, the test that `inner` (a function inside it) belongs to is recorded as left out.
///
/// # Panics
/// If one is missing and `HUB_CHECK` is set.
pub fn all_there(tools: &[Tool], inner: &str) -> bool {
    let test = inner.trim_end_matches("::here").trim_end_matches("::{{closure}}");
    // The test of this very thing keeps its notes apart.
    let notes = std::env::var_os("HUB_LEFT_OUT").map_or_else(|| target().join("left-out"), PathBuf::from);
    let note = notes.join(test.replace("::", "."));
    let Some(missing) = tools.iter().find(|tool| tool.path().is_none()) else {
        // It may have been left out in an earlier run.
        let _ = std::fs::remove_file(note);
        return true;
    };
    let line = format!("left out: {test}: it needs {}; ./check installs it", missing.package());
    assert!(std::env::var_os("HUB_CHECK").is_none(), "{line}");
    std::fs::create_dir_all(notes).expect("target/ can be written");
    std::fs::write(note, format!("{line}\n")).expect("target/ can be written");
    // Not eprintln: the test harness swallows that for tests which pass.
    let _ = writeln!(std::io::stderr(), "{line}");
    false
}

/// The folder that cargo builds into, seen from the test that runs: `target/debug/deps/it-…`.
///
/// # Panics
/// If the test was copied out of there.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    test.ancestors().nth(3).expect("tests are built below target/PROFILE/deps").to_owned()
}

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the project")
}

/// The folder with the programs of the newest installed PostgreSQL.
pub fn newest_postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest =
        versions.flatten().map(|entry| entry.path()).filter(|folder| version(folder).is_some()).max_by_key(version)?;
    Some(newest.join("bin")).filter(|bin| bin.join("initdb").is_file())
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian puts servers where the path of an ordinary user does not lead.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}
