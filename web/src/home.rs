//! An official's home: how long to the election, what is open and who has it, and how to get help.

mod near;
mod page;

use askama::Template;
use askama::filters::HtmlSafe;
use hub::escalation::Priority;
use jiff::Timestamp;

use crate::election::view::Waits;
use crate::face::{ClockFace, DayMark};
use crate::page::Shell;

pub(crate) use near::near;
pub use page::routes;

/// `/` for officials. An office where nothing has happened yet sees [`crate::session::FirstRun`] instead.
#[derive(Debug, Template)]
#[template(path = "home/home.html")]
pub struct Home {
    /// The frame.
    pub shell: Shell,
    /// As `Alder County, State of Franklin`.
    pub office: String,
    /// The office's own time: "03:14".
    pub clock: String,
    /// Its zone, said here once: "EDT, UTC−4".
    pub offset: String,
    /// The nearest election; without one the page says where to enter it.
    pub countdown: Option<Countdown>,
    /// Changes of its calendars that wait for a second person.
    pub waiting: Vec<Waits>,
    /// Open incidents, in the order of work.
    pub incidents: Vec<IncidentCard>,
    /// Open exercises, kept apart from what is real.
    pub exercises: Vec<IncidentCard>,
    /// Lately resolved or closed, newest first.
    pub past: Vec<PastIncident>,
    /// Who is on duty for this office now.
    pub duty: Vec<DutyPerson>,
}

/// `/incidents` for officials: all that their office ever reported.
#[derive(Debug, Template)]
#[template(path = "home/incidents.html")]
pub struct Incidents {
    /// The frame; its title is the heading.
    pub shell: Shell,
    /// Those with work left, the last changed first.
    pub open: Vec<IncidentCard>,
    /// Those that are over, the last changed first.
    pub over: Vec<PastIncident>,
    /// Where there are more.
    pub next: Option<String>,
}

/// How long to the election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countdown {
    /// Civil days to Election Day; 0 on the day, negative after it.
    pub days: i64,
    /// As `Alder County general`.
    pub election: String,
    /// The phase in words: "Last day to register".
    pub phase: String,
    /// `far`, `near` or `open`: solid only while polls are open.
    pub near: &'static str,
    /// The next thing that happens: "Registration closes today at 17:00".
    pub next: String,
    /// How long to it: "13 h 46 min"; empty where it is days away.
    pub left: String,
    /// The instant of it, for the script that counts.
    pub at: Option<Timestamp>,
    /// The strip of days; empty hides it.
    pub marks: Vec<DayMark>,
    /// Below the strip, left: "Early voting since 19 October, today 08:00 to 18:00".
    pub early: String,
    /// Below the strip, right: "Polls open Tuesday 3 November, 07:00".
    pub polls: String,
    /// A change of the clocks before the election, named before it happens; empty where there is none.
    pub clock_change: String,
}

impl Countdown {
    /// The large number: nothing on the day itself.
    fn number(&self) -> Option<i64> {
        (self.days != 0).then_some(self.days.abs())
    }

    /// What the number counts.
    fn unit(&self) -> &'static str {
        match self.days {
            0 => "Election Day is today",
            1 => "day to Election Day",
            -1 => "day since Election Day",
            2.. => "days to Election Day",
            _ => "days since Election Day",
        }
    }
}

/// One open incident. A live frame replaces it by its id, `inc-ALD-42`.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "home/_incident.html")]
pub struct IncidentCard {
    /// As `ALD-42`.
    pub reference: String,
    /// The priority in force.
    pub priority: Priority,
    /// "Working", "Waiting for you".
    pub status: String,
    /// "filed 22 min ago", "filed yesterday, 17:10".
    pub filed: String,
    /// The incident's title.
    pub title: String,
    /// Who has it; none while nobody has claimed it.
    pub owner: Option<String>,
    /// The last thing that was said.
    pub last: Option<LastWord>,
    /// The promise that was met, or the one that runs.
    pub clock: Option<ClockFace>,
    /// When the office hears next, in its own time: "03:25"; empty where nothing is promised.
    pub next_by: String,
    /// What is asked of the office: "1 question for you"; empty where nothing is.
    pub asked: String,
}

impl HtmlSafe for IncidentCard {}

/// The last message of a room, as a card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWord {
    /// Who said it.
    pub name: String,
    /// Whether they are of the response team.
    pub team: bool,
    /// What: the page cuts it after two lines.
    pub text: String,
}

/// An incident that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastIncident {
    /// As `ALD-40`.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// "Closed Thursday 29 October, 10:20".
    pub words: String,
}

