//! An incident as its reader sees it: the one shape of the page, the API and the export.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::assessing::explain;
use super::row::{Model, NEVER};
use super::{Callback, Cause, ClockState, Sites, Source, Status, Tlp, Veracity};
use crate::audit::By;
use crate::authority::row as authority;
use crate::election::Edition;
use crate::error::{Error, Result};
use crate::escalation::sentence::Why;
use crate::escalation::{Answers, Functions, Priority, Promise, Severity, Urgency};
use crate::hub::Hub;
use crate::identity::Side;
use crate::identity::person_row as person;
use crate::store::Reader;
use crate::text::Line;
use crate::time::Ts;

/// An incident, as the API shows it. Numbers (`seq`, `version`) are those of the reader's side.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "the fields are the contract's, one for one")]
pub struct IncidentView {
    #[serde(rename = "ref")]
    pub reference: String,
    pub exercise: bool,
    pub authority: String,
    pub authority_name: String,
    pub election: Option<String>,
    pub title: String,
    pub summary: String,
    pub category: String,
    pub symptom: Option<String>,
    pub functions: Functions,
    pub answers: Answers,
    pub voting_stopped: bool,
    pub sites: Option<Sites>,
    pub place: Option<String>,
    pub since: Option<String>,
    pub still_happening: Option<bool>,
    pub callback: Option<Callback>,
    pub done_so_far: Option<String>,
    pub already_told: Option<String>,
    pub severity: Severity,
    pub severity_confirmed: bool,
    pub urgency: Urgency,
    pub priority: Priority,
    pub computed_priority: Priority,
    pub why: Why,
    pub next_change: Option<NextPriority>,
    pub lowering_proposed: Option<Priority>,
    pub status: Status,
    pub owner: Option<By>,
    pub acknowledged_at: Option<Ts>,
    pub clocks: Vec<ClockView>,
    pub tlp: Tlp,
    pub source: Source,
    pub verified_how: Option<String>,
    /// Only the response side's judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub veracity: Option<Veracity>,
    /// Only the response side's judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    pub opened_at: Ts,
    pub updated_at: Ts,
    pub closed_at: Option<Ts>,
    pub seq: i64,
    pub version: i64,
    /// Its key in the database; not sent.
    #[serde(skip)]
    pub id: i64,
    /// Its authority's key; not sent.
    #[serde(skip)]
    pub authority_id: i64,
    /// Its authority's zone; not sent.
    #[serde(skip)]
    pub zone: String,
    /// When it rose by itself last; not sent.
    #[serde(skip)]
    pub raised_at: Option<Ts>,
    /// Its owner's key; not sent.
    #[serde(skip)]
    pub owner_id: Option<i64>,
}

/// The next instant at which the computed priority becomes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NextPriority {
    /// When.
    pub at: Ts,
    /// Which.
    pub priority: Priority,
}

/// A clock of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// What was promised.
    pub kind: Promise,
    /// Until when.
    pub due: Ts,
    /// When it was kept.
    pub met_at: Option<Ts>,
    /// Where it stands now.
    pub state: ClockState,
}

/// What views of incidents are made with: looked up once for a whole list.
pub(crate) struct Showing {
    side: Side,
    now: Ts,
    edition: Arc<Edition>,
    authorities: HashMap<i64, authority::Model>,
    people: HashMap<i64, person::Model>,
    hub: Hub,
}

impl Showing {
    /// For showing `rows` to the reader.
    pub(crate) async fn new(hub: &Hub, reader: &Reader<'_>, rows: &[Model], now: Ts) -> Result<Self> {
        let authorities = rows.iter().map(|row| row.authority_id).collect();
        let owners: Vec<i64> = rows.iter().filter_map(|row| row.owner_id).collect();
        let people = if owners.is_empty() {
            Vec::new()
        } else {
            reader.instance::<person::Entity>().filter(person::with_ids(owners)).all().await?
        };
        for version in rows.iter().map(|row| row.policy.as_str()).collect::<BTreeSet<_>>() {
            hub.policies.learn(reader, version).await?;
        }
        Ok(Self {
            side: reader.viewer().side(),
            now,
            edition: hub.edition().await?,
            authorities: crate::authority::by_id(reader, authorities).await?,
            people: people.into_iter().map(|row| (row.id, row)).collect(),
            hub: hub.clone(),
        })
    }

