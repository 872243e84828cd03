//! Reading incidents.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, FromQueryResult, QuerySelect};
use serde::{Deserialize, Serialize};

use super::row::{self, Column, Entity, Model, RoomRow};
use super::view::{IncidentView, Showing, some};
use super::{Category, catalogue};
use crate::audit::{EventView, row as event};
use crate::authority::row as authority;
use crate::error::{Error, Problems, Result};
use crate::escalation::{Priority, Urgency};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Right, Side, Viewer};
use crate::store::{Page, PageOf, Reader, Scoped, Work};
use crate::text::Reference;
use crate::time::Ts;

/// Which incidents to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Open (all but resolved and closed), closed, or both.
    pub state: State,
    /// Only these priorities; all where there are none.
    pub priority: Vec<Priority>,
    /// Only these steps of urgency; all where there are none.
    pub urgency: Vec<Urgency>,
    /// The slug of an authority.
    pub authority: Option<String>,
    /// Whose.
    pub owner: Option<Owner>,
    /// The code of a category.
    pub category: Option<String>,
    /// The id of an election.
    pub election: Option<String>,
    /// Words in the title, the summary or the reference.
    pub text: Option<String>,
    /// Only those that nobody has acknowledged.
    pub unacknowledged: bool,
    /// Only those that are past a target.
    pub past_due: bool,
    /// Only those that wait for their authority.
    pub waiting: bool,
    /// Only those that a person must decide on: past a target, or with a lowering that is proposed.
    pub undecided: bool,
    /// In which order.
    pub sort: Sort,
}

/// Which part of their life incidents are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// There is work left.
    #[default]
    Open,
    /// Resolved or closed.
    Closed,
    /// Either.
    All,
}

/// Whose incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The reader's.
    Me,
    /// Nobody's.
    None,
    /// The person's with this address.
    Person(String),
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The queue's: what to work on now.
    #[default]
    Now,
    /// The newest first.
    Opened,
    /// The last changed first.
    Updated,
}

/// The place of an incident in the queue: effective priority; unacknowledged first; higher severity; earliest due
/// clock; earliest close of a polling window now open; oldest.
type Place = (Priority, bool, i64, i64, i64, i64, i64);

#[derive(Serialize, Deserialize)]
enum Key {
    Now(Place),
    Opened(i64, i64),
    Updated(i64, i64),
}

/// The incident with this reference, as the viewer may read it.
///
/// # Errors
/// Not found where there is none, it is none of theirs, or the text is no reference: the three are the same.
pub async fn get(hub: &Hub, viewer: &Viewer, reference: &str, now: Ts) -> Result<IncidentView> {
    let reader = hub.db.read(viewer);
    let row = find(&reader, reference).await?;
    Showing::new(hub, &reader, std::slice::from_ref(&row), now).await?.show(row)
}

/// Goes on where the viewer reads the incident with this reference and may do this to it. For callers that must know
/// before they look at what was sent; every verb asks again.
///
/// # Errors
/// Not found, or a refusal.
pub async fn may(hub: &Hub, viewer: &Viewer, reference: &str, right: Right) -> Result<()> {
    let row = find(&hub.db.read(viewer), reference).await?;
    match right {
        // Its owner gives it to somebody else.
        Right::Assign if row.owner_id == Some(viewer.id()) => viewer.may(Right::Respond),
        // Officials raise by one level, which is decided once it is known to which.
        Right::OverrideUp if viewer.side() == Side::Authority => Ok(()),
        right => viewer.may(right),
    }
}

/// Goes on where the viewer reads the incident with this reference.
///
/// # Errors
/// Not found.
pub async fn reached(hub: &Hub, viewer: &Viewer, reference: &str) -> Result<()> {
    find_room(&hub.db.read(viewer), reference).await.map(drop)
}

/// The row with this reference, of those that the viewer may read.
async fn find(reader: &Reader<'_>, reference: &str) -> Result<Model> {
    reader.find::<Entity>().filter(named(reference)?).one().await?.ok_or(Error::NotFound)
}

