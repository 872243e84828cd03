//! The pages of duty with example values.

use hub::duty::Post;
use hub::escalation::Priority;

use super::view::{
    Ahead, AheadList, CoverRow, Duty, Feed, FeedRow, Forms, Handover, Hour, Item, LineRow, Mine, OnDuty, RotaDay,
    SingleRow, TeamCell, Waiting, Week,
};
use crate::face::{Choice, ClockFace, Problem, TrailStep};
use crate::page::Shell;
use crate::typed::Typed;

fn text(words: &str) -> String {
    words.to_owned()
}

fn day(n: usize) -> RotaDay {
    let hour = |hour: usize| Hour {
        count: if n == 2 && (19..21).contains(&hour) { 1 } else { 3 },
        missing: if n == 2 && (19..21).contains(&hour) { text("nobody as shift lead") } else { String::new() },
        now: n == 2 && hour == 7,
    };
    let cell =
        |span, class, first: &str, others: &str| TeamCell { span, class, first: text(first), others: text(others) };
    let teams = if n == 2 {
        vec![
            cell(2, "", "Sam", "Ravi, Rosa"),
            cell(17, "on", "Lena", "Rosa, Ravi"),
            cell(2, "gapb", "Ravi", ""),
            cell(3, "", "Sam", "Ravi, Rosa"),
        ]
    } else {
        vec![cell(2, "", "Sam", "Ravi, Rosa"), cell(22, "", "Lena", "Rosa, Ravi")]
    };
    RotaDay {
        name: format!("{} {}", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][n], 26 + n),
        note: if n == 2 { text("Meridia votes") } else { text("no polls") },
        votes: n == 2,
        today: n == 2,
        hours: (0..24).map(hour).collect(),
        teams,
    }
}

impl Duty {
    pub(crate) fn sample(shell: Shell) -> Self {
        let on = |name: &str, post: Post, tag: &str, rooms, over| OnDuty {
            name: text(name),
            post: text(post.label()),
            tag: text(tag),
            rooms,
            p1: rooms / 4,
            until: text(if over { "over since 02:00 UTC" } else { "until 10:00 UTC" }),
            over,
        };
        let people = ["rosa", "ravi", "lena"].map(|name| Choice::new(format!("{name}@hub.example"), name));
        Self {
            shell,
            alarms: vec![text("nobody is shift lead: Today, Wednesday 28 October, 19:00 to 21:00")],
            week: Week {
                name: text("Week of Monday 26 October"),
                before: text("/duty?week=2026-10-19"),
                after: text("/duty?week=2026-11-02"),
                days: (0..7).map(day).collect(),
            },
            now: vec![
                on("Rosa Field", Post::Primary, "next page", 4, false),
                on("Ravi Nair", Post::Backup, "backup", 2, false),
                on("Lena Ortiz", Post::Lead, "", 1, false),
                on("Sam Adeyemi", Post::Lead, "", 0, true),
            ],
            mine: Some(Mine { behind: Some(text("Ravi Nair")), shift: text("primary until 10:00 UTC") }),
            waiting: vec![Waiting {
                href: text("/duty/handovers/1"),
                who: text("Sam Adeyemi to Lena Ortiz"),
                what: text("Shift lead, the shift ended 02:00 UTC."),
                yours: true,
            }],
            covers: vec![
                CoverRow {
                    action: text("/duty/covers/1"),
                    hours: text("Friday 30 October, 02:00 to 10:00"),
                    who: text("Rosa Field for Ravi Nair, half of a swap, by Ravi Nair"),
                    state: "offered",
                    answer: true,
                    withdraw: false,
                },
                CoverRow {
                    action: text("/duty/covers/3"),
                    hours: text("Thursday 29 October, 02:00 to 05:00"),
                    who: text("Rosa Field is off, by Lena Ortiz"),
                    state: "accepted",
                    answer: false,
                    withdraw: true,
                },
            ],
            ahead: Ahead {
                period: text("From Wednesday 28 October to Tuesday 24 November: Alder County general, Alder County."),
                lists: vec![AheadList {
                    name: "Nobody on a post",
                    lines: vec![text("Shift lead: Today, Wednesday 28 October, 19:00 to 21:00")],
                    more: 3,
                }],
            },
            lines: vec![LineRow {
                action: text("/duty/lines/1"),
                post: "Primary",
                hours: text("every day, 22:00 to 06:00"),
                zone: text("America/New_York"),
                people: text("Rosa Field, Ravi Nair by week"),
                dates: text("since 2026-10-01"),
            }],
            singles: vec![SingleRow {
                action: text("/duty/shifts/1"),
                hours: text("Sunday 1 November, 04:00 to 19:00"),
                who: text("Sam Adeyemi, supervisor"),
            }],
            feeds: vec![
                FeedRow { name: "My shifts", code: "mine", since: text("Monday 26 October") },
                FeedRow { name: "The whole rota", code: "all", since: String::new() },
            ],
            forms: Some(Forms::of(people.to_vec(), true)),
            typed: Typed::default(),
        }
    }

