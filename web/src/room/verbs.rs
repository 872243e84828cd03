//! The verbs of a room as plain forms. Each leads back to the room, which shows what it did; one that did nothing says
//! why above the timeline, and what was typed stands in its form again.

use axum::http::StatusCode;
use axum::response::Response;
use hub::identity::{Actor, Right, Role, Side};
use hub::incident::{self, ConfirmSeverity, IncidentView, Override, Reason, Resolve};
use hub::{Answer, Error, Hub, Refusal};

use super::ONE;
use super::heads::lower;
use super::page::{Came, reach, show};
use crate::answer::see_other;
use crate::app::App;
use crate::error::{Failure, sentence};
use crate::extract::{Caller, Filled, Params, Sent};
use crate::face::Problem;
use crate::incident::WRITERS;
use crate::routes::{Access, Table};
use crate::theme::Theme;
use crate::typed::Typed;

const RESPONDERS: &[Role] = &[Role::Responder, Role::ShiftLead, Role::Supervisor];

/// The verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Acknowledge,
    Claim,
    Release,
    Assign,
    ConfirmSeverity,
    ConfirmLowering,
    Override,
    Resolve,
    Reopen,
    Close,
}

macro_rules! verbs {
    ($table:ident, $($path:literal $verb:ident $roles:ident $body:literal;)+) => {
        $table$(.post(
            concat!("/incidents/{ref}/", $path),
            Access::Reach($roles),
            const { ONE.with($body) },
            async |app: App, theme: Theme, caller: Caller, params: Params, sent: Sent| {
                act(Verb::$verb, app, theme, caller, params, sent).await
            },
        ))+
    };
}

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    verbs!(table,
        "acknowledge" Acknowledge RESPONDERS "{}";
        "claim" Claim RESPONDERS "{}";
        "release" Release RESPONDERS r#"{"reason": "My shift ends."}"#;
        "assign" Assign RESPONDERS r#"{"to": "ravi@hub.example"}"#;
        "confirm-severity" ConfirmSeverity RESPONDERS r#"{"answers": {"people": "none"}}"#;
        "confirm-lowering" ConfirmLowering RESPONDERS "{}";
        "override" Override WRITERS r#"{"priority": "P1", "reason": "It spreads to a second site."}"#;
        "resolve" Resolve RESPONDERS r#"{"cause": "fault", "text": "The supplier has restored the service."}"#;
        "reopen" Reopen WRITERS r#"{"reason": "It is back."}"#;
        "close" Close RESPONDERS "{}";
    )
}

impl Verb {
    const fn code(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Assign => "assign",
            Self::ConfirmSeverity => "confirm-severity",
            Self::ConfirmLowering => "confirm-lowering",
            Self::Override => "override",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
            Self::Close => "close",
        }
    }

    /// Whether the caller may at all: known before the form is read.
    fn may(self, caller: &Caller, incident: &IncidentView) -> hub::Result<()> {
        let viewer = &caller.viewer;
        match self {
            Self::Reopen => viewer.may(Right::Reopen),
            // An official's raise is no right of the table; how far and how often is decided with the incident.
            Self::Override if viewer.side() == Side::Authority => Ok(()),
            Self::Override => viewer.may(Right::OverrideUp),
            Self::Assign => {
                let owner = incident.owner_id == Some(viewer.id()) && viewer.role().has(Right::Respond);
                if owner { Ok(()) } else { viewer.may(Right::Assign) }
            }
            _ => viewer.may(Right::Respond),
        }
    }

    async fn run(self, hub: &Hub, actor: &Actor, reference: &str, form: &Filled) -> Result<Answer, Failure> {
        let done = match self {
            Self::Acknowledge => incident::acknowledge(hub, actor, reference).await,
            Self::Claim => incident::claim(hub, actor, reference).await,
            Self::Release => incident::release(hub, actor, reference, &form.read::<Reason>(&[])?).await,
            Self::Assign => incident::assign(hub, actor, reference, &form.read(&[])?).await,
            Self::ConfirmSeverity => {
                incident::confirm_severity(hub, actor, reference, &form.read::<ConfirmSeverity>(&[])?).await
            }
            Self::ConfirmLowering => incident::confirm_lowering(hub, actor, reference).await,
            Self::Override => {
                if form.text("reason").trim().is_empty() {
                    return Err(Failure::invalid("reason", "Say why, in one sentence."));
                }
                incident::override_priority(hub, actor, reference, &form.read::<Override>(&[])?).await
            }
            Self::Resolve => incident::resolve(hub, actor, reference, &form.read::<Resolve>(&[])?).await,
            Self::Reopen => incident::reopen(hub, actor, reference, &form.read::<Reason>(&[])?).await,
            Self::Close => incident::close(hub, actor, reference).await,
        };
        Ok(done?)
    }
}

async fn act(
    verb: Verb,
    app: App,
    theme: Theme,
    caller: Caller,
    params: Params,
    sent: Sent,
) -> Result<Response, Failure> {
    let incident = reach(&app, &caller, &params).await?;
    verb.may(&caller, &incident)?;
    let form = sent.form().await?;
    let came = match verb.run(app.hub(), &caller.actor(), &incident.reference, &form).await {
        Ok(_) | Err(Failure::Hub(Error::Replay(_))) => {
            return Ok(see_other(&format!("/incidents/{}", incident.reference)));
        }
        Err(failure) => came_back(failure)?,
    };
    let problems = came.problems.into_iter().map(|problem| Problem { field: problem.field, words: problem.message });
    let typed = Typed::new(form.pairs().iter().cloned(), problems.collect()).within(verb.code());
    let incident = reach(&app, &caller, &params).await?;
    let shown = Came { status: Some(came.status), notice: came.notice, typed, ..Came::default() };
    show(&app, theme, &caller, &incident, shown).await
}

/// Why a form did nothing, where its page is shown again.
pub(super) struct Back {
    pub status: StatusCode,
    pub notice: String,
    pub problems: Vec<hub::Problem>,
}

/// What of a failure belongs on the page that the form stood on.
///
/// # Errors
/// The failure itself where it is another one: not found, not this role's, ours.
pub(super) fn came_back(failure: Failure) -> Result<Back, Failure> {
    let back = |status, words: &str| Back { status, notice: sentence(words), problems: Vec::new() };
    match failure {
        Failure::Hub(Error::Invalid(problems)) => {
            let first = problems.0.first().map(|problem| problem.message.clone()).unwrap_or_default();
            let notice = format!("Nothing was changed: {}", lower(&first));
            Ok(Back { status: StatusCode::UNPROCESSABLE_ENTITY, notice, problems: problems.0 })
        }
        Failure::Hub(Error::Refused(refusal)) => match refusal {
            Refusal::NotAllowed(_) | Refusal::Unseen(_) | Refusal::OtherEpoch => Err(refusal.into()),
            Refusal::Forbidden(words) => Ok(back(StatusCode::FORBIDDEN, words)),
            Refusal::AlreadyClaimed { .. } => Ok(back(StatusCode::CONFLICT, &refusal.to_string())),
            Refusal::Unlawful(words) => Ok(back(StatusCode::CONFLICT, &words)),
        },
        Failure::Hub(Error::Busy) => {
            let words = "The hub is busy and nothing was stored. Send it again in a moment.";
            Ok(back(StatusCode::SERVICE_UNAVAILABLE, words))
        }
        Failure::TooMany(seconds) => {
            let words = format!("Nothing was changed: this is too soon. Send it again in {seconds} seconds.");
            Ok(back(StatusCode::TOO_MANY_REQUESTS, &words))
        }
        other => Err(other),
    }
}
