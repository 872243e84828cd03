//! A real mail server of one test, which can be told to be in a bad way.

use std::net::TcpStream;
use std::path::PathBuf;

use serde::Deserialize;

use crate::scratch::{free_port, new_folder};
use crate::tether::Tethered;
use crate::tools::Tool;
use crate::wait::eventually_blocking;

/// A letter that the server was given.
#[derive(Debug, Clone, Deserialize)]
pub struct Letter {
    /// What the server was told to do when it came.
    pub mode: String,
    /// The sender of the envelope.
    pub from: String,
    /// Everybody to whom it was to go.
    pub to: Vec<String>,
    /// All of it, as it came.
    pub content: String,
}

impl Letter {
    /// The values of all heads with this name.
    pub fn heads(&self, name: &str) -> Vec<&str> {
        let head = self.content.split("\r\n\r\n").next().unwrap_or_default();
        let values = head.lines().filter_map(|line| line.split_once(": "));
        values.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    /// What follows the heads.
    pub fn body(&self) -> &str {
        self.content.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}

/// A mail server on a port of its own.
#[derive(Debug)]
pub struct Smtp {
    port: u16,
    folder: PathBuf,
    _server: Tethered,
}

impl Smtp {
    /// A running server that takes everything.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start() -> Self {
        let (python, port, folder) = (Tool::Smtp.expect(), free_port(), new_folder("smtp"));
        let script = folder.join("server.py");
        std::fs::write(&script, include_str!("smtp.py")).expect("the folder can be written");
        std::fs::write(folder.join("mode"), "ok").expect("the folder can be written");
        let number = port.to_string();
        let words = [python.as_os_str(), script.as_os_str(), number.as_ref(), folder.as_os_str()];
        let server = Tethered::start(&words, &[], "TERM", &folder, &folder.join("log")).expect("a shell starts");
        eventually_blocking("the mail server listens", || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { port, folder, _server: server }
    }

    /// `smtp://…`, as in `HUB_SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it does with letters from now on: `ok`, `temp` (later, please), `refuse` (never), `slow` (no answer), `drop`
    /// (hangs up).
    ///
    /// # Panics
    /// If its folder cannot be written.
    pub fn does(&self, mode: &str) {
        let (part, whole) = (self.folder.join("mode.part"), self.folder.join("mode"));
        std::fs::write(&part, mode).and_then(|()| std::fs::rename(part, whole)).expect("the folder can be written");
    }

    /// The letters that it was given, in order, whatever it said to them.
    ///
    /// # Panics
    /// If one cannot be read.
    pub fn letters(&self) -> Vec<Letter> {
        let files = std::fs::read_dir(&self.folder).expect("its folder").flatten().map(|entry| entry.path());
        let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
        files.sort();
        let read = |path: &PathBuf| serde_json::from_slice(&std::fs::read(path).expect("a letter")).expect("a letter");
        files.iter().map(read).collect()
    }
}
