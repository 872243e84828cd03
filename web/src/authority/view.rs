//! The pages of authorities: the tree, and one of them. What the reader may see is the caller's decision; here what is
//! absent is not shown, and nothing hints at it.

use askama::Template;
use hub::escalation::Priority;

use crate::election::phase::Phase;
use crate::face::Fact;
use crate::page::{CallLine, Shell};

/// `/authorities`.
#[derive(Debug, Template)]
#[template(path = "authority/list.html")]
pub struct Authorities {
    /// The frame; its title is "Authorities".
    pub shell: Shell,
    /// Parents before their children, in the order of the tree; narrowed, in the order of names.
    pub rows: Vec<Listed>,
    /// What was searched for: `?q=`.
    pub q: String,
    /// Whether the reader may add one.
    pub may_add: bool,
}

impl Authorities {
    pub(crate) fn shows_open(&self) -> bool {
        self.rows.iter().any(|row| row.open.is_some())
    }
}

/// One row of the tree.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As in `/authorities/{slug}`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// `ALD`.
    pub code: String,
    /// `America/New_York`.
    pub zone: String,
    /// How deep it stands: 0, 1 or 2.
    pub depth: usize,
    /// Where its nearest election stands; none where it has none.
    pub phase: Option<Phase>,
    /// Its open incidents, the most urgent first, and how many more there are; none where the reader may not read them.
    pub open: Option<(Vec<Priority>, usize)>,
}

/// `/authorities/{slug}`.
#[derive(Debug, Template)]
#[template(path = "authority/authority.html")]
pub struct Authority {
    /// The frame; its title is the authority's name.
    pub shell: Shell,
    /// As in the address.
    pub slug: String,
    /// `ALD`.
    pub code: String,
    /// The authority above it, where there is one and the reader may know it.
    pub parent: Option<Link>,
    /// Those below it that the reader may know.
    pub children: Vec<Link>,
    /// Where its nearest election stands.
    pub phase: Option<Phase>,
    /// What time it is there: "03:14" and "EDT, UTC−4".
    pub there: (String, String),
    /// Zone, code and the like.
    pub facts: Vec<Fact>,
    /// Its own elections and those above that it votes in, the nearest first.
    pub elections: Vec<ElectionLine>,
    /// Its open incidents in queue order; none where the reader may not read them.
    pub incidents: Option<Vec<IncidentLine>>,
    /// Who works there; none where the reader may not know.
    pub people: Option<Vec<Person>>,
    /// The number to ring at night, for the response side.
    pub night_number: Option<CallLine>,
    /// Where an incident is filed from this page: an official's own, or on their behalf.
    pub file: Option<Link>,
}

impl Authority {
    /// The highest priority among the open incidents, and how many have it.
    fn most_urgent(&self) -> Option<(Priority, usize)> {
        let open = self.incidents.as_ref()?;
        let first = open.iter().map(|line| line.priority).min()?;
        Some((first, open.iter().filter(|line| line.priority == first).count()))
    }
}

/// A word that leads somewhere.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where.
    pub href: String,
    /// The word.
    pub label: String,
}

/// One election in a list.
#[derive(Debug, Clone)]
pub struct ElectionLine {
    /// As in `/elections/{id}`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "Tuesday 3 November, 07:00 to 20:00 EST".
    pub when: String,
    /// Where it stands.
    pub phase: Phase,
}

/// One incident in a list.
#[derive(Debug, Clone)]
pub struct IncidentLine {
    /// `ALD-42`.
    pub reference: String,
    /// What it is about.
    pub title: String,
    /// In force.
    pub priority: Priority,
    /// "Working".
    pub status: String,
    /// Who has it.
    pub owner: Option<String>,
    /// "02:52", "yesterday, 17:10".
    pub opened: String,
}

/// Somebody of the authority.
#[derive(Debug, Clone)]
pub struct Person {
    /// In full.
    pub name: String,
    /// "Official lead".
    pub role: String,
    /// Whether they lead.
    pub leads: bool,
    /// How to reach them, as text: an address, a number; empty where there is none.
    pub reach: String,
}

