//! Who covers whom: offered, answered, taken back; and the swap of two shifts, which is two covers that count as one.

use std::collections::HashMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::commands::{WHO, code, hours, responder};
use super::rules::{Rules, Stretch};
use super::{CoverState, Post, queries, row};
use crate::error::{Error, Problems, Refusal, Result};
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Right, Viewer};
use crate::store::Desk;
use crate::time::Ts;

/// One cover lasts no longer than this.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 14);
/// For how many minutes somebody can be covered at once.
pub const NOW_MINUTES: [i64; 3] = [15, 30, 60];

/// A cover to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewCover {
    /// The address of whoever is to be covered; the caller where it is left out. Others are for a shift lead.
    pub whose: Option<String>,
    /// The address of whoever comes in. A shift lead may leave it out: then nobody does.
    pub by: Option<String>,
    /// From when: RFC 3339, or the civil time of `zone`.
    pub from: String,
    /// To when, likewise.
    pub to: String,
    /// The IANA name of the zone in which the two are civil times.
    pub zone: Option<String>,
    /// The code of the post; all of theirs where it is left out.
    pub post: Option<String>,
}

/// A swap to be: hours of the caller's for hours of somebody else's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewSwap {
    /// The address of the other one.
    pub with: String,
    /// From when the other one takes over the caller's hours.
    pub from: String,
    /// To when.
    pub to: String,
    /// From when the caller takes over the other one's.
    pub their_from: String,
    /// To when.
    pub their_to: String,
    /// The IANA name of the zone in which these are civil times; without it they are RFC 3339.
    pub zone: Option<String>,
}

/// What somebody says to a cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Whoever was asked comes in.
    Accept,
    /// They do not.
    Decline,
    /// Whoever asked takes it back; what has begun ends.
    Withdraw,
}

/// A cover, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoverView {
    /// Its row.
    pub id: i64,
    /// Who is covered.
    pub whose: String,
    /// Who comes in; nobody where somebody was taken off.
    pub by: Option<String>,
    /// On which post; on all of theirs where it is not said.
    pub post: Option<Post>,
    /// From when.
    pub from: Ts,
    /// To when.
    pub to: Ts,
    /// How far it is.
    pub state: CoverState,
    /// Who made it.
    pub made_by: String,
    /// The row of the first half, where it is half of a swap.
    pub swap: Option<i64>,
    /// The keys of who is covered and who comes in; not sent.
    #[serde(skip)]
    pub keys: (i64, Option<i64>),
    /// The key of who made it; not sent.
    #[serde(skip)]
    pub maker: i64,
}

impl CoverView {
    /// Whether the viewer may take it back.
    pub fn may_withdraw(&self, viewer: &Viewer) -> bool {
        viewer.role().has(Right::EditDuty) || may_withdraw(viewer.id(), self.maker, self.keys.0, self.state)
    }
}

