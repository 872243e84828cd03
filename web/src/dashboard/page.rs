//! `/dashboard`: the hub's figures, each with the list behind it, and at most three decisions with one action each.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use hub::Hub;
use hub::dashboard::{Decision as Due, Figures, figures};
use hub::election::{Election, MilestoneKind, WindowKind, calendar};
use hub::escalation::{Priority, Urgency};
use hub::identity::{Right, Role, Viewer};
use hub::incident::{Filter, Load, Owner, count, open_by_authority, open_by_owner};
use hub::live::View;
use hub::time::Ts;
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::gantt::{Chart, Kind, Lane, Period};
use super::view::{Ahead, Body, Dashboard, Decision, Figure, OnDuty};
use crate::app::App;
use crate::authority::{all_authorities, day_and_hours, open_of};
use crate::election::phase::{Phase, rank};
use crate::error::Failure;
use crate::extract::Caller;
use crate::face::HeatRow;
use crate::incident::tell;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::when::Times;

/// How many authorities the table of elections has room for; the rest is a link away.
const AHEAD: usize = 40;
/// How many of them the chart draws.
const LANES: usize = 12;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.get("/dashboard", Access::Roles(Right::SeeQueue.roles()), Sample::NONE, page)
}

async fn page(app: App, theme: Theme, caller: Caller) -> Result<Page<Dashboard>, Failure> {
    let rev = app.channel().live().rev(View::Dashboard);
    let found = figures(app.hub(), &caller.viewer, caller.now).await?;
    let body = body(app.hub(), caller.viewer.role().has(Right::Respond), &found, rev).await?;
    let shell = app.shell(Some(&caller.viewer), theme, "Dashboard", Place::Dashboard).await;
    Ok(Page::ok(Dashboard { shell, body }))
}

/// Everything below the frame alone, as a live frame carries it to all who may claim or to all who may not.
///
/// # Errors
/// If the database does not answer.
pub async fn dashboard_html(hub: &Hub, claims: bool, figures: &Figures, rev: u64) -> hub::Result<String> {
    body(hub, claims, figures, rev).await?.render().map_err(hub::Error::broken)
}

async fn body(hub: &Hub, claims: bool, found: &Figures, rev: u64) -> hub::Result<Body> {
    // Only the response side has a dashboard, and all of it reads the same.
    let viewer = &Viewer::system("the dashboard");
    let now = found.as_of;
    let times = Times::utc(TimeZone::UTC);
    let undecided = size(count(hub, viewer, &Filter { undecided: true, ..Filter::default() }, now).await?);
    let unowned = size(count(hub, viewer, &Filter { owner: Some(Owner::None), ..Filter::default() }, now).await?);
    let mut decisions = Vec::new();
    for due in found.decisions.iter().take(3) {
        if let Some(decision) = decision(hub, viewer, claims, due, now).await? {
            decisions.push(decision);
        }
    }
    let more = undecided.saturating_sub(decisions.len());
    let loads = open_by_owner(hub, viewer).await?;
    let (elections, lanes) = elections(hub, viewer, now).await?;
    Ok(Body {
        rev,
        as_of: now.timestamp(),
        as_of_words: format!(
            "{}, {} UTC",
            times.day(now.timestamp(), now.timestamp()),
            times.clock_with_seconds(now.timestamp())
        ),
        decisions,
        more: (more > 0).then(|| (more, "/queue?view=undecided".to_owned())),
        figures: row_of_figures(found, unowned),
        heat: Priority::ALL.iter().map(|priority| heat(found, *priority)).collect(),
        on_duty: found.on_duty.iter().map(|shift| on_duty(shift, &loads, &times, now)).collect(),
        chart: Chart::new(now.timestamp(), &lanes),
        elections,
    })
}

/// A count as pages show it.
fn size(count: impl TryInto<usize>) -> usize {
    count.try_into().unwrap_or(usize::MAX)
}

