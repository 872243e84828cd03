//! With what people are reached: what stands in the settings, and what was counted since the start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;

use super::channel::Way;
use super::channel::row as channel;
use super::guard;
use super::keys::Keys;
use super::mail::Mailer;
use super::notice::Notice;
use super::outside::{Names, Outside};
use super::push::{self, Subscription};
use super::webhook;
use crate::config::{Config, Limit, Limits};
use crate::error::Result;
use crate::rate::{Rate, TooSoon};
use crate::time::Ts;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// An address that nobody has proven is asked so often a day, over all people.
const ASKED: Limit = Limit::of(3);
/// Somebody is told so often a day that their channels were changed: they know it then.
const CHANGES: Limit = Limit::of(10);

/// Why a notice was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    /// In a few words, for the person whose channel it is; no address, no secret.
    pub why: String,
    /// Whether trying again is of no use.
    pub for_good: bool,
    /// Whether the channel is no more.
    pub gone: bool,
}

impl Failed {
    pub(crate) fn for_now(why: impl Into<String>) -> Self {
        Self { why: why.into(), for_good: false, gone: false }
    }

    pub(crate) fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), for_good: true, gone: false }
    }
}

/// What became of attempts on this node since its start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Whoever carries it on has it.
    pub accepted: AtomicU64,
    /// It did not get through, and is tried again.
    pub retried: AtomicU64,
    /// It is not tried any more.
    pub given_up: AtomicU64,
}

impl Counts {
    /// Each with the word of `hub_pages_total{result}`.
    pub fn all(&self) -> [(&'static str, u64); 3] {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [("accepted", read(&self.accepted)), ("retried", read(&self.retried)), ("given_up", read(&self.given_up))]
    }
}

/// With what people are reached outside of the hub's pages.
#[derive(Debug)]
pub struct Reaching {
    pub(crate) keys: Keys,
    outside: Outside,
    mailer: Option<Mailer>,
    /// Where people find the hub: `https://hub.example`.
    base: String,
    /// Whom a push service may ask.
    contact: String,
    mails: Rate<String>,
    tests: Rate<i64>,
    /// Letters that ask whether an address is somebody's, by address: they take nothing of what is sent to whoever has
    /// proven it.
    asked: Rate<String>,
    /// Letters that say to somebody that their channels were changed.
    changes: Rate<i64>,
    /// What was counted.
    pub counts: Counts,
}

impl Reaching {
    /// Nobody is reached: commands that end, and tests that have nothing to do with it.
    pub fn nobody() -> Self {
        Self {
            keys: Keys::drawn(),
            outside: Outside::new(&[], Names::system()),
            mailer: None,
            base: "http://localhost".to_owned(),
            contact: "http://localhost".to_owned(),
            mails: hourly(&Limits::NONE, |limits| limits.mails_per_address_per_hour),
            tests: hourly(&Limits::NONE, |limits| limits.channel_tests_per_hour),
            asked: Rate::new(ASKED, DAY),
            changes: Rate::new(CHANGES, DAY),
            counts: Counts::default(),
        }
    }

    /// As the settings say; `base` is where people find the hub.
    ///
    /// # Errors
    /// A sentence that names the setting that must be put right.
    pub fn new(config: &Config, base: &str) -> Result<Self, String> {
        Self::with_names(config, base, Names::system())
    }

    /// The same, with another way to find addresses.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_names(config: &Config, base: &str, names: Names) -> Result<Self, String> {
        let url = url::Url::parse(base).map_err(|_| "public_url must be as https://hub.example.org".to_owned())?;
        let host = url.host_str().unwrap_or("localhost").to_owned();
        let mailer = config.smtp_url.as_ref().map(|url| Mailer::new(url, config.mail_from.as_deref(), &host));
        let keys = config.secret_key.as_ref().map_or_else(Keys::drawn, |secret| Keys::of(secret.expose()));
        let contact = config.security_contact.clone().filter(|contact| !contact.starts_with("tel:"));
        Ok(Self {
            keys,
            outside: Outside::new(&config.outbound_allowed, names),
            mailer: mailer.transpose()?,
            base: base.trim_end_matches('/').to_owned(),
            contact: contact.unwrap_or_else(|| base.to_owned()),
            mails: hourly(&config.limits, |limits| limits.mails_per_address_per_hour),
            tests: hourly(&config.limits, |limits| limits.channel_tests_per_hour),
            asked: Rate::new(ASKED, DAY),
            changes: Rate::new(CHANGES, DAY),
            counts: Counts::default(),
        })
    }

