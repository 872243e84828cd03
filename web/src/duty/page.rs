//! `/duty`: the week, who is on now, what was agreed, what is missing ahead. Hours are UTC: the response team sits in
//! many zones.

use std::collections::HashMap;

use axum::response::{IntoResponse, Response};
use hub::Hub;
use hub::duty::{
    CoverState, CoverView, HandoverView, LineView, Outlook, Post, Shift, between, covers, feeds, lines, next_behind,
    outlook, responders, shifts, team, waiting,
};
use hub::identity::{Right, Viewer};
use hub::incident::{Load, open_by_owner};
use hub::time::Ts;
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::view::{Ahead, AheadList, CoverRow, Duty, FeedRow, Forms, LineRow, Mine, OnDuty, SingleRow, Waiting, Week};
use super::week::{midnight, monday, week};
use crate::app::App;
use crate::dashboard::{rooms, until};
use crate::error::Failure;
use crate::extract::{Asked, Caller};
use crate::face::Choice;
use crate::page::{Page, Place};
use crate::theme::Theme;
use crate::typed::Typed;
use crate::when::Times;

/// So many lines of each kind of what is wrong ahead are shown.
const SHOWN: usize = 8;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    week: Option<String>,
}

pub(super) async fn show(app: App, theme: Theme, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let Query { week } = asked.read(&[])?;
    let day = week.and_then(|day| day.parse().ok());
    Ok(Page::ok(page(&app, theme, &caller, day, Typed::default()).await?).into_response())
}

pub(super) async fn page(
    app: &App,
    theme: Theme,
    caller: &Caller,
    day: Option<Date>,
    typed: Typed,
) -> Result<Duty, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let times = Times::utc(TimeZone::UTC);
    let on = team(hub, now).await?;
    let waits = waiting(hub, viewer, now).await?;
    let ahead = outlook(hub, viewer, now).await?;
    let feeds = feeds(hub, viewer).await?;
    let day_of = |at: Ts| times.day(at.timestamp(), now.timestamp());
    let feed = |name, code, since: Option<Ts>| FeedRow { name, code, since: since.map(day_of).unwrap_or_default() };
    Ok(Duty {
        shell: app.shell(Some(viewer), theme, "Duty", Place::Duty).await,
        alarms: alarms(hub, viewer, &times, now).await?,
        week: shown_week(hub, viewer, day, &times, now).await?,
        mine: mine(hub, viewer, &on, &times, now).await?,
        now: on_now(&on, &open_by_owner(hub, viewer).await?, &times, now),
        waiting: waits.iter().map(|one| wait(one, viewer, &times, now)).collect(),
        covers: covers(hub, viewer, now).await?.iter().map(|one| cover(one, viewer, &times, now)).collect(),
        ahead: look(&ahead, &times, now),
        lines: lines(hub, viewer).await?.into_iter().map(line).collect(),
        singles: singles(&shifts(hub, viewer, now).await?, &times, now),
        feeds: vec![feed("My shifts", "mine", feeds.own), feed("The whole rota", "all", feeds.whole)],
        forms: forms(hub, viewer).await?,
        typed,
    })
}

/// What is missing until this hour of tomorrow: by the same rules as further ahead.
async fn alarms(hub: &Hub, viewer: &Viewer, times: &Times, now: Ts) -> hub::Result<Vec<String>> {
    let tomorrow = now.plus(SignedDuration::from_hours(24));
    let all = between(hub, viewer, now, tomorrow).await?;
    let mut alarms = Vec::new();
    for post in [Post::Primary, Post::Lead] {
        let mut hours: Vec<(Ts, Ts)> =
            all.iter().filter(|one| one.post == post && !one.over).map(|one| (one.from, one.to)).collect();
        hours.sort();
        let mut covered = now;
        for (from, to) in hours.into_iter().chain([(tomorrow, tomorrow)]) {
            if from > covered {
                let name = post.label().to_lowercase();
                alarms.push(format!("nobody is {name}: {} UTC", span(times, covered, from.min(tomorrow), now)));
            }
            covered = covered.max(to);
        }
    }
    Ok(alarms)
}

async fn shown_week(hub: &Hub, viewer: &Viewer, day: Option<Date>, times: &Times, now: Ts) -> hub::Result<Week> {
    let first = monday(day.unwrap_or(times.date(now.timestamp())));
    let from = midnight(first);
    let all = between(hub, viewer, from, from.plus(SignedDuration::from_hours(24 * 7))).await?;
    let mut votes = HashMap::<Date, Vec<String>>::new();
    for election in hub.elections().await? {
        for window in election.windows.iter().filter(|window| window.kind.is_polling()) {
            let days = votes.entry(window.opens.date()).or_default();
            if !days.contains(&election.authority_name) {
                days.push(election.authority_name.clone());
            }
        }
    }
    let note = |day: Date| match votes.get(&day).map(Vec::as_slice) {
        None | Some([]) => ("no polls".to_owned(), false),
        Some([one]) => (format!("{one} votes"), true),
        Some(many) => (format!("{} vote", many.len()), true),
    };
    Ok(week(&all, first, now, note))
}

