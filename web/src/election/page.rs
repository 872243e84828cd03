//! `/elections`, `/elections/{id}`, and what a change moved. Everybody signed in reads calendars; incidents are another
//! matter, so each page names only those that its reader may read.
//!
//! A saved form leads to `/elections/{id}/moved?at=INSTANT`. That page is read from the record: the change of the
//! election at that instant, and the rises that the rooms noted then. So nothing is carried through the browser or kept
//! beside the record, the page can be opened again, by somebody else too, and each reader is told of their own rooms.

use hub::election::{Change as Recorded, ElectionView, Moving, Window as Stored, calendar, get, history, moved, words};
use hub::escalation::{Severity, Urgency};
use hub::identity::{Reach, Right};
use hub::time::Ts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::phase::{Phase, rank};
use super::view::{Change, Effect, Election, Elections, Listed, Milestone, Move, Moved, Window};
use crate::app::App;
use crate::authority::day_and_hours;
use crate::error::{Failure, heading};
use crate::extract::{Asked, Caller, Params};
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::when::{self, Times};

/// An election in samples of requests: whoever walks them puts one that is there in its place.
pub(super) const ONE: Sample = Sample::of(&[("id", "00000000-0000-7000-8000-000000000000")]);

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table
        .get("/elections", Access::SignedIn, Sample::NONE, list)
        .get("/elections/{id}", Access::SignedIn, ONE, one)
        .get("/elections/{id}/moved", Access::SignedIn, ONE, what_moved)
}

async fn list(app: App, theme: Theme, caller: Caller) -> Result<Page<Elections>, Failure> {
    let now = caller.now;
    let all = hub::election::every(app.hub(), &caller.viewer, now).await?.into_iter().map(|election| {
        let stands = election.stands(now);
        (rank(&stands), election, stands)
    });
    let mut all: Vec<_> = all.collect();
    all.sort_by(|a, b| (a.0, &a.1.authority_name, &a.1.id).cmp(&(b.0, &b.1.authority_name, &b.1.id)));
    let (mut ahead, mut past, mut reference) = (Vec::new(), Vec::new(), Vec::new());
    for (_, election, stands) in all {
        let (day, hours) = day_and_hours(&(&election).into(), now);
        let phase = Phase::new(&stands, now);
        let (id, name, authority) = (election.id.clone(), election.name.clone(), election.authority_name.clone());
        let group = match stands.code {
            _ if election.reference => &mut reference,
            "over" | "annulled" => &mut past,
            _ => &mut ahead,
        };
        group.push(Listed { id, name, authority, phase, day, hours });
    }
    let shell = app.shell(Some(&caller.viewer), theme, "Elections", Place::Elections).await;
    let may_add = caller.viewer.role().has(Right::EditElections);
    Ok(Page::ok(Elections { shell, ahead, past, reference, may_add }))
}

async fn one(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Page<Election>, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let election = get(hub, viewer, params.text("id"), now).await?;
    let calendar = Calendar { election: &election, now };
    let stands = election.stands(now);
    let following = match viewer.reach() {
        Reach::None => None,
        _ if election.reference => None,
        _ => usize::try_from(hub::election::following(hub, viewer, &election).await?).ok(),
    };
    let times = reader_times(&caller, calendar.zone(None));
    let changes = history(hub, viewer, &election).await?;
    Ok(Page::ok(Election {
        shell: app.shell(Some(viewer), theme, election.name.clone(), Place::Elections).await,
        zone_note: calendar.zone_note(),
        phase: Phase::new(&stands, now),
        windows: calendar.windows(),
        earlier: calendar.earlier(),
        milestones: calendar.milestones(),
        effects: calendar.effects(hub::election::effects(hub, &election, now)),
        following,
        history: changes.iter().map(|change| told(change, &times, now)).collect(),
        may_edit: hub::election::may(hub, viewer, &election.id).await.is_ok(),
        id: election.id.clone(),
        authority: election.authority_name.clone(),
        slug: election.authority.clone(),
        zone: election.zone.clone(),
    }))
}

/// How this reader reads instants beside a calendar.
fn reader_times(caller: &Caller, zone: TimeZone) -> Times {
    if caller.responds() { Times::utc(zone) } else { Times::local(zone) }
}

fn told(change: &Recorded, times: &Times, now: Ts) -> Change {
    let what = match change.what.as_str() {
        "added" => "Added",
        "extended" => "A close was moved later",
        _ => "The calendar was changed",
    };
    let who = change.by.as_ref().map_or("The hub", |by| by.name.as_str());
    let zone = if times.beside(change.at.timestamp()).is_some() { " UTC" } else { "" };
    let at = times.moment(change.at.timestamp(), now.timestamp());
    Change { what: what.to_owned(), who: format!("{who}, {at}{zone}") }
}

/// How long a window that is over stays in the list.
const OVER_FOR_HOURS: i64 = 24;