    /// One incident.
    pub(crate) fn show(&self, row: Model) -> Result<IncidentView> {
        let authority = self.authorities.get(&row.authority_id).ok_or(Error::NotFound)?;
        let owner = row.owner_id.and_then(|owner| self.people.get(&owner));
        let policy = self.hub.policy_of(&row.policy);
        Ok(show(row, authority, owner, &self.edition, &policy, self.side, self.now))
    }
}

/// The view of one incident whose surroundings are known.
pub(crate) fn show(
    row: Model,
    authority: &authority::Model,
    owner: Option<&person::Model>,
    edition: &Edition,
    policy: &crate::escalation::Policy,
    side: Side,
    now: Ts,
) -> IncidentView {
    // What is over is explained as it was when it ended.
    let at = row.closed_at.unwrap_or(now);
    let laid_out = edition.calendar(row.authority_id, row.election_id.as_deref(), policy);
    let why = explain(&row, policy, &laid_out, &authority.zone, at);
    let clocks = row.clocks();
    let clocks = clocks.all().iter().map(|clock| ClockView {
        kind: clock.kind,
        due: clock.due,
        met_at: clock.met_at,
        state: clock.state(at),
    });
    let shared = side == Side::Authority;
    IncidentView {
        reference: row.reference(&authority.code),
        exercise: row.exercise,
        authority: authority.slug.clone(),
        authority_name: authority.name.clone(),
        functions: row.functions(),
        answers: row.answers(),
        sites: row.sites(),
        severity: row.severity(),
        severity_confirmed: row.severity_confirmed,
        why,
        next_change: row
            .next_change_at
            .zip(row.next_change_to)
            .filter(|_| row.open)
            .map(|(at, priority)| NextPriority { at, priority }),
        owner: owner.map(|person| By {
            name: person.name.clone(),
            office: person.office.clone(),
            role: person.role.code().to_owned(),
        }),
        clocks: clocks.collect(),
        callback: row.callback_number.clone().map(|number| Callback {
            number: Line::stored(number),
            outside_affected_system: row.callback_outside.as_deref().map(|outside| outside == "yes"),
        }),
        still_happening: row.still_happening.as_deref().map(|still| still == "yes"),
        veracity: row.veracity.filter(|_| !shared),
        cause: row.cause.filter(|_| !shared),
        updated_at: if shared { row.shared_updated_at } else { row.updated_at },
        seq: if shared { row.shared_seq } else { row.seq },
        version: if shared { row.shared_version } else { row.version },
        election: row.election_id,
        title: row.title,
        summary: row.summary,
        category: row.category,
        symptom: row.symptom,
        voting_stopped: row.voting_stopped,
        place: row.place,
        since: row.since,
        done_so_far: row.done_so_far,
        already_told: row.already_told,
        urgency: row.urgency,
        priority: row.priority,
        computed_priority: row.computed_priority,
        lowering_proposed: row.lowering_to,
        status: row.status,
        acknowledged_at: row.acknowledged_at,
        tlp: row.tlp,
        source: row.source,
        verified_how: row.verified_how,
        opened_at: row.opened_at,
        closed_at: row.closed_at,
        id: row.id,
        authority_id: row.authority_id,
        zone: authority.zone.clone(),
        raised_at: row.raised_at,
        owner_id: row.owner_id,
    }
}

impl IncidentView {
    /// The earliest target that runs.
    pub fn due(&self) -> Option<Ts> {
        let running = |clock: &&ClockView| matches!(clock.state, ClockState::Running | ClockState::Breached);
        self.clocks.iter().filter(running).map(|clock| clock.due).min()
    }
}

/// An instant that stands for none.
pub(crate) fn some(at: Ts) -> Option<Ts> {
    (at != NEVER).then_some(at)
}
