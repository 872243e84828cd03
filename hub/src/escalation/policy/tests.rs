//! What the file that the hub comes with says, and what a file may not say.

use super::*;
use crate::escalation::Function;

#[test]
fn the_file_that_the_hub_comes_with_is_the_design() {
    let policy = Policy::parse(Policy::DEFAULT).unwrap();
    assert_eq!(policy.version, "2026-11-22");
    let row = |severity: Severity| -> String {
        Urgency::ALL.iter().map(|urgency| policy.priority(severity, *urgency).code().replace('P', "")).collect()
    };
    assert_eq!(row(Severity::Emergency), "111111");
    assert_eq!(row(Severity::Severe), "222111");
    assert_eq!(row(Severity::High), "332211");
    assert_eq!(row(Severity::Medium), "443322");
    assert_eq!(row(Severity::Low), "555443");
    assert_eq!(row(Severity::Baseline), "555554");
    let levels =
        |axis| -> String { policy.answers[&axis].iter().map(|(_, level)| level.level().to_string()).collect() };
    let axes: Vec<String> = Axis::ALL.iter().copied().map(levels).collect();
    assert_eq!(axes, ["01245", "02345", "0223", "01345", "01234", "01234", "0123"]);
    assert_eq!(policy.level(Axis::People, "credible_threat"), Some(Severity::Severe));
    assert_eq!(policy.level(Axis::People, "unknown"), None);
    assert_eq!(policy.answers[&Axis::PublicService][1].0, "slow_or_partly", "in the order of the file");
}

#[test]
fn targets_are_those_of_the_design() {
    let policy = Policy::default();
    let minutes = |priority, urgency| {
        let Targets { first_response, live_room, next_update } = policy.target(priority, urgency);
        (first_response.as_mins(), live_room.map(|length| length.as_mins()), next_update.as_mins())
    };
    assert_eq!(minutes(Priority::P1, Urgency::U3), (5, Some(10), 30));
    assert_eq!(minutes(Priority::P1, Urgency::U4), (5, Some(10), 15));
    assert_eq!(minutes(Priority::P2, Urgency::U5), (15, Some(30), 60));
    assert_eq!(minutes(Priority::P3, Urgency::U5), (60, None, 240));
    assert_eq!(minutes(Priority::P4, Urgency::U5), (240, None, 1_440));
    assert_eq!(minutes(Priority::P5, Urgency::U0), (1_440, None, 10_080));
    let chain = |priority| -> Vec<String> {
        let steps = policy.handling(priority).chain.iter();
        steps
            .map(|step| {
                format!("{} {}", step.after, step.tell.iter().map(|who| who.code()).collect::<Vec<_>>().join("+"))
            })
            .collect()
    };
    assert_eq!(
        chain(Priority::P1),
        [
            "3 min shift_lead",
            "5 min supervisor+authority_phone",
            "10 min director+authority_second_phone",
            "15 min parent_authority"
        ]
    );
    assert_eq!(chain(Priority::P5), ["24 h shift_lead", "72 h supervisor"]);
}

#[test]
fn what_can_wait_waits_for_working_hours_below_u3() {
    let policy = Policy::default();
    // Friday 20 November 2026, 17:00 in New York.
    let from: Ts = "2026-11-20T22:00:00Z".parse().unwrap();
    let due = |promise, priority, urgency| policy.due(promise, priority, urgency, from).map(|at| at.to_string());
    let first = Promise::FirstResponse;
    assert_eq!(due(first, Priority::P4, Urgency::U3).as_deref(), Some("2026-11-21T02:00:00Z"));
    assert_eq!(due(first, Priority::P4, Urgency::U2).as_deref(), Some("2026-11-23T16:00:00Z"));
    assert_eq!(due(first, Priority::P3, Urgency::U0).as_deref(), Some("2026-11-20T23:00:00Z"));
    assert_eq!(due(Promise::NextUpdate, Priority::P5, Urgency::U0).as_deref(), Some("2026-11-27T22:00:00Z"));
    assert_eq!(due(Promise::LiveRoom, Priority::P3, Urgency::U5), None);
}

