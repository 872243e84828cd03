//! Changing what is known of an incident.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::assessing::Occasion;
use super::loaded::Loaded;
use super::report::{
    ReportedSites, check_answers, check_category, check_code, check_functions, check_sites, check_summary,
};
use super::row::{text, words};
use super::{Cause, Status, Tlp, Veracity, Verb, catalogue};
use crate::audit::Kind;
use crate::error::{Answer, Error, Problems, Refusal, Result};
use crate::hub::Hub;
use crate::identity::{Actor, Right, Side};
use crate::store::Draft;

/// The body of a change: what is given replaces what was there; answers are merged by question.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the fields are the contract's, one for one")]
pub struct Patch {
    pub summary: Option<String>,
    pub category: Option<String>,
    pub answers: Option<BTreeMap<String, String>>,
    pub functions: Option<Vec<String>>,
    pub voting_stopped: Option<bool>,
    pub sites: Option<ReportedSites>,
    pub status: Option<String>,
    pub tlp: Option<String>,
    pub veracity: Option<String>,
    pub cause: Option<String>,
    /// `null` takes it away.
    #[serde(deserialize_with = "given")]
    pub election: Option<Option<String>>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

impl Patch {
    /// What of it only the response side may change.
    fn not_for_officials(&self) -> Option<&'static str> {
        [
            (self.category.is_some(), "category"),
            (self.functions.is_some(), "functions"),
            (self.status.is_some(), "status"),
            (self.veracity.is_some(), "veracity"),
            (self.cause.is_some(), "cause"),
            (self.election.is_some(), "election"),
        ]
        .into_iter()
        .find_map(|(asked, field)| asked.then_some(field))
    }
}

