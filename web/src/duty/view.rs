//! The page of duty: the week, who is on now, what was agreed, what is missing ahead, and the forms.

use askama::Template;

use crate::face::Choice;
use crate::page::Shell;
use crate::typed::Typed;

/// `/duty`.
#[derive(Debug, Template)]
#[template(path = "duty/duty.html")]
pub struct Duty {
    /// The frame; its title is "Duty".
    pub shell: Shell,
    /// The hours of today and tomorrow in which nobody is on a post that somebody must be on.
    pub alarms: Vec<String>,
    /// The week that is shown.
    pub week: Week,
    /// Who is on duty now, the first post in front.
    pub now: Vec<OnDuty>,
    /// What the reader can do about their own shift; none where they are not on duty.
    pub mine: Option<Mine>,
    /// Hand-overs that nobody has accepted.
    pub waiting: Vec<Waiting>,
    /// What was offered or agreed and is not over.
    pub covers: Vec<CoverRow>,
    /// What is wrong with the hours ahead.
    pub ahead: Ahead,
    /// The lines of the rota.
    pub lines: Vec<LineRow>,
    /// Single shifts that are not over.
    pub singles: Vec<SingleRow>,
    /// The reader's calendars.
    pub feeds: Vec<FeedRow>,
    /// The forms; none where the reader only reads.
    pub forms: Option<Forms>,
    /// What was typed into a form that came back: the shift's fields by their own names, the others' under `line.`,
    /// `cover.`, `swap.`, `now.` and `handover.`.
    pub typed: Typed,
}

/// Seven days, hour by hour.
#[derive(Debug, Clone, Default)]
pub struct Week {
    /// "Week of Monday 26 October".
    pub name: String,
    /// The week before.
    pub before: String,
    /// The week after.
    pub after: String,
    /// Monday to Sunday.
    pub days: Vec<RotaDay>,
}

/// One day of the week.
#[derive(Debug, Clone)]
pub struct RotaDay {
    /// "Wed 28".
    pub name: String,
    /// "Alder County votes", "no polls".
    pub note: String,
    /// Whether anybody votes.
    pub votes: bool,
    /// Whether it is today.
    pub today: bool,
    /// 24 of them.
    pub hours: Vec<Hour>,
    /// The teams of the day, one behind the other.
    pub teams: Vec<TeamCell>,
}

/// One hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hour {
    /// How many people are on duty for all of it.
    pub count: usize,
    /// What is missing in it: "nobody as primary"; nothing where all is well.
    pub missing: String,
    /// Whether it is now.
    pub now: bool,
}

/// Hours of a day in which the same people are on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamCell {
    /// How many hours.
    pub span: usize,
    /// `on`, `gapb` or nothing.
    pub class: &'static str,
    /// Who stands in front: the shift lead, or the primary.
    pub first: String,
    /// The others.
    pub others: String,
}

/// One person on duty.
#[derive(Debug, Clone)]
pub struct OnDuty {
    /// In full.
    pub name: String,
    /// "Primary", "Supervisor, Director".
    pub post: String,
    /// What stands beside the name: "next page", "backup", or nothing.
    pub tag: String,
    /// How many open incidents they have.
    pub rooms: usize,
    /// How many of them are P1.
    pub p1: usize,
    /// "until 10:00 UTC", "over since 10:00 UTC".
    pub until: String,
    /// Whether the shift is over and nobody has accepted it.
    pub over: bool,
}

/// What somebody on duty can do about their own shift.
#[derive(Debug, Clone)]
pub struct Mine {
    /// Whom their pages go to; nobody else is on duty where it is none.
    pub behind: Option<String>,
    /// "Primary until 10:00 UTC".
    pub shift: String,
}

/// A hand-over that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its page.
    pub href: String,
    /// "Rosa Field to Ravi Nair".
    pub who: String,
    /// "Primary, shift ended 10:00 UTC".
    pub what: String,
    /// Whether it waits for the reader.
    pub yours: bool,
}

/// A cover or half of a swap.
#[derive(Debug, Clone)]
pub struct CoverRow {
    /// Where the buttons post to.
    pub action: String,
    /// "Thursday 29 October, 02:00 to 05:00".
    pub hours: String,
    /// "Ravi Nair for Rosa Field, by Lena Ortiz".
    pub who: String,
    /// "offered".
    pub state: &'static str,
    /// Whether the reader may accept or decline.
    pub answer: bool,
    /// Whether the reader may take it back.
    pub withdraw: bool,
}

