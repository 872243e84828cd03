//! Cases at the edges of the rules, one line each.

use super::*;

/// An election, the functions affected, and what is said when.
type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn the_rules_at_their_edges() {
    let day = "election_day 2026-11-03T06:00 2026-11-03T20:00";
    let table: &[Row<'_>] = &[
        // The ladder, the window, the closing, the count: half open everywhere.
        (
            &[day],
            &["checkin"],
            &[
                ("2026-08-05T03:59:59Z", "U0 checkin"),
                ("2026-08-05T04:00:00Z", "U1 checkin E/election_day"),
                ("2026-10-06T04:00:00Z", "U2 checkin E/election_day"),
                ("2026-10-27T04:00:00Z", "U3 checkin E/election_day"),
                ("2026-11-02T10:59:59Z", "U3 checkin E/election_day"),
                ("2026-11-02T11:00:00Z", "U4 checkin E/election_day"),
                ("2026-11-03T11:00:00Z", "U5 checkin E/election_day"),
                ("2026-11-04T00:59:59Z", "U5 checkin E/election_day"),
                ("2026-11-04T01:00:00Z", "U4 checkin E/closing"),
                ("2026-11-04T04:00:00Z", "U2 checkin E/count"),
                ("2026-11-05T01:00:00Z", "U0 checkin"),
            ],
        ),
        // Early voting is three hours from its next opening before it is U4 again; election day a whole day.
        (
            &["early_voting 2026-10-20T09:00 2026-10-20T17:00", "early_voting 2026-10-21T09:00 2026-10-21T17:00"],
            &["checkin"],
            &[
                ("2026-10-21T09:59:59Z", "U3 checkin E/early_voting"),
                ("2026-10-21T10:00:00Z", "U4 checkin E/early_voting"),
            ],
        ),
        // A gap is measured from the latest close so far, whatever the order of the list.
        (
            &[
                "election_day 2026-11-05T06:00 2026-11-05T20:00",
                "election_day 2026-11-03T08:00 2026-11-03T12:00",
                "election_day 2026-11-03T06:00 2026-11-03T20:00",
            ],
            &["voting"],
            &[
                ("2026-11-04T00:30:00Z", "U5 voting E/election_day"),
                ("2026-11-04T10:59:59Z", "U3 voting E/election_day"),
                ("2026-11-04T11:00:00Z", "U4 voting E/election_day"),
            ],
        ),
        // An election whose only polls are abroad counts for check-in, too.
        (
            &["abroad 2026-11-03T08:00 2026-11-03T18:00 Europe/Berlin"],
            &["checkin"],
            &[("2026-11-03T07:00:00Z", "U5 checkin E/abroad")],
        ),
        // A deadline at midnight belongs to the day that it ends.
        (
            &["registration_deadline 2026-10-06T00:00"],
            &["registration"],
            &[
                ("2026-09-05T03:59:59Z", "U0 registration"),
                ("2026-09-05T04:00:00Z", "U1 registration E/registration_deadline"),
                ("2026-10-05T03:59:59Z", "U3 registration E/registration_deadline"),
                ("2026-10-05T04:00:00Z", "U5 registration E/registration_deadline"),
                ("2026-10-06T04:00:00Z", "U3 registration E/registration_deadline"),
                ("2026-10-07T04:00:00Z", "U0 registration"),
            ],
        ),
        // Who only informs voters has nothing to do after the deadline.
        (
            &["registration_deadline 2026-10-06T00:00"],
            &["voter_information"],
            &[("2026-10-06T04:00:00Z", "U0 voter_information")],
        ),
        // Check-in counts for registration in full where nobody has to register before.
        (&[day], &["registration"], &[("2026-11-03T12:00:00Z", "U5 registration E/election_day")]),
        (
            &[day, "registration_deadline 2026-10-06T00:00"],
            &["registration"],
            &[
                ("2026-11-03T12:00:00Z", "U4 registration E/election_day"),
                ("2026-11-04T02:00:00Z", "U3 registration E/closing"),
            ],
        ),
        // A count of five days: busy, quieter, busy again; a month of canvass where nothing is certified.
        (
            &[day, "results_complete 2026-11-08T20:00"],
            &["results_publication"],
            &[
                ("2026-11-06T12:00:00Z", "U5 results_publication E/count"),
                ("2026-11-07T02:00:00Z", "U3 results_publication E/count"),
                ("2026-11-08T02:00:00Z", "U5 results_publication E/count"),
                ("2026-11-09T01:00:00Z", "U2 results_publication E/canvass"),
                ("2026-12-09T00:59:59Z", "U2 results_publication E/canvass"),
                ("2026-12-09T01:00:00Z", "U0 results_publication"),
            ],
        ),
        // Results that are complete before a day has passed do not end the count.
        (
            &[
                day,
                "results_complete 2026-11-03T21:00",
                "certification 2026-11-10T17:00",
                "contest_deadline 2026-11-20T17:00",
            ],
            &["tabulation"],
            &[
                ("2026-11-05T00:59:59Z", "U4 tabulation E/count"),
                ("2026-11-05T01:00:00Z", "U2 tabulation E/canvass"),
                ("2026-11-07T22:00:00Z", "U3 tabulation E/certification"),
                ("2026-11-09T22:00:00Z", "U4 tabulation E/certification"),
                ("2026-11-10T22:00:00Z", "U2 tabulation E/contest"),
                ("2026-11-20T22:00:00Z", "U0 tabulation"),
            ],
        ),
        // The last counting session ends the count; one before the close does not.
        (
            &[
                day,
                "counting_session 2026-11-03T08:00 2026-11-03T12:00",
                "counting_session 2026-11-10T08:00 2026-11-10T12:00",
            ],
            &["results_publication"],
            &[
                ("2026-11-10T16:59:59Z", "U5 results_publication E/count"),
                // The session is over for a day, and higher than the canvass.
                ("2026-11-10T17:00:00Z", "U4 results_publication E/counting_session"),
                ("2026-11-11T17:00:00Z", "U2 results_publication E/canvass"),
            ],
        ),
        // Without polling windows there is no count, but sessions are what they are.
        (
            &["audit 2026-11-20T08:00 2026-11-20T16:00", "certification 2026-11-24T17:00"],
            &["tabulation", "results_publication"],
            &[
                ("2026-11-17T13:00:00Z", "U3 tabulation E/audit"),
                ("2026-11-19T13:00:00Z", "U4 tabulation E/audit"),
                ("2026-11-20T20:59:59Z", "U4 tabulation E/audit"),
                ("2026-11-20T21:00:00Z", "U0 tabulation"),
                ("2026-11-23T21:00:00Z", "U0 tabulation"),
            ],
        ),
        // The office is one step behind, and in the season at U2 at least.
        (
            &[day],
            &["office"],
            &[
                ("2026-08-06T04:00:00Z", "U0 office"),
                ("2026-10-06T03:59:59Z", "U0 office"),
                ("2026-10-06T04:00:00Z", "U2 office"),
                ("2026-11-03T12:00:00Z", "U4 office"),
                ("2026-12-01T12:00:00Z", "U2 office"),
                ("2026-12-05T01:00:00Z", "U0 office"),
            ],
        ),
        (&[day], &["people"], &[("2025-01-01T00:00:00Z", "U3 people"), ("2026-11-03T12:00:00Z", "U5 people")]),
        // The first function in the order of the policy wins, also where nothing is near.
        (&[], &["voter_information", "checkin"], &[("2026-01-01T00:00:00Z", "U0 checkin")]),
        (&[], &["all"], &[("2026-01-01T00:00:00Z", "U3 people")]),
    ];
    for (lines, functions, moments) in table {
        let calendar = own([election("E", lines)]);
        for (now, expected) in *moments {
            let assessment = assess(policy(), &calendar, &facts(functions), at(now));
            assert_eq!(short(&assessment), *expected, "{functions:?} at {now}: {lines:?}");
        }
    }
}

