//! Reading elections: everybody signed in may.

use std::sync::Arc;

use sea_orm::{ColumnTrait, Condition};
use serde::Serialize;
use serde_json::Value;

use super::change::Order;
use super::import::Note;
use super::row::election;
use super::{Edition, Election, LaidOut, Milestone, Phase, Standing, Window, keeper, phase, reference};
use crate::audit::{By, Kind, Payload, row as event};
use crate::authority::row as authority;
use crate::error::{Error, Result};
use crate::escalation::{Calendar, Counted, Function, Relation, Urgency};
use crate::hub::Hub;
use crate::identity::Viewer;
use crate::incident::row as incident;
use crate::store::{Page, PageOf};
use crate::time::Ts;

/// An election, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElectionView {
    /// Names it in addresses.
    pub id: String,
    /// The slug of its authority.
    pub authority: String,
    /// That authority's name.
    pub authority_name: String,
    /// As people call it.
    pub name: String,
    /// The IANA zone of its civil times.
    pub zone: String,
    /// As listed.
    pub windows: Vec<Window>,
    /// As listed.
    pub milestones: Vec<Milestone>,
    /// Where it stands now, as a code.
    pub phase: &'static str,
    /// Counts its changes.
    pub version: i64,
    /// Whether it is held as planned.
    pub standing: Standing,
    /// The election that it decides, where it is a run-off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runoff_of: Option<String>,
    /// What is told beside its calendar and counts for nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Whether it was imported to be looked at: nobody changes it, and nothing is counted by it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reference: bool,
    /// Of a reference election: how sure its days are, and where they are from.
    #[serde(skip)]
    pub origin: Option<(String, String)>,
}

/// Which elections to list.
#[derive(Debug, Clone, Default)]
pub struct ElectionFilter {
    /// Of the authority with this slug.
    pub authority: Option<String>,
}

/// The elections, by id.
///
/// # Errors
/// What is wrong with the page that was asked for.
pub async fn list(
    hub: &Hub,
    viewer: &Viewer,
    filter: &ElectionFilter,
    page: &Page,
    now: Ts,
) -> Result<PageOf<ElectionView>> {
    let edition = hub.edition().await?;
    let rows = hub
        .db
        .read(viewer)
        .find::<election::Entity>()
        .filter_by(page.after::<String>()?, |id| sea_orm::Condition::all().add(election::Column::Id.gt(id)))
        .ascending(election::Column::Id);
    // The authority is named by its slug, which the calendar knows.
    let wanted = filter.authority.as_deref();
    let rows = rows.all().await?.into_iter();
    let shown = rows.filter_map(|row| {
        let election = edition.election(&row.id)?;
        (wanted.is_none_or(|slug| election.authority == slug)).then(|| show(election, &row, now))
    });
    let limit = usize::try_from(page.limit()?).unwrap_or(usize::MAX);
    let mut shown: Vec<ElectionView> = shown.collect();
    // Elections for reference are of no authority here.
    if wanted.is_none() {
        let after = page.after::<String>()?;
        let references = reference::all(&hub.db.read(viewer)).await?.into_iter();
        shown.extend(references.map(|row| row.view(now)).filter(|view| after.as_ref().is_none_or(|id| view.id > *id)));
        shown.sort_by(|a, b| a.id.cmp(&b.id));
    }
    page.cut(shown.into_iter().take(limit + 1).collect(), |view| view.id.clone())
}

/// One election.
///
/// # Errors
/// Not found.
pub async fn get(hub: &Hub, viewer: &Viewer, id: &str, now: Ts) -> Result<ElectionView> {
    let row = hub.db.read(viewer).find::<election::Entity>().filter(election::Column::Id.eq(id)).one().await?;
    let Some(row) = row else {
        let reference = reference::one(&hub.db.read(viewer), id).await?;
        return reference.map(|row| row.view(now)).ok_or(Error::NotFound);
    };
    let edition = hub.edition().await?;
    let election = edition.election(id).ok_or(Error::NotFound)?;
    Ok(show(election, &row, now))
}

