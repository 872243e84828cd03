//! A NATS server of one test, which can be taken away and given back.

use std::net::TcpStream;

use crate::scratch::{free_port, new_folder};
use crate::tether::Tethered;
use crate::tools::Tool;
use crate::wait::eventually_blocking;

/// A NATS server on a port of its own.
#[derive(Debug)]
pub struct Nats {
    port: u16,
    server: Option<Tethered>,
}

impl Nats {
    /// A running server.
    ///
    /// # Panics
    /// If it is not installed or does not start.
    pub fn start() -> Self {
        let mut nats = Self { port: free_port(), server: None };
        nats.give_back();
        nats
    }

    /// `nats://…`, as in `HUB_BUS_URL`; the same before and after it was away.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills the server.
    pub fn take_away(&mut self) {
        self.server = None;
    }

    /// Starts it again on the same port, with nothing remembered.
    ///
    /// # Panics
    /// If it does not start.
    pub fn give_back(&mut self) {
        let program = Tool::Nats.expect();
        let folder = new_folder("nats");
        let port = self.port.to_string();
        let words = [program.as_os_str(), "-a".as_ref(), "127.0.0.1".as_ref(), "-p".as_ref(), port.as_ref()];
        let server = Tethered::start(&words, &[], "TERM", &folder, &folder.join("log"));
        self.server = Some(server.expect("a shell starts"));
        eventually_blocking("NATS listens", || TcpStream::connect(("127.0.0.1", self.port)).ok());
    }
}