#[test]
fn a_tie_is_settled_by_what_is_nearest_then_by_election_then_by_name() {
    let policy = policy();
    let calendar = own([
        election("E2", &["election_day 2026-11-03T06:00 2026-11-03T20:00"]),
        election("E10", &["election_day 2026-11-03T06:00 2026-11-03T20:00"]),
        election("E1", &["election_day 2026-11-03T06:00 2026-11-03T21:00"]),
    ]);
    let open = assess(policy, &calendar, &facts(&["checkin"]), at("2026-11-03T12:00:00Z"));
    assert_eq!(short(&open), "U5 checkin E10/election_day");
    assert_eq!(open.until, Some(at("2026-11-04T01:00:00Z")), "then E1 is the one that is open");
    let both = own([election(
        "E",
        &["election_day 2026-11-03T06:00 2026-11-03T20:00", "early_voting 2026-11-03T06:00 2026-11-03T20:00"],
    )]);
    let open = assess(policy, &both, &facts(&["checkin"]), at("2026-11-03T12:00:00Z"));
    assert_eq!(short(&open), "U5 checkin E/early_voting");
}

#[test]
fn a_descendant_counts_one_step_lower() {
    let policy = policy();
    let below = Counted {
        election: Arc::new(election("E", &["election_day 2026-11-03T06:00 2026-11-03T20:00"])),
        relation: Relation::Descendant,
    };
    let calendar = Calendar::new(policy, &[below]);
    for (functions, now, expected) in [
        ("checkin", "2026-11-03T12:00:00Z", "U4 checkin E/election_day"),
        ("checkin", "2026-08-06T12:00:00Z", "U0 checkin"),
        ("people", "2026-11-03T12:00:00Z", "U4 people"),
        ("people", "2026-08-06T12:00:00Z", "U3 people"),
        ("office", "2026-11-03T12:00:00Z", "U3 office"),
    ] {
        assert_eq!(short(&assess(policy, &calendar, &facts(&[functions]), at(now))), expected);
    }
    // The button is severe all the same.
    let stopped = Facts { voting_stopped: true, ..facts(&["office"]) };
    let assessment = assess(policy, &calendar, &stopped, at("2026-11-03T09:00:00Z"));
    assert_eq!((assessment.severity, short(&assessment)), (Severity::Severe, "U3 voting E/election_day".to_owned()));
}

