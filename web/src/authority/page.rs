//! `/authorities` and `/authorities/{slug}`. Officials know of their own authority and of no other: for them the list
//! leads there, and whatever else they ask for does not exist.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use hub::Hub;
use hub::authority::AuthorityView;
use hub::election::{Election, WindowKind, calendar};
use hub::escalation::Priority;
use hub::identity::{Reach, Right, Role, Side, Viewer, people_of};
use hub::incident::{Filter, IncidentView, Load};
use hub::store::Page as Cut;
use hub::time::Ts;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::view::{Authorities, Authority, ElectionLine, IncidentLine, Link, Listed, Person};
use crate::answer::see_other;
use crate::app::App;
use crate::election::phase::{Phase, nearest, rank};
use crate::error::Failure;
use crate::extract::{Asked, Caller, Params};
use crate::face::Fact;
use crate::incident::tell;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::when::{self, Times};

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const ALDER: Sample = Sample::of(&[("slug", "alder")]);
    table.get("/authorities", Access::SignedIn, Sample::NONE, list).get(
        "/authorities/{slug}",
        Access::SignedIn,
        ALDER,
        one,
    )
}

/// Every authority that the viewer may know of, by slug.
///
/// # Errors
/// If the database does not answer.
pub async fn all_authorities(hub: &Hub, viewer: &Viewer) -> hub::Result<Vec<AuthorityView>> {
    let mut all = Vec::new();
    let mut cut = Cut::first(200);
    loop {
        let page = hub::authority::list(hub, viewer, &cut).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => cut.cursor = Some(next),
            None => return Ok(all),
        }
    }
}

/// How many priorities stand in a row of a list; more are a number.
const SHOWN: usize = 6;

/// The open incidents of one authority or person, the most urgent first, as many as a row has room for, and how many
/// more there are.
pub(crate) fn open_of(loads: &[Load], of: i64) -> (Vec<Priority>, usize) {
    let own = loads.iter().filter(|load| load.of == of);
    let all: Vec<Priority> = own.flat_map(|load| (0..load.count.max(0)).map(|_| load.priority)).collect();
    let more = all.len().saturating_sub(SHOWN);
    (all.into_iter().take(SHOWN).collect(), more)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    q: Option<String>,
}

