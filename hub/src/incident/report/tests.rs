use serde_json::{Value, json};

use super::*;
use crate::escalation::Severity;
use crate::incident::catalogue;

fn check(body: Value) -> Result<Checked, Problems> {
    serde_json::from_value::<Report>(body).unwrap().check(catalogue(), 2_000)
}

/// What is wrong, as `field: sentence` lines.
fn wrong(body: Value) -> Vec<String> {
    check(body).unwrap_err().0.into_iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect()
}

#[test]
fn one_sentence_is_an_incident() {
    let checked = check(json!({"summary": "  Nothing works.  "})).unwrap();
    assert_eq!(checked.category.code, "UNCLASSIFIED");
    assert_eq!(checked.summary.unwrap().as_str(), "Nothing works.");
    assert_eq!(checked.title.as_str(), "Nothing works");
    assert_eq!(checked.functions, Functions::all());
    assert_eq!((checked.tlp, checked.voting_stopped, checked.exercise), (Tlp::AmberStrict, false, false));
}

#[test]
fn a_symptom_proposes_and_a_responder_may_say_otherwise() {
    let checked = check(json!({"symptom": "CANNOT_CHECK_IN"})).unwrap();
    assert_eq!(
        (checked.category.code.as_str(), checked.title.as_str()),
        ("EPOLLBOOK_CHECKIN", "Voters cannot check in")
    );
    assert!(checked.summary.is_none());
    let checked =
        check(json!({"symptom": "CANNOT_CHECK_IN", "category": "RANSOMWARE", "functions": ["office"]})).unwrap();
    assert_eq!(
        (checked.category.code.as_str(), checked.functions),
        ("RANSOMWARE", Functions::of([Function::Office]).unwrap())
    );
    assert!(check(json!({"symptom": "DRILL", "exercise": false})).unwrap().exercise, "a drill is never taken for real");
    assert_eq!(check(json!({"category": "ADVICE"})).unwrap().title.as_str(), "We have a question");
}

#[test]
fn all_of_the_form() {
    let checked = check(json!({
        "symptom": "CHECK_IN_WRONG", "category": "EPOLLBOOK_CHECKIN", "summary": "Six sites\n\nsay so",
        "answers": {"people": "none", "ability_to_vote": "unknown", "information": ""},
        "voting_stopped": true, "functions": ["voting", "checkin", "voting"], "sites": {"affected": 6, "total": 57},
        "place": "Maple Street", "since": "06:30", "still_happening": true,
        "callback": {"number": "+1 999 555 0163", "outside_affected_system": true},
        "done_so_far": "Paper books", "already_told": "Nobody", "tlp": "RED", "election": "e1", "exercise": false,
        "authority": "alder", "source": "phone", "verified_how": "Rang the number in the contact tree",
    }))
    .unwrap();
    assert_eq!(checked.functions, Functions::of([Function::Checkin, Function::Voting]).unwrap());
    assert_eq!(checked.answers.get(Axis::People), Some("none"));
    assert_eq!(checked.answers.get(Axis::AbilityToVote), Some("unknown"), "not sure is kept, so that a person asks");
    assert_eq!(checked.answers.get(Axis::Information), None, "an untouched question of a form");
    assert_eq!(checked.sites.unwrap().words(), "6 of 57 sites");
    assert_eq!((checked.tlp, checked.source), (Tlp::Red, Some(Source::Phone)));
    assert_eq!(checked.title.as_str(), "Six sites");
    assert!(checked.callback.unwrap().outside_affected_system.unwrap());
}

