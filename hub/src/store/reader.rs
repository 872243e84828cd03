//! Reading: every query starts from who asks.

use sea_orm::sea_query::IntoCondition;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, EntityTrait, FromQueryResult, IntoSimpleExpr, JoinType, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
};

use super::scope::{Instance, Tenanted};
use super::tx::Tx;
use crate::error::Result;
use crate::identity::Viewer;

/// The right to read what one viewer may read.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    connection: &'a DatabaseConnection,
    viewer: &'a Viewer,
}

impl<'a> Reader<'a> {
    pub(super) fn new(connection: &'a DatabaseConnection, viewer: &'a Viewer) -> Self {
        Self { connection, viewer }
    }

    /// Who reads.
    pub fn viewer(&self) -> &'a Viewer {
        self.viewer
    }

    /// The rows of a table that the viewer may read. The query can be narrowed, and nothing else.
    pub(crate) fn find<E: Tenanted>(&self) -> Scoped<'a, E, DatabaseConnection> {
        Scoped { select: E::find().filter(E::scope(self.viewer)), connection: self.connection }
    }

    /// The rows of a table of the hub itself. What of them a viewer may know, the query decides.
    pub(crate) fn instance<E: Instance>(&self) -> Scoped<'a, E, DatabaseConnection> {
        Scoped { select: E::find(), connection: self.connection }
    }
}

/// Where rows of the hub itself are read from: by a reader, or inside a transaction.
pub(crate) trait Rows: Sync {
    /// What asks.
    type Connection: ConnectionTrait;

    /// The rows of a table of the hub itself.
    fn instance<E: Instance>(&self) -> Scoped<'_, E, Self::Connection>;
}

impl Rows for Reader<'_> {
    type Connection = DatabaseConnection;

    fn instance<E: Instance>(&self) -> Scoped<'_, E, DatabaseConnection> {
        Reader::instance(self)
    }
}

impl Rows for super::Desk {
    type Connection = Tx;

    fn instance<E: Instance>(&self) -> Scoped<'_, E, Tx> {
        self.find()
    }
}

impl Rows for super::Work {
    type Connection = Tx;

    fn instance<E: Instance>(&self) -> Scoped<'_, E, Tx> {
        super::Work::instance(self)
    }
}

/// A query whose scope is fixed.
pub(crate) struct Scoped<'a, E: EntityTrait, C: ConnectionTrait> {
    pub(super) select: Select<E>,
    pub(super) connection: &'a C,
}

impl<E: EntityTrait, C: ConnectionTrait> Scoped<'_, E, C>
where
    E::Model: FromQueryResult + Sized + Send + Sync,
{
    /// Narrows it.
    pub(crate) fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.select = self.select.filter(condition.into_condition());
        self
    }

    /// Narrows it where there is something to narrow it by.
    pub(crate) fn filter_by<T>(self, value: Option<T>, condition: impl FnOnce(T) -> sea_orm::Condition) -> Self {
        match value {
            Some(value) => self.filter(condition(value)),
            None => self,
        }
    }

    /// Smallest first.
    pub(crate) fn ascending(mut self, column: impl IntoSimpleExpr) -> Self {
        self.select = self.select.order_by(column, Order::Asc);
        self
    }

    /// Largest first.
    pub(crate) fn descending(mut self, column: impl IntoSimpleExpr) -> Self {
        self.select = self.select.order_by(column, Order::Desc);
        self
    }

    /// At most so many.
    pub(crate) fn limit(mut self, rows: u64) -> Self {
        self.select = self.select.limit(rows);
        self
    }

    /// The first row, if there is one.
    pub(crate) async fn one(self) -> Result<Option<E::Model>> {
        Ok(self.select.one(self.connection).await?)
    }

    /// All rows.
    pub(crate) async fn all(self) -> Result<Vec<E::Model>> {
        Ok(self.select.all(self.connection).await?)
    }

    /// All rows that have one, each with the row of the hub itself that `relation` leads to.
    pub(crate) async fn with<F: Instance>(self, relation: RelationDef) -> Result<Vec<(E::Model, F::Model)>>
    where
        F::Model: FromQueryResult + Sized + Send + Sync,
    {
        let select = self.select.join(JoinType::InnerJoin, relation).select_two_required(F::default());
        Ok(select.all(self.connection).await?)
    }

    /// How many rows.
    pub(crate) async fn count(self) -> Result<u64> {
        Ok(self.select.count(self.connection).await?)
    }

    /// Some columns of each row, or what is counted over groups of them: `shape` may select and group, and its
    /// result is of the same scope.
    pub(crate) async fn shaped<T: FromQueryResult + Send + Sync>(
        self,
        shape: impl FnOnce(Select<E>) -> Select<E>,
    ) -> Result<Vec<T>> {
        Ok(shape(self.select).into_model::<T>().all(self.connection).await?)
    }
}
