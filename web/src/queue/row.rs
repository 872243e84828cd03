//! The rows of the queue, from incidents: why, what comes next, whose clock runs, who has it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use hub::Hub;
use hub::audit::{EventView, Kind};
use hub::election::{Election, calendar};
use hub::escalation::Priority;
use hub::identity::{Right, Viewer};
use hub::incident::{IncidentView, catalogue, last_events};
use hub::store::PageOf;
use hub::time::Ts;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::view::{Body, Group, Row};
use crate::election::phase::nearest;
use crate::incident::tell;
use crate::when::{Times, ago};

/// How long a row keeps its mark after a rise.
const MARKED: SignedDuration = SignedDuration::from_mins(30);

/// For whom rows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct For {
    /// Whose rows are marked as theirs; nobody's where many read the same table.
    pub me: Option<i64>,
    /// Whether they may claim.
    pub claims: bool,
}

impl For {
    /// One reader.
    pub(super) fn one(viewer: &Viewer) -> Self {
        Self { me: Some(viewer.id()), claims: viewer.role().has(Right::Respond) }
    }
}

/// The table of a page. What is said where it is empty, and where it goes on, is its maker's.
pub(super) async fn body(hub: &Hub, readers: For, page: &PageOf<IncidentView>, rev: u64, now: Ts) -> hub::Result<Body> {
    // Only the response side has a queue, and all of it reads the same events.
    let said = last_events(hub, &Viewer::system("the queue"), &page.items).await?;
    let mut elections: HashMap<i64, Vec<Arc<Election>>> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for incident in &page.items {
        let of = incident.authority_id;
        let all = match elections.entry(of) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(hub.elections_of(of).await?),
        };
        let row = Making { hub, readers, now }.row(incident, all, said.get(&incident.id));
        let key = if incident.status.is_open() { incident.priority.code().to_lowercase() } else { "closed".to_owned() };
        match groups.last_mut().filter(|group| group.key == key) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { title: title(hub, incident), key, rows: vec![row] }),
        }
    }
    let open = || page.items.iter().filter(|incident| incident.status.is_open());
    Ok(Body {
        rev,
        as_of: now.timestamp(),
        groups,
        past_due: open().filter(|incident| incident.due().is_some_and(|due| due < now)).count(),
        unowned: open().filter(|incident| incident.owner_id.is_none()).count(),
        empty: String::new(),
        more: None,
    })
}

/// "P1, answer within 5 min".
fn title(hub: &Hub, incident: &IncidentView) -> String {
    if !incident.status.is_open() {
        return "Resolved and closed, the latest first".to_owned();
    }
    format!(
        "{}, answer within {}",
        incident.priority,
        hub.policy_of(&incident.why.policy).handling(incident.priority).first_response.in_words()
    )
}

struct Making<'a> {
    hub: &'a Hub,
    readers: For,
    now: Ts,
}

