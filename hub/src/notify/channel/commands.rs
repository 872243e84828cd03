//! What somebody does about how they are reached: adding a channel, proving and testing it, taking it away, and choosing.
//! Nothing here is of an authority, so nothing of it stands in a room.

use super::kept::{blank, came_of};
use super::row::{self, Mark, rule};
use super::view::kept_of;
use super::{Channel, Kept, Way};
use crate::error::{Answer, Error, Problems, Refusal, Result};
use crate::escalation::Priority;
use crate::hub::Hub;
use crate::id;
use crate::identity::{Actor, Right, Viewer, person_row as person};
use crate::notify::guard;
use crate::notify::notice::{Notice, Occasion};
use crate::notify::push::Subscription;
use crate::notify::reaching::Failed;
use crate::notify::rules::short_of;
use crate::notify::{delivery, mail, webhook};
use crate::text::{Email, Line};
use crate::time::Ts;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// Channels of one person at most.
const MOST: usize = 10;
/// For how long a mail address may be confirmed.
const CODE: SignedDuration = SignedDuration::from_hours(24);
/// Where channels are shown.
pub(crate) const PAGE: &str = "/account/notifications";

/// So long a change of channels waits for the letter that says so.
const PATIENCE: Duration = Duration::from_secs(10);
/// For how long the page on which a webhook was added shows its secret.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// A channel that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
    /// As it is now.
    #[serde(flatten)]
    pub channel: Channel,
    /// What its notices are signed with; shown this once. Webhooks alone have one.
    pub secret: Option<String>,
    /// Why what should prove it did not get through.
    pub failure: Option<String>,
}

/// Adds a mail address. A letter with a link to confirm it goes there.
///
/// # Errors
/// A refusal; an address that must be put right; too many, or too quick.
pub async fn add_mail(hub: &Hub, viewer: &Viewer, address: &str) -> Result<Added> {
    let kept = may_add(hub, viewer, "address").await?;
    if !hub.reaching.sends_mail() {
        return Err(Error::invalid("address", "No mail leaves this hub: who runs it has set no mail server."));
    }
    let address = Email::new(address).ok().filter(|address| mail::is_address(address.as_str()));
    let address = address.ok_or_else(|| Error::invalid("address", "Write a mail address as ana@alder.example."))?;
    if kept.channels.iter().any(|channel| channel.kind == Way::Mail && channel.shown == address.as_str()) {
        return Err(Error::invalid("address", "This address is here already."));
    }
    let now = take_turn(hub, viewer, "address")?;
    if is_anothers(hub, viewer, address.as_str()).await? {
        return Err(Error::invalid("address", "Somebody else signs in with this address; give one of your own."));
    }
    let row = keep(hub, blank(viewer.id(), Way::Mail, address.into(), now)).await?;
    say_changed(hub, viewer).await;
    prove(hub, row, None).await
}

/// Adds a webhook. A signed request goes there at once; whoever answers it with success has proven it.
///
/// # Errors
/// A refusal; an address that must be put right; too many, or too quick.
pub async fn add_webhook(hub: &Hub, actor: &Actor, url: &str) -> Result<Added> {
    let viewer = &actor.viewer;
    may_add(hub, viewer, "url").await?;
    let target = guard::target(url).map_err(|sentence| Error::invalid("url", sentence))?;
    let desk = match hub.db.desk_of(actor).await {
        Err(Error::Replay(answer)) => return Err(again(hub, viewer, *answer).await),
        desk => desk?,
    };
    let now = take_turn(hub, viewer, "url")?;
    let mut row = blank(viewer.id(), Way::Webhook, shown(&target), now);
    row.sealed = Some(hub.reaching.keys.seal(&row.public_id, target.url.as_str())?);
    let row = desk.insert(row).await?;
    // The secret is made anew for who asks again: the kept answer has only what names it.
    desk.answer(actor, 201, &json!({"id": row.public_id})).await?;
    let secret = webhook::secret(&hub.reaching.keys, &row.public_id);
    say_changed(hub, viewer).await;
    prove(hub, row, Some(secret)).await
}

