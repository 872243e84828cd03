//! What the tests stand on. Generic pieces first: tools of the machine and the tests that need them, scratch folders,
//! processes that cannot outlive us, bounded waits, databases, the browser, the binary, HTTP and WebSocket clients.
//!
//! All of it talks to this machine alone, draws its ports from the system, and cleans up after a test that panics.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says why and stops; there is nobody to hand an error to"
)]

pub mod axe;
pub mod cdp;
pub mod chromium;
pub mod delivery;
pub mod dice;
pub mod engine;
pub mod http;
pub mod hub;
pub mod nats;
pub mod postgres;
pub mod proc;
pub mod proxy;
pub mod receiver;
pub mod scratch;
pub mod smtp;
pub mod tether;
pub mod tools;
pub mod wait;
pub mod ws;

pub use crate::hub::{Refused, TestHub};
pub use chromium::Window;
pub use engine::Engine;
pub use tools::Tool;
pub use wait::{eventually, within};
