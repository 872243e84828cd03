//! The story's elections.

use hub::escalation::{Priority, Severity, Urgency};

use super::check::Check;
use super::forms::{Edit, Extend, MilestoneRow, Postpone, WindowRow, filled};
use super::phase::{Near, Phase};
use super::view::{
    Change, Effect, Election, Elections, Listed, Milestone, Move, Moved, Proposal, Waiting, Waits, Window,
};
use crate::face::{Choice, Problem};
use crate::page::Shell;
use crate::typed::Typed;

impl Elections {
    pub(crate) fn sample(shell: Shell) -> Self {
        let row = |id: &str, name: &str, authority: &str, phase, day: &str, hours: &str| Listed {
            id: id.to_owned(),
            name: name.to_owned(),
            authority: authority.to_owned(),
            phase,
            day: day.to_owned(),
            hours: hours.to_owned(),
        };
        let last_day = || Phase::sample("Last day to register", Near::Near, 6, "");
        let open = Phase::sample("Polls open", Near::Open, 0, "Close in 9:46");
        Self {
            shell,
            ahead: vec![
                row(
                    "m1",
                    "Meridia parliament",
                    "Republic of Meridia",
                    open,
                    "Wednesday 28 October",
                    "07:00 to 20:00 EET",
                ),
                row(
                    "f1",
                    "Franklin general",
                    "State of Franklin",
                    last_day(),
                    "Tuesday 3 November",
                    "06:30 to 19:30 EST",
                ),
                row(
                    "a1",
                    "Alder County general",
                    "Alder County",
                    last_day(),
                    "Tuesday 3 November",
                    "06:30 to 19:30 EST",
                ),
                row(
                    "b1",
                    "Bellwood special election",
                    "Bellwood County",
                    Phase::sample("Preparation", Near::Far, 32, ""),
                    "Sunday 29 November",
                    "07:00 to 20:00 CST",
                ),
            ],
            past: vec![row(
                "a0",
                "Alder County primary",
                "Alder County",
                Phase::sample("Certified", Near::Far, -134, ""),
                "Tuesday 16 June",
                "06:30 to 19:30 EDT",
            )],
            reference: Vec::new(),
            waiting: vec![Waits {
                href: "/elections/a1/proposals/p1".to_owned(),
                words: "Alder County general: Extend election day, Tuesday 3 November, to 21:30. Olive Marsh asks"
                    .to_owned(),
            }],
            may_add: true,
        }
    }

    pub(crate) fn sample_empty(shell: Shell) -> Self {
        Self { shell, ahead: Vec::new(), past: Vec::new(), reference: Vec::new(), waiting: Vec::new(), may_add: true }
    }
}

impl Election {
    pub(crate) fn sample(shell: Shell) -> Self {
        let window = |id: &str, kind: &str, day: &str, opens: &str, closes: &str, state: &str, extendable| Window {
            id: id.to_owned(),
            kind: kind.to_owned(),
            short_day: "Wed 28 Oct".to_owned(),
            day: day.to_owned(),
            opens: opens.to_owned(),
            closes: closes.to_owned(),
            state: state.to_owned(),
            open: false,
            extendable,
        };
        let milestone = |kind: &str, at: &str, state: &str, hot| Milestone {
            kind: kind.to_owned(),
            at: at.to_owned(),
            state: state.to_owned(),
            hot,
        };
        let effect =
            |function: &str, words: &str, hot| Effect { function: function.to_owned(), words: words.to_owned(), hot };
        let change = |what: &str, who: &str| Change {
            what: what.to_owned(),
            who: who.to_owned(),
            why: String::new(),
            at: String::new(),
        };
        Self {
            shell,
            id: "a1".to_owned(),
            authority: "Alder County".to_owned(),
            slug: "alder".to_owned(),
            zone: "America/New_York".to_owned(),
            zone_note: "EDT until Sunday 1 November, then EST".to_owned(),
            phase: Phase::sample("Last day to register", Near::Near, 6, ""),
            windows: vec![
                window(
                    "w1",
                    "Early voting",
                    "Wednesday 28 October",
                    "08:00",
                    "18:00",
                    "today, opens in 4 h 46 min",
                    true,
                ),
                window("w2", "Early voting", "Thursday 29 October", "08:00", "18:00", "", true),
                window("w3", "Early voting", "Saturday 31 October", "09:00", "17:00", "", true),
                window("w4", "Election day", "Tuesday 3 November", "06:30", "19:30", "after the clock change", true),
                window("w5", "Counting session", "Tuesday 3 November", "19:30", "23:30", "", false),
            ],
            earlier: 9,
            milestones: vec![
                milestone("Registration deadline", "Wednesday 28 October, 17:00", "today", true),
                milestone("Ballot mailing", "Friday 9 October, 12:00", "past", false),
                milestone("Results complete", "Wednesday 4 November, 02:00", "", false),
                milestone("Certification", "Tuesday 17 November, 12:00", "", false),
            ],
            effects: vec![
                effect("Registration", "U5 until 17:00", true),
                effect("Voter information", "U5 until 18:00", true),
                effect("Check-in, voting", "U3, U5 from 08:00", false),
                effect("Counting, results", "U3", false),
                effect("Office", "U4", false),
            ],
            following: Some(3),
            history: vec![
                change("Saturday closes 17:00", "Olive Marsh, 20 October 10:12. No incident moved."),
                change("Results complete set to 4 November 02:00", "Olive Marsh, 2 October 09:30"),
                change("Created", "Olive Marsh, 3 June"),
            ],
            may_edit: true,
            reference: false,
            origin: (String::new(), String::new()),
            notes: vec![("Board meets".to_owned(), "2026-11-09".to_owned())],
            rounds: vec![("Decided by", "a2".to_owned(), "Alder County runoff".to_owned())],
            waiting: vec![Waiting {
                id: "p1".to_owned(),
                what: "Extend election day, Tuesday 3 November, to 21:30".to_owned(),
                who: "Olive Marsh, 02:10. Waits until tomorrow 02:10".to_owned(),
                done: false,
                may_confirm: true,
            }],
            guarded: true,
            can_undo: true,
            held: true,
        }
    }
}

