//! The incident row.

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, Iterable, JoinType, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{Cause, Chain, Clock, Clocks, Sites, Situation, Source, Status, Tlp, Veracity};
use crate::authority::row as authority;
use crate::escalation::{Answers, Facts, Functions, Policy, Priority, Promise, Severity, Targets, Urgency};
use crate::store::{Room, Tenanted, stored_as_text};
use crate::text::Reference;
use crate::time::Ts;

stored_as_text!(Status, Tlp, Source, Veracity, Cause);

/// Stands in a column that orders, where there is no instant: after all that there are.
pub(crate) const NEVER: Ts = Ts::LAST;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incidents")]
pub struct Model {
    pub authority_id: i64,
    #[sea_orm(primary_key)]
    pub id: i64,
    pub number: i64,
    pub exercise: bool,
    pub election_id: Option<String>,
    pub title: String,
    pub summary: String,
    /// Title and summary in small letters: see [`words`].
    pub words: String,
    pub category: String,
    pub symptom: Option<String>,
    /// JSON list of codes.
    pub functions: String,
    /// JSON object, code by question.
    pub answers: String,
    pub voting_stopped: bool,
    pub sites_affected: Option<i64>,
    pub sites_total: Option<i64>,
    pub place: Option<String>,
    pub since: Option<String>,
    pub still_happening: Option<String>,
    pub callback_number: Option<String>,
    pub callback_outside: Option<String>,
    pub done_so_far: Option<String>,
    pub already_told: Option<String>,
    pub tlp: Tlp,
    pub source: Source,
    pub verified_how: Option<String>,
    pub filed_by: i64,
    pub veracity: Option<Veracity>,
    pub cause: Option<Cause>,
    pub severity_confirmed: bool,
    /// 5 minus the severity's level: what is worse sorts first.
    pub mildness: i64,
    pub urgency: Urgency,
    pub computed_priority: Priority,
    /// In force.
    pub priority: Priority,
    /// `up` or `down` while a person's word is in force.
    pub overridden: Option<String>,
    /// JSON: the reasons, in parts.
    pub assessment: String,
    /// The version that made the assessment.
    pub policy: String,
    pub next_change_at: Option<Ts>,
    pub next_change_to: Option<Priority>,
    /// A lowering that waits for a person.
    pub lowering_to: Option<Priority>,
    /// When it rose by itself last, so that the queue can mark it.
    pub raised_at: Option<Ts>,
    /// When its priority may become another one.
    pub assess_at: Ts,
    /// JSON: where its chain stands.
    pub chain: String,
    /// When the next of its chain is due.
    pub step_at: Ts,
    pub status: Status,
    pub open: bool,
    pub acknowledged: bool,
    pub owner_id: Option<i64>,
    pub acknowledged_at: Option<Ts>,
    pub opened_at: Ts,
    pub updated_at: Ts,
    /// As officials see it: a note or a judgement of responders changes nothing of theirs.
    pub shared_updated_at: Ts,
    pub closed_at: Option<Ts>,
    /// JSON list.
    pub clocks: String,
    pub due_at: Ts,
    pub polls_close: Ts,
    pub seq: i64,
    pub shared_seq: i64,
    pub version: i64,
    /// As officials count changes.
    pub shared_version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Tenanted for Entity {
    const AUTHORITY: Column = Column::AuthorityId;
}

/// What the hub changes of an incident by itself when something of it is due; it changes nothing else.
pub(crate) const SWEPT: [Column; 25] = {
    use Column::*;
    [
        Mildness,
        Urgency,
        ComputedPriority,
        Priority,
        Overridden,
        Assessment,
        Policy,
        NextChangeAt,
        NextChangeTo,
        LoweringTo,
        RaisedAt,
        AssessAt,
        Chain,
        StepAt,
        Acknowledged,
        AcknowledgedAt,
        UpdatedAt,
        SharedUpdatedAt,
        Clocks,
        DueAt,
        PollsClose,
        Seq,
        SharedSeq,
        Version,
        SharedVersion,
    ]
};

/// Whether two states of an incident are the same in all that the hub does not change by itself.
pub(crate) fn same_but_for_swept(one: &Model, other: &Model) -> bool {
    let rest = Column::iter().filter(|column| SWEPT.iter().all(|swept| swept.as_str() != column.as_str()));
    rest.into_iter().all(|column| one.get(column) == other.get(column))
}

/// A clock as it stands in the column.
#[derive(Serialize, Deserialize)]
struct StoredClock {
    kind: Promise,
    due: i64,
    met_at: Option<i64>,
    paused_at: Option<i64>,
}

impl Model {
    /// The counters of its room.
    pub(crate) fn room(&mut self) -> Room<'_> {
        Room { incident: self.id, seq: &mut self.seq, shared_seq: &mut self.shared_seq }
    }