    /// Whether mail is sent at all.
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }

    /// Whether the mail server is there; nothing where none is set.
    ///
    /// # Errors
    /// Why it cannot be used, in a few words.
    pub async fn check_mail(&self) -> Option<Result<(), String>> {
        Some(self.mailer.as_ref()?.check().await)
    }

    /// The key by which browsers know the hub.
    ///
    /// # Errors
    /// If none can be made of the secret.
    pub fn push_key(&self) -> Result<String> {
        push::public_key(&self.keys)
    }

    /// A page of ours.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whether somebody may try a channel once more.
    pub(crate) fn tests(&self, person: i64, now: Ts) -> Result<(), TooSoon> {
        self.tests.take(person, now)
    }

    /// Whether an address may get one more mail; other channels may always.
    pub(crate) fn may_send(&self, to: &channel::Model, now: Ts) -> Result<(), TooSoon> {
        if to.kind == Way::Mail { self.mails.take(to.shown.clone(), now) } else { Ok(()) }
    }

    /// Whether a channel may get one more of what proves it. An address that is not proven yet is perhaps a stranger's:
    /// few letters go there, whoever asks for them.
    pub(crate) fn may_ask(&self, of: &channel::Model, now: Ts) -> Result<(), TooSoon> {
        match of.kind {
            Way::Mail if of.verified_at.is_none() => self.asked.take(of.shown.clone(), now),
            _ => self.may_send(of, now),
        }
    }

    /// Whether somebody is to have one more letter that says that their channels were changed.
    pub(crate) fn may_say_changed(&self, person: i64, now: Ts) -> bool {
        self.changes.take(person, now).is_ok()
    }

    /// The host to which a channel leads; what stands for it where that cannot be read any more.
    pub(crate) fn host(&self, channel: &channel::Model) -> String {
        let sealed = channel.sealed.as_ref().and_then(|sealed| self.keys.open(&channel.public_id, sealed));
        let url = match channel.kind {
            Way::Mail => return channel.shown.rsplit('@').next().unwrap_or_default().to_lowercase(),
            Way::Webhook => sealed,
            Way::Push => sealed.and_then(|sealed| Some(serde_json::from_str::<Subscription>(&sealed).ok()?.endpoint)),
        };
        let target = url.and_then(|url| guard::target(&url).ok());
        target.map_or_else(|| channel.shown.clone(), |target| target.host.trim_end_matches('.').to_owned())
    }

    /// Whether the hub can use this kind of channel at all.
    pub(crate) fn can(&self, way: Way) -> bool {
        way != Way::Mail || self.sends_mail()
    }

    /// Sends a notice on a channel.
    pub(crate) async fn send(&self, to: &channel::Model, notice: &Notice, now: Ts) -> Result<(), Failed> {
        let sealed = || {
            let opened = to.sealed.as_ref().and_then(|sealed| self.keys.open(&to.public_id, sealed));
            opened.ok_or_else(|| Failed::for_good("its address was sealed with another secret key; add it again"))
        };
        match to.kind {
            Way::Mail => match &self.mailer {
                Some(mailer) => mailer.send(&to.shown, notice).await,
                None => Err(Failed::for_now("no mail server is set")),
            },
            Way::Webhook => webhook::send(&self.outside, &self.keys, (&to.public_id, &sealed()?), notice, now).await,
            Way::Push => {
                let subscription: Subscription = serde_json::from_str(&sealed()?)
                    .map_err(|_| Failed::for_good("this browser's keys cannot be used; turn it on once more"))?;
                push::send(&self.outside, &self.keys, (&subscription, &self.contact), notice, now).await
            }
        }
    }
}

fn hourly<K: Eq + std::hash::Hash>(limits: &Limits, which: impl FnOnce(&Limits) -> Limit) -> Rate<K> {
    Rate::new(which(limits), SignedDuration::from_hours(1))
}

impl crate::hub::Hub {
    /// The same hub, reaching people so. Without this it reaches them in its own pages alone.
    pub fn reaching(self, reaching: Reaching) -> Self {
        Self { reaching: Arc::new(reaching), ..self }
    }
}
