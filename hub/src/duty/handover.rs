//! The end of a shift: what goes to whom, and that they accept it. Until then whoever goes stays on duty.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::commands::{WHO, code, responder};
use super::rules::{STAYS, Stretch};
use super::{Post, queries, row};
use crate::audit::Kind;
use crate::error::{Error, Problems, Refusal, Result};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Right, Viewer};
use crate::incident::{self, Common, Filter, IncidentView, Loaded, Owner, find_room, row as incident_row};
use crate::room::{Begun, begun_by, draft_goes_to};
use crate::store::{Draft, Page};
use crate::time::Ts;

/// Whoever takes over and has no shift of their own is on duty until the next begins, but no longer than this.
const TAKEN: SignedDuration = SignedDuration::from_hours(12);

/// A hand-over to be: the body of the API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewHandover {
    /// The address of whoever goes; the caller where it is left out. Others are for a shift lead.
    pub from: Option<String>,
    /// The address of whoever takes over; the next on the post where it is left out.
    pub to: Option<String>,
    /// The code of the post; the first that they are on where it is left out.
    pub post: Option<String>,
}

/// What is accepted of a hand-over.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accept {
    /// The references of the incidents that go over now; all where it is left out. Whatever is left keeps the hand-over
    /// open, and whoever goes on duty.
    pub refs: Option<Vec<String>>,
}

/// Somebody in a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// In full.
    pub name: String,
    /// Where they are reached.
    pub email: String,
    /// Their key; not sent.
    #[serde(skip)]
    pub person: i64,
}

/// A hand-over, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandoverView {
    /// Its row.
    pub id: i64,
    /// Of which post.
    pub post: Post,
    /// Who goes.
    pub from: Side,
    /// Who takes over.
    pub to: Side,
    /// When the shift ends.
    pub ends: Ts,
    /// When it was written.
    pub made_at: Ts,
    /// When whoever takes over first looked at it.
    pub opened_at: Option<Ts>,
    /// When it was accepted.
    pub accepted_at: Option<Ts>,
    /// The key of whoever wrote it last; not sent.
    #[serde(skip)]
    pub maker: i64,
}

impl HandoverView {
    /// Whether what whoever goes had begun to write goes over with it: only they themselves may give that away.
    fn gives_drafts(&self) -> bool {
        self.maker == self.from.person
    }
}

/// An incident that goes over.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The incident.
    pub incident: IncidentView,
    /// What whoever goes had begun to write there.
    pub draft: Option<Begun>,
}

