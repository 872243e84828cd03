//! The page of the dashboard. Its body is a struct of its own: a live frame renders it alone and replaces it by id.

use askama::Template;
use hub::escalation::Priority;
use jiff::Timestamp;

use super::gantt::Chart;
use crate::election::phase::Phase;
use crate::election::view::Waits;
use crate::face::{ClockFace, HeatRow};
use crate::page::Shell;

/// `/dashboard`.
#[derive(Debug, Template)]
#[template(path = "dashboard/dashboard.html")]
pub struct Dashboard {
    /// The frame; its title is "Dashboard".
    pub shell: Shell,
    /// Changes of calendars that wait for a second person.
    pub waiting: Vec<Waits>,
    /// Everything below the heading.
    pub body: Body,
}

/// Every figure, `#dashboard-body`.
#[derive(Debug, Template)]
#[template(path = "dashboard/_body.html")]
pub struct Body {
    /// The view's revision: a frame with an older one is dropped.
    pub rev: u64,
    /// When all of it was read, in one go.
    pub as_of: Timestamp,
    /// "Wednesday 28 October, 07:14:08 UTC".
    pub as_of_words: String,
    /// What needs a person now, the most urgent first; at most three are shown.
    pub decisions: Vec<Decision>,
    /// How many more there are, and where: `/queue?view=past_due`.
    pub more: Option<(usize, String)>,
    /// The row of figures.
    pub figures: Vec<Figure>,
    /// One row for each priority, P1 to P5.
    pub heat: Vec<HeatRow>,
    /// Who is on duty now.
    pub on_duty: Vec<OnDuty>,
    /// Their calendars as a chart; none where nothing lies within its two weeks.
    pub chart: Option<Chart>,
    /// Authorities with an election ahead, running or being counted, the nearest first.
    pub elections: Vec<Ahead>,
}

// Its template escapes what it shows; a page may hold it as it is.
impl askama::filters::HtmlSafe for Body {}

impl Body {
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().take(3)
    }
}

/// One thing to decide.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Which incident.
    pub reference: String,
    /// In force.
    pub priority: Priority,
    /// The clock that makes it urgent.
    pub clock: Option<ClockFace>,
    /// "Nobody has answered Alder County".
    pub what: String,
    /// What has happened and what comes next, in a sentence or two.
    pub words: String,
    /// Whether claiming is the action; otherwise it is opening the room.
    pub claimable: bool,
}

impl Decision {
    pub(crate) fn kind(&self) -> &'static str {
        match self.priority {
            Priority::P1 => "p1d",
            Priority::P2 => "p2d",
            _ => "",
        }
    }
}

/// One number, and the list behind it.
#[derive(Debug, Clone)]
pub struct Figure {
    /// "open incidents".
    pub label: &'static str,
    /// The queue narrowed to them, or `/duty`.
    pub href: String,
    /// The number.
    pub value: usize,
    /// A word beside it: "3 P1".
    pub beside: String,
    /// A line under it: "longest 3:40".
    pub note: String,
    /// Whether it is read in red: something is past its target.
    pub red: bool,
}

/// One person on duty.
#[derive(Debug, Clone)]
pub struct OnDuty {
    /// In full.
    pub name: String,
    /// "Shift lead".
    pub role: String,
    /// How many open incidents they have.
    pub rooms: usize,
    /// How many of them are P1.
    pub p1: usize,
    /// "until 10:00 UTC".
    pub until: String,
}

/// One authority and its election.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// The authority's name.
    pub authority: String,
    /// Its slug.
    pub slug: String,
    /// Where it stands.
    pub phase: Phase,
    /// The election's name.
    pub election: String,
    /// Its id, as in `/elections/{id}`.
    pub id: String,
    /// "Tuesday 3 November".
    pub day: String,
    /// Its open incidents, the most urgent first, and how many more there are.
    pub open: (Vec<Priority>, usize),
}

#[cfg(test)]
impl Dashboard {
    pub(crate) fn sample(shell: Shell) -> Self {
        Self { body: Body::sample(shell.now), waiting: Vec::new(), shell }
    }

    /// A quiet night.
    pub(crate) fn sample_quiet(shell: Shell) -> Self {
        let mut page = Self::sample(shell);
        page.body.decisions.clear();
        page.body.more = None;
        page.body.on_duty.clear();
        page.body.elections.clear();
        page.body.chart = None;
        page.body.heat =
            page.body.heat.iter().map(|row| HeatRow::new(row.priority, [0; 6], |_| String::new())).collect();
        for figure in &mut page.body.figures {
            (figure.value, figure.beside, figure.note, figure.red) = (0, String::new(), String::new(), false);
        }
        page
    }
}

