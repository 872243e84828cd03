//! Elections out of files: JSON in the form of `data/elections.json`, VIP `HoursOpen`, iCalendar. Reading is pure: a
//! text in; elections, and a line for each thing that was taken or left, out. Nothing that a file holds can stop the
//! hub: what cannot be read is told with its line.

mod ical;
mod json;
mod store;
#[cfg(test)]
mod tests;
mod vip;

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Milestone, MilestoneKind, Window, WindowKind, calendar};
pub use store::import;

/// A file that is longer than this is none of elections.
const LONGEST: usize = 16 << 20;
/// So many elections of one file are taken at most, and so many windows, milestones and notes of each.
const MOST: usize = 2_000;

/// What a file says of one election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Names it in the file, and the same again in the next edition of the file.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// Whose it is, in the words of the file.
    pub authority: String,
    /// How sure the days are, in the words of the file: "statutory", "announced".
    pub certainty: String,
    /// Where it was taken from, in the words of the file.
    pub source: String,
    /// The IANA zone of its civil times.
    pub zone: String,
    /// As listed.
    pub windows: Vec<Window>,
    /// As listed.
    pub milestones: Vec<Milestone>,
    /// What is told beside the calendar and has no ladder.
    pub notes: Vec<Note>,
}

/// Something that a calendar tells and that nothing is counted by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What happens.
    pub name: String,
    /// When, in the words of the file.
    #[serde(default)]
    pub date: String,
    /// More on it.
    #[serde(default)]
    pub note: String,
}

/// What was read of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The elections, in their order.
    pub elections: Vec<Imported>,
    /// What was left out or taken in another sense than it was written, a sentence each.
    pub remarks: Vec<String>,
}

/// Why nothing of a file can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there and what to do.
    pub reason: String,
}