/// The answer to the same request, sent again: the webhook as it is now.
async fn again(hub: &Hub, viewer: &Viewer, kept: Answer) -> Error {
    let id = kept.body["id"].as_str().unwrap_or_default();
    match own(hub, viewer, id).await {
        Ok(row) => {
            let channel = Channel::from(&row);
            let failure = channel.failed.as_ref().map(|failed| failed.why.clone());
            let secret = Some(webhook::secret(&hub.reaching.keys, id));
            let body = serde_json::to_value(Added { channel, secret, failure });
            body.map_or_else(Error::broken, |body| Error::Replay(Box::new(Answer { body, ..kept })))
        }
        Err(error) => error,
    }
}

/// The secrets of the viewer's webhooks that were added within the last minutes, by what names them: until then the page
/// on which they were added shows them.
///
/// # Errors
/// If the database does not answer.
pub async fn fresh_secrets(hub: &Hub, viewer: &Viewer) -> Result<Vec<(String, String)>> {
    let since = hub.wall.now().plus(-FRESH);
    let kept = kept_of(hub, viewer).await?;
    let fresh = kept.channels.iter().filter(|row| row.kind == Way::Webhook && row.created_at > since);
    Ok(fresh.map(|row| (row.public_id.clone(), webhook::secret(&hub.reaching.keys, &row.public_id))).collect())
}

/// A webhook's host, and its port where it is not the usual one: the rest may be a secret.
fn shown(target: &guard::Target) -> String {
    crate::text::cut(&target.url[url::Position::BeforeHost..url::Position::AfterPort], 80)
}

/// Adds this browser, as its `PushManager` says. It is shown a notice, and whoever opens that has proven it.
///
/// # Errors
/// A refusal; keys that are none; too many, or too quick.
pub async fn add_push(
    hub: &Hub,
    viewer: &Viewer,
    (endpoint, p256dh, auth): (&str, &str, &str),
    name: &str,
) -> Result<Added> {
    let kept = may_add(hub, viewer, "endpoint").await?;
    let own = str::to_owned;
    let subscription = Subscription { endpoint: own(endpoint), p256dh: own(p256dh), auth: own(auth) };
    if !subscription.is_sound() {
        return Err(Error::invalid("endpoint", "This browser gave keys that cannot be used; turn it on once more."));
    }
    let sealed = serde_json::to_string(&subscription).map_err(Error::broken)?;
    let opened = |row: &row::Model| hub.reaching.keys.open(&row.public_id, row.sealed.as_deref()?);
    if let Some(same) = kept.channels.iter().find(|row| opened(row).as_deref() == Some(&sealed)) {
        take_turn(hub, viewer, "endpoint")?;
        return prove(hub, same.clone(), None).await;
    }
    let now = take_turn(hub, viewer, "endpoint")?;
    let name = Line::new(name, 60).map_or_else(|_| "A browser".to_owned(), String::from);
    let mut row = blank(viewer.id(), Way::Push, name, now);
    row.sealed = Some(hub.reaching.keys.seal(&row.public_id, &sealed)?);
    let row = keep(hub, row).await?;
    say_changed(hub, viewer).await;
    prove(hub, row, None).await
}

/// Sends what proves a channel once more.
///
/// # Errors
/// Not found; too quick.
pub async fn verify_again(hub: &Hub, viewer: &Viewer, id: &str) -> Result<Added> {
    let row = own(hub, viewer, id).await?;
    take_turn(hub, viewer, "channel")?;
    prove(hub, row, None).await
}

/// Sends a test on a channel that was proven; why it did not get through, where it did not.
///
/// # Errors
/// Not found; not proven; too quick.
pub async fn test(hub: &Hub, viewer: &Viewer, id: &str) -> Result<Option<String>> {
    let row = own(hub, viewer, id).await?;
    if row.verified_at.is_none() {
        return Err(Error::invalid("channel", "Prove this channel first."));
    }
    let now = take_turn(hub, viewer, "channel")?;
    let notice = about_itself(hub, &row, Occasion::Test, PAGE, now);
    let sent = Box::pin(hub.reaching.send(&row, &notice, now)).await;
    finish(hub, &row, sent, Mark::Tested).await
}

/// Takes a channel away. What still waits for it is given up, and says so.
///
/// # Errors
/// Not found; a refusal for the address that they sign in with.
pub async fn remove(hub: &Hub, viewer: &Viewer, id: &str) -> Result<()> {
    let row = own(hub, viewer, id).await?;
    if row.own {
        return Err(Refusal::Unlawful("You sign in with this address; it stays.".to_owned()).into());
    }
    let desk = hub.db.desk().await?;
    desk.update(row::marked(row.id, Mark::Removed, hub.wall.now())).await?;
    desk.commit().await?;
    say_changed(hub, viewer).await;
    Ok(())
}

