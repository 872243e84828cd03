//! The shapes of the API, for its document. They mirror what the hub reads and shows; tests hold real answers and
//! bodies against them, so that they stay true.
#![expect(dead_code, reason = "these types are described, never made")]

mod planning;
mod reaching;

use std::borrow::Cow;

use hub::duty;
use hub::escalation;
use hub::identity;
use hub::incident::{self, ClockState, catalogue};
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Object, RefOr};
use utoipa::{IntoParams, PartialSchema, ToSchema};

pub(super) use planning::{
    AcceptHandover, Authority, AuthorityPage, Cover, Dashboard, Election, ElectionChange, ElectionPage, ElectionPatch,
    Extend, Handover, HandoverPage, NewAuthority, NewCover, NewElection, NewHandover, NewShift, Shift, ShiftPage,
};
pub(super) use reaching::{AddedWebhook, NewWebhook, WebhookPage};

/// Named schemas that are built by an expression.
macro_rules! built {
    ($($name:ident = $object:expr;)+) => {$(
        pub(super) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($object))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

/// A closed list of codes of the hub.
macro_rules! all {
    ($list:ty) => {
        codes(<$list>::ALL.iter().map(|code| code.code()))
    };
}

built! {
    Role = all!(identity::Role);
    Post = all!(duty::Post);
    CoverState = all!(duty::CoverState);
    Right = all!(identity::Right);
    Side = codes(["authority", "response"]);
    Severity = all!(escalation::Severity);
    Urgency = all!(escalation::Urgency);
    Priority = all!(escalation::Priority);
    Function = all!(escalation::Function);
    AffectedFunction = codes(escalation::Function::ALL.iter().map(|function| function.code()).chain(["all"]));
    Axis = all!(escalation::Axis);
    Promise = all!(escalation::Promise);
    State = all!(ClockState);
    Status = all!(incident::Status);
    SettableStatus = codes(["working", "waiting"]);
    Tlp = all!(incident::Tlp);
    Source = all!(incident::Source);
    Veracity = all!(incident::Veracity);
    Cause = all!(incident::Cause);
    Category = codes(catalogue().categories().iter().map(|category| category.code.as_str()));
    Symptom = codes(catalogue().symptoms().iter().map(|symptom| symptom.code.as_str()));
    WindowKind = all!(hub::election::WindowKind);
    MilestoneKind = all!(hub::election::MilestoneKind);
    Answers = answers();
    Instant = of_format(SchemaFormat::KnownFormat(KnownFormat::DateTime), "2026-11-03T11:04:00Z");
    CivilTime = civil();
}

fn codes<'a>(all: impl IntoIterator<Item = &'a str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(all)).build()
}

fn of_format(format: SchemaFormat, example: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).examples([example]).build()
}

fn civil() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"))
        .description(Some("Local date and time in the zone that stands beside it"))
        .examples(["2026-11-03T06:00:00"])
        .build()
}

/// A code for each question that was answered.
fn answers() -> Object {
    let questions = catalogue().questions().iter();
    let all = questions.fold(ObjectBuilder::new().schema_type(Type::Object), |all, question| {
        let known = question.answers.iter().map(|answer| answer.code.as_str());
        all.property(question.axis.code(), RefOr::T(Schema::Object(codes(known))))
    });
    all.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .description(Some("Plain answers: question to code; `unknown` is one"))
        .build()
}

/// Names an incident.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Ref {
    /// The reference of an incident.
    #[param(example = "ALD-1")]
    r#ref: String,
}

/// Names an election.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ElectionId {
    /// The id of an election.
    id: String,
}

/// Names an authority.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Slug {
    /// The slug of an authority.
    #[param(example = "alder")]
    slug: String,
}

/// RFC 9457. Some kinds say more: the `present` state (412), the `owner` or the unseen `events` (409).
#[derive(ToSchema)]
pub(super) struct Problem {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    /// Every field that must be put right.
    errors: Option<Vec<FieldProblem>>,
}

#[derive(ToSchema)]
pub(super) struct FieldProblem {
    field: String,
    message: String,
}

