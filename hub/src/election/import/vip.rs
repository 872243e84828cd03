//! Polling hours of the Voting Information Project, version 5: an `Election` and the `HoursOpen` of its places. Times
//! there have an offset and no zone.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::{Gathered, Imported, MilestoneKind, Note, Read, Unreadable, calendar, cut, end_of, short, stable};

/// Elements lie no deeper than this.
const DEEPEST: usize = 64;
/// A schedule names no more days than this.
const LONGEST_SCHEDULE: i32 = 120;

/// An element.
#[derive(Debug, Default)]
struct Node {
    name: String,
    id: String,
    text: String,
    line: usize,
    below: Vec<Node>,
}

impl Node {
    fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Self> + use<'a, 'n> {
        self.below.iter().filter(move |node| node.name == name)
    }

    /// The text of the first element of that name.
    fn text_of(&self, name: &str) -> &str {
        let node = self.below.iter().find(|node| node.name == name);
        node.map_or("", |node| node.text.trim())
    }

    /// Words in a language: the first `Text` below the element of that name, else its own.
    fn words(&self, name: &str) -> &str {
        let Some(node) = self.below.iter().find(|node| node.name == name) else { return "" };
        match node.text_of("Text") {
            "" => node.text.trim(),
            words => words,
        }
    }

    /// Every element of that name, however deep.
    fn find<'a>(&'a self, name: &str, found: &mut Vec<&'a Self>) {
        for node in &self.below {
            if node.name == name {
                found.push(node);
            }
            node.find(name, found);
        }
    }
}

pub(super) fn read(text: &str, zone: Option<&str>) -> Result<Read, Unreadable> {
    let root = tree(text)?;
    let (mut elections, mut hours) = (Vec::new(), Vec::new());
    root.find("Election", &mut elections);
    root.find("HoursOpen", &mut hours);
    let Some(first) = elections.first() else {
        return Err(Unreadable::at(1, "there is no Election in it, so its days mean nothing; give the whole VIP feed"));
    };
    let mut read = Read::default();
    for other in elections.iter().skip(1) {
        read.remarks.push(format!("line {}: left a second Election; hours are those of the first", other.line));
    }
    if hours.is_empty() {
        return Err(Unreadable::at(first.line, "there are no HoursOpen in it; give a feed with polling hours"));
    }
    let mut states = Vec::new();
    root.find("State", &mut states);
    let place = states.first().map_or("", |state| state.text_of("Name"));
    let election = election(first, &hours, place, zone, &mut read.remarks)?;
    read.elections.push(election);
    Ok(read)
}

/// The widest hours of each day, as instants' civil times.
type Days = BTreeMap<Date, (jiff::Timestamp, jiff::Timestamp, Offset, usize)>;

fn election(
    node: &Node,
    hours: &[&Node],
    place: &str,
    zone: Option<&str>,
    remarks: &mut Vec<String>,
) -> Result<Imported, Unreadable> {
    let day: Date = date(node.text_of("Date"))
        .ok_or_else(|| Unreadable::at(node.line, "the Election has no Date; write it as 2026-11-03"))?;
    let name = match node.words("Name") {
        "" if place.is_empty() => format!("Election of {day}"),
        "" => format!("{place}, election of {day}"),
        name => cut(name, 120),
    };
    let id = stable(&["vip", place, &node.id, &day.to_string(), &name]);
    let mut gathered = Gathered::new(&id, remarks);
    let mut days = Days::new();
    let mut differ = false;
    for schedule in hours.iter().flat_map(|hours| hours.all("Schedule")) {
        schedule_days(schedule, &mut days, &mut differ, &mut gathered)?;
    }
    if differ {
        gathered
            .remark(0, "hours differ between places; of each day the earliest opening and the latest close are taken");
    }
    let own = match (zone, days.values().next()) {
        (Some(zone), _) => zone.to_owned(),
        (None, Some((.., offset, _))) => fixed(*offset).ok_or_else(|| {
            Unreadable::at(node.line, "no zone can be told from these offsets; name the authority with --authority")
        })?,
        (None, None) => "UTC".to_owned(),
    };
    let tz = calendar::zone(&own).unwrap_or(TimeZone::UTC);
    for (date, (opens, closes, _, line)) in days {
        let kind = match date.cmp(&day) {
            std::cmp::Ordering::Less => "early_voting",
            std::cmp::Ordering::Equal => "election_day",
            std::cmp::Ordering::Greater => {
                gathered.remark(line, format_args!("left the hours of {date}, after the election"));
                continue;
            }
        };
        gathered.window(line, kind, tz.to_datetime(opens), tz.to_datetime(closes), &own);
    }
    let deadline = node.text_of("RegistrationDeadline");
    match date(deadline).and_then(end_of) {
        Some(at) => gathered.milestone(node.line, MilestoneKind::RegistrationDeadline, at, &own),
        None if deadline.is_empty() => {}
        None => gathered.remark(node.line, format_args!("left a deadline that is no date: {}", short(deadline))),
    }
    let absentee = node.text_of("AbsenteeRequestDeadline");
    if !absentee.is_empty() {
        let (name, date) = ("AbsenteeRequestDeadline".to_owned(), absentee.to_owned());
        gathered.note(node.line, Note { name, date, note: String::new() });
    }
    let zone = gathered.settle(&own);
    let Gathered { windows, milestones, notes, .. } = gathered;
    let authority = cut(place, 200);
    let (certainty, source) = (String::new(), "Voting Information Project".to_owned());
    Ok(Imported { name, authority, certainty, source, zone, windows, milestones, notes, id })
}

