//! The shapes of elections, authorities, figures and shifts.

#[allow(clippy::wildcard_imports, reason = "the other half of the same document")]
use super::*;

#[derive(ToSchema)]
pub(in crate::api) struct Election {
    id: String,
    authority: String,
    authority_name: String,
    name: String,
    zone: String,
    windows: Vec<Window>,
    milestones: Vec<Milestone>,
    phase: String,
    version: i64,
}

#[derive(ToSchema)]
pub(in crate::api) struct Window {
    id: String,
    kind: WindowKind,
    opens: CivilTime,
    closes: CivilTime,
    zone: Option<String>,
}

#[derive(ToSchema)]
pub(in crate::api) struct Milestone {
    id: String,
    kind: MilestoneKind,
    at: CivilTime,
    zone: Option<String>,
}

#[derive(ToSchema)]
pub(in crate::api) struct ElectionPage {
    items: Vec<Election>,
    #[schema(required)]
    next: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewElection {
    /// The slug of its authority; officials may leave it out.
    authority: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// An IANA time zone; else the authority's.
    #[schema(example = "America/New_York")]
    zone: Option<String>,
    windows: Option<Vec<NewWindow>>,
    milestones: Option<Vec<NewMilestone>>,
}

/// What is given replaces what was there.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ElectionPatch {
    /// It stays what it is.
    authority: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    #[schema(example = "America/New_York")]
    zone: Option<String>,
    windows: Option<Vec<NewWindow>>,
    milestones: Option<Vec<NewMilestone>>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewWindow {
    /// Of a window that is there.
    id: Option<String>,
    kind: WindowKind,
    opens: CivilTime,
    closes: CivilTime,
    zone: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewMilestone {
    /// Of a milestone that is there.
    id: Option<String>,
    kind: MilestoneKind,
    at: CivilTime,
    zone: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Extend {
    /// The id of a window.
    window: String,
    closes: CivilTime,
}

#[derive(ToSchema)]
pub(in crate::api) struct ElectionChange {
    election: Election,
    moved: Vec<Moved>,
}

#[derive(ToSchema)]
pub(in crate::api) struct Moved {
    r#ref: String,
    priority_before: Priority,
    priority: Priority,
    #[schema(required)]
    due_before: Option<Instant>,
    #[schema(required)]
    due: Option<Instant>,
}

#[derive(ToSchema)]
pub(in crate::api) struct Authority {
    slug: String,
    code: String,
    name: String,
    /// The slug of the authority above, where the reader may know of it.
    #[schema(required)]
    parent: Option<String>,
    zone: String,
}

#[derive(ToSchema)]
pub(in crate::api) struct AuthorityPage {
    items: Vec<Authority>,
    #[schema(required)]
    next: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewAuthority {
    slug: String,
    #[schema(pattern = "^[A-Z][A-Z0-9]{1,5}$")]
    code: String,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// An IANA time zone.
    #[schema(example = "America/New_York")]
    zone: String,
    /// The slug of the authority above.
    parent: Option<String>,
}

#[derive(ToSchema)]
pub(in crate::api) struct Dashboard {
    as_of: Instant,
    open: OpenByPriority,
    unacknowledged: i64,
    past_due: i64,
    waiting: i64,
    decisions: Vec<Decision>,
    on_duty: Vec<Shift>,
    heat: Vec<Heat>,
}

#[derive(ToSchema)]
#[expect(non_snake_case, reason = "the codes of priorities")]
pub(in crate::api) struct OpenByPriority {
    P1: i64,
    P2: i64,
    P3: i64,
    P4: i64,
    P5: i64,
}

#[derive(ToSchema)]
pub(in crate::api) struct Decision {
    r#ref: String,
    what: String,
    #[schema(required)]
    due: Option<Instant>,
    priority: Priority,
    authority_name: String,
    title: String,
}

/// How many open incidents there are of a priority and an urgency.
#[derive(ToSchema)]
pub(in crate::api) struct Heat {
    priority: Priority,
    urgency: Urgency,
    count: i64,
}

#[derive(ToSchema)]
pub(in crate::api) struct Shift {
    name: String,
    role: Role,
    email: String,
    post: Post,
    from: Instant,
    to: Instant,
    /// The shift has ended and nobody has accepted it: they stay on duty until `to`.
    over: bool,
}

#[derive(ToSchema)]
pub(in crate::api) struct ShiftPage {
    items: Vec<Shift>,
    #[schema(required)]
    next: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewShift {
    /// The address of a responder, shift lead or supervisor.
    #[schema(format = Email)]
    person: String,
    /// RFC 3339, or a civil time of `zone` as `2026-11-03T22:00`.
    from: String,
    /// Likewise.
    to: String,
    /// That of the person's role where it is left out.
    post: Option<Post>,
    /// The IANA zone in which `from` and `to` are civil times.
    zone: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewCover {
    /// The address of whoever is to be covered; the caller where it is left out.
    whose: Option<String>,
    /// The address of whoever comes in. A shift lead may leave it out: then nobody does.
    by: Option<String>,
    /// RFC 3339, or a civil time of `zone`.
    from: String,
    /// Likewise.
    to: String,
    /// The IANA zone in which `from` and `to` are civil times.
    zone: Option<String>,
    /// All of theirs where it is left out.
    post: Option<Post>,
}

#[derive(ToSchema)]
pub(in crate::api) struct Cover {
    id: i64,
    whose: String,
    #[schema(required)]
    by: Option<String>,
    #[schema(required)]
    post: Option<Post>,
    from: Instant,
    to: Instant,
    state: CoverState,
    made_by: String,
    /// The first half, where it is half of a swap.
    #[schema(required)]
    swap: Option<i64>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewHandover {
    /// The address of whoever goes; the caller where it is left out. Others are for a shift lead.
    from: Option<String>,
    /// The address of whoever takes over; the next on the post where it is left out.
    to: Option<String>,
    /// The first that they are on where it is left out.
    post: Option<Post>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AcceptHandover {
    /// The references that go over now; all where it is left out. What is left keeps the hand-over open.
    refs: Option<Vec<String>>,
}

#[derive(ToSchema)]
pub(in crate::api) struct Handover {
    id: i64,
    post: Post,
    from: HandoverSide,
    to: HandoverSide,
    /// When the shift ends.
    ends: Instant,
    made_at: Instant,
    #[schema(required)]
    opened_at: Option<Instant>,
    #[schema(required)]
    accepted_at: Option<Instant>,
}

#[derive(ToSchema)]
pub(in crate::api) struct HandoverSide {
    name: String,
    email: String,
}

#[derive(ToSchema)]
pub(in crate::api) struct HandoverPage {
    items: Vec<Handover>,
    #[schema(required)]
    next: Option<String>,
}
