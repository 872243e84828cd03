//! The forms of duty. Each posts to a child of `/duty` and leads back to it; one that is refused comes back with all that
//! was typed, its fields under a name of its own: `cover.from`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::duty::{
    NewCover, NewHandover, NewLine, NewShift, NewSwap, Reply, add_line, add_shift, answer_cover, cover_now, hand_over,
    offer_cover, offer_swap, remove_line, remove_shift,
};
use hub::{Error, Problems};

use super::page::page;
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Caller, Filled, Params, Sent};
use crate::face::Problem;
use crate::page::Page;
use crate::theme::Theme;
use crate::typed::{Typed, civil};

/// Where whoever posted was, and what is to be shown again.
struct Form {
    app: App,
    theme: Theme,
    caller: Caller,
    filled: Filled,
    prefix: &'static str,
}

impl Form {
    async fn read(app: App, theme: Theme, caller: Caller, sent: Sent, prefix: &'static str) -> Result<Self, Failure> {
        let filled = sent.form().await?;
        Ok(Self { app, theme, caller, filled, prefix })
    }

    fn text(&self, name: &str) -> String {
        self.filled.text(name).trim().to_owned()
    }

    /// What was typed; none where nothing was.
    fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A day and a time as people type them.
    fn civil(&self, name: &str) -> String {
        civil(self.filled.text(name))
    }

    /// The zone of the form's hours: UTC unless it is said.
    fn zone(&self) -> String {
        self.some("zone").unwrap_or_else(|| "UTC".to_owned())
    }

    /// All that was sent under a name.
    fn all(&self, name: &str) -> Vec<String> {
        let of = self.filled.pairs().iter().filter(|(known, _)| known == name);
        of.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
    }

    /// Back to the page, or to it with what is wrong.
    async fn answer<T>(self, done: hub::Result<T>, to: impl FnOnce(T) -> String) -> Result<Response, Failure> {
        let problems = match done {
            Ok(done) => return Ok(see_other(&to(done))),
            Err(Error::Invalid(problems)) => problems,
            Err(error) => return Err(error.into()),
        };
        let days = self.all("days").join(" ");
        let typed = Typed::new(self.filled.pairs().iter().cloned(), told(problems));
        let typed = if days.is_empty() { typed } else { typed.with("days", days) };
        let typed = if self.prefix.is_empty() { typed } else { typed.within(self.prefix) };
        let page = page(&self.app, self.theme, &self.caller, None, typed).await?;
        Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    }
}

/// What is wrong, as a page says it that has lists to choose from.
fn told(problems: Problems) -> Vec<Problem> {
    let words = |problem: &hub::Problem| match (problem.field.as_str(), problem.message.as_str()) {
        (_, words) if words.starts_with("Give the address of a responder") => "Choose somebody.".to_owned(),
        ("with", _) => "Choose somebody else.".to_owned(),
        (_, words) => words.to_owned(),
    };
    problems.0.into_iter().map(|problem| Problem { words: words(&problem), field: problem.field }).collect()
}

fn home<T>(_: T) -> String {
    "/duty".to_owned()
}

pub(super) async fn shift(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = Form::read(app, theme, caller, sent, "").await?;
    let new = NewShift {
        person: form.text("person"),
        from: form.civil("from"),
        to: form.civil("to"),
        post: form.some("post"),
        zone: Some(form.zone()),
    };
    let done = add_shift(form.app.hub(), &form.caller.actor(), &new).await;
    form.answer(done, home).await
}

pub(super) async fn end_shift(app: App, caller: Caller, params: Params) -> Result<Response, Failure> {
    remove_shift(app.hub(), &caller.actor(), params.parse("id")?).await?;
    Ok(see_other("/duty"))
}

pub(super) async fn line(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = Form::read(app, theme, caller, sent, "line").await?;
    let people = form.text("people");
    let new = NewLine {
        post: form.text("post"),
        zone: form.zone(),
        days: form.all("days"),
        from: form.text("from"),
        to: form.text("to"),
        people: people
            .split([',', '\n', ' '])
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect(),
        turn: form.some("turn"),
        since: form.text("since"),
        until: form.some("until"),
    };
    let done = add_line(form.app.hub(), &form.caller.actor(), &new).await;
    form.answer(done, home).await
}

pub(super) async fn end_line(app: App, caller: Caller, params: Params) -> Result<Response, Failure> {
    remove_line(app.hub(), &caller.actor(), params.parse("id")?).await?;
    Ok(see_other("/duty"))
}

pub(super) async fn at_once(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = Form::read(app, theme, caller, sent, "now").await?;
    let minutes = form.text("minutes").parse().unwrap_or_default();
    let done = cover_now(form.app.hub(), &form.caller.actor(), minutes).await;
    form.answer(done, home).await
}

pub(super) async fn cover(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = Form::read(app, theme, caller, sent, "cover").await?;
    let new = NewCover {
        whose: form.some("whose"),
        by: form.some("by"),
        from: form.civil("from"),
        to: form.civil("to"),
        zone: Some(form.zone()),
        post: form.some("post"),
    };
    let done = offer_cover(form.app.hub(), &form.caller.actor(), &new).await;
    form.answer(done, home).await
}

pub(super) async fn reply(app: App, caller: Caller, params: Params, sent: Sent) -> Result<Response, Failure> {
    let id = params.parse("id")?;
    let form = sent.form().await?;
    let reply = match form.text("reply") {
        "accept" => Reply::Accept,
        "decline" => Reply::Decline,
        "withdraw" => Reply::Withdraw,
        _ => return Err(Error::invalid("reply", "Accept it, decline it or take it back.").into()),
    };
    answer_cover(app.hub(), &caller.actor(), id, reply).await?;
    Ok(see_other("/duty"))
}

pub(super) async fn swap(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = Form::read(app, theme, caller, sent, "swap").await?;
    let new = NewSwap {
        with: form.text("with"),
        from: form.civil("from"),
        to: form.civil("to"),
        their_from: form.civil("their_from"),
        their_to: form.civil("their_to"),
        zone: Some(form.zone()),
    };
    let done = offer_swap(form.app.hub(), &form.caller.actor(), &new).await;
    form.answer(done, home).await
}

pub(super) async fn handover(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = Form::read(app, theme, caller, sent, "handover").await?;
    let new = NewHandover { from: form.some("from"), to: form.some("to"), post: form.some("post") };
    let done = hand_over(form.app.hub(), &form.caller.actor(), &new).await;
    form.answer(done, |one| format!("/duty/handovers/{}", one.id)).await
}
