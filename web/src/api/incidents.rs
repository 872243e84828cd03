//! Filing, listing, reading and changing incidents.

use axum::response::Response;
use hub::escalation::Priority;
use hub::identity::Right;
use hub::incident::{self, Filter, Owner, Patch, Report};
use hub::store::Page;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{ALD_1, LIMIT, Nothing, READERS, below, changed, made, reads_incidents, schemas, version};
use crate::answer;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, IfMatch, Params, Sent};
use crate::routes::{Access, Sample, Table};

const REPORT: &str = r#"{
    "summary": "Poll books cannot reach the server at 3 of 57 sites.",
    "symptom": "CANNOT_CHECK_IN",
    "answers": {"ability_to_vote": "slower_with_fallback"},
    "sites": {"affected": 3, "total": 57},
    "callback": {"number": "+1 999 555 0142", "outside_affected_system": true}
}"#;

pub(super) fn routes(table: Table) -> Table {
    table
        .get("/api/v1/incidents", Access::Reach(READERS), Sample::NONE, list)
        .post("/api/v1/incidents", Access::Reach(Right::File.roles()), Sample::NONE.with(REPORT), file)
        .get("/api/v1/incidents/{ref}", Access::Reach(READERS), ALD_1, get)
        .patch(
            "/api/v1/incidents/{ref}",
            Access::Reach(Right::Patch.roles()),
            ALD_1.with(r#"{"voting_stopped": true}"#),
            patch,
        )
}

/// Which incidents, in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Open is all but resolved and closed.
    state: State,
    /// Only these.
    #[param(style = Form, explode = false, value_type = Option<Vec<schemas::Priority>>)]
    priority: Option<String>,
    /// The slug of an authority.
    authority: Option<String>,
    /// `me`, `none`, or somebody's address.
    #[param(pattern = "^(me|none|[^@\\s]+@[^@\\s]+)$")]
    owner: Option<String>,
    /// The code of a category.
    #[param(value_type = Option<schemas::Category>)]
    category: Option<String>,
    /// The id of an election.
    election: Option<String>,
    /// Words in the title or the summary, or a reference.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `now` is the order of the queue.
    sort: Sort,
    /// At most so many items; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = IncidentState)]
pub(super) enum State {
    #[default]
    Open,
    Closed,
    All,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = IncidentSort)]
pub(super) enum Sort {
    #[default]
    Now,
    Opened,
    Updated,
}

impl ListQuery {
    fn filter(self, app: &App) -> Result<(Filter, Page), Failure> {
        let codes = self.priority.iter().flat_map(|codes| codes.split(','));
        let priority = codes.map(|code| code.trim().parse::<Priority>()).collect::<Result<_, _>>();
        let owner = match self.owner.as_deref() {
            None => None,
            Some("me") => Some(Owner::Me),
            Some("none") => Some(Owner::None),
            Some(email) if email.contains('@') => Some(Owner::Person(email.to_owned())),
            Some(_) => return Err(Failure::invalid("owner", "Ask for me, none, or the address of a person.")),
        };
        let filter = Filter {
            state: match self.state {
                State::Open => incident::State::Open,
                State::Closed => incident::State::Closed,
                State::All => incident::State::All,
            },
            sort: match self.sort {
                Sort::Now => incident::Sort::Now,
                Sort::Opened => incident::Sort::Opened,
                Sort::Updated => incident::Sort::Updated,
            },
            priority: priority.map_err(|error| Failure::invalid("priority", format!("{error}.")))?,
            authority: self.authority,
            owner,
            category: self.category,
            election: self.election,
            text: self.q,
            ..Filter::default()
        };
        Ok((filter, app.cut(self.limit, self.cursor)))
    }
}

/// List incidents
///
/// Those that the caller may read, a page at a time.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(ListQuery),
    responses((status = 200, body = schemas::IncidentPage)))]
pub(super) async fn list(app: App, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    reads_incidents(&caller.viewer)?;
    let (filter, page) = asked.read::<ListQuery>(LIMIT)?.filter(&app)?;
    app.rates().search(&caller.viewer, filter.text.as_deref(), app.hub().wall.now())?;
    Ok(answer::ok(&incident::list(app.hub(), &caller.viewer, &filter, &page, caller.now).await?))
}

/// File an incident
///
/// One of `summary`, `symptom` and `category` is enough. Officials file for their own authority; responders name one.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents", request_body = schemas::Report,
    responses((status = 201, body = schemas::Incident)))]
pub(super) async fn file(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    reads_incidents(&caller.viewer)?;
    caller.viewer.may(Right::File)?;
    let (report, actor) = sent.command::<Report>(&caller).await?;
    let answer = incident::file(app.hub(), &actor, &report).await;
    made(answer, |incident| below("incidents", incident.get("ref")))
}

/// Read an incident
#[utoipa::path(get, path = "/api/v1/incidents/{ref}", tag = "incidents", params(schemas::Ref),
    responses((status = 200, body = schemas::Incident)))]
pub(super) async fn get(app: App, caller: Caller, params: Params, asked: Asked) -> Result<Response, Failure> {
    let view = incident::get(app.hub(), &caller.viewer, params.text("ref"), caller.now).await?;
    let Nothing {} = asked.read(&[])?;
    Ok(answer::item(view.version, &view))
}

/// Change an incident
///
/// What is given replaces what was there; answers are merged by question. Officials change `summary`, `answers`,
/// `voting_stopped`, `sites`, and make `tlp` stricter.
#[utoipa::path(patch, path = "/api/v1/incidents/{ref}", tag = "incidents", params(schemas::Ref),
    request_body = schemas::IncidentPatch, responses((status = 200, body = schemas::Incident)))]
pub(super) async fn patch(
    app: App,
    caller: Caller,
    params: Params,
    seen: IfMatch,
    sent: Sent,
) -> Result<Response, Failure> {
    let reference = params.text("ref");
    incident::may(app.hub(), &caller.viewer, reference, Right::Patch).await?;
    let body: Patch = sent.json().await?;
    app.rates().message(&caller.viewer, app.hub().wall.now())?;
    let answer = incident::patch(app.hub(), &caller.actor(), reference, version(&seen), &body).await;
    changed(&seen, answer)
}
