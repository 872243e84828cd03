//! What happened at an authority, and the work that was promised on it.

mod assessing;
pub mod catalogue;
pub mod chain;
pub mod clocks;
mod commands;
mod filing;
pub mod lifecycle;
mod loaded;
mod paging;
mod patch;
mod queries;
pub mod report;
pub(crate) mod row;
mod view;

pub use catalogue::{Answer, Catalogue, Category, Question, Symptom, catalogue};
pub use chain::{Chain, Situation};
pub use clocks::{Clock, ClockState, Clocks};
pub use lifecycle::{Cause, Source, Status, Tlp, Unlawful, Veracity, Verb, next};
pub use report::{Callback, Checked, Report, Sites};

pub(crate) use assessing::{Occasion, assess_first, explain, lower, raise, reassess};
pub use commands::{
    Assign, ConfirmSeverity, Override, Reason, Resolve, acknowledge, assign, claim, close, confirm_lowering,
    confirm_severity, file, override_priority, release, reopen, resolve,
};
pub(crate) use commands::{blank, filed_data};
pub(crate) use filing::Filing;
pub(crate) use loaded::{Common, Loaded};
pub(crate) use paging::{Page as Paging, post};
pub use patch::{Patch, patch};
pub use queries::{
    Filter, Load, Owner, Sort, State, count, get, last_events, list, may, open_by_authority, open_by_owner, reached,
};
pub(crate) use queries::{find_room, late, owners_in, standing, standing_in};
pub use view::{ClockView, IncidentView, NextPriority};