    /// Its name.
    pub(crate) fn reference(&self, code: &str) -> String {
        reference(code, self.number, self.exercise)
    }

    pub(crate) fn functions(&self) -> Functions {
        serde_json::from_str(&self.functions).unwrap_or(Functions::all())
    }

    pub(crate) fn answers(&self) -> Answers {
        serde_json::from_str(&self.answers).unwrap_or_default()
    }

    pub(crate) fn sites(&self) -> Option<Sites> {
        let affected = u32::try_from(self.sites_affected?).ok()?;
        Some(Sites { affected, total: self.sites_total.and_then(|total| u32::try_from(total).ok()) })
    }

    pub(crate) fn severity(&self) -> Severity {
        Severity::from_level(5 - self.mildness).unwrap_or(Severity::Baseline)
    }

    /// What escalation asks.
    pub(crate) fn facts(&self) -> Facts {
        let category = super::catalogue().category(&self.category);
        Facts {
            starting_severity: category.map_or(Severity::Medium, |category| category.starting_severity),
            severity_confirmed: self.severity_confirmed,
            functions: self.functions(),
            answers: self.answers(),
            voting_stopped: self.voting_stopped,
        }
    }

    pub(crate) fn clocks(&self) -> Clocks {
        let rows: Vec<StoredClock> = serde_json::from_str(&self.clocks).unwrap_or_default();
        Clocks::stored(rows.into_iter().map(|row| Clock {
            kind: row.kind,
            due: Ts::from_millis(row.due),
            met_at: row.met_at.map(Ts::from_millis),
            paused_at: row.paused_at.map(Ts::from_millis),
        }))
    }

    pub(crate) fn set_clocks(&mut self, clocks: &Clocks) {
        let rows: Vec<StoredClock> = clocks
            .all()
            .iter()
            .map(|clock| StoredClock {
                kind: clock.kind,
                due: clock.due.millis(),
                met_at: clock.met_at.map(Ts::millis),
                paused_at: clock.paused_at.map(Ts::millis),
            })
            .collect();
        self.clocks = text(&rows);
        self.due_at = clocks.earliest_due().unwrap_or(NEVER);
    }

    /// What is promised from `now` on, as lengths of time: working hours are counted in.
    pub(crate) fn targets(&self, policy: &Policy, now: Ts) -> Targets {
        super::clocks::targets(policy, self.priority, self.urgency, now)
    }

    /// Where its chain stands.
    pub(crate) fn chain(&self) -> Chain {
        serde_json::from_str(&self.chain).unwrap_or_default()
    }

    /// What its chain depends on.
    pub(crate) fn situation<'a>(&self, policy: &'a Policy) -> Situation<'a> {
        let update =
            self.clocks().get(Promise::NextUpdate).filter(|clock| clock.is_live() && clock.paused_at.is_none());
        Situation {
            policy,
            priority: self.priority,
            urgency: self.urgency,
            waits: self.status == Status::Waiting,
            update: update.map(|clock| clock.due),
        }
    }

    /// Writes down where its chain stands, and when the next of it is due.
    pub(crate) fn set_chain(&mut self, chain: &Chain, policy: &Policy) {
        self.chain = text(chain);
        let next = chain.next(&self.situation(policy)).filter(|_| self.open);
        self.step_at = next.map_or(NEVER, |(at, _)| at);
    }

    /// Counts a change that both sides see.
    pub(crate) fn touch(&mut self, now: Ts) {
        self.touch_internally(now);
        self.shared_version += 1;
        self.shared_updated_at = now;
    }

    /// Counts a change that only the response side sees.
    pub(crate) fn touch_internally(&mut self, now: Ts) {
        self.version += 1;
        self.updated_at = now;
    }
}

