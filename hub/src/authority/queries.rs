//! Reading authorities.

use std::collections::HashMap;

use sea_orm::ColumnTrait;
use serde::Serialize;

use super::row;
use crate::error::{Error, Result};
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::store::{Page, PageOf, Reader};

/// An authority, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorityView {
    /// Its key in the database; not sent.
    #[serde(skip)]
    pub id: i64,
    /// Names it in addresses.
    pub slug: String,
    /// Names it in references.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// The slug of the authority above, where the reader may know of it.
    pub parent: Option<String>,
    /// Its IANA zone.
    pub zone: String,
}

/// The authorities that the viewer may know of, by name.
///
/// # Errors
/// What is wrong with the page that was asked for.
pub async fn list(hub: &Hub, viewer: &Viewer, page: &Page) -> Result<PageOf<AuthorityView>> {
    let reader = hub.db.read(viewer);
    let after = page.after::<(String, i64)>()?;
    let rows = reader
        .find::<row::Entity>()
        .filter_by(after, |(slug, _)| sea_orm::Condition::all().add(row::Column::Slug.gt(slug)))
        .ascending(row::Column::Slug)
        .limit(page.limit()? + 1)
        .all()
        .await?;
    let slugs = names(&reader).await?;
    let rows = page.cut(rows, |row| (row.slug.clone(), row.id))?;
    Ok(rows.map(|row| show(row, &slugs)))
}

/// One authority.
///
/// # Errors
/// Not found where it is none of the viewer's.
pub async fn get(hub: &Hub, viewer: &Viewer, slug: &str) -> Result<AuthorityView> {
    let reader = hub.db.read(viewer);
    let row = reader.find::<row::Entity>().filter(row::Column::Slug.eq(slug)).one().await?.ok_or(Error::NotFound)?;
    Ok(show(row, &names(&reader).await?))
}

/// One that was just made.
pub(super) fn made(row: &row::Model, parent: Option<String>) -> AuthorityView {
    let row = row.clone();
    AuthorityView { id: row.id, slug: row.slug, code: row.code, name: row.name, parent, zone: row.zone }
}

/// The authorities that somebody reads, by key.
pub(crate) async fn by_id(reader: &Reader<'_>, ids: Vec<i64>) -> Result<HashMap<i64, row::Model>> {
    let rows = reader.find::<row::Entity>().filter(row::Column::Id.is_in(ids)).all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn names(reader: &Reader<'_>) -> Result<HashMap<i64, String>> {
    let rows = reader.find::<row::Entity>().all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row.slug)).collect())
}

fn show(row: row::Model, slugs: &HashMap<i64, String>) -> AuthorityView {
    let parent = row.parent_id.and_then(|parent| slugs.get(&parent).cloned());
    made(&row, parent)
}
