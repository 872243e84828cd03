//! What is known of this database as a whole: whether it is a demonstration, and which life of it this is.

use crate::error::{Error, Result};
use crate::identity::Viewer;
use crate::store::Db;

pub(crate) mod row;

/// What a database is for. It is marked when it is first used, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Real incidents.
    Live,
    /// A demonstration: fictional authorities, every page says so.
    Demo,
}

impl Mark {
    const fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Demo => "demo",
        }
    }
}

/// What this database is: its mark, and its epoch, which is another one after a backup was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What it is for.
    pub mark: Mark,
    /// Numbers of events are only comparable within one epoch.
    pub epoch: String,
}

/// The mark of a database that was used before; none of a fresh one.
///
/// # Errors
/// If the database does not answer.
pub async fn mark(db: &Db) -> Result<Option<Mark>> {
    let found = value(db, "mark").await?;
    Ok(found.map(|code| if code == Mark::Demo.code() { Mark::Demo } else { Mark::Live }))
}

/// What this database is; a fresh one becomes what is `wanted`.
///
/// # Errors
/// If it is marked for something else, with what to do.
pub async fn identify(db: &Db, wanted: Mark) -> Result<Identity> {
    match mark(db).await? {
        Some(found) if found != wanted => {
            let sentence = match found {
                Mark::Demo => "this is the database of a demonstration; use `demo`, or another data folder",
                Mark::Live => "this is no demonstration's database; use `serve`, or another data folder",
            };
            return Err(Error::invalid("", sentence));
        }
        Some(_) => {}
        None => {
            let desk = db.desk().await?;
            for (name, value) in [("mark", wanted.code().to_owned()), ("epoch", crate::id::fresh().to_string())] {
                let row = row::Model { name: name.to_owned(), value };
                desk.insert(row).await?;
            }
            desk.commit().await?;
        }
    }
    let epoch = value(db, "epoch").await?.ok_or_else(|| Error::broken("the database has no epoch"))?;
    Ok(Identity { mark: wanted, epoch })
}

async fn value(db: &Db, name: &str) -> Result<Option<String>> {
    let system = Viewer::system("looking at the instance");
    let found = db.read(&system).instance::<row::Entity>().filter(row::named(name)).one().await?;
    Ok(found.map(|row| row.value))
}