/// Changes an incident. `version` is the one that its reader saw, as its side counts; none from forms that carry none.
///
/// # Errors
/// Not found, a refusal, every field that must be put right, stale with the present state, or an unlawful status.
pub async fn patch(hub: &Hub, actor: &Actor, reference: &str, version: Option<i64>, body: &Patch) -> Result<Answer> {
    let (mut incident, mut work) = Loaded::load(hub, actor, reference, Some(Right::Patch)).await?;
    let official = actor.viewer.side() == Side::Authority;
    if official && body.not_for_officials().is_some() {
        let refusal = "Officials change the summary, the answers, voting stopped, sites and sharing; \
                       ask in the room for anything else.";
        return Err(Refusal::Forbidden(refusal).into());
    }
    let present = if official { incident.row.shared_version } else { incident.row.version };
    let mut problems = Problems::default();
    let mut change = Change { shared: Map::new(), internal: Map::new() };
    let old = incident.row.clone();
    let row = &mut incident.row;
    if let Some(summary) = &body.summary
        && let Some(summary) =
            check_summary(Some(summary.as_str()), hub.limits.summary_characters.longest(), &mut problems)
    {
        change.set("summary", &mut row.summary, summary.to_string());
        row.words = words(&row.title, &row.summary);
    }
    if let Some(code) = &body.category
        && let Some(category) = check_category(catalogue(), code, &mut problems)
    {
        change.set("category", &mut row.category, category.code.clone());
    }
    if let Some(answers) = &body.answers {
        let (was, mut all) = (row.answers(), row.answers());
        all.0.extend(check_answers(catalogue(), answers, &mut problems).0);
        if all != was {
            change.shared.insert("answers".to_owned(), json!([was, all]));
            row.answers = text(&all);
        }
    }
    if let Some(functions) = &body.functions
        && let Some(functions) = check_functions(functions, &mut problems)
    {
        let was = row.functions();
        if functions != was {
            change.shared.insert("functions".to_owned(), json!([was, functions]));
            row.functions = text(&functions);
        }
    }
    if let Some(stopped) = body.voting_stopped {
        change.set("voting_stopped", &mut row.voting_stopped, stopped);
    }
    if let Some(sites) = &body.sites
        && let Some(sites) = check_sites(sites, &mut problems)
        && row.sites() != Some(sites)
    {
        change.shared.insert("sites".to_owned(), json!([row.sites(), sites]));
        row.sites_affected = Some(i64::from(sites.affected));
        row.sites_total = sites.total.map(i64::from);
    }
    if let Some(code) = &body.tlp
        && let Some(tlp) = check_code("tlp", code, Tlp::ALL, Tlp::code, &mut problems)
    {
        if official && row.tlp.stricter_than(tlp) {
            return Err(
                Refusal::Forbidden("You can make sharing stricter here; to share more, ask in the room.").into()
            );
        }
        change.set("tlp", &mut row.tlp, tlp);
    }
    if let Some(code) = &body.veracity
        && let Some(veracity) = check_code("veracity", code, Veracity::ALL, Veracity::code, &mut problems)
    {
        change.judge("veracity", &mut row.veracity, Some(veracity));
    }
    if let Some(code) = &body.cause
        && let Some(cause) = check_code("cause", code, Cause::ALL, Cause::code, &mut problems)
    {
        change.judge("cause", &mut row.cause, Some(cause));
    }
    if let Some(election) = &body.election {
        let election = election.clone().filter(|id| !id.is_empty());
        if let Some(id) = &election
            && incident.edition(&work).await?.election(id).is_none()
        {
            problems.add("election", "There is no such election; give the id of one, or null.");
        }
        change.set("election", &mut incident.row.election_id, election);
    }
    let status = body.status.as_deref();
    let status = status.and_then(|code| check_code("status", code, Status::ALL, Status::code, &mut problems));
    problems.none()?;
    if version.is_some_and(|version| version != present) {
        incident.row = old;
        let view = incident.view(&work).await?;
        return Err(Error::Stale(Box::new(serde_json::to_value(view).map_err(Error::broken)?)));
    }
    if let Some(to) = status {
        let verb = match to {
            Status::Waiting => Verb::Wait,
            Status::Working => Verb::Work,
            now if now == incident.row.status => Verb::ConfirmSeverity,
            _ => {
                let sentence = "Only working and waiting are set like this; every other status has a verb of its own.";
                return Err(Refusal::Unlawful(sentence.to_owned()).into());
            }
        };
        let was = incident.row.status;
        if incident.step(verb)? {
            change.shared.insert("status".to_owned(), json!([was, incident.row.status]));
            let now = actor.now;
            match verb {
                Verb::Wait => incident.with_clocks(|clocks, _| clocks.wait(now), now),
                _ => incident.with_clocks(|clocks, _| clocks.resume(now), now),
            }
        }
    }
    let (shared, internal) = (change.shared, change.internal);
    if incident.row.status == Status::Closed && !(shared.is_empty() && internal.is_empty()) {
        return Err(Refusal::Unlawful("It is closed. Reopen it first.".to_owned()).into());
    }
    if !internal.is_empty() {
        incident.record(&mut work, Draft::internal(Kind::Changed, json!({"fields": internal})))?;
    }
    if shared.is_empty() && !internal.is_empty() {
        incident.row.touch_internally(actor.now);
    }
    if !shared.is_empty() {
        incident.record(&mut work, Draft::shared(Kind::Changed, json!({"fields": shared})))?;
        incident.row.touch(actor.now);
        incident.reassess(&mut work, Occasion::Change).await?;
    }
    incident.finish(work, 200).await
}

/// What changed, `[old, new]` by field, for each audience.
struct Change {
    shared: Map<String, Value>,
    internal: Map<String, Value>,
}

impl Change {
    fn set<T: PartialEq + serde::Serialize>(&mut self, field: &str, at: &mut T, to: T) {
        if *at != to {
            self.shared.insert(field.to_owned(), json!([at, to]));
            *at = to;
        }
    }

    fn judge<T: PartialEq + serde::Serialize>(&mut self, field: &str, at: &mut T, to: T) {
        if *at != to {
            self.internal.insert(field.to_owned(), json!([at, to]));
            *at = to;
        }
    }
}