#[cfg(test)]
impl Authorities {
    pub(crate) fn sample(shell: Shell) -> Self {
        use crate::election::phase::Near;
        use Priority::{P1, P2, P3, P4, P5};
        let row = |slug: &str, name: &str, code: &str, zone: &str, depth, phase, open: &[Priority]| Listed {
            slug: slug.to_owned(),
            name: name.to_owned(),
            code: code.to_owned(),
            zone: zone.to_owned(),
            depth,
            phase,
            open: Some((open.to_vec(), 0)),
        };
        let last_day = || Some(Phase::sample("Last day to register", Near::Near, 6, ""));
        Self {
            shell,
            rows: vec![
                row("franklin", "State of Franklin", "FRA", "America/New_York", 0, last_day(), &[P1, P2, P3, P4]),
                row("alder", "Alder County", "ALD", "America/New_York", 1, last_day(), &[P1, P2, P3]),
                row(
                    "bellwood",
                    "Bellwood County",
                    "BEL",
                    "America/Chicago",
                    1,
                    Some(Phase::sample("Preparation", Near::Far, 32, "")),
                    &[P4, P5],
                ),
                row(
                    "meridia",
                    "Republic of Meridia",
                    "MER",
                    "Europe/Helsinki",
                    0,
                    Some(Phase::sample("Polls open", Near::Open, 0, "Close in 9:46")),
                    &[P1],
                ),
                row("norland", "National Electoral Office of Norland", "NOR", "Europe/Oslo", 0, None, &[]),
            ],
            q: String::new(),
            may_add: false,
        }
    }

    /// As an admin sees it: no incidents.
    pub(crate) fn sample_for_admin(shell: Shell) -> Self {
        let mut page = Self::sample(shell);
        page.rows.iter_mut().for_each(|row| row.open = None);
        page.may_add = true;
        page
    }
}

#[cfg(test)]
impl Authority {
    pub(crate) fn sample(shell: Shell) -> Self {
        use crate::election::phase::Near;
        let link = |href: &str, label: &str| Link { href: href.to_owned(), label: label.to_owned() };
        let incident =
            |reference: &str, title: &str, priority, status: &str, owner: Option<&str>, opened: &str| IncidentLine {
                reference: reference.to_owned(),
                title: title.to_owned(),
                priority,
                status: status.to_owned(),
                owner: owner.map(str::to_owned),
                opened: opened.to_owned(),
            };
        let person = |name: &str, role: &str, reach: &str| Person {
            name: name.to_owned(),
            role: role.to_owned(),
            leads: role == "Official lead",
            reach: reach.to_owned(),
        };
        let last_day = || Phase::sample("Last day to register", Near::Near, 6, "");
        Self {
            shell,
            slug: "alder".to_owned(),
            code: "ALD".to_owned(),
            parent: Some(link("/authorities/franklin", "State of Franklin")),
            children: Vec::new(),
            phase: Some(last_day()),
            there: ("03:14".to_owned(), "EDT, UTC−4".to_owned()),
            facts: vec![
                Fact::new("Code", "ALD, spoken “Alder”"),
                Fact::new("Zone", "America/New_York, back one hour on 1 November"),
                Fact::new("Sites", "57"),
            ],
            elections: vec![ElectionLine {
                id: "alder-2026".to_owned(),
                name: "Alder County general".to_owned(),
                when: "Tuesday 3 November, 06:30 to 19:30 EST".to_owned(),
                phase: last_day(),
            }],
            incidents: Some(vec![
                incident(
                    "ALD-42",
                    "Registration portal and polling-place finder unreachable",
                    Priority::P1,
                    "Working",
                    Some("Rosa Field"),
                    "06:52",
                ),
                incident(
                    "ALD-43",
                    "Sign-ins to clerk mailboxes from an unknown country",
                    Priority::P2,
                    "New",
                    None,
                    "07:05",
                ),
                incident(
                    "ALD-38",
                    "Look-alike of the registration page",
                    Priority::P3,
                    "Waiting",
                    Some("Ravi Nair"),
                    "yesterday, 17:10",
                ),
            ]),
            people: Some(vec![
                person("Olive Marsh", "Official lead", "olive@alder.example"),
                person("Ana Reyes", "Official", "ana@alder.example"),
            ]),
            night_number: CallLine::new("+1 999 555 0163"),
            file: Some(link("/incidents/new?authority=alder", "File for them")),
        }
    }

    /// As another authority's official sees it: the calendar, which everybody may read, and nothing else.
    pub(crate) fn sample_from_outside(shell: Shell) -> Self {
        let page = Self::sample(shell);
        Self { incidents: None, people: None, night_number: None, file: None, ..page }
    }
}
