//! Filing an incident, and every verb on one: load, decide, write, record, commit.

use serde::Deserialize;
use serde_json::{Value, json};

use super::assessing::{Occasion, assess_first, lower, raise};
use super::loaded::Loaded;
use super::row::{Model, NEVER, text, words};
use super::{Cause, Checked, Clocks, Report, Source, Status, Verb, catalogue, report};
use crate::audit::Kind;
use crate::authority::row as authority;
use crate::error::{Answer, Error, Problems, Refusal, Result};
use crate::escalation::Priority;
use crate::hub::Hub;
use crate::identity::person_row as person;
use crate::identity::{Actor, Reach, Right, Role, Side, Viewer};
use crate::store::{Draft, Work};
use crate::text::Prose;

/// A reason may be this long, in characters.
const REASON: usize = 500;

/// Files an incident.
///
/// # Errors
/// A refusal for roles that file nothing; not found for an authority that is not theirs; every field that must be put
/// right.
pub async fn file(hub: &Hub, actor: &Actor, body: &Report) -> Result<Answer> {
    actor.viewer.may(Right::File)?;
    let authority = whose(hub, &actor.viewer, body.authority.as_deref()).await?;
    let report = body.check(catalogue(), hub.limits.summary_characters.longest())?;
    let source = source(&actor.viewer, &report)?;
    let edition = hub.edition().await?;
    let election = report.election.as_ref().map(|id| id.as_str().to_owned());
    if election.as_deref().is_some_and(|id| edition.election(id).is_none()) {
        return Err(Error::invalid("election", "There is no such election; leave it out, or give the id of one."));
    }
    let mut work = hub.db.work(actor, authority.id).await?;
    let number = work.next_number(report.exercise);
    let mut row = blank(actor, &report, source, election, number);
    row.authority_id = authority.id;
    hub.policies.refresh(&work).await?;
    row.policy.clone_from(&hub.policy().version);
    row.id = work.insert(row.clone()).await?;
    let mut incident = Loaded::new(hub, row);
    let laid_out = incident.laid_out(&work).await?;
    let row = &mut incident.row;
    assess_first(row, &incident.policy, &laid_out, actor.now);
    row.set_clocks(&Clocks::start(actor.now, &row.targets(&incident.policy, actor.now)));
    let filed = Draft::shared(Kind::Filed, filed_data(row)).saying(row.summary.clone());
    work.record(Some(row.room()), filed)?;
    incident.alert(&mut work, actor.now).await?;
    if let Some(words) = hub.filing.unusual(actor.viewer.id(), authority.id, hub.wall.now()) {
        tracing::warn!(authority = authority.code, person = actor.viewer.id(), "{words}");
        let unusual = Draft::internal(Kind::Unusual, json!({})).saying(words);
        let unusual = incident.record(&mut work, unusual)?;
        for person in crate::duty::on_duty_in(&work, work.now()).await? {
            work.tell(person.id, &unusual, "notice");
        }
    }
    incident.finish(work, 201).await
}

/// Whose incident it is to be: an official's own; for responders the one that they name.
async fn whose(hub: &Hub, viewer: &Viewer, slug: Option<&str>) -> Result<authority::Model> {
    let slug = slug.map(str::trim).filter(|slug| !slug.is_empty());
    let named = match (viewer.reach(), slug) {
        (Reach::One(own), _) => authority::with_id(*own),
        (_, Some(slug)) => authority::with_slug(slug),
        (_, None) => return Err(Error::invalid("authority", "Say which authority this is for.")),
    };
    let row = hub.db.read(viewer).find::<authority::Entity>().filter(named).one().await?;
    row.filter(|row| slug.is_none_or(|slug| slug == row.slug)).ok_or(Error::NotFound)
}

/// By which door it came: an official's report is their own; a responder enters somebody's.
fn source(viewer: &Viewer, report: &Checked) -> Result<Source> {
    if viewer.side() == Side::Authority {
        return match report.source {
            None => Ok(Source::Web),
            Some(source @ (Source::Web | Source::Api)) => Ok(source),
            Some(_) => Err(Error::invalid("source", "Leave the source out: you report this yourself.")),
        };
    }
    Ok(report.source.unwrap_or(Source::Phone))
}

