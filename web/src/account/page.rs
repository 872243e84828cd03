//! `/account/notifications`: the reader's channels, and which of them are used for which priority.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hub::escalation::Priority;
use hub::identity::Right;
use hub::notify::channel::{self, Channel, Reach, Way};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::view::{Confirm, Notifications, Rule, Shown};
use crate::answer::see_other;
use crate::app::App;
use crate::error::Failure;
use crate::extract::{Asked, Caller, Filled, Params, Sent};
use crate::face::Problem;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;
use crate::typed::Typed;
use crate::when::Times;

const HERE: &str = "/account/notifications";
const ONE: Sample = Sample::of(&[("channel", "0190b0c0-0000-7000-8000-000000000000")]);

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    let who = Access::Roles(Right::Respond.roles());
    const PUSH: &str = r#"{"endpoint": "https://push.example/1", "p256dh": "AA", "auth": "AA", "name": "Firefox"}"#;
    table
        .get(HERE, who, Sample::NONE, show)
        .post(HERE, who, Sample::NONE.with(r#"{"P1": "0"}"#), save)
        .post("/account/notifications/mail", who, Sample::NONE.with(r#"{"address": "rosa@home.example"}"#), add_mail)
        .post(
            "/account/notifications/webhook",
            who,
            Sample::NONE.with(r#"{"url": "https://pager.example/hooks/42"}"#),
            add_webhook,
        )
        .post("/account/notifications/push", who, Sample::NONE.with(PUSH), add_push)
        .get("/account/notifications/confirm", who, Sample::NONE, ask)
        .post("/account/notifications/confirm", who, Sample::NONE.with(r#"{"code": "0"}"#), confirm)
        .post("/account/notifications/{channel}/test", who, ONE.with("{}"), test)
        .post("/account/notifications/{channel}/verify", who, ONE.with("{}"), verify)
        .post("/account/notifications/{channel}/remove", who, ONE.with("{}"), remove)
}

async fn show(app: App, theme: Theme, caller: Caller) -> Result<Response, Failure> {
    Ok(Page::ok(page(&app, theme, &caller, Typed::default(), None).await?).into_response())
}

async fn save(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let chosen = |(name, value): &(String, String)| Some((name.parse::<Priority>().ok()?, value.clone()));
    let wanted: Vec<_> = form.pairs().iter().filter_map(chosen).collect();
    let done = channel::save_rules(app.hub(), &caller.viewer, &wanted).await;
    again(&app, theme, &caller, done, &form, Some(&wanted)).await
}

async fn add_mail(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let done = Box::pin(channel::add_mail(app.hub(), &caller.viewer, form.text("address"))).await;
    again(&app, theme, &caller, done, &form, None).await
}

async fn add_webhook(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let done = Box::pin(channel::add_webhook(app.hub(), &caller.actor(), form.text("url"))).await;
    again(&app, theme, &caller, done, &form, None).await
}

async fn add_push(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    let keys = (form.text("endpoint"), form.text("p256dh"), form.text("auth"));
    let done = Box::pin(channel::add_push(app.hub(), &caller.viewer, keys, form.text("name"))).await;
    again(&app, theme, &caller, done, &form, None).await
}

async fn test(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let done = Box::pin(channel::test(app.hub(), &caller.viewer, params.text("channel"))).await;
    again(&app, theme, &caller, done, &Filled::default(), None).await
}

async fn verify(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let done = Box::pin(channel::verify_again(app.hub(), &caller.viewer, params.text("channel"))).await;
    again(&app, theme, &caller, done, &Filled::default(), None).await
}

async fn remove(app: App, theme: Theme, caller: Caller, params: Params) -> Result<Response, Failure> {
    let done = channel::remove(app.hub(), &caller.viewer, params.text("channel")).await;
    again(&app, theme, &caller, done, &Filled::default(), None).await
}

/// After a form: the page anew, or the page with what was typed and what is wrong with it.
async fn again<T>(
    app: &App,
    theme: Theme,
    caller: &Caller,
    done: hub::Result<T>,
    form: &Filled,
    wanted: Option<&[(Priority, String)]>,
) -> Result<Response, Failure> {
    let Err(error) = done else { return Ok(see_other(HERE)) };
    let typed = typed(form, Failure::from(error).problems()?);
    let page = page(app, theme, caller, typed, wanted).await?;
    Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn typed(form: &Filled, problems: hub::Problems) -> Typed {
    let problems = problems.0.into_iter().map(|problem| Problem { field: problem.field, words: problem.message });
    Typed::new(form.pairs().iter().cloned(), problems.collect())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: Option<String>,
}

async fn ask(app: App, theme: Theme, caller: Caller, asked: Asked) -> Result<Response, Failure> {
    let Code { code } = asked.read(&[])?;
    let shell = app.shell(Some(&caller.viewer), theme, "Confirm your address", Place::Elsewhere).await;
    let typed = Typed::new([("code", code.unwrap_or_default())], Vec::new());
    Ok(Page::ok(Confirm { shell, typed }).into_response())
}

async fn confirm(app: App, theme: Theme, caller: Caller, sent: Sent) -> Result<Response, Failure> {
    let form = sent.form().await?;
    match channel::confirm_mail(app.hub(), &caller.viewer, form.text("code")).await {
        Ok(_) => Ok(see_other(HERE)),
        Err(error) => {
            let typed = typed(&form, Failure::from(error).problems()?);
            let shell = app.shell(Some(&caller.viewer), theme, "Confirm your address", Place::Elsewhere).await;
            Ok(Page::with(StatusCode::UNPROCESSABLE_ENTITY, Confirm { shell, typed }).into_response())
        }
    }
}

async fn page(
    app: &App,
    theme: Theme,
    caller: &Caller,
    typed: Typed,
    wanted: Option<&[(Priority, String)]>,
) -> Result<Notifications, Failure> {
    let (hub, viewer) = (app.hub(), &caller.viewer);
    let reach = channel::channels(hub, viewer).await?;
    let secrets = channel::fresh_secrets(hub, viewer).await?;
    // Times here are the machine's: a test of a channel is no part of the story.
    let now = hub.wall.now().timestamp();
    let good: Vec<&Channel> = reach.channels.iter().filter(|channel| channel.verified).collect();
    Ok(Notifications {
        shell: app.shell(Some(viewer), theme, "How you are reached", Place::Elsewhere).await,
        good: reach.apart,
        columns: good.iter().map(|channel| (channel.id.clone(), name(channel))).collect(),
        rows: rows(&reach, &good, wanted),
        chose: reach.chose,
        channels: reach.channels.iter().map(|channel| shown(channel, &secrets, now)).collect(),
        mail: hub.reaching.sends_mail(),
        push_key: hub.reaching.push_key()?,
        typed,
    })
}

/// "Mail, rosa@hub.example".
fn name(channel: &Channel) -> String {
    format!("{}, {}", channel.way.label(), channel.shown)
}

fn rows(reach: &Reach, good: &[&Channel], wanted: Option<&[(Priority, String)]>) -> Vec<Rule> {
    let row = |(priority, used): &(Priority, Vec<String>)| {
        let ticked = |channel: &&Channel| match wanted {
            Some(wanted) => wanted.contains(&(*priority, channel.id.clone())),
            None => used.contains(&channel.id),
        };
        Rule {
            code: priority.code(),
            name: priority.label().replacen('p', "P", 1),
            floor: match Reach::floor(*priority) {
                0 => "",
                1 => "at least one",
                _ => "always two",
            },
            ticked: good.iter().map(ticked).collect(),
        }
    };
    if good.is_empty() { Vec::new() } else { reach.rules.iter().map(row).collect() }
}

fn shown(channel: &Channel, secrets: &[(String, String)], now: jiff::Timestamp) -> Shown {
    let times = Times::utc(TimeZone::UTC);
    let moment = |at: hub::time::Ts| times.moment(at.timestamp(), now);
    let (state, bad) = match (&channel.failed, channel.verified, channel.tested_at) {
        (Some(failed), ..) => (format!("failed {}", moment(failed.at)), true),
        (None, false, _) => ("not verified yet".to_owned(), false),
        (None, true, Some(at)) => (format!("tested {}", moment(at)), false),
        (None, true, None) => ("verified".to_owned(), false),
    };
    Shown {
        id: channel.id.clone(),
        kind: channel.way.label(),
        to: channel.shown.clone(),
        state,
        bad,
        why: channel.failed.as_ref().map(|failed| failed.why.clone()).unwrap_or_default(),
        verified: channel.verified,
        own: channel.own,
        how: match channel.way {
            _ if channel.verified => "",
            Way::Mail => "Open the link in the letter that went there.",
            Way::Webhook => "It must answer a signed message with success.",
            Way::Push => "Open the notice that this browser shows.",
        },
        secret: secrets.iter().find(|(id, _)| *id == channel.id).map(|(_, secret)| secret.clone()).unwrap_or_default(),
    }
}
