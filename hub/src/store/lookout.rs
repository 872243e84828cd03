//! A connection of its own, for whoever watches the hub: it answers although all others are taken.

use sea_orm::DatabaseConnection;

use super::db::{OpenError, apart};
use super::{Instance, Reader, Scoped};
use crate::identity::Viewer;

/// One connection that reads, shared with nobody.
#[derive(Debug, Clone)]
pub struct Lookout {
    connection: DatabaseConnection,
    viewer: Viewer,
}

impl Lookout {
    /// Opens it on the database at `url`, beside the hub's own.
    ///
    /// # Errors
    /// If no database answers there.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Ok(Self { connection: apart(url).await?, viewer: Viewer::system("watching") })
    }

    /// The right to read everything: what comes of it are numbers.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.connection, &self.viewer)
    }

    /// Rows of a table of the hub itself.
    pub(crate) fn instance<E: Instance>(&self) -> Scoped<'_, E, DatabaseConnection> {
        self.reader().instance()
    }
}