/// What the event of a filing says.
pub(crate) fn filed_data(row: &Model) -> Value {
    json!({
        "category": row.category,
        "symptom": row.symptom,
        "priority": row.priority,
        "severity": row.severity(),
        "urgency": row.urgency,
        "source": row.source,
        "answers": row.answers(),
        "voting_stopped": row.voting_stopped,
        "functions": row.functions(),
        "election": row.election_id,
        "policy": row.policy,
        "starting_severity": row.facts().starting_severity,
    })
}

/// An incident as it was reported, before it is assessed.
pub(crate) fn blank(actor: &Actor, report: &Checked, source: Source, election: Option<String>, number: i64) -> Model {
    let now = actor.now;
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let callback = report.callback.as_ref();
    let summary = report.summary.as_ref().map(ToString::to_string).unwrap_or_default();
    Model {
        authority_id: 0,
        id: 0,
        number,
        exercise: report.exercise,
        election_id: election,
        title: report.title.to_string(),
        words: words(report.title.as_str(), &summary),
        summary,
        category: report.category.code.clone(),
        symptom: report.symptom.map(|symptom| symptom.code.clone()),
        functions: text(&report.functions),
        answers: text(&report.answers),
        voting_stopped: report.voting_stopped,
        sites_affected: report.sites.map(|sites| i64::from(sites.affected)),
        sites_total: report.sites.and_then(|sites| sites.total).map(i64::from),
        place: report.place.clone().map(String::from),
        since: report.since.clone().map(String::from),
        still_happening: report.still_happening.map(yes_no),
        callback_number: callback.map(|callback| callback.number.to_string()),
        callback_outside: callback.and_then(|callback| callback.outside_affected_system).map(yes_no),
        done_so_far: report.done_so_far.clone().map(String::from),
        already_told: report.already_told.clone().map(String::from),
        tlp: report.tlp,
        source,
        verified_how: report.verified_how.clone().map(String::from),
        filed_by: actor.viewer.id(),
        veracity: None,
        cause: None,
        severity_confirmed: false,
        mildness: 0,
        urgency: crate::escalation::Urgency::U0,
        computed_priority: Priority::P5,
        priority: Priority::P5,
        overridden: None,
        assessment: "{}".to_owned(),
        policy: String::new(),
        next_change_at: None,
        next_change_to: None,
        lowering_to: None,
        raised_at: None,
        assess_at: NEVER,
        chain: "{}".to_owned(),
        step_at: NEVER,
        status: Status::New,
        open: true,
        acknowledged: false,
        owner_id: None,
        acknowledged_at: None,
        opened_at: now,
        updated_at: now,
        shared_updated_at: now,
        closed_at: None,
        clocks: "[]".to_owned(),
        due_at: NEVER,
        polls_close: NEVER,
        seq: 0,
        shared_seq: 0,
        version: 1,
        shared_version: 1,
    }
}

/// Marks that a responder has seen it: the chain stops.
///
/// # Errors
/// Not found, a refusal, or a status that does not allow it.
pub async fn acknowledge(hub: &Hub, actor: &Actor, reference: &str) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    // One that has lapsed is given again, whatever the status.
    if incident.step(Verb::Acknowledge)? || !incident.row.acknowledged {
        acknowledged(&mut incident, &work).await?;
        incident.record(&mut work, Draft::shared(Kind::Acknowledged, json!({})))?;
        incident.row.touch(actor.now);
        incident.reassess(&mut work, Occasion::Change).await?;
    } else {
        // A rise may have paged people since.
        crate::notify::cancel_pages(&work, incident.row.id).await?;
    }
    incident.finish(work, 200).await
}

/// A person has answered: the first response is given, and whoever was still to be paged is not.
async fn acknowledged(incident: &mut Loaded<'_>, work: &Work) -> Result<()> {
    let now = work.now();
    incident.row.acknowledged = true;
    incident.row.acknowledged_at.get_or_insert(now);
    incident.with_clocks(|clocks, _| clocks.respond(now), now);
    incident.chain.answer(Some(work.actor().viewer.id()), now);
    crate::notify::cancel_pages(work, incident.row.id).await
}

