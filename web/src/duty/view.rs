//! The page of duty: who is on now, who comes next, and a form for one more shift.

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
    /// Who is on duty now, the shift lead first.
    pub now: Vec<OnDuty>,
    /// Hours ahead in which nobody is: "Thursday 29 October, 02:00 to 05:00 UTC".
    pub gaps: Vec<String>,
    /// Shifts that run or are ahead, by day.
    pub days: Vec<Day>,
    /// The form; none where the reader may not add one.
    pub form: Option<ShiftForm>,
}

/// One person on duty.
#[derive(Debug, Clone)]
pub struct OnDuty {
    /// In full.
    pub name: String,
    /// "Shift lead".
    pub role: String,
    /// What stands beside the name: "next page", "backup", or nothing.
    pub tag: String,
    /// How many open incidents they have.
    pub rooms: usize,
    /// "until 10:00 UTC".
    pub until: String,
}

/// The shifts that begin on one day.
#[derive(Debug, Clone)]
pub struct Day {
    /// "Today, Wednesday 28 October".
    pub name: String,
    /// In the order of their beginning.
    pub shifts: Vec<Shift>,
}

/// One shift.
#[derive(Debug, Clone)]
pub struct Shift {
    /// "02:00".
    pub from: String,
    /// "10:00", "10:00 on Thursday".
    pub to: String,
    /// Who.
    pub name: String,
    /// "Responder".
    pub role: String,
    /// Whether it runs now.
    pub running: bool,
}

/// The form: posts `person`, `from`, `to` to `/duty`.
#[derive(Debug, Clone)]
pub struct ShiftForm {
    /// The people to pick from, by address.
    pub people: Vec<Choice>,
    /// What was typed: `person`, an address, `from` and `to`, as `2026-10-28T18:00`.
    pub typed: Typed,
}

#[cfg(test)]
impl Duty {
    pub(crate) fn sample(shell: Shell) -> Self {
        let on = |name: &str, role: &str, tag: &str, rooms| OnDuty {
            name: name.to_owned(),
            role: role.to_owned(),
            tag: tag.to_owned(),
            rooms,
            until: "until 10:00 UTC".to_owned(),
        };
        let shift = |from: &str, to: &str, name: &str, role: &str, running| Shift {
            from: from.to_owned(),
            to: to.to_owned(),
            name: name.to_owned(),
            role: role.to_owned(),
            running,
        };
        Self {
            shell,
            now: vec![
                on("Lena Ortiz", "Shift lead", "", 1),
                on("Rosa Field", "Responder", "next page", 4),
                on("Ravi Nair", "Responder", "backup", 2),
            ],
            gaps: vec!["Today, 19:00 to 21:00 UTC".to_owned()],
            days: vec![
                Day {
                    name: "Today, Wednesday 28 October".to_owned(),
                    shifts: vec![
                        shift("02:00", "10:00", "Lena Ortiz", "Shift lead", true),
                        shift("02:00", "10:00", "Rosa Field", "Responder", true),
                        shift("10:00", "19:00", "Sam Adeyemi", "Supervisor", false),
                        shift("21:00", "05:00 on Thursday", "Ravi Nair", "Responder", false),
                    ],
                },
                Day {
                    name: "Tomorrow, Thursday 29 October".to_owned(),
                    shifts: vec![shift("02:00", "10:00", "Rosa Field", "Responder", false)],
                },
            ],
            form: Some(ShiftForm {
                people: vec![
                    Choice::new("rosa@hub.example", "Rosa Field"),
                    Choice::new("ravi@hub.example", "Ravi Nair"),
                    Choice::new("lena@hub.example", "Lena Ortiz"),
                ],
                typed: Typed::default(),
            }),
        }
    }

    /// The form comes back.
    pub(crate) fn sample_refused(shell: Shell) -> Self {
        let mut page = Self::sample(shell);
        if let Some(form) = &mut page.form {
            let words = "Let the shift end after it begins".to_owned();
            let problem = crate::face::Problem { field: "to".to_owned(), words };
            let sent = [("person", "ravi@hub.example"), ("from", "2026-10-28T19:00"), ("to", "2026-10-28T18:00")];
            form.typed = Typed::new(sent, vec![problem]);
        }
        page
    }

    /// A responder may read, and nothing is set up yet.
    pub(crate) fn sample_empty(shell: Shell) -> Self {
        Self { shell, now: Vec::new(), gaps: Vec::new(), days: Vec::new(), form: None }
    }
}
