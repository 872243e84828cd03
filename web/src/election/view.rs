//! The pages of elections: the list, one of them, and what a change moved. The forms are in [`super::forms`].

use askama::Template;
use hub::escalation::{Priority, Severity, Urgency};

use super::phase::Phase;
use crate::page::Shell;

/// `/elections`, for everybody signed in.
#[derive(Debug, Template)]
#[template(path = "election/list.html")]
pub struct Elections {
    /// The frame; its title is "Elections".
    pub shell: Shell,
    /// Those that count, the nearest first.
    pub ahead: Vec<Listed>,
    /// Those whose last day is over, the latest first.
    pub past: Vec<Listed>,
    /// Imported for reference: shown, never counted.
    pub reference: Vec<Listed>,
    /// What waits for a second person.
    pub waiting: Vec<Waits>,
    /// Whether the reader may add one.
    pub may_add: bool,
}

impl Elections {
    pub(crate) fn groups(&self) -> [(&'static str, &'static str, &[Listed]); 3] {
        [
            ("ahead", "Ahead and running", &self.ahead),
            ("past", "Over", &self.past),
            ("reference", "For reference, never counted", &self.reference),
        ]
    }
}

/// One row of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As in `/elections/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose it is; for a reference election the words of its source.
    pub authority: String,
    /// Where it stands.
    pub phase: Phase,
    /// "Tuesday 3 November".
    pub day: String,
    /// "06:30 to 19:30 EST".
    pub hours: String,
}

