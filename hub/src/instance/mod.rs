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
    /// Synthetic data for load tests: it is served as a real one is, and every page says that it is none.
    Seeded,
}

impl Mark {
    const fn code(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Demo => "demo",
            Self::Seeded => "seeded",
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
    let known = [Mark::Demo, Mark::Seeded];
    Ok(found.map(|code| known.into_iter().find(|mark| mark.code() == code).unwrap_or(Mark::Live)))
}

/// Marks a database that nobody has used yet, and was opened for real, for synthetic data.
pub(crate) async fn mark_seeded(db: &Db) -> Result<()> {
    let desk = db.desk().await?;
    desk.update::<row::Entity>(row::becomes("mark", Mark::Seeded.code())).await?;
    desk.commit().await
}

/// What this database is; a fresh one becomes what is `wanted`. One with synthetic data is served as a real one.
///
/// # Errors
/// If it is marked for something else, with what to do.
pub async fn identify(db: &Db, wanted: Mark) -> Result<Identity> {
    let mut mark_now = wanted;
    match mark(db).await? {
        Some(Mark::Seeded) if wanted == Mark::Live => mark_now = Mark::Seeded,
        Some(found) if found != wanted => {
            let sentence = match found {
                Mark::Demo => "this is the database of a demonstration; use `demo`, or another data folder",
                Mark::Live | Mark::Seeded => "this is no demonstration's database; use `serve`, or another data folder",
            };
            return Err(Error::invalid("", sentence));
        }
        Some(_) => {}
        // Another node may be as early: then one of the two is refused, and what the other wrote holds.
        None => match begin(db, wanted).await {
            Err(_) if mark(db).await? == Some(wanted) => {}
            begun => begun?,
        },
    }
    let epoch = value(db, "epoch").await?.ok_or_else(|| Error::broken("the database has no epoch"))?;
    Ok(Identity { mark: mark_now, epoch })
}

async fn begin(db: &Db, mark: Mark) -> Result<()> {
    let desk = db.desk().await?;
    for (name, value) in [("mark", mark.code().to_owned()), ("epoch", crate::id::fresh().to_string())] {
        let row = row::Model { name: name.to_owned(), value };
        desk.insert(row).await?;
    }
    desk.commit().await
}

async fn value(db: &Db, name: &str) -> Result<Option<String>> {
    let system = Viewer::system("looking at the instance");
    let found = db.read(&system).instance::<row::Entity>().filter(row::named(name)).one().await?;
    Ok(found.map(|row| row.value))
}
