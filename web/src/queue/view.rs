//! The page of the queue. Its table and its views are structs of their own: a live frame renders them alone and
//! replaces them by id.

use askama::Template;
use hub::escalation::{Priority, Severity, Urgency};
use jiff::Timestamp;

use crate::election::phase::Phase;
use crate::face::{Choice, ClockFace};
use crate::page::Shell;

/// `/queue`.
#[derive(Debug, Template)]
#[template(path = "queue/queue.html")]
pub struct Queue {
    /// The frame. Its title is that of the view: "All open".
    pub shell: Shell,
    /// The views at the side, the present one marked.
    pub views: Views,
    /// What the list is narrowed to.
    pub filter: Filter,
    /// The table.
    pub body: Body,
    /// Whether it loads itself again where there are no scripts, and the address at which it is the other way round.
    pub refresh: (bool, String),
}

/// The links of the views, `#queue-views`.
#[derive(Debug, Template)]
#[template(path = "queue/_views.html")]
pub struct Views {
    /// In their order.
    pub items: Vec<View>,
}

// Its template escapes what it shows; a page may hold it as it is.
impl askama::filters::HtmlSafe for Views {}

/// One view.
#[derive(Debug, Clone)]
pub struct View {
    /// `/queue?view=mine`.
    pub href: String,
    /// "Mine".
    pub label: &'static str,
    /// How many it holds; none where counting would cost more than it tells (closed).
    pub count: Option<usize>,
    /// Whether it is the one shown.
    pub current: bool,
}

/// The form above the table, as it was sent. Its fields are `view`, `priority`, `urgency`, `authority`, `owner`, `q`.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The view that is narrowed: `all`, `mine`, `unassigned`, `waiting`, `closed`.
    pub view: String,
    /// `P1` to `P5`, or nothing.
    pub priority: String,
    /// `U0` to `U5`, or nothing.
    pub urgency: String,
    /// A slug, or nothing.
    pub authority: String,
    /// The authorities to pick from, without "any".
    pub authorities: Vec<Choice>,
    /// `me`, `none`, an address, or nothing.
    pub owner: String,
    /// The people to pick from, without "anyone", "me" and "nobody".
    pub owners: Vec<Choice>,
    /// Words of a reference, a title or an authority.
    pub q: String,
}

impl Filter {
    /// Whether anything is narrowed: then a link undoes it, and a phone shows every field.
    pub fn active(&self) -> bool {
        [&self.priority, &self.urgency, &self.authority, &self.owner, &self.q].iter().any(|value| !value.is_empty())
    }

    pub(crate) fn priorities() -> &'static [Priority] {
        Priority::ALL
    }

    pub(crate) fn urgencies() -> &'static [Urgency] {
        Urgency::ALL
    }
}

/// The table with its foot, `#queue-body`.
#[derive(Debug, Template)]
#[template(path = "queue/_body.html")]
pub struct Body {
    /// The view's revision: a frame with an older one is dropped.
    pub rev: u64,
    /// When it was read.
    pub as_of: Timestamp,
    /// One group for each priority that has a row; the closed view is one group.
    pub groups: Vec<Group>,
    /// Open incidents past a target, in this list.
    pub past_due: usize,
    /// Open incidents without an owner, in this list.
    pub unowned: usize,
    /// What is said where there is no row: what will appear here.
    pub empty: String,
    /// The rest of the list, where it is longer than a page: `/queue?view=closed&cursor=…`.
    pub more: Option<String>,
}

impl askama::filters::HtmlSafe for Body {}

impl Body {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }

    pub(crate) fn clock(&self) -> String {
        self.as_of.strftime("%H:%M:%S").to_string()
    }
}

/// Rows under one heading.
#[derive(Debug, Clone)]
pub struct Group {
    /// Names the group's place in the page, `queue-p1`: `p1` to `p5`, `closed`.
    pub key: String,
    /// "P1, answer within 5 minutes".
    pub title: String,
    /// In queue order.
    pub rows: Vec<Row>,
}

/// One incident, `#q-ALD-42`.
#[derive(Debug, Clone)]
pub struct Row {
    /// `ALD-42`, or `X-ALD-7`.
    pub reference: String,
    /// What it is about.
    pub title: String,
    /// Its category in words.
    pub category: String,
    /// In force.
    pub priority: Priority,
    /// How bad.
    pub severity: Severity,
    /// How near.
    pub urgency: Urgency,
    /// The whole sentence, as text.
    pub why: String,
    /// "Raised from P2 at 07:00: 24 h to polls opening", while the row keeps its mark.
    pub raised: Option<String>,
    /// The next change, where it is a rise: "P1 at 08:00: early voting opens".
    pub next: Option<String>,
    /// The authority's name.
    pub authority: String,
    /// Its slug.
    pub slug: String,
    /// What stands under its name: its parent, or its time "02:14 CDT".
    pub place: String,
    /// Where its election stands; none where it has none ahead.
    pub phase: Option<Phase>,
    /// The clock that is due next; none where none runs and none ran.
    pub clock: Option<ClockFace>,
    /// Who has it; none where nobody has.
    pub owner: Option<String>,
    /// That person's key, by which the page finds its reader's rows in a table that many read.
    pub owner_id: Option<i64>,
    /// Whether that is the reader.
    pub mine: bool,
    /// Whether the reader may claim it: nobody has it, it is open, and they are no auditor.
    pub claimable: bool,
    /// "9 min ago".
    pub activity: String,
    /// "Filed by phone".
    pub last: String,
}