/// Confirms a mail address with the code that went there.
///
/// # Errors
/// A sentence, for a code that is none of theirs or too old.
pub async fn confirm_mail(hub: &Hub, viewer: &Viewer, code: &str) -> Result<Channel> {
    let (hash, now) = (id::secret_hash(code.trim()), hub.wall.now());
    let kept = kept_of(hub, viewer).await?;
    let found = kept
        .channels
        .into_iter()
        .find(|row| row.code_hash.as_deref() == Some(&hash) && row.code_until.is_some_and(|until| until > now));
    let words = "This code is not good any more, or not yours. Have another one sent.";
    let row = found.ok_or_else(|| Error::invalid("code", words))?;
    verified(hub, &row, now).await
}

/// What a browser says of a notice that it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It has it.
    Delivered,
    /// Its person opened it.
    Opened,
}

/// Takes a browser's word, where `proof` is the one that the notice carried.
///
/// # Errors
/// Not found for anything else.
pub async fn receipt(hub: &Hub, uid: &str, proof: &str, what: Receipt) -> Result<()> {
    if !hub.reaching.keys.proves("receipt", uid, proof) {
        return Err(Error::NotFound);
    }
    let now = hub.wall.now();
    if let Some((id, _)) = uid.strip_prefix("verify.").and_then(|rest| rest.split_once('.')) {
        let system = Viewer::system("a browser's receipt");
        let row = hub.db.read(&system).instance::<row::Entity>().filter(row::with_public_id(id)).one().await?;
        let row = row.ok_or(Error::NotFound)?;
        if what == Receipt::Opened && row.verified_at.is_none() {
            verified(hub, &row, now).await?;
        }
        return Ok(());
    }
    delivery::noticed(hub, uid, None, what).await
}

/// Which channels the viewer is told on, for each priority.
///
/// # Errors
/// A refusal; priorities with too few channels that were proven.
pub async fn save_rules(hub: &Hub, viewer: &Viewer, wanted: &[(Priority, String)]) -> Result<()> {
    viewer.may(Right::Respond)?;
    let kept = kept_of(hub, viewer).await?;
    let key = |id: &String| kept.channels.iter().find(|row| row.public_id == *id).map(|row| row.id);
    // Whatever is none of theirs, any more, is not chosen.
    let mut rules: Vec<_> = wanted.iter().filter_map(|(priority, id)| Some((*priority, key(id)?))).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut problems = Problems::default();
    for (priority, needs) in short_of(&kept.known(hub), &rules) {
        let what = match needs {
            2 => "two verified channels at least, of different kinds or hosts",
            _ => "one verified channel at least",
        };
        let name = priority.label().replacen('p', "P", 1);
        problems.add(priority.code(), format!("{name} needs {what}."));
    }
    problems.none()?;
    let desk = hub.db.desk().await?;
    desk.delete::<rule::Entity>(rule::of_all([viewer.id()])).await?;
    for (priority, channel_id) in rules {
        let priority = priority.code().to_owned();
        desk.add(rule::Model { person_id: viewer.id(), priority, channel_id }).await?;
    }
    desk.commit().await?;
    say_changed(hub, viewer).await;
    Ok(())
}

/// Says to the address that the viewer signs in with that how they are reached was changed: whoever has stolen into
/// their session is seen. It is said once and not kept; where it does not get through, the log has it.
async fn say_changed(hub: &Hub, viewer: &Viewer) {
    let now = hub.wall.now();
    let Ok(kept) = kept_of(hub, viewer).await else { return };
    let Some(own) = kept.channels.iter().find(|row| row.own && hub.reaching.can(row.kind)) else { return };
    if !hub.reaching.may_say_changed(viewer.id(), now) {
        return;
    }
    let notice = about_itself(hub, own, Occasion::Changed, PAGE, now);
    let sending = Box::pin(hub.reaching.send(own, &notice, now));
    match tokio::time::timeout(PATIENCE, sending).await {
        Ok(Ok(())) => {}
        Ok(Err(failed)) => tracing::warn!(person = viewer.id(), why = failed.why, "a change of channels was not told"),
        Err(_) => tracing::warn!(person = viewer.id(), "a change of channels was not told in time"),
    }
}

