//! What must hold for all inputs.

use std::cmp::Reverse;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::election::calendar as civil;

const ZONES: &[&str] =
    &["America/New_York", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "UTC"];

fn moment() -> impl Strategy<Value = DateTime> {
    (0..60_i64, 0..24_i8, select(vec![0_i8, 1, 30, 59]))
        .prop_map(|(day, hour, minute)| date(2026, 9, 20).saturating_add(day.days()).at(hour, minute, 0, 0))
}

fn an_election() -> impl Strategy<Value = Election> {
    let window = (select(WindowKind::ALL), moment(), 1..40_i64, proptest::option::of(select(ZONES)));
    let milestone = (select(MilestoneKind::ALL), moment());
    ("E[0-9]", select(ZONES), proptest::collection::vec(window, 0..5), proptest::collection::vec(milestone, 0..5))
        .prop_map(|(id, zone, windows, milestones)| Election {
            zone: zone.to_owned(),
            windows: windows
                .into_iter()
                .map(|(kind, opens, hours, zone)| Window {
                    id: String::new(),
                    kind,
                    opens,
                    closes: opens.saturating_add(hours.hours()),
                    zone: zone.map(str::to_owned),
                })
                .collect(),
            milestones: milestones
                .into_iter()
                .map(|(kind, at)| Milestone { id: String::new(), kind, at, zone: None })
                .collect(),
            ..election(&id, &[])
        })
}

fn counted() -> impl Strategy<Value = Counted> {
    (an_election(), select(Relation::ALL))
        .prop_map(|(election, relation)| Counted { election: Arc::new(election), relation })
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let answers = proptest::collection::btree_map(select(Axis::ALL), any::<Index>(), 0..4);
    (
        select(Severity::ALL),
        any::<bool>(),
        proptest::collection::vec(select(Function::ALL), 1..4),
        answers,
        any::<bool>(),
    )
        .prop_map(|(starting_severity, severity_confirmed, functions, answers, voting_stopped)| {
            let policy = policy();
            let code = |axis: Axis, index: Index| index.get(&policy.answers[&axis]).0.clone();
            Facts {
                starting_severity,
                severity_confirmed,
                functions: Functions::of(functions).unwrap(),
                answers: Answers(answers.into_iter().map(|(axis, index)| (axis, code(axis, index))).collect()),
                voting_stopped,
            }
        })
}