/// The room of the incident with this reference, likewise.
pub(crate) async fn find_room(reader: &Reader<'_>, reference: &str) -> Result<RoomRow> {
    let found = reader.find::<Entity>().filter(named(reference)?).shaped(row::room);
    found.await?.pop().ok_or(Error::NotFound)
}

fn named(reference: &str) -> Result<Condition> {
    let reference: Reference = reference.parse().map_err(|_| Error::NotFound)?;
    Ok(Condition::all()
        .add(Column::AuthorityId.in_subquery(authority::id_of(reference.code())))
        .add(Column::Exercise.eq(reference.exercise()))
        .add(Column::Number.eq(reference.number())))
}

/// A page of incidents.
///
/// # Errors
/// What is wrong with the filter or the page.
pub async fn list(hub: &Hub, viewer: &Viewer, filter: &Filter, page: &Page, now: Ts) -> Result<PageOf<IncidentView>> {
    let reader = hub.db.read(viewer);
    let mut rows = reader.find::<Entity>().filter(condition(&reader, filter, now).await?);
    let ask = page.limit()? + 1;
    rows = match (filter.sort, page.after::<Key>()?) {
        (_, None) => rows,
        (Sort::Now, Some(Key::Now(place))) => rows.filter(Condition::all().add(after(place))),
        (Sort::Opened, Some(Key::Opened(at, id))) => {
            rows.filter(Condition::all().add(before(Column::OpenedAt, at, id)))
        }
        (Sort::Updated, Some(Key::Updated(at, id))) => {
            rows.filter(Condition::all().add(before(updated(&reader), at, id)))
        }
        _ => {
            return Err(Error::invalid(
                "cursor",
                "This cursor is of a list in another order; begin at its first page.",
            ));
        }
    };
    rows = match filter.sort {
        Sort::Now => queue_columns().into_iter().fold(rows, |rows, column| rows.ascending(column)),
        Sort::Opened => rows.descending(Column::OpenedAt).descending(Column::Id),
        Sort::Updated => rows.descending(updated(&reader)).descending(Column::Id),
    };
    let rows = rows.limit(ask).all().await?;
    let shared = viewer.side() == Side::Authority;
    let page = page.cut(rows, |row| match filter.sort {
        Sort::Now => Key::Now((
            row.priority,
            row.acknowledged,
            row.mildness,
            row.due_at.millis(),
            row.polls_close.millis(),
            row.opened_at.millis(),
            row.id,
        )),
        Sort::Opened => Key::Opened(row.opened_at.millis(), row.id),
        Sort::Updated if shared => Key::Updated(row.shared_updated_at.millis(), row.id),
        Sort::Updated => Key::Updated(row.updated_at.millis(), row.id),
    })?;
    let showing = Showing::new(hub, &reader, &page.items, now).await?;
    let items = page.items.into_iter().map(|row| showing.show(row)).collect::<Result<_>>()?;
    Ok(PageOf { items, next: page.next })
}

/// How many incidents of the filter there are.
///
/// # Errors
/// What is wrong with the filter.
pub async fn count(hub: &Hub, viewer: &Viewer, filter: &Filter, now: Ts) -> Result<u64> {
    let reader = hub.db.read(viewer);
    reader.find::<Entity>().filter(condition(&reader, filter, now).await?).count().await
}

/// How many open incidents an authority or a person has at a priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Load {
    /// The key of the authority or the person.
    pub of: i64,
    /// In force.
    pub priority: Priority,
    /// How many.
    pub count: i64,
}

/// Open incidents by authority and priority, of those that the viewer may read, the most urgent first.
///
/// # Errors
/// If the database does not answer.
pub async fn open_by_authority(hub: &Hub, viewer: &Viewer) -> Result<Vec<Load>> {
    loads(hub, viewer, Column::AuthorityId).await
}

/// Open incidents by owner and priority, of those that the viewer may read, the most urgent first.
///
/// # Errors
/// If the database does not answer.
pub async fn open_by_owner(hub: &Hub, viewer: &Viewer) -> Result<Vec<Load>> {
    loads(hub, viewer, Column::OwnerId).await
}

