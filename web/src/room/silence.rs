//! What an official is told whom nobody answers: plainly, and with what to do.

use hub::audit::{EventView as Event, Kind};
use hub::duty::Shift;
use hub::identity::{Role, Side};
use hub::time::Ts;

use super::view::Silence;
use crate::extract::Caller;
use crate::when::Times;

/// After how many seconds without any sign of a responder it is said.
const AFTER: i64 = 45;

/// What stands ready on an official's page, and whether it is time; none on a responder's.
pub(super) fn of(caller: &Caller, events: &[Event], duty: &[Shift], times: &Times) -> Option<Silence> {
    if caller.responds() {
        return None;
    }
    let now = caller.now.timestamp();
    let since = waiting(events).map(Ts::timestamp);
    let until = |shift: &Shift| match shift.over {
        true => format!("{}, until somebody takes over", shift.name),
        false => format!("{}, until {}", shift.name, times.moment(shift.to.timestamp(), now)),
    };
    let on_duty: Vec<String> = duty.iter().map(until).collect();
    Some(Silence {
        since: since.map(|since| (since, times.clock(since))),
        after: AFTER,
        shown: since.is_some_and(|since| now.duration_since(since).as_secs() >= AFTER),
        duty: match on_duty.as_slice() {
            [] => "Nobody is on duty at this hour.".to_owned(),
            all => format!("On duty: {}.", all.join("; ")),
        },
    })
}

/// Since when officials wait: the first of their messages after the last sign of a responder.
fn waiting(events: &[Event]) -> Option<Ts> {
    let mut since = None;
    for event in events {
        let Some(role) = event.by.as_ref().and_then(|by| by.role.parse::<Role>().ok()) else { continue };
        match role.side() {
            Side::Response => since = None,
            Side::Authority if event.kind == Kind::Message.code() => since = since.or(Some(event.at)),
            Side::Authority => {}
        }
    }
    since
}

#[cfg(test)]
mod tests {
    use hub::audit::By;
    use serde_json::json;

    use super::*;

    fn event(seq: i64, kind: &str, role: &str) -> Event {
        let (name, office, role) = ("N".to_owned(), "O".to_owned(), role.to_owned());
        Event {
            seq,
            kind: kind.to_owned(),
            at: Ts::from_millis(seq * 1_000),
            by: (role != "nobody").then_some(By { name, office, role }),
            text: None,
            data: json!({}),
            id: None,
            internal: false,
            actor: 1,
        }
    }

    #[test]
    fn an_official_waits_from_their_first_message_after_the_last_sign_of_a_responder() {
        let waits = |story: &[(&str, &str)]| {
            let events: Vec<Event> = (1..).zip(story).map(|(seq, (kind, role))| event(seq, kind, role)).collect();
            waiting(&events).map(|since| since.millis() / 1_000)
        };
        let filed = ("filed", "official");
        let (asks, answers) = (("message", "official_lead"), ("message", "responder"));
        assert_eq!(waits(&[filed]), None, "the first answer has a clock of its own");
        assert_eq!(waits(&[filed, asks, asks]), Some(2));
        assert_eq!(waits(&[filed, asks, ("priority", "nobody"), ("changed", "official")]), Some(2));
        for sign in [answers, ("acknowledged", "shift_lead"), ("claimed", "responder"), ("changed", "supervisor")] {
            assert_eq!(waits(&[filed, asks, sign]), None);
            assert_eq!(waits(&[filed, asks, sign, asks]), Some(4));
        }
    }
}
