//! Who there is.

use super::{DemoAuthority, DemoPerson};

/// Slug, code, name, parent, zone.
///
/// An election of a parent counts in full for its children, so few have one: a deadline of the state would make
/// another incident of every county's. Tallgrass is where the clocks are never changed: its polls open on a whole hour.
const AUTHORITIES: [(&str, &str, &str, Option<&str>, &str); 16] = [
    ("franklin", "FRA", "State of Franklin", None, "America/New_York"),
    ("juniper", "JUN", "State of Juniper", None, "America/Denver"),
    ("larkspur", "LAR", "State of Larkspur", None, "America/Chicago"),
    ("meridia", "MER", "Republic of Meridia", None, "Europe/Bucharest"),
    ("norland", "NOR", "National Electoral Office of Norland", None, "Europe/Oslo"),
    ("alder", "ALD", "Alder County", Some("franklin"), "America/New_York"),
    ("bellwood", "BEL", "Bellwood County", Some("franklin"), "America/Chicago"),
    ("cedar", "CED", "Cedar County", None, "America/Chicago"),
    ("dunmore", "DUN", "Dunmore County", None, "America/New_York"),
    ("eastlake", "EAS", "Eastlake County", None, "America/Detroit"),
    ("farrow", "FAR", "Farrow County", None, "America/Los_Angeles"),
    ("garnet", "GAR", "Garnet County", None, "America/Los_Angeles"),
    ("harbor", "HAR", "Harbor County", Some("juniper"), "America/Denver"),
    ("kestrel", "KES", "Kestrel County", None, "America/New_York"),
    ("orchard", "ORC", "Orchard County", None, "America/New_York"),
    ("tallgrass", "TAL", "Tallgrass County", None, "America/Phoenix"),
];

/// Key, name, office, role, authority, story.
type Person = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

const PEOPLE: [Person; 26] = [
    (
        "ana",
        "Ana Reyes",
        "Deputy director of elections",
        "official",
        Some("alder"),
        Some("It is election morning, and six of her 57 sites cannot check voters in."),
    ),
    (
        "olive",
        "Olive Marsh",
        "Director of elections",
        "official_lead",
        Some("alder"),
        Some("She answers for Alder County's office: its people, its calendar, its readiness."),
    ),
    (
        "ben",
        "Ben Okoro",
        "IT director",
        "official",
        Some("bellwood"),
        Some("The polls have just closed, and his results page times out for everybody."),
    ),
    (
        "fay",
        "Fay Lindqvist",
        "Chief operating officer",
        "official_lead",
        Some("franklin"),
        Some("The state above Alder and Bellwood, on the last day to register."),
    ),
    ("rosa", "Rosa Field", "Responder", "responder", None, Some("On shift, with several rooms at once.")),
    ("ravi", "Ravi Nair", "Responder", "responder", None, Some("On shift beside Rosa, her backup.")),
    ("lena", "Lena Ortiz", "Shift lead", "shift_lead", None, Some("Owns the shift: assigns, overrides, hands over.")),
    ("sam", "Sam Adeyemi", "Supervisor", "supervisor", None, Some("Sees what needs a decision now.")),
    ("uma", "Uma Castell", "Auditor", "auditor", None, Some("Reads everything and changes nothing.")),
    ("ada", "Ada Morrow", "Administrator", "admin", None, Some("Runs the hub and reads no incident.")),
    ("farid", "Farid Sol", "Communications director", "official", Some("franklin"), None),
    ("vera", "Vera Lund", "Voting systems manager", "official", Some("franklin"), None),
    ("carl", "Carl Brandt", "County clerk", "official", Some("cedar"), None),
    ("dora", "Dora Quill", "Election supervisor", "official", Some("dunmore"), None),
    ("elias", "Elias Ferro", "Police liaison for elections", "official", Some("eastlake"), None),
    ("faith", "Faith Nakamura", "Registrar", "official", Some("farrow"), None),
    ("gus", "Gus Arden", "Mail-room supervisor", "official", Some("garnet"), None),
    ("hana", "Hana Prokop", "Board secretary", "official", Some("harbor"), None),
    ("joel", "Joel Castro", "Portal manager", "official", Some("juniper"), None),
    ("kim", "Kim Aldous", "Warehouse lead", "official", Some("kestrel"), None),
    ("lars", "Lars Wynn", "Web manager", "official", Some("larkspur"), None),
    ("mira", "Mira Dovan", "Security officer", "official", Some("meridia"), None),
    ("milo", "Milo Terec", "Duty engineer", "official", Some("meridia"), None),
    ("nora", "Nora Steen", "Chief information officer", "official", Some("norland"), None),
    ("otis", "Otis Bramble", "Logistics chief", "official", Some("orchard"), None),
    ("tess", "Tess Hollow", "Check-in coordinator", "official", Some("tallgrass"), None),
];

pub(super) fn authorities() -> Vec<DemoAuthority> {
    AUTHORITIES
        .into_iter()
        .map(|(slug, code, name, parent, zone)| DemoAuthority { slug, code, name, parent, zone })
        .collect()
}

pub(super) fn people() -> Vec<DemoPerson> {
    let person = |(key, name, office, role, authority, story): Person| DemoPerson {
        key,
        name,
        email: format!("{key}@{}.example", authority.unwrap_or("hub")),
        office,
        role,
        authority,
        authority_name: AUTHORITIES.iter().find(|one| Some(one.0) == authority).map(|one| one.2),
        story,
    };
    PEOPLE.into_iter().map(person).collect()
}
