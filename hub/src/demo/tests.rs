use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::election::{Election, Milestone, Window, calendar};
use crate::escalation::{Calendar, Counted, Facts, Policy, Relation, assess};
use crate::incident::{Checked, catalogue};
use crate::text::{Email, Slug, is_code};

/// Many starts: every hour of the day, both clock changes of America and of Europe, odd minutes and seconds.
fn starts() -> Vec<Ts> {
    let days = ["2026-11-01", "2026-11-03", "2027-03-14", "2027-03-28", "2027-10-31", "2028-02-29", "2026-12-31"];
    days.iter()
        .flat_map(|day| (0..24).map(move |hour| format!("{day}T{hour:02}:{:02}:{:02}.250Z", (hour * 7) % 60, hour * 2)))
        .chain(["2026-11-25T10:00:00Z".to_owned(), "2026-11-25T09:59:59.999Z".to_owned()])
        .map(|text| text.parse().unwrap())
        .collect()
}

fn start() -> Ts {
    "2026-11-25T11:47:20Z".parse().unwrap()
}

fn checked(incident: &DemoIncident) -> Checked {
    incident.report.check(catalogue(), 2_000).unwrap_or_else(|problems| panic!("{}: {problems:?}", incident.id))
}

fn election(demo: &DemoElection) -> Arc<Election> {
    let windows = demo.windows.iter().enumerate().map(|(at, window)| Window {
        id: format!("w{at}"),
        kind: window.kind,
        opens: window.opens,
        closes: window.closes,
        zone: None,
    });
    let milestones = demo.milestones.iter().enumerate().map(|(at, (kind, when))| Milestone {
        id: format!("m{at}"),
        kind: *kind,
        at: *when,
        zone: None,
    });
    Arc::new(Election {
        id: demo.authority.to_owned(),
        name: demo.name.clone(),
        authority: demo.authority.to_owned(),
        authority_name: demo.authority.to_owned(),
        zone: demo.zone.to_owned(),
        windows: windows.collect(),
        milestones: milestones.collect(),
    })
}

/// What counts for an authority: its own and its parent's in full, its children's one step lower.
fn counted(world: &World, slug: &str) -> Vec<Counted> {
    let parent_of =
        |slug: &str| world.authorities.iter().find(|authority| authority.slug == slug).and_then(|a| a.parent);
    let relation = |other: &str| match () {
        () if other == slug => Some(Relation::Own),
        () if parent_of(slug) == Some(other) => Some(Relation::Ancestor),
        () if parent_of(other) == Some(slug) => Some(Relation::Descendant),
        () => None,
    };
    let counts = |demo: &DemoElection| Some(Counted { relation: relation(demo.authority)?, election: election(demo) });
    world.elections.iter().filter_map(counts).collect()
}

fn expect(world: &World, policy: &Policy, incident: &DemoIncident, now: Ts) -> Expect {
    let checked = checked(incident);
    let facts = Facts {
        starting_severity: checked.category.starting_severity,
        severity_confirmed: false,
        functions: checked.functions,
        answers: checked.answers,
        voting_stopped: checked.voting_stopped,
    };
    let calendar = Calendar::new(policy, &counted(world, &incident.authority));
    let assessment = assess(policy, &calendar, &facts, now);
    Expect { severity: assessment.severity, urgency: assessment.urgency, priority: assessment.priority }
}

#[test]
fn the_cast_is_the_cast() {
    let world = world(start());
    let personas: Vec<_> = world
        .people
        .iter()
        .filter(|person| person.story.is_some())
        .map(|person| (person.email.as_str(), person.role))
        .collect();
    assert_eq!(
        personas,
        [
            ("ana@alder.example", "official"),
            ("olive@alder.example", "official_lead"),
            ("ben@bellwood.example", "official"),
            ("fay@franklin.example", "official_lead"),
            ("rosa@hub.example", "responder"),
            ("ravi@hub.example", "responder"),
            ("lena@hub.example", "shift_lead"),
            ("sam@hub.example", "supervisor"),
            ("uma@hub.example", "auditor"),
            ("ada@hub.example", "admin"),
        ]
    );
    let keys: BTreeSet<_> = world.people.iter().map(|person| person.key).collect();
    assert_eq!(keys.len(), world.people.len());
    for person in &world.people {
        assert_eq!(Email::new(&person.email).unwrap().as_str(), person.email);
        assert!(person.name.to_lowercase().starts_with(person.key), "{}", person.name);
    }
}

