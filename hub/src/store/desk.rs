//! Writing what belongs to no authority.

use sea_orm::sea_query::IntoCondition;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    UpdateMany,
};

use serde::Serialize;

use super::scope::Instance;
use super::tx::Tx;
use super::work::fresh;
use super::{Scoped, once};
use crate::authority::row as authority;
use crate::error::{Answer, Error, Result};
use crate::identity::Actor;

/// One transaction over tables of the hub itself, rolled back unless it is committed.
#[derive(Debug)]
pub struct Desk {
    pub(super) transaction: Tx,
}

impl Desk {
    pub(super) fn new(transaction: Tx) -> Self {
        Self { transaction }
    }

    /// Rows of a table of the hub itself.
    pub(crate) fn find<E: Instance>(&self) -> Scoped<'_, E, Tx> {
        Scoped { select: E::find(), connection: &self.transaction }
    }

    /// Inserts a row and gives it with its key; a key of 0 is one that is still to be given.
    pub(crate) async fn insert<M, A>(&self, row: M) -> Result<M>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
        M::Entity: Instance + EntityTrait<Model = M>,
    {
        Ok(fresh::<M, A>(row).insert(&self.transaction).await?)
    }

    /// Inserts a row whose key is known.
    pub(crate) async fn add<M, A>(&self, row: M) -> Result<()>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
        M::Entity: Instance + EntityTrait<Model = M>,
    {
        M::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(&self.transaction).await?;
        Ok(())
    }

    /// Deletes rows.
    pub(crate) async fn delete<E: Instance>(&self, which: impl IntoCondition) -> Result<()> {
        E::delete_many().filter(which.into_condition()).exec(&self.transaction).await?;
        Ok(())
    }

    /// Makes an authority: the one row of a tenanted table that cannot be written from within its authority.
    pub(crate) async fn found(&self, authority: authority::Model) -> Result<authority::Model> {
        Ok(fresh::<_, authority::ActiveModel>(authority).insert(&self.transaction).await?)
    }

    /// The authority with this slug.
    pub(crate) async fn authority(&self, slug: &str) -> Result<Option<authority::Model>> {
        Ok(authority::Entity::find().filter(authority::Column::Slug.eq(slug)).one(&self.transaction).await?)
    }

    /// Whether an authority has this code.
    pub(crate) async fn has_code(&self, code: &str) -> Result<bool> {
        let found = authority::Entity::find().filter(authority::Column::Code.eq(code)).one(&self.transaction).await?;
        Ok(found.is_some())
    }

    /// Changes the rows that `which` narrows to, and says how many there were.
    pub(crate) async fn update<E: Instance>(&self, which: impl FnOnce(UpdateMany<E>) -> UpdateMany<E>) -> Result<u64> {
        Ok(which(E::update_many()).exec(&self.transaction).await?.rows_affected)
    }

    /// Keeps it together with the answer under the request's key, where it has one.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub(crate) async fn answer(self, actor: &Actor, status: u16, body: &impl Serialize) -> Result<()> {
        let body = serde_json::to_value(body).map_err(Error::broken)?;
        once::fill(&self.transaction, actor, &Answer { status, body });
        self.commit().await
    }

    /// Keeps it. Only after this may anybody be told.
    ///
    /// # Errors
    /// If the database does not keep it; then nothing of it is kept.
    pub async fn commit(self) -> Result<()> {
        self.transaction.keep(Vec::new()).await
    }
}