/// Everybody once, with all their posts. The first primary who has not run over is who the next page goes to.
fn on_now(on: &[Shift], loads: &[Load], times: &Times, now: Ts) -> Vec<OnDuty> {
    let mut people: Vec<(i64, OnDuty)> = Vec::new();
    for shift in on {
        let post = shift.post.label();
        if let Some((_, person)) = people.iter_mut().find(|(id, _)| *id == shift.person) {
            person.post.push_str(", ");
            person.post.push_str(&post.to_lowercase());
            continue;
        }
        let (rooms, p1) = rooms(loads, shift.person);
        let tag = match shift.post {
            Post::Primary => "next page",
            Post::Backup => "backup",
            _ => "",
        };
        let person = OnDuty {
            name: shift.name.clone(),
            post: post.to_owned(),
            tag: tag.to_owned(),
            rooms,
            p1,
            until: until(shift, times, now),
            over: shift.over,
        };
        people.push((shift.person, person));
    }
    people.into_iter().map(|(_, person)| person).collect()
}

async fn mine(hub: &Hub, viewer: &Viewer, on: &[Shift], times: &Times, now: Ts) -> hub::Result<Option<Mine>> {
    let Some(shift) = on.iter().find(|one| one.person == viewer.id()) else { return Ok(None) };
    let behind = next_behind(hub, viewer, now).await?;
    let shift = format!("{} {}", shift.post.label().to_lowercase(), until(shift, times, now));
    Ok(Some(Mine { behind, shift }))
}

fn wait(one: &HandoverView, viewer: &Viewer, times: &Times, now: Ts) -> Waiting {
    let ends = times.moment(one.ends.timestamp(), now.timestamp());
    let verb = if one.ends <= now { "ended" } else { "ends" };
    Waiting {
        href: format!("/duty/handovers/{}", one.id),
        who: format!("{} to {}", one.from.name, one.to.name),
        what: format!("{}, the shift {verb} {ends} UTC.", one.post.label()),
        yours: one.to.person == viewer.id(),
    }
}

fn cover(one: &CoverView, viewer: &Viewer, times: &Times, now: Ts) -> CoverRow {
    let me = viewer.id();
    let respond = viewer.role().has(Right::Respond);
    let edits = viewer.role().has(Right::EditDuty);
    let offered = one.state == CoverState::Offered;
    // A swap is answered as a whole, at its first half.
    let first = one.swap.is_none_or(|swap| swap == one.id);
    let by = match &one.by {
        Some(by) => format!("{by} for {}", one.whose),
        None => format!("{} is off", one.whose),
    };
    let swap = if one.swap.is_some() { ", half of a swap" } else { "" };
    CoverRow {
        action: format!("/duty/covers/{}", one.id),
        hours: span(times, one.from, one.to, now),
        who: format!("{by}{swap}, by {}", one.made_by),
        state: one.state.label(),
        answer: respond && first && offered && (edits || one.keys.1 == Some(me)),
        withdraw: respond && first && one.may_withdraw(viewer),
    }
}

fn line(one: LineView) -> LineRow {
    let people = one.people.join(", ");
    let turns = if one.people.len() > 1 { format!("{people} {}", one.turn.label()) } else { people };
    LineRow {
        action: format!("/duty/lines/{}", one.id),
        post: one.post.label(),
        hours: format!("{}, {} to {}", one.days, one.from, one.to),
        zone: one.zone,
        people: turns,
        dates: match one.until {
            Some(until) => format!("{} to {until}", one.since),
            None => format!("since {}", one.since),
        },
    }
}

