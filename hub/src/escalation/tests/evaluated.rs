//! `policy eval`: the worked cases, and lines that are no case.

use super::*;

const VECTORS: &str = include_str!("../../../../tests/data/escalation-vectors.jsonl");

fn eval(input: &[u8]) -> (bool, Vec<serde_json::Value>) {
    let mut output = Vec::new();
    let good = eval::eval_lines(input, &mut output, policy()).unwrap();
    let output = String::from_utf8(output).unwrap();
    (good, output.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn every_worked_case_agrees() {
    let (good, answers) = eval(VECTORS.as_bytes());
    assert!(good);
    assert_eq!((VECTORS.lines().count(), answers.len()), (300, 300));
    let mut wrong = Vec::new();
    for (case, answer) in VECTORS.lines().zip(answers) {
        let case: serde_json::Value = serde_json::from_str(case).unwrap();
        let mut expected = serde_json::json!({ "id": case["id"] });
        for (field, value) in case["expect"].as_object().unwrap() {
            expected[field] = value.clone();
        }
        if answer != expected {
            wrong.push(format!("{case}\n  expected {expected}\n  answered {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

const CASE: &str = r#"{"id":"a","now":"2026-11-03T12:00:00Z","starting_severity":"high","severity_confirmed":false,"functions":["checkin"],"answers":{},"voting_stopped":false,"elections":[{"id":"E1","zone":"America/New_York","relation":"own","windows":[{"kind":"election_day","opens":"2026-11-03T06:00:00","closes":"2026-11-03T20:00:00"}],"milestones":[{"kind":"certification","at":"2026-11-24T17:00:00"}]}]}"#;

#[test]
fn an_answer_has_its_fields_in_order() {
    let mut output = Vec::new();
    let input = format!("\u{feff}{CASE}\r\n\n  \n{}", CASE.replace("\"id\":\"a\"", "\"id\":\"b\",\"expect\":[1]"));
    assert!(eval::eval_lines(input.as_bytes(), &mut output, policy()).unwrap());
    let line = r#"{"id":"a","severity":"high","urgency":"U5","priority":"P1","function":"checkin","winner":{"election":"E1","window":"election_day"},"next_change":{"at":"2026-11-04T04:00:00Z","priority":"P2"}}"#;
    let output = String::from_utf8(output).unwrap();
    assert_eq!(output, format!("{line}\n{}\n", line.replace("\"a\"", "\"b\"")));
}

#[test]
fn a_bad_line_is_told_what_to_do_and_the_rest_go_on() {
    // What is replaced in a good case, by what, and what the answer says.
    let table: &[(&str, &str, &str)] = &[
        ("\"id\":\"a\"", "\"id\":7", "invalid type: integer `7`, expected a string"),
        ("\"high\"", "\"dire\"", "`dire` is no severity; use one of baseline, low"),
        ("[\"checkin\"]", "[]", "name at least one function"),
        ("[\"checkin\"]", "[\"kitchen\"]", "`kitchen` is no function"),
        ("\"answers\":{}", "\"answers\":{\"mood\":\"bad\"}", "`mood` is no question"),
        ("\"answers\":{}", "\"answers\":{\"people\":\"bad\"}", "answers.people: `bad` is no answer; use one of none"),
        ("\"answers\":{}", "\"answers\":{\"people\":null}", "invalid type: null"),
        ("\"answers\":{}", "\"answers\":{\"people\":\"none\",\"people\":\"none\"}", "answer the question people once"),
        ("\"answers\":{}", "\"answers\":{},\"mood\":1", "unknown field `mood`"),
        ("\"relation\":\"own\"", "\"relation\":\"own\",\"name\":\"x\"", "unknown field `name`"),
        ("\"relation\":\"own\"", "\"relation\":\"cousin\"", "`cousin` is no relation"),
        ("\"election_day\"", "\"market_day\"", "`market_day` is no window kind"),
        ("\"certification\"", "\"party\"", "`party` is no milestone kind"),
        ("\"America/New_York\"", "\"America/Alder\"", "elections[0].zone: There is no time zone \"America/Alder\""),
        ("20:00:00\"", "20:00:00\",\"zone\":\"Mars\"", "elections[0].windows[0].zone: There is no time zone"),
        ("17:00:00\"", "17:00:00\",\"zone\":\"localtime\"", "elections[0].milestones[0].zone: There is no time zone"),
        ("T20:00:00", "T06:00:00", "elections[0].windows[0].closes: This election day closes at or before its opening"),
        ("T20:00:00", "T20:00:00Z", "is no civil time"),
        ("T20:00:00", "T20:00:00.5", "elections[0].windows[0].closes: Give the time in whole seconds"),
        ("-03T20:00:00", "-31T20:00:00", "is no civil time"),
        ("12:00:00Z", "12:00:00", "is no instant"),
        ("\"voting_stopped\":false,", "", "missing field `voting_stopped`"),
        ("false", "0", "expected a boolean"),
        ("{\"id\"", "[{\"id\"", "expected an object"),
        ("{\"kind\"", "[\"election_day\"],{\"kind\"", "expected an object"),
        ("{\"id\"", "{id", "write one case as a JSON object"),
    ];
    for (what, by, says) in table {
        let bad = CASE.replacen(what, by, 1);
        assert_ne!(&bad, CASE, "{what}");
        let (good, answers) = eval(format!("\n{bad}\n{CASE}\n").as_bytes());
        assert!(!good, "{bad}");
        let error = answers[0]["error"].as_str().unwrap_or_else(|| panic!("{bad}: {}", answers[0]));
        assert!(error.contains(says), "{bad}\n{error}\n{says}");
        assert_eq!(answers[0]["line"], 2);
        assert_eq!(answers[1]["id"], "a");
    }
}

#[test]
fn the_id_of_a_bad_line_is_kept_where_it_can_be_read() {
    let deep = format!("{{\"id\":\"a\",\"expect\":{}", "[".repeat(100_000));
    let table: &[(&[u8], serde_json::Value)] = &[
        (b"{\"id\":\"a\"}", "a".into()),
        (b"{\"now\":5,\"id\":\"a\"}", "a".into()),
        (b"{\"id\":\"a\",\"now\":", "a".into()),
        (b"{\"id\":\"a\",\"now\":\"\xff\"}", "a".into()),
        (deep.as_bytes(), "a".into()),
        (b"{\"id\":7}", serde_json::Value::Null),
        (b"nonsense", serde_json::Value::Null),
        (b"\xff\xfe\x00", serde_json::Value::Null),
        (b"[\"id\"]", serde_json::Value::Null),
    ];
    for (line, id) in table {
        let (good, answers) = eval(line);
        assert!(!good);
        assert_eq!(answers[0]["id"], *id, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn ten_thousand_lines_of_garbage_are_survived() {
    // A small generator of its own: the same garbage every time.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let pieces: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b",",
        b":",
        b"null",
        b"1e999",
        b"-0",
        b"99999999999999999999999",
        b"\xff",
        b"\\ud800",
        b"\"9999-12-31T23:59:59\"",
        b"\"-9999-01-01T00:00:00\"",
        b"\"now\"",
        b"\"zone\"",
        b"\"UTC\"",
        b"9999",
        b"-009999",
        b"0000",
        b"T24:00:00",
        b"\"all\"",
        b"\"Pacific/Apia\"",
        b"2011-12-30",
        b"\"descendant\"",
        b"\"abroad\"",
    ];
    let mut input = Vec::new();
    for _ in 0..10_000 {
        let mut line = CASE.as_bytes().to_vec();
        for _ in 0..=random(4) {
            let piece = pieces[random(pieces.len())];
            let from = random(line.len());
            // Half of them take the place of as many bytes.
            let to = if random(2) == 0 { from } else { (from + piece.len()).min(line.len()) };
            line.splice(from..to, piece.iter().copied());
        }
        line.retain(|byte| *byte != b'\n');
        input.extend_from_slice(&line);
        input.push(b'\n');
    }
    let (_, answers) = eval(&input);
    assert_eq!(answers.len(), 10_000);
    assert!(answers.iter().any(|answer| answer.get("error").is_none()), "some were good all the same");
}

#[test]
fn extreme_dates_have_an_answer() {
    for (opens, closes, now) in [
        ("9999-12-31T06:00:00", "9999-12-31T23:59:59", "9999-12-30T22:00:00Z"),
        ("-9999-01-01T00:00:00", "-9999-01-03T00:00:00", "-009999-01-02T12:00:00Z"),
        ("-9999-01-01T00:00:00", "9999-12-31T23:59:59", "2026-11-03T12:00:00Z"),
    ] {
        let case = CASE.replace("2026-11-03T06:00:00", opens).replace("2026-11-03T20:00:00", closes);
        let (_, answers) = eval(case.replace("2026-11-03T12:00:00Z", now).as_bytes());
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
}