async fn loads(hub: &Hub, viewer: &Viewer, of: Column) -> Result<Vec<Load>> {
    let open = Condition::all().add(Column::Open.eq(true)).add(of.is_not_null());
    let rows = hub.db.read(viewer).find::<Entity>().filter(open).ascending(Column::Priority);
    rows.shaped::<Load>(|select| {
        let select = select.select_only().column_as(of, "of").column(Column::Priority);
        select.column_as(Column::Id.count(), "count").group_by(of).group_by(Column::Priority)
    })
    .await
}

/// The newest event of each of these incidents, by the incident's key, as the viewer may read it.
///
/// # Errors
/// If the database does not answer.
pub async fn last_events(hub: &Hub, viewer: &Viewer, incidents: &[IncidentView]) -> Result<HashMap<i64, EventView>> {
    let side = viewer.side();
    let number = if side == Side::Authority { event::Column::SharedSeq } else { event::Column::Seq };
    let newest = incidents.iter().fold(Condition::any(), |any, incident| {
        let one = Condition::all().add(event::Column::IncidentId.eq(incident.id)).add(number.eq(incident.seq));
        any.add(one)
    });
    if newest.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = hub.db.read(viewer).find::<event::Entity>().filter(newest).all().await?;
    let shown = rows.iter().filter_map(|row| Some((row.incident_id?, EventView::of(row, side)?)));
    Ok(shown.collect())
}

/// What was due before an instant and is not done yet.
pub(crate) async fn late(reader: &Reader<'_>, before: Ts) -> Result<row::Due> {
    let due: Vec<row::Due> = reader.find::<Entity>().filter(row::due(before)).shaped(row::count_due).await?;
    due.into_iter().next().ok_or_else(|| Error::broken("a count gives a row"))
}

fn queue_columns() -> [Column; 7] {
    [
        Column::Priority,
        Column::Acknowledged,
        Column::Mildness,
        Column::DueAt,
        Column::PollsClose,
        Column::OpenedAt,
        Column::Id,
    ]
}

fn updated(reader: &Reader<'_>) -> Column {
    if reader.viewer().side() == Side::Authority { Column::SharedUpdatedAt } else { Column::UpdatedAt }
}

/// What stands behind a place of the queue.
fn after((priority, acknowledged, mildness, due, close, opened, id): Place) -> SimpleExpr {
    let columns = queue_columns().map(Expr::col);
    let values: [SimpleExpr; 7] = [
        Expr::value(priority),
        Expr::value(acknowledged),
        Expr::value(mildness),
        Expr::value(due),
        Expr::value(close),
        Expr::value(opened),
        Expr::value(id),
    ];
    Expr::tuple(columns).gt(Expr::tuple(values))
}

/// What stands behind a place of a list whose newest is first.
fn before(column: Column, at: i64, id: i64) -> SimpleExpr {
    Expr::tuple([Expr::col(column), Expr::col(Column::Id)]).lt(Expr::tuple([Expr::value(at), Expr::value(id)]))
}

