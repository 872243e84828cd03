//! The hub tested as its people use it. One binary: a module for each word, and the harness's own tests.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and stops; there is nobody to hand an error to"
)]

mod api;
mod audit;
mod beside;
mod boards;
mod browser;
mod canary;
mod chain;
mod crash;
mod draft;
mod duty;
mod election;
mod escalation;
mod gaps;
mod harness;
mod identity;
mod incident;
mod limits;
mod live;
mod look;
mod marks;
mod nodes;
mod once;
mod pages_room;
mod policy;
mod queue;
mod reach;
mod report;
mod resume;
mod room;
mod sabotage;
mod seed;
mod server;
mod slow;
mod store;
mod story;
mod tabs;
mod tidy;
