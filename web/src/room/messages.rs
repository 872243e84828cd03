//! `POST /incidents/{ref}/messages`: saying something by a plain form. Nothing typed is ever lost.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use hub::audit::EventView as Event;
use hub::identity::Right;
use hub::rate::TooSoon;
use hub::room::{Keep, Say, keep, say};
use hub::{Error, Refusal};

use super::ONE;
use super::page::{Came, Written, reach, show};
use crate::answer::see_other;
use crate::app::App;
use crate::error::{Failure, sentence};
use crate::extract::{Caller, Filled, Kind, Params, Sent, Shape};
use crate::incident::WRITERS;
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;

const SHAPE: &Shape = &[("note", Kind::Bool), ("anyway", Kind::Bool), ("seen", Kind::Number)];

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    const SAID: Sample = ONE.with(
        r#"{"id": "0199b2f4-5b1e-7c3a-8f00-0000000000aa", "text": "We are back at two sites.", "seen": 1000000}"#,
    );
    table.post("/incidents/{ref}/messages", Access::Reach(WRITERS), SAID, write)
}

async fn write(app: App, theme: Theme, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let incident = reach(&app, &caller, &params).await?;
    caller.viewer.may(Right::Write)?;
    let form = sent.form().await?;
    let note = form.text("note") == "true";
    if note {
        caller.viewer.may(Right::Respond)?;
    }
    let soon = app.rates().message(&caller.viewer, app.hub().wall.now()).err();
    let said = match body(&form) {
        // Nothing is stored, and what was typed is shown again below.
        _ if soon.is_some() => Err(Error::Busy),
        Ok(body) => say(app.hub(), &caller.actor(), &incident.reference, &body).await,
        Err(failure) => Err(Error::Invalid(failure.problems()?)),
    };
    let id = Some(form.text("id").to_owned()).filter(|id| !id.is_empty());
    let mut written = Written {
        id: id.unwrap_or_else(|| hub::id::fresh().to_string()),
        text: form.text("text").to_owned(),
        note,
        problem: String::new(),
    };
    let mut came = Came::default();
    match said {
        Ok(_) | Err(Error::Replay(_)) => {
            // What stood in the field is sent, and with it whatever was kept of it.
            keep(app.hub(), &caller.actor(), &incident.reference, &Keep::default()).await?;
            return Ok(see_other(&format!("/incidents/{}#newest", incident.reference)));
        }
        Err(Error::Refused(Refusal::Unseen(events))) => {
            came.status = Some(StatusCode::CONFLICT);
            came.unseen = events.into_iter().filter_map(|event| serde_json::from_value::<Event>(event).ok()).collect();
        }
        Err(Error::Refused(Refusal::Unlawful(words))) => {
            came.status = Some(StatusCode::CONFLICT);
            came.notice = kept(&sentence(&words), &written.text);
        }
        Err(Error::Invalid(problems)) => {
            came.status = Some(StatusCode::UNPROCESSABLE_ENTITY);
            let about_id = problems.0.iter().any(|problem| problem.field == "id");
            if about_id {
                written.id = hub::id::fresh().to_string();
            }
            written.problem = match problems.0.first() {
                Some(problem) if problem.field == "text" => problem.message.clone(),
                Some(_) if about_id => {
                    "You have sent another message from this page before. Send this one again if you mean it."
                        .to_owned()
                }
                _ => problems.to_string(),
            };
        }
        Err(Error::Busy) if let Some(TooSoon(seconds)) = soon => {
            came.status = Some(StatusCode::TOO_MANY_REQUESTS);
            written.problem = format!(
                "You have sent many messages within a minute, and this one is not sent. Your text is kept: send it again \
                 in {seconds} seconds."
            );
        }
        Err(Error::Busy) => {
            came.status = Some(StatusCode::SERVICE_UNAVAILABLE);
            written.problem = "The hub is busy and this is not sent. Your text is kept: send it again.".to_owned();
        }
        Err(error) => return Err(error.into()),
    }
    came.draft = Some(written);
    // The room may have moved on while the message was on its way.
    let incident = reach(&app, &caller, &params).await?;
    let mut page = show(&app, theme, &caller, &incident, came).await?;
    if let Some(TooSoon(seconds)) = soon {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(page)
}

fn body(form: &Filled) -> Result<Say, Failure> {
    if form.text("text").trim().is_empty() {
        return Err(Failure::invalid("text", "Write something first."));
    }
    form.read(SHAPE)
}

/// A closed room has no field to keep a text in: the notice holds it.
fn kept(words: &str, text: &str) -> String {
    format!("{words} Not sent: “{text}”")
}
