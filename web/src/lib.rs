//! How people reach the hub.

pub mod answer;
pub mod api;
pub mod app;
pub mod assets;
pub mod authority;
pub mod cli;
pub mod dashboard;
pub mod demo;
pub mod door;
pub mod duty;
pub mod election;
pub mod error;
pub mod error_page;
pub mod extract;
pub mod face;
pub mod health;
pub mod help;
pub mod home;
pub mod incident;
pub mod live;
pub mod logging;
pub mod metrics;
pub mod page;
pub mod policy;
pub mod queue;
pub mod rates;
pub mod room;
pub mod routes;
pub mod security;
pub mod server;
pub mod session;
pub mod theme;
pub mod typed;
pub mod when;
pub mod why;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod samples;