fn singles(all: &[Shift], times: &Times, now: Ts) -> Vec<SingleRow> {
    let mut rows: Vec<(i64, SingleRow)> = Vec::new();
    for one in all.iter().filter(|one| !one.over) {
        let Some(id) = one.single.filter(|id| rows.iter().all(|(known, _)| known != id)) else { continue };
        let row = SingleRow {
            action: format!("/duty/shifts/{id}"),
            hours: span(times, one.from, one.to, now),
            who: format!("{}, {}", one.name, one.post.label().to_lowercase()),
        };
        rows.push((id, row));
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

fn look(found: &Outlook, times: &Times, now: Ts) -> Ahead {
    let day = |at: Ts| times.day(at.timestamp(), now.timestamp());
    let what = match &found.election {
        Some((name, authority)) => format!("{name}, {authority}"),
        None => "no election is ahead".to_owned(),
    };
    let list = |name, lines: Vec<String>| {
        let more = lines.len().saturating_sub(SHOWN);
        (!lines.is_empty()).then(|| AheadList { name, lines: lines.into_iter().take(SHOWN).collect(), more })
    };
    let hours = |from: Ts, to: Ts| span(times, from, to, now);
    let gaps = found.gaps.iter().map(|(post, from, to)| format!("{}: {}", post.label(), hours(*from, *to)));
    let person = |(name, from, to): &(String, Ts, Ts)| format!("{name}: {}", hours(*from, *to));
    Ahead {
        period: format!("From {} to {}: {what}.", day(found.from), day(found.to)),
        lists: [
            list("Nobody on a post", gaps.collect()),
            list("One person alone", found.alone.iter().map(person).collect()),
            list("More than 12 hours at a stretch", found.long.iter().map(person).collect()),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }
}

async fn forms(hub: &Hub, viewer: &Viewer) -> hub::Result<Option<Forms>> {
    if !viewer.role().has(Right::Respond) {
        return Ok(None);
    }
    let mut people = vec![Choice::new("", "Choose")];
    people.extend(responders(hub).await?.into_iter().map(|person| Choice::new(person.email, person.name)));
    Ok(Some(Forms::of(people, viewer.role().has(Right::EditDuty))))
}

impl Forms {
    /// For these people.
    pub(super) fn of(people: Vec<Choice>, edits: bool) -> Self {
        let only_posts: Vec<Choice> = Post::ALL.iter().map(|post| Choice::new(post.code(), post.label())).collect();
        let mut posts = vec![Choice::new("", "That of their role")];
        posts.extend(only_posts.iter().cloned());
        Self {
            people,
            posts,
            only_posts,
            turns: hub::duty::Turn::ALL.iter().map(|turn| Choice::new(turn.code(), turn.label())).collect(),
            days: hub::duty::Day::ALL.iter().map(|day| Choice::new(day.code(), day.label())).collect(),
            edits,
        }
    }

    /// What it means that nobody is chosen to come in.
    pub(crate) fn by_hint(&self) -> &'static str {
        if self.edits { "Nobody where you choose nobody: they are off" } else { "It counts once they accept" }
    }
}

impl Duty {
    /// Whether the reader edits the rota.
    pub(crate) fn edits(&self) -> bool {
        self.forms.as_ref().is_some_and(|forms| forms.edits)
    }
}

/// "Today, Wednesday 28 October, 19:00 to 21:00", "now until 21:00".
pub(super) fn span(times: &Times, from: Ts, to: Ts, now: Ts) -> String {
    let (begins, ends) = (times.date(from.timestamp()), times.date(to.timestamp()));
    let clock = times.clock(to.timestamp());
    let end = match begins.until(ends).map_or(0, |span| span.get_days()) {
        0 => clock,
        1 => format!("{clock} next day"),
        _ => format!("{clock} on {}", times.day(to.timestamp(), now.timestamp())),
    };
    if from == now {
        format!("now until {end}")
    } else {
        format!("{}, {} to {end}", day(times, from, now), times.clock(from.timestamp()))
    }
}

/// "Today, Wednesday 28 October".
fn day(times: &Times, at: Ts, now: Ts) -> String {
    let day = times.day(at.timestamp(), now.timestamp());
    let (date, today) = (times.date(at.timestamp()), times.date(now.timestamp()));
    match today.until(date).map(|span| span.get_days()) {
        Ok(0) => format!("Today, {day}"),
        Ok(1) => format!("Tomorrow, {day}"),
        Ok(-1) => format!("Yesterday, {day}"),
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_said_from_where_the_reader_stands() {
        let at = |text: &str| format!("2026-10-{text}:00Z").parse::<Ts>().unwrap();
        let times = Times::utc(TimeZone::UTC);
        let now = at("28T07:00");
        let said = |from: &str, to: &str| span(&times, at(from), at(to), now);
        assert_eq!(said("28T12:00", "28T13:00"), "Today, Wednesday 28 October, 12:00 to 13:00");
        assert_eq!(said("28T07:00", "28T09:00"), "now until 09:00");
        assert_eq!(said("29T21:00", "30T05:00"), "Tomorrow, Thursday 29 October, 21:00 to 05:00 next day");
        assert_eq!(said("30T21:00", "31T23:00"), "Friday 30 October, 21:00 to 23:00 next day");
    }
}
