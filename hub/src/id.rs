//! Where randomness comes from: ids, secrets, salts. Nothing else draws any.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::time::Ts;

/// A fresh public id: made of the instant and 74 random bits, so that it sorts by age and cannot be guessed.
#[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// A fresh id for an instant of the story's clock: the same, but its age is that of `at`.
pub fn fresh_at(at: Ts) -> Uuid {
    let mut random = [0; 10];
    fill(&mut random);
    made_of(at, &random)
}

/// The id that an instant and ten bytes make: [`fresh_at`] draws them, load tests throw them again.
pub(crate) fn made_of(at: Ts, random: &[u8; 10]) -> Uuid {
    let millis = u64::try_from(at.millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

/// A secret of 256 random bits and what is stored of it.
#[derive(Clone)]
pub struct Secret {
    /// Handed out once: 43 characters of base64url, after a prefix where one was asked for.
    pub text: String,
    /// Its SHA-256 in hexadecimal: all that the database holds.
    pub hash: String,
}

/// A fresh secret with a prefix that scanners for leaked secrets know (`hub_`), or none.
pub fn secret(prefix: &str) -> Secret {
    use base64::Engine;
    let mut random = [0; 32];
    fill(&mut random);
    let text = format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random));
    let hash = secret_hash(&text);
    Secret { text, hash }
}

/// What is stored of a secret. Looking a secret up by this leaves nothing to measure by time.
pub fn secret_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// A fresh salt: with the payload it is hashed into the record; without it the payload cannot be guessed back.
pub fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    fill(&mut salt);
    salt
}

/// Bytes that are used with a key once.
pub(crate) fn nonce() -> [u8; 12] {
    let mut nonce = [0; 12];
    fill(&mut nonce);
    nonce
}

/// A number that nobody else has drawn: which node this is, from one start to the next.
pub(crate) fn number() -> u64 {
    let mut random = [0; 8];
    fill(&mut random);
    u64::from_le_bytes(random)
}

#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "a machine without random numbers cannot be used")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives random numbers");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_differ() {
        let (a, b) = (secret("hub_"), secret("hub_"));
        assert_ne!(a.text, b.text);
        assert_eq!(a.text.len(), 4 + 43);
        assert_eq!(a.hash, secret_hash(&a.text));
    }

    #[test]
    fn ids_of_an_instant_sort_by_it() {
        let at = |ms| fresh_at(Ts::from_millis(ms));
        assert!(at(1_000) < at(2_000));
        assert_ne!(at(1_000), at(1_000));
        assert_eq!(at(1_000).get_version_num(), 7);
    }
}
