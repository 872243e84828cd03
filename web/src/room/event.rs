//! One entry of a room's timeline. The page and the live frame render the same template.

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::Timestamp;

use super::text::{Block, Piece};

/// One row of the log as one reader sees it; its id in the page is `e` and its seq.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "room/_event.html")]
pub struct EventView {
    /// Its place in this side's numbering.
    pub seq: i64,
    /// The kind as the API names it; [`icon`] has its picture.
    pub kind: &'static str,
    /// When, in full.
    pub at: Timestamp,
    /// As the reader reads it: "03:14".
    pub clock: String,
    /// For responders the authority's own time beside it: "03:14"; none for officials.
    pub local: Option<String>,
    /// What it is.
    pub entry: Entry,
    /// Whom it was to reach, and how far that came: of the response side's page alone.
    pub reached: Vec<Told>,
}

/// Whom an event was to reach, as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// "Rosa Field: mail accepted after 2 s, opened after 3 min".
    pub words: String,
    /// Whether it reached nobody: marked, so that it is seen.
    pub lost: bool,
}

impl HtmlSafe for EventView {}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Something that happened, as one sentence.
    Happened {
        /// Its picture.
        icon: &'static str,
        /// Whether it raises: set apart.
        hot: bool,
        /// The sentence.
        pieces: Vec<Piece>,
    },
    /// Something somebody said to the room.
    Message(Said),
    /// Something for responders alone. Never given to an official's page.
    Note {
        /// What was written.
        said: Said,
        /// Who cannot see it: "Alder County".
        hidden_from: String,
    },
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The id its author's browser gave it, so that a sent message is not shown twice.
    pub id: Option<String>,
    /// Who, in full.
    pub name: String,
    /// "Official lead, Alder County", "Responder", "to responders".
    pub about: String,
    /// Whether they are of the response team.
    pub team: bool,
    /// What; empty where it was struck.
    pub body: Vec<Block>,
    /// Files that hang on it.
    pub files: Vec<FileView>,
    /// "Corrected 03:20", "Struck by Lena Ortiz, 03:21"; empty where it stands as written.
    pub mark: String,
    /// Who has seen it: "Seen by Ana and Olive"; empty where it is not known.
    pub seen: String,
}

/// A file in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Its name, defanged of folders.
    pub name: String,
    /// "1.8 MB".
    pub about: String,
    /// Where it is fetched.
    pub href: String,
    /// Whether it is a picture.
    pub image: bool,
}

/// One row of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A new day, the zone said with the first: "Wednesday 28 October, times in Alder County (EDT, UTC−4)".
    Day(String),
    /// Where reading stopped last time: "New since 03:06".
    Unread(String),
    /// An entry.
    Event(Box<EventView>),
}

/// The picture of a kind of event that is one sentence. What is not known yet is still shown.
pub fn icon(kind: &str) -> &'static str {
    match kind {
        "filed" => "megaphone",
        "changed" | "correction" => "note",
        "priority" => "raised",
        "lowering_proposed" => "lowered",
        "severity_confirmed" => "check",
        "acknowledged" | "claimed" | "assigned" | "released" => "user",
        "handed_over" => "handoff",
        "paged" | "unusual" => "bell",
        "attachment" => "clip",
        "struck" => "x",
        "resolved" => "done",
        "closed" => "lock",
        "reopened" | "restored" => "refresh",
        _ => "info",
    }
}
