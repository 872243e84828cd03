//! The addresses at which calendars read who is on duty. An address holds a secret: the log names the pattern of a route,
//! never the address itself.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use hub::duty::{calendar, end_feed, make_feed};

use super::view::Feed;
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Params, Sent};
use crate::page::{Page, Place};
use crate::theme::Theme;

/// Makes an address, or ends one.
pub(super) async fn change(app: App, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let whole = match form.text("what") {
        "mine" => false,
        "all" => true,
        _ => return Err(hub::Error::invalid("what", "Choose your own shifts or the whole rota.").into()),
    };
    if form.text("do") == "end" {
        end_feed(app.hub(), &caller.actor(), whole).await?;
        return Ok(see_other("/duty"));
    }
    let secret = make_feed(app.hub(), &caller.actor(), whole).await?;
    Ok(see_other(&format!("/duty/feeds/{}/address", secret.text)))
}

/// Shows the address to whoever has just made it.
pub(super) async fn address(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let key = params.text("key");
    if calendar(app.hub(), key, caller.now).await?.is_none() {
        return Err(Failure::NOT_FOUND);
    }
    let shell = app.shell(Some(&caller.viewer), theme, "Calendar address", Place::Duty).await;
    let address = format!("{}/duty/feeds/{key}.ics", app.origins().public_url());
    Ok(Page::ok(Feed { shell, address }).into_response())
}

/// The calendar itself.
pub(super) async fn read(app: App, params: Params) -> Result<Response, Failure> {
    let key = params.text("key");
    let key = key.strip_suffix(".ics").unwrap_or(key);
    let text = calendar(app.hub(), key, app.now()).await?.ok_or(Failure::NOT_FOUND)?;
    let head = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"duty.ics\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((head, text).into_response())
}