/// No field.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(ToSchema)]
pub(super) struct Me {
    email: String,
    name: String,
    office: String,
    role: Role,
    side: Side,
    /// The slug of an official's authority.
    #[schema(required)]
    authority: Option<String>,
    permissions: Vec<Right>,
}

/// One of `summary`, `symptom` and `category` is required.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    symptom: Option<Symptom>,
    /// Else the one that the symptom proposes.
    category: Option<Category>,
    #[schema(max_length = 2000)]
    summary: Option<String>,
    answers: Option<Answers>,
    voting_stopped: Option<bool>,
    /// Else what the category usually touches.
    #[schema(min_items = 1)]
    functions: Option<Vec<AffectedFunction>>,
    sites: Option<ReportedSites>,
    #[schema(max_length = 200)]
    place: Option<String>,
    /// In own words.
    #[schema(max_length = 200)]
    since: Option<String>,
    still_happening: Option<bool>,
    callback: Option<ReportedCallback>,
    #[schema(max_length = 2000)]
    done_so_far: Option<String>,
    #[schema(max_length = 2000)]
    already_told: Option<String>,
    /// Else `AMBER+STRICT`.
    tlp: Option<Tlp>,
    /// The id of an election.
    #[schema(max_length = 200)]
    election: Option<String>,
    exercise: Option<bool>,
    /// The slug of the authority, where a responder files.
    #[schema(max_length = 200)]
    authority: Option<String>,
    /// By which door it came, where a responder files.
    source: Option<Source>,
    #[schema(max_length = 200)]
    verified_how: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportedSites {
    #[schema(minimum = 0, maximum = 1_000_000)]
    affected: i64,
    #[schema(minimum = 0, maximum = 1_000_000)]
    total: Option<i64>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportedCallback {
    #[schema(max_length = 40, pattern = r"[0-9].*[0-9].*[0-9]")]
    number: String,
    outside_affected_system: Option<bool>,
}

/// What is given replaces what was there; answers are merged by question.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IncidentPatch {
    #[schema(max_length = 2000)]
    summary: Option<String>,
    category: Option<Category>,
    answers: Option<Answers>,
    #[schema(min_items = 1)]
    functions: Option<Vec<AffectedFunction>>,
    voting_stopped: Option<bool>,
    sites: Option<ReportedSites>,
    status: Option<SettableStatus>,
    tlp: Option<Tlp>,
    veracity: Option<Veracity>,
    cause: Option<Cause>,
    /// `null` takes it away.
    election: Option<String>,
}

/// Numbers (`seq`, `version`) are those of the reader's side.
#[derive(ToSchema)]
pub(super) struct Incident {
    r#ref: String,
    exercise: bool,
    authority: String,
    authority_name: String,
    #[schema(required)]
    election: Option<String>,
    title: String,
    summary: String,
    category: Category,
    #[schema(required)]
    symptom: Option<Symptom>,
    functions: Vec<Function>,
    answers: Answers,
    voting_stopped: bool,
    #[schema(required)]
    sites: Option<Sites>,
    #[schema(required)]
    place: Option<String>,
    #[schema(required)]
    since: Option<String>,
    #[schema(required)]
    still_happening: Option<bool>,
    #[schema(required)]
    callback: Option<Callback>,
    #[schema(required)]
    done_so_far: Option<String>,
    #[schema(required)]
    already_told: Option<String>,
    severity: Severity,
    severity_confirmed: bool,
    urgency: Urgency,
    priority: Priority,
    computed_priority: Priority,
    why: Why,
    #[schema(required)]
    next_change: Option<NextChange>,
    #[schema(required)]
    lowering_proposed: Option<Priority>,
    status: Status,
    #[schema(required)]
    owner: Option<By>,
    #[schema(required)]
    acknowledged_at: Option<Instant>,
    clocks: Vec<Clock>,
    tlp: Tlp,
    source: Source,
    #[schema(required)]
    verified_how: Option<String>,
    /// For the response side, once it is judged.
    veracity: Option<Veracity>,
    /// For the response side, once it is judged.
    cause: Option<Cause>,
    opened_at: Instant,
    updated_at: Instant,
    #[schema(required)]
    closed_at: Option<Instant>,
    seq: i64,
    version: i64,
}

