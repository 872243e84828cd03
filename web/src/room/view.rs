//! The page of a room.

use askama::Template;
use askama::filters::HtmlSafe;
use hub::escalation::Priority;
use jiff::Timestamp;

use super::actions::Actions;
use super::event::{EventView, Row};
use super::head::HeadView;
use crate::face::{ClockFace, Fact};
use crate::page::Shell;

/// `/incidents/{ref}`. Nothing of it is for officials that is not in these fields: a note, and the switch that writes
/// one, exist only where a responder's page is given them.
#[derive(Debug, Template)]
#[template(path = "room/room.html")]
pub struct Room {
    /// The frame; marked as an exercise where it is one.
    pub shell: Shell,
    /// The newest seq on this page, as this side counts: live goes on from there.
    pub seq: i64,
    /// The log's epoch: a foreign one makes the script load the room afresh.
    pub epoch: String,
    /// `authority` or `response`.
    pub side: &'static str,
    /// Whose page it is, for what their browser keeps: told apart from others', and nothing else can be read from it.
    pub me: String,
    /// How far others have read, as `[["Rosa Field", 41], …]`: the script moves it on.
    pub marks: String,
    /// The head.
    pub head: HeadView,
    /// The responder's own rooms, this one among them; empty hides the list.
    pub mine: Vec<Mine>,
    /// Why the last form did nothing: "Ravi Nair has claimed it a moment ago."; empty otherwise.
    pub notice: String,
    /// The one thing that is asked of the reader, above the timeline.
    pub ask: Option<Ask>,
    /// What an official is told who waits for an answer; none for responders, and where there is nobody to wait for.
    pub silence: Option<Silence>,
    /// Where the entries before these are; empty where there are none.
    pub earlier: String,
    /// All entries, oldest first, without those in `guard`.
    pub timeline: Vec<Row>,
    /// Where the entries after these are; empty on the newest.
    pub later: String,
    /// What the reader had not seen when they sent: their message was not stored.
    pub guard: Option<Guard>,
    /// Where one writes, or why not.
    pub composer: Composer,
    /// What the reader may do.
    pub actions: Actions,
    /// The category in plain words: "Our website is down or very slow".
    pub category: String,
    /// Questions to ask for this category; responders alone.
    pub questions: Vec<String>,
    /// The category's first hour, word for word.
    pub first_hour: Vec<String>,
    /// Its "do not" lines, word for word.
    pub do_not: Vec<String>,
    /// What was reported and what is known.
    pub facts: FactsView,
    /// Clocks and chain; responders alone.
    pub clocks: Vec<Fact>,
    /// Who is here.
    pub people: PeopleView,
    /// How the reference is said on the telephone: "Alder, 42".
    pub spoken: String,
}

impl Room {
    /// Whether the page is a responder's.
    fn response(&self) -> bool {
        self.side == "response"
    }

    /// Whether there is nothing above the timeline yet: only what may have to be said later.
    fn quiet(&self) -> bool {
        self.ask.is_none() && self.notice.is_empty() && self.silence.as_ref().is_none_or(|silence| !silence.shown)
    }
}

/// One of a responder's own rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// As `ALD-42`.
    pub reference: String,
    /// Its priority.
    pub priority: Priority,
    /// Its running clock, short: the words are "10:52".
    pub clock: Option<ClockFace>,
    /// Its title.
    pub title: String,
    /// "Alder County, E−6".
    pub about: String,
    /// Whether it is the room shown.
    pub current: bool,
}

/// What is asked of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// "We need one thing from you:", "The table now says P2:".
    pub lead: String,
    /// What.
    pub words: String,
    /// The verb below the room that answers it and its button: `confirm-lowering`, "Lower to P2".
    pub button: Option<(&'static str, String)>,
}

/// Nobody has answered an official: said plainly, with what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Silence {
    /// Since when they wait; none while they do not.
    pub since: Option<(Timestamp, String)>,
    /// After how many seconds it is said.
    pub after: i64,
    /// Whether it is time already.
    pub shown: bool,
    /// "On duty: Rosa Field, until 06:00."
    pub duty: String,
}

/// A message that was not stored, because newer ones were unseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The newer ones.
    pub unseen: Vec<EventView>,
    /// "Not sent yet. You have not seen 2 newer messages:".
    pub words: String,
}

/// The foot of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Composer {
    /// One can write. Posts `id`, `text`, `seen`, for responders `note` (`true`, `false`), and `anyway` from the guard.
    Open(Draft),
    /// The incident is over; who may write still can, to reopen is a verb.
    Closed {
        /// "Closed on Thursday 29 October, 10:20 EDT."
        words: String,
        /// The report, where there is one.
        report: Option<String>,
        /// What the reader had begun to write before; empty where nothing.
        kept: String,
    },
    /// The reader only reads: "You read this room as auditor."
    ReadOnly(String),
}

/// What is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The message's id (UUID): sending twice stores once.
    pub id: String,
    /// The text, kept where it came back.
    pub text: String,
    /// What of it the hub keeps as a draft; empty where nothing.
    pub kept: String,
    /// What is wrong with it; empty where nothing is.
    pub problem: String,
    /// "Write to Rosa and the team".
    pub placeholder: String,
    /// "Ana, Olive and Fay will see this", "Seen by everyone in this room".
    pub audience: String,
    /// For responders, whom a message goes to ("Alder County") and whether a note was being written. None for officials.
    pub switch: Option<Switch>,
}

/// Message or note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Whom a message goes to.
    pub to: String,
    /// Whether a note was being written: when the page came back, or in the draft. What was begun as a note never stands
    /// there as a message; else a fresh page always begins with one.
    pub note: bool,
}

/// What is known; replaced by its id, `room-facts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "room/_facts.html")]
pub struct FactsView {
    /// "You see", "Voting", "Began", "Call-back", "Sharing" …
    pub facts: Vec<Fact>,
    /// The severity questions that were answered, in words.
    pub answers: Vec<Fact>,
    /// Whether it is a fold (responders) or stands open (officials).
    pub fold: bool,
    /// Where it is corrected; empty where the reader may not.
    pub edit: String,
}

impl HtmlSafe for FactsView {}

/// Who is in the room; replaced by its id, `room-people`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "room/_people.html")]
pub struct PeopleView {
    /// One after the other.
    pub people: Vec<Present>,
    /// Whether it is a fold (responders) or stands open (officials).
    pub fold: bool,
    /// Beside the fold: "2 here, 1 on call".
    pub count: String,
}

impl HtmlSafe for PeopleView {}

/// Somebody of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// In full.
    pub name: String,
    /// "Responder on duty until 06:00", "Official, Alder County".
    pub about: String,
    /// Whether they are of the response team.
    pub team: bool,
    /// "Here", "On call", "Told 02:59".
    pub presence: String,
    /// Whether they are not in the room.
    pub away: bool,
    /// What `presence` is while they are not in the room; empty where they stand here only because they are.
    pub rest: String,
}