/// A calendar, to be read at an instant.
pub(super) struct Calendar<'a> {
    pub election: &'a ElectionView,
    pub now: Ts,
}

impl Calendar<'_> {
    /// The zone of one of its windows or milestones, given that one's own.
    pub(super) fn zone(&self, own: Option<&String>) -> TimeZone {
        calendar::zone(own.unwrap_or(&self.election.zone)).unwrap_or(TimeZone::UTC)
    }

    fn instant(&self, at: DateTime, own: Option<&String>) -> Ts {
        calendar::instant(at, &self.zone(own))
    }

    pub(super) fn date(&self, at: DateTime) -> String {
        when::date(at.date(), self.now.timestamp().to_zoned(self.zone(None)).year())
    }

    /// "EDT until Sunday 1 November, then EST".
    fn zone_note(&self) -> String {
        let zone = self.zone(None);
        let name = |at: jiff::Timestamp| at.to_zoned(zone.clone()).strftime("%Z").to_string();
        let now = self.now.timestamp();
        match zone.following(now).next().filter(|next| next.timestamp().duration_since(now).as_hours() < 24 * 60) {
            Some(next) => {
                let day = next.timestamp().to_zoned(zone.clone());
                format!("{} until {}, then {}", name(now), self.date(day.datetime()), name(next.timestamp()))
            }
            None => name(now),
        }
    }

    pub(super) fn is_over(&self, window: &Stored) -> bool {
        let closes = self.instant(window.closes, window.zone.as_ref());
        self.now.since(closes).as_hours() >= OVER_FOR_HOURS
    }

    fn earlier(&self) -> usize {
        self.election.windows.iter().filter(|window| self.is_over(window)).count()
    }

    fn windows(&self) -> Vec<Window> {
        let mut listed: Vec<&Stored> = self.election.windows.iter().filter(|window| !self.is_over(window)).collect();
        listed.sort_by_key(|window| self.instant(window.opens, window.zone.as_ref()));
        listed.into_iter().map(|window| self.window(window)).collect()
    }

    fn window(&self, window: &Stored) -> Window {
        let own = window.zone.as_ref();
        let (opens, closes) = (self.instant(window.opens, own), self.instant(window.closes, own));
        let open = opens <= self.now && self.now < closes;
        let state = match open {
            true => format!("open now, closes in {}", words::length(closes.since(self.now))),
            false if closes <= self.now => "over".to_owned(),
            false => String::new(),
        };
        let zone = own.map(|_| format!(" {}", closes.timestamp().to_zoned(self.zone(own)).strftime("%Z")));
        let day = match window.opens.date() == window.closes.date() {
            true => self.date(window.opens),
            false => format!("{} to {}", self.date(window.opens), self.date(window.closes)),
        };
        Window {
            id: window.id.clone(),
            kind: heading(window.kind.label()),
            short_day: window.opens.strftime("%a %-d %b").to_string(),
            day,
            opens: window.opens.strftime("%H:%M").to_string(),
            closes: format!("{}{}", window.closes.strftime("%H:%M"), zone.unwrap_or_default()),
            state,
            open,
            extendable: window.kind.is_polling(),
        }
    }

    /// The windows whose close can be extended, by id, with their words: the next to close first.
    pub(super) fn extendable(&self) -> Vec<(String, String)> {
        let polling = self.windows().into_iter().filter(|window| window.extendable);
        let words = |window: &Window| format!("{}, {}, to {}", window.kind, window.short_day, window.closes);
        polling.map(|window| (window.id.clone(), words(&window))).collect()
    }

    fn milestones(&self) -> Vec<Milestone> {
        let today = self.now.timestamp().to_zoned(self.zone(None)).date();
        let mut all: Vec<_> = self.election.milestones.iter().collect();
        all.sort_by_key(|milestone| self.instant(milestone.at, milestone.zone.as_ref()));
        let show = |milestone: &hub::election::Milestone| {
            let own = milestone.zone.as_ref();
            let at = self.instant(milestone.at, own);
            let hot = milestone.at.date() == today && self.now < at;
            let zone = own.map(|_| format!(" {}", at.timestamp().to_zoned(self.zone(own)).strftime("%Z")));
            Milestone {
                kind: heading(milestone.kind.label()),
                at: format!(
                    "{}, {}{}",
                    self.date(milestone.at),
                    milestone.at.strftime("%H:%M"),
                    zone.unwrap_or_default()
                ),
                state: if hot {
                    "today"
                } else if at <= self.now {
                    "past"
                } else {
                    ""
                }
                .to_owned(),
                hot,
            }
        };
        all.into_iter().map(show).collect()
    }

    /// What is near by this calendar alone, the nearest first.
    fn effects(&self, all: Vec<(hub::escalation::Function, Urgency, Option<Ts>)>) -> Vec<Effect> {
        let mut near: Vec<_> = all.into_iter().filter(|(_, step, _)| *step > Urgency::U0).collect();
        near.sort_by_key(|(_, step, _)| std::cmp::Reverse(*step));
        let zone = self.zone(None);
        let effect = |(function, step, until): (hub::escalation::Function, Urgency, Option<Ts>)| {
            let until = until
                .map(|until| format!(" until {}", near_clock(&until.timestamp().to_zoned(zone.clone()), self.now)));
            Effect {
                function: heading(function.label()),
                words: format!("{step}{}", until.unwrap_or_default()),
                hot: step == Urgency::U5,
            }
        };
        // Functions that stand alike share a line.
        let mut effects: Vec<Effect> = Vec::new();
        for next in near.into_iter().map(effect) {
            match effects.iter_mut().find(|known| known.words == next.words) {
                Some(known) => known.function = format!("{}, {}", known.function, lowercase(&next.function)),
                None => effects.push(next),
            }
        }
        effects
    }
}

