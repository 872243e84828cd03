//! Writing many rows at a time, with keys of the writer's choosing: how a database is filled for a load test, and
//! nothing else. Nobody is told of anything.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, ModelTrait,
    Statement,
};

use super::tx::{Tx, inserts};
use crate::authority::row as authority;
use crate::error::Result;

/// The tables whose keys the database counts.
const COUNTED: [&str; 5] = ["authorities", "people", "tokens", "shifts", "incidents"];

/// One transaction over whatever there is.
#[derive(Debug)]
pub(crate) struct Bulk {
    transaction: Tx,
}

impl Bulk {
    pub(super) fn new(transaction: Tx) -> Self {
        Self { transaction }
    }

    /// The largest key of a table whose keys the database counts.
    pub(crate) async fn last_key(&self, table: &'static str) -> Result<i64> {
        let ask = format!("SELECT COALESCE(MAX(id), 0) FROM {table}");
        let statement = Statement::from_string(self.transaction.get_database_backend(), ask);
        let row = self.transaction.query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
    }

    /// Inserts rows as they are.
    pub(crate) async fn insert<M, A>(&self, rows: Vec<M>) -> Result<()>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
        M::Entity: EntityTrait<Model = M>,
    {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all()).collect();
        for insert in inserts::<A>(rows) {
            insert.exec_without_returning(&self.transaction).await?;
        }
        Ok(())
    }

    /// Keeps how far an authority's counters and chains have come.
    pub(crate) async fn save_authority(&self, authority: &authority::Model) -> Result<()> {
        let row = authority.clone().into_active_model().reset_all();
        authority::Entity::update(row).exec(&self.transaction).await?;
        Ok(())
    }

    /// Keeps it all. PostgreSQL counts on after the keys that were chosen.
    pub(crate) async fn commit(self) -> Result<()> {
        if self.transaction.get_database_backend() == DbBackend::Postgres {
            for table in COUNTED {
                let count = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}");
                self.transaction.execute_unprepared(&count).await?;
            }
        }
        self.transaction.keep(Vec::new()).await
    }
}
