//! What a change makes of an election, and when it needs a second person. Pure.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

use super::super::check::limits;
use super::super::commands::{CIVIL, checked, civil, sound};
use super::super::{Election, MilestoneKind, Standing, Window, WindowKind, calendar};
use super::{Change, Extend, Stand};
use crate::error::{Error, Refusal, Result};
use crate::time::Ts;

/// So many local days before the first opening of its polls a calendar is changed by two.
const GUARDED_DAYS: i64 = 14;
/// So near to the close of polls one person may extend it, and the second one comes afterwards.
const NEAR_CLOSE: SignedDuration = SignedDuration::from_hours(2);
/// So much later than it was one person may let it be.
const AT_ONCE: SignedDuration = SignedDuration::from_hours(12);
/// A count takes a day at least.
const COUNT: SignedDuration = SignedDuration::from_hours(24);

/// What `change` makes of an election at `now`. `before` is what the change that is taken back found.
pub(crate) fn apply(change: &Change, old: &Stand, before: Option<Stand>, now: Ts) -> Result<Stand> {
    match change {
        Change::Undone { .. } => before.ok_or_else(|| unlawful("There is no change of it that can be taken back.")),
        Change::Annulled if old.standing == Standing::Annulled => Err(unlawful("It is annulled already.")),
        Change::Annulled => Ok(Stand { standing: Standing::Annulled, ..old.clone() }),
        _ if old.standing == Standing::Annulled => {
            Err(unlawful("It was annulled, so its days do not count; take the annulment back first."))
        }
        Change::Changed(body) => {
            if body.authority.as_ref().is_some_and(|slug| *slug != old.election.authority) {
                let sentence = "An election stays with its authority; make another one there.";
                return Err(Error::invalid("authority", sentence));
            }
            let election = checked(&old.election, body, now)?;
            // Whoever gives it days gives it a place in time again.
            let standing = if body.windows.is_some() { Standing::Held } else { old.standing };
            let runoff_of = body.runoff_of.clone().or_else(|| old.runoff_of.clone()).filter(|id| !id.is_empty());
            Ok(Stand { election, standing, runoff_of })
        }
        Change::Extended(extend) => {
            let mut new = old.clone();
            let window = new.election.windows.iter_mut().find(|window| window.id == extend.window);
            let window = window.ok_or_else(|| Error::invalid("window", "Name a window of this election by its id."))?;
            let closes = civil(&extend.closes).ok_or_else(|| Error::invalid("closes", CIVIL))?;
            if closes <= window.closes {
                let was = window.closes;
                let sentence = format!("It closes at {was}: give a later time, or change the election.");
                return Err(Error::invalid("closes", sentence));
            }
            if old.standing == Standing::Postponed {
                return Err(unlawful("It is postponed and has no day; give it one first."));
            }
            window.closes = closes;
            limited("closes", &old.election, &new.election, now)?;
            new.election = sound(&old.election, new.election, now)?;
            Ok(new)
        }
        Change::Postponed { to: None } if old.standing == Standing::Postponed => {
            Err(unlawful("It is postponed already."))
        }
        Change::Postponed { to: None } => Ok(Stand { standing: Standing::Postponed, ..old.clone() }),
        Change::Postponed { to: Some(to) } => put_off(old, to, now),
    }
}

fn unlawful(sentence: &str) -> Error {
    Refusal::Unlawful(sentence.to_owned()).into()
}

/// What goes beyond what is kept, told at the one field that was sent.
fn limited(field: &str, old: &Election, new: &Election, now: Ts) -> Result<()> {
    let first = limits(old, new, now).into_iter().next();
    first.map_or(Ok(()), |(_, sentence)| Err(Error::invalid(field, sentence)))
}

/// The day of an election: that of its first `election_day` window, else of its first polling window.
pub fn day_of(election: &Election) -> Option<Date> {
    let polling = || election.windows.iter().filter(|window| window.kind.is_polling());
    let day = polling().filter(|window| window.kind == WindowKind::ElectionDay).map(|window| window.opens).min();
    day.or_else(|| polling().map(|window| window.opens).min()).map(|opens| opens.date())
}