/// All elections, those of reference among them, as they stand at `now`.
///
/// # Errors
/// If the database does not answer.
pub async fn every(hub: &Hub, viewer: &Viewer, now: Ts) -> Result<Vec<ElectionView>> {
    let edition = hub.edition().await?;
    let reader = hub.db.read(viewer);
    let rows = reader.find::<election::Entity>().ascending(election::Column::Id).all().await?;
    let own = rows.iter().filter_map(|row| Some(show(edition.election(&row.id)?, row, now)));
    let references = reference::all(&reader).await?;
    Ok(own.chain(references.into_iter().map(|row| row.view(now))).collect())
}

/// A line of an election's record: a change of it, or of a proposal.
#[derive(Debug, Clone)]
pub struct Told {
    /// When.
    pub at: Ts,
    /// Who.
    pub by: Option<By>,
    /// `added`, `imported`, `changed`, `extended`, `postponed`, `annulled`, `undone`; `proposed`, `confirmed`,
    /// `declined`, `withdrawn`.
    pub what: String,
    /// Of a proposal, what was proposed.
    pub of: String,
    /// The version that it led to; none where it changed nothing of the calendar, or is of before versions were kept.
    pub version: Option<i64>,
    /// The windows that were there before; none where it was made.
    pub before: Vec<Window>,
    /// Why; empty where nobody said it.
    pub reason: String,
    /// On whose order, in words: "Court order 26-CV-1180".
    pub order: String,
    /// Who had proposed it, where two persons made the change.
    pub proposed_by: Option<String>,
}

/// How many changes of an election are told at most.
const CHANGES: u64 = 50;

/// The record of an election, the latest first: for those who read the record of its authority.
///
/// # Errors
/// If the database does not answer.
pub async fn history(hub: &Hub, viewer: &Viewer, election: &ElectionView) -> Result<Vec<Told>> {
    let reader = hub.db.read(viewer);
    let slug = authority::Column::Slug.eq(&election.authority);
    let Some(authority) = reader.find::<authority::Entity>().filter(slug).one().await? else { return Ok(Vec::new()) };
    let of_elections = Condition::all()
        .add(event::Column::AuthorityId.eq(authority.id))
        .add(event::Column::IncidentId.is_null())
        .add(event::Column::Kind.eq(Kind::Election.code()));
    let rows = reader.find::<event::Entity>().filter(of_elections).descending(event::Column::ChainSeq).limit(CHANGES);
    let shown = rows.all().await?.into_iter().filter_map(|row| {
        let told: Payload = serde_json::from_str(row.payload.as_deref()?).ok()?;
        let text = |name: &str| told.data.get(name).and_then(Value::as_str).unwrap_or_default();
        let before = told.data.get("before").and_then(|before| before.get("windows"));
        let order = text("order").parse::<Order>().ok().map(Order::label).unwrap_or_default();
        let proposed_by = told.data.pointer("/proposed_by/name").and_then(Value::as_str).map(str::to_owned);
        (text("election") == election.id).then(|| Told {
            at: row.at,
            what: text("change").to_owned(),
            of: text("what").to_owned(),
            version: told.data.get("version").and_then(Value::as_i64),
            before: before.and_then(|windows| serde_json::from_value(windows.clone()).ok()).unwrap_or_default(),
            reason: text("reason").to_owned(),
            order: [order, text("order_text")].join(" ").trim().to_owned(),
            proposed_by,
            by: told.by,
        })
    });
    Ok(shown.collect())
}

/// The first round that an election decides (`true`) and the run-offs that decide it, by id and name.
///
/// # Errors
/// If the database does not answer.
pub async fn runoffs(hub: &Hub, election: &ElectionView) -> Result<Vec<(bool, String, String)>> {
    let system = keeper();
    let linked = Condition::any()
        .add(election::Column::RunoffOf.eq(&election.id))
        .add(election::Column::Id.eq(election.runoff_of.clone().unwrap_or_default()));
    let rows = hub.db.read(&system).find::<election::Entity>().filter(linked).ascending(election::Column::Id);
    let told = |row: election::Model| (Some(&row.id) == election.runoff_of.as_ref(), row.id, row.name);
    Ok(rows.all().await?.into_iter().map(told).collect())
}

