//! The calendar that a programme elsewhere reads: names and hours, and nothing of an incident. Its address holds a
//! secret; the database holds the secret's hash.

use jiff::SignedDuration;

use super::team::{Shift, shown};
use super::{queries, row};
use crate::error::Result;
use crate::hub::Hub;
use crate::id;
use crate::identity::{Actor, Right, Viewer};
use crate::time::Ts;

/// How far back a calendar goes.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How far ahead.
const FORTH: SignedDuration = SignedDuration::from_hours(24 * 56);

/// Which addresses of a person's are good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feeds {
    /// Since when there is one of their own shifts.
    pub own: Option<Ts>,
    /// Since when there is one of everybody's.
    pub whole: Option<Ts>,
}

/// The addresses of the viewer that are good.
///
/// # Errors
/// If the database does not answer.
pub async fn feeds(hub: &Hub, viewer: &Viewer) -> Result<Feeds> {
    let rows = hub.db.read(viewer).instance::<row::feed::Entity>().filter(row::feed::of(viewer.id())).all().await?;
    let since = |whole| rows.iter().filter(|row| row.whole == whole).map(|row| row.created_at).max();
    Ok(Feeds { own: since(false), whole: since(true) })
}

/// Makes an address, of the actor's own shifts or of the whole rota. The one before it ends. The secret is given once.
///
/// # Errors
/// A refusal.
pub async fn make_feed(hub: &Hub, actor: &Actor, whole: bool) -> Result<id::Secret> {
    actor.viewer.may(Right::SeeQueue)?;
    let secret = id::secret("hub_cal_");
    let desk = hub.db.desk().await?;
    desk.update(row::feed::ended(actor.viewer.id(), whole, actor.now)).await?;
    let row = row::feed::Model {
        id: 0,
        hash: secret.hash.clone(),
        person_id: actor.viewer.id(),
        whole,
        created_at: actor.now,
        revoked_at: None,
    };
    desk.insert(row).await?;
    desk.commit().await?;
    Ok(secret)
}

/// Ends an address of the actor's.
///
/// # Errors
/// If the database is busy.
pub async fn end_feed(hub: &Hub, actor: &Actor, whole: bool) -> Result<()> {
    let desk = hub.db.desk().await?;
    desk.update(row::feed::ended(actor.viewer.id(), whole, actor.now)).await?;
    desk.commit().await
}

/// The calendar behind a secret; none where the secret is nobody's any more.
///
/// # Errors
/// If the database does not answer.
pub async fn calendar(hub: &Hub, secret: &str, now: Ts) -> Result<Option<String>> {
    let system = Viewer::system("reading a calendar");
    let reader = hub.db.read(&system);
    let good = reader.instance::<row::feed::Entity>().filter(row::feed::good(&id::secret_hash(secret)));
    let found = good.with::<crate::identity::person_row::Entity>(row::feed::whose()).await?.pop();
    let Some((feed, person)) = found else { return Ok(None) };
    if person.disabled_at.is_some() || !person.role.has(Right::SeeQueue) {
        return Ok(None);
    }
    let from = now.plus(-BACK);
    let mut stretches = queries::rules(&reader, from).await?.stretches(from, now.plus(FORTH));
    stretches.retain(|one| !one.over && (feed.whole || one.person == person.id));
    let shifts = shown(stretches, &queries::people(&reader).await?);
    let name = if feed.whole { "Duty".to_owned() } else { format!("Duty of {}", person.name) };
    Ok(Some(written(&name, &shifts, feed.whole, now)))
}

/// The calendar as iCalendar has it (RFC 5545).
pub(super) fn written(name: &str, shifts: &[Shift], names: bool, now: Ts) -> String {
    let stamp = |at: Ts| at.timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut text = String::new();
    let mut put = |line: &str| folded(line, &mut text);
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Election Communications Hub//Duty//EN", "METHOD:PUBLISH"]
    {
        put(line);
    }
    put(&format!("X-WR-CALNAME:{}", escaped(name)));
    for one in shifts {
        let post = one.post.label();
        let summary = if names { format!("{post}: {}", one.name) } else { format!("On duty: {post}") };
        put("BEGIN:VEVENT");
        put(&format!("UID:{}-{}-{}@duty.hub", one.post, stamp(one.from), one.person));
        put(&format!("DTSTAMP:{}", stamp(now)));
        put(&format!("DTSTART:{}", stamp(one.from)));
        put(&format!("DTEND:{}", stamp(one.to)));
        put(&format!("SUMMARY:{}", escaped(&summary)));
        put("END:VEVENT");
    }
    put("END:VCALENDAR");
    text
}

/// What a text may not hold as it is.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n").replace('\r', "")
}

/// A line of at most 75 octets; the rest goes on in the next, behind a space.
fn folded(line: &str, text: &mut String) {
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > 75 {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(c);
        octets += c.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duty::Post;

    #[test]
    fn a_calendar_is_what_the_standard_says() {
        let at = |text: &str| format!("2026-11-{text}:00Z").parse::<Ts>().unwrap();
        let one = Shift {
            name: "Rosa Field, née Ångström-Sørensen; of the team that answers at every hour".to_owned(),
            role: "responder".to_owned(),
            email: "rosa@hub.example".to_owned(),
            post: Post::Primary,
            from: at("02T22:00"),
            to: at("03T06:00"),
            over: false,
            person: 7,
            single: None,
            cover: None,
        };
        let text = written("Duty", std::slice::from_ref(&one), true, at("01T00:00"));
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert!(!text.replace("\r\n", "").contains('\n'));
        let whole = text.replace("\r\n ", "");
        for line in [
            "BEGIN:VEVENT\r\nUID:primary-20261102T220000Z-7@duty.hub\r\n",
            "DTSTART:20261102T220000Z\r\nDTEND:20261103T060000Z\r\n",
            "SUMMARY:Primary: Rosa Field\\, née Ångström-Sørensen\\; of the team that answers at every hour\r\n",
        ] {
            assert!(whole.contains(line), "{whole}");
        }
        let own = written("Duty of Rosa", &[one], false, at("01T00:00"));
        assert!(own.contains("SUMMARY:On duty: Primary\r\n") && !own.contains("Field"));
    }
}