/// Everything that is not over moves by as many days as the day itself does, hours staying hours.
fn put_off(old: &Stand, to: &str, now: Ts) -> Result<Stand> {
    let to: Date = to.trim().parse().map_err(|_| Error::invalid("to", "Give the new day as 2026-11-10."))?;
    let day =
        day_of(&old.election).ok_or_else(|| unlawful("It has no polling window yet; give it its days instead."))?;
    let days = day.until(to).map_or(0, |span| span.get_days());
    if days <= 0 {
        let sentence = format!("It is on {day}: give a later day, or edit the calendar.");
        return Err(Error::invalid("to", sentence));
    }
    let mut new = Stand { standing: Standing::Held, ..old.clone() };
    let election = &old.election;
    let ahead = |at, own: Option<&String>| {
        calendar::zone(election.zone_of(own)).is_some_and(|zone| calendar::instant(at, &zone) > now)
    };
    for window in new.election.windows.iter_mut().filter(|window| ahead(window.closes, window.zone.as_ref())) {
        (window.opens, window.closes) =
            (window.opens.saturating_add(days.days()), window.closes.saturating_add(days.days()));
    }
    for milestone in new.election.milestones.iter_mut().filter(|one| ahead(one.at, one.zone.as_ref())) {
        milestone.at = milestone.at.saturating_add(days.days());
    }
    limited("to", &old.election, &new.election, now)?;
    new.election = sound(&old.election, new.election, now)?;
    Ok(new)
}

/// Whether a change moves anything that incidents are assessed by. A name, a link to a first round, a note do not.
pub(crate) fn moves_time(old: &Stand, new: &Stand) -> bool {
    let (before, after) = (&old.election, &new.election);
    old.standing != new.standing
        || (&before.windows, &before.milestones, &before.zone) != (&after.windows, &after.milestones, &after.zone)
}

/// Opening and close of a window.
fn span(election: &Election, window: &Window) -> Option<(Ts, Ts)> {
    let zone = calendar::zone(election.zone_of(window.zone.as_ref()))?;
    Some((calendar::instant(window.opens, &zone), calendar::instant(window.closes, &zone)))
}

/// From when to when a calendar is changed by two: from local midnight fourteen days before the first opening of its
/// polls until its certification, or where there is none until its count has ended. None without polls.
pub fn guarded_span(election: &Election) -> Option<(Ts, Ts)> {
    let polling = || election.windows.iter().filter(|window| window.kind.is_polling());
    let first =
        polling().filter_map(|window| Some((span(election, window)?.0, window))).min_by_key(|(opens, _)| *opens);
    let (opens, window) = first?;
    let zone = calendar::zone(election.zone_of(window.zone.as_ref()))?;
    let from = calendar::midnight(calendar::day(opens, &zone), GUARDED_DAYS, &zone);
    let last = polling().filter_map(|window| span(election, window)).map(|(_, closes)| closes).max()?;
    let latest = |kind: MilestoneKind| {
        let of_kind = election.milestones.iter().filter(|milestone| milestone.kind == kind);
        let instants = of_kind.filter_map(|one| {
            let zone = calendar::zone(election.zone_of(one.zone.as_ref()))?;
            Some(calendar::instant(one.at, &zone))
        });
        instants.max()
    };
    let sessions = election.windows.iter().filter(|window| window.kind == WindowKind::CountingSession);
    let sessions = sessions.filter_map(|window| span(election, window)).map(|(_, closes)| closes);
    let counted = latest(MilestoneKind::ResultsComplete).or_else(|| sessions.filter(|closes| *closes > last).max());
    let counted = counted.unwrap_or(last).max(last.plus(COUNT));
    Some((from, latest(MilestoneKind::Certification).map_or(counted, |at| at.max(counted))))
}

/// Whether a change of this calendar needs a second person at `now`.
pub fn is_guarded(election: &Election, now: Ts) -> bool {
    guarded_span(election).is_some_and(|(from, until)| from <= now && now < until)
}

/// Whether a close cannot wait for a second person: the polls of this window are open, or close or closed within two
/// hours; and it moves by no more than half a day.
pub fn cannot_wait(election: &Election, extend: &Extend, now: Ts) -> bool {
    let window = election.windows.iter().find(|one| one.kind.is_polling() && one.id == extend.window);
    let Some((window, closes)) = window.zip(civil(&extend.closes)) else { return false };
    let moved = Window { closes, ..window.clone() };
    let Some(((opens, was), (_, is))) = span(election, window).zip(span(election, &moved)) else { return false };
    let near = (opens <= now && now < was) || was.since(now).abs() <= NEAR_CLOSE;
    near && is.since(was) <= AT_ONCE
}
