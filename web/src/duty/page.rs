//! `/duty`: who is on, who comes next, where nobody is, and a form for one more shift. Hours are UTC: the response team
//! sits in many zones.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::Hub;
use hub::duty::{NewShift, Shift as Stored, add_shift, on_duty, responders, shifts};
use hub::identity::{Right, Role, Viewer};
use hub::incident::open_by_owner;
use hub::time::Ts;
use jiff::tz::TimeZone;

use super::view::{Day, Duty, OnDuty, Shift, ShiftForm};
use crate::answer::see_other;
use crate::app::App;
use crate::dashboard::{rooms, until};
use crate::error::Failure;
use crate::extract::{Caller, Filled, Sent};
use crate::face::{Choice, Problem};
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::{Typed, civil};
use crate::when::Times;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const SHIFT: &str = r#"{"person": "rosa@hub.example", "from": "2030-01-01T08:00", "to": "2030-01-01T16:00"}"#;
    table.get("/duty", Access::Roles(Right::SeeQueue.roles()), Sample::NONE, show).post(
        "/duty",
        Access::Roles(Right::EditDuty.roles()),
        Sample::NONE.with(SHIFT),
        add,
    )
}

async fn show(app: App, theme: Theme, caller: Caller) -> Result<Response, Failure> {
    Ok(Page::ok(page(&app, theme, &caller, Typed::default()).await?).into_response())
}

