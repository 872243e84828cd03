//! Why a priority is what it is: the sentence in its parts, the table with the cell in force marked, and what would
//! change it. The macros `because`, `matrix` and `why` of `components/priority.html` show it.

use hub::escalation::{Function, Priority, Severity, Urgency};

use crate::face::URGENCIES;

/// One priority, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// The priority in force.
    pub priority: Priority,
    /// The worst answer in words: "voting is stopped at 3 of 57 sites with no working fallback".
    pub because: String,
    /// How bad that is.
    pub severity: Severity,
    /// The nearest window in words: "polls are open now in Alder County, close 19:30 EST (9 h 12 min left)".
    pub near: String,
    /// How near that is.
    pub urgency: Urgency,
    /// The election the window belongs to; none at U0.
    pub election: Option<String>,
    /// The function whose window it is.
    pub function: Function,
    /// The running promise: what, and when as the reader reads times ("First response", "06:52 EST").
    pub due: Option<(String, String)>,
    /// What the table alone says, where a person or an earlier boundary holds the priority elsewhere.
    pub computed: Option<Priority>,
    /// The policy's version.
    pub policy: String,
    /// The table with this cell marked.
    pub matrix: Matrix,
    /// Next boundary down, next boundary up, one fact.
    pub changes: Vec<Change>,
}

/// The table of the policy: severities down, worst first; urgencies across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// How the marked cell is coloured: `` (P1), `is-p2` or `is-low`.
    pub class: &'static str,
    /// One head for each urgency.
    pub columns: Vec<Head>,
    /// One row for each severity.
    pub rows: Vec<Row>,
}

/// The head of a column or of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// "U3 week", "high".
    pub label: String,
    /// Whether the marked cell stands under it.
    pub here: bool,
}

/// One severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub head: Head,
    /// The priority at each urgency, and whether it is the one in force.
    pub cells: Vec<(Priority, bool)>,
}

/// One thing that would change a priority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Up by itself, or down by a person's confirmation.
    pub rises: bool,
    /// "Early voting opens tomorrow at 08:00: P1, by itself".
    pub words: String,
}

impl Matrix {
    /// The policy's `table` with the cell in force marked, or with none for the policy's own page.
    pub fn new(table: impl Fn(Severity, Urgency) -> Priority, here: Option<(Severity, Urgency)>) -> Self {
        let class = match here.map(|(severity, urgency)| table(severity, urgency)) {
            None | Some(Priority::P1) => "",
            Some(Priority::P2) => "is-p2",
            Some(_) => "is-low",
        };
        let columns = Urgency::ALL
            .iter()
            .zip(URGENCIES)
            .map(|(urgency, words)| Head {
                label: format!("{urgency} {words}"),
                here: here.is_some_and(|(_, marked)| marked == *urgency),
            })
            .collect();
        let row = |severity: &Severity| Row {
            head: Head {
                label: severity.label().to_owned(),
                here: here.is_some_and(|(marked, _)| marked == *severity),
            },
            cells: Urgency::ALL
                .iter()
                .map(|urgency| (table(*severity, *urgency), here == Some((*severity, *urgency))))
                .collect(),
        };
        Self { class, columns, rows: Severity::ALL.iter().rev().map(row).collect() }
    }
}

#[cfg(test)]
impl Why {
    /// The story's incident: high at U5.
    pub(crate) fn sample() -> Self {
        let change = |rises, words: &str| Change { rises, words: words.to_owned() };
        Self {
            priority: Priority::P1,
            because: "the registration portal and the polling-place finder are down, with no second place".to_owned(),
            severity: Severity::High,
            near: "registration closes today in Alder County, 17:00 EDT, 13 h 46 min left".to_owned(),
            urgency: Urgency::U5,
            election: Some("Alder County general".to_owned()),
            function: Function::Registration,
            due: Some(("First response was".to_owned(), "02:57 EDT".to_owned())),
            computed: None,
            policy: "2026-11-22".to_owned(),
            matrix: Matrix::new(sample_table, Some((Severity::High, Urgency::U5))),
            changes: vec![
                change(false, "Early voting closes for today at 18:00: P2 is proposed, a responder confirms"),
                change(true, "Early voting opens tomorrow at 08:00: P1, by itself"),
                change(false, "A second place works: medium, P2 is proposed"),
            ],
        }
    }
}

/// The first policy's table, for samples: the program reads its own from the policy.
#[cfg(test)]
pub(crate) fn sample_table(severity: Severity, urgency: Urgency) -> Priority {
    const TABLE: [[i64; 6]; 6] = [
        [5, 5, 5, 5, 5, 4],
        [5, 5, 5, 4, 4, 3],
        [4, 4, 3, 3, 2, 2],
        [3, 3, 2, 2, 1, 1],
        [2, 2, 2, 1, 1, 1],
        [1, 1, 1, 1, 1, 1],
    ];
    let (row, column) = (usize::try_from(severity.level()).unwrap(), usize::try_from(urgency.step()).unwrap());
    Priority::from_number(TABLE[row][column]).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cell_is_marked_and_its_heads_with_it() {
        let matrix = Matrix::new(sample_table, Some((Severity::Medium, Urgency::U4)));
        let marked: Vec<_> = matrix.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.1).collect();
        assert_eq!(marked, [&(Priority::P2, true)]);
        assert_eq!((matrix.class, matrix.rows[0].head.label.as_str()), ("is-p2", "emergency"));
        assert_eq!(matrix.rows.iter().filter(|row| row.head.here).count(), 1);
        assert_eq!(matrix.columns.iter().filter(|head| head.here).count(), 1);
    }

    #[test]
    fn the_page_of_the_policy_marks_none() {
        let matrix = Matrix::new(sample_table, None);
        assert!(matrix.rows.iter().all(|row| row.cells.iter().all(|cell| !cell.1)));
    }
}