#[test]
fn a_file_that_is_not_sound_is_refused_with_the_line_and_the_reason() {
    // What is replaced, by what, the line where that is said and what is said.
    let table: &[(&str, &str, &str, &str)] = &[
        ("version = \"2026-11-22\"", "version = \" \"", "version =", "give the policy a version"),
        ("version = \"2026-11-22\"", "version = ", "version =", "string values must be quoted"),
        ("version = \"2026-11-22\"", "version = \"next year\"", "version =", "letters, digits, dots and dashes"),
        ("version = \"2026-11-22\"", "version = \"edit\"", "version =", "letters, digits, dots and dashes"),
        ("none = \"baseline\"", "none = \"calm\"", "none =", "unknown variant `calm`"),
        ("none = \"baseline\"", "unknown = \"low\"", "unknown =", "leave `unknown` out"),
        ("[answers.people]", "[answers.mood]", "[answers.mood]", "unknown variant `mood`"),
        ("[voting_stopped]", "[voting_stopped]\nhurry = 1", "hurry", "unknown field `hurry`"),
        ("before = \"2 h\"", "before = \"2 hours\"", "before =", "is no length of time"),
        ("before = \"2 h\"", "before = \"2 days\"", "before =", "write it in hours: \"48 h\""),
        ("U3 = \"7 days\", U4", "U3 = \"40 days\", U4", "ladder = { U1 = \"90", "U3 begins 40 days before, U2 28 days"),
        ("open = \"U5\"", "open = \"U3\"", "[polling]", "must not be below the steps that lead to it"),
        ("below = 1", "below = 9", "below =", "a number of steps, 0 to 5"),
        ("U2 = \"28 days\"", "U2 = \"28 h\", U9 = \"1 h\"", "ladder = { U1 = \"90", "unknown variant `U9`"),
        (
            "[\"P5\", \"P5\", \"P5\", \"P4\", \"P4\", \"P3\"]",
            "[\"P5\", \"P5\", \"P5\", \"P4\", \"P5\", \"P3\"]",
            "low       =",
            "“low at U4 = P5” falls as urgency rises from U3 = P4",
        ),
        (
            "emergency = [\"P1\", \"P1\", \"P1\"",
            "emergency = [\"P3\", \"P1\", \"P1\"",
            "emergency =",
            "“emergency at U0 = P3” falls as severity rises from severe = P2",
        ),
        (
            "first_response = \"24 h\"",
            "first_response = \"2161 h\"",
            "first_response = \"2161",
            "must be 90 days or less",
        ),
        ("after = \"72 h\"", "after = \"36500 h\"", "  { after = \"36500", "a step must be 90 days or less"),
        ("to = \"18:00\"", "to = \"08:30\"", "[working_hours]", "work five hours in a week at least"),
        ("low       = [\"P5\", ", "low       = [", "low       =", "length 5"),
        ("high      =", "hihg      =", "hihg", "unknown variant `hihg`"),
        (
            "first_response = \"15 min\"",
            "first_response = \"4 min\"",
            "first_response = \"4",
            "first_response of P2 is shorter",
        ),
        ("live_room = \"10 min\"\n", "", "live_room = \"30", "live_room of P2 is shorter"),
        (
            "next_update = \"30 min\"",
            "next_update = \"10 min\"",
            "next_update_from",
            "must not come later as urgency rises",
        ),
        ("first_response = \"5 min\"", "first_response = \"0 min\"", "first_response = \"0", "longer than nothing"),
        (
            "{ after = \"5 min\"",
            "{ after = \"2 min\"",
            "  { after = \"2 min\"",
            "a step after 2 min stands behind one after 3 min",
        ),
        ("tell = [\"backup\"]", "tell = []", "  { after = \"10 min\", tell = []", "name somebody to tell"),
        (
            "tell = [\"backup\"]",
            "tell = [\"mayor\"]",
            "  { after = \"10 min\", tell = [\"mayor\"]",
            "unknown variant `mayor`",
        ),
        ("zone = \"America/New_York\"", "zone = \"Alder\"", "[working_hours]", "there is no time zone \"Alder\""),
        ("\"mon\", ", "\"moonday\", ", "[working_hours]", "\"moonday\" is no day"),
        ("to = \"18:00\"", "to = \"08:00\"", "[working_hours]", "must end after it begins"),
        ("from = \"08:00\"", "from = \"eight\"", "[working_hours]", "is no time of day"),
    ];
    for (what, by, place, says) in table {
        let text = Policy::DEFAULT.replacen(what, by, 1);
        assert_ne!(text, Policy::DEFAULT, "{what}");
        let problem = Policy::parse(&text).expect_err(by);
        let line = text.lines().position(|line| line.starts_with(place)).unwrap() + 1;
        assert!(problem.reason.contains(says), "{by}: {problem}");
        assert_eq!(problem.line, line, "{by}: {problem}");
    }
    let without = |table: &str| {
        let start = Policy::DEFAULT.find(&format!("[{table}]")).unwrap();
        let end = Policy::DEFAULT[start + 1..].find("\n[").unwrap() + start + 1;
        Policy::parse(&format!("{}{}", &Policy::DEFAULT[..start], &Policy::DEFAULT[end..])).unwrap_err().reason
    };
    assert!(without("people").contains("missing field `people`"));
    assert!(without("targets.P3").contains("add the targets of P3"));
    assert!(without("answers.information").contains("add the answers of the question information"));
    assert!(Policy::parse("").is_err());
    assert_eq!(Function::ALL.len(), 9);
}