/// What is wrong with the hours ahead.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    /// "From Tuesday 20 October to Tuesday 24 November: Alder County general, Alder County".
    pub period: String,
    /// Gaps, hours of one person alone, long stretches: each with its lines, and how many more there are.
    pub lists: Vec<AheadList>,
}

/// One kind of what is wrong.
#[derive(Debug, Clone)]
pub struct AheadList {
    /// "Nobody on a post".
    pub name: &'static str,
    /// "Primary: Today, 19:00 to 21:00".
    pub lines: Vec<String>,
    /// How many more.
    pub more: usize,
}

/// One line of the rota.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// Where "Take away" posts to.
    pub action: String,
    /// "Primary".
    pub post: &'static str,
    /// "every day, 22:00 to 06:00".
    pub hours: String,
    /// "Europe/Oslo".
    pub zone: String,
    /// "Rosa Field, Ravi Nair by week".
    pub people: String,
    /// "since 2026-10-01".
    pub dates: String,
}

/// One single shift.
#[derive(Debug, Clone)]
pub struct SingleRow {
    /// Where "Take away" posts to.
    pub action: String,
    /// "Today, Wednesday 28 October, 10:00 to 19:00".
    pub hours: String,
    /// "Sam Adeyemi, Supervisor".
    pub who: String,
}

/// One of the two calendars.
#[derive(Debug, Clone)]
pub struct FeedRow {
    /// "My shifts".
    pub name: &'static str,
    /// `mine` or `all`.
    pub code: &'static str,
    /// "since Wednesday 28 October"; nothing where there is none.
    pub since: String,
}

/// What the forms choose from.
#[derive(Debug, Clone)]
pub struct Forms {
    /// The people, by address, with a blank first.
    pub people: Vec<Choice>,
    /// The posts, with "as their role" first.
    pub posts: Vec<Choice>,
    /// The posts alone.
    pub only_posts: Vec<Choice>,
    /// By day, by week.
    pub turns: Vec<Choice>,
    /// The days of the week.
    pub days: Vec<Choice>,
    /// Whether the reader edits the rota.
    pub edits: bool,
}

impl Duty {
    /// What was typed into a form, or what stands there at first.
    pub(crate) fn or(&self, field: &str, first: &str) -> String {
        let typed = self.typed.value(field);
        if typed.is_empty() { first.to_owned() } else { typed.to_owned() }
    }

    /// Whether the form for one more shift stands open: it was filled in, or there is no rota.
    pub(crate) fn adds_shift(&self) -> bool {
        self.lines.is_empty() || self.typed.any(&["person", "from", "to", "zone", "post"])
    }

    /// Whether a line was typed with this day, or no day was typed.
    pub(crate) fn on_day(&self, day: &str) -> bool {
        let typed = self.typed.value("line.days");
        typed.is_empty() || typed.split(' ').any(|one| one == day)
    }
}

/// `/duty/handovers/{id}`.
#[derive(Debug, Template)]
#[template(path = "duty/handover.html")]
pub struct Handover {
    /// The frame; its title is "Hand-over".
    pub shell: Shell,
    /// Where the form posts to.
    pub action: String,
    /// "Hand-over from Rosa Field to you".
    pub title: String,
    /// "Shift ends in 7:30".
    pub clock: crate::face::ClockFace,
    /// Written, opened, accept, released.
    pub steps: Vec<crate::face::TrailStep>,
    /// Who goes.
    pub from: String,
    /// Whether the reader may accept it.
    pub accepts: bool,
    /// Whether it was accepted.
    pub done: bool,
    /// What goes over.
    pub items: Vec<Item>,
    /// What else there is to know.
    pub also: Vec<String>,
    /// When whoever goes is off duty in any case: "Thursday 29 October, 10:00".
    pub at_most: String,
    /// What is wrong with what was sent.
    pub problems: Vec<crate::face::Problem>,
}

/// One incident that goes over.
#[derive(Debug, Clone)]
pub struct Item {
    /// `ALD-42`.
    pub reference: String,
    /// In force.
    pub priority: hub::escalation::Priority,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub authority: String,
    /// The next clock.
    pub clock: Option<crate::face::ClockFace>,
    /// "Working. 09:41 Rosa Field: 4 of 6 sites are back."
    pub state: String,
    /// "Next update by 10:00 UTC".
    pub promised: String,
    /// The newest note.
    pub note: String,
    /// What whoever goes had begun to write.
    pub draft: String,
}

/// The address of a calendar, which is shown once.
#[derive(Debug, Template)]
#[template(path = "duty/feed.html")]
pub struct Feed {
    /// The frame; its title is "Calendar address".
    pub shell: Shell,
    /// The whole address.
    pub address: String,
}