fn schedule_days(
    schedule: &Node,
    days: &mut Days,
    differ: &mut bool,
    gathered: &mut Gathered<'_>,
) -> Result<(), Unreadable> {
    let line = schedule.line;
    if schedule.text_of("IsByAppointment") == "true" {
        gathered.remark(line, "left hours by appointment");
        return Ok(());
    }
    if schedule.text_of("IsSubjectToChange") == "true" {
        gathered.remark(line, "these hours are subject to change, as the file says");
    }
    let (from, to) = (date(schedule.text_of("StartDate")), date(schedule.text_of("EndDate")));
    let Some((from, to)) = from.or(to).zip(to.or(from)) else {
        gathered.remark(line, "left hours without a day");
        return Ok(());
    };
    let length = from.until(to).map_or(i32::MAX, |span| span.get_days());
    if !(0..=LONGEST_SCHEDULE).contains(&length) {
        return Err(Unreadable::at(line, format!("a schedule from {from} to {to} cannot be meant; look at its dates")));
    }
    for hours in schedule.all("Hours") {
        let (start, end) = (hours.text_of("StartTime"), hours.text_of("EndTime"));
        let Some((start, end)) = time(start).zip(time(end)) else {
            let told = format!("{} to {} are no hours; write 06:00:00-05:00", short(start), short(end));
            return Err(Unreadable::at(hours.line, told));
        };
        for day in from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to) {
            let instant = |(time, offset): (Time, Offset)| offset.to_timestamp(day.to_datetime(time)).ok();
            let Some((opens, closes)) = instant(start).zip(instant(end)) else { continue };
            let known = days.entry(day).or_insert((opens, closes, start.1, hours.line));
            *differ |= (known.0, known.1) != (opens, closes);
            (known.0, known.1) = (known.0.min(opens), known.1.max(closes));
        }
    }
    Ok(())
}

fn date(text: &str) -> Option<Date> {
    text.get(..10).and_then(|text| text.parse().ok())
}

/// `06:00:00-05:00`: a time and how far it is from UTC.
fn time(text: &str) -> Option<(Time, Offset)> {
    let text = text.strip_suffix('Z').map_or_else(|| text.to_owned(), |time| format!("{time}+00:00"));
    let (time, offset) = text.split_at_checked(text.rfind(['+', '-'])?)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()?.checked_mul(3_600)?.checked_add(minutes.parse::<i32>().ok()? * 60)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    Some((time.parse().ok()?, Offset::from_seconds(sign * seconds).ok()?))
}

/// A zone that always has this offset, where IANA has one: those of whole hours.
fn fixed(offset: Offset) -> Option<String> {
    let seconds = offset.seconds();
    let name = match seconds / 3_600 {
        _ if seconds % 3_600 != 0 => return None,
        0 => "UTC".to_owned(),
        // The names count the other way round.
        hours if hours < 0 => format!("Etc/GMT+{}", -hours),
        hours => format!("Etc/GMT-{hours}"),
    };
    calendar::zone(&name).map(|_| name)
}

/// The elements of a file.
fn tree(text: &str) -> Result<Node, Unreadable> {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    let mut open = vec![Node::default()];
    loop {
        let event = reader.read_event();
        let line = lines.at(usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX));
        let wrong = |reason: &str| Unreadable::at(line, cut(reason, 300));
        match event.map_err(|error| wrong(&format!("this is no XML: {error}")))? {
            Event::Start(start) => {
                if open.len() >= DEEPEST {
                    return Err(wrong("elements lie too deep; give a VIP feed"));
                }
                open.push(node(&start, line));
            }
            Event::Empty(start) => {
                let node = node(&start, line);
                if let Some(above) = open.last_mut() {
                    above.below.push(node);
                }
            }
            Event::End(_) => {
                let ended = if open.len() > 1 { open.pop() } else { None };
                if let (Some(ended), Some(above)) = (ended, open.last_mut()) {
                    above.below.push(ended);
                }
            }
            Event::Text(more) => push(&mut open, &more.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(more) => push(&mut open, &more.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(named) => {
                let known = quick_xml::escape::resolve_predefined_entity(&named).map(str::to_owned);
                let letter = named.resolve_char_ref().ok().flatten().map(String::from);
                let words = known.or(letter).ok_or_else(|| wrong("an entity is not known; write the letter itself"))?;
                push(&mut open, &words);
            }
            Event::DocType(_) => return Err(wrong("a document type is not taken; leave it out")),
            Event::Eof => break,
            _ => {}
        }
    }
    match open.pop() {
        Some(root) if open.is_empty() => Ok(root),
        Some(node) => Err(Unreadable::at(node.line, format!("{} is never closed", short(&node.name)))),
        None => Ok(Node::default()),
    }
}

fn node(start: &quick_xml::events::BytesStart<'_>, line: usize) -> Node {
    let id = start.attributes().flatten().find(|one| one.key.as_ref() == "id");
    let id = id.and_then(|one| Some(one.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned()));
    Node { name: start.local_name().as_ref().to_owned(), id: id.unwrap_or_default(), line, ..Node::default() }
}

fn push(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

/// Counts lines on the way through a text.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, to: usize) -> usize {
        let to = to.min(self.text.len());
        if let Some(passed) = self.text.get(self.at..to) {
            self.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.at = to;
        }
        self.line
    }
}