/// Somebody on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyPerson {
    /// In full.
    pub name: String,
    /// "Responder, until 05:00".
    pub about: String,
    /// Whether they are of the response team, or of another office.
    pub team: bool,
    /// "Here", "On call".
    pub presence: String,
    /// Whether they are not at their desk.
    pub away: bool,
}

#[cfg(test)]
impl Home {
    pub(crate) fn sample(shell: Shell) -> Self {
        let now = shell.now;
        let person = |name: &str, about: &str, team, away| DutyPerson {
            name: name.to_owned(),
            about: about.to_owned(),
            team,
            presence: if away { "On call" } else { "Here" }.to_owned(),
            away,
        };
        Self {
            office: "Alder County, State of Franklin".to_owned(),
            clock: "03:14".to_owned(),
            offset: "EDT, UTC−4".to_owned(),
            countdown: Some(Countdown {
                days: 6,
                election: "Alder County general".to_owned(),
                phase: "Last day to register".to_owned(),
                near: "near",
                next: "Registration closes today at 17:00".to_owned(),
                left: "13 h 45 min".to_owned(),
                at: Some("2026-10-28T21:00:00Z".parse().unwrap()),
                marks: DayMark::strip(jiff::civil::date(2026, 10, 28), jiff::civil::date(2026, 11, 3)),
                early: "Early voting since 19 October, today 08:00 to 18:00".to_owned(),
                polls: "Polls open Tuesday 3 November, 07:00".to_owned(),
                clock_change: "Clocks go back one hour on Sunday 1 November. This countdown already includes it."
                    .to_owned(),
            }),
            waiting: Vec::new(),
            incidents: vec![IncidentCard::sample(now), IncidentCard::sample_waiting()],
            exercises: Vec::new(),
            past: vec![PastIncident {
                reference: "ALD-39".to_owned(),
                title: "Mail authentication set-up question".to_owned(),
                words: "Closed Thursday 22 October, 10:20".to_owned(),
            }],
            duty: vec![
                person("Rosa Field", "Your responder, until 06:00", true, false),
                person("Lena Ortiz", "Shift lead tonight", true, false),
                person("Fay Lindqvist", "Official lead, State of Franklin", false, true),
            ],
            shell,
        }
    }

    /// Two days after the election, nothing open, nobody on duty, an exercise runs.
    pub(crate) fn sample_quiet(shell: Shell) -> Self {
        let exercise = IncidentCard { reference: "X-ALD-7".to_owned(), owner: None, ..IncidentCard::sample_waiting() };
        let mut home = Self::sample(shell);
        home.incidents = Vec::new();
        home.exercises = vec![exercise];
        home.duty = Vec::new();
        home.countdown = None;
        home
    }
}

#[cfg(test)]
impl Incidents {
    pub(crate) fn sample(shell: Shell) -> Self {
        let home = Home::sample(shell);
        Self { shell: home.shell, open: home.incidents, over: home.past, next: Some("/incidents?cursor=x".to_owned()) }
    }
}

#[cfg(test)]
impl IncidentCard {
    fn sample(now: Timestamp) -> Self {
        let at = |second| Timestamp::from_second(now.as_second() + second).unwrap();
        Self {
            reference: "ALD-42".to_owned(),
            priority: Priority::P1,
            status: "Working".to_owned(),
            filed: "filed 22 min ago".to_owned(),
            title: "Registration portal and polling-place finder unreachable".to_owned(),
            owner: Some("Rosa Field".to_owned()),
            last: Some(LastWord {
                name: "Rosa Field".to_owned(),
                team: true,
                text: "Traffic is being filtered now. Please do not restart the web server, we need its logs. I write again by 03:25.".to_owned(),
            }),
            clock: Some(ClockFace::running("Next update", at(-248), at(652), now)),
            next_by: "03:25".to_owned(),
            asked: "1 question for you".to_owned(),
        }
    }

    fn sample_waiting() -> Self {
        Self {
            reference: "ALD-41".to_owned(),
            priority: Priority::P4,
            status: "Waiting for you".to_owned(),
            filed: "filed yesterday, 17:10".to_owned(),
            title: "Deputy clerks received fake invoices for ballot paper".to_owned(),
            owner: Some("Ravi Nair".to_owned()),
            last: Some(LastWord {
                name: "Ravi Nair".to_owned(),
                team: true,
                text:
                    "Please send the original e-mail as a file, not a screenshot. There is no rush before the morning."
                        .to_owned(),
            }),
            clock: None,
            next_by: String::new(),
            asked: String::new(),
        }
    }
}
