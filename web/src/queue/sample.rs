//! The story's queue, at 07:14:08 UTC.

use hub::escalation::{Priority, Severity, Urgency};
use jiff::SignedDuration;

use super::view::{Body, Filter, Group, Queue, Row, View, Views};
use crate::election::phase::{Near, Phase};
use crate::face::{Choice, ClockFace};
use crate::page::Shell;
use crate::why::sample_table;

fn row(reference: &str, title: &str, category: &str, severity: Severity, urgency: Urgency) -> Row {
    let (authority, slug, place) = match &reference[..3] {
        "ALD" => ("Alder County", "alder", "03:14 EDT"),
        "BEL" => ("Bellwood County", "bellwood", "02:14 CDT"),
        "FRA" => ("State of Franklin", "franklin", "03:14 EDT"),
        _ => ("Republic of Meridia", "meridia", "10:14 EEST"),
    };
    let priority = sample_table(severity, urgency);
    let phase = match slug {
        "meridia" => Phase::sample("Polls open", Near::Open, 0, "Close in 9:46"),
        "bellwood" => Phase::sample("Preparation", Near::Far, 32, ""),
        _ => Phase::sample("Last day to register", Near::Near, 6, ""),
    };
    Row {
        reference: reference.to_owned(),
        title: title.to_owned(),
        category: category.to_owned(),
        priority,
        severity,
        urgency,
        why: format!(
            "{priority} because the worst answer is {} and the nearest window is {urgency}. Policy 2026-11-22.",
            severity.label()
        ),
        raised: None,
        next: None,
        authority: authority.to_owned(),
        slug: slug.to_owned(),
        place: place.to_owned(),
        phase: Some(phase),
        clock: None,
        owner: Some("Rosa Field".to_owned()),
        owner_id: Some(2),
        mine: false,
        claimable: false,
        activity: "22 min ago".to_owned(),
        last: "Filter holding".to_owned(),
    }
}

fn group(priority: Priority, within: &str, rows: Vec<Row>) -> Group {
    Group { key: format!("p{}", priority.number()), title: format!("{priority}, answer within {within}"), rows }
}

impl Queue {
    pub(crate) fn sample(shell: Shell) -> Self {
        let view = |href: &str, label, count, current| View { href: href.to_owned(), label, count, current };
        Self {
            body: Body::sample(shell.now),
            shell,
            refresh: (false, "/queue?view=all&refresh=30".to_owned()),
            views: Views {
                items: vec![
                    view("/queue?view=all", "All open", Some(10), true),
                    view("/queue?view=mine", "Mine", Some(4), false),
                    view("/queue?view=unassigned", "No owner", Some(2), false),
                    view("/queue?view=past_due", "Past target", Some(1), false),
                    view("/queue?view=waiting", "Waiting for them", Some(1), false),
                    view("/queue?view=closed", "Closed", None, false),
                ],
            },
            filter: Filter {
                view: "all".to_owned(),
                authorities: vec![Choice::new("alder", "Alder County"), Choice::new("bellwood", "Bellwood County")],
                owners: vec![
                    Choice::new("ravi@hub.example", "Ravi Nair"),
                    Choice::new("lena@hub.example", "Lena Ortiz"),
                ],
                ..Filter::default()
            },
        }
    }

    /// A narrowed queue in which nothing is left.
    pub(crate) fn sample_empty(shell: Shell) -> Self {
        let mut page = Self::sample(shell);
        page.filter.q = "scanner".to_owned();
        page.filter.priority = "P1".to_owned();
        let empty = "No open incident matches. Clear the filter to see all of them.".to_owned();
        page.body = Body { groups: Vec::new(), past_due: 0, unowned: 0, empty, ..page.body };
        page
    }
}

impl Body {
    pub(crate) fn sample(now: jiff::Timestamp) -> Self {
        use Severity::{Baseline, High, Low, Medium};
        use Urgency::{U0, U1, U2, U3, U4, U5};
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        let clock = |what, of, left: i64| Some(ClockFace::running(what, after(left - of), after(left), now));
        let mine = |mut row: Row| {
            row.mine = true;
            row
        };
        let unowned = |mut row: Row| {
            row.owner = None;
            row.claimable = true;
            row
        };
        let p1 = vec![
            unowned(Row {
                clock: clock("Answer", 300, -220),
                activity: "9 min ago".to_owned(),
                last: "Filed by telephone".to_owned(),
                ..row(
                    "MER-3",
                    "Cloned voice of the chair says the count is void",
                    "Fake voice, video or picture",
                    High,
                    U5,
                )
            }),
            Row {
                raised: Some("Raised from P2 at 07:00: 24 h to polls opening".to_owned()),
                clock: clock("Update", 900, 172),
                owner: Some("Ravi Nair".to_owned()),
                activity: "12 min ago".to_owned(),
                last: "Carrier answered".to_owned(),
                ..row("FRA-6", "Text messages give a wrong voting day", "False voting information", High, U4)
            },
            mine(Row {
                clock: clock("Update", 900, 652),
                activity: "just now".to_owned(),
                last: "Ana Reyes wrote".to_owned(),
                ..row("ALD-42", "Registration portal and polling-place finder unreachable", "Website down", High, U5)
            }),
        ];
        let p2 = vec![
            unowned(Row {
                next: Some("P1 at 08:00: early voting opens".to_owned()),
                clock: clock("Answer", 900, 390),
                activity: "8 min ago".to_owned(),
                last: "Filed".to_owned(),
                ..row("ALD-43", "Sign-ins to clerk mailboxes from an unknown country", "Account or mailbox", High, U2)
            }),
            mine(Row {
                clock: clock("Update", 3600, 2280),
                ..row("FRA-17", "Traffic flood against the state site", "Website slow", Medium, U5)
            }),
        ];
        let p3 = vec![
            Row {
                clock: clock("Update", 14400, 9600),
                owner: Some("Ravi Nair".to_owned()),
                ..row("ALD-38", "Look-alike of the registration page", "Look-alike site", Low, U5)
            },
            mine(Row {
                clock: clock("Update", 14400, 10920),
                ..row("FRA-15", "Spare ballot paper not delivered", "Ballots or supplies", Medium, U3)
            }),
        ];
        let p4 = vec![
            Row {
                clock: clock("Answer", 14400, 12060),
                owner: Some("Lena Ortiz".to_owned()),
                ..row("FRA-12", "May we publish queue times per site?", "Question", Baseline, U5)
            },
            Row {
                clock: Some(ClockFace::paused("Waiting for county")),
                ..row("BEL-2", "Staff phone stolen, accounts signed out", "Account or mailbox", Medium, U0)
            },
        ];
        let p5 = vec![mine(Row {
            clock: Some(ClockFace::met("Answered in 3 h")),
            ..row("BEL-1", "Mail authentication set-up question", "Question", Baseline, U1)
        })];
        Self {
            rev: 1042,
            as_of: now,
            groups: vec![
                group(Priority::P1, "5 minutes", p1),
                group(Priority::P2, "15 minutes", p2),
                group(Priority::P3, "60 minutes", p3),
                group(Priority::P4, "4 hours", p4),
                group(Priority::P5, "24 hours", p5),
            ],
            past_due: 1,
            unowned: 2,
            empty: String::new(),
            more: None,
        }
    }
}
