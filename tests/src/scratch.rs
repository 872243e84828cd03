//! Folders that are gone after the test, and free ports.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder of one test, removed when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty folder.
    ///
    /// # Panics
    /// If the system's folder for temporary files cannot be written.
    pub fn new() -> Self {
        Self(new_folder("test"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files, and a test that already fails must not panic twice.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new folder that its maker removes. Its name carries our process id, so that a later run can tell
/// whether its owner is still there.
///
/// # Panics
/// If the system's folder for temporary files cannot be written.
pub fn new_folder(what: &str) -> PathBuf {
    let name = format!("hub-{what}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    // An earlier process may have had our id and may have been killed.
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir(&path).unwrap_or_else(|e| panic!("{} cannot be made: {e}", path.display()));
    path
}

/// A port on loopback that nobody listens on. Give a server port 0 instead where it can tell which one it took.
///
/// # Panics
/// If the machine has no free port.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
