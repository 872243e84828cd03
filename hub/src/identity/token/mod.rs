//! Bearer tokens: a person's, for their scripts. A token ends with its person.

mod queries;
pub(crate) mod row;

use jiff::SignedDuration;

use super::{Person, Viewer, find_person, people};
use crate::config::{Limit, Limits};
use crate::error::{Error, Result};
use crate::id;
use crate::store::Db;
use crate::time::Ts;

/// What every token begins with, so that scanners for leaked secrets know one.
pub(crate) const PREFIX: &str = "hub_";

/// A token, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its row, which names it to [`revoke_token`].
    pub id: i64,
    /// Whose.
    pub email: String,
    /// Since when.
    pub created_at: Ts,
    /// Until when.
    pub expires_at: Ts,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Makes a token of a person for some days; its secret is handed out once.
///
/// # Errors
/// If there is no such person, or they are disabled, or for more days than usual.
pub async fn make_token(db: &Db, email: &str, days: i64, now: Ts) -> Result<id::Secret> {
    make_token_within(db, email, days, Limits::standard().token_days, now).await
}

/// [`make_token`], where a token may last for `most` days.
///
/// # Errors
/// If there is no such person, or they are disabled, or for more days than that.
pub async fn make_token_within(db: &Db, email: &str, days: i64, most: Limit, now: Ts) -> Result<id::Secret> {
    if days < 1 || !most.allows(usize::try_from(days).unwrap_or(usize::MAX)) {
        let words = match most.most() {
            Some(most) => format!("A token lasts 1 to {most} days."),
            None => "A token lasts a day at least.".to_owned(),
        };
        return Err(Error::invalid("days", words));
    }
    let person = find_person(db, email).await?;
    if person.disabled {
        return Err(Error::invalid("email", format!("{email} is disabled; a token of theirs would not work.")));
    }
    make_for(db, &person, SignedDuration::from_hours(24 * days), now).await
}

async fn make_for(db: &Db, person: &Person, lasts: SignedDuration, now: Ts) -> Result<id::Secret> {
    let secret = id::secret(PREFIX);
    let desk = db.desk().await?;
    let row = row::Model {
        id: 0,
        hash: secret.hash.clone(),
        person_id: person.id,
        created_at: now,
        expires_at: now.plus(lasts),
        revoked_at: None,
    };
    desk.insert(row).await?;
    desk.commit().await?;
    Ok(secret)
}

/// Whose token this is; none where it is nobody's (any more).
///
/// # Errors
/// If the database does not answer.
pub async fn viewer_of_token(db: &Db, secret: &str, now: Ts) -> Result<Option<Viewer>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let system = Viewer::system("looking a token up");
    let reader = db.read(&system);
    let holder = queries::holder(&reader, &id::secret_hash(secret), now).await?;
    Ok(holder.map(|row| Person::from(row).viewer()))
}

/// All tokens, the newest first.
///
/// # Errors
/// If the database does not answer.
pub async fn tokens(db: &Db) -> Result<Vec<Token>> {
    let system = Viewer::system("listing tokens");
    let rows = queries::all(&db.read(&system)).await?;
    let people = people(db).await?;
    let email = |id| people.iter().find(|person| person.id == id).map(|person| person.email.clone());
    let show = |row: row::Model| Token {
        id: row.id,
        email: email(row.person_id).unwrap_or_default(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked: row.revoked_at.is_some(),
    };
    Ok(rows.into_iter().map(show).collect())
}

/// Ends a token.
///
/// # Errors
/// Not found.
pub async fn revoke_token(db: &Db, id: i64, now: Ts) -> Result<()> {
    let desk = db.desk().await?;
    let person = queries::person_of(&desk, id).await?.ok_or(Error::NotFound)?;
    queries::revoke(&desk, id, now).await?;
    desk.commit().await?;
    db.bus().shut_out(person);
    Ok(())
}