#[test]
fn severity_is_the_worst_answer_and_not_below_the_start_until_it_is_confirmed() {
    let policy = policy();
    let calendar = own([]);
    let severity = |facts: &Facts| {
        let assessment = assess(policy, &calendar, facts, at("2026-01-01T00:00:00Z"));
        (assessment.severity, assessment.because.what)
    };
    let nothing = facts(&["checkin"]);
    let mild = answering(nothing.clone(), Axis::Information, "internal_only");
    let confirmed = Facts { severity_confirmed: true, ..mild.clone() };
    let unknown = Facts { severity_confirmed: true, ..answering(nothing.clone(), Axis::Information, "unknown") };
    let worse = answering(mild.clone(), Axis::People, "named_threat");
    let by = |axis, code: &str| What::Answer { axis, code: code.to_owned() };
    assert_eq!(severity(&nothing), (Severity::Medium, What::Starting));
    assert_eq!(severity(&mild), (Severity::Medium, What::Starting));
    assert_eq!(severity(&confirmed), (Severity::Low, by(Axis::Information, "internal_only")));
    assert_eq!(severity(&unknown), (Severity::Medium, What::Starting));
    assert_eq!(severity(&worse), (Severity::Medium, by(Axis::People, "named_threat")));
}

#[test]
fn voting_that_is_stopped_is_severe_near_the_polls() {
    let policy = policy();
    let calendar = own([election("E", &["election_day 2026-11-03T06:00 2026-11-03T20:00"])]);
    let stopped = Facts { voting_stopped: true, ..facts(&["office"]) };
    for (now, severity) in [
        ("2026-11-03T08:59:59Z", Severity::Medium),
        ("2026-11-03T09:00:00Z", Severity::Severe),
        ("2026-11-04T03:59:59Z", Severity::Severe),
        ("2026-11-04T04:00:00Z", Severity::Medium),
    ] {
        let assessment = assess(policy, &calendar, &stopped, at(now));
        assert_eq!(assessment.severity, severity, "{now}");
    }
}

#[test]
fn clock_changes_gaps_and_folds_are_read_as_the_calendar_rule_says() {
    let policy = policy();
    // 02:30 does not exist on 14 March 2027 in New York and is 03:30; on 7 November 01:30 is the earlier of two.
    for (window, opening) in [
        ("election_day 2027-03-14T02:30 2027-03-14T20:00", "2027-03-14T07:30:00Z"),
        ("election_day 2027-11-07T01:30 2027-11-07T20:00", "2027-11-07T05:30:00Z"),
        // Midnight does not exist on this day in Beirut: the day begins at 01:00.
        ("election_day 2027-03-28T00:00 2027-03-28T20:00 Asia/Beirut", "2027-03-27T22:00:00Z"),
        // A whole day was left out in Samoa.
        ("election_day 2011-12-30T08:00 2011-12-31T20:00 Pacific/Apia", "2011-12-30T18:00:00Z"),
    ] {
        let calendar = own([election("E", &[window])]);
        let assessment = assess(policy, &calendar, &facts(&["voting"]), at(opening));
        assert_eq!(short(&assessment), "U5 voting E/election_day", "{window}");
        let before = Ts::from_millis(at(opening).millis() - 1);
        assert_eq!(
            short(&assess(policy, &calendar, &facts(&["voting"]), before)),
            "U4 voting E/election_day",
            "{window}"
        );
    }
}
