//! `/elections`, `/elections/{id}`, and what a change moved. Everybody signed in reads calendars; incidents are another
//! matter, so each page names only those that its reader may read.
//!
//! A saved form leads to `/elections/{id}/moved?at=INSTANT`. That page is read from what was kept with each incident:
//! so nothing is carried through the browser, the page can be opened again, by somebody else too, and each reader is told
//! of their own rooms.

use hub::election::change::{Foreseen, ProposalState, ProposalView, proposals, rules};
use hub::election::{
    ElectionView, Extend, Standing, Told as Recorded, Window as Stored, calendar, get, history, moved, words,
};
use hub::escalation::Urgency;
use hub::identity::{Reach, Right};
use hub::time::Ts;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::phase::{Phase, rank};
use super::view::{Change, Effect, Election, Elections, Listed, Milestone, Move, Moved, Waiting, Window};
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
    let waiting = super::waits(app.hub(), &caller.viewer, now).await?;
    Ok(Page::ok(Elections { shell, ahead, past, reference, waiting, may_add }))
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
    let may_edit = hub::election::may(hub, viewer, &election.id).await.is_ok();
    let waiting = if election.reference { Vec::new() } else { proposals(hub, viewer, &election, now).await? };
    let waiting: Vec<_> = waiting.into_iter().filter(ProposalView::waits).collect();
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
        guarded: may_edit && rules::is_guarded(&(&election).into(), now),
        can_undo: may_edit && hub::election::change::latest(hub, viewer, &election).await?.is_some(),
        may_edit,
        reference: election.reference,
        origin: election.origin.clone().unwrap_or_default(),
        notes: election.notes.iter().map(beside).collect(),
        rounds: rounds(hub, &election).await?,
        waiting: waiting.into_iter().map(|one| waits(one, &election, &caller, &times)).collect(),
        held: election.standing == Standing::Held,
        id: election.id.clone(),
        authority: election.authority_name.clone(),
        slug: election.authority.clone(),
        zone: election.zone.clone(),
    }))
}