/// What is searched. Neither database makes small letters of all scripts by itself.
pub(crate) fn words(title: &str, summary: &str) -> String {
    format!("{title}\n{summary}").to_lowercase()
}

/// A value as JSON in a text column.
pub(crate) fn text(value: &impl Serialize) -> String {
    // Codes and maps of codes always can be written.
    serde_json::to_string(value).unwrap_or_default()
}

/// The incident with this key.
pub(crate) fn with_id(id: i64) -> Condition {
    with_ids([id])
}

/// The incidents with these keys.
pub(crate) fn with_ids(ids: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::Id.is_in(ids))
}

/// Those with work left.
pub(crate) fn open() -> Condition {
    Condition::all().add(Column::Open.eq(true))
}

/// Those with work left that somebody answers for.
pub(crate) fn open_and_acknowledged() -> Condition {
    open().add(Column::Acknowledged.eq(true))
}

/// Those with work left that are pinned to another policy than this.
pub(crate) fn open_under_another(version: &str) -> Condition {
    open().add(Column::Policy.ne(version))
}

/// Those that were there in some time: filed before its end, and not over before it began.
pub(crate) fn alive(from: Ts, to: Ts) -> Condition {
    let over = Condition::any().add(Column::ClosedAt.is_null()).add(Column::ClosedAt.gte(from));
    Condition::all().add(Column::OpenedAt.lt(to)).add(over)
}

/// Those with work left that somebody has.
pub(crate) fn open_of(owner: i64) -> Condition {
    open().add(Column::OwnerId.eq(owner))
}

/// Those whose priority may be another one by now.
pub(crate) fn assessment_due(now: Ts) -> Condition {
    open().add(Column::AssessAt.lte(now))
}

/// Those of whose chain something is due.
pub(crate) fn step_due(now: Ts) -> Condition {
    open().add(Column::StepAt.lte(now))
}

/// Either: each half has an index of its own.
pub(crate) fn due(now: Ts) -> Condition {
    Condition::any().add(assessment_due(now)).add(step_due(now))
}

/// How many incidents are past what is due for them, and since when the oldest is.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Due {
    pub count: i64,
    pub boundary: Option<Ts>,
    pub step: Option<Ts>,
}

/// What is due of those that were selected.
pub(crate) fn count_due(select: Select<Entity>) -> Select<Entity> {
    let select = select.select_only().column_as(Column::Id.count(), "count");
    select.column_as(Column::AssessAt.min(), "boundary").column_as(Column::StepAt.min(), "step")
}

/// Those of some authorities.
pub(crate) fn of(authorities: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::AuthorityId.is_in(authorities))
}

/// Those of all but some authorities.
pub(crate) fn not_of(authorities: impl IntoIterator<Item = i64>) -> Condition {
    Condition::all().add(Column::AuthorityId.is_not_in(authorities))
}

/// The name of an incident.
pub(crate) fn reference(code: &str, number: i64, exercise: bool) -> String {
    match Reference::new(code, number, exercise) {
        Ok(reference) => reference.to_string(),
        // Only a row that was changed by hand has such a number.
        Err(_) => format!("{code}-{number}"),
    }
}

/// What of an incident its room needs.
#[derive(Debug, FromQueryResult)]
pub(crate) struct RoomRow {
    pub authority_id: i64,
    pub id: i64,
    pub number: i64,
    pub exercise: bool,
    pub seq: i64,
    pub shared_seq: i64,
    pub code: String,
    pub name: String,
    pub zone: String,
}

/// Only that of what was selected.
pub(crate) fn room(select: Select<Entity>) -> Select<Entity> {
    use Column::{AuthorityId, Exercise, Id, Number, Seq, SharedSeq};
    let whose = Entity::belongs_to(authority::Entity).from(AuthorityId).to(authority::Column::Id);
    let select = select.select_only().columns([AuthorityId, Id, Number, Exercise, Seq, SharedSeq]);
    let theirs = [authority::Column::Code, authority::Column::Name, authority::Column::Zone];
    select.join(JoinType::InnerJoin, whose.into()).columns(theirs)
}

/// An incident by its keys alone.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Keys {
    pub authority_id: i64,
    pub id: i64,
}

/// Only the keys of what was selected.
pub(crate) fn keys(select: Select<Entity>) -> Select<Entity> {
    select.select_only().column(Column::AuthorityId).column(Column::Id)
}
