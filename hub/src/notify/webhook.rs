//! Webhooks: notices as signed requests, by the rules of Standard Webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::keys::{Keys, mac};
use super::notice::Notice;
use super::outside::Outside;
use super::reaching::Failed;
use crate::time::Ts;

/// The secret of a channel: made of the hub's, so that it stands nowhere.
pub(crate) fn secret(keys: &Keys, channel: &str) -> String {
    format!("whsec_{}", STANDARD.encode(keys.key("webhook", channel)))
}

/// The headers of a body that is sent at `now`.
pub(crate) fn headers(keys: &Keys, channel: &str, uid: &str, body: &str, now: Ts) -> [(&'static str, String); 4] {
    let seconds = now.millis().div_euclid(1000).to_string();
    let signed = mac(&keys.key("webhook", channel), &[uid.as_bytes(), b".", seconds.as_bytes(), b".", body.as_bytes()]);
    [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", uid.to_owned()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(signed))),
    ]
}

/// Sends a notice to an address.
///
/// # Errors
/// Why it was not taken.
pub(crate) async fn send(
    outside: &Outside,
    keys: &Keys,
    (channel, url): (&str, &str),
    notice: &Notice,
    now: Ts,
) -> Result<(), Failed> {
    let body = notice.payload().to_string();
    let headers = headers(keys, channel, &notice.uid, &body, now);
    let status = outside.post(url, &headers, body.into_bytes()).await.map_err(|lost| Failed::for_now(lost.told()))?;
    match status.as_u16() {
        200..=299 => Ok(()),
        300..=399 => Err(Failed::for_now("it answers with a redirect, which is not followed")),
        // The standard's word for: never again.
        410 => Err(Failed { for_good: true, gone: true, why: "it says that it is gone (410)".to_owned() }),
        code => Err(Failed::for_now(format!("it answers {code}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard, with the secret in place of ours.
    #[test]
    fn a_signature_is_that_of_the_standard() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = mac(&key, &[b"msg_p5jXN8AQM9LWM0D4loKWxJek", b".", b"1614265330", b".", body]);
        assert_eq!(STANDARD.encode(signed), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_channel_has_a_secret_of_its_own() {
        let keys = Keys::of("one");
        assert!(secret(&keys, "a").starts_with("whsec_"));
        assert_ne!(secret(&keys, "a"), secret(&keys, "b"));
        assert_eq!(STANDARD.decode(&secret(&keys, "a")[6..]).unwrap(), keys.key("webhook", "a"));
    }
}
