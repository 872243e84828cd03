//! Browser push: a notice for the one browser that asked for it, sealed so that no service between can read it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use web_push_native::{Auth, WebPushBuilder};

use super::guard;
use super::keys::Keys;
use super::notice::Notice;
use super::outside::Outside;
use super::reaching::Failed;
use crate::escalation::Priority;
use crate::time::Ts;

/// For how long a service keeps a notice for a browser that is away, in seconds.
const KEPT: u64 = 24 * 60 * 60;
/// For how long a proof of who we are holds.
const PROOF: i64 = 12 * 60 * 60;

/// Where a browser is reached, as it says itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

impl Subscription {
    fn keys(&self) -> Option<(p256::PublicKey, Auth)> {
        // Browsers pad or do not.
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let public = p256::PublicKey::from_sec1_bytes(&bytes(&self.p256dh)?).ok()?;
        let auth: [u8; 16] = bytes(&self.auth)?.try_into().ok()?;
        Some((public, Auth::from(auth)))
    }

    /// Whether something could be sent to it.
    pub(crate) fn is_sound(&self) -> bool {
        self.keys().is_some() && guard::target(&self.endpoint).is_ok()
    }
}

/// The key by which browsers know the hub: what a page subscribes with.
///
/// # Errors
/// If none can be made.
pub(crate) fn public_key(keys: &Keys) -> crate::error::Result<String> {
    let point = keys.vapid()?.verifying_key().to_encoded_point(false);
    Ok(URL_SAFE_NO_PAD.encode(point.as_bytes()))
}

/// Says to a push service who sends (RFC 8292).
fn authorization(key: &SigningKey, endpoint: &url::Url, contact: &str, now: Ts) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let expires = now.millis().div_euclid(1000) + PROOF;
    let claims = json!({"aud": endpoint.origin().ascii_serialization(), "exp": expires, "sub": contact});
    let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ES256"})), part(claims));
    let signature: Signature = key.sign(signed.as_bytes());
    let public = URL_SAFE_NO_PAD.encode(key.verifying_key().to_encoded_point(false).as_bytes());
    format!("vapid t={signed}.{}, k={public}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// Sends a notice to a browser. What it carries beside the notice proves the browser's answer to us.
///
/// # Errors
/// Why it was not taken, and whether the browser takes no more.
pub(crate) async fn send(
    outside: &Outside,
    keys: &Keys,
    (subscription, contact): (&Subscription, &str),
    notice: &Notice,
    now: Ts,
) -> Result<(), Failed> {
    let broken = || Failed::for_good("this browser's keys cannot be used; turn it on once more");
    let (public, auth) = subscription.keys().ok_or_else(broken)?;
    let endpoint = guard::target(&subscription.endpoint).map_err(|_| broken())?;
    let key = keys.vapid().map_err(|_| broken())?;
    let mut payload = notice.payload();
    payload["receipt"] = keys.proof("receipt", &notice.uid).into();
    let uri = endpoint.url.as_str().parse().map_err(|_| broken())?;
    let made = WebPushBuilder::new(uri, public, auth).build(payload.to_string()).map_err(|_| broken())?;
    let urgent = notice.about.as_ref().is_none_or(|(_, priority)| *priority <= Priority::P2);
    let headers = [
        ("authorization", authorization(&key, &endpoint.url, contact, now)),
        ("ttl", KEPT.to_string()),
        ("urgency", if urgent { "high" } else { "normal" }.to_owned()),
        // The same notice again takes the place of the first, while the browser has seen neither.
        ("topic", notice.uid.replace('-', "").chars().take(32).collect()),
        ("content-encoding", "aes128gcm".to_owned()),
        ("content-type", "application/octet-stream".to_owned()),
    ];
    let sent = outside.post(&subscription.endpoint, &headers, made.into_body()).await;
    match sent.map_err(|lost| Failed::for_now(lost.told()))?.as_u16() {
        200..=299 => Ok(()),
        404 | 410 => {
            Err(Failed { for_good: true, gone: true, why: "this browser does not take it any more".to_owned() })
        }
        code => Err(Failed::for_now(format!("the push service answers {code}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::Verifier;

    #[test]
    fn a_service_is_told_who_sends_and_can_see_that_it_is_so() {
        let keys = Keys::of("one");
        let endpoint = "https://push.example/abc?d".parse().unwrap();
        let said = authorization(&keys.vapid().unwrap(), &endpoint, "mailto:hub@hub.example", Ts::from_millis(1_000));
        let (token, key) = said.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(key, public_key(&keys).unwrap());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        keys.vapid().unwrap().verifying_key().verify(signed.as_bytes(), &signature).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["aud"], "https://push.example");
        assert_eq!(claims["exp"], 1 + PROOF);
    }

    #[test]
    fn keys_that_are_none_are_seen() {
        let sound = Subscription {
            endpoint: "https://push.example/1".to_owned(),
            p256dh: public_key(&Keys::of("a browser")).unwrap(),
            auth: URL_SAFE_NO_PAD.encode([7; 16]),
        };
        assert!(sound.is_sound());
        assert!(Subscription { p256dh: format!("{}=", sound.p256dh), ..sound.clone() }.is_sound());
        assert!(!Subscription { auth: "AA".to_owned(), ..sound.clone() }.is_sound());
        assert!(!Subscription { p256dh: "AA".to_owned(), ..sound.clone() }.is_sound());
        assert!(!Subscription { endpoint: "file:///x".to_owned(), ..sound }.is_sound());
    }
}
