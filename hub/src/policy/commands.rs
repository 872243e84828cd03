//! Writing, proposing and adopting a policy. Two people: whoever adopts has neither written nor proposed it.

use super::State;
use super::row::{self, Model};
use crate::error::{Error, Refusal, Result};
use crate::escalation::Policy;
use crate::hub::Hub;
use crate::identity::{Actor, Right, person_row as person};
use crate::store::Desk;
use crate::text::Prose;

/// What a policy is for may be this long, in characters.
const REASON: usize = 300;

/// What somebody writes.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The file.
    pub text: String,
    /// What it is for.
    pub reason: String,
    /// The fingerprint of the draft that they began with, where there was one under this version.
    pub seen: String,
}

/// What somebody has looked at when they decide.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The fingerprint of the text.
    pub sha256: String,
    /// The version that was in force.
    pub in_force: String,
}

/// Checks a policy, and stores it as a draft under its version, which it gives back.
///
/// # Errors
/// A refusal; the line that is wrong and why; a version that was in force, or that somebody else has a draft of.
pub async fn write(hub: &Hub, actor: &Actor, written: &Written) -> Result<String> {
    actor.viewer.may(Right::EditPolicy)?;
    // A browser sends lines that end in two characters, and the file has one.
    let text = written.text.replace("\r\n", "\n");
    let policy = Policy::parse(&text).map_err(|problem| Error::invalid("text", said(&problem.to_string())))?;
    let reason = Prose::optional(Some(&written.reason), REASON).map_err(|words| Error::invalid("reason", words))?;
    let version = policy.version.clone();
    let desk = hub.db.desk().await?;
    let row = Model {
        id: 0,
        version: version.clone(),
        sha256: policy.sha256().to_string(),
        body: text,
        state: State::Draft,
        reason: reason.map(String::from),
        written_by: Some(actor.viewer.id()),
        written_at: actor.now,
        proposed_by: None,
        proposed_at: None,
        adopted_by: None,
        adopted_at: None,
        adoption: None,
    };
    match desk.find::<row::Entity>().filter(row::of(&version)).one().await? {
        None => {
            desk.insert::<Model, row::ActiveModel>(row).await?;
        }
        Some(stored) if stored.adoption.is_some() => {
            let sentence = format!(
                "Line {}: policy {version} is or was in force, and what was decided by it must stay readable. Give this \
                 one a version of its own, such as the date from which it holds.",
                line_of_version(&row.body)
            );
            return Err(Error::invalid("text", sentence));
        }
        Some(stored) if stored.sha256 != written.seen && stored.sha256 != row.sha256 => {
            let sentence = format!(
                "Line {}: there is another draft of {version}. Give yours a version of its own, or look at that one first.",
                line_of_version(&row.body)
            );
            return Err(Error::invalid("text", sentence));
        }
        Some(stored) => {
            // The same text stays its author's: nobody becomes the second person by having it saved once more.
            let written_by = if stored.sha256 == row.sha256 { stored.written_by } else { row.written_by };
            desk.update::<row::Entity>(row::becomes(Model { id: stored.id, written_by, ..row })).await?;
        }
    }
    desk.commit().await?;
    Ok(version)
}

