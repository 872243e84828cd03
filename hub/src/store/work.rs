//! Writing: one transaction in exactly one authority. Its row is locked first, so that whatever this transaction
//! numbers is numbered in the order in which it is committed, without gaps.

use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, IntoCondition, IntoIden, LockBehavior, LockType, Query, TableRef, ValueTuple,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, Iterable, JoinType, ModelTrait, PrimaryKeyToColumn, PrimaryKeyTrait, QueryFilter, QuerySelect,
    UpdateMany, Value,
};
use serde_json::json;

use super::calendar::Calendar;
use super::tally::Tally;
use super::tx::{Tx, portion};
use super::{Scoped, Tenanted, chained, once};
use crate::audit::{EventView, Kind, row as event};
use crate::authority::row as authority;
use crate::error::{Answer, Error, Result};
use crate::identity::{Actor, Audience, Side};
use crate::incident::row as incident;
use crate::live::Nudge;
use crate::sabotage::Fault;
use crate::time::Ts;

/// One transaction in one authority, rolled back unless it is committed.
#[derive(Debug)]
pub struct Work {
    transaction: Tx,
    actor: Actor,
    authority: authority::Model,
    nudges: Vec<Nudge>,
    tally: Tally,
}

/// Something that happened, before it has a number.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub kind: Kind,
    pub audience: Audience,
    pub text: Option<String>,
    pub data: serde_json::Value,
    pub client_id: Option<String>,
}

impl Draft {
    /// What both sides read.
    pub(crate) fn shared(kind: Kind, data: serde_json::Value) -> Self {
        Self { kind, audience: Audience::Shared, text: None, data, client_id: None }
    }

    /// What only the response side reads.
    pub(crate) fn internal(kind: Kind, data: serde_json::Value) -> Self {
        Self { audience: Audience::Internal, ..Self::shared(kind, data) }
    }

    /// With what somebody wrote.
    pub(crate) fn saying(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }
}

/// The counters of the room that an event goes to.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    pub incident: i64,
    pub seq: &'a mut i64,
    pub shared_seq: &'a mut i64,
}

/// An event that this transaction wrote.
#[derive(Debug, Clone)]
pub struct Recorded {
    row: event::Model,
}

impl Recorded {
    /// The event as `side` reads it.
    pub fn view(&self, side: Side) -> Option<EventView> {
        EventView::of(&self.row, side)
    }
}

impl Work {
    pub(super) async fn begin(transaction: Tx, actor: Actor, authority: i64, calendar: Calendar) -> Result<Self> {
        once::take(&transaction, &actor).await?;
        calendar.hold(&transaction).await?;
        let locked = authority::Entity::find_by_id(authority).lock_exclusive().one(&transaction).await?;
        let authority = locked.ok_or(Error::NotFound)?;
        Ok(Self { transaction, actor, authority, nudges: Vec::new(), tally: Tally::default() })
    }

    /// The same where nobody else is at work in the authority; nothing where somebody is. SQLite has one writer, which
    /// is waited for.
    pub(super) async fn try_begin(transaction: Tx, actor: Actor, authority: i64) -> Result<Option<Self>> {
        Calendar::Reads.hold(&transaction).await?;
        let free =
            authority::Entity::find_by_id(authority).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let Some(authority) = free.one(&transaction).await? else { return Ok(None) };
        Ok(Some(Self { transaction, actor, authority, nudges: Vec::new(), tally: Tally::default() }))
    }

    /// The same on a row of the authority, which is read with the lock.
    ///
    /// # Errors
    /// Not found where there is no such row.
    pub(super) async fn begin_on<E: Tenanted>(
        transaction: Tx,
        actor: Actor,
        authority: i64,
        which: Condition,
    ) -> Result<(Self, E::Model)> {
        once::take(&transaction, &actor).await?;
        Calendar::Reads.hold(&transaction).await?;
        // PostgreSQL locks rows of both tables, the authority's first, as whoever writes does; and what it had to wait
        // for it reads again, but only where it locks.
        let relation = authority::Entity::belongs_to(E::default()).from(authority::Column::Id).to(E::AUTHORITY);
        let both = authority::Entity::find_by_id(authority)
            .lock_exclusive()
            .join(JoinType::InnerJoin, relation.into())
            .filter(which)
            .select_two_required(E::default());
        // Two rows, one of fifty columns, would make every verb's future as large as they are.
        let (authority, row) = Box::pin(both.one(&transaction)).await?.ok_or(Error::NotFound)?;
        Ok((Self { transaction, actor, authority, nudges: Vec::new(), tally: Tally::default() }, row))
    }