async fn add(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let new = NewShift {
        person: form.text("person").to_owned(),
        from: utc(form.text("from")),
        to: utc(form.text("to")),
        ..NewShift::default()
    };
    match add_shift(app.hub(), &caller.actor(), &new).await {
        Ok(_) => Ok(see_other("/duty")),
        Err(error) => {
            let problems = Failure::from(error).problems()?;
            let typed = typed(&form, problems);
            let page = page(&app, theme, &caller, typed).await?;
            Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn typed(form: &Filled, problems: hub::Problems) -> Typed {
    let told = problems.0.into_iter().map(|problem| {
        let words = match problem.field.as_str() {
            "from" | "to" if problem.message.starts_with("Give an instant") => {
                "Give a day and a time, in UTC.".to_owned()
            }
            "person" => "Choose who is on it.".to_owned(),
            _ => problem.message,
        };
        Problem { field: problem.field, words }
    });
    Typed::new(form.pairs().iter().cloned(), told.collect())
}

/// A time as it was typed, without a zone, as the instant in UTC that the page asks for.
fn utc(typed: &str) -> String {
    let typed = civil(typed);
    if typed.len() == "2026-10-28T18:00:00".len() { format!("{typed}Z") } else { typed }
}

async fn page(app: &App, theme: Theme, caller: &Caller, typed: Typed) -> Result<Duty, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let times = Times::utc(TimeZone::UTC);
    let all = shifts(hub, viewer, now).await?;
    Ok(Duty {
        shell: app.shell(Some(viewer), theme, "Duty", Place::Duty).await,
        now: on_now(hub, viewer, &times, now).await?,
        gaps: gaps(&all, now).into_iter().map(|(from, to)| gap(&times, from, to, now)).collect(),
        days: days(&all, &times, now),
        form: form(hub, viewer, typed).await?,
    })
}

/// Who is on duty, the shift lead first.
async fn on_now(hub: &Hub, viewer: &Viewer, times: &Times, now: Ts) -> hub::Result<Vec<OnDuty>> {
    let loads = open_by_owner(hub, viewer).await?;
    let mut on = on_duty(hub, now).await?;
    on.sort_by_key(|shift| shift.role != Role::ShiftLead.code());
    let show = |shift: Stored| OnDuty {
        role: label(&shift.role),
        tag: String::new(),
        rooms: rooms(&loads, shift.person).0,
        until: until(&shift, times, now),
        name: shift.name,
    };
    Ok(on.into_iter().map(show).collect())
}

fn label(code: &str) -> String {
    code.parse::<Role>().map_or_else(|_| code.to_owned(), |role| role.label().to_owned())
}

async fn form(hub: &Hub, viewer: &Viewer, typed: Typed) -> hub::Result<Option<ShiftForm>> {
    if !viewer.role().has(Right::EditDuty) {
        return Ok(None);
    }
    let mut people = vec![Choice::new("", "Choose")];
    people.extend(responders(hub).await?.into_iter().map(|person| Choice::new(person.email, person.name)));
    Ok(Some(ShiftForm { people, typed }))
}

/// Hours between now and the last shift in which nobody is on duty.
fn gaps(all: &[Stored], now: Ts) -> Vec<(Ts, Ts)> {
    let mut sorted: Vec<(Ts, Ts)> = all.iter().map(|shift| (shift.from, shift.to)).collect();
    sorted.sort();
    let mut covered = now;
    let mut gaps = Vec::new();
    for (from, to) in sorted {
        if from > covered {
            gaps.push((covered, from));
        }
        covered = covered.max(to);
    }
    gaps
}

/// "today, 19:00 to 21:00 UTC".
fn gap(times: &Times, from: Ts, to: Ts, now: Ts) -> String {
    let (day, hours) = (day(times, from, now), hours(times, from, to));
    if from == now { format!("Now, until {} UTC", hours.1) } else { format!("{day}, {} to {} UTC", hours.0, hours.1) }
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

/// "21:00" and "05:00 next day" or, after more than a day, "05:00 on Friday 30 October".
fn hours(times: &Times, from: Ts, to: Ts) -> (String, String) {
    let clock = times.clock(to.timestamp());
    let days = times.date(from.timestamp()).until(times.date(to.timestamp())).map_or(0, |span| span.get_days());
    let to = match days {
        0 => clock,
        1 => format!("{clock} next day"),
        _ => format!("{clock} on {}", times.day(to.timestamp(), from.timestamp())),
    };
    (times.clock(from.timestamp()), to)
}

fn days(all: &[Stored], times: &Times, now: Ts) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for shift in all {
        let name = day(times, shift.from, now);
        let (from, to) = hours(times, shift.from, shift.to);
        let running = shift.from <= now;
        let shown = Shift { from, to, name: shift.name.clone(), role: label(&shift.role), running };
        match days.last_mut().filter(|last| last.name == name) {
            Some(last) => last.shifts.push(shown),
            None => days.push(Day { name, shifts: vec![shown] }),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Ts {
        format!("2026-10-{text}:00Z").parse().unwrap()
    }

    fn shift(from: &str, to: &str) -> Stored {
        Stored {
            name: "Rosa Field".to_owned(),
            role: "responder".to_owned(),
            email: "rosa@hub.example".to_owned(),
            post: hub::duty::Post::Primary,
            from: at(from),
            to: at(to),
            over: false,
            person: 1,
            single: None,
            cover: None,
        }
    }

    #[test]
    fn a_gap_is_where_nobody_is() {
        let all = [
            shift("28T02:00", "28T10:00"),
            shift("28T09:00", "28T12:00"),
            shift("28T19:00", "29T05:00"),
            shift("28T13:00", "28T14:00"),
        ];
        let now = at("28T07:00");
        let found = gaps(&all, now);
        assert_eq!(found, [(at("28T12:00"), at("28T13:00")), (at("28T14:00"), at("28T19:00"))]);
        let times = Times::utc(TimeZone::UTC);
        assert_eq!(gap(&times, found[0].0, found[0].1, now), "Today, Wednesday 28 October, 12:00 to 13:00 UTC");
        assert_eq!(gap(&times, now, at("28T09:00"), now), "Now, until 09:00 UTC");
        assert!(gaps(&[], now).is_empty());
    }

    #[test]
    fn shifts_stand_by_the_day_on_which_they_begin() {
        let all = [shift("28T02:00", "28T10:00"), shift("28T21:00", "29T05:00"), shift("29T02:00", "29T10:00")];
        let days = days(&all, &Times::utc(TimeZone::UTC), at("28T07:00"));
        assert_eq!(days.iter().map(|day| day.shifts.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(days[0].shifts[1].to, "05:00 next day");
        assert!(days[0].shifts[0].running && !days[0].shifts[1].running);
    }

    #[test]
    fn what_is_typed_is_read_as_utc() {
        assert_eq!(utc("2026-10-28 18:00"), "2026-10-28T18:00:00Z");
        assert_eq!(utc("2026-10-28T18:00:05"), "2026-10-28T18:00:05Z");
        assert_eq!(utc(""), "");
    }
}
