//! People are reached outside of the hub: exactly those who are to be, at least once, in order, and nobody learns what
//! they must not.

mod channels;
mod mail;
mod push;
mod surface;
mod webhook;

use hub::config::{Config, Secret, Sources};
use hub::notify::{self, Names, Proof, Reaching, channel};
use hub_tests::hub::{Someone, body};
use hub_tests::smtp::Smtp;
use hub_tests::{Engine, TestHub};
use serde_json::json;

/// A hub that reaches people, with Rosa on duty.
pub struct House {
    pub hub: TestHub,
    pub rosa: Someone,
}

/// Whatever is on this machine is outside enough for a test.
const ALLOWED: &str = "127.0.0.0/8";

fn reaching(smtp: Option<&Smtp>, allowed: &str) -> Reaching {
    let mut config = Config::load(&Sources::default()).expect("settings");
    config.smtp_url = smtp.map(|smtp| Secret::new(smtp.url()));
    config.mail_from = Some("Election hub <hub@hub.example>".to_owned());
    config.secret_key = Some(Secret::new("a secret of the test"));
    config.outbound_allowed = allowed.split(',').filter_map(|network| network.parse().ok()).collect();
    let names = Names::of(|host| match host {
        "pager.example" => vec!["127.0.0.1".parse().expect("an address")],
        "both.example" => ["9.9.9.9", "127.0.0.1"].map(|address| address.parse().expect("an address")).to_vec(),
        _ => Vec::new(),
    });
    Reaching::with_names(&config, "https://hub.example", names).expect("settings that can be used")
}

impl House {
    pub async fn new(engine: Engine, smtp: Option<&Smtp>) -> Self {
        Self::with(engine, smtp, ALLOWED).await
    }

    pub async fn with(engine: Engine, smtp: Option<&Smtp>, allowed: &str) -> Self {
        let mut hub = TestHub::new(engine).await;
        hub.hub = hub.hub.clone().reaching(reaching(smtp, allowed));
        let rosa = hub.person("rosa").clone();
        let house = Self { hub, rosa };
        house.on_duty("rosa").await;
        house
    }

    pub async fn on_duty(&self, first: &str) {
        let (lena, who) = (self.hub.person("lena"), self.hub.person(first));
        let now = self.hub.hub.clock.now();
        let to = now.plus(jiff::SignedDuration::from_hours(24));
        let shift = body(json!({"person": who.email, "from": now.to_string(), "to": to.to_string()}));
        hub::duty::add_shift(&self.hub.hub, &lena.acts(), &shift).await.expect("a shift is added");
    }

    /// Somebody's webhook, proven.
    pub async fn webhook(&self, who: &Someone, url: &str) -> (String, String) {
        let added = channel::add_webhook(&self.hub.hub, &who.acts(), url).await.expect("a webhook is added");
        assert_eq!(added.failure, None);
        assert!(added.channel.verified);
        (added.channel.id, added.secret.expect("it is shown once"))
    }

    /// An incident of priority 1.
    pub async fn emergency(&self, summary: &str) -> String {
        let ana = self.hub.person("ana");
        let report = json!({"summary": summary, "answers": {"people": "happening_now"}, "voting_stopped": true});
        let filed = ana.reports(report).await.expect("it is filed");
        assert_eq!(filed["priority"], "P1");
        filed["ref"].as_str().expect("a reference").to_owned()
    }

    /// All that is due is carried out.
    pub async fn carries_out(&self) {
        notify::turn(&self.hub.hub).await.expect("it is carried out");
    }

    /// The clocks go on, and all that is due is carried out.
    pub async fn after(&self, seconds: i64) {
        let at = self.hub.hub.wall.now().plus(jiff::SignedDuration::from_secs(seconds));
        self.hub.clock_moves_to(&at.to_string()).await;
        self.carries_out().await;
    }

    /// Under the first event that was to reach somebody: whom, and how far it came.
    pub async fn proofs(&self, r: &str) -> Vec<Proof> {
        let all = notify::proofs(&self.hub.hub, &self.rosa.viewer, r).await.expect("she may see it");
        all.into_values().next().unwrap_or_default()
    }
}