async fn condition(reader: &Reader<'_>, filter: &Filter, now: Ts) -> Result<Condition> {
    let mut problems = Problems::default();
    let mut all = Condition::all();
    all = match filter.state {
        State::Open => all.add(Column::Open.eq(true)),
        State::Closed => all.add(Column::Open.eq(false)),
        State::All => all,
    };
    if !filter.priority.is_empty() {
        all = all.add(Column::Priority.is_in(filter.priority.iter().copied()));
    }
    if !filter.urgency.is_empty() {
        all = all.add(Column::Urgency.is_in(filter.urgency.iter().copied()));
    }
    if let Some(slug) = &filter.authority {
        let found = reader.find::<authority::Entity>().filter(authority::Column::Slug.eq(slug)).one().await?;
        // One that the reader may not know of has no incidents for them, like one that does not exist.
        all = all.add(Column::AuthorityId.eq(found.map_or(0, |row| row.id)));
    }
    match &filter.owner {
        None => {}
        Some(Owner::Me) => all = all.add(Column::OwnerId.eq(reader.viewer().id())),
        Some(Owner::None) => all = all.add(Column::OwnerId.is_null()),
        Some(Owner::Person(email)) => {
            let email = email.trim().to_lowercase();
            let found = reader.instance::<person::Entity>().filter(person::Column::Email.eq(email)).one().await?;
            all = all.add(Column::OwnerId.eq(found.map_or(0, |row| row.id)));
        }
    }
    if let Some(code) = &filter.category {
        if catalogue().category(code).is_none() {
            let known: Vec<&str> =
                catalogue().categories().iter().map(|known: &Category| known.code.as_str()).collect();
            problems.add("category", format!("There is no such category; use one of {}.", known.join(", ")));
        }
        all = all.add(Column::Category.eq(code));
    }
    if let Some(election) = &filter.election {
        all = all.add(Column::ElectionId.eq(election));
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        if text.chars().count() > 200 {
            problems.add("q", "Search for at most 200 characters.");
        }
        all = all.add(matches(text));
    }
    if filter.unacknowledged {
        all = all.add(Column::Acknowledged.eq(false));
    }
    if filter.past_due {
        all = all.add(Column::DueAt.lt(now));
    }
    if filter.waiting {
        all = all.add(Column::Status.eq(super::Status::Waiting));
    }
    if filter.undecided {
        all = all.add(Condition::any().add(Column::DueAt.lt(now)).add(Column::LoweringTo.is_not_null()));
    }
    problems.none()?;
    Ok(all)
}

/// Title or summary hold the text, in any case; or it is the number of a reference.
fn matches(text: &str) -> Condition {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let like = sea_orm::sea_query::LikeExpr::new(format!("%{escaped}%")).escape('\\');
    let mut any = Condition::any().add(Column::Words.like(like));
    if let Ok(reference) = text.to_uppercase().parse::<Reference>() {
        let of = sea_orm::sea_query::Query::select()
            .column(authority::Column::Id)
            .from(authority::Entity)
            .and_where(authority::Column::Code.eq(reference.code()))
            .to_owned();
        any = any.add(
            Condition::all()
                .add(Column::Number.eq(reference.number()))
                .add(Column::Exercise.eq(reference.exercise()))
                .add(Column::AuthorityId.in_subquery(of)),
        );
    }
    any
}

/// Priority and earliest due of an incident, by its reference.
pub(crate) type Standing = (String, (String, Option<Ts>));

/// Where the open incidents of some authorities stand, of those that the viewer may read.
pub(crate) async fn standing(hub: &Hub, viewer: &Viewer, authorities: &[i64]) -> Result<Vec<Standing>> {
    let reader = hub.db.read(viewer);
    stand(reader.find::<Entity>(), reader.find::<authority::Entity>(), authorities).await
}

/// The same as it is inside a transaction, of what its actor may read.
pub(crate) async fn standing_in(work: &Work, authorities: &[i64]) -> Result<Vec<Standing>> {
    stand(work.seen::<Entity>(), work.seen::<authority::Entity>(), authorities).await
}

async fn stand<C: sea_orm::ConnectionTrait>(
    incidents: Scoped<'_, Entity, C>,
    names: Scoped<'_, authority::Entity, C>,
    authorities: &[i64],
) -> Result<Vec<Standing>> {
    let open = Condition::all().add(Column::AuthorityId.is_in(authorities.iter().copied())).add(Column::Open.eq(true));
    let rows = incidents.filter(open).ascending(Column::Id).all().await?;
    let names = names.filter(authority::Column::Id.is_in(authorities.iter().copied())).all().await?;
    let codes: HashMap<i64, String> = names.into_iter().map(|row| (row.id, row.code)).collect();
    let stand = |row: &Model| {
        let code = codes.get(&row.authority_id)?;
        Some((row.reference(code), (row.priority.code().to_owned(), some(row.due_at))))
    };
    Ok(rows.iter().filter_map(stand).collect())
}