/// The covers that are not over, offered or in force, the next first.
///
/// # Errors
/// If the database does not answer.
pub async fn covers(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Vec<CoverView>> {
    use row::cover::{Column, Entity, ahead};
    let reader = hub.db.read(viewer);
    let rows = reader.instance::<Entity>().filter(ahead(now)).ascending(Column::StartsAt).ascending(Column::Id);
    let rows = rows.all().await?;
    let people = queries::people(&reader).await?;
    Ok(rows.into_iter().map(|row| shown(row, &people)).collect())
}

fn shown(row: row::cover::Model, people: &HashMap<i64, person::Model>) -> CoverView {
    let name = |id: i64| people.get(&id).map_or_else(|| "Somebody".to_owned(), |person| person.name.clone());
    CoverView {
        id: row.id,
        whose: name(row.outgoing),
        by: row.incoming.map(name),
        post: row.post,
        from: row.starts_at,
        to: row.ends_at,
        state: row.state,
        made_by: name(row.made_by),
        swap: row.swap,
        keys: (row.outgoing, row.incoming),
        maker: row.made_by,
    }
}

/// Who would cover the actor at once: the backup, else another primary, else the shift lead, else whoever is on duty.
///
/// # Errors
/// If the database does not answer.
pub async fn next_behind(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Option<String>> {
    let on = super::team(hub, now).await?;
    let others = on.iter().filter(|one| one.person != viewer.id());
    Ok(others.min_by_key(|one| behind(one.post)).map(|one| one.name.clone()))
}

fn behind(post: Post) -> usize {
    let order = [Post::Backup, Post::Primary, Post::Lead, Post::Supervisor, Post::Director];
    order.iter().position(|one| *one == post).unwrap_or(order.len())
}

/// Covers the actor from this instant on: whoever stands behind them is on duty anyway, so that nobody need answer.
///
/// # Errors
/// A refusal; nobody else on duty.
pub async fn cover_now(hub: &Hub, actor: &Actor, minutes: i64) -> Result<CoverView> {
    actor.viewer.may(Right::Respond)?;
    let desk = hub.db.desk_of(actor).await?;
    let (me, now) = (actor.viewer.id(), actor.now);
    let on = queries::rules(&desk, now).await?.team(now);
    let people = queries::some_people(&desk, on.iter().map(|one| one.person)).await?;
    let mut problems = Problems::default();
    if !NOW_MINUTES.contains(&minutes) {
        problems.add("minutes", "Choose 15, 30 or 60 minutes.");
    }
    if on.iter().all(|one| one.person != me) {
        problems.add("minutes", "You are not on duty, so no page comes to you.");
    }
    let others = on.iter().filter(|one| one.person != me && people.contains_key(&one.person));
    let incoming = others.min_by_key(|one| behind(one.post)).map(|one| one.person);
    if incoming.is_none() {
        problems.add("minutes", "Nobody else is on duty; ask a shift lead to come in.");
    }
    problems.none()?;
    let hours = (now, now.plus(SignedDuration::from_mins(minutes)));
    let row = desk.insert(blank(actor, (me, incoming), hours, None, CoverState::Accepted)).await?;
    kept(desk, actor, row).await
}

/// Offers somebody's hours to somebody else. It counts once they accept it, or at once where a shift lead makes it.
///
/// # Errors
/// A refusal, or every field that must be put right.
pub async fn offer_cover(hub: &Hub, actor: &Actor, new: &NewCover) -> Result<CoverView> {
    actor.viewer.may(Right::Respond)?;
    let desk = hub.db.desk_of(actor).await?;
    let edits = actor.viewer.role().has(Right::EditDuty);
    let mut problems = Problems::default();
    let outgoing = match some(new.whose.as_deref()) {
        None => Some(actor.viewer.id()),
        Some(email) => {
            let found = responder(&desk, email).await?.map(|person| person.id);
            if found.is_some_and(|id| id != actor.viewer.id()) {
                actor.viewer.may(Right::EditDuty)?;
            }
            if found.is_none() {
                problems.add("whose", WHO);
            }
            found
        }
    };
    let incoming = match some(new.by.as_deref()) {
        None if edits => None,
        None => {
            problems.add("by", "Say who comes in for you.");
            None
        }
        Some(email) => {
            let found = responder(&desk, email).await?.map(|person| person.id);
            if found.is_none() {
                problems.add("by", WHO);
            } else if found == outgoing {
                problems.add("by", "Nobody comes in for themselves; choose somebody else.");
            }
            found
        }
    };
    let post = some(new.post.as_deref()).and_then(|text| code::<Post>("post", Some(text), &mut problems));
    let hours = hours(&new.from, &new.to, new.zone.as_deref(), &mut problems);
    if let (Some(hours), Some(outgoing)) = (hours, outgoing) {
        let rules = queries::rules(&desk, actor.now).await?;
        look_at(&rules, outgoing, post, hours, actor.now, ["from", "to"], &mut problems);
    }
    problems.none()?;
    let (Some(outgoing), Some(hours)) = (outgoing, hours) else { return Err(Error::broken("a problem was not told")) };
    let at_once = edits || incoming == Some(actor.viewer.id());
    let state = if at_once { CoverState::Accepted } else { CoverState::Offered };
    let row = desk.insert(blank(actor, (outgoing, incoming), hours, post, state)).await?;
    kept(desk, actor, row).await
}

/// Offers hours of the actor's for hours of somebody else's. Both halves count once the other one accepts.
///
/// # Errors
/// A refusal, or every field that must be put right.
pub async fn offer_swap(hub: &Hub, actor: &Actor, new: &NewSwap) -> Result<CoverView> {
    actor.viewer.may(Right::Respond)?;
    let desk = hub.db.desk_of(actor).await?;
    let me = actor.viewer.id();
    let mut problems = Problems::default();
    let other = responder(&desk, &new.with).await?.map(|person| person.id).filter(|id| *id != me);
    if other.is_none() {
        problems.add("with", "Give the address of somebody else who works incidents.");
    }
    let mine = hours(&new.from, &new.to, new.zone.as_deref(), &mut problems);
    let mut of_theirs = Problems::default();
    let theirs = hours(&new.their_from, &new.their_to, new.zone.as_deref(), &mut of_theirs);
    for one in of_theirs.0.into_iter().filter(|one| one.field != "zone") {
        problems.add(format!("their_{}", one.field), one.message);
    }
    let rules = queries::rules(&desk, actor.now).await?;
    let mut of = [None, None];
    if let Some(mine) = mine {
        of[0] = look_at(&rules, me, None, mine, actor.now, ["from", "to"], &mut problems);
    }
    if let (Some(theirs), Some(other)) = (theirs, other) {
        of[1] = look_at(&rules, other, None, theirs, actor.now, ["their_from", "their_to"], &mut problems);
    }
    problems.none()?;
    let (Some(other), Some(mine), Some(theirs)) = (other, mine, theirs) else {
        return Err(Error::broken("a problem was not told"));
    };
    let offered = CoverState::Offered;
    let first = desk.insert(blank(actor, (me, Some(other)), mine, of[0], offered)).await?;
    desk.update(row::cover::halves(first.id, first.id)).await?;
    let second = row::cover::Model { swap: Some(first.id), ..blank(actor, (other, Some(me)), theirs, of[1], offered) };
    desk.insert(second).await?;
    kept(desk, actor, row::cover::Model { swap: Some(first.id), ..first }).await
}

/// Answers a cover, or takes it back; a swap as a whole. Saying the same twice changes nothing.
///
/// # Errors
/// Not found; a refusal; one that is over or was answered otherwise.
pub async fn answer_cover(hub: &Hub, actor: &Actor, id: i64, reply: Reply) -> Result<CoverView> {
    use row::cover::{Column, Entity, answered, together};
    actor.viewer.may(Right::Respond)?;
    let desk = hub.db.desk_of(actor).await?;
    let one = desk.find::<Entity>().filter(together(id, None)).one().await?.ok_or(Error::NotFound)?;
    let all = desk.find::<Entity>().filter(together(id, one.swap)).ascending(Column::Id).all().await?;
    let first = all.first().cloned().unwrap_or(one);
    let (me, now) = (actor.viewer.id(), actor.now);
    if !actor.viewer.role().has(Right::EditDuty) {
        let may = match reply {
            Reply::Accept | Reply::Decline => first.incoming == Some(me),
            Reply::Withdraw => may_withdraw(me, first.made_by, first.outgoing, first.state),
        };
        if !may {
            return Err(Refusal::Forbidden("Only whoever was asked, or a shift lead, may answer this.").into());
        }
    }
    if all.iter().any(|half| half.ends_at <= now) {
        return Err(Refusal::Unlawful("These hours are over.".to_owned()).into());
    }
    let which = || together(first.id, first.swap);
    let to = match (reply, first.state) {
        (Reply::Accept, CoverState::Offered) => CoverState::Accepted,
        (Reply::Decline, CoverState::Offered) => CoverState::Declined,
        (Reply::Withdraw, CoverState::Offered | CoverState::Accepted) => CoverState::Withdrawn,
        (Reply::Accept, CoverState::Accepted)
        | (Reply::Decline, CoverState::Declined)
        | (Reply::Withdraw, CoverState::Withdrawn) => return kept(desk, actor, first).await,
        (_, state) => {
            return Err(Refusal::Unlawful(format!("This was {} already.", state.label())).into());
        }
    };
    let begun = first.state == CoverState::Accepted && all.iter().any(|half| half.starts_at <= now);
    if begun && first.swap.is_some() {
        let words = "This swap has begun; ask a shift lead to put the rest right.";
        return Err(Refusal::Unlawful(words.to_owned()).into());
    }
    if begun {
        // What was stays as it was; only the rest goes back.
        desk.update(row::cover::ends(first.id, now)).await?;
    } else {
        desk.update(answered(which(), first.state, to, me, now)).await?;
    }
    let (state, ends_at) = if begun { (first.state, now) } else { (to, first.ends_at) };
    kept(desk, actor, row::cover::Model { state, ends_at, ..first }).await
}

/// Whether somebody may take a cover back: their own, or hours of theirs that are still only offered. Whom a shift lead
/// took off duty does not put themselves back.
fn may_withdraw(me: i64, maker: i64, outgoing: i64, state: CoverState) -> bool {
    maker == me || (outgoing == me && state == CoverState::Offered)
}

/// Whether somebody has these hours to give; which post they are on, where it is one.
fn look_at(
    rules: &Rules,
    person: i64,
    post: Option<Post>,
    (from, to): (Ts, Ts),
    now: Ts,
    [from_field, to_field]: [&str; 2],
    problems: &mut Problems,
) -> Option<Post> {
    if to <= now {
        problems.add(to_field, "These hours are over; give later ones.");
    } else if to.since(from) > LONGEST {
        problems.add(to_field, "Give two weeks at most.");
    }
    let theirs = |one: &&Stretch| one.person == person && post.is_none_or(|post| post == one.post);
    let stretches = rules.stretches(from.max(now), to);
    let posts: Vec<Post> = stretches.iter().filter(theirs).map(|one| one.post).collect();
    if posts.is_empty() && to > now {
        problems.add(from_field, "There is no duty in these hours to give.");
    }
    posts.first().copied().filter(|first| posts.iter().all(|post| post == first))
}

fn blank(
    actor: &Actor,
    (outgoing, incoming): (i64, Option<i64>),
    (starts_at, ends_at): (Ts, Ts),
    post: Option<Post>,
    state: CoverState,
) -> row::cover::Model {
    let answered = state == CoverState::Accepted;
    row::cover::Model {
        id: 0,
        post,
        outgoing,
        incoming,
        starts_at,
        ends_at,
        state,
        swap: None,
        made_by: actor.viewer.id(),
        made_at: actor.now,
        answered_by: answered.then(|| actor.viewer.id()),
        answered_at: answered.then_some(actor.now),
    }
}

async fn kept(desk: Desk, actor: &Actor, row: row::cover::Model) -> Result<CoverView> {
    let ids = [Some(row.outgoing), row.incoming, Some(row.made_by)];
    let people = queries::some_people(&desk, ids.into_iter().flatten()).await?;
    let view = shown(row, &people);
    desk.answer(actor, 200, &view).await?;
    Ok(view)
}

fn some(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