/// How urgent an election alone makes each function at `now`, and until when.
pub fn effects(hub: &Hub, election: &ElectionView, now: Ts) -> Vec<(Function, Urgency, Option<Ts>)> {
    let counted = Counted { election: Arc::new(election.into()), relation: Relation::Own };
    Calendar::new(&hub.policy(), &[counted]).steps(now)
}

/// How many open incidents that the viewer may read follow an election: its authority's, those above and those below.
///
/// # Errors
/// If the database does not answer.
pub async fn following(hub: &Hub, viewer: &Viewer, election: &ElectionView) -> Result<u64> {
    let system = keeper();
    let slug = authority::Column::Slug.eq(&election.authority);
    let owner = hub.db.read(&system).find::<authority::Entity>().filter(slug).one().await?.ok_or(Error::NotFound)?;
    let relatives = hub.edition().await?.relatives(owner.id);
    let open =
        Condition::all().add(incident::Column::AuthorityId.is_in(relatives)).add(incident::Column::Open.eq(true));
    hub.db.read(viewer).find::<incident::Entity>().filter(open).count().await
}

impl From<&ElectionView> for Election {
    fn from(view: &ElectionView) -> Self {
        Self {
            id: view.id.clone(),
            name: view.name.clone(),
            authority: view.authority.clone(),
            authority_name: view.authority_name.clone(),
            zone: view.zone.clone(),
            windows: view.windows.clone(),
            milestones: view.milestones.clone(),
        }
    }
}

pub(super) fn show(election: &Election, row: &election::Model, now: Ts) -> ElectionView {
    let view = ElectionView {
        version: row.version,
        standing: row.standing,
        runoff_of: row.runoff_of.clone(),
        notes: serde_json::from_str(&row.notes).unwrap_or_default(),
        ..plain(election)
    };
    ElectionView { phase: view.stands(now).code, ..view }
}

/// An election with nothing beside its windows and milestones.
pub(super) fn plain(election: &Election) -> ElectionView {
    ElectionView {
        id: election.id.clone(),
        authority: election.authority.clone(),
        authority_name: election.authority_name.clone(),
        name: election.name.clone(),
        zone: election.zone.clone(),
        windows: election.windows.clone(),
        milestones: election.milestones.clone(),
        phase: "preparation",
        version: 1,
        standing: Standing::Held,
        runoff_of: None,
        notes: Vec::new(),
        reference: false,
        origin: None,
    }
}

impl ElectionView {
    /// Where it stands at `now`: what is not held has no phase of the polls.
    pub fn stands(&self, now: Ts) -> Phase {
        let phase = phase(&self.into(), now);
        let (code, words) = match self.standing {
            Standing::Held => return phase,
            Standing::Postponed => ("postponed", "Postponed, no new day yet"),
            Standing::Annulled => ("annulled", "Annulled"),
        };
        Phase { code, words: words.to_owned(), since: None, until: None, open: false, near: false, ..phase }
    }
}

impl Hub {
    /// All calendars as they are now.
    pub(crate) async fn edition(&self) -> Result<Arc<Edition>> {
        self.almanac.edition(&self.db.read(&keeper())).await
    }

    /// All elections, in the order of their ids: calendars are readable by everyone signed in.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn elections(&self) -> Result<Vec<Arc<Election>>> {
        Ok(self.edition().await?.all())
    }

    /// What counts for an incident of an authority, where it names this election or none: what a report would be
    /// assessed by.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn laid_out(&self, authority: i64, election: Option<&str>) -> Result<Arc<LaidOut>> {
        Ok(self.edition().await?.calendar(authority, election, &self.policy()))
    }

    /// The elections that an authority lives by: its own, then those of the authorities above it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn elections_of(&self, authority: i64) -> Result<Vec<Arc<Election>>> {
        Ok(self.edition().await?.of(authority))
    }
}
