//! iCalendar (RFC 5545): one calendar is one election, each event a window or a milestone of it. What an event is
//! stands in its `CATEGORIES`, by our codes, or can be told from its summary; another event is kept as a note.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::{
    Gathered, Imported, MilestoneKind, Note, Read, Unreadable, WindowKind, calendar, cut, end_of, short, stable,
};

/// A line of content: its name in capitals, its parameters, its value.
struct Line {
    number: usize,
    name: String,
    parameters: BTreeMap<String, String>,
    value: String,
}

/// An event as it was written.
#[derive(Default)]
struct Entry {
    line: usize,
    lines: Vec<Line>,
}

impl Entry {
    fn get(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    fn text(&self, name: &str) -> String {
        self.get(name).map(|line| unescaped(&line.value)).unwrap_or_default()
    }
}

/// A point in time as iCalendar writes it.
enum Point {
    /// A day.
    Day(Date),
    /// A civil time, in a zone where one is named.
    Civil(DateTime, Option<String>),
    /// An instant.
    Instant(Timestamp),
}

pub(super) fn read(text: &str, zone: Option<&str>) -> Result<Read, Unreadable> {
    let mut calendar = Entry::default();
    let mut entries = Vec::<Entry>::new();
    // What is open, outermost first.
    let mut open = Vec::<String>::new();
    let mut last = 1;
    for line in unfolded(text)? {
        last = line.number;
        match (line.name.as_str(), open.as_slice()) {
            ("BEGIN", _) if open.len() >= 8 => return Err(Unreadable::at(line.number, "parts lie too deep")),
            ("BEGIN", _) => {
                let part = line.value.trim().to_ascii_uppercase();
                if part == "VEVENT" {
                    entries.push(Entry { line: line.number, lines: Vec::new() });
                }
                open.push(part);
            }
            ("END", _) => {
                let part = line.value.trim().to_ascii_uppercase();
                if open.pop().is_none_or(|begun| begun != part) {
                    let told = format!("END:{} ends what has not begun", cut(&part, 40));
                    return Err(Unreadable::at(line.number, told));
                }
            }
            (_, [_]) => calendar.lines.push(line),
            (_, [_, event]) if event == "VEVENT" => {
                if let Some(entry) = entries.last_mut() {
                    entry.lines.push(line);
                }
            }
            _ => {}
        }
    }
    if let Some(part) = open.last() {
        return Err(Unreadable::at(last, format!("{} is never ended", cut(part, 40))));
    }
    if entries.is_empty() {
        return Err(Unreadable::at(last, "there is no VEVENT in it; give a calendar with the election's days"));
    }
    election(&calendar, &entries, zone)
}

fn election(whole: &Entry, entries: &[Entry], zone: Option<&str>) -> Result<Read, Unreadable> {
    let mut read = Read::default();
    let named = whole.text("X-WR-TIMEZONE");
    let of_events = || entries.iter().find_map(|entry| entry.get("DTSTART")?.parameters.get("TZID").cloned());
    let own = zone.map(str::to_owned).or_else(|| Some(named).filter(|name| !name.is_empty())).or_else(of_events);
    let own = own.unwrap_or_else(|| "UTC".to_owned());
    let tz = calendar::zone(&own)
        .ok_or_else(|| Unreadable::at(1, format!("{} is no IANA time zone; name one in X-WR-TIMEZONE", short(&own))))?;
    let name = [whole.text("X-WR-CALNAME"), whole.text("NAME"), entries[0].text("SUMMARY")];
    let name = name.into_iter().map(|name| cut(&name, 120)).find(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "Election".to_owned());
    let id = match whole.text("X-WR-RELCALID") {
        id if !id.is_empty() => stable(&["ical", &id]),
        _ => stable(&["ical", &whole.text("PRODID"), &name]),
    };
    let mut gathered = Gathered::new(&id, &mut read.remarks);
    for entry in entries {
        event(entry, &own, &tz, &mut gathered)?;
    }
    let zone = gathered.settle(&own);
    let Gathered { windows, milestones, notes, .. } = gathered;
    let (authority, certainty) = (String::new(), String::new());
    let source = cut(&whole.text("PRODID"), 500);
    read.elections.push(Imported { name, authority, certainty, source, zone, windows, milestones, notes, id });
    Ok(read)
}

fn event(entry: &Entry, own: &str, tz: &TimeZone, gathered: &mut Gathered<'_>) -> Result<(), Unreadable> {
    let (summary, line) = (cut(&entry.text("SUMMARY"), 200), entry.line);
    if entry.text("STATUS").eq_ignore_ascii_case("CANCELLED") {
        gathered.remark(line, format_args!("left {}, which is cancelled", short(&summary)));
        return Ok(());
    }
    if entry.get("RRULE").is_some() || entry.get("RDATE").is_some() {
        gathered.remark(line, format_args!("left {}, which repeats; list each day by itself", short(&summary)));
        return Ok(());
    }
    let Some(start) = entry.get("DTSTART") else {
        gathered.remark(line, format_args!("left {}, which has no DTSTART", short(&summary)));
        return Ok(());
    };
    let begins = point(start)?;
    let zone = match &begins {
        Point::Civil(_, Some(zone)) => zone.clone(),
        _ => own.to_owned(),
    };
    let civil = |point: &Point| match point {
        Point::Day(day) => day.at(0, 0, 0, 0),
        Point::Civil(at, _) => *at,
        Point::Instant(at) => tz.to_datetime(*at),
    };
    let opens = civil(&begins);
    let note = || Note { name: summary.clone(), date: told(&begins), note: cut(&entry.text("DESCRIPTION"), 1_000) };
    match kind(entry, &summary) {
        Some(Kind::Milestone(kind)) => {
            let day = if let Point::Day(day) = begins { end_of(day) } else { Some(opens) };
            if let Some(at) = day {
                gathered.milestone(line, kind, at, &zone);
            }
        }
        Some(Kind::Window(kind)) => match (&begins, closes(entry, opens, civil)?) {
            (Point::Day(_), _) => {
                gathered.remark(line, format_args!("{} has no hours", short(&summary)));
                gathered.note(line, note());
            }
            (_, Some(closes)) => gathered.window(line, kind.code(), opens, closes, &zone),
            (_, None) => gathered.remark(line, format_args!("left {}, which has no end", short(&summary))),
        },
        None => gathered.note(line, note()),
    }
    Ok(())
}

fn closes(entry: &Entry, opens: DateTime, civil: impl Fn(&Point) -> DateTime) -> Result<Option<DateTime>, Unreadable> {
    if let Some(end) = entry.get("DTEND") {
        return Ok(Some(civil(&point(end)?)));
    }
    let Some(length) = entry.get("DURATION") else { return Ok(None) };
    let span = length.value.trim().parse::<Span>().ok();
    let duration = length.value.trim().parse::<SignedDuration>().ok();
    let ends = span.and_then(|span| opens.checked_add(span).ok()).or_else(|| opens.checked_add(duration?).ok());
    ends.map(Some)
        .ok_or_else(|| Unreadable::at(length.number, format!("{} is no length; write PT12H", short(&length.value))))
}

enum Kind {
    Window(WindowKind),
    Milestone(MilestoneKind),
}

/// By our codes in the categories, else by the words of the summary.
fn kind(entry: &Entry, summary: &str) -> Option<Kind> {
    let of = |code: &str| {
        let code = code.trim().to_lowercase().replace([' ', '-'], "_");
        let window = super::window_kind(&code).map(Kind::Window);
        window.or_else(|| code.parse().ok().map(Kind::Milestone))
    };
    let categories = entry.lines.iter().filter(|line| line.name == "CATEGORIES");
    let named = categories.flat_map(|line| line.value.split(',')).find_map(of);
    let words = summary.to_lowercase();
    named.or_else(|| {
        let early = [("advance voting", WindowKind::EarlyVoting), ("polling day", WindowKind::ElectionDay)];
        let windows = WindowKind::ALL.iter().map(|kind| (kind.label(), *kind)).chain(early);
        let milestones = MilestoneKind::ALL.iter().map(|kind| (kind.label(), *kind));
        let window = windows.filter(|(label, _)| words.contains(label)).map(|(_, kind)| Kind::Window(kind)).next();
        let milestone = || milestones.filter(|(label, _)| words.contains(label)).map(|(_, kind)| kind).next();
        window.or_else(|| milestone().map(Kind::Milestone))
    })
}

fn point(line: &Line) -> Result<Point, Unreadable> {
    let value = line.value.trim();
    let wrong = || Unreadable::at(line.number, format!("{} is no time; write 20261103T060000", short(value)));
    let day = || -> Option<Date> {
        let number = |range: std::ops::Range<usize>| value.get(range)?.parse::<i16>().ok();
        Date::new(number(0..4)?, i8::try_from(number(4..6)?).ok()?, i8::try_from(number(6..8)?).ok()?).ok()
    };
    let day = day().ok_or_else(wrong)?;
    if value.len() == 8 {
        return Ok(Point::Day(day));
    }
    let clock = value.get(8..).and_then(|rest| rest.strip_prefix('T')).ok_or_else(wrong)?;
    let (clock, utc) = clock.strip_suffix('Z').map_or((clock, false), |clock| (clock, true));
    let number = |range: std::ops::Range<usize>| clock.get(range).and_then(|part| part.parse::<i8>().ok());
    let parts = (number(0..2), number(2..4), if clock.len() == 4 { Some(0) } else { number(4..6) });
    let (Some(hour), Some(minute), Some(second)) = parts else { return Err(wrong()) };
    let time = jiff::civil::Time::new(hour, minute, second, 0).map_err(|_| wrong())?;
    let at = day.to_datetime(time);
    if utc {
        return Ok(Point::Instant(TimeZone::UTC.to_timestamp(at).map_err(|_| wrong())?));
    }
    Ok(Point::Civil(at, line.parameters.get("TZID").cloned()))
}

fn told(point: &Point) -> String {
    match point {
        Point::Day(day) => day.to_string(),
        Point::Civil(at, _) => at.to_string(),
        Point::Instant(at) => at.to_string(),
    }
}

/// The lines of content: what is folded is one line again.
fn unfolded(text: &str) -> Result<Vec<Line>, Unreadable> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), whole.last_mut()) {
            (Some(more), Some((_, last))) => last.push_str(more),
            _ if line.trim().is_empty() => {}
            _ => whole.push((number + 1, line.to_owned())),
        }
    }
    whole.into_iter().map(|(number, line)| content(number, &line)).collect()
}

/// `NAME;PARAMETER=VALUE:value`, where a parameter in quotes may hold a colon.
fn content(number: usize, line: &str) -> Result<Line, Unreadable> {
    let mut quoted = false;
    let end = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == ':' && !quoted
    });
    let Some((end, _)) = end else {
        return Err(Unreadable::at(number, format!("{} is no line of a calendar: it has no colon", short(line))));
    };
    let (head, value) = (&line[..end], &line[end + 1..]);
    let mut parts = head.split(';');
    let name = parts.next().unwrap_or_default().to_ascii_uppercase();
    let parameters = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        Some((name.to_ascii_uppercase(), value.trim_matches('"').to_owned()))
    });
    Ok(Line { number, name, parameters: parameters.collect(), value: value.to_owned() })
}

fn unescaped(value: &str) -> String {
    let mut words = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => words.push(' '),
                Some(other) => words.push(other),
                None => {}
            },
            letter => words.push(letter),
        }
    }
    words
}
