//! The hub tested as its people use it. One binary: a module for each word, and the harness's own tests.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and stops; there is nobody to hand an error to"
)]

mod browser;
mod harness;
mod tidy;