#[test]
fn authorities_are_named_as_references_name_them() {
    let world = world(start());
    let mut known = BTreeSet::new();
    for authority in &world.authorities {
        assert!(Slug::new(authority.slug).is_ok() && is_code(authority.code));
        assert_eq!(authority.code, authority.slug[..3].to_uppercase());
        assert!(authority.name.to_lowercase().split(' ').any(|word| word == authority.slug));
        assert!(authority.parent.is_none_or(|parent| known.contains(parent)), "parents come before their children");
        known.insert(authority.slug);
    }
    assert_eq!(known.len(), 16);
    assert_eq!(world.elections.len(), 16, "one of each");
    for person in &world.people {
        assert!(person.authority.is_none_or(|slug| known.contains(slug)), "{}", person.key);
    }
}

#[test]
fn incidents_can_be_filed_by_people_who_are_there_and_in_order() {
    let world = world(start());
    let people: BTreeMap<_, _> = world.people.iter().map(|person| (person.key, person)).collect();
    let responds = |key: &str| ["responder", "shift_lead"].contains(&people[key].role);
    assert_eq!(world.incidents.len(), 19);
    assert!(world.incidents.is_sorted_by(|one, next| one.filed_before >= next.filed_before));
    for incident in &world.incidents {
        let id = &incident.id;
        let filed = checked(incident);
        assert_eq!(people[&*incident.reporter].authority, Some(&*incident.authority), "{id}");
        assert_eq!(incident.entered_by.is_some(), filed.source == Some(crate::incident::Source::Phone), "{id}");
        assert_eq!(incident.entered_by.is_some(), filed.verified_how.is_some(), "{id}");
        assert!(incident.entered_by.as_deref().is_none_or(responds), "{id}");
        assert!(filed.callback.unwrap().number.as_str().starts_with("+1 999 555 01"), "{id}: invented numbers only");
        assert!(incident.title.chars().count() <= crate::incident::report::TITLE, "{id}");

        assert_eq!(incident.owner.is_none(), incident.state == DemoState::New, "{id}");
        assert_eq!(incident.owner.is_some(), incident.answered_before.is_some(), "{id}");
        assert!(incident.owner.as_deref().is_none_or(responds), "{id}");
        assert!(incident.answered_before.is_none_or(|answered| answered < incident.filed_before), "{id}");
        assert!(incident.said.is_sorted_by(|one, next| one.before > next.before), "{id}");
        for said in &incident.said {
            let by = people[&*said.by];
            assert!(by.authority.is_none_or(|slug| slug == incident.authority && !said.note), "{id}");
            assert!(incident.answered_before.is_some_and(|answered| said.before <= answered), "{id}: {}", said.text);
        }
    }
}

#[test]
fn the_board_is_mixed() {
    let world = world(start());
    let of = |state| world.incidents.iter().filter(|incident| incident.state == state).count();
    assert_eq!((of(DemoState::New), of(DemoState::Acknowledged), of(DemoState::Working)), (2, 5, 12));
    assert!(world.incidents.iter().any(|incident| incident.id == "D-01" && incident.authority == "alder"));
}

#[test]
fn every_calendar_is_sound_whenever_it_starts() {
    for start in starts() {
        for demo in world(start).elections {
            let problems = election(&demo).problems();
            assert!(problems.is_empty(), "{} at {start}: {problems:?}", demo.authority);
        }
    }
}

/// The minutes from the start to an opening or a close.
fn minutes(start: Ts, zone: &str, at: DateTime) -> i64 {
    let at = calendar::instant(at, &calendar::zone(zone).unwrap());
    at.since(start).as_millis().div_euclid(60_000).try_into().unwrap()
}