#[test]
fn two_times_no_leaves_the_category_where_it_starts() {
    let checked =
        check(json!({"symptom": "FILES_LOCKED", "answers": {"people": "none"}, "voting_stopped": false})).unwrap();
    assert_eq!(checked.category.starting_severity, Severity::Severe);
    assert_eq!(checked.answers.get(Axis::AbilityToVote), None, "no is no answer to a question that was not asked");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let told = wrong(json!({
        "symptom": "CANT_CHECK_IN", "category": "EPOLLBOOK", "summary": "a".repeat(2_310),
        "answers": {"people": "non", "peopel": "none", "information": "perhaps"},
        "functions": ["vote", "voting"], "sites": {"affected": 58, "total": 57}, "callback": {"number": "my own"},
        "tlp": "amber", "source": "fax", "place": "a".repeat(201),
    }));
    assert_eq!(
        told,
        [
            "symptom: `CANT_CHECK_IN` is no symptom; did you mean CANNOT_CHECK_IN?",
            "category: `EPOLLBOOK` is no category; did you mean EPOLLBOOK_CHECKIN?",
            "summary: Write at most 2,000 characters; this has 2,310.",
            "functions.0: `vote` is no function; did you mean voter_information or voting?",
            "callback.number: Give a number that we can ring, as +1 999 555 0163.",
            "answers.information: `perhaps` is no answer to this question; use one of no, internal_only, few_people, \
         many_people_or_passwords, keys_to_voting_systems, unknown.",
            "answers.peopel: `peopel` is no question; did you mean people?",
            "answers.people: `non` is no answer to this question; did you mean none?",
            "sites.affected: No more sites can be affected than there are: correct one of the two.",
            "place: Write at most 200 characters; this has 201.",
            "tlp: `amber` is not known here; use one of RED, AMBER+STRICT, AMBER, GREEN, CLEAR.",
            "source: `fax` is not known here; use one of web, phone, api, mail, in_person.",
        ]
    );
}

#[test]
fn an_empty_form_says_what_is_enough() {
    let told = ["summary: Say in one sentence what you see, or choose a symptom."];
    assert_eq!(wrong(json!({})), told);
    assert_eq!(wrong(json!({"summary": " \n", "symptom": "", "category": null, "voting_stopped": true})), told);
    assert_eq!(
        wrong(json!({"summary": "x", "functions": []})),
        ["functions: Name at least one function, or leave the field out."]
    );
}

#[test]
fn sites_can_be_counted() {
    let sites =
        |body: Value| check(json!({"summary": "x", "sites": body})).map(|checked| checked.sites.map(Sites::words));
    assert_eq!(sites(json!({"affected": 1})).unwrap().as_deref(), Some("1 site"));
    assert_eq!(sites(json!({"affected": 0, "total": 1})).unwrap().as_deref(), Some("0 of 1 site"));
    assert_eq!(sites(json!({"affected": 1_200, "total": 4_000})).unwrap().as_deref(), Some("1,200 of 4,000 sites"));
    assert_eq!(sites(json!({})).unwrap(), None);
    for wrong in
        [json!({"affected": -1, "total": 5}), json!({"total": 5}), json!({"affected": 1, "total": 10_000_000_000_i64})]
    {
        assert_eq!(sites(wrong).unwrap_err().0.len(), 1);
    }
}

#[test]
fn fields_that_nobody_knows_are_refused() {
    for body in [json!({"summery": "x"}), json!({"sites": {"effected": 1}}), json!({"callback": {"phone": "1"}})] {
        assert!(serde_json::from_value::<Report>(body).is_err());
    }
}

#[test]
fn titles_are_short_and_end_between_words() {
    let title = |text: &str| {
        let unclassified = catalogue().unclassified();
        super::title(Some(&Prose::new(text, 2_000).unwrap()), None, unclassified).as_str().to_owned()
    };
    assert_eq!(
        title("Six sites say the check-in laptops mark people as already voted. We told those six to use paper."),
        "Six sites say the check-in laptops mark people as already voted"
    );
    assert_eq!(title("Help. The site is down."), "Help. The site is down");
    assert_eq!(
        title("The results page has been timing out for everybody since about four minutes after the polls closed"),
        "The results page has been timing out for everybody since about four minutes…"
    );
    assert!(title(&"é".repeat(500)).chars().count() <= TITLE);
}
