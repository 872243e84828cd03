//! Where an election stands, and what keeps it from being used.

use super::*;
use crate::time::Ts;

fn alder() -> Election {
    let window = |kind, opens: &str, closes: &str| Window {
        id: opens.to_owned(),
        kind,
        opens: opens.parse().unwrap(),
        closes: closes.parse().unwrap(),
        zone: None,
    };
    let milestone = |kind, at: &str| Milestone { id: at.to_owned(), kind, at: at.parse().unwrap(), zone: None };
    Election {
        id: "E".to_owned(),
        name: "Alder County general".to_owned(),
        authority: "alder-county".to_owned(),
        authority_name: "Alder County".to_owned(),
        zone: "America/New_York".to_owned(),
        windows: vec![
            window(WindowKind::EarlyVoting, "2026-10-24T09:00", "2026-10-24T18:00"),
            window(WindowKind::EarlyVoting, "2026-10-26T09:00", "2026-10-26T18:00"),
            window(WindowKind::ElectionDay, "2026-11-03T06:00", "2026-11-03T20:00"),
        ],
        milestones: vec![
            milestone(MilestoneKind::RegistrationDeadline, "2026-10-25T17:00"),
            milestone(MilestoneKind::ResultsComplete, "2026-11-10T17:00"),
            milestone(MilestoneKind::Certification, "2026-11-24T17:00"),
            milestone(MilestoneKind::ContestDeadline, "2026-12-04T17:00"),
        ],
    }
}

#[test]
fn an_election_is_said_as_people_say_it() {
    let table = [
        ("2026-09-01T12:00:00Z", "preparation: Preparation", 63),
        ("2026-10-20T12:00:00Z", "final_week near: Early voting opens in 4 days", 14),
        ("2026-10-24T12:00:00Z", "eve near: Early voting opens in 1 h", 10),
        ("2026-10-24T13:00:00Z", "early_voting open: Early voting open until 18:00 EDT", 10),
        ("2026-10-25T12:00:00Z", "last_day_to_register near: Last day to register, until 17:00 EDT", 9),
        ("2026-10-25T22:00:00Z", "between near: Early voting opens again in 15 h", 9),
        ("2026-11-02T11:14:00Z", "between near: Polls open in 23 h 46 min", 1),
        ("2026-11-03T12:00:00Z", "polls_open open: Polls open until 20:00 EST", 0),
        ("2026-11-04T01:00:00Z", "counting near: Counting", 0),
        ("2026-11-11T01:00:00Z", "canvass: Canvass, certified 17:00 EST on Tue 24 Nov", -7),
        ("2026-11-25T01:00:00Z", "certified: Certified, can be contested until 17:00 EST on Fri 4 Dec", -21),
        ("2026-12-05T01:00:00Z", "over: Certified", -31),
    ];
    for (now, expected, days) in table {
        let now: Ts = now.parse().unwrap();
        let Phase { code, words, since, until, open, near, days_to_election } = phase(&alder(), now);
        let how = if open {
            " open"
        } else if near {
            " near"
        } else {
            ""
        };
        assert_eq!(format!("{code}{how}: {words}"), expected, "{now}");
        assert_eq!(days_to_election, Some(days), "{now}");
        assert!(since.is_none_or(|since| since <= now) && until.is_none_or(|until| until > now), "{now}");
    }
}

#[test]
fn an_election_without_windows_is_prepared() {
    let bare = Election { windows: Vec::new(), milestones: Vec::new(), ..alder() };
    let phase = phase(&bare, Ts::from_millis(0));
    assert_eq!((phase.code, phase.days_to_election), ("preparation", None));
}

