//! What is read of files, and that nothing in them breaks us.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const REAL: &str = include_str!("../../../data/elections.json");

const VIP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<VipObject schemaVersion="5.1">
  <State id="st1"><Name>State of Franklin</Name></State>
  <Election id="ele1">
    <Date>2026-11-03</Date>
    <Name><Text language="en">Franklin general &amp; special election</Text></Name>
    <RegistrationDeadline>2026-10-13</RegistrationDeadline>
    <AbsenteeRequestDeadline>2026-10-24</AbsenteeRequestDeadline>
  </Election>
  <HoursOpen id="h1">
    <Schedule>
      <Hours><StartTime>06:00:00-05:00</StartTime><EndTime>20:00:00-05:00</EndTime></Hours>
      <IsSubjectToChange>true</IsSubjectToChange>
      <StartDate>2026-11-03</StartDate><EndDate>2026-11-03</EndDate>
    </Schedule>
    <Schedule>
      <Hours><StartTime>09:00:00-04:00</StartTime><EndTime>17:00:00-04:00</EndTime></Hours>
      <StartDate>2026-10-29</StartDate><EndDate>2026-10-31</EndDate>
    </Schedule>
  </HoursOpen>
  <HoursOpen id="h2">
    <Schedule>
      <Hours><StartTime>07:00:00-05:00</StartTime><EndTime>21:00:00-05:00</EndTime></Hours>
      <StartDate>2026-11-03</StartDate><EndDate>2026-11-03</EndDate>
    </Schedule>
    <Schedule><IsByAppointment>true</IsByAppointment><StartDate>2026-11-02</StartDate></Schedule>
    <Schedule>
      <Hours><StartTime>09:00:00-05:00</StartTime><EndTime>10:00:00-05:00</EndTime></Hours>
      <StartDate>2026-11-05</StartDate><EndDate>2026-11-05</EndDate>
    </Schedule>
  </HoursOpen>
</VipObject>
"#;

const ICAL: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Alder County//Elections//EN\r\n\
X-WR-CALNAME:Alder County general\r\nX-WR-TIMEZONE:America/New_York\r\n\
BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:19701101T020000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Polls open\r\nCATEGORIES:ELECTION-DAY\r\n\
DTSTART;TZID=America/New_York:20261103T060000\r\nDTEND;TZID=\"America/New_York\":20261103T2\r\n 10000\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Early voting at the library\\, main branch\r\n\
DTSTART:20261030T130000Z\r\nDURATION:PT8H\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Registration deadline\r\nDTSTART;VALUE=DATE:20261013\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:4\r\nSUMMARY:Board meets\r\nDTSTART:20261020T180000\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:5\r\nSUMMARY:Early voting\r\nDTSTART:20261026T090000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:6\r\nSUMMARY:Recount\r\nSTATUS:CANCELLED\r\nDTSTART:20261110T090000\r\nEND:VEVENT\r\n\
END:VCALENDAR\r\n";

/// A line a window, a milestone, a note.
fn told(one: &Imported) -> Vec<String> {
    let zone = |own: &Option<String>| own.as_ref().map(|zone| format!(" {zone}")).unwrap_or_default();
    let windows = one.windows.iter().map(|w| format!("{} {} {}{}", w.kind, w.opens, w.closes, zone(&w.zone)));
    let milestones = one.milestones.iter().map(|m| format!("{} {}{}", m.kind, m.at, zone(&m.zone)));
    let notes = one.notes.iter().map(|note| format!("note {} {}", note.name, note.date));
    windows.chain(milestones).chain(notes).collect()
}

