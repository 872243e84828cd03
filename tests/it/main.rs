//! The hub tested as its people use it. One binary: a module for each word, and the harness's own tests.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and stops; there is nobody to hand an error to"
)]

mod api;
mod audit;
mod boards;
mod browser;
mod duty;
mod election;
mod escalation;
mod harness;
mod identity;
mod incident;
mod live;
mod look;
mod once;
mod pages_room;
mod queue;
mod reach;
mod report;
mod room;
mod server;
mod store;
mod story;
mod tidy;
