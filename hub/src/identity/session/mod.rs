//! Sessions: a secret in a cookie, its hash in a row. How long one lasts is the role's: see [`idle`].

mod queries;
pub(crate) mod row;

use jiff::SignedDuration;

use queries::Which;

use super::{Person, Role, Viewer};
use crate::config::{Limit, Limits};
use crate::error::Result;
use crate::id;
use crate::store::{Db, Desk};
use crate::time::Ts;

/// A session ends after this, whatever happens.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Looking does not write each time: a session's last use is kept to this.
pub(super) const SEEN: SignedDuration = SignedDuration::from_mins(1);

/// A session that was just made or used.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its row, which names it to [`end_session`].
    pub id: i64,
    /// Whose.
    pub viewer: Viewer,
    /// When it ends at the latest.
    pub expires_at: Ts,
}

/// How long a session of a role lasts without a request; an official's lasts to its end.
pub(super) const fn idle(role: Role) -> Option<SignedDuration> {
    match role {
        Role::Official | Role::OfficialLead => None,
        Role::Responder | Role::ShiftLead => Some(SignedDuration::from_hours(2)),
        Role::Supervisor | Role::Auditor | Role::Admin => Some(SignedDuration::from_mins(15)),
    }
}

/// Signs a person in: a fresh session, whose secret is handed out once.
///
/// # Errors
/// If the database is busy.
pub async fn sign_in(db: &Db, person: &Person, now: Ts) -> Result<(Session, id::Secret)> {
    sign_in_within(db, person, Limits::standard().sessions_per_person, now).await
}

/// [`sign_in`], where a person may have `most` sessions: the oldest ends for the fresh one.
///
/// # Errors
/// If the database is busy.
pub async fn sign_in_within(db: &Db, person: &Person, most: Limit, now: Ts) -> Result<(Session, id::Secret)> {
    let secret = id::secret("");
    let desk = db.desk().await?;
    let row = row::Model {
        id: 0,
        hash: secret.hash.clone(),
        person_id: person.id,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(LONGEST),
        ended_at: None,
    };
    let row = desk.insert(row).await?;
    let too_many: Vec<i64> = queries::open_of(&desk, person.id, now).await?.into_iter().skip(most.longest()).collect();
    let ends = !too_many.is_empty();
    if ends {
        queries::end(&desk, Which::These(too_many), now).await?;
    }
    desk.commit().await?;
    if ends {
        db.bus().shut_out(person.id);
    }
    Ok((Session { id: row.id, viewer: person.viewer(), expires_at: row.expires_at }, secret))
}

/// Whose session this secret is; none where it is nobody's (any more).
///
/// # Errors
/// If the database does not answer.
pub async fn viewer_of_session(db: &Db, secret: &str, now: Ts) -> Result<Option<Session>> {
    let system = Viewer::system("looking a session up");
    let reader = db.read(&system);
    let Some((row, person)) = queries::by_hash(&reader, &id::secret_hash(secret)).await? else { return Ok(None) };
    if row.ended_at.is_some() || row.expires_at <= now {
        return Ok(None);
    }
    let person = Person::from(person);
    if idle(person.role).is_some_and(|idle| row.seen_at.plus(idle) <= now) {
        return Ok(None);
    }
    if row.seen_at.plus(SEEN) <= now {
        let desk = db.desk().await?;
        queries::seen(&desk, row.id, now).await?;
        desk.commit().await?;
    }
    Ok(Some(Session { id: row.id, viewer: person.viewer(), expires_at: row.expires_at }))
}

/// Ends a session: sign-out.
///
/// # Errors
/// If the database is busy.
pub async fn end_session(db: &Db, session: i64, now: Ts) -> Result<()> {
    let desk = db.desk().await?;
    let person = queries::person_of(&desk, session).await?;
    queries::end(&desk, Which::These(vec![session]), now).await?;
    desk.commit().await?;
    person.into_iter().for_each(|person| db.bus().shut_out(person));
    Ok(())
}

/// Ends all sessions of a person.
pub(super) async fn end_all_of(desk: &Desk, person: i64, now: Ts) -> Result<()> {
    queries::end(desk, Which::Of(person), now).await
}

/// How many sessions are open.
///
/// # Errors
/// If the database does not answer.
pub async fn count_sessions(lookout: &crate::store::Lookout, now: Ts) -> Result<u64> {
    queries::count_open(lookout, now).await
}