impl Check {
    pub(crate) fn sample(shell: Shell) -> Self {
        let moved = Moved::sample(shell);
        Self {
            shell: moved.shell,
            id: Some("a1".to_owned()),
            election: "Alder County general".to_owned(),
            words: "The close moves from 18:00 to 20:00 EDT. It is 18:20 there: the window opens again at once.".to_owned(),
            differences: vec![
                "Early voting, Wednesday 28 October, 08:00 to 18:00 becomes Early voting, Wednesday 28 October, 08:00 to \
                 20:00"
                    .to_owned(),
            ],
            moves: moved.moves,
            fields: vec![("closes".to_owned(), "2026-10-28 20:00".to_owned())],
            action: "/elections/a1/extend".to_owned(),
            version: 4,
            button: "Extend the close".to_owned(),
            keep: ("/elections/a1".to_owned(), "Keep it as it is".to_owned()),
            back: true,
            ask: true,
            orders: vec![Choice::new("", "Nobody's"), Choice::new("court", "Court order")],
            typed: Typed::default(),
            second: "The polls are open or close soon: it is done at once, and a second person is asked to agree \
                     afterwards."
                .to_owned(),
        }
    }
}

impl Postpone {
    pub(crate) fn sample(shell: Shell) -> Self {
        let problems = vec![Problem { field: "to".to_owned(), words: "Give the new day as 2026-11-10.".to_owned() }];
        Self {
            shell,
            id: "a1".to_owned(),
            election: "Alder County general".to_owned(),
            words: "It is on Tuesday 3 November.".to_owned(),
            typed: Typed::new([("to", "next week")], problems),
        }
    }
}

impl Proposal {
    pub(crate) fn sample(shell: Shell) -> Self {
        let check = Check::sample(shell);
        Self {
            shell: check.shell,
            id: "a1".to_owned(),
            election: "Alder County general".to_owned(),
            proposal: "p1".to_owned(),
            words: "Olive Marsh proposed this at 02:10. It needs a second person, and waits until tomorrow 02:10."
                .to_owned(),
            state: String::new(),
            reason: "112 minutes lost at four sites".to_owned(),
            order: "Court order 26-CV-1180".to_owned(),
            differences: check.differences,
            moves: check.moves,
            waits: true,
            may_confirm: true,
            may_decline: true,
            confirm: "Confirm it".to_owned(),
            decline: "Decline it".to_owned(),
            seconds: "the official lead of Alder County, a shift lead or a supervisor".to_owned(),
        }
    }
}