impl Making<'_> {
    fn row(&self, incident: &IncidentView, elections: &[Arc<Election>], last: Option<&EventView>) -> Row {
        let parts = &incident.why.parts;
        let zone = calendar::zone(&incident.zone).unwrap_or(TimeZone::UTC);
        let times = Times::utc(zone);
        let named = parts.because.near.as_ref().map(|near| near.election.as_str()).or(incident.election.as_deref());
        let open = incident.status.is_open();
        Row {
            reference: incident.reference.clone(),
            title: incident.title.clone(),
            category: catalogue().category(&incident.category).map_or(&incident.category, |known| &known.name).clone(),
            priority: incident.priority,
            severity: incident.severity,
            urgency: incident.urgency,
            why: incident.why.text.clone(),
            raised: self.raised(incident, &times),
            next: self.next(incident, &times).filter(|_| open),
            authority: incident.authority_name.clone(),
            slug: incident.authority.clone(),
            place: times.civil(self.now.timestamp()),
            phase: nearest(elections, named, self.now).map(|(_, phase)| phase),
            clock: self.clock(incident),
            owner: incident.owner.as_ref().map(|owner| owner.name.clone()),
            owner_id: incident.owner_id,
            mine: incident.owner_id.is_some() && incident.owner_id == self.readers.me,
            claimable: open && incident.owner_id.is_none() && self.readers.claims,
            activity: ago(incident.updated_at.timestamp(), self.now.timestamp()),
            last: last.map(words).unwrap_or_default(),
        }
    }

    /// "Raised to P1 at 07:00: polls open in Alder County at 07:00 EST (in 23 h 12 min)", for half an hour.
    fn raised(&self, incident: &IncidentView, times: &Times) -> Option<String> {
        let at = incident.raised_at.filter(|at| self.now.since(*at) < MARKED)?;
        let parts = &incident.why.parts;
        let why = if parts.overridden { "a person has set it" } else { &parts.near };
        Some(format!("Raised to {} at {}: {why}", incident.priority, times.clock(at.timestamp())))
    }

    /// "P1 at 08:00: early voting opens", where the next change is a rise.
    fn next(&self, incident: &IncidentView, times: &Times) -> Option<String> {
        let next = incident.next_change.filter(|next| next.priority < incident.priority)?;
        let when = times.moment(next.at.timestamp(), self.now.timestamp());
        let change = incident.why.parts.changes.iter().find(|change| change.at == next.at);
        let what = change.map(|change| match &change.offset {
            Some(offset) => format!(": {offset} {}", change.event),
            None => format!(": {}", change.event),
        });
        let at = if when.contains(' ') { "" } else { "at " };
        Some(format!("{} {at}{when}{}", next.priority, what.unwrap_or_default()))
    }

    /// The clock that is due next; where none runs, the one that stands still, or the answer that was given.
    fn clock(&self, incident: &IncidentView) -> Option<crate::face::ClockFace> {
        let clock = tell::next(incident)?;
        Some(tell::face(incident, clock, &self.hub.policy_of(&incident.why.policy), true, self.now))
    }
}

/// Who was paged.
fn paged(event: &EventView) -> String {
    let to = event.data["to"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = to.iter().filter_map(|one| one["name"].as_str()).collect();
    if names.is_empty() { "Nobody could be paged".to_owned() } else { format!("Paged {}", names.join(", ")) }
}

/// What happened last, in a few words.
fn words(event: &EventView) -> String {
    let who = event.by.as_ref().map_or("The hub", |by| by.name.as_str());
    let code = |name: &str| event.data.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let Ok(kind) = event.kind.parse::<Kind>() else { return String::new() };
    match kind {
        Kind::Message => format!("{who} wrote"),
        Kind::Note => format!("{who} noted"),
        Kind::Filed => match code("source") {
            "phone" => format!("Filed by telephone, {who}"),
            _ => format!("Filed by {who}"),
        },
        Kind::Priority => match (code("from").parse::<Priority>(), code("to").parse::<Priority>()) {
            (Ok(from), Ok(to)) if to < from => format!("Raised to {to}"),
            (_, Ok(to)) => format!("Lowered to {to}"),
            _ => kind.label().to_owned(),
        },
        Kind::LoweringProposed => format!("{} proposed", code("to")),
        Kind::Changed => format!("{who} changed it"),
        Kind::SeverityConfirmed => format!("{who} confirmed the severity"),
        Kind::Acknowledged => format!("{who} acknowledged"),
        Kind::Claimed => format!("{who} claimed it"),
        Kind::Released => format!("{who} gave it back"),
        Kind::Assigned => format!("{who} assigned it"),
        Kind::Paged => paged(event),
        Kind::Lapsed => kind.label().to_owned(),
        Kind::HandedOver => format!("{who} took it over"),
        Kind::Resolved => format!("{who} resolved it"),
        Kind::Closed => format!("{who} closed it"),
        Kind::Reopened => format!("{who} opened it again"),
        Kind::Unusual => "More filed than is usual".to_owned(),
        Kind::Election | Kind::Joined => kind.label().to_owned(),
    }
}
