//! One-time links: a secret in an address that works once, for a while. Opening one shows a button; pressing it uses
//! the link, so that a mail scanner that opens links uses nothing up.

mod queries;
pub(crate) mod row;

use jiff::SignedDuration;

use super::{NewPerson, Person, Role, Viewer, find_person, people};
use crate::error::{Error, Result};
use crate::id;
use crate::store::{Db, Rows};
use crate::time::Ts;

const SIGN_IN: &str = "sign_in";
const SET_UP: &str = "set_up";
/// How long a link to sign in works.
const SIGN_IN_LASTS: SignedDuration = SignedDuration::from_mins(15);
/// How long the link that sets a new hub up works.
const SET_UP_LASTS: SignedDuration = SignedDuration::from_mins(30);

/// What a link is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkFor {
    /// Signing in as this person.
    Person(Box<Person>),
    /// Making the first admin of a new hub.
    SetUp,
}

/// Makes a link for a person to sign in with.
///
/// # Errors
/// If there is no such person, or they are disabled.
pub async fn make_link(db: &Db, email: &str, now: Ts) -> Result<id::Secret> {
    let person = find_person(db, email).await?;
    if person.disabled {
        return Err(Error::invalid("email", format!("{email} is disabled; a link of theirs would not work.")));
    }
    make(db, Some(person.id), SIGN_IN, SIGN_IN_LASTS, now).await
}

/// Makes the link that sets a new hub up; none once there is an admin. Links of earlier starts stop working.
///
/// # Errors
/// If the database is busy.
pub async fn make_set_up_link(db: &Db, now: Ts) -> Result<Option<id::Secret>> {
    if people(db).await?.iter().any(|person| person.role == Role::Admin && !person.disabled) {
        return Ok(None);
    }
    let desk = db.desk().await?;
    queries::use_up_all(&desk, SET_UP, now).await?;
    desk.commit().await?;
    make(db, None, SET_UP, SET_UP_LASTS, now).await.map(Some)
}

async fn make(
    db: &Db,
    person: Option<i64>,
    purpose: &'static str,
    lasts: SignedDuration,
    now: Ts,
) -> Result<id::Secret> {
    let secret = id::secret("");
    let desk = db.desk().await?;
    let row = row::Model {
        id: 0,
        hash: secret.hash.clone(),
        person_id: person,
        purpose: purpose.to_owned(),
        created_at: now,
        expires_at: now.plus(lasts),
        used_at: None,
    };
    desk.insert(row).await?;
    desk.commit().await?;
    Ok(secret)
}

/// What a link is good for; none where it is good for nothing (any more).
///
/// # Errors
/// If the database does not answer.
pub async fn look_at_link(db: &Db, secret: &str, now: Ts) -> Result<Option<LinkFor>> {
    // Anybody may ask this, so it must not wait for the one writer.
    let system = Viewer::system("looking at a link");
    let reader = db.read(&system);
    Ok(find(&reader, secret, now).await?.map(|(_, good_for)| good_for))
}

/// Uses a link up and gives the person who is to be signed in. A set-up link makes the first admin, who must say their
/// address and name.
///
/// # Errors
/// Not found where the link is good for nothing; what to put right about the first admin.
pub async fn use_link(db: &Db, secret: &str, first_admin: Option<(&str, &str)>, now: Ts) -> Result<Person> {
    let desk = db.desk().await?;
    let (row, good_for) = find(&desk, secret, now).await?.ok_or(Error::NotFound)?;
    if !queries::use_up(&desk, row.id, now).await? {
        return Err(Error::NotFound);
    }
    let person = match good_for {
        LinkFor::Person(person) => *person,
        LinkFor::SetUp => {
            let (email, name) = first_admin.unwrap_or_default();
            // What must be put right leaves the link as it was: nothing is committed then.
            super::person::add(&desk, &NewPerson { email, name, role: Role::Admin, authority: None }, now).await?
        }
    };
    desk.commit().await?;
    Ok(person)
}

async fn find(rows: &impl Rows, secret: &str, now: Ts) -> Result<Option<(row::Model, LinkFor)>> {
    let Some(row) = queries::good(rows, &id::secret_hash(secret), now).await? else { return Ok(None) };
    let Some(person) = row.person_id else {
        // It made the first admin, or somebody else did: there is nothing left to set up.
        let there_is_one = super::person::queries::has_admin(rows).await?;
        return Ok((!there_is_one).then_some((row, LinkFor::SetUp)));
    };
    let person = super::person::queries::enabled(rows, person).await?;
    Ok(person.map(|person| (row, LinkFor::Person(Box::new(person.into())))))
}