/// The hand-overs that nobody has accepted, the shift that ends first in front.
///
/// # Errors
/// If the database does not answer.
pub async fn waiting(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Vec<HandoverView>> {
    use row::handover::{Column, Entity, since};
    let reader = hub.db.read(viewer);
    let all = reader.instance::<Entity>().filter(since(now.plus(-STAYS))).ascending(Column::EndsAt).all().await?;
    let people = queries::people(&reader).await?;
    let newest: HashMap<(i64, Post), Ts> = all.iter().map(|row| ((row.outgoing, row.post), row.ends_at)).collect();
    let waits = |row: &row::handover::Model| {
        row.accepted_at.is_none() && newest.get(&(row.outgoing, row.post)).is_none_or(|ends| *ends == row.ends_at)
    };
    Ok(all.into_iter().filter(waits).filter_map(|row| shown(row, &people)).collect())
}

/// One hand-over. It is there for as long as whoever goes may stay for it; one that nobody accepted is no more once
/// they have handed over a later shift on the post. What they have open and begin to write after that is for nobody
/// else.
///
/// # Errors
/// Not found.
pub async fn handover(hub: &Hub, viewer: &Viewer, id: i64, now: Ts) -> Result<HandoverView> {
    use row::handover::{Entity, after, with_id};
    viewer.may(Right::SeeQueue)?;
    let reader = hub.db.read(viewer);
    let row = reader.instance::<Entity>().filter(with_id(id)).one().await?;
    let row = row.filter(|row| row.ends_at.plus(STAYS) > now).ok_or(Error::NotFound)?;
    let later = after(row.outgoing, row.post, row.ends_at);
    if row.accepted_at.is_none() && reader.instance::<Entity>().filter(later).count().await? > 0 {
        return Err(Error::NotFound);
    }
    let people = queries::whoever(&reader, [row.outgoing, row.incoming]).await?;
    shown(row, &people).ok_or(Error::NotFound)
}

/// Whoever takes over has looked at it.
///
/// # Errors
/// If the database does not answer.
pub async fn opened(hub: &Hub, actor: &Actor, view: &HandoverView) -> Result<()> {
    if view.to.person != actor.viewer.id() || view.opened_at.is_some() {
        return Ok(());
    }
    let desk = hub.db.desk().await?;
    desk.update(row::handover::opened(view.id, actor.now)).await?;
    desk.commit().await
}

/// The open incidents of whoever goes, in the order of the queue. What they had begun to write is shown to who takes
/// over, where they handed over themselves, and to themselves.
///
/// # Errors
/// If the database does not answer.
pub async fn carried(hub: &Hub, viewer: &Viewer, view: &HandoverView, now: Ts) -> Result<Vec<Carried>> {
    let filter = Filter { owner: Some(Owner::Person(view.from.email.clone())), ..Filter::default() };
    let (mut all, mut page) = (Vec::new(), Page { limit: Some(200), ..Page::default() });
    loop {
        let found = incident::list(hub, viewer, &filter, &page, now).await?;
        all.extend(found.items);
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    let me = viewer.id();
    let mine = view.from.person == me || (view.to.person == me && view.gives_drafts());
    let theirs = view.accepted_at.is_none() && mine;
    let mut drafts = match crate::identity::viewers(&hub.db, [view.from.person]).await?.remove(&view.from.person) {
        Some(whose) if theirs => begun_by(hub, &whose).await?,
        _ => HashMap::new(),
    };
    let carry = |incident: IncidentView| Carried { draft: drafts.remove(&incident.id), incident };
    Ok(all.into_iter().map(carry).collect())
}

/// Writes that a shift goes to somebody. Written again it goes to whom it is written to last.
///
/// # Errors
/// A refusal, or every field that must be put right: nobody who is on duty, nobody who takes over.
pub async fn hand_over(hub: &Hub, actor: &Actor, new: &NewHandover) -> Result<HandoverView> {
    actor.viewer.may(Right::Respond)?;
    let desk = hub.db.desk_of(actor).await?;
    let mut problems = Problems::default();
    let post = some(new.post.as_deref()).and_then(|text| code::<Post>("post", Some(text), &mut problems));
    let outgoing = match some(new.from.as_deref()) {
        None => Some(actor.viewer.id()),
        Some(email) => {
            let found = responder(&desk, email).await?.map(|person| person.id);
            if found.is_some_and(|id| id != actor.viewer.id()) {
                actor.viewer.may(Right::EditDuty)?;
            }
            if found.is_none() {
                problems.add("from", WHO);
            }
            found
        }
    };
    let rules = queries::rules(&desk, actor.now).await?;
    let on = rules.team(actor.now);
    let theirs = |one: &&Stretch| Some(one.person) == outgoing && post.is_none_or(|post| post == one.post);
    let shift = on.iter().find(theirs);
    if shift.is_none() && outgoing.is_some() {
        problems.add("from", "There is no shift to hand over now.");
    }
    let incoming = match (some(new.to.as_deref()), shift) {
        (Some(email), _) => {
            let found = responder(&desk, email).await?.map(|person| person.id);
            if found.is_none() {
                problems.add("to", WHO);
            } else if found == outgoing {
                problems.add("to", "Nobody hands over to themselves; choose somebody else.");
            }
            found
        }
        (None, None) => None,
        (None, Some(shift)) => {
            let next = next_on(&rules.stretches(actor.now, shift.ends.plus(TAKEN)), shift);
            if next.is_none() {
                problems.add("to", "Nobody follows on this post; say who takes over.");
            }
            next
        }
    };
    problems.none()?;
    let (Some(outgoing), Some(shift), Some(incoming)) = (outgoing, shift, incoming) else {
        return Err(Error::broken("a problem was not told"));
    };
    let before = desk.find::<row::handover::Entity>().filter(row::handover::of(outgoing, shift.post, shift.ends));
    let row = match before.one().await? {
        Some(row) if row.accepted_at.is_some() => row,
        // Nobody but whoever goes takes it over as theirs by saying the same again.
        Some(row) if row.incoming == incoming && actor.viewer.id() != outgoing => row,
        Some(row) => {
            let made_by = actor.viewer.id();
            desk.update(row::handover::to(row.id, incoming, made_by)).await?;
            row::handover::Model { incoming, made_by, ..row }
        }
        None => {
            let row = row::handover::Model {
                id: 0,
                post: shift.post,
                outgoing,
                incoming,
                ends_at: shift.ends,
                made_by: actor.viewer.id(),
                made_at: actor.now,
                opened_at: None,
                accepted_at: None,
            };
            desk.insert(row).await?
        }
    };
    let people = queries::some_people(&desk, [outgoing, incoming]).await?;
    let view = shown(row, &people).ok_or_else(|| Error::broken("a hand-over without its people"))?;
    desk.answer(actor, 201, &view).await?;
    Ok(view)
}

/// Whoever follows somebody on their post: who is there at the end of the shift, else who begins first after it.
fn next_on(all: &[Stretch], shift: &Stretch) -> Option<i64> {
    let others = all.iter().filter(|one| !one.over && one.post == shift.post && one.person != shift.person);
    let others = others.filter(|one| one.to > shift.ends);
    others.min_by_key(|one| one.from.max(shift.ends)).map(|one| one.person)
}

/// Accepts a hand-over: every open incident of whoever goes is the accepting person's, and each authority is told so.
/// Then whoever goes is off duty. A shift lead may accept in place of the one it was for.
///
/// The incidents go first, each authority's in a transaction of its own, and the shift last: if the hub dies between,
/// whoever goes is still on duty, and accepting again does the rest.
///
/// # Errors
/// Not found; a refusal; an incident that is none of theirs.
pub async fn accept(hub: &Hub, actor: &Actor, id: i64, body: &Accept) -> Result<HandoverView> {
    let view = handover(hub, &actor.viewer, id, actor.now).await?;
    actor.viewer.may(Right::Respond)?;
    let me = actor.viewer.id();
    if view.accepted_at.is_none() {
        if view.from.person == me {
            return Err(Refusal::Forbidden("Somebody else must accept what you hand over.").into());
        }
        if view.to.person != me && !actor.viewer.role().has(Right::EditDuty) {
            return Err(Refusal::Forbidden("Only whoever takes over, or a shift lead, may accept this.").into());
        }
        let wanted = match &body.refs {
            None => None,
            Some(refs) => Some(wanted(hub, &actor.viewer, refs).await?),
        };
        if !incidents_go(hub, actor, &view, wanted.as_deref()).await? {
            let desk = hub.db.desk_of(actor).await?;
            desk.answer(actor, 200, &view).await?;
            return Ok(view);
        }
    }
    let desk = hub.db.desk_of(actor).await?;
    if view.accepted_at.is_none() && desk.update(row::handover::taken(id, me, actor.now)).await? > 0 {
        comes_on(&desk, actor, &view).await?;
    }
    let row = desk.find::<row::handover::Entity>().filter(row::handover::with_id(id)).one().await?;
    let row = row.ok_or(Error::NotFound)?;
    let people = queries::whoever(&desk, [row.outgoing, row.incoming]).await?;
    let view = shown(row, &people).ok_or(Error::NotFound)?;
    desk.answer(actor, 200, &view).await?;
    hub.wake.notify_one();
    Ok(view)
}

async fn wanted(hub: &Hub, viewer: &Viewer, refs: &[String]) -> Result<Vec<i64>> {
    let reader = hub.db.read(viewer);
    let mut ids = Vec::new();
    for reference in refs {
        match find_room(&reader, reference).await {
            Ok(room) => ids.push(room.id),
            Err(Error::NotFound) => return Err(Error::invalid("refs", "Give references as ALD-42.")),
            Err(error) => return Err(error),
        }
    }
    Ok(ids)
}

/// The incidents become the actor's. Says whether none is left.
async fn incidents_go(hub: &Hub, actor: &Actor, view: &HandoverView, wanted: Option<&[i64]>) -> Result<bool> {
    let system = Viewer::system("handing over");
    let theirs = || incident_row::open_of(view.from.person);
    // The key of the request stands for the hand-over as a whole; each authority's part is done again as it is needed.
    let plain = Actor { idempotency: None, ..actor.clone() };
    let left = hub.db.read(&system).find::<incident_row::Entity>().filter(theirs());
    let left: Vec<incident_row::Keys> = left.shaped(incident_row::keys).await?;
    let (go, stay): (Vec<_>, Vec<_>) =
        left.into_iter().partition(|keys| wanted.is_none_or(|wanted| wanted.contains(&keys.id)));
    let mut by_authority = BTreeMap::<i64, Vec<i64>>::new();
    for keys in go {
        by_authority.entry(keys.authority_id).or_default().push(keys.id);
    }
    let viewer = &actor.viewer;
    let to = json!({"name": viewer.name(), "office": viewer.office(), "role": viewer.role()});
    for (authority, incidents) in by_authority {
        let mut work = hub.db.work(&plain, authority).await?;
        let from = work.instance::<person::Entity>().filter(person::with_id(view.from.person)).one().await?;
        let from = from.map(|one| json!({"name": one.name, "office": one.office, "role": one.role}));
        let rows = work.find::<incident_row::Entity>().filter(theirs()).filter(incident_row::with_ids(incidents));
        let rows = rows.ascending(incident_row::Column::Id).all().await?;
        let common = Arc::<Common>::default();
        for row in rows {
            hub.policies.learn(&work, &row.policy).await?;
            let mut incident = Loaded::among(hub, row, common.clone());
            incident.row.owner_id = Some(viewer.id());
            incident.chain.pass_to(Some(viewer.id()), actor.now);
            let data = json!({"from": from, "to": to, "post": view.post});
            incident.record(&mut work, Draft::shared(Kind::HandedOver, data))?;
            if view.gives_drafts() {
                draft_goes_to(&work, incident.row.id, view.from.person, viewer.id()).await?;
            }
            incident.row.touch(actor.now);
            incident.write(&work)?;
        }
        work.keep().await?;
    }
    Ok(stay.is_empty())
}

/// Whoever accepted comes on duty where the rota has nobody on the post: a shift that everybody sees, not a gap.
async fn comes_on(desk: &crate::store::Desk, actor: &Actor, view: &HandoverView) -> Result<()> {
    let from = view.ends.max(actor.now);
    let rules = queries::rules(desk, actor.now).await?;
    let ahead: Vec<Stretch> = rules.stretches(from, from.plus(TAKEN));
    let on_post = |one: &&Stretch| !one.over && one.post == view.post;
    if ahead.iter().filter(on_post).any(|one| one.holds(from)) {
        return Ok(());
    }
    let next = ahead.iter().filter(on_post).map(|one| one.from).min();
    let row = row::Model {
        id: 0,
        person_id: actor.viewer.id(),
        starts_at: from,
        ends_at: next.unwrap_or(from.plus(TAKEN)),
        post: view.post,
        civil_from: None,
        civil_to: None,
        zone: None,
        made_by: Some(actor.viewer.id()),
        made_at: Some(actor.now),
        gone_by: None,
        gone_at: None,
    };
    desk.insert(row).await.map(drop)
}

fn shown(row: row::handover::Model, people: &HashMap<i64, person::Model>) -> Option<HandoverView> {
    let side = |id: i64| {
        let person = people.get(&id)?;
        Some(Side { name: person.name.clone(), email: person.email.clone(), person: id })
    };
    Some(HandoverView {
        id: row.id,
        post: row.post,
        from: side(row.outgoing)?,
        to: side(row.incoming)?,
        ends: row.ends_at,
        made_at: row.made_at,
        opened_at: row.opened_at,
        accepted_at: row.accepted_at,
        maker: row.made_by,
    })
}

fn some(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
