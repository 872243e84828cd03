//! A request with a key of its own has one answer, however often and wherever it is sent. The key is taken first and
//! filled in at the commit: whoever sends the same beside it waits for that commit, and gets its answer.

use jiff::SignedDuration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, Condition, EntityTrait, QueryFilter, TryInsertResult};

use super::tx::Tx;
use crate::error::{Answer, Error, Result};
use crate::identity::{Actor, answer_row as answer};
use crate::sabotage::Fault;

/// How long an answer is given again.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Takes the key of the actor's request for this transaction.
///
/// # Errors
/// The answer again where the request was answered; a problem where the key was another request's.
pub(super) async fn take(transaction: &Tx, actor: &Actor) -> Result<()> {
    let Some(asked) = actor.idempotency.as_ref().filter(|_| !Fault::SkipIdempotency.is_on()) else { return Ok(()) };
    let key = (actor.viewer.id(), asked.key.clone());
    // All of this person's, so that none is left for ever.
    let over =
        Condition::all().add(answer::Column::PersonId.eq(key.0)).add(answer::Column::At.lte(actor.now.plus(-KEPT)));
    answer::Entity::delete_many().filter(over).exec(transaction).await?;
    let row = answer::ActiveModel {
        person_id: ActiveValue::Set(key.0),
        key: ActiveValue::Set(key.1.clone()),
        request: ActiveValue::Set(asked.request.clone()),
        status: ActiveValue::Set(0),
        body: ActiveValue::Set(None),
        at: ActiveValue::Set(actor.now),
    };
    let columns = [answer::Column::PersonId, answer::Column::Key];
    let taken = answer::Entity::insert(row).on_conflict_do_nothing_on(columns);
    if matches!(taken.exec_without_returning(transaction).await?, TryInsertResult::Inserted(1..)) {
        return Ok(());
    }
    let row = answer::Entity::find_by_id(key).one(transaction).await?.ok_or(Error::Busy)?;
    if row.request != asked.request {
        return Err(Error::invalid("Idempotency-Key", "This key was used for another request; send a fresh one."));
    }
    let body = row.body.as_deref().map(serde_json::from_str).transpose().map_err(Error::broken)?;
    let status = u16::try_from(row.status).map_err(Error::broken)?;
    Err(Error::Replay(Box::new(Answer { status, body: body.unwrap_or_default() })))
}

/// Fills in what the request is answered with.
pub(super) fn fill(transaction: &Tx, actor: &Actor, answer: &Answer) {
    let Some(asked) = &actor.idempotency else { return };
    let filled = answer::Entity::update_many()
        .col_expr(answer::Column::Status, Expr::value(i64::from(answer.status)))
        .col_expr(answer::Column::Body, Expr::value(answer.body.to_string()))
        .filter(answer::Column::PersonId.eq(actor.viewer.id()))
        .filter(answer::Column::Key.eq(asked.key.as_str()));
    transaction.later(&filled);
}