impl Edit {
    pub(crate) fn sample(shell: Shell) -> Self {
        let window = |id: &str, kind: &str, opens: &str, closes: &str| WindowRow {
            id: id.to_owned(),
            kind: kind.to_owned(),
            opens: opens.to_owned(),
            closes: closes.to_owned(),
            zone: String::new(),
        };
        let milestone = |id: &str, kind: &str, at: &str| MilestoneRow {
            id: id.to_owned(),
            kind: kind.to_owned(),
            at: at.to_owned(),
            zone: String::new(),
        };
        let windows = [
            window("w1", "early_voting", "2026-10-28 08:00", "2026-10-28 18:00"),
            window("w2", "early_voting", "2026-10-29 08:00", "2026-10-29 18:00"),
            window("w4", "election_day", "2026-11-03 06:30", "2026-11-03 19:30"),
        ];
        let milestones = [
            milestone("m1", "registration_deadline", "2026-10-28 17:00"),
            milestone("m2", "certification", "2026-11-17 12:00"),
        ];
        Self {
            shell,
            id: Some("a1".to_owned()),
            typed: filled(4, "Alder County general", "America/New_York", &windows, &milestones),
            authorities: vec![Choice::new("alder", "Alder County")],
            firsts: vec![Choice::new("", "None"), Choice::new("a0", "Alder County primary")],
            window_kinds: vec![
                Choice::new("early_voting", "Early voting"),
                Choice::new("election_day", "Election day"),
                Choice::new("abroad", "Voting abroad"),
                Choice::new("internet_voting", "Internet voting"),
                Choice::new("counting_session", "Counting session"),
                Choice::new("audit", "Audit"),
                Choice::new("recount", "Recount"),
            ],
            milestone_kinds: vec![
                Choice::new("registration_deadline", "Registration deadline"),
                Choice::new("ballot_mailing", "Ballot mailing"),
                Choice::new("ballot_print_release", "Ballot print release"),
                Choice::new("logic_accuracy_test", "Logic and accuracy test"),
                Choice::new("results_complete", "Results complete"),
                Choice::new("certification", "Certification"),
                Choice::new("contest_deadline", "Contest deadline"),
            ],
        }
    }

    /// A new one that comes back.
    pub(crate) fn sample_refused(shell: Shell) -> Self {
        let problem = |field: &str, words: &str| Problem { field: field.to_owned(), words: words.to_owned() };
        let mut form = Self::sample(shell);
        form.id = None;
        form.authorities.push(Choice::new("bellwood", "Bellwood County"));
        let sent = [
            ("authority", "bellwood"),
            ("zone", "America/Chicago"),
            ("windows.0.kind", "election_day"),
            ("windows.0.opens", "2026-11-29 07:00"),
            ("windows.0.closes", "2026-11-29 06:00"),
            ("windows.1.kind", "abroad"),
            ("windows.1.zone", "Europe/Berlin"),
        ];
        form.typed = Typed::new(
            sent,
            vec![
                problem("name", "Give the election a name"),
                problem("windows.0.closes", "Let the window close after it opens"),
                problem("windows.1.opens", "Say when voting abroad opens"),
                problem("windows.1.closes", "Say when it closes"),
            ],
        );
        form
    }
}

impl Extend {
    pub(crate) fn sample(shell: Shell) -> Self {
        Self {
            shell,
            id: "a1".to_owned(),
            election: "Alder County general".to_owned(),
            there: "18:20 EDT".to_owned(),
            keep: "Keep 18:00".to_owned(),
            windows: vec![
                Choice::new("w1", "Early voting, Wed 28 Oct, to 18:00"),
                Choice::new("w4", "Election day, Tue 3 Nov, to 19:30"),
            ],
            typed: Typed::new([("window", "w1"), ("closes", "2026-10-28 20:00")], Vec::new()),
        }
    }

    pub(crate) fn sample_refused(shell: Shell) -> Self {
        let words = "Give a close later than 18:00".to_owned();
        let problems = vec![Problem { field: "closes".to_owned(), words }];
        let typed = Typed::new([("window", "w1"), ("closes", "2026-10-28 17:00")], problems);
        Self { typed, ..Self::sample(shell) }
    }
}

impl Moved {
    pub(crate) fn sample(shell: Shell) -> Self {
        use Priority::{P1, P2, P3, P4};
        let moved =
            |reference: &str, title: &str, authority: &str, severity, before, (after, nearer), due: &str| Move {
                reference: reference.to_owned(),
                title: title.to_owned(),
                authority: authority.to_owned(),
                severity,
                before,
                after,
                urgency_before: Some(Urgency::U3),
                urgency_after: Some(nearer),
                due_before: "21:10".to_owned(),
                due: due.to_owned(),
            };
        use Urgency::{U4, U5};
        Self {
            shell,
            id: "a1".to_owned(),
            election: "Alder County general".to_owned(),
            words: "The close moved from 18:00 to 20:00 EDT. It is 18:20 there: the window is open again.".to_owned(),
            moves: vec![
                moved(
                    "ALD-42",
                    "Registration portal and polling-place finder unreachable",
                    "Alder County",
                    Severity::High,
                    P2,
                    (P1, U5),
                    "18:35",
                ),
                moved(
                    "FRA-14",
                    "Staff account used from abroad",
                    "State of Franklin",
                    Severity::Medium,
                    P3,
                    (P2, U4),
                    "19:20",
                ),
                moved(
                    "ALD-38",
                    "Look-alike of the registration page",
                    "Alder County",
                    Severity::Low,
                    P4,
                    (P3, U5),
                    "22:20",
                ),
            ],
            can_undo: true,
        }
    }

    pub(crate) fn sample_none(shell: Shell) -> Self {
        Self { moves: Vec::new(), ..Self::sample(shell) }
    }
}