    /// Who acts, and when.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The instant of every row of this transaction.
    pub(crate) fn now(&self) -> Ts {
        self.actor.now
    }

    /// Whether all that it reads was stored before, but for what it writes itself.
    pub(crate) fn sees_only_what_is_stored(&self) -> bool {
        self.transaction.sees_only_what_is_stored()
    }

    /// The authority it is in.
    pub(crate) fn authority(&self) -> &authority::Model {
        &self.authority
    }

    /// The next number for a reference of this authority; exercises count apart.
    pub(crate) fn next_number(&mut self, exercise: bool) -> i64 {
        let count = if exercise { &mut self.authority.exercises } else { &mut self.authority.incidents };
        *count += 1;
        *count
    }

    /// The rows of a table in this authority.
    pub(crate) fn find<E: Tenanted>(&self) -> Scoped<'_, E, Tx> {
        Scoped { select: E::find().filter(E::AUTHORITY.eq(self.authority.id)), connection: &self.transaction }
    }

    /// The rows that the actor may read, as this transaction sees them.
    pub(crate) fn seen<E: Tenanted>(&self) -> Scoped<'_, E, Tx> {
        Scoped { select: E::find().filter(E::scope(&self.actor.viewer)), connection: &self.transaction }
    }

    /// The rows of all authorities, for calendars: an incident's urgency comes from its relatives' elections too.
    pub(crate) fn all_authorities<E: Tenanted>(&self) -> Scoped<'_, E, Tx> {
        Scoped { select: E::find(), connection: &self.transaction }
    }

    /// Rows of a table of the hub itself.
    pub(crate) fn instance<E: super::Instance>(&self) -> Scoped<'_, E, Tx> {
        Scoped { select: E::find(), connection: &self.transaction }
    }

    /// Inserts a row into this authority, whatever authority it names, and gives its key; a key of 0 is one that is
    /// still to be given.
    pub(crate) async fn insert<M, A>(&self, row: M) -> Result<i64>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
        M::Entity: Tenanted + EntityTrait<Model = M>,
        <M::Entity as EntityTrait>::PrimaryKey: PrimaryKeyTrait<ValueType = i64>,
    {
        let row = self.own::<M, A>(row);
        // A row of fifty columns would make every verb's future as large as it is.
        Ok(Box::pin(M::Entity::insert(row).exec(&self.transaction)).await?.last_insert_id)
    }

    /// Inserts a row into this authority, whatever authority it names, whose key is known.
    pub(crate) fn put<M, A>(&self, row: M)
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
        M::Entity: Tenanted + EntityTrait<Model = M>,
    {
        self.transaction.later(&M::Entity::insert(self.own::<M, A>(row)));
    }

    fn own<M, A>(&self, row: M) -> A
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity>,
        M::Entity: Tenanted,
    {
        let mut row = fresh::<M, A>(row);
        row.set(<M::Entity as Tenanted>::AUTHORITY, Value::from(self.authority.id));
        row
    }

    /// Changes rows of this authority that `which` narrows to, and says how many there were.
    pub(crate) async fn update<E: Tenanted>(&self, which: impl FnOnce(UpdateMany<E>) -> UpdateMany<E>) -> Result<u64> {
        let rows = which(E::update_many()).filter(E::AUTHORITY.eq(self.authority.id));
        Ok(rows.exec(&self.transaction).await?.rows_affected)
    }

    /// Writes a row of this authority whole, as it was found here and has become.
    pub(crate) fn save<M, A>(&self, row: M) -> Result<()>
    where
        M: ModelTrait + IntoActiveModel<A>,
        A: ActiveModelTrait<Entity = M::Entity>,
        M::Entity: Tenanted + EntityTrait<Model = M>,
    {
        let own = row.get(<M::Entity as Tenanted>::AUTHORITY) == Value::from(self.authority.id);
        if !own {
            return Err(Error::NotFound);
        }
        self.transaction.later(&M::Entity::update(row.into_active_model().reset_all()).validate()?);
        Ok(())
    }

    /// Writes some columns of many incidents of this authority, as the rows have become; of the others nothing changed.
    pub(crate) fn save_all(&self, rows: &[incident::Model], columns: &[incident::Column]) {
        let mut rest = rows;
        while !rest.is_empty() {
            let (rows, more) = rest.split_at(portion(rest.len(), columns.len() + 1));
            rest = more;
            let values = rows.iter().map(|row| {
                let changed = columns.iter().map(|column| row.get(*column));
                ValueTuple::Many(std::iter::once(Value::from(row.id)).chain(changed).collect())
            });
            let found = TableRef::ValuesList(values.collect(), "became".into_iden());
            // Both databases call the columns of such a list by their place in it.
            let place = |n: usize| Expr::col(("became", Alias::new(format!("column{n}"))));
            let mut update = Query::update();
            update.table(incident::Entity).from(found);
            for (n, column) in (2..).zip(columns) {
                update.value(*column, place(n));
            }
            let this = (incident::Entity, incident::Column::Id);
            update.and_where(Expr::col(this).eq(place(1)));
            update.and_where(incident::Column::AuthorityId.eq(self.authority.id));
            self.transaction.later_as(self.transaction.get_database_backend().build(&update));
        }
    }

    /// Deletes rows of this authority.
    pub(crate) fn delete<E: Tenanted>(&self, condition: impl IntoCondition) {
        let rows = E::delete_many().filter(E::AUTHORITY.eq(self.authority.id)).filter(condition.into_condition());
        self.transaction.later(&rows);
    }

    /// The one write that crosses authorities: relatives' incidents fall due for assessment, and nothing else of them
    /// changes. `relatives` are the keys of authorities, `since` an instant that is over by every clock that sweeps.
    pub(crate) fn mark_for_assessment(&self, relatives: &[i64], since: Ts) {
        let due = incident::Entity::update_many().col_expr(incident::Column::AssessAt, Expr::value(since)).filter(
            Condition::all()
                .add(incident::Column::AuthorityId.is_in(relatives.iter().copied()))
                .add(incident::Column::Open.eq(true)),
        );
        self.transaction.later(&due);
    }

    /// Appends an event: numbered in its room, and chained.
    pub(crate) fn record(&mut self, room: Option<Room<'_>>, draft: Draft) -> Result<Recorded> {
        let made = (crate::id::fresh_at(self.now()), crate::id::salt());
        self.tally.add(&draft);
        let row = chained(&mut self.authority, room, draft, &self.actor, made)?;
        self.transaction.later_event(row.clone());
        self.nudges.push(Nudge {
            authority: self.authority.id,
            room: row.incident_id,
            seq: row.seq.unwrap_or(row.chain_seq),
        });
        Ok(Recorded { row })
    }

    /// Asks that somebody be told of an event, by `channel`, once this is committed.
    pub(crate) fn tell(&self, person: i64, event: &Recorded, channel: &'static str) {
        use crate::notify::row as outbox;
        let row = outbox::ActiveModel {
            id: ActiveValue::NotSet,
            authority_id: ActiveValue::Set(event.row.authority_id),
            chain_seq: ActiveValue::Set(event.row.chain_seq),
            person_id: ActiveValue::Set(person),
            channel: ActiveValue::Set(channel.to_owned()),
            created_at: ActiveValue::Set(self.now()),
            sent_at: ActiveValue::Set(None),
            expanded_at: ActiveValue::Set(None),
            cancelled_at: ActiveValue::Set(None),
        };
        self.transaction.later_told(row);
    }

    /// Keeps it all, together with the answer under the request's key where it has one. Only after this may anybody
    /// be told, and everybody is: rooms and boards learn that there is something new.
    ///
    /// # Errors
    /// If the database does not keep it; then nothing of it is kept.
    pub(crate) async fn commit(self, status: u16, body: serde_json::Value) -> Result<Answer> {
        let answer = Answer { status, body };
        once::fill(&self.transaction, &self.actor, &answer);
        let authority = authority::Entity::update(self.authority.into_active_model().reset_all()).validate()?;
        self.transaction.later(&authority);
        if !Fault::ForgetACommit.is_on() || self.nudges.iter().all(|nudge| nudge.room.is_none()) {
            self.tally.kept(self.transaction.keep(self.nudges)).await?;
        }
        Ok(answer)
    }

    /// [`commit`](Self::commit) for what answers nobody.
    pub(crate) async fn keep(self) -> Result<()> {
        self.commit(204, json!(null)).await.map(drop)
    }
}

/// A row that is to be inserted: all of it, but for a key that the database gives.
pub(super) fn fresh<M, A>(row: M) -> A
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
{
    let mut row = row.into_active_model().reset_all();
    for key in <M::Entity as EntityTrait>::PrimaryKey::iter() {
        let column = key.into_column();
        if row.get(column).into_value() == Some(Value::BigInt(Some(0))) {
            row.not_set(column);
        }
    }
    row
}
