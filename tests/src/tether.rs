//! Servers that cannot outlive the test process, however it ends.
//!
//! A value in a `static` is never dropped, and a killed process drops nothing, so neither can be trusted to stop a
//! server. A small shell holds the server instead and reads a pipe whose other end is ours: when we end, by whatever
//! means, the pipe closes, and the shell stops the whole process group and removes its folder.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

const WATCH: &str = r#"
signal=$1 folder=$2
shift 2
"$@" </dev/null &
server=$!
trap '' TERM INT QUIT
cat >/dev/null
kill -s "$signal" 0
wait "$server"
rm -rf "$folder"
kill -s KILL 0
"#;

/// A running server, stopped when this is dropped or when our process ends.
#[derive(Debug)]
pub struct Tethered {
    shell: Child,
    leash: Option<ChildStdin>,
}

impl Tethered {
    /// Starts `command` with its output in `folder/log`. When it ends, `signal` (as in `kill -s`) goes to the server
    /// and all its children, and `folder` is removed.
    ///
    /// # Errors
    /// If there is no shell or the log cannot be written. A command that fails shows in the log alone.
    pub fn start(
        command: &[&OsStr],
        env: &[(&str, &OsStr)],
        signal: &str,
        folder: &Path,
        log: &Path,
    ) -> io::Result<Self> {
        let out = std::fs::File::create(log)?;
        let mut shell = Command::new("sh")
            .args(["-c", WATCH, "tether", signal])
            .arg(folder)
            .args(command)
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()?;
        let leash = shell.stdin.take();
        Ok(Self { shell, leash })
    }
}

impl Drop for Tethered {
    fn drop(&mut self) {
        drop(self.leash.take());
        // The shell ends itself by a signal; how it ended says nothing.
        let _ = self.shell.wait();
    }
}