/// Whether somebody else signs in with an address, or did.
async fn is_anothers(hub: &Hub, viewer: &Viewer, address: &str) -> Result<bool> {
    let system = Viewer::system("looking whose an address is");
    let whose = hub.db.read(&system).instance::<person::Entity>().filter(person::with_email(address)).one().await?;
    Ok(whose.is_some_and(|whose| whose.id != viewer.id()))
}

async fn may_add(hub: &Hub, viewer: &Viewer, field: &str) -> Result<Kept> {
    viewer.may(Right::Respond)?;
    let kept = kept_of(hub, viewer).await?;
    if kept.channels.len() >= MOST {
        return Err(Error::invalid(field, "You have ten channels; take one away first."));
    }
    Ok(kept)
}

fn take_turn(hub: &Hub, viewer: &Viewer, field: &str) -> Result<Ts> {
    let now = hub.wall.now();
    match hub.reaching.tests(viewer.id(), now) {
        Ok(()) => Ok(now),
        Err(too_soon) => {
            let minutes = too_soon.0.div_ceil(60);
            Err(Error::invalid(field, format!("That was often. Try again in {minutes} min.")))
        }
    }
}

async fn own(hub: &Hub, viewer: &Viewer, id: &str) -> Result<row::Model> {
    let kept = kept_of(hub, viewer).await?;
    kept.channels.into_iter().find(|row| row.public_id == id).ok_or(Error::NotFound)
}

async fn keep(hub: &Hub, row: row::Model) -> Result<row::Model> {
    let desk = hub.db.desk().await?;
    let row = desk.insert(row).await?;
    desk.commit().await?;
    Ok(row)
}

fn about_itself(hub: &Hub, row: &row::Model, occasion: Occasion, path: &str, now: Ts) -> Notice {
    let uid = match (occasion, row.kind) {
        (Occasion::Verify, Way::Push) => format!("verify.{}.{}", row.public_id, id::fresh()),
        _ => id::fresh().to_string(),
    };
    Notice { uid, occasion, about: None, url: hub.reaching.page(path), at: now }
}

/// Sends what proves a channel.
async fn prove(hub: &Hub, mut row: row::Model, secret: Option<String>) -> Result<Added> {
    let now = hub.wall.now();
    let mut path = PAGE.to_owned();
    if row.kind == Way::Mail {
        let code = id::secret("");
        let desk = hub.db.desk().await?;
        desk.update(row::coded(row.id, &code.hash, now.plus(CODE))).await?;
        desk.commit().await?;
        path = format!("{PAGE}/confirm?code={}", code.text);
    }
    let notice = about_itself(hub, &row, Occasion::Verify, &path, now);
    let sent = match hub.reaching.may_ask(&row, now) {
        Ok(()) => Box::pin(hub.reaching.send(&row, &notice, now)).await,
        Err(_) => Err(Failed::for_now("this address got many mails lately; have it sent again later")),
    };
    let got_through = sent.is_ok();
    let failure = match row.kind {
        // Whoever answers is there; letters and notices must be opened.
        Way::Webhook if got_through => {
            verified(hub, &row, now).await?;
            row.verified_at = Some(now);
            None
        }
        _ => finish(hub, &row, sent, Mark::Works).await?,
    };
    let mut channel = Channel::from(&row);
    if got_through {
        channel.failed = None;
    }
    Ok(Added { channel, secret, failure })
}

async fn finish(hub: &Hub, row: &row::Model, sent: Result<(), Failed>, mark: Mark) -> Result<Option<String>> {
    let now = hub.wall.now();
    match sent {
        Ok(()) => {
            let desk = hub.db.desk().await?;
            desk.update(row::marked(row.id, mark, now)).await?;
            desk.commit().await?;
            Ok(None)
        }
        Err(failed) => {
            let why = failed.why.clone();
            came_of(hub, row, &Err(failed), now).await?;
            Ok(Some(why))
        }
    }
}

async fn verified(hub: &Hub, row: &row::Model, now: Ts) -> Result<Channel> {
    let desk = hub.db.desk().await?;
    desk.update(row::marked(row.id, Mark::Verified, now)).await?;
    desk.commit().await?;
    tracing::info!(kind = row.kind.code(), person = row.person_id, "a channel was proven");
    Ok(Channel { verified: true, failed: None, ..Channel::from(row) })
}
