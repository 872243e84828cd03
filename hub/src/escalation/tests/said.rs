//! The sentence, read as a person reads it.

use super::sentence::{Telling, Why, why};
use super::*;

fn words(axis: Axis, code: &str) -> String {
    match (axis, code) {
        (Axis::AbilityToVote, "stopped_at_sites") => {
            "voting is stopped at 3 of 57 sites with no working fallback".into()
        }
        _ => format!("{axis} is {code}"),
    }
}

fn said(calendar: &Calendar, facts: &Facts, now: &str, telling: impl FnOnce(&mut Telling<'_>)) -> Why {
    let policy = policy();
    let now = at(now);
    let assessment = assess(policy, calendar, facts, now);
    let priority = assessment.priority;
    let zone = "America/New_York";
    let mut told = Telling { priority, overridden: false, due: None, zone, sites: None, words: &words };
    telling(&mut told);
    why(policy, calendar, facts, &assessment, &told, now)
}

#[test]
fn the_sentence_of_the_design() {
    let calendar = own([election("E", &["election_day 2026-11-03T06:00 2026-11-03T19:30"])]);
    let stopped = answering(facts(&["checkin"]), Axis::AbilityToVote, "stopped_at_sites");
    let why = said(&calendar, &stopped, "2026-11-03T15:18:00Z", |told| {
        told.due = Some((Promise::FirstResponse, at("2026-11-03T15:23:00Z")));
    });
    assert_eq!(
        why.text,
        "P1 because voting is stopped at 3 of 57 sites with no working fallback (severe) and polls are open now in Alder \
         County, close 19:30 EST (9 h 12 min left) (U5, Alder County general, check-in). First response due 10:23 EST. \
         Policy 2026-11-22. Becomes P2, by confirmation, 3 h after polls close, 22:30 EST."
    );
}

#[test]
fn what_time_would_change_is_said_with_what_happens_then() {
    let calendar = own([election("E", &["election_day 2026-11-03T06:00 2026-11-03T20:00"])]);
    let high = Facts { starting_severity: Severity::High, ..facts(&["checkin"]) };
    let why = said(&calendar, &high, "2026-11-01T12:00:00Z", |_| {});
    assert_eq!(
        why.text,
        "P2 because not enough is known yet to rate it lower (high) and polls open in Alder County at 06:00 EST on Tue 3 \
         Nov (in 47 h) (U3, Alder County general, check-in). Policy 2026-11-22. Becomes P1 by itself 24 h before polls \
         open, 06:00 EST on Mon 2 Nov."
    );
}

#[test]
fn a_person_set_it_or_a_person_has_to() {
    let calendar = own([election("E", &["election_day 2026-11-03T06:00 2026-11-03T20:00"])]);
    let low = Facts { starting_severity: Severity::Low, ..facts(&["checkin"]) };
    let now = "2026-11-04T02:00:00Z";
    let sentences = |priority, overridden| {
        let why = said(&calendar, &low, now, |told| (told.priority, told.overridden) = (priority, overridden));
        let (_, rest) = why.text.split_once("). ").unwrap();
        (rest.split_once(" Policy").unwrap().0.to_owned(), why.parts.changes.len())
    };
    assert_eq!(sentences(Priority::P3, false), ("The table alone says P4; a responder lowers it.".to_owned(), 0));
    assert_eq!(sentences(Priority::P2, true), ("A person has set it; the table alone says P4.".to_owned(), 0));
    let (text, falls) = sentences(Priority::P4, true);
    assert_eq!((text.as_str(), falls), ("A person has set it, and the table says the same.", 1));
}

#[test]
fn another_authority_is_said_with_its_own_place_and_zone() {
    let mut abroad = election("E", &["election_day 2026-11-03T08:00 2026-11-03T18:00 Asia/Kathmandu"]);
    abroad.authority_name = "State of Franklin".to_owned();
    let stopped = Facts { voting_stopped: true, ..facts(&["voting"]) };
    let why = said(&own([abroad]), &stopped, "2026-11-03T04:00:00Z", |told| {
        told.sites = Some((3, 57));
        told.due = Some((Promise::NextUpdate, at("2026-11-03T03:00:00Z")));
    });
    assert_eq!(
        why.text,
        "P1 because voting is stopped at 3 of 57 sites (severe) and polls are open now in State of Franklin, close 18:00 \
         +0545 (8 h 15 min left) (U5, Alder County general, voting). Next update was due 22:00 EST. Policy 2026-11-22. \
         Becomes P3, by confirmation, 3 h after polls close, 21:00 +0545."
    );
    assert!(why.parts.changes[0].words.ends_with("nobody lowers it while voting is stopped"));
    let parts = serde_json::to_value(&why.parts).unwrap();
    assert_eq!(parts["because"]["near"]["zone"], "Asia/Kathmandu");
    assert_eq!(parts["because"]["what"]["kind"], "voting_stopped");
}

/// A whole election, as it is read from June to December by those who look after each function.
#[test]
fn a_whole_election_reads_well() {
    let calendar = own([election(
        "E",
        &[
            "early_voting 2026-10-24T09:00 2026-10-24T18:00",
            "early_voting 2026-10-26T09:00 2026-10-26T18:00",
            "election_day 2026-11-03T06:00 2026-11-03T20:00",
            "registration_deadline 2026-10-20T17:00",
            "ballot_mailing 2026-10-01T12:00",
            "logic_accuracy_test 2026-10-10T10:00",
            "counting_session 2026-11-05T09:00 2026-11-05T17:00",
            "recount 2026-11-15T09:00 2026-11-15T17:00",
            "results_complete 2026-11-10T17:00",
            "certification 2026-11-24T17:00",
            "contest_deadline 2026-12-04T17:00",
        ],
    )]);
    let mut read = String::new();
    for function in Function::ALL {
        read += &format!("{}\n", function.label());
        let high = Facts { starting_severity: Severity::High, ..facts(&[function.code()]) };
        let mut now = at("2026-06-01T12:00:00Z");
        loop {
            let assessment = assess(policy(), &calendar, &high, now);
            let why = said(&calendar, &high, &now.to_string(), |_| {});
            let becomes = why.text.split_once("Becomes").map_or("", |(_, becomes)| becomes);
            read += &format!("  {now} {} {}: {}\n", why.parts.priority, why.parts.urgency, why.parts.near);
            if !becomes.is_empty() {
                read += &format!("      becomes{becomes}\n");
            }
            let Some(until) = assessment.until else { break };
            now = until;
        }
    }
    insta::assert_snapshot!(read);
}
