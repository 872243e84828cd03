//! Making authorities.

use serde::Deserialize;
use serde_json::json;

use super::row;
use super::{AuthorityView, queries};
use crate::audit::Kind;
use crate::error::{Problems, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Right};
use crate::store::{Desk, Draft};
use crate::text;

/// An authority to be: the body of the API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAuthority {
    /// `alder`: names it in addresses.
    pub slug: String,
    /// `ALD`: names it in references.
    pub code: String,
    /// `Alder County`.
    pub name: String,
    /// Its IANA zone.
    pub zone: String,
    /// The slug of the authority above.
    #[serde(default)]
    pub parent: Option<String>,
}

/// Makes an authority.
///
/// # Errors
/// A refusal for all but those who run the instance; every field that must be put right.
pub async fn create(hub: &Hub, actor: &Actor, new: &NewAuthority) -> Result<AuthorityView> {
    actor.viewer.may(Right::Administer)?;
    let desk = hub.db.desk_of(actor).await?;
    let row = check(&desk, new).await?;
    let row = desk.found(row).await?;
    let view = queries::made(&row, new.parent.clone().filter(|slug| !slug.is_empty()));
    desk.answer(actor, 201, &view).await?;
    // Its record begins with its own first event.
    let founder = Actor { idempotency: None, ..Actor::system("founding", actor.now) };
    let mut work = hub.db.work(&founder, view.id).await?;
    work.record(None, Draft::shared(Kind::Joined, json!({"slug": view.slug, "name": view.name})))?;
    work.keep().await?;
    Ok(view)
}

async fn check(desk: &Desk, new: &NewAuthority) -> Result<row::Model> {
    let mut problems = Problems::default();
    let slug = new.slug.trim().to_owned();
    if let Err(sentence) = text::Slug::new(&slug) {
        problems.add("slug", sentence);
    } else if desk.authority(&slug).await?.is_some() {
        problems.add("slug", format!("There is an authority `{slug}` already."));
    }
    let code = new.code.trim().to_owned();
    if !text::is_code(&code) {
        problems.add("code", "Give two to six capital letters or digits, a letter first, as ALD.");
    } else if desk.has_code(&code).await? {
        problems.add("code", format!("Another authority has the code {code} already."));
    }
    let name = text::Line::new(&new.name, 120).map(String::from).unwrap_or_else(|sentence| {
        problems.add("name", sentence);
        String::new()
    });
    if crate::election::calendar::zone(&new.zone).is_none() {
        problems
            .add("zone", format!("`{}` is no IANA time zone; give one as America/New_York.", text::shown(&new.zone)));
    }
    let parent = match new.parent.as_deref().filter(|slug| !slug.is_empty()) {
        None => None,
        Some(slug) => {
            let found = desk.authority(slug).await?;
            if found.is_none() {
                problems.add("parent", format!("There is no authority `{}`.", text::shown(slug)));
            }
            found.map(|found| found.id)
        }
    };
    problems.none()?;
    Ok(row::Model {
        id: 0,
        slug,
        code,
        name,
        zone: new.zone.clone(),
        parent_id: parent,
        incidents: 0,
        exercises: 0,
        chain_seq: 0,
        chain_hash: String::new(),
        shared_hash: String::new(),
    })
}