/// `/elections/{id}`.
#[derive(Debug, Template)]
#[template(path = "election/election.html")]
pub struct Election {
    /// The frame; its title is the election's name.
    pub shell: Shell,
    /// As in the address.
    pub id: String,
    /// The authority's name.
    pub authority: String,
    /// Its slug; empty for a reference election.
    pub slug: String,
    /// The zone of its civil times: `America/New_York`.
    pub zone: String,
    /// What to know about that zone: "EDT until Sunday 1 November, then EST".
    pub zone_note: String,
    /// Where it stands.
    pub phase: Phase,
    /// In the order of their opening; those long over may be left out and counted in `earlier`.
    pub windows: Vec<Window>,
    /// How many windows are over and not listed.
    pub earlier: usize,
    /// In the order of time.
    pub milestones: Vec<Milestone>,
    /// What it means now: a step of urgency for each function. Empty where nothing is near.
    pub effects: Vec<Effect>,
    /// How many open incidents that the reader may read follow this calendar; none where the reader reads none.
    pub following: Option<usize>,
    /// What was changed, the latest first.
    pub history: Vec<Change>,
    /// Whether the reader may edit it and extend a close.
    pub may_edit: bool,
    /// Whether it was imported to be looked at.
    pub reference: bool,
    /// Of a reference election: how sure its days are, and where they are from; else empty.
    pub origin: (String, String),
    /// What is told beside its calendar: what, and when and more on it.
    pub notes: Vec<(String, String)>,
    /// The first round that it decides, or the run-off that decides it: words before, id, name.
    pub rounds: Vec<(&'static str, String, String)>,
    /// What waits for a second person.
    pub waiting: Vec<Waiting>,
    /// Whether a change now needs a second person.
    pub guarded: bool,
    /// Whether the latest change can be taken back by the reader.
    pub can_undo: bool,
    /// Whether it is held as planned: what was annulled is not annulled again.
    pub held: bool,
}

/// One window, as it is read.
#[derive(Debug, Clone)]
pub struct Window {
    /// As in `extend`.
    pub id: String,
    /// "Early voting".
    pub kind: String,
    /// "Wednesday 28 October"; "28 October to 1 November" where it is longer than a day.
    pub day: String,
    /// "Wed 28 Oct": the day it opens, where there is little room.
    pub short_day: String,
    /// "08:00".
    pub opens: String,
    /// "18:00", with its zone where that is its own: "18:00 CET".
    pub closes: String,
    /// "open now, closes in 5 h 46 min", "over", or nothing.
    pub state: String,
    /// Whether it is open at this moment.
    pub open: bool,
    /// Whether its close can be extended: a polling window that is not long over.
    pub extendable: bool,
}

/// One milestone, as it is read.
#[derive(Debug, Clone)]
pub struct Milestone {
    /// "Registration deadline".
    pub kind: String,
    /// "Wednesday 28 October, 17:00".
    pub at: String,
    /// "today", "past", or nothing.
    pub state: String,
    /// Whether it is today: violet.
    pub hot: bool,
}

/// One function and how near it is.
#[derive(Debug, Clone)]
pub struct Effect {
    /// "Registration".
    pub function: String,
    /// "U5 until 17:00".
    pub words: String,
    /// Whether it is open now: violet.
    pub hot: bool,
}

/// One change of the calendar.
#[derive(Debug, Clone)]
pub struct Change {
    /// "Saturday closes 17:00".
    pub what: String,
    /// "Fay Lindqvist, 20 October 10:12. Proposed by Olive Marsh."
    pub who: String,
    /// "Court order 26-CV-1180: 112 minutes lost at four sites"; empty where nobody said why.
    pub why: String,
    /// The instant that names it on the page of what moved; empty where it moved nothing.
    pub at: String,
}

/// What a change moved: the answer to a saved form or an extended close.
#[derive(Debug, Template)]
#[template(path = "election/moved.html")]
pub struct Moved {
    /// The frame; its title says what was done: "Early voting today now closes at 20:00".
    pub shell: Shell,
    /// The election.
    pub id: String,
    /// Its name.
    pub election: String,
    /// A sentence on it: "The close moved from 18:00 to 20:00 EDT. The window is open again at once."
    pub words: String,
    /// What moved among the incidents that the reader may read, the most urgent first.
    pub moves: Vec<Move>,
    /// Whether this is the latest change, and the reader may take it back.
    pub can_undo: bool,
}

impl Moved {
    pub(crate) fn rises(&self) -> String {
        rises(&self.moves)
    }
}

/// One incident that moved.
#[derive(Debug, Clone)]
pub struct Move {
    /// `ALD-42`.
    pub reference: String,
    /// What it is about.
    pub title: String,
    /// Whose it is.
    pub authority: String,
    /// How bad.
    pub severity: Severity,
    /// The priority before.
    pub before: Priority,
    /// The priority now.
    pub after: Priority,
    /// How near it was before.
    pub urgency_before: Option<Urgency>,
    /// How near it is then.
    pub urgency_after: Option<Urgency>,
    /// When the next answer was due; empty where no clock ran.
    pub due_before: String,
    /// When it is due then; empty where no clock runs.
    pub due: String,
}

/// "All rise. No due time gets later.", or how many do: without a change that is taken back, nothing falls by itself.
pub(crate) fn rises(moves: &[Move]) -> String {
    let fall = moves.iter().filter(|moved| moved.after > moved.before).count();
    let rise = match moves.iter().filter(|moved| moved.after < moved.before).count() {
        0 => String::new(),
        n if n == moves.len() => "All rise.".to_owned(),
        1 => "1 rises.".to_owned(),
        n => format!("{n} rise."),
    };
    match fall {
        0 => format!("{rise} No due time gets later.").trim().to_owned(),
        n => format!("{rise} {n} go back to where they were.").trim().to_owned(),
    }
}

/// A change that waits for a second person, on a page of many things.
#[derive(Debug, Clone)]
pub struct Waits {
    /// Where to decide.
    pub href: String,
    /// "Alder County general: Extend election day, Tuesday 3 November, to 22:00. Olive Marsh asks".
    pub words: String,
}

/// A change that waits for a second person, on the page of its election.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// As in its address.
    pub id: String,
    /// "Election day, Tue 3 Nov, to close at 22:00".
    pub what: String,
    /// "Olive Marsh, 02:14. Waits until tomorrow 02:14."
    pub who: String,
    /// Whether it was done already, and waits to be agreed to.
    pub done: bool,
    /// Whether the reader can be the second person.
    pub may_confirm: bool,
}

/// `/elections/{id}/proposals/{proposal}`: posts to its children `confirm` and `decline`.
#[derive(Debug, Template)]
#[template(path = "election/proposal.html")]
pub struct Proposal {
    /// The frame; its title says what is proposed.
    pub shell: Shell,
    /// The election.
    pub id: String,
    /// Its name.
    pub election: String,
    /// As in its address.
    pub proposal: String,
    /// Who proposed it, and until when it waits.
    pub words: String,
    /// How it ended; empty while it waits.
    pub state: String,
    /// Why; empty where nobody said it.
    pub reason: String,
    /// On whose order; empty where on nobody's.
    pub order: String,
    /// What of the calendar becomes another thing.
    pub differences: Vec<String>,
    /// What moves among the incidents that the reader may read.
    pub moves: Vec<Move>,
    /// Whether a second person can still decide.
    pub waits: bool,
    /// Whether the reader can be the second person.
    pub may_confirm: bool,
    /// Whether the reader may decline it, or take it back.
    pub may_decline: bool,
    /// What the buttons say.
    pub confirm: String,
    /// The other one.
    pub decline: String,
    /// Who may be the second person, in words.
    pub seconds: String,
}

impl Proposal {
    pub(crate) fn action(&self) -> String {
        format!("/elections/{}/proposals/{}", self.id, self.proposal)
    }

    pub(crate) fn rises(&self) -> String {
        rises(&self.moves)
    }
}
