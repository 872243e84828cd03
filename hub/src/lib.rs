//! What the Election Communications Hub does.

pub mod audit;
pub mod authority;
pub mod config;
pub mod dashboard;
pub mod demo;
pub mod duty;
pub mod election;
pub mod error;
pub mod escalation;
mod hub;
pub mod id;
pub mod identity;
pub mod incident;
pub mod instance;
pub mod live;
pub mod notify;
pub mod policy;
pub mod rate;
pub mod room;
pub mod sabotage;
pub mod seed;
pub mod store;
pub mod text;
pub mod time;

pub use crate::hub::Hub;
pub use error::{Answer, Error, Problem, Problems, Refusal, Result};
