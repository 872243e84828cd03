use proptest::prelude::*;

use super::*;

#[test]
fn a_line_is_one_line() {
    assert_eq!(Line::new("  Lines out\r\nof the\tdoor \u{0}", 60).unwrap().as_str(), "Lines out  of the door");
    assert_eq!(Line::new(" \n ", 60).unwrap_err(), "Write something here.");
    assert_eq!(Line::optional(Some(" \u{202E} "), 60), Ok(None));
    assert_eq!(Line::optional(None, 60), Ok(None));
}

#[test]
fn too_long_says_by_how_much() {
    assert_eq!(Prose::new(&"a".repeat(2_310), 2_000).unwrap_err(), "Write at most 2,000 characters; this has 2,310.");
    assert!(Prose::new(&"é".repeat(2_000), 2_000).is_ok(), "characters are counted, not bytes");
}

#[test]
fn prose_keeps_its_lines_and_nothing_hidden() {
    let prose = Prose::new("one\r\ntwo\u{2028}three\tfour\u{1b}[31m\u{202E}evil\u{2069}", 100).unwrap();
    assert_eq!(prose.as_str(), "one\ntwo\nthree\tfour[31mevil");
    assert_eq!(Prose::new("می\u{200C}خواهم\u{200F}", 100).unwrap().as_str(), "می\u{200C}خواهم\u{200F}");
}

#[test]
fn references_read_as_they_are_written() {
    let incident: Reference = "ALD-42".parse().unwrap();
    assert_eq!((incident.code(), incident.number(), incident.exercise()), ("ALD", 42, false));
    let drill: Reference = "X-ALD-7".parse().unwrap();
    assert_eq!((drill.code(), drill.number(), drill.exercise()), ("ALD", 7, true));
    assert_eq!(drill.to_string(), "X-ALD-7");
    assert_eq!(Reference::typed(" ald - 42 "), Some(incident));
    for wrong in
        ["", "ALD", "ALD-", "ALD-0", "ALD-07", "ald-7", "ALD--7", "ALD-+7", "A-7", "ALD-7-", "X-7", "ALDERMEN-1"]
    {
        let told = wrong.parse::<Reference>().unwrap_err();
        assert!(told.ends_with("is no reference; write it as ALD-42, an exercise as X-ALD-7."), "{told}");
    }
    assert!("ALD-99999999999999999999".parse::<Reference>().is_err());
}

#[test]
fn slugs_and_addresses() {
    assert_eq!(Slug::new(" port-alder2 ").unwrap().as_str(), "port-alder2");
    for wrong in ["", "Alder", "al der", "-a", "a-", "a--b", "1a", "älder"] {
        assert!(Slug::new(wrong).is_err(), "{wrong}");
    }
    assert_eq!(Email::new(" Ana@Alder.example ").unwrap().as_str(), "ana@alder.example");
    for wrong in
        ["", "ana", "@alder.example", "ana@", "ana@alder", "a na@alder.example", "ana@a@b.c", "ana@alder..example"]
    {
        assert!(Email::new(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn cuts_fall_between_words() {
    assert_eq!(cut("short", 80), "short");
    assert_eq!(cut("Six sites say that laptops, and more", 28), "Six sites say that laptops…");
    assert_eq!(cut("aaaaaaaaaaaaaaaaaaaaaaaa", 10), "aaaaaaaaa…");
}

proptest! {
    #[test]
    fn lines_and_prose_hold_what_they_promise(text in any::<String>(), most in 1..60usize) {
        if let Ok(line) = Line::new(&text, most) {
            prop_assert!(!line.as_str().contains(is_hidden) && line.as_str().chars().count() <= most);
            prop_assert_eq!(Line::new(line.as_str(), most), Ok(line.clone()));
        }
        if let Ok(prose) = Prose::new(&text, most) {
            prop_assert!(!prose.as_str().contains('\r'));
            prop_assert_eq!(Prose::new(prose.as_str(), most), Ok(prose.clone()));
        }
        prop_assert!(cut(&text, most).chars().count() <= most);
    }
}