#[test]
fn nineteen_real_elections_are_read_whole() {
    let found = read(REAL, None).unwrap();
    assert_eq!(found.elections.len(), 19);
    let windows: usize = found.elections.iter().map(|one| one.windows.len()).sum();
    let notes: usize = found.elections.iter().map(|one| one.notes.len()).sum();
    assert_eq!((windows, notes), (27, 10), "every window and every milestone without a kind");
    let of = |id: &str| found.elections.iter().find(|one| one.id == id).unwrap();
    assert_eq!(
        told(of("fr-2027-president-r1")),
        [
            "election_day 2027-04-10T08:00:00 2027-04-10T19:00:00 America/Guadeloupe",
            "election_day 2027-04-11T08:00:00 2027-04-11T20:00:00",
            "note second round 2027-04-25 if first round is 11 April",
        ]
    );
    assert_eq!(of("fr-2027-president-r1").zone, "Europe/Paris");
    assert_eq!(told(of("fi-2027-eduskunta"))[0], "early_voting 2027-04-07T08:00:00 2027-04-13T20:00:00");
    assert_eq!(told(of("mx-2027-federal"))[1], "election_day 2027-06-06T08:00:00 2027-06-06T18:00:00 America/Tijuana");
    let said = found.remarks.join("\n");
    assert!(said.contains("fi-2027-eduskunta: \u{201c}advance\u{201d} is read as early_voting"), "{said}");
    assert!(said.contains("us-2028-general: \u{201c}UOCAVA ballots out\u{201d} is kept as a note, without a ladder"));
    assert_eq!(read(REAL, None).unwrap(), found, "the same file is the same, its ids too");
}

#[test]
fn milestones_with_a_kind_have_their_ladder() {
    let text = r#"{"elections": [{"id": "a-1", "name": "A", "zone": "America/New_York",
        "windows": [{"kind": "election_day", "opens": "2026-11-03T06:00", "closes": "2026-11-03T20:00:00"},
                    {"kind": "party", "opens": "2026-11-03T06:00", "closes": "2026-11-03T20:00"},
                    {"kind": "audit", "opens": "2026-11-03T06:00", "closes": "2026-11-03T06:00"},
                    {"kind": "audit", "opens": "2026-11-03T06:00", "closes": "2026-11-03T07:00", "zone": "Mars"}],
        "milestones": [{"kind": "certification", "at": "2026-11-24T17:00"}, {"kind": "contest_deadline", "date": "2026-12-01"},
                       {"kind": "parade", "date": "2026-12-02"}]}]}"#;
    let found = read(text, None).unwrap();
    assert_eq!(
        told(&found.elections[0]),
        [
            "election_day 2026-11-03T06:00:00 2026-11-03T20:00:00",
            "certification 2026-11-24T17:00:00",
            "contest_deadline 2026-12-02T00:00:00",
            "note parade 2026-12-02",
        ]
    );
    assert_eq!(
        found.remarks,
        [
            "a-1: left a window of the unknown kind \u{201c}party\u{201d}",
            "a-1: left a window that closes at 2026-11-03T06:00:00, not after it opens, 2026-11-03T06:00:00",
            "a-1: left a window in \u{201c}Mars\u{201d}, which is no IANA time zone",
            "a-1: \u{201c}parade\u{201d} is kept as a note, without a ladder",
        ]
    );
}

