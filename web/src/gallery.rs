//! Every component once, so that each is rendered and looked at in both themes before a page uses it.

use askama::Template;
use jiff::{Timestamp, civil};

use crate::face::{Choice, ClockFace, DayMark, Fact, HeatRow, Problem, TrailStep};
use crate::page::Shell;

#[derive(Template)]
#[template(path = "components/_gallery.html")]
pub(crate) struct Gallery {
    shell: Shell,
    name: String,
    faces: Vec<ClockFace>,
    marks: Vec<DayMark>,
    options: Vec<Choice>,
    problems: Vec<Problem>,
    heat: Vec<HeatRow>,
    steps: Vec<TrailStep>,
    facts: Vec<Fact>,
}

impl Gallery {
    pub(crate) fn sample(shell: Shell) -> Self {
        let at = |second| Timestamp::from_second(second).unwrap();
        let running = |now| ClockFace::running("Answer", at(0), at(300), at(now));
        let step = |name: &str, words: &str, done, current| TrailStep {
            name: name.to_owned(),
            words: words.to_owned(),
            done,
            current,
        };
        let problem = |field: &str, words: &str| Problem { field: field.to_owned(), words: words.to_owned() };
        let counts =
            [[0, 0, 0, 0, 1, 3], [0, 0, 1, 1, 1, 1], [0, 0, 1, 2, 0, 2], [1, 0, 0, 0, 2, 1], [0, 1, 0, 0, 0, 0]];
        Self {
            shell,
            name: "Ana Reyes".to_owned(),
            faces: vec![
                running(90),
                running(260),
                running(520),
                ClockFace::paused("Waiting for the county"),
                ClockFace::met("Answered in 4:10, target 5 min"),
            ],
            marks: DayMark::strip(civil::date(2026, 10, 28), civil::date(2026, 11, 3)),
            options: vec![Choice::new("a", "Website down"), Choice::new("b", "Account or mailbox")],
            problems: vec![
                problem("sentence", "Say it in one sentence"),
                problem("number", "Give a number we can ring tonight"),
            ],
            heat: (1..)
                .zip(counts)
                .map(|(priority, row)| {
                    HeatRow::new(priority, row, |urgency| format!("/queue?priority=P{priority}&urgency=U{urgency}"))
                })
                .collect(),
            steps: vec![
                step("Saved", "01:52:08", true, false),
                step("Answer", "by 01:57", false, true),
                step("Call-back", "on two numbers", false, false),
            ],
            facts: vec![
                Fact::new("Sites", "38, early voting at 4"),
                Fact { href: "/authorities/alder-county".to_owned(), ..Fact::new("Zone", "America/Chicago") },
            ],
        }
    }
}
