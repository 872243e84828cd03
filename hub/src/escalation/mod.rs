//! How closeness to an election becomes a priority: a pure function of stored facts and an instant. Nothing in this
//! folder's pure files asks a clock or a database: [`assess`] is a table that a lawyer can read, made of a [`Policy`].

mod assess;
pub mod auditor;
mod because;
mod calendar;
pub mod clockwork;
pub mod eval;
mod facts;
mod instants;
mod level;
mod near_words;
mod period;
pub mod policy;
pub mod sentence;
mod spans;
pub(crate) mod sweep;
#[cfg(test)]
mod tests;

pub use assess::{Assessment, NextChange, Winner, assess};
pub use because::{Because, Near, SpanName, Stage, What};
pub use calendar::Calendar;
pub use facts::{Answers, Counted, Facts, Functions, Relation};
pub(crate) use level::codes;
pub use level::{Axis, Function, Priority, Severity, UnknownCode, Urgency};
pub use period::{Period, WorkingHours};
pub use policy::{Acknowledgement, Approach, Handling, Policy, PolicyProblem, Promise, Recipient, Step, Targets};
