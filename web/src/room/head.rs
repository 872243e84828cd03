//! The head of a room: what it is about, how urgent and why, whose it is and what is promised. A live frame replaces it
//! whole by its id, `room-head`.

use askama::Template;
use askama::filters::HtmlSafe;
use hub::escalation::Priority;

use crate::face::ClockFace;
use crate::page::CallLine;
use crate::why::Why;

/// The head as one reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "room/_head.html")]
pub struct HeadView {
    /// As `ALD-42`.
    pub reference: String,
    /// The incident's title.
    pub title: String,
    /// The priority in force and its reason.
    pub why: Why,
    /// The highest it ever was, once it is over and lower; none otherwise.
    pub highest: Option<Priority>,
    /// "Working", "Waiting for you", "Closed".
    pub status: String,
    /// Whether the room is over: resolved or closed.
    pub over: bool,
    /// Who has it; none while nobody does.
    pub owner: Option<String>,
    /// Its promises, the running ones last.
    pub clocks: Vec<Promise>,
    /// The nearest election, where there is one.
    pub election: Option<Nearness>,
    /// For responders: the authority, and its own time ("03:14 EDT").
    pub place: Option<(String, String)>,
    /// The TLP label, without "TLP:".
    pub tlp: String,
    /// Whether the reader may claim it now.
    pub claim: bool,
    /// Whether the reader may acknowledge it now.
    pub acknowledge: bool,
    /// Whether the reader may correct what was reported.
    pub edit: bool,
    /// Whether the reader is an official who may say in one press that voting is stopped. It is said without a version:
    /// whatever else was written meanwhile, this is true.
    pub stops: bool,
    /// For officials: the number to ring.
    pub call: Option<CallLine>,
}

impl HtmlSafe for HeadView {}

/// A clock of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Ring and words: "Next update in 10:52".
    pub face: ClockFace,
    /// When, as the reader reads times: "03:25"; empty once it is met.
    pub by: String,
    /// Whether a narrow window leaves it out.
    pub minor: bool,
}

/// How near an election is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearness {
    /// Civil days to it, negative after it.
    pub days: i64,
    /// "6 days to Election Day" for officials, "E−6, registration closes today" for responders.
    pub words: String,
}
