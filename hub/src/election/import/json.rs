//! JSON in the form of `data/elections.json`.

use jiff::civil::{Date, DateTime};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Gathered, Imported, Note, Read, Unreadable, cut, end_of, is_id, short};
use crate::election::MilestoneKind;

#[derive(Deserialize)]
struct Whole {
    elections: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    id: Id,
    name: String,
    #[serde(default)]
    authority: String,
    #[serde(default)]
    date_status: String,
    #[serde(default)]
    date_basis: String,
    #[serde(default)]
    source: String,
    zone: Option<String>,
    #[serde(default)]
    windows: Vec<Window>,
    #[serde(default)]
    milestones: Vec<Milestone>,
    #[serde(default)]
    notes: Vec<Note>,
}

#[derive(Deserialize)]
struct Window {
    kind: String,
    opens: Civil,
    closes: Civil,
    zone: Option<String>,
}

#[derive(Deserialize)]
struct Milestone {
    kind: Option<String>,
    #[serde(default)]
    name: String,
    at: Option<Civil>,
    #[serde(default)]
    date: String,
    #[serde(default)]
    note: String,
    zone: Option<String>,
}

/// Read where it stands, so that what is wrong is told with its line.
struct Civil(DateTime);

impl<'de> Deserialize<'de> for Civil {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = super::civil(&text).map(Self);
        read.ok_or_else(|| {
            D::Error::custom(format!("{} is no local date and time; write 2026-11-03T06:00", short(&text)))
        })
    }
}

struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_id(&text) {
            return Ok(Self(text));
        }
        Err(D::Error::custom(format!("{} cannot be an id; use letters, digits, - and _, 64 at most", short(&text))))
    }
}

pub(super) fn read(text: &str) -> Result<Read, Unreadable> {
    let whole: Whole = serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        // The place is told in front.
        let reason = words.rsplit_once(" at line ").map_or(words.as_str(), |(reason, _)| reason);
        Unreadable::at(error.line().max(1), cut(reason, 300))
    })?;
    let mut read = Read::default();
    for one in whole.elections {
        if let Some(election) = election(one, &mut read.remarks) {
            read.elections.push(election);
        }
    }
    Ok(read)
}

fn election(one: One, remarks: &mut Vec<String>) -> Option<Imported> {
    let id = one.id.0;
    let name = cut(&one.name, 120);
    if name.is_empty() {
        remarks.push(format!("{id}: left, because it has no name"));
        return None;
    }
    let mut gathered = Gathered::new(&id, remarks);
    let own = one.zone.clone().unwrap_or_default();
    let of = |zone: Option<String>| zone.unwrap_or_else(|| own.clone());
    for window in one.windows {
        gathered.window(0, &window.kind, window.opens.0, window.closes.0, &of(window.zone));
    }
    // A milestone without a zone of its own lies in that of the election.
    let zone = if own.is_empty() { gathered.zone().unwrap_or_default() } else { own.clone() };
    for milestone in one.milestones {
        let note = || Note { name: named(&milestone), date: milestone.date.clone(), note: milestone.note.clone() };
        let kind = milestone.kind.as_deref().and_then(|kind| kind.parse::<MilestoneKind>().ok());
        let day = milestone.date.parse::<Date>().ok().and_then(end_of);
        match (kind, milestone.at.as_ref().map(|at| at.0).or(day)) {
            (Some(kind), Some(at)) => {
                gathered.milestone(0, kind, at, milestone.zone.as_deref().unwrap_or(&zone));
            }
            _ => gathered.note(0, note()),
        }
    }
    gathered.notes.extend(one.notes.into_iter().take(super::MOST));
    let otherwise = if own.is_empty() { "UTC" } else { &own };
    let zone = gathered.settle(otherwise);
    let Gathered { windows, milestones, notes, .. } = gathered;
    let certainty = match (one.date_status.as_str(), one.date_basis.as_str()) {
        (status, "") => status.to_owned(),
        ("", basis) => basis.to_owned(),
        (status, basis) => format!("{status}: {basis}"),
    };
    Some(Imported {
        name,
        authority: cut(&one.authority, 200),
        certainty: cut(&certainty, 300),
        source: cut(&one.source, 500),
        zone,
        windows,
        milestones,
        notes,
        id,
    })
}

fn named(milestone: &Milestone) -> String {
    match (milestone.name.is_empty(), &milestone.kind) {
        (true, Some(kind)) => kind.clone(),
        (true, None) => milestone.date.clone(),
        _ => milestone.name.clone(),
    }
}