#[cfg(test)]
impl Body {
    pub(crate) fn sample(now: Timestamp) -> Self {
        use crate::election::phase::Near;
        use Priority::{P1, P2, P3, P4, P5};
        let after = |seconds| now + jiff::SignedDuration::from_secs(seconds);
        let figure = |label, href: &str, value, beside: &str, note: &str| Figure {
            label,
            href: href.to_owned(),
            value,
            beside: beside.to_owned(),
            note: note.to_owned(),
            red: false,
        };
        let decision = |reference: &str, priority, clock, what: &str, words: &str, claimable| Decision {
            reference: reference.to_owned(),
            priority,
            clock: Some(clock),
            what: what.to_owned(),
            words: words.to_owned(),
            claimable,
        };
        let person = |name: &str, role: &str, rooms, p1| OnDuty {
            name: name.to_owned(),
            role: role.to_owned(),
            rooms,
            p1,
            until: "until 10:00 UTC".to_owned(),
        };
        let ahead = |authority: &str, slug: &str, phase, day: &str, open: &[Priority]| Ahead {
            authority: authority.to_owned(),
            slug: slug.to_owned(),
            phase,
            election: format!("{authority} general"),
            id: format!("{slug}-2026"),
            day: day.to_owned(),
            open: (open.to_vec(), 0),
        };
        let counts =
            [[0, 0, 0, 0, 1, 2], [0, 0, 1, 0, 0, 1], [0, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0]];
        let heat = (1..).zip(counts).map(|(priority, row)| {
            HeatRow::new(priority, row, |urgency| format!("/queue?view=all&priority=P{priority}&urgency=U{urgency}"))
        });
        let last_day = || Phase::sample("Last day to register", Near::Near, 6, "");
        Self {
            rev: 77,
            as_of: now,
            as_of_words: "Wednesday 28 October, 07:14:08 UTC".to_owned(),
            decisions: vec![
                decision(
                    "MER-3",
                    P1,
                    ClockFace::running("Answer", after(-520), after(-220), now),
                    "Nobody has answered Republic of Meridia",
                    "Cloned voice of the chair says the count is void. Paged: duty and backup 07:05, shift lead 07:08, \
                     supervisor 07:10. The director is next, at 07:15.",
                    true,
                ),
                decision(
                    "FRA-6",
                    P1,
                    ClockFace::running("Update", after(-728), after(172), now),
                    "An update to State of Franklin is nearly due",
                    "Text messages give a wrong voting day. Ravi Nair has it; the last message was 12 minutes ago.",
                    false,
                ),
                decision(
                    "ALD-43",
                    P2,
                    ClockFace::running("Answer", after(-510), after(390), now),
                    "ALD-43 becomes P1 at 08:00 and has no owner",
                    "Sign-ins to clerk mailboxes from an unknown country. Early voting opens at 08:00.",
                    true,
                ),
            ],
            more: Some((2, "/queue?view=past_due".to_owned())),
            figures: vec![
                figure("open incidents", "/queue?view=all", 10, "3 P1", "2 P2, 2 P3, 2 P4, 1 P5"),
                figure("not acknowledged", "/queue?view=unacknowledged", 2, "", "oldest 9 min"),
                Figure { red: true, ..figure("past a target", "/queue?view=past_due", 1, "", "longest 3:40") },
                figure("without owner", "/queue?view=unassigned", 2, "", ""),
                figure("waiting for them", "/queue?view=waiting", 1, "", ""),
                figure("responders on duty", "/duty", 3, "", "at most 4 rooms each"),
            ],
            heat: heat.collect(),
            chart: Chart::new(now, &sample_lanes()),
            on_duty: vec![
                person("Lena Ortiz", "Shift lead", 1, 0),
                person("Rosa Field", "Responder", 4, 1),
                person("Ravi Nair", "Responder", 2, 1),
            ],
            elections: vec![
                ahead(
                    "Republic of Meridia",
                    "meridia",
                    Phase::sample("Polls open", Near::Open, 0, "Close in 9:46"),
                    "Wednesday 28 October",
                    &[P1],
                ),
                ahead("State of Franklin", "franklin", last_day(), "Tuesday 3 November", &[P1, P2, P3, P4]),
                ahead("Alder County", "alder", last_day(), "Tuesday 3 November", &[P1, P2, P3]),
                ahead(
                    "Bellwood County",
                    "bellwood",
                    Phase::sample("Preparation", Near::Far, 32, ""),
                    "Sunday 29 November",
                    &[P4, P5],
                ),
            ],
        }
    }
}

#[cfg(test)]
fn sample_lanes() -> Vec<super::gantt::Lane> {
    use super::gantt::{Kind, Lane, Period};
    let lane = |name: &str, p1, periods: &[(Kind, &str, &str)]| Lane {
        name: name.to_owned(),
        p1,
        periods: periods
            .iter()
            .map(|(kind, from, to)| {
                let at = |text: &str| format!("2026-{text}:00:00Z").parse().unwrap();
                Period { kind: *kind, from: at(from), to: at(to) }
            })
            .collect(),
    };
    let franklin = |name: &str| {
        lane(
            name,
            true,
            &[
                (Kind::Early, "10-19T12", "11-01T21"),
                (Kind::Day, "11-03T11", "11-04T00"),
                (Kind::Count, "11-04T01", "11-07T00"),
                (Kind::Canvass, "11-07T00", "11-17T17"),
            ],
        )
    };
    vec![
        lane(
            "Republic of Meridia",
            true,
            &[
                (Kind::Early, "10-20T05", "10-27T17"),
                (Kind::Day, "10-28T05", "10-28T18"),
                (Kind::Count, "10-28T19", "10-31T18"),
                (Kind::Canvass, "10-31T18", "11-06T10"),
            ],
        ),
        franklin("State of Franklin"),
        franklin("Alder County"),
        lane("National Electoral Office of Norland", false, &[(Kind::Early, "11-05T07", "11-14T17")]),
    ]
}