/// "22:50", or "Fri 22:50" where that is another day: the page names the zone.
fn near_clock(at: &jiff::Zoned, now: Ts) -> String {
    let today = now.timestamp().to_zoned(at.time_zone().clone()).date();
    match today.until(at.date()).map_or(0, |span| span.get_days()) {
        0 => at.strftime("%H:%M").to_string(),
        1..7 => at.strftime("%a %H:%M").to_string(),
        _ => at.strftime("%-d %b").to_string(),
    }
}

/// With a small first letter.
fn lowercase(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    at: Option<String>,
}

async fn what_moved(
    app: App,
    theme: Theme,
    caller: Caller,
    params: Params,
    asked: Asked,
) -> Result<Page<Moved>, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let election = get(hub, viewer, params.text("id"), now).await?;
    let At { at } = asked.read(&[])?;
    let changes = history(hub, viewer, &election).await?;
    // Without an instant, the latest change.
    let at = at.map(|at| at.parse::<Ts>().map_err(|_| Failure::NOT_FOUND)).transpose()?;
    let place = changes.iter().position(|change| at.is_none_or(|at| change.at == at)).ok_or(Failure::NOT_FOUND)?;
    let change = &changes[place];
    // What the next change found is what this one left.
    let after = place.checked_sub(1).map_or(&election.windows, |next| &changes[next].before);
    let (title, words) = Calendar { election: &election, now }.change_words(change, after);
    let found = moved(hub, viewer, &election, change.at).await?;
    let times = reader_times(&caller, Calendar { election: &election, now }.zone(None));
    let moves = found.into_iter().map(|moving| moving_row(moving, &times, now)).collect();
    let shell = app.shell(Some(viewer), theme, title, Place::Elections).await;
    Ok(Page::ok(Moved { shell, id: election.id.clone(), election: election.name.clone(), words, moves }))
}

impl Calendar<'_> {
    /// The title and a sentence on a change.
    fn change_words(&self, change: &Recorded, after: &[Stored]) -> (String, String) {
        let pairs = || change.before.iter().filter_map(|old| Some((old, after.iter().find(|new| new.id == old.id)?)));
        let later = pairs().find(|(old, new)| old.closes != new.closes);
        match (change.what.as_str(), later) {
            ("added", _) => (format!("{} was added", self.election.name), "It counts from now on.".to_owned()),
            ("extended", Some((old, new))) => {
                let own = new.zone.as_ref();
                let closes = self.instant(new.closes, own);
                let zone = closes.timestamp().to_zoned(self.zone(own)).strftime("%Z").to_string();
                let clock = |at: DateTime| match at.date() == old.closes.date() && at.date() == new.closes.date() {
                    true => at.strftime("%H:%M").to_string(),
                    false => format!("{}, {}", self.date(at), at.strftime("%H:%M")),
                };
                let open = self.instant(new.opens, own) <= self.now && self.now < closes;
                let again = self.instant(old.closes, own) <= change.at && open;
                let then = if again { " The window is open again." } else { "" };
                (
                    format!(
                        "{} on {} now closes at {}",
                        heading(new.kind.label()),
                        self.date(new.opens),
                        clock(new.closes)
                    ),
                    format!("The close moved from {} to {} {zone}.{then}", clock(old.closes), clock(new.closes)),
                )
            }
            _ => {
                ("The calendar was changed".to_owned(), "The new windows and milestones count from now on.".to_owned())
            }
        }
    }
}

/// A row of what moved. `due` stands in the reader's time.
fn moving_row(moving: Moving, times: &Times, now: Ts) -> Move {
    let part = |name: &str| moving.why["parts"][name].as_str().unwrap_or_default().to_owned();
    Move {
        severity: part("severity").parse::<Severity>().unwrap_or(Severity::Baseline),
        urgency_after: part("urgency").parse::<Urgency>().ok(),
        due: moving.due.map(|due| times.moment(due.timestamp(), now.timestamp())).unwrap_or_default(),
        reference: moving.reference,
        title: moving.title,
        authority: moving.authority_name,
        before: moving.from,
        after: moving.to,
    }
}