impl Unreadable {
    fn at(line: usize, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

/// Reads a file of any of the three forms. `zone` is that of the authority that the elections are for, where there is
/// one: some forms say none.
///
/// # Errors
/// The line, and what to do.
pub fn read(text: &str, zone: Option<&str>) -> Result<Read, Unreadable> {
    if text.len() > LONGEST {
        return Err(Unreadable::at(1, "the file is longer than 16 MiB; give the elections of one authority"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let zone = zone.filter(|zone| calendar::zone(zone).is_some());
    let start = text.trim_start();
    let mut read = match start.as_bytes() {
        [b'{' | b'[', ..] => json::read(text),
        [b'<', ..] => vip::read(text, zone),
        _ if start.get(..15).is_some_and(|word| word.eq_ignore_ascii_case("BEGIN:VCALENDAR")) => ical::read(text, zone),
        _ => Err(Unreadable::at(1, "this is no JSON, no VIP XML and no iCalendar; give a file of one of these forms")),
    }?;
    if read.elections.len() > MOST {
        return Err(Unreadable::at(1, format!("there are more than {MOST} elections in it; give fewer at a time")));
    }
    let mut seen = std::collections::BTreeSet::new();
    let Read { elections, remarks } = &mut read;
    elections.retain(|one| {
        let fresh = seen.insert(one.id.clone());
        if !fresh {
            remarks.push(format!("left a second election {}: an id stands for one", one.id));
        }
        fresh
    });
    Ok(read)
}

/// The windows of an election as they gather, each that cannot be used being left with a sentence.
struct Gathered<'a> {
    /// Names the election in the sentences.
    id: &'a str,
    /// The zone of its day, where there is one.
    home: Option<String>,
    windows: Vec<Window>,
    milestones: Vec<Milestone>,
    notes: Vec<Note>,
    remarks: &'a mut Vec<String>,
}

impl<'a> Gathered<'a> {
    fn new(id: &'a str, remarks: &'a mut Vec<String>) -> Self {
        Self { id, home: None, windows: Vec::new(), milestones: Vec::new(), notes: Vec::new(), remarks }
    }

    fn remark(&mut self, line: usize, sentence: impl std::fmt::Display) {
        let id = self.id;
        let place = if line == 0 { String::new() } else { format!(", line {line}") };
        self.remarks.push(format!("{id}{place}: {sentence}"));
    }

    fn window(&mut self, line: usize, kind: &str, opens: DateTime, closes: DateTime, zone: &str) {
        let Some(known) = window_kind(kind) else {
            return self.remark(line, format_args!("left a window of the unknown kind {}", short(kind)));
        };
        if known.code() != kind {
            self.remark(line, format_args!("{} is read as {}", short(kind), known.code()));
        }
        let Some(tz) = calendar::zone(zone) else {
            return self.remark(line, format_args!("left a window in {}, which is no IANA time zone", short(zone)));
        };
        if self.windows.len() >= MOST {
            return;
        }
        if calendar::instant(closes, &tz) <= calendar::instant(opens, &tz) {
            return self
                .remark(line, format_args!("left a window that closes at {closes}, not after it opens, {opens}"));
        }
        if kind == WindowKind::ElectionDay.code() && self.home.is_none() {
            self.home = Some(zone.to_owned());
        }
        let id = stable(&[self.id, "window", known.code(), &opens.to_string(), zone, &self.windows.len().to_string()]);
        self.windows.push(Window { id, kind: known, opens, closes, zone: Some(zone.to_owned()) });
    }

    fn milestone(&mut self, line: usize, kind: MilestoneKind, at: DateTime, zone: &str) {
        if calendar::zone(zone).is_none() {
            return self
                .remark(line, format_args!("left a {} in {}, which is no IANA time zone", kind.label(), short(zone)));
        }
        if self.milestones.len() < MOST {
            let place = self.milestones.len().to_string();
            let id = stable(&[self.id, "milestone", kind.code(), &at.to_string(), zone, &place]);
            self.milestones.push(Milestone { id, kind, at, zone: Some(zone.to_owned()) });
        }
    }

    fn note(&mut self, line: usize, note: Note) {
        if self.notes.len() < MOST {
            self.remark(line, format_args!("{} is kept as a note, without a ladder", short(&note.name)));
            self.notes.push(Note {
                name: cut(&note.name, 200),
                date: cut(&note.date, 200),
                note: cut(&note.note, 1_000),
            });
        }
    }

    /// The zone of its day, or else of its first window.
    fn zone(&self) -> Option<String> {
        self.home.clone().or_else(|| self.windows.first()?.zone.clone())
    }

    /// The election's own zone, that of its first day or else of its first window, and what stands in it no more.
    fn settle(&mut self, otherwise: &str) -> String {
        let milestone = self.milestones.first().and_then(|one| one.zone.clone());
        let zone = self.zone().or(milestone).unwrap_or_else(|| otherwise.to_owned());
        for own in
            self.windows.iter_mut().map(|one| &mut one.zone).chain(self.milestones.iter_mut().map(|one| &mut one.zone))
        {
            *own = own.take().filter(|own| *own != zone);
        }
        zone
    }
}

/// The kind of a window by its code, or by what others call it.
fn window_kind(code: &str) -> Option<WindowKind> {
    match code {
        "advance" => Some(WindowKind::EarlyVoting),
        "election_day_overseas" => Some(WindowKind::ElectionDay),
        code => code.parse().ok(),
    }
}

/// A civil time, with or without seconds; one with an offset is none.
fn civil(text: &str) -> Option<DateTime> {
    super::commands::civil(text)
}

/// The end of a day: what ends at midnight belongs to the day before.
fn end_of(day: Date) -> Option<DateTime> {
    Some(day.tomorrow().ok()?.at(0, 0, 0, 0))
}

/// The same name for the same words, in the form of the ids that the hub gives.
fn stable(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.len().to_be_bytes());
        hash.update(word.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// At most so many letters, and none that rule a terminal.
fn cut(text: &str, most: usize) -> String {
    let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.take(most).collect::<String>().trim().to_owned()
}

/// What a file says, to be quoted in a sentence.
fn short(text: &str) -> String {
    let mut quoted = String::new();
    // Writing to a text cannot fail.
    let _ = write!(quoted, "\u{201c}{}\u{201d}", cut(text, 60));
    quoted
}

/// An id of a file that can stand in an address.
fn is_id(id: &str) -> bool {
    let letters = id.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'.'));
    letters && (1..=64).contains(&id.len()) && id.bytes().any(|letter| letter.is_ascii_alphanumeric()) && id != "new"
}