/// Takes it on: compare and set, so that a race has one winner.
///
/// # Errors
/// Not found, a refusal, or somebody else's already.
pub async fn claim(hub: &Hub, actor: &Actor, reference: &str) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    let me = actor.viewer.id();
    // Whose acknowledgement has lapsed does not stand in the way of whoever was paged behind them.
    let lapsed = !incident.row.acknowledged && incident.row.status != Status::New;
    if let Some(owner) = incident.row.owner_id.filter(|owner| *owner != me && !lapsed) {
        let owner = work.instance::<person::Entity>().filter(person::with_id(owner)).one().await?;
        let owner = owner.map_or_else(|| "Somebody".to_owned(), |person| person.name);
        return Err(Refusal::AlreadyClaimed { owner }.into());
    }
    // Whom it was given to has not answered yet: their claim does, and stops the chain.
    let moved = incident.step(Verb::Claim)?;
    if moved || incident.row.owner_id.is_none() || !incident.row.acknowledged {
        incident.row.owner_id = Some(me);
        acknowledged(&mut incident, &work).await?;
        incident.record(&mut work, Draft::shared(Kind::Claimed, json!({})))?;
        incident.row.touch(actor.now);
        incident.reassess(&mut work, Occasion::Change).await?;
    }
    incident.finish(work, 200).await
}

/// The body of `release` and `reopen`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reason {
    /// Why.
    pub reason: Option<String>,
}

/// Gives it back to the queue.
///
/// # Errors
/// Not found, a refusal, or a status that does not allow it.
pub async fn release(hub: &Hub, actor: &Actor, reference: &str, body: &Reason) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    let reason = optional("reason", body.reason.as_deref())?;
    let had = incident.row.owner_id;
    let moved = incident.step(Verb::Release)?;
    if moved || had.is_some() {
        incident.row.owner_id = None;
        incident.chain.pass_to(None, actor.now);
        // It may have waited for the authority; now it waits for one of us.
        incident.with_clocks(|clocks, _| clocks.resume(actor.now), actor.now);
        incident.record(&mut work, Draft::shared(Kind::Released, json!({"reason": reason})))?;
        incident.row.touch(actor.now);
    }
    incident.finish(work, 200).await
}

/// The body of `assign`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The address of whoever is to have it.
    pub to: String,
}

/// Gives it to somebody.
///
/// # Errors
/// Not found, a refusal (a shift lead, a supervisor or its owner may), or nobody who works incidents.
pub async fn assign(hub: &Hub, actor: &Actor, reference: &str, body: &Assign) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, None).await?;
    let owner = incident.row.owner_id == Some(actor.viewer.id()) && actor.viewer.role().has(Right::Respond);
    if !owner {
        actor.viewer.may(Right::Assign)?;
    }
    let person = work.instance::<person::Entity>().filter(person::with_email(&body.to)).one().await?;
    let person = person
        .filter(|person| person.role.has(Right::Respond) && person.disabled_at.is_none())
        .ok_or_else(|| Error::invalid("to", "Give the address of a responder, shift lead or supervisor."))?;
    incident.step(Verb::Assign)?;
    if incident.row.owner_id != Some(person.id) {
        incident.row.owner_id = Some(person.id);
        incident.chain.pass_to(Some(person.id), actor.now);
        let to = json!({"name": person.name, "office": person.office, "role": person.role});
        let event = incident.record(&mut work, Draft::shared(Kind::Assigned, json!({"to": to})))?;
        work.tell(person.id, &event, "notice");
        incident.row.touch(actor.now);
    }
    incident.finish(work, 200).await
}

/// The body of `confirm-severity`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfirmSeverity {
    /// The answers as the responder found them; those that are left out stay.
    pub answers: Option<std::collections::BTreeMap<String, String>>,
}

