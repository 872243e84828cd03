//! What is made of the hub's secret: a key for each purpose, so that none of them stands in the database. Who has the
//! database alone can sign for nobody and reads no address that is a secret.

use std::fmt;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use hmac::{Hmac, KeyInit as _, Mac};
use p256::ecdsa::SigningKey;
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::id;

/// The root of all keys.
#[derive(Clone)]
pub(crate) struct Keys([u8; 32]);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

/// HMAC-SHA-256.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Keys {
    /// Made of the secret of the settings.
    pub(crate) fn of(secret: &str) -> Self {
        Self(mac(secret.as_bytes(), &[b"election-hub notify v1"]))
    }

    /// For a hub that reaches nobody outside: drawn, and gone with the process.
    pub(crate) fn drawn() -> Self {
        Self::of(&id::secret("").text)
    }

    /// The key for a purpose and a thing.
    pub(crate) fn key(&self, purpose: &str, of: &str) -> [u8; 32] {
        mac(&self.0, &[purpose.as_bytes(), b"\0", of.as_bytes()])
    }

    /// A short proof that the hub itself said `what` to whoever shows it.
    pub(crate) fn proof(&self, purpose: &str, what: &str) -> String {
        hex::encode(&self.key(purpose, what)[..16])
    }

    /// Whether the proof is ours. What is compared are hashes, so time tells nothing.
    pub(crate) fn proves(&self, purpose: &str, what: &str, proof: &str) -> bool {
        id::secret_hash(proof) == id::secret_hash(&self.proof(purpose, what))
    }

    /// The key by which push services know the hub.
    pub(crate) fn vapid(&self) -> Result<SigningKey> {
        // A number of 32 random bytes is no key once in 2³² times; then the next one is.
        let found = (0..8).find_map(|n| SigningKey::from_slice(&self.key("vapid", &n.to_string())).ok());
        found.ok_or_else(|| Error::broken("no key for push can be made of the secret key"))
    }

    /// Seals a text for the row `of`, so that it cannot be moved to another.
    pub(crate) fn seal(&self, of: &str, text: &str) -> Result<Vec<u8>> {
        let nonce: [u8; 12] = id::nonce();
        let payload = Payload { msg: text.as_bytes(), aad: of.as_bytes() };
        let sealed = self.cipher().encrypt(&nonce.into(), payload);
        let sealed = sealed.map_err(|_| Error::broken("an address cannot be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What was sealed for the row `of`; nothing where it was sealed with another secret.
    pub(crate) fn open(&self, of: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, sealed) = sealed.split_first_chunk::<12>()?;
        let nonce = *nonce;
        let payload = Payload { msg: sealed, aad: of.as_bytes() };
        String::from_utf8(self.cipher().decrypt(&nonce.into(), payload).ok()?).ok()
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.key("seal", "channels").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, case 2.
    #[test]
    fn a_mac_is_that_of_the_standard() {
        let made = mac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex::encode(made), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn what_is_sealed_is_opened_in_its_own_row_by_the_same_secret() {
        let keys = Keys::of("one");
        let sealed = keys.seal("row 1", "https://hooks.example/secret").unwrap();
        assert_eq!(keys.open("row 1", &sealed).as_deref(), Some("https://hooks.example/secret"));
        assert_eq!(keys.open("row 2", &sealed), None, "it cannot be moved");
        assert_eq!(Keys::of("two").open("row 1", &sealed), None);
        assert_eq!(keys.open("row 1", &sealed[..11]), None);
        assert!(!String::from_utf8_lossy(&sealed).contains("hooks"));
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own_and_nodes_with_one_secret_the_same() {
        let keys = Keys::of("one");
        assert_ne!(keys.key("webhook", "a"), keys.key("webhook", "b"));
        assert_ne!(keys.key("webhook", "a"), keys.key("receipt", "a"));
        assert_eq!(keys.vapid().unwrap(), Keys::of("one").vapid().unwrap());
        assert!(keys.proves("receipt", "a", &keys.proof("receipt", "a")));
        assert!(!keys.proves("receipt", "b", &keys.proof("receipt", "a")));
    }
}