/// What needs a person, as it is now: who decides it is read from the incident itself. None where it went meanwhile.
async fn decision(hub: &Hub, viewer: &Viewer, claims: bool, due: &Due, now: Ts) -> hub::Result<Option<Decision>> {
    let incident = match hub::incident::get(hub, viewer, &due.reference, now).await {
        Ok(incident) => incident,
        Err(hub::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let has_it = match &incident.owner {
        Some(owner) => format!("{} has it.", owner.name),
        None => "Nobody has it.".to_owned(),
    };
    Ok(Some(Decision {
        reference: due.reference.clone(),
        priority: incident.priority,
        clock: tell::next(&incident)
            .map(|clock| tell::face(&incident, clock, &hub.policy_of(&incident.why.policy), true, now)),
        what: due.what.trim_end_matches('.').to_owned(),
        words: format!("{} {}. {has_it}", crate::error::sentence(&due.title), due.authority_name),
        claimable: incident.owner_id.is_none() && claims,
    }))
}

fn row_of_figures(found: &Figures, unowned: usize) -> Vec<Figure> {
    let figure = |label, href: &str, value, beside: String, note: String| Figure {
        label,
        href: href.to_owned(),
        value,
        beside,
        note,
        red: false,
    };
    let plain = |label, href, value| figure(label, href, value, String::new(), String::new());
    let by_priority: Vec<(Priority, i64)> =
        found.open.iter().filter(|(_, count)| **count > 0).map(|(priority, count)| (*priority, *count)).collect();
    let words = |urgent: bool| {
        let some = by_priority.iter().filter(|(priority, _)| (*priority == Priority::P1) == urgent);
        some.map(|(priority, count)| format!("{count} {priority}")).collect::<Vec<_>>().join(", ")
    };
    let all = size(found.open.values().sum::<i64>());
    let past_due = size(found.past_due);
    vec![
        figure("open incidents", "/queue?view=all", all, words(true), words(false)),
        plain("not acknowledged", "/queue?view=unacknowledged", size(found.unacknowledged)),
        Figure { red: past_due > 0, ..plain("past a target", "/queue?view=past_due", past_due) },
        plain("without owner", "/queue?view=unassigned", unowned),
        plain("waiting for them", "/queue?view=waiting", size(found.waiting)),
        plain("responders on duty", "/duty", found.on_duty.len()),
    ]
}

fn heat(found: &Figures, priority: Priority) -> HeatRow {
    let mut counts = [0; 6];
    for (count, urgency) in counts.iter_mut().zip(Urgency::ALL) {
        let cell = found.heat.iter().find(|cell| (cell.priority, cell.urgency) == (priority, *urgency));
        *count = cell.map_or(0, |cell| size(cell.count));
    }
    HeatRow::new(priority.number(), counts, |urgency| format!("/queue?view=all&priority={priority}&urgency=U{urgency}"))
}

fn on_duty(shift: &hub::duty::Shift, loads: &[Load], times: &Times, now: Ts) -> OnDuty {
    let (rooms, p1) = rooms(loads, shift.person);
    OnDuty {
        name: shift.name.clone(),
        role: shift.role.parse::<Role>().map_or_else(|_| shift.role.clone(), |role| role.label().to_owned()),
        rooms,
        p1,
        until: until(shift, times, now),
    }
}

/// How many open incidents somebody has, and how many of them are P1.
pub(crate) fn rooms(loads: &[Load], person: i64) -> (usize, usize) {
    let own = || loads.iter().filter(|load| load.of == person);
    let p1 = own().filter(|load| load.priority == Priority::P1).map(|load| size(load.count)).sum();
    (own().map(|load| size(load.count)).sum(), p1)
}

/// "until 10:00 UTC".
pub(crate) fn until(shift: &hub::duty::Shift, times: &Times, now: Ts) -> String {
    if shift.over {
        return format!("over since {} UTC", times.moment(shift.from.timestamp(), now.timestamp()));
    }
    format!("until {} UTC", times.moment(shift.to.timestamp(), now.timestamp()))
}

/// The elections ahead, running or being counted, the nearest first, and the lanes of the chart.
async fn elections(hub: &Hub, viewer: &Viewer, now: Ts) -> hub::Result<(Vec<Ahead>, Vec<Lane>)> {
    let all = hub.elections().await?.into_iter().map(|election| {
        let stands = hub::election::phase(&election, now);
        (election, stands)
    });
    let mut all: Vec<(Arc<Election>, hub::election::Phase)> =
        all.filter(|(_, stands)| stands.code != "over" && stands.days_to_election.is_some()).collect();
    all.sort_by_key(|(election, stands)| (rank(stands), election.authority_name.clone()));
    all.truncate(AHEAD);
    let loads = open_by_authority(hub, viewer).await?;
    let keys: HashMap<String, i64> =
        all_authorities(hub, viewer).await?.into_iter().map(|one| (one.slug, one.id)).collect();
    let open = |election: &Election| keys.get(&election.authority).map(|id| open_of(&loads, *id)).unwrap_or_default();
    let lane = |(election, _): &(Arc<Election>, hub::election::Phase)| Lane {
        name: election.authority_name.clone(),
        p1: open(election).0.first() == Some(&Priority::P1),
        periods: periods(election),
    };
    let lanes = all.iter().take(LANES).map(lane).collect();
    let row = |(election, stands): (Arc<Election>, hub::election::Phase)| Ahead {
        authority: election.authority_name.clone(),
        slug: election.authority.clone(),
        phase: Phase::new(&stands, now),
        election: election.name.clone(),
        id: election.id.clone(),
        day: day_and_hours(&election, now).0,
        open: open(&election),
    };
    Ok((all.into_iter().map(row).collect(), lanes))
}

/// What lasts of an election: its polls, then the count and the canvass, as far as they are set.
fn periods(election: &Election) -> Vec<Period> {
    let instant = |at, zone: Option<&String>| {
        let zone = calendar::zone(election.zone_of(zone))?;
        Some(calendar::instant(at, &zone))
    };
    let mut periods = Vec::new();
    let mut closes: Option<Ts> = None;
    for window in election.windows.iter().filter(|window| window.kind.is_polling()) {
        let zone = window.zone.as_ref();
        let (Some(from), Some(to)) = (instant(window.opens, zone), instant(window.closes, zone)) else { continue };
        let kind = if window.kind == WindowKind::ElectionDay { Kind::Day } else { Kind::Early };
        closes = closes.max(Some(to));
        periods.push(Period { kind, from: from.timestamp(), to: to.timestamp() });
    }
    let latest = |kind| {
        let of_kind = election.milestones.iter().filter(|milestone| milestone.kind == kind);
        of_kind.filter_map(|milestone| instant(milestone.at, milestone.zone.as_ref())).max()
    };
    if let Some(closes) = closes {
        let day = closes.plus(SignedDuration::from_hours(24));
        let counted = latest(MilestoneKind::ResultsComplete).map_or(day, |complete| complete.max(day));
        periods.push(Period { kind: Kind::Count, from: closes.timestamp(), to: counted.timestamp() });
        if let Some(certified) = latest(MilestoneKind::Certification).filter(|certified| *certified > counted) {
            periods.push(Period { kind: Kind::Canvass, from: counted.timestamp(), to: certified.timestamp() });
        }
    }
    periods
}