fn an_instant() -> impl Strategy<Value = Ts> {
    moment().prop_map(|at| Ts::new(at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_an_election_never_lowers(
        elections in proptest::collection::vec(counted(), 0..3), one in counted(), facts in some_facts(), now in an_instant()
    ) {
        let policy = policy();
        let before = assess(policy, &Calendar::new(policy, &elections), &facts, now);
        let more: Vec<_> = elections.into_iter().chain([one]).collect();
        let after = assess(policy, &Calendar::new(policy, &more), &facts, now);
        prop_assert!(after.priority <= before.priority && after.urgency >= before.urgency);
        prop_assert!(after.severity >= before.severity);
    }

    #[test]
    fn an_answer_holds_until_it_says(
        elections in proptest::collection::vec(counted(), 0..3), facts in some_facts(), now in an_instant(), share in 0..1000_i64
    ) {
        let policy = policy();
        let calendar = Calendar::new(policy, &elections);
        let answer = |now| assess(policy, &calendar, &facts, now);
        let visible = |answer: &Assessment| (answer.severity, short(answer));
        let present = answer(now);
        prop_assert_eq!(&present, &answer(now), "the same instant, the same answer");
        prop_assert_eq!(present.priority, policy.priority(present.severity, present.urgency));
        // Between here and there nothing is another one, and there something is.
        let last = present.until.map_or(now.plus(jiff::SignedDuration::from_hours(99_999)), |at| Ts::from_millis(at.millis() - 1));
        let between = Ts::from_millis(now.millis() + (last.millis() - now.millis()) / 1000 * share);
        for moment in [between, last] {
            prop_assert_eq!(visible(&answer(moment)), visible(&present));
        }
        if let Some(until) = present.until {
            prop_assert!(until > now);
            prop_assert_ne!(visible(&answer(until)), visible(&present));
        }
        // The next change is the first: every answer on the way there has the present priority.
        let mut moment = now;
        let next = loop {
            match answer(moment) {
                Assessment { priority, .. } if priority != present.priority => break Some(NextChange { at: moment, priority }),
                Assessment { until: Some(until), .. } => moment = until,
                Assessment { until: None, .. } => break None,
            }
        };
        prop_assert_eq!(present.next_change, next);
    }

    /// The stretches of a calendar say what one sees who looks at every span by itself.
    #[test]
    fn a_calendar_says_what_its_spans_say(
        elections in proptest::collection::vec(an_election(), 0..3), now in an_instant(), index in 0..7_usize
    ) {
        let mut live = Vec::new();
        for election in &elections {
            let laid = spans::lay(&policy().rules, election);
            let spans = laid.functions[index].iter().filter(|span| span.from <= now && now < span.to);
            live.extend(spans.map(|span| (Reverse(span.step), span.at, election.id.clone(), span.name.code())));
        }
        let function = Function::ALL[index];
        let expected = match live.iter().min() {
            Some((Reverse(step), _, election, name)) => format!("{step} {function} {election}/{name}"),
            None => format!("U0 {function}"),
        };
        prop_assert_eq!(short(&assess(policy(), &own(elections), &facts(&[function.code()]), now)), expected);
    }

    #[test]
    fn moving_towards_the_opening_never_lowers(
        kind in select(vec![WindowKind::EarlyVoting, WindowKind::ElectionDay, WindowKind::Abroad, WindowKind::InternetVoting]),
        opens in moment(), zone in select(ZONES), facts in some_facts(), steps in proptest::collection::vec(0..3_000_i64, 2)
    ) {
        let policy = policy();
        let line = format!("{kind} {opens} {} {zone}", opens.saturating_add(14.hours()));
        let calendar = own([election("E", &[&line])]);
        let opening = civil::instant(opens, &civil::zone(zone).unwrap());
        let before = |hours: i64| assess(policy, &calendar, &facts, opening.plus(jiff::SignedDuration::from_hours(-hours)));
        let (near, far) = (steps[0].min(steps[1]), steps[0].max(steps[1]));
        prop_assert!(before(near).priority <= before(far).priority);
        prop_assert!(before(0).priority <= before(near).priority);
    }

    #[test]
    fn a_worse_answer_never_lowers(facts in some_facts(), one in counted(), now in an_instant()) {
        let policy = policy();
        let calendar = Calendar::new(policy, &[one]);
        let before = assess(policy, &calendar, &facts, now).priority;
        for (axis, answers) in &policy.answers {
            let level = facts.answers.get(*axis).and_then(|code| policy.level(*axis, code));
            for (code, _) in answers.iter().filter(|(_, worse)| level.is_some_and(|level| *worse > level)) {
                let after = assess(policy, &calendar, &answering(facts.clone(), *axis, code), now).priority;
                prop_assert!(after <= before, "{axis} {code}");
            }
        }
    }
}

#[test]
fn the_table_never_falls() {
    let policy = policy();
    for severity in Severity::ALL {
        for urgency in Urgency::ALL {
            let worse = Severity::ALL.iter().filter(|worse| *worse > severity);
            let nearer = Urgency::ALL.iter().filter(|nearer| *nearer > urgency);
            let here = policy.priority(*severity, *urgency);
            assert!(worse.into_iter().all(|worse| policy.priority(*worse, *urgency) <= here));
            assert!(nearer.into_iter().all(|nearer| policy.priority(*severity, *nearer) <= here));
        }
    }
}

/// Around both clock changes of every zone of every year, a ladder has no gap and no overlap: the steps follow each
/// other without a break up to the opening.
#[test]
fn a_ladder_has_no_gap_and_no_overlap_in_any_zone() {
    let rules = &policy().rules;
    let mut changes = 0;
    for name in jiff::tz::db().available() {
        let Some(zone) = civil::zone(name.as_str()) else { continue };
        let start: Date = date(2024, 1, 1);
        let end = date(2036, 1, 1).to_zoned(zone.clone()).unwrap().timestamp();
        for transition in zone.following(start.to_zoned(zone.clone()).unwrap().timestamp()) {
            if transition.timestamp() >= end {
                break;
            }
            changes += 1;
            let local = zone.to_datetime(transition.timestamp());
            // In turn: an opening in the hours around the change, a day after it, and with the change on the ladder.
            let off = [-30, 0, 24 * 60, 7 * 24 * 60][changes % 4];
            let opens = local.saturating_add(off.minutes());
            {
                let closes = opens.saturating_add(14.hours());
                let mut election = election("E", &[&format!("election_day {opens} {closes} {name}")]);
                election.zone = name.to_string();
                let laid = spans::lay(rules, &election);
                let opening = civil::instant(opens, &zone);
                let ladder: Vec<_> = laid.functions[2]
                    .iter()
                    .filter(|span| span.stage == Stage::Before)
                    .map(|span| (span.from, span.to))
                    .collect();
                assert_eq!(ladder.len(), 4, "{name} {opens}");
                assert!(ladder.windows(2).all(|pair| pair[0].1 == pair[1].0), "{name} {opens}: {ladder:?}");
                assert_eq!(ladder[3].1, opening, "{name} {opens}");
                let next = laid.functions[2].iter().find(|span| span.stage == Stage::Open).unwrap();
                assert_eq!(next.from, opening);
            }
        }
    }
    assert!(changes > 1_000, "the zones of this machine change their clocks: {changes}");
}

/// Around both clock changes of every zone of every year, a whole calendar (nights between early voting, deadlines, the
/// day, the count, the canvass, a contest) leaves no instant without an answer and none with two: what follows each other
/// does so without a break, and every ladder's steps meet.
#[test]
fn a_whole_calendar_has_no_gap_and_no_overlap_in_any_zone() {
    let rules = &policy().rules;
    let mut changes = 0;
    for name in jiff::tz::db().available() {
        let Some(zone) = civil::zone(name.as_str()) else { continue };
        let end = date(2036, 1, 1).to_zoned(zone.clone()).unwrap().timestamp();
        for transition in zone.following(date(2024, 1, 1).to_zoned(zone.clone()).unwrap().timestamp()) {
            if transition.timestamp() >= end {
                break;
            }
            changes += 1;
            // In turn: the clocks change while polls are open, in the night before, in the last three days, in the count,
            // in the final week, and in the weeks before.
            let off = [-120, 600, 60 * 60, -26 * 60, 5 * 24 * 60, 40 * 24 * 60][changes % 6];
            let day = zone.to_datetime(transition.timestamp()).saturating_add(off.minutes());
            let at = |hours: i64| day.saturating_add(hours.hours());
            let line = |kind: &str, from: i64, to: i64| format!("{kind} {} {} {name}", at(from), at(to));
            let point = |kind: &str, hours: i64| format!("{kind} {} {name}", at(hours));
            let lines = [
                line("early_voting", -100, -92),
                line("early_voting", -76, -68),
                line("election_day", 0, 14),
                line("counting_session", 15, 39),
                point("registration_deadline", -480),
                point("ballot_mailing", -720),
                point("logic_accuracy_test", -240),
                point("certification", 24 * 20),
                point("contest_deadline", 24 * 30),
            ];
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let mut election = election("E", &lines);
            election.zone = name.to_string();
            // What is in force at any instant is one answer: stretches begin one after the other and reach to the next.
            let calendar = own([election.clone()]);
            for function in Function::ALL {
                let stretches = calendar.of(*function);
                assert!(!stretches.is_empty(), "{name} {day}");
                assert!(stretches.windows(2).all(|pair| pair[0].from < pair[1].from), "{name} {day} {function}");
            }
            // Each ladder leads up to its opening, minute or close without a break, and stops there.
            let laid = spans::lay(rules, &election);
            for (function, spans) in laid.functions.iter().enumerate() {
                let mut goals: Vec<_> = spans.iter().filter(|span| span.stage == Stage::Before).collect();
                goals.sort_by_key(|span| (span.name.code(), span.at, span.from));
                for pair in goals.windows(2).filter(|pair| (pair[0].name, pair[0].at) == (pair[1].name, pair[1].at)) {
                    assert_eq!(pair[0].to, pair[1].from, "{name} {day}: a gap or an overlap, function {function}");
                    assert!(pair[0].step <= pair[1].step, "{name} {day}: nearer is never less");
                }
                assert!(spans.iter().all(|span| span.from < span.to), "{name} {day}: empty spans vanish");
            }
        }
    }
    assert!(changes > 1_000, "the zones of this machine change their clocks: {changes}");
}

/// A hundred thousand incidents stand at one boundary; this is a hundredth of them, and a bound on the walk that each
/// of them takes.
#[test]
fn a_calendar_is_made_once_and_asked_by_many() {
    let policy = policy();
    let lines: Vec<String> = (1..28)
        .map(|day| format!("early_voting 2026-10-{day:02}T09:00 2026-10-{day:02}T17:00"))
        .chain(["election_day 2026-11-03T06:00 2026-11-03T20:00".to_owned()])
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let calendar = own((0..20).map(|number| election(&format!("E{number}"), &lines)));
    let incident = facts(&["all"]);
    let answers: Vec<_> =
        (0..1_000).map(|_| assess(policy, &calendar, &incident, at("2026-10-15T13:00:00Z")).urgency).collect();
    assert!(answers.iter().all(|urgency| *urgency == Urgency::U5));
}