async fn list(app: App, theme: Theme, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let mut all = all_authorities(hub, viewer).await?;
    if viewer.side() == Side::Authority {
        let own = all.first().ok_or(Failure::NOT_FOUND)?;
        return Ok(see_other(&format!("/authorities/{}", own.slug)));
    }
    let Query { q } = asked.read(&[])?;
    let q = q.unwrap_or_default();
    let wanted = q.trim().to_lowercase();
    if wanted.is_empty() {
        all = tree(all);
    } else {
        all.retain(|one| one.name.to_lowercase().contains(&wanted) || one.code.to_lowercase() == wanted);
        all.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let reads = *viewer.reach() != Reach::None;
    let loads = if reads { hub::incident::open_by_authority(hub, viewer).await? } else { Vec::new() };
    let depths = if wanted.is_empty() { depths(&all) } else { HashMap::new() };
    let mut rows = Vec::with_capacity(all.len());
    for one in all {
        let elections = hub.elections_of(one.id).await?;
        rows.push(Listed {
            phase: nearest(&elections, None, now).map(|(_, phase)| phase),
            open: reads.then(|| open_of(&loads, one.id)),
            depth: depths.get(&one.slug).copied().unwrap_or_default(),
            slug: one.slug,
            name: one.name,
            code: one.code,
            zone: one.zone,
        });
    }
    let shell = app.shell(Some(viewer), theme, "Authorities", Place::Authorities).await;
    Ok(Page::ok(Authorities { shell, rows, q, may_add: false }).into_response())
}

/// Parents before their children, both by name. Whose parent is not among them stands at the root.
fn tree(all: Vec<AuthorityView>) -> Vec<AuthorityView> {
    let slugs: Vec<String> = all.iter().map(|one| one.slug.clone()).collect();
    let mut below: BTreeMap<Option<String>, Vec<AuthorityView>> = BTreeMap::new();
    for one in all {
        let parent = one.parent.clone().filter(|parent| slugs.contains(parent));
        below.entry(parent).or_default().push(one);
    }
    for children in below.values_mut() {
        // Taken from the end.
        children.sort_by(|a, b| b.name.cmp(&a.name));
    }
    let mut rows = Vec::new();
    let mut open = below.remove(&None).unwrap_or_default();
    while let Some(one) = open.pop() {
        open.extend(below.remove(&Some(one.slug.clone())).unwrap_or_default());
        rows.push(one);
    }
    // A ring that was made by hand hangs on no root; its members are shown all the same.
    rows.extend(below.into_values().flatten());
    rows
}

/// How deep each stands, 2 at most: what is below that is no narrower on the page.
fn depths(tree: &[AuthorityView]) -> HashMap<String, usize> {
    let mut depths = HashMap::new();
    for one in tree {
        let above = one.parent.as_ref().and_then(|parent| depths.get(parent));
        let depth = above.map_or(0, |above: &usize| (above + 1).min(2));
        depths.insert(one.slug.clone(), depth);
    }
    depths
}

async fn one(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let authority = hub::authority::get(hub, viewer, params.text("slug")).await?;
    let zone = calendar::zone(&authority.zone).unwrap_or(TimeZone::UTC);
    let there = Times::local(zone.clone());
    let times = if caller.responds() { Times::utc(zone.clone()) } else { there.clone() };
    let elections = hub.elections_of(authority.id).await?;
    let (parent, children) = relatives(hub, viewer, &authority).await?;
    let people = people_of(&hub.db, viewer, authority.id).await?;
    let shell = app.shell(Some(viewer), theme, authority.name.clone(), Place::Authorities).await;
    Ok(Page::ok(Authority {
        shell,
        parent,
        children,
        phase: nearest(&elections, None, now).map(|(_, phase)| phase),
        there: (there.clock(now.timestamp()), there.offset(now.timestamp())),
        facts: facts(&authority, &zone, now),
        elections: lines(&elections, now),
        incidents: incidents(hub, viewer, &authority, &times, now).await?,
        people: Some(leads_first(people)),
        night_number: None,
        file: file(viewer, &authority),
        slug: authority.slug,
        code: authority.code,
    })
    .into_response())
}

/// Those who lead first: they are rung first.
fn leads_first(mut people: Vec<hub::identity::Person>) -> Vec<Person> {
    people.sort_by_key(|person| person.role != Role::OfficialLead);
    let show = |person: hub::identity::Person| Person {
        name: person.name,
        role: person.role.label().to_owned(),
        leads: person.role == Role::OfficialLead,
        reach: person.email,
    };
    people.into_iter().map(show).collect()
}

/// The authority above and those below, of those that the viewer may know.
async fn relatives(hub: &Hub, viewer: &Viewer, one: &AuthorityView) -> hub::Result<(Option<Link>, Vec<Link>)> {
    let link = |other: AuthorityView| Link { href: format!("/authorities/{}", other.slug), label: other.name };
    let all = all_authorities(hub, viewer).await?;
    let (mut above, mut below) = (None, Vec::new());
    for other in all {
        if other.parent.as_deref() == Some(&one.slug) {
            below.push(link(other));
        } else if one.parent.as_deref() == Some(&other.slug) {
            above = Some(link(other));
        }
    }
    Ok((above, below))
}

fn facts(authority: &AuthorityView, zone: &TimeZone, now: Ts) -> Vec<Fact> {
    let next = zone.following(now.timestamp()).next();
    let change = next.filter(|next| next.timestamp().duration_since(now.timestamp()).as_hours() < 24 * 60);
    let zone_words = match change {
        Some(next) => {
            let now_offset = zone.to_offset(now.timestamp()).seconds();
            let way = if next.offset().seconds() < now_offset { "back" } else { "forward" };
            let day = next.timestamp().to_zoned(zone.clone()).strftime("%-d %B").to_string();
            format!("{}, clocks go {way} on {day}", authority.zone)
        }
        None => authority.zone.clone(),
    };
    vec![Fact::new("Zone", zone_words)]
}

/// Its own elections and those above that it votes in, the nearest first.
fn lines(elections: &[Arc<Election>], now: Ts) -> Vec<ElectionLine> {
    let mut all: Vec<_> = elections.iter().map(|election| (election, hub::election::phase(election, now))).collect();
    all.sort_by_key(|(_, phase)| rank(phase));
    let line = |(election, phase): (&Arc<Election>, hub::election::Phase)| ElectionLine {
        id: election.id.clone(),
        name: election.name.clone(),
        when: when_words(election, now),
        phase: Phase::new(&phase, now),
    };
    all.into_iter().map(line).collect()
}

/// "Tuesday 3 November, 06:30 to 19:30 EST": the first day of its polls.
pub(crate) fn when_words(election: &Election, now: Ts) -> String {
    let (day, hours) = day_and_hours(election, now);
    if hours.is_empty() { day } else { format!("{day}, {hours}") }
}

/// "Tuesday 3 November" and "06:30 to 19:30 EST", in civil time; nothing where no polls are set.
pub(crate) fn day_and_hours(election: &Election, now: Ts) -> (String, String) {
    let day = || election.windows.iter().filter(|window| window.kind == WindowKind::ElectionDay);
    let polls = || election.windows.iter().filter(|window| window.kind.is_polling());
    let first = day().min_by_key(|window| window.opens).or_else(|| polls().min_by_key(|window| window.opens));
    let Some(window) = first else { return ("no polls are set".to_owned(), String::new()) };
    let zone = calendar::zone(election.zone_of(window.zone.as_ref())).unwrap_or(TimeZone::UTC);
    let closes = Times::local(zone.clone()).civil(calendar::instant(window.closes, &zone).timestamp());
    // A close on another day than the opening is said, or it reads as if it came before.
    let later = window.closes.date() != window.opens.date();
    let closes = if later { format!("{} {closes}", window.closes.strftime("%a")) } else { closes };
    let year = now.timestamp().to_zoned(zone).year();
    (when::date(window.opens.date(), year), format!("{} to {closes}", window.opens.strftime("%H:%M")))
}

/// Its open incidents in queue order; none for who reads no incident.
async fn incidents(
    hub: &Hub,
    viewer: &Viewer,
    authority: &AuthorityView,
    times: &Times,
    now: Ts,
) -> hub::Result<Option<Vec<IncidentLine>>> {
    if *viewer.reach() == Reach::None {
        return Ok(None);
    }
    let filter = Filter { authority: Some(authority.slug.clone()), ..Filter::default() };
    let cut = Cut::first(200);
    let open = hub::incident::list(hub, viewer, &filter, &cut, now).await?;
    let line = |incident: IncidentView| IncidentLine {
        status: tell::status(&incident, viewer.side() == Side::Response),
        owner: incident.owner.map(|owner| owner.name),
        opened: times.moment(incident.opened_at.timestamp(), now.timestamp()),
        reference: incident.reference,
        title: incident.title,
        priority: incident.priority,
    };
    Ok(Some(open.items.into_iter().map(line).collect()))
}

/// Where an incident is filed from here.
fn file(viewer: &Viewer, authority: &AuthorityView) -> Option<Link> {
    let href = format!("/incidents/new?authority={}", authority.slug);
    match viewer.role() {
        role if !role.has(Right::File) => None,
        Role::Official | Role::OfficialLead => {
            Some(Link { href: "/incidents/new".to_owned(), label: "Report an incident".to_owned() })
        }
        _ => Some(Link { href, label: "File for them".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(slug: &str, parent: Option<&str>) -> AuthorityView {
        AuthorityView {
            id: 1,
            slug: slug.to_owned(),
            code: slug.to_uppercase(),
            name: slug.to_owned(),
            parent: parent.map(str::to_owned),
            zone: "UTC".to_owned(),
        }
    }

    #[test]
    fn children_stand_under_their_parents() {
        let all = vec![
            authority("zoe", Some("franklin")),
            authority("alder", Some("franklin")),
            authority("meridia", None),
            authority("franklin", None),
            authority("ward", Some("alder")),
            authority("orphan", Some("nobody")),
        ];
        let rows = tree(all);
        let depth = depths(&rows);
        let shown: Vec<_> = rows.iter().map(|row| (row.slug.as_str(), depth[&row.slug])).collect();
        let wanted = [("franklin", 0), ("alder", 1), ("ward", 2), ("zoe", 1), ("meridia", 0), ("orphan", 0)];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn a_row_shows_six_and_counts_the_rest() {
        let load = |of, priority, count| Load { of, priority, count };
        let loads = [load(1, Priority::P1, 2), load(2, Priority::P1, 9), load(1, Priority::P3, 7)];
        let (shown, more) = open_of(&loads, 1);
        assert_eq!((shown.len(), shown[2], more), (6, Priority::P3, 3));
        assert_eq!(open_of(&loads, 3), (Vec::new(), 0));
    }
}