#[test]
fn hours_open_are_the_widest_of_each_day() {
    let found = read(VIP, Some("America/New_York")).unwrap();
    assert_eq!(
        told(&found.elections[0]),
        [
            "early_voting 2026-10-29T09:00:00 2026-10-29T17:00:00",
            "early_voting 2026-10-30T09:00:00 2026-10-30T17:00:00",
            "early_voting 2026-10-31T09:00:00 2026-10-31T17:00:00",
            "election_day 2026-11-03T06:00:00 2026-11-03T21:00:00",
            "registration_deadline 2026-10-14T00:00:00",
            "note AbsenteeRequestDeadline 2026-10-24",
        ]
    );
    let election = &found.elections[0];
    assert_eq!(
        (election.name.as_str(), election.zone.as_str()),
        ("Franklin general & special election", "America/New_York")
    );
    let said = found.remarks.join("\n");
    for part in ["subject to change", "by appointment", "hours differ between places", "after the election"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Without an authority there is no zone in it but that of its offsets.
    let alone = read(VIP, None).unwrap();
    assert_eq!(alone.elections[0].zone, "Etc/GMT+4");
    assert_eq!(told(&alone.elections[0])[3], "election_day 2026-11-03T07:00:00 2026-11-03T22:00:00");
}

#[test]
fn a_calendar_of_events_is_an_election() {
    let found = read(ICAL, None).unwrap();
    let election = &found.elections[0];
    assert_eq!((election.name.as_str(), election.zone.as_str()), ("Alder County general", "America/New_York"));
    assert_eq!(
        told(election),
        [
            "election_day 2026-11-03T06:00:00 2026-11-03T21:00:00",
            "early_voting 2026-10-30T09:00:00 2026-10-30T17:00:00",
            "registration_deadline 2026-10-14T00:00:00",
            "note Board meets 2026-10-20T18:00:00",
        ]
    );
    let said = found.remarks.join("\n");
    assert!(said.contains("which repeats") && said.contains("which is cancelled"), "{said}");
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let wrong = |text: &str| read(text, None).unwrap_err().to_string();
    assert_eq!(wrong(""), "line 1: this is no JSON, no VIP XML and no iCalendar; give a file of one of these forms");
    let bad = REAL.replacen("2026-11-03T06:00", "2026-11-03 at six", 1);
    assert_eq!(
        wrong(&bad),
        "line 15: \u{201c}2026-11-03 at six\u{201d} is no local date and time; write 2026-11-03T06:00"
    );
    assert!(wrong("{\"elections\": [\n{\"id\": \"../x\", \"name\": \"A\"}]}").starts_with("line 2: "));
    assert!(wrong(&VIP.replace("06:00:00-05:00", "six")).starts_with("line 12: \u{201c}six\u{201d}"));
    assert!(wrong(&VIP.replace("</HoursOpen>", "")).contains("line "));
    assert!(wrong(&VIP.replace("<Date>2026-11-03</Date>", "")).starts_with("line 4: the Election has no Date"));
    assert!(wrong(&ICAL.replace("20261030T130000Z", "noon")).contains("is no time; write 20261103T060000"));
    assert!(wrong(&ICAL.replace("END:VCALENDAR", "")).contains("VCALENDAR is never ended"));
    assert!(wrong("BEGIN:VCALENDAR\nBEGIN:VEVENT\nno colon here\n").starts_with("line 3: "));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// A file with bytes lost, doubled or put in the place of others is read, or refused with a line that it has.
    #[test]
    fn no_file_breaks_us(
        which in 0..3_usize, start in any::<Index>(), length in 0..40_usize,
        more in select(vec!["", "<", ">", "\"", "&", "&#x0;", ":", "\\", "-", "9999999999", "T", "\u{0}", "\u{1f5f3}", "{", "]"]),
        zone in proptest::option::of(select(vec!["UTC", "Asia/Kathmandu", "Mars"])),
    ) {
        let whole: Vec<char> = [REAL, VIP, ICAL][which].chars().collect();
        let from = start.index(whole.len());
        let to = (from + length).min(whole.len());
        let text: String = whole[..from].iter().copied().chain(more.chars()).chain(whole[to..].iter().copied()).collect();
        match read(&text, zone) {
            Ok(found) => {
                for one in found.elections {
                    prop_assert!(is_id(&one.id) && !one.name.is_empty());
                    prop_assert!(calendar::zone(&one.zone).is_some(), "{}", one.zone);
                    prop_assert!(one.windows.len() <= MOST);
                }
            }
            Err(wrong) => {
                prop_assert!(wrong.line >= 1 && wrong.line <= text.lines().count() + 1, "{wrong}");
                prop_assert!(!wrong.reason.is_empty() && !wrong.reason.chars().any(char::is_control), "{wrong:?}");
            }
        }
    }

    #[test]
    fn no_noise_breaks_us(start in select(vec!["{", "<", "BEGIN:VCALENDAR\n", "[", ""]), noise in "\\PC{0,200}") {
        drop(read(&format!("{start}{noise}"), None));
    }
}
