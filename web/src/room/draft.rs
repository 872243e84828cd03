//! `POST /incidents/{ref}/draft`: keeping what somebody has begun to write, or discarding it by sending nothing. Pages
//! send it by themselves; without scripts it is a button.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::Error;
use hub::identity::Right;
use hub::room::{Keep, keep};

use super::ONE;
use super::page::{Came, Written, reach, show};
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Params, Sent};
use crate::incident::WRITERS;
use crate::routes::{Access, Table};
use crate::theme::Theme;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.post("/incidents/{ref}/draft", Access::Reach(WRITERS), ONE.with(r#"{"text": "We are back at"}"#), put)
}

async fn put(
    app: App,
    theme: Theme,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    sent: Sent,
) -> Result<Response, Failure> {
    let incident = reach(&app, &caller, &params).await?;
    caller.viewer.may(Right::Write)?;
    let form = sent.form().await?;
    app.rates().draft(&caller.viewer, app.hub().wall.now())?;
    // The button stands in the message's form, whose other fields are of no use here.
    let (text, note) = (form.text("text").to_owned(), form.text("note") == "true");
    let body = Keep { text: text.clone(), note: Some(note) };
    match keep(app.hub(), &caller.actor(), &incident.reference, &body).await {
        // A script has no use for the page that a form leads to; and it must tell this from the way to sign in.
        Ok(()) if accepts_json(&headers) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(()) => Ok(see_other(&format!("/incidents/{}#reply", incident.reference))),
        Err(Error::Invalid(problems)) => {
            let id = hub::id::fresh().to_string();
            let problem = problems.0.into_iter().map(|one| one.message).collect();
            let draft = Some(Written { id, text, note, problem });
            let came = Came { status: Some(StatusCode::UNPROCESSABLE_ENTITY), draft, ..Came::default() };
            show(&app, theme, &caller, &incident, came).await
        }
        Err(error) => Err(error.into()),
    }
}

fn accepts_json(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|kinds| kinds == "application/json")
}