/// A note of a calendar: what, and when and more on it.
fn beside(note: &hub::election::import::Note) -> (String, String) {
    let more = [note.date.as_str(), note.note.as_str()];
    (note.name.clone(), more.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
}

/// The first round that an election decides, and the run-offs that decide it.
async fn rounds(hub: &hub::Hub, election: &ElectionView) -> hub::Result<Vec<(&'static str, String, String)>> {
    if election.reference {
        return Ok(Vec::new());
    }
    let linked = hub::election::runoffs(hub, election).await?;
    let words = |first: bool| if first { "Decides" } else { "Decided by" };
    Ok(linked.into_iter().map(|(first, id, name)| (words(first), id, name)).collect())
}

fn waits(one: ProposalView, election: &ElectionView, caller: &Caller, times: &Times) -> Waiting {
    let at = |at: Ts| times.moment(at.timestamp(), caller.now.timestamp());
    let done = one.state == ProposalState::Applied;
    let until = if done { String::new() } else { format!(". Waits until {}", at(one.expires_at)) };
    Waiting {
        what: super::acts::what(&one.change, election, caller.now),
        who: format!("{}, {}{until}", one.by, at(one.at)),
        done,
        may_confirm: one.by_id != caller.viewer.id(),
        id: one.id,
    }
}

/// How this reader reads instants beside a calendar.
pub(super) fn reader_times(caller: &Caller, zone: TimeZone) -> Times {
    if caller.responds() { Times::utc(zone) } else { Times::local(zone) }
}

fn told(change: &Recorded, times: &Times, now: Ts) -> Change {
    let of = |code: &str| match code {
        "extended" => "a later close",
        "postponed" => "postponing it",
        "annulled" => "annulling it",
        "undone" => "taking a change back",
        _ => "a change of the calendar",
    };
    let what = match change.what.as_str() {
        "added" => "Added".to_owned(),
        "imported" => "Taken from a file".to_owned(),
        "extended" => "A close was moved later".to_owned(),
        "postponed" => "Postponed".to_owned(),
        "annulled" => "Annulled".to_owned(),
        "undone" => "The change before was taken back".to_owned(),
        "proposed" => format!("Proposed: {}", of(&change.of)),
        "confirmed" => format!("Agreed to afterwards: {}", of(&change.of)),
        "declined" => format!("Declined: {}", of(&change.of)),
        "withdrawn" => format!("Proposal taken back: {}", of(&change.of)),
        _ => "The calendar was changed".to_owned(),
    };
    let who = change.by.as_ref().map_or("The hub", |by| by.name.as_str());
    let zone = if times.beside(change.at.timestamp()).is_some() { " UTC" } else { "" };
    let at = times.moment(change.at.timestamp(), now.timestamp());
    let proposed = change.proposed_by.as_ref().map(|name| format!(". Proposed by {name}")).unwrap_or_default();
    let why = match (change.order.as_str(), change.reason.as_str()) {
        ("", reason) => reason.to_owned(),
        (order, "") => order.to_owned(),
        (order, reason) => format!("{order}: {reason}"),
    };
    let moved = if change.of.is_empty() { change.at.to_string() } else { String::new() };
    Change { what, who: format!("{who}, {at}{zone}{proposed}"), why, at: moved }
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
    let record = history(hub, viewer, &election).await?;
    // Proposals change nothing of the calendar by themselves.
    let changes: Vec<&Recorded> = record.iter().filter(|told| told.of.is_empty()).collect();
    // Without an instant, the latest change.
    let at = at.map(|at| at.parse::<Ts>().map_err(|_| Failure::NOT_FOUND)).transpose()?;
    let place = changes.iter().position(|change| at.is_none_or(|at| change.at == at)).ok_or(Failure::NOT_FOUND)?;
    let change = changes[place];
    // What the next change found is what this one left.
    let after = place.checked_sub(1).map_or(&election.windows, |next| &changes[next].before);
    let (title, words) = Calendar { election: &election, now }.change_words(change, after);
    let found = match change.version {
        Some(version) => moved(hub, viewer, &election, version).await?,
        None => Vec::new(),
    };
    let latest = change.version == Some(election.version);
    let can_undo = latest && hub::election::may(hub, viewer, &election.id).await.is_ok();
    let can_undo = can_undo && hub::election::change::latest(hub, viewer, &election).await?.is_some();
    let moves = moves_of(found, &election, &caller);
    let shell = app.shell(Some(viewer), theme, title, Place::Elections).await;
    Ok(Page::ok(Moved { shell, id: election.id.clone(), election: election.name.clone(), words, moves, can_undo }))
}

impl Calendar<'_> {
    /// The title and a sentence of what a later close would be.
    pub(super) fn extending(&self, body: &Extend) -> (String, String) {
        let found = self.election.windows.iter().find(|window| window.id == body.window);
        let Some((window, to)) = found.zip(body.closes.parse::<DateTime>().ok()) else {
            return ("Extend the close?".to_owned(), String::new());
        };
        let own = window.zone.as_ref();
        let zone = self.instant(to, own).timestamp().to_zoned(self.zone(own)).strftime("%Z").to_string();
        let clock = |at: DateTime| match at.date() == window.closes.date() && to.date() == window.closes.date() {
            true => at.strftime("%H:%M").to_string(),
            false => format!("{}, {}", self.date(at), at.strftime("%H:%M")),
        };
        let (opens, was, closes) =
            (self.instant(window.opens, own), self.instant(window.closes, own), self.instant(to, own));
        let again = was <= self.now && opens <= self.now && self.now < closes;
        let there = self.now.timestamp().to_zoned(self.zone(own)).strftime("%H:%M").to_string();
        let again =
            if again { format!(" It is {there} there: the window opens again at once.") } else { String::new() };
        let title = format!("Extend {}, {}, to {}?", window.kind.label(), self.date(window.opens), clock(to));
        (title, format!("The close moves from {} to {} {zone}.{again}", clock(window.closes), clock(to)))
    }

    /// The title and a sentence on a change.
    fn change_words(&self, change: &Recorded, after: &[Stored]) -> (String, String) {
        let pairs = || change.before.iter().filter_map(|old| Some((old, after.iter().find(|new| new.id == old.id)?)));
        let later = pairs().find(|(old, new)| old.closes != new.closes);
        match (change.what.as_str(), later) {
            ("added" | "imported", _) => {
                (format!("{} was added", self.election.name), "It counts from now on.".to_owned())
            }
            ("annulled", _) => {
                (format!("{} is annulled", self.election.name), "Nothing is counted by it any more.".to_owned())
            }
            ("postponed", _) if self.election.standing == Standing::Postponed => (
                format!("{} is postponed", self.election.name),
                "Nothing is counted by it until it has a new day.".to_owned(),
            ),
            ("postponed", _) => (
                format!("{} has a new day", self.election.name),
                "What was still to come has moved with it.".to_owned(),
            ),
            ("undone", _) => (
                "The change before was taken back".to_owned(),
                "The calendar is what it was. So are the due times of what nobody has touched since.".to_owned(),
            ),
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

/// Rows of what moves or moved, times as this reader reads them.
pub(super) fn moves_of(found: Vec<Foreseen>, election: &ElectionView, caller: &Caller) -> Vec<Move> {
    let times = reader_times(caller, Calendar { election, now: caller.now }.zone(None));
    let due = |at: Option<Ts>| at.map(|at| times.moment(at.timestamp(), caller.now.timestamp())).unwrap_or_default();
    let row = |moving: Foreseen| Move {
        severity: moving.severity,
        urgency_before: Some(moving.urgency_before),
        urgency_after: Some(moving.urgency_after),
        due_before: due(moving.due_before),
        due: due(moving.due),
        reference: moving.reference,
        title: moving.title,
        authority: moving.authority_name,
        before: moving.before,
        after: moving.after,
    };
    found.into_iter().map(row).collect()
}