/// "Line 41: …", a sentence.
fn said(problem: &str) -> String {
    let mut letters = problem.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if problem.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn line_of_version(text: &str) -> usize {
    let at = text.lines().position(|line| line.trim_start().starts_with("version"));
    at.map_or(1, |line| line + 1)
}

/// Proposes a draft, so that somebody else may adopt it.
///
/// # Errors
/// Not found, a refusal, or a draft that is another one by now.
pub async fn propose(hub: &Hub, actor: &Actor, version: &str, seen: &Seen) -> Result<()> {
    let (desk, row) = load(hub, actor, version, &seen.sha256).await?;
    if row.state == State::Draft {
        let by = Some(actor.viewer.id());
        let row = Model { state: State::Proposed, proposed_by: by, proposed_at: Some(actor.now), ..row };
        desk.update::<row::Entity>(row::becomes(row)).await?;
    }
    desk.commit().await
}

/// Makes a proposal a draft again.
///
/// # Errors
/// As [`propose`].
pub async fn take_back(hub: &Hub, actor: &Actor, version: &str, seen: &Seen) -> Result<()> {
    let (desk, row) = load(hub, actor, version, &seen.sha256).await?;
    let row = Model { state: State::Draft, proposed_by: None, proposed_at: None, ..row };
    desk.update::<row::Entity>(row::becomes(row)).await?;
    desk.commit().await
}

/// Adopts a proposal: from now on it is in force for what is filed, on every node. Running incidents keep theirs.
///
/// # Errors
/// Not found; a refusal, also for whoever wrote or proposed it; where it, or what is in force, is another one by now.
pub async fn adopt(hub: &Hub, actor: &Actor, version: &str, seen: &Seen) -> Result<()> {
    let (desk, row) = load(hub, actor, version, &seen.sha256).await?;
    if row.state != State::Proposed {
        return Err(Refusal::Unlawful("It is a draft: somebody must propose it first.".to_owned()).into());
    }
    if [row.written_by, row.proposed_by].contains(&Some(actor.viewer.id())) {
        let sentence = "Two people put a policy in force: ask another supervisor to adopt what you wrote or proposed.";
        return Err(Refusal::Forbidden(sentence).into());
    }
    // Whoever was shut out meanwhile is no first person.
    for author in [row.written_by, row.proposed_by].into_iter().flatten() {
        let author =
            desk.find::<person::Entity>().filter(person::with_id(author)).filter(person::enabled()).one().await?;
        if author.is_none_or(|author| !author.role.has(Right::EditPolicy)) {
            let sentence =
                "Whoever wrote or proposed it may not do so any more. Write it again under a version of its own.";
            return Err(Refusal::Unlawful(sentence.to_owned()).into());
        }
    }
    let newest = desk.find::<row::Entity>().filter(row::adopted()).descending(row::Column::Adoption).limit(1);
    let newest = newest.one().await?;
    if newest.as_ref().is_some_and(|newest| newest.version != seen.in_force) {
        let sentence = "Another policy came into force since you looked. Look at what differs from that one first.";
        return Err(Refusal::Unlawful(sentence.to_owned()).into());
    }
    let adoption = newest.and_then(|newest| newest.adoption).unwrap_or_default() + 1;
    let row = Model {
        state: State::Adopted,
        adopted_by: Some(actor.viewer.id()),
        adopted_at: Some(actor.now),
        adoption: Some(adoption),
        ..row
    };
    if desk.update::<row::Entity>(row::becomes(row)).await? != 1 {
        return Err(Error::Busy);
    }
    desk.commit().await?;
    tracing::info!(version, person = actor.viewer.id(), "a policy was adopted and is in force");
    hub.policies.refresh(&hub.db.read(&actor.viewer)).await
}

/// A version that has not come into force, whose text is still the one that was looked at.
async fn load(hub: &Hub, actor: &Actor, version: &str, sha256: &str) -> Result<(Desk, Model)> {
    let mine = super::queries::readable(&actor.viewer);
    let desk = hub.db.desk().await?;
    let row = desk.find::<row::Entity>().filter(row::of(version)).filter(mine).one().await?.ok_or(Error::NotFound)?;
    actor.viewer.may(Right::EditPolicy)?;
    let unlawful = |sentence: &str| Err(Refusal::Unlawful(sentence.to_owned()).into());
    if row.adoption.is_some() {
        return unlawful("It came into force already, and stays as it is. Write another version.");
    }
    if row.sha256 != sha256 {
        return unlawful("It was written anew since you looked. Look at it again.");
    }
    Ok((desk, row))
}
