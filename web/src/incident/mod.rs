//! Filing an incident: the report, and the receipt it leads to.

mod filed;
mod new;
mod preview;
pub mod receipt;
pub mod report;
pub mod tell;

pub(crate) use new::{WRITERS, questions};

use crate::routes::Table;

/// The routes of this word, but for the room's.
pub fn routes(table: Table) -> Table {
    table.with(new::routes).with(filed::routes)
}

/// What follows "Do not" in one line of the taxonomy, which the page sets in bold: "call it an attack in public …".
pub(crate) fn after_do_not(line: &str) -> &str {
    line.strip_prefix("Do not ").unwrap_or(line)
}

#[cfg(test)]
pub(crate) const FIRST_HOUR: [&str; 6] = [
    "Call the hosting and DDoS provider now; give them the address and start time.",
    "Turn on under-attack / challenge mode and rate limits; cache the page as static files.",
    "Publish the same facts at the pre-agreed second place (state site, social account, printed results to the press room).",
    "Say publicly: the site shows results, it does not count votes; give the time of the next update.",
    "Check from outside and from inside; confirm the counting system is not reachable from this network.",
    "Keep edge and server logs; note request rate, top addresses, first-seen time.",
];

#[cfg(test)]
pub(crate) const DO_NOT: [&str; 2] = [
    "Do not call it an attack in public before the provider confirms.",
    "Do not repoint DNS in a hurry without a second person.",
];

/// The strings of a sample.
#[cfg(test)]
pub(crate) fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
