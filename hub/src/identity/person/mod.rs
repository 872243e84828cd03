//! People: who there is. Every way in (session, token) leads through here, so that a disabled person has none.

pub(super) mod queries;
pub(crate) mod row;

use serde::Serialize;

use super::{Role, Side, Viewer};
use crate::error::{Error, Problems, Result};
use crate::store::{Db, Desk};
use crate::text;
use crate::time::Ts;

/// A person, as who runs the instance sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Their key in the database.
    #[serde(skip)]
    pub id: i64,
    /// Where they are reached; names them in commands.
    pub email: String,
    /// In full.
    pub name: String,
    /// Their office or title.
    pub office: String,
    /// What they are.
    pub role: Role,
    /// Their authority's key.
    #[serde(skip)]
    pub authority_id: Option<i64>,
    /// Whether they may still come in.
    pub disabled: bool,
}

/// A person to be.
#[derive(Debug, Clone)]
pub struct NewPerson<'a> {
    /// Their address.
    pub email: &'a str,
    /// In full.
    pub name: &'a str,
    /// What they are.
    pub role: Role,
    /// Their authority's slug, for officials.
    pub authority: Option<&'a str>,
}

impl Person {
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::person(self.id, self.name.clone(), self.office.clone(), self.role, self.authority_id)
    }
}

impl From<row::Model> for Person {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            office: row.office,
            role: row.role,
            authority_id: row.authority_id,
            disabled: row.disabled_at.is_some(),
        }
    }
}

/// What the response side's people have for an office.
pub const RESPONSE_TEAM: &str = "Response team";

/// Adds a person. Their office is their authority's name, or the response team.
///
/// # Errors
/// Every field that must be put right: an address that is taken, an official without an authority.
pub async fn add_person(db: &Db, new: &NewPerson<'_>, now: Ts) -> Result<Person> {
    let desk = db.desk().await?;
    let person = add(&desk, new, now).await?;
    desk.commit().await?;
    Ok(person)
}

/// Adds people, all or none.
pub(crate) async fn add_people(db: &Db, all: &[NewPerson<'_>], now: Ts) -> Result<Vec<Person>> {
    let desk = db.desk().await?;
    let mut added = Vec::new();
    for new in all {
        added.push(add(&desk, new, now).await?);
    }
    desk.commit().await?;
    Ok(added)
}

pub(super) async fn add(desk: &Desk, new: &NewPerson<'_>, now: Ts) -> Result<Person> {
    let mut problems = Problems::default();
    let mut good = |field: &str, checked: Result<String, String>| {
        checked.unwrap_or_else(|sentence| {
            problems.add(field, sentence);
            String::new()
        })
    };
    let email = good("email", text::Email::new(new.email).map(String::from));
    let name = good("name", text::Line::new(new.name, 120).map(String::from));
    let authority = match (new.role.side(), new.authority) {
        (Side::Authority, Some(slug)) => {
            let found = desk.authority(slug).await?;
            if found.is_none() {
                problems.add("authority", format!("There is no authority `{slug}`; make it first."));
            }
            found
        }
        (Side::Authority, None) => {
            problems.add("authority", "Say which authority this official works for.");
            None
        }
        (Side::Response, Some(_)) => {
            problems.add("authority", "Leave the authority out: this role is not of an authority.");
            None
        }
        (Side::Response, None) => None,
    };
    if !email.is_empty() && queries::by_email(desk, &email).await?.is_some() {
        problems.add("email", format!("{email} is here already."));
    }
    problems.none()?;
    let row = row::Model {
        id: 0,
        email,
        name,
        office: authority.as_ref().map_or(RESPONSE_TEAM, |found| &found.name).to_owned(),
        role: new.role,
        authority_id: authority.map(|found| found.id),
        created_at: now,
        disabled_at: None,
    };
    Ok(desk.insert(row).await?.into())
}

/// Everybody, by address.
///
/// # Errors
/// If the database does not answer.
pub async fn people(db: &Db) -> Result<Vec<Person>> {
    let system = Viewer::system("listing people");
    Ok(queries::all(&db.read(&system)).await?.into_iter().map(Person::from).collect())
}

/// Who works at an authority and can come in, by name: for those who reach it, and for who runs the instance.
///
/// # Errors
/// Not found where it is none of the viewer's.
pub async fn people_of(db: &Db, viewer: &Viewer, authority: i64) -> Result<Vec<Person>> {
    if viewer.role() != Role::Admin && !viewer.reach().admits(authority) {
        return Err(Error::NotFound);
    }
    let rows = queries::of(&db.read(viewer), authority).await?;
    Ok(rows.into_iter().map(Person::from).collect())
}

/// The person with this address, disabled or not.
///
/// # Errors
/// Not found.
pub async fn find_person(db: &Db, email: &str) -> Result<Person> {
    let system = Viewer::system("looking a person up");
    let found = queries::by_email(&db.read(&system), &email.trim().to_lowercase()).await?;
    Ok(found.ok_or(Error::NotFound)?.into())
}

/// The person that a viewer is.
///
/// # Errors
/// Not found where it is the hub itself.
pub async fn person_of(db: &Db, viewer: &Viewer) -> Result<Person> {
    Ok(queries::by_id(&db.read(viewer), viewer.id()).await?.ok_or(Error::NotFound)?.into())
}

/// Shuts a person out: every session and token of theirs ends with them.
///
/// # Errors
/// Not found.
pub async fn disable_person(db: &Db, email: &str, now: Ts) -> Result<()> {
    let desk = db.desk().await?;
    let found = queries::by_email(&desk, &email.trim().to_lowercase()).await?.ok_or(Error::NotFound)?;
    queries::disable(&desk, found.id, now).await?;
    super::session::end_all_of(&desk, found.id, now).await?;
    desk.commit().await?;
    db.bus().shut_out(found.id);
    Ok(())
}
