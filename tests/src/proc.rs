//! The real program, `election-hub`, as a process.
//!
//! `cargo test` builds it, because `web` has a test that runs it. A test refuses a program older than its sources.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;

use crate::scratch::Folder;
use crate::tools::root;
use crate::wait::{eventually, within};

/// Where the program is.
///
/// # Panics
/// If it was not built, or before its sources were last changed.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a path");
    let profile = test.ancestors().nth(2).expect("tests are built below target/PROFILE/deps");
    let program = profile.join("election-hub");
    let built = program.metadata().and_then(|file| file.modified());
    let Ok(built) = built else { panic!("{} is not there: run cargo build --workspace", program.display()) };
    for folder in ["hub", "web", "migrations", "static"] {
        if let Some(newer) = newer(&root().join(folder), &|file| file.modified().is_ok_and(|changed| changed > built)) {
            panic!("{} is newer than {}: run cargo build --workspace", newer.display(), program.display());
        }
    }
    program
}

fn newer(folder: &Path, is_newer: &dyn Fn(&std::fs::Metadata) -> bool) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.into_iter().find_map(|entry| {
        let path = entry.path();
        let file = entry.metadata().ok()?;
        if file.is_dir() {
            // Tests are no part of the program.
            return if entry.file_name() == "tests" { None } else { newer(&path, is_newer) };
        }
        is_newer(&file).then_some(path)
    })
}

/// The command, away from every setting of ours: an empty folder of its own, no `HUB_` variables.
fn command(arguments: &[&str], env: &[(&str, &str)], folder: &Path) -> Command {
    let mut command = Command::new(program());
    // A fault that is turned on for a test is one of the program that it runs.
    let ours = |name: &str| name.starts_with("HUB_") && name != "HUB_SABOTAGE";
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.args(arguments).envs(env.iter().copied()).current_dir(folder);
    command
}

/// Runs a command of the program to its end, with `input` as its standard input.
///
/// # Panics
/// If the program does not start.
pub async fn run(arguments: &[&str], env: &[(&str, &str)], folder: &Path, input: &str) -> Output {
    let mut command = tokio::process::Command::from(command(arguments, env, folder));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let write = async move {
        // A program that reads nothing is no failure.
        let _ = stdin.write_all(input.as_bytes()).await;
    };
    // Beside each other, or both sides would wait.
    let (_, output) =
        within(&format!("{arguments:?} ends"), async { tokio::join!(write, child.wait_with_output()) }).await;
    output.expect("the program ends")
}

type Lines = Arc<Mutex<Vec<String>>>;

/// A program that serves: killed when dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// What it printed after `ready `: `http://HOST:PORT`.
    pub url: String,
    stdout: Lines,
    stderr: Lines,
}

impl Served {
    /// Starts `election-hub ARGUMENTS` in `folder` and waits until it says `ready URL`. Unless `env` says otherwise it
    /// listens on a free port.
    ///
    /// # Panics
    /// If it ends or says nothing, showing what it wrote.
    pub async fn start(arguments: &[&str], env: &[(&str, &str)], folder: &Folder) -> Self {
        let mut command = command(arguments, env, folder.path());
        if !env.iter().any(|(name, _)| *name == "HUB_LISTEN") && !arguments.contains(&"--listen") {
            command.env("HUB_LISTEN", "127.0.0.1:0");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = collect(child.stdout.take().expect("it was asked for"));
        let stderr = collect(child.stderr.take().expect("it was asked for"));
        let mut served = Self { child, url: String::new(), stdout, stderr };
        served.url = served.ready(arguments).await;
        served
    }

    async fn ready(&mut self, arguments: &[&str]) -> String {
        eventually(&format!("{arguments:?} says that it is ready"), || {
            let ready = self.stdout().iter().find_map(|line| line.strip_prefix("ready ").map(str::to_owned));
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(ready.is_some() || ended.is_none(), "{arguments:?} ended: {ended:?}\n{}", self.stderr().join("\n"));
            std::future::ready(ready)
        })
        .await
    }

    /// The lines on its standard output up to now.
    ///
    /// # Panics
    /// Never, unless the thread that reads panicked.
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lock().expect("nobody panics here").clone()
    }

    /// The lines on its standard error up to now: its log.
    ///
    /// # Panics
    /// Never, unless the thread that reads panicked.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lock().expect("nobody panics here").clone()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a service manager does (SIGTERM), and waits until it has.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        eventually("the program ends when asked", || {
            std::future::ready(self.child.try_wait().expect("a child can be asked"))
        })
        .await
    }

    /// Sends a signal by its name, as in `kill -s`.
    ///
    /// # Panics
    /// If there is no shell.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let words: [&OsStr; 4] = ["-c".as_ref(), "kill -s \"$0\" \"$1\"".as_ref(), name.as_ref(), pid.as_ref()];
        let done = Command::new("sh").args(words).status().expect("a shell starts");
        assert!(done.success(), "process {pid} is not there");
    }

    /// Kills it at this instant (SIGKILL).
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: impl std::io::Read + Send + 'static) -> Lines {
    let lines = Lines::default();
    let into = lines.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().expect("nobody panics here").push(line);
        }
    });
    lines
}