/// Confirms how bad it is: from here on the answers count alone.
///
/// # Errors
/// Not found, a refusal, or answers that must be put right.
pub async fn confirm_severity(hub: &Hub, actor: &Actor, reference: &str, body: &ConfirmSeverity) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    let mut answers = incident.row.answers();
    if let Some(given) = &body.answers {
        let mut problems = Problems::default();
        let given = report::check_answers(catalogue(), given, &mut problems);
        problems.none()?;
        answers.0.extend(given.0);
    }
    incident.step(Verb::ConfirmSeverity)?;
    if !incident.row.severity_confirmed || answers != incident.row.answers() {
        incident.row.severity_confirmed = true;
        incident.row.answers = text(&answers);
        let data = json!({"answers": answers});
        incident.record(&mut work, Draft::shared(Kind::SeverityConfirmed, data))?;
        incident.row.touch(actor.now);
        incident.reassess(&mut work, Occasion::Confirmed).await?;
    }
    incident.finish(work, 200).await
}

/// Confirms the lowering that was proposed.
///
/// # Errors
/// Not found, a refusal, or nothing to confirm.
pub async fn confirm_lowering(hub: &Hub, actor: &Actor, reference: &str) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    incident.step(Verb::ConfirmLowering)?;
    match incident.row.lowering_to {
        Some(to) if to > incident.row.priority => {
            let (laid_out, zone) = (incident.laid_out(&work).await?, work.authority().zone.clone());
            incident.row.overridden = None;
            let draft = lower(&mut incident.row, &incident.policy, &laid_out, &zone, actor.now, to, "confirmed");
            incident.record(&mut work, draft)?;
            incident.begin_steps(actor.now, true);
            incident.row.touch(actor.now);
            incident.finish(work, 200).await
        }
        // It was confirmed already.
        _ if incident.row.priority == incident.row.computed_priority => incident.finish(work, 200).await,
        _ => Err(Refusal::Unlawful("No lowering is proposed.".to_owned()).into()),
    }
}

/// The body of `override`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// The priority that is to be in force, `P1` to `P5`.
    pub priority: String,
    /// Why, for everybody to read.
    pub reason: String,
}

/// Sets the priority by a person's word. Up: the response side to any level, an official one level, twice a day. Down:
/// a shift lead or a supervisor, until the next boundary.
///
/// # Errors
/// Not found, a refusal, or fields that must be put right.
pub async fn override_priority(hub: &Hub, actor: &Actor, reference: &str, body: &Override) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, None).await?;
    let official = actor.viewer.side() == Side::Authority;
    if !official {
        actor.viewer.may(Right::OverrideUp)?;
    }
    let mut problems = Problems::default();
    let to = body.priority.parse::<Priority>().map_err(|error| problems.add("priority", format!("{error}."))).ok();
    let reason = Prose::new(&body.reason, REASON).map_err(|sentence| problems.add("reason", sentence)).ok();
    problems.none()?;
    let (Some(to), Some(reason)) = (to, reason) else { return Err(Error::broken("a problem was not told")) };
    let from = incident.row.priority;
    if to > from {
        actor.viewer.may(Right::OverrideDown)?;
    }
    if official && to < from {
        official_may_raise(&work, &incident.row, from, to, actor).await?;
    }
    incident.step(Verb::Override)?;
    if to != from {
        let (laid_out, zone) = (incident.laid_out(&work).await?, work.authority().zone.clone());
        let up = to < from;
        incident.row.overridden = Some(if up { "up" } else { "down" }.to_owned());
        let change = if up { raise } else { lower };
        let mut draft = change(&mut incident.row, &incident.policy, &laid_out, &zone, actor.now, to, "override");
        draft.data["reason"] = json!(reason.as_str());
        incident.record(&mut work, draft)?;
        if up {
            incident.alert(&mut work, actor.now).await?;
        } else {
            incident.begin_steps(actor.now, true);
        }
        incident.row.touch(actor.now);
    }
    incident.finish(work, 200).await
}