#[test]
fn what_the_first_incidents_say_of_their_moment_is_true() {
    // In the hour that is lived twice, what was 17 minutes ago may read as 77.
    let about = |found: i64, said: i64| (said - 1..=said).contains(&found) || (said - 61..=said - 60).contains(&found);
    for start in starts() {
        let world = world(start);
        let polls = |slug: &str| {
            let demo = world.elections.iter().find(|demo| demo.authority == slug).unwrap();
            let polls = demo.windows.iter().find(|window| window.kind == WindowKind::ElectionDay).unwrap();
            (minutes(start, demo.zone, polls.opens), minutes(start, demo.zone, polls.closes))
        };
        for (slug, opened) in [("alder", -17), ("eastlake", -200), ("kestrel", -12), ("larkspur", -360)] {
            let (opens, closes) = polls(slug);
            assert!(about(opens, opened) && closes > 4 * 60, "{slug} at {start}: {opens}, {closes}");
        }
        assert!(about(polls("bellwood").1, -4), "{start}");
        let before_opening = polls("orchard").0;
        assert!((59..=120).contains(&before_opening), "{start}: {before_opening}");

        let (opens, _) = polls("tallgrass");
        assert!((25 * 60..=26 * 60).contains(&opens), "{start}: {opens}");
        let demo = world.elections.iter().find(|demo| demo.authority == "tallgrass").unwrap();
        assert!(
            demo.windows
                .iter()
                .any(|w| w.kind == WindowKind::ElectionDay && w.opens.minute() == 0 && w.opens.second() == 0)
        );

        let days = |slug: &str| {
            let demo = world.elections.iter().find(|demo| demo.authority == slug).unwrap();
            let today = calendar::day(start, &calendar::zone(demo.zone).unwrap());
            let polls = demo.windows.iter().find(|window| window.kind == WindowKind::ElectionDay).unwrap();
            i64::from(today.until(polls.opens.date()).unwrap().get_days())
        };
        let expected = [
            ("franklin", 22),
            ("cedar", 36),
            ("dunmore", 35),
            ("farrow", -3),
            ("garnet", -1),
            ("harbor", 12),
            ("juniper", 22),
            ("meridia", 5),
            ("norland", 210),
        ];
        for (slug, ahead) in expected {
            assert_eq!(days(slug), ahead, "{slug} at {start}");
        }
    }
}

/// Where the rules come to something else than the collection says, and why.
///
/// - D-08: the day after the polls, `people` is as urgent as the most urgent function, and results are open.
/// - D-09: false voting information on the last day to register; the collection has it two days before the polls, but
///   Franklin's first incident (D-03) decides its calendar.
/// - D-15: Meridia's first incident (D-14) decides that it is five days before the polls, not the day.
const OTHERWISE: [(&str, Urgency, Priority); 3] =
    [("D-08", Urgency::U5, Priority::P1), ("D-09", Urgency::U5, Priority::P1), ("D-15", Urgency::U3, Priority::P1)];

#[test]
fn priorities_are_those_of_the_collection() {
    let policy = Policy::default();
    // Looking for the next change is the slow part, so every seventh start has to do: all hours are among them.
    for start in starts().into_iter().step_by(7) {
        let world = world(start);
        for incident in &world.incidents {
            let mut expected = incident.expect;
            if let Some((_, urgency, priority)) = OTHERWISE.iter().find(|(id, ..)| *id == incident.id) {
                (expected.urgency, expected.priority) = (*urgency, *priority);
            }
            assert_eq!(expect(&world, &policy, incident, start), expected, "{} at {start}", incident.id);
        }
    }
}

#[test]
fn tallgrass_rises_within_two_hours() {
    let policy = Policy::default();
    // Looking for the next change is the slow part, so every seventh start has to do: all hours are among them.
    for start in starts().into_iter().step_by(7) {
        let world = world(start);
        let tallgrass: Vec<_> = world.incidents.iter().filter(|incident| incident.authority == "tallgrass").collect();
        let [incident] = tallgrass[..] else { panic!("one incident at Tallgrass") };
        let after =
            |minutes| expect(&world, &policy, incident, start.plus(SignedDuration::from_mins(minutes))).priority;
        assert_eq!((after(0), after(59), after(120)), (Priority::P2, Priority::P2, Priority::P1), "{start}");
    }
}
