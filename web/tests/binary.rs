//! That this test exists makes `cargo test` build the program, which the tests of whole processes then run.
#![allow(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::process::Command;

#[test]
fn the_program_starts() {
    let done = Command::new(env!("CARGO_BIN_EXE_election-hub")).arg("--version").output().expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
