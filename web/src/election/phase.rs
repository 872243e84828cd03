//! Where an election stands, as a pill and a line under it.

use std::sync::Arc;

use hub::election::Election;
use hub::time::Ts;

use crate::face::{e_minus, ticking};

/// The phase of an authority's nearest election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// "Polls open", "Last day to register", "Preparation".
    pub words: String,
    /// How near that is; solid only while polls are open.
    pub near: Near,
    /// Days to Election Day, negative after it; none where the election has no such day.
    pub days: Option<i64>,
    /// What the clock under it says in place of the days: "Close in 12:46"; empty where the days say it.
    pub note: String,
}

/// How near a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// Nothing is close.
    Far,
    /// The last weeks, the count, the canvass.
    Near,
    /// Voters vote at this moment.
    Open,
}

impl Near {
    /// The class of the pill.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Far => "far",
            Self::Near => "near",
            Self::Open => "open",
        }
    }
}

impl Phase {
    /// For staff: "Close in 12:46", else "E−6".
    pub fn under(&self) -> String {
        match self.days {
            _ if !self.note.is_empty() => self.note.clone(),
            Some(days) => e_minus(days),
            None => String::new(),
        }
    }

    /// As a figure: "E−6" for staff, "6 days", "today" for officials; "none" where there is no such day.
    pub fn figure(&self, staff: bool) -> String {
        match self.days {
            None => "none".to_owned(),
            Some(days) if staff => e_minus(days),
            Some(0) => "today".to_owned(),
            Some(1) => "tomorrow".to_owned(),
            Some(-1) => "yesterday".to_owned(),
            Some(days @ 2..) => format!("in {days} days"),
            Some(days) => format!("{} days ago", -days),
        }
    }

    /// For officials and the public: "6 days to Election Day", "Election Day is tomorrow".
    pub fn days_in_words(&self) -> String {
        match self.days {
            None => String::new(),
            Some(0) => "Election Day is today".to_owned(),
            Some(1) => "Election Day is tomorrow".to_owned(),
            Some(-1) => "Election Day was yesterday".to_owned(),
            Some(days @ 2..) => format!("{days} days to Election Day"),
            Some(days) => format!("{} days after Election Day", -days),
        }
    }

    /// Whether the strip of marks is drawn beside the days: in the last thirteen of them.
    pub fn marks(&self) -> bool {
        self.note.is_empty() && self.days.is_some_and(|days| (1..=13).contains(&days))
    }
}

/// The election that matters at an authority now, and where it stands: the one that is `named` where it is among them,
/// else what is open, then what is near, then the next one. None where all are over.
pub fn nearest<'a>(elections: &'a [Arc<Election>], named: Option<&str>, now: Ts) -> Option<(&'a Arc<Election>, Phase)> {
    let standing = elections.iter().map(|election| (election, hub::election::phase(election, now)));
    let ahead = standing.filter(|(election, phase)| phase.code != "over" || named == Some(election.id.as_str()));
    let first = ahead.min_by_key(|(election, phase)| {
        let other = named != Some(election.id.as_str());
        (other, rank(phase), election.id.clone())
    });
    first.map(|(election, phase)| (election, Phase::new(&phase, now)))
}

/// What is open before what is near before the next one; what is over last, the latest first.
pub fn rank(phase: &hub::election::Phase) -> (bool, bool, bool, i64) {
    let days = phase.days_to_election.map_or(i64::MAX, i64::abs);
    (matches!(phase.code, "over" | "annulled"), !phase.open, !phase.near, days)
}

impl Phase {
    /// As the hub sees it, in the words that a pill has room for, and a clock under it where hours count: "Polls open
    /// until 20:00 EST" is "Polls open" and "Close in 12:46".
    pub fn new(phase: &hub::election::Phase, now: Ts) -> Self {
        let left = |at: Ts| ticking(at.since(now).as_secs());
        let (words, note) = match (phase.code, phase.until) {
            ("final_week", _) => ("Final week", String::new()),
            ("eve", Some(opens)) => ("Last 24 hours", format!("Opens in {}", left(opens))),
            ("between", Some(opens)) => ("Between windows", format!("Opens in {}", left(opens))),
            (_, until) => {
                let words = phase.words.split(" until ").next().and_then(|words| words.split(',').next());
                let close = until.filter(|_| phase.open).map(|at| format!("Close in {}", left(at)));
                (words.unwrap_or_default(), close.unwrap_or_default())
            }
        };
        Self {
            words: words.to_owned(),
            near: match (phase.open, phase.near) {
                (true, _) => Near::Open,
                (_, true) => Near::Near,
                _ => Near::Far,
            },
            days: phase.days_to_election,
            note,
        }
    }
}

#[cfg(test)]
impl Phase {
    pub(crate) fn sample(words: &str, near: Near, days: i64, note: &str) -> Self {
        Self { words: words.to_owned(), near, days: Some(days), note: note.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_stands_in_for_the_days() {
        let phase = Phase::sample("Polls open", Near::Open, 0, "Close in 12:46");
        assert_eq!((phase.under().as_str(), phase.marks()), ("Close in 12:46", false));
        let phase = Phase::sample("Last day to register", Near::Near, 6, "");
        assert_eq!((phase.under().as_str(), phase.marks()), ("E−6", true));
        assert!(!Phase::sample("Preparation", Near::Far, 32, "").marks());
    }

    #[test]
    fn a_pill_is_short_and_its_clock_stands_under_it() {
        let now: Ts = "2026-11-03T15:00:00Z".parse().unwrap();
        let stands = |code, words: &str| hub::election::Phase {
            code,
            words: words.to_owned(),
            since: None,
            until: Some("2026-11-04T01:00:00Z".parse().unwrap()),
            open: code == "polls_open",
            near: false,
            days_to_election: Some(0),
        };
        for (code, long, words, note) in [
            ("polls_open", "Polls open until 20:00 EST", "Polls open", "Close in 10 h 0 min"),
            ("eve", "Polls open in 10 h", "Last 24 hours", "Opens in 10 h 0 min"),
            ("last_day_to_register", "Last day to register, until 17:00 EST", "Last day to register", ""),
            ("canvass", "Canvass, certified 17:00 EST on Tue 17 Nov", "Canvass", ""),
            ("certified", "Certified, can be contested until 17:00 EST", "Certified", ""),
        ] {
            let phase = Phase::new(&stands(code, long), now);
            assert_eq!((phase.words.as_str(), phase.note.as_str()), (words, note), "{code}");
        }
    }

    #[test]
    fn people_read_days_in_words() {
        let words = |days| Phase::sample("", Near::Far, days, "").days_in_words();
        assert_eq!(words(6), "6 days to Election Day");
        assert_eq!(words(1), "Election Day is tomorrow");
        assert_eq!(words(-2), "2 days after Election Day");
    }
}