/// An official's "this is getting worse": one level, at most twice in 24 hours.
async fn official_may_raise(work: &Work, row: &Model, from: Priority, to: Priority, actor: &Actor) -> Result<()> {
    use crate::audit::row as event;

    if from.number() - to.number() > 1 {
        let refusal = "You can raise by one level at a time. For more, call us or say why in the room.";
        return Err(Refusal::Forbidden(refusal).into());
    }
    let day = actor.now.plus(jiff::SignedDuration::from_hours(-24));
    let raised = event::of_kind_since(row.id, Kind::Priority, day);
    let events = work.find::<event::Entity>().filter(raised).all().await?;
    let ours = events.iter().filter_map(|row| crate::audit::EventView::of(row, Side::Authority));
    let roles = [Role::Official.code(), Role::OfficialLead.code()];
    let count = ours.filter(|event| {
        event.data["cause"] == "override" && event.by.as_ref().is_some_and(|by| roles.contains(&by.role.as_str()))
    });
    if count.count() >= 2 {
        let refusal = "Your office has raised this twice within a day. Call us, or say in the room what has changed.";
        return Err(Refusal::Forbidden(refusal).into());
    }
    Ok(())
}

/// The body of `resolve`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resolve {
    /// The code of the cause, as the response side judges it.
    pub cause: Option<String>,
    /// What was done, for both sides.
    pub text: Option<String>,
}

/// The work is done: every clock stops.
///
/// # Errors
/// Not found, a refusal, a status that does not allow it, or fields that must be put right.
pub async fn resolve(hub: &Hub, actor: &Actor, reference: &str, body: &Resolve) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    let mut problems = Problems::default();
    let cause = body.cause.as_deref().filter(|code| !code.is_empty());
    let cause = cause.and_then(|code| report::check_code("cause", code, Cause::ALL, Cause::code, &mut problems));
    let text = Prose::optional(body.text.as_deref(), hub.limits.summary_characters.longest());
    let text = text.map_err(|sentence| problems.add("text", sentence)).ok().flatten();
    problems.none()?;
    if incident.step(Verb::Resolve)? {
        let now = actor.now;
        if !incident.row.acknowledged {
            acknowledged(&mut incident, &work).await?;
        } else {
            crate::notify::cancel_pages(&work, incident.row.id).await?;
        }
        incident.chain.end();
        incident.row.closed_at = Some(now);
        incident.row.assess_at = NEVER;
        incident.row.lowering_to = None;
        incident.with_clocks(|clocks, _| clocks.stop(now), now);
        let mut draft = Draft::shared(Kind::Resolved, json!({}));
        draft.text = text.map(String::from);
        incident.record(&mut work, draft)?;
        incident.row.touch(now);
        if cause.is_some() && cause != incident.row.cause {
            let fields = json!({"fields": {"cause": [incident.row.cause, cause]}});
            incident.row.cause = cause;
            incident.record(&mut work, Draft::internal(Kind::Changed, fields))?;
        }
    }
    incident.finish(work, 200).await
}

/// Opens it again.
///
/// # Errors
/// Not found, a refusal, a status that does not allow it, or no reason.
pub async fn reopen(hub: &Hub, actor: &Actor, reference: &str, body: &Reason) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Reopen)).await?;
    let reason = optional("reason", body.reason.as_deref())?;
    let reason = reason.ok_or_else(|| Error::invalid("reason", "Say what is left to do."))?;
    if incident.step(Verb::Reopen)? {
        let now = actor.now;
        incident.row.closed_at = None;
        incident.chain.answer(incident.row.owner_id, now);
        incident.with_clocks(|clocks, targets| clocks.reopen(now, targets), now);
        incident.record(&mut work, Draft::shared(Kind::Reopened, json!({"reason": reason})))?;
        incident.row.touch(now);
        incident.reassess(&mut work, Occasion::Change).await?;
    }
    incident.finish(work, 200).await
}

/// The room becomes read only.
///
/// # Errors
/// Not found, a refusal, or still open.
pub async fn close(hub: &Hub, actor: &Actor, reference: &str) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Respond)).await?;
    if incident.step(Verb::Close)? {
        incident.record(&mut work, Draft::shared(Kind::Closed, json!({})))?;
        incident.row.touch(actor.now);
    }
    incident.finish(work, 200).await
}

/// A reason that may be left out.
fn optional(field: &str, typed: Option<&str>) -> Result<Option<String>> {
    let checked = Prose::optional(typed, REASON).map_err(|sentence| Error::invalid(field, sentence))?;
    Ok(checked.map(String::from))
}