    /// Forms come back.
    pub(crate) fn sample_refused(shell: Shell) -> Self {
        let problem = Problem { field: text("to"), words: text("A shift ends after it begins; give a later instant.") };
        let sent = [("person", "ravi@hub.example"), ("from", "2026-10-28T19:00"), ("to", "2026-10-28T18:00")];
        Self { typed: Typed::new(sent, vec![problem]), ..Self::sample(shell) }
    }

    /// An auditor may read, and nothing is set up yet.
    pub(crate) fn sample_empty(shell: Shell) -> Self {
        Self {
            alarms: Vec::new(),
            now: Vec::new(),
            mine: None,
            waiting: Vec::new(),
            covers: Vec::new(),
            ahead: Ahead { period: text("From today on: no election is ahead."), lists: Vec::new() },
            lines: Vec::new(),
            singles: Vec::new(),
            forms: None,
            ..Self::sample(shell)
        }
    }
}

impl Handover {
    pub(crate) fn sample(shell: Shell) -> Self {
        let step =
            |name: &str, words: &str, done, current| TrailStep { name: text(name), words: text(words), done, current };
        let item = |reference: &str, priority, draft: &str| Item {
            reference: text(reference),
            priority,
            title: text("E-pollbooks offline at 2 of 41 sites"),
            authority: text("Republic of Meridia"),
            clock: Some(ClockFace::paused("Waiting for them")),
            state: text("Working. 09:41 Rosa Field: 4 of 6 sites are back. Two wait for spare batteries."),
            promised: text("Next update by 10:00 UTC."),
            note: text("09:30 Rosa Field: If a third site fails it is one supplier, not batteries."),
            draft: text(draft),
        };
        Self {
            shell,
            action: text("/duty/handovers/1"),
            title: text("Hand-over from Rosa Field to you"),
            clock: ClockFace::met("Shift ends in 7:30"),
            steps: vec![
                step("Written", "Rosa, 09:41", true, false),
                step("Opened", "Ravi, 09:47", true, false),
                step("Accepted", "Ravi", false, true),
                step("Released", "Rosa goes off duty", false, false),
            ],
            from: text("Rosa Field"),
            accepts: true,
            done: false,
            items: vec![item("MER-12", Priority::P1, "Two more sites are"), item("HAR-17", Priority::P2, "")],
            also: vec![text("Today, 19:00 to 21:00: Sam Adeyemi for Lena Ortiz, offered")],
            at_most: text("tomorrow, 10:00"),
            problems: Vec::new(),
        }
    }

    /// It was accepted.
    pub(crate) fn sample_done(shell: Shell) -> Self {
        Self { accepts: false, done: true, items: Vec::new(), ..Self::sample(shell) }
    }
}

impl Feed {
    pub(crate) fn sample(shell: Shell) -> Self {
        Self { shell, address: text("https://hub.example/duty/feeds/hub_cal_example.ics") }
    }
}
