//! Browser push: sealed for the one browser, and its word is taken only with what the notice carried.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub::notify::channel::{self, Receipt};
use hub::notify::{self, State};
use hub_tests::receiver::{Got, Manner, Receiver};
use hub_tests::{Engine, Refused, on_both};
use serde_json::Value;
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

use super::House;

/// A browser's side of a subscription.
struct Browser {
    key: SecretKey,
    auth: [u8; 16],
}

impl Browser {
    fn new() -> Self {
        Self { key: SecretKey::from_slice(&[7; 32]).expect("a key"), auth: [9; 16] }
    }

    fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.public_key().to_encoded_point(false).as_bytes())
    }

    fn reads(&self, got: &Got) -> Value {
        let read = web_push_native::decrypt(got.body.clone(), &self.key, &self.auth.into());
        serde_json::from_slice(&read.expect("it is for this browser")).expect("JSON")
    }
}

on_both! {
    async fn a_browser_is_told_and_says_what_became_of_it(engine: Engine) {
        let (house, service, browser) = (House::new(engine, None).await, Receiver::start().await, Browser::new());
        let (hub, rosa) = (&house.hub.hub, &house.rosa.viewer);
        service.is(Manner::Status(201));
        let (public, auth) = (browser.public(), URL_SAFE_NO_PAD.encode(browser.auth));
        let keys = (service.url(), public.as_str(), auth.as_str());
        let added = channel::add_push(hub, rosa, (&keys.0, keys.1, keys.2), "Firefox\non a laptop").await.unwrap();
        assert_eq!((added.channel.verified, added.failure.as_deref()), (false, None));
        assert_eq!(added.channel.shown, "Firefox on a laptop");
        let asked = browser.reads(&service.got()[0]);
        assert_eq!(asked["type"], "verify");
        // What is not proven is not used.
        house.emergency("One").await;
        house.carries_out().await;
        assert_eq!(service.got().len(), 1);
        let (uid, proof) = (asked["data"]["id"].as_str().unwrap(), asked["receipt"].as_str().unwrap());
        assert!(channel::receipt(hub, uid, "guess", Receipt::Opened).await.is_not_found());
        channel::receipt(hub, uid, proof, Receipt::Delivered).await.unwrap();
        assert!(!channel::channels(hub, rosa).await.unwrap().channels[0].verified, "to have it is not to open it");
        channel::receipt(hub, uid, proof, Receipt::Opened).await.unwrap();
        assert!(channel::channels(hub, rosa).await.unwrap().channels[0].verified);
        let r = house.emergency("The doors are shut").await;
        house.carries_out().await;
        let got = service.got();
        let (one, read) = (&got[1], browser.reads(&got[1]));
        assert_eq!((read["type"].as_str(), read["data"]["ref"].as_str()), (Some("page"), Some(r.as_str())));
        assert!(!read.to_string().contains("doors"));
        assert_eq!((one.headers["content-encoding"].as_str(), one.headers["urgency"].as_str()), ("aes128gcm", "high"));
        assert!(one.headers["authorization"].starts_with("vapid t="));
        assert!(one.headers["authorization"].ends_with(&format!("k={}", hub.reaching.push_key().unwrap())));
        let (uid, proof) = (read["data"]["id"].as_str().unwrap(), read["receipt"].as_str().unwrap());
        channel::receipt(hub, uid, proof, Receipt::Delivered).await.unwrap();
        channel::receipt(hub, uid, proof, Receipt::Opened).await.unwrap();
        channel::receipt(hub, uid, proof, Receipt::Opened).await.unwrap();
        let way = house.proofs(&r).await[0].ways[0].clone();
        assert_eq!((way.state, way.delivered, way.opened), (State::Accepted, Some(0), Some(0)));
        let other = house.hub.person("ravi").viewer.clone();
        assert!(channel::channels(hub, &other).await.unwrap().channels.is_empty());
        // A subscription that is no more goes by itself.
        service.is(Manner::Status(410));
        let r = house.emergency("Gone").await;
        house.carries_out().await;
        assert_eq!(house.proofs(&r).await[0].ways[0].state, State::GivenUp);
        assert!(channel::channels(hub, rosa).await.unwrap().channels.is_empty());
        let stored = house.hub.sql("SELECT id FROM channels WHERE sealed IS NOT NULL").await;
        assert!(stored.is_empty(), "its keys are forgotten");
        assert_eq!(notify::pending(hub).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_browser_is_one_channel_and_keys_that_are_none_are_refused() {
    let (house, service, browser) = (House::new(Engine::Sqlite, None).await, Receiver::start().await, Browser::new());
    let (hub, rosa) = (&house.hub.hub, &house.rosa.viewer);
    let (url, public, auth) = (service.url(), browser.public(), URL_SAFE_NO_PAD.encode(browser.auth));
    for _ in 0..2 {
        channel::add_push(hub, rosa, (&url, &public, &auth), "").await.unwrap();
    }
    let channels = channel::channels(hub, rosa).await.unwrap().channels;
    assert_eq!((channels.len(), channels[0].shown.as_str()), (1, "A browser"));
    for bad in [(url.as_str(), "AA", auth.as_str()), (&url, &public, "AA"), ("file:///etc/passwd", &public, &auth)] {
        assert_eq!(channel::add_push(hub, rosa, bad, "x").await.fields(), ["endpoint"]);
    }
}
