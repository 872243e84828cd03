//! How people reach the hub.

pub mod assets;
pub mod demo;
pub mod error_page;
pub mod face;
pub mod help;
pub mod page;
pub mod session;
pub mod theme;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod samples;