#[test]
fn what_is_wrong_is_said_with_its_field() {
    assert_eq!(alder().problems(), []);
    let mut wrong = alder();
    wrong.name = " ".to_owned();
    wrong.windows[0].closes = wrong.windows[0].opens;
    wrong.windows[1].zone = Some("Mars".to_owned());
    wrong.milestones[2].zone = Some("EST5EDT,M3.2.0,M11.1.0".to_owned());
    let fields: Vec<_> = wrong.problems().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "windows[0].closes", "windows[1].zone", "milestones[2].zone"]);
    // 01:30 comes twice as the clocks go back, and 02:00 is after both.
    let mut fold = alder();
    fold.windows[0].opens = "2026-11-01T01:30".parse().unwrap();
    fold.windows[0].closes = "2026-11-01T02:00".parse().unwrap();
    assert_eq!(fold.problems(), []);
    // 02:30 does not exist as they go forward and is 03:30, which is not before 03:15.
    fold.windows[0].opens = "2027-03-14T02:30".parse().unwrap();
    fold.windows[0].closes = "2027-03-14T03:15".parse().unwrap();
    assert_eq!(fold.problems()[0].0, "windows[0].closes");
}

#[test]
fn one_person_alone_moves_only_polls_that_are_open_or_close_now_and_by_half_a_day() {
    // The day itself closes at 20:00 EST, which is 01:00 UTC; early voting was over at 18:00 EDT on 26 October.
    let (day, early) = ("2026-11-03T06:00", "2026-10-26T09:00");
    let table = [
        (day, "2026-11-03T22:00", "2026-11-03T11:00:00Z", true, "they open"),
        (day, "2026-11-03T22:00", "2026-11-03T10:59:59Z", false, "they are not open yet"),
        (day, "2026-11-03T22:00", "2026-11-04T03:00:00Z", true, "they closed two hours ago"),
        (day, "2026-11-03T22:00", "2026-11-04T03:00:01Z", false, "they closed before that"),
        (day, "2026-11-04T08:00", "2026-11-03T15:00:00Z", true, "twelve hours"),
        (day, "2026-11-04T08:00:01", "2026-11-03T15:00:00Z", false, "more than twelve hours"),
        (early, "2026-11-03T22:00", "2026-11-03T15:00:00Z", false, "other polls are open, these are over"),
        ("nothing", "2026-11-03T22:00", "2026-11-03T15:00:00Z", false, "no window of it"),
        (day, "tonight", "2026-11-03T15:00:00Z", false, "no time"),
    ];
    for (window, closes, now, expected, why) in table {
        let extend = Extend { window: window.to_owned(), closes: closes.to_owned(), ..Extend::default() };
        assert_eq!(change::rules::cannot_wait(&alder(), &extend, now.parse().unwrap()), expected, "{why}");
    }
    let soon: Ts = "2026-11-03T10:30:00Z".parse().unwrap();
    let mut short = alder();
    short.windows[2].closes = "2026-11-03T06:30".parse().unwrap();
    let extend = Extend { window: day.to_owned(), closes: "2026-11-03T08:00".to_owned(), ..Extend::default() };
    assert!(change::rules::cannot_wait(&short, &extend, soon), "they close within two hours");
}

#[test]
fn a_calendar_has_as_much_as_people_can_read_and_lies_in_their_time() {
    let now: Ts = "2026-11-01T12:00:00Z".parse().unwrap();
    let blank = Election { windows: Vec::new(), milestones: Vec::new(), ..alder() };
    let fields = |old: &Election, new: &Election| -> Vec<_> {
        check::limits(old, new, now).into_iter().map(|(field, _)| field).collect()
    };
    let many = |n: usize| Election {
        windows: vec![alder().windows[0].clone(); n],
        milestones: vec![alder().milestones[0].clone(); n],
        ..alder()
    };
    assert_eq!(fields(&blank, &many(200)), [""; 0]);
    assert_eq!(fields(&blank, &many(201)), ["windows", "milestones"]);
    assert_eq!(fields(&many(300), &many(201)), [""; 0], "it becomes fewer");
    for (at, is_known) in [
        ("2023-10-31T23:59:59", false),
        ("2023-11-01T00:00", true),
        ("2036-11-01T23:59", true),
        ("2036-11-02T00:00", false),
        ("9999-12-31T00:00", false),
    ] {
        let mut new = alder();
        new.windows[0].opens = at.parse().unwrap();
        new.milestones[1].at = at.parse().unwrap();
        let expected: &[&str] = if is_known { &[] } else { &["windows[0].opens", "milestones[1].at"] };
        assert_eq!(fields(&blank, &new), expected, "{at}");
        assert_eq!(fields(&new, &new), [""; 0], "what is there already may stay: {at}");
    }
}