#[derive(ToSchema)]
pub(super) struct Sites {
    affected: i64,
    #[schema(required)]
    total: Option<i64>,
}

#[derive(ToSchema)]
pub(super) struct Callback {
    number: String,
    #[schema(required)]
    outside_affected_system: Option<bool>,
}

/// Why the priority is what it is.
#[derive(ToSchema)]
pub(super) struct Why {
    /// In English.
    text: String,
    parts: WhyParts,
    /// The version of the policy.
    policy: String,
}

#[derive(ToSchema)]
pub(super) struct WhyParts {
    priority: Priority,
    computed: Priority,
    overridden: bool,
    severity: Severity,
    urgency: Urgency,
    function: Function,
    because: Because,
    what: String,
    near: String,
    #[schema(required)]
    due: Option<Due>,
    changes: Vec<Change>,
}

#[derive(ToSchema)]
pub(super) struct Because {
    what: BecauseWhat,
    #[schema(required)]
    near: Option<BecauseNear>,
}

/// What made the severity: an answer, voting stopped, or the category alone.
#[derive(ToSchema)]
pub(super) struct BecauseWhat {
    #[schema(pattern = "^(answer|voting_stopped|starting)$")]
    kind: String,
    axis: Option<Axis>,
    code: Option<String>,
}

/// What made the urgency.
#[derive(ToSchema)]
pub(super) struct BecauseNear {
    election: String,
    election_name: String,
    authority: String,
    place: String,
    zone: String,
    name: String,
    stage: String,
    from: Instant,
    at: Instant,
}

#[derive(ToSchema)]
pub(super) struct Due {
    promise: Promise,
    at: Instant,
    words: String,
    past: bool,
}

/// What time alone would change.
#[derive(ToSchema)]
pub(super) struct Change {
    at: Instant,
    priority: Priority,
    rises: bool,
    event: String,
    #[schema(required)]
    offset: Option<String>,
    when: String,
    words: String,
}

#[derive(ToSchema)]
pub(super) struct NextChange {
    at: Instant,
    priority: Priority,
}

#[derive(ToSchema)]
pub(super) struct By {
    name: String,
    office: String,
    role: Role,
}

#[derive(ToSchema)]
pub(super) struct Clock {
    kind: Promise,
    due: Instant,
    #[schema(required)]
    met_at: Option<Instant>,
    state: State,
}

#[derive(ToSchema)]
pub(super) struct IncidentPage {
    items: Vec<Incident>,
    #[schema(required)]
    next: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmSeverity {
    /// As the responder found them; those that are left out stay.
    answers: Option<Answers>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    #[schema(max_length = 500)]
    reason: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reopen {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assign {
    /// The address of a responder, shift lead or supervisor.
    #[schema(format = Email)]
    to: String,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    priority: Priority,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolve {
    cause: Option<Cause>,
    #[schema(max_length = 2000)]
    text: Option<String>,
}

/// One row of a room's log.
#[derive(ToSchema)]
pub(super) struct Event {
    seq: i64,
    /// Clients skip kinds that they do not know.
    kind: String,
    at: Instant,
    #[schema(required)]
    by: Option<By>,
    text: Option<String>,
    data: serde_json::Map<String, serde_json::Value>,
    /// The id that its writer gave it.
    id: Option<String>,
}

#[derive(ToSchema)]
pub(super) struct Log {
    items: Vec<Event>,
    /// The newest number there is.
    seq: i64,
    /// The life of the database that the numbers are of.
    epoch: String,
    /// What to ask the next page after.
    #[schema(required)]
    next: Option<i64>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Say {
    /// The writer's own.
    id: uuid::Uuid,
    #[schema(min_length = 1, max_length = 10_000)]
    text: String,
    /// Whether only responders read it.
    note: Option<bool>,
    /// The newest number that the writer has seen; without it nothing guards.
    seen: Option<i64>,
    /// Whether to send it although there is something unseen.
    anyway: Option<bool>,
}
