//! DSSE envelopes (secure-systems-lab/dsse, protocol 1.0.2) with exactly one ECDSA P-256 signature.

use base64::{Engine, prelude::BASE64_STANDARD};
use p256::ecdsa::{
    Signature,
    signature::{Signer, Verifier},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{PublicKeys, SigningKeys, canonical};

/// Type of what envelopes hold.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Why an envelope does not stand.
#[derive(Clone, Debug, Error, Eq, PartialEq)]
pub enum Error {
    /// Not of the one shape that is taken.
    #[error("the envelope is malformed: {0}")]
    Malformed(&'static str),
    /// Signed by a key that is not trusted.
    #[error(
        "the envelope is signed by key {found}…, not by a trusted one: is this the right public key file?"
    )]
    UnknownKey {
        /// First characters of the id.
        found: String,
    },
    /// The signature is not that key's.
    #[error("the signature of the envelope is not that of its key: what it holds was changed")]
    BadSignature,
}

/// An envelope.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// What is signed, in base64.
    pub payload: String,
    /// Its type.
    pub payload_type: String,
    /// The signature.
    pub signatures: [EnvelopeSignature; 1],
}

/// A signature of an envelope.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// Id of the key: SHA-256 of its DER.
    pub keyid: String,
    /// ASN.1 DER of the signature, in base64.
    pub sig: String,
}

/// What is really signed: type and payload, each with its length.
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut text = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    text.extend_from_slice(payload);
    text
}

impl Envelope {
    /// Signs `payload`.
    pub fn sign(payload: &[u8], keys: &SigningKeys) -> Self {
        let signature: Signature = keys.statement().sign(&pre_authentication_encoding(PAYLOAD_TYPE, payload));
        // Of the two valid forms of a signature only the lower is written, and taken.
        let signature = signature.normalize_s().unwrap_or(signature);
        Self {
            payload: encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: [EnvelopeSignature {
                keyid: keys.public().id(),
                sig: encode(signature.to_der().as_bytes()),
            }],
        }
    }

    /// The payload, if the envelope was signed by one of `keys`; with the place of that key among them.
    ///
    /// # Errors
    /// When it was not.
    pub fn verify(&self, keys: &[&PublicKeys]) -> Result<(Vec<u8>, usize), Error> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(Error::Malformed("payloadType must be application/vnd.in-toto+json"));
        }
        let payload = decode(&self.payload).ok_or(Error::Malformed("payload is not base64"))?;
        let [signature] = &self.signatures;
        let place = keys
            .iter()
            .position(|key| key.id() == signature.keyid)
            .ok_or_else(|| Error::UnknownKey { found: signature.keyid.chars().take(16).collect() })?;
        let der = decode(&signature.sig).ok_or(Error::Malformed("sig is not base64"))?;
        let parsed = Signature::from_der(&der).map_err(|_| Error::Malformed("sig is not DER"))?;
        if parsed.normalize_s().is_some() || parsed.to_der().as_bytes() != der {
            return Err(Error::Malformed("sig is not in its one canonical form"));
        }
        let signed = pre_authentication_encoding(&self.payload_type, &payload);
        keys[place].statement().verify(&signed, &parsed).map_err(|_| Error::BadSignature)?;
        Ok((payload, place))
    }

    /// The payload, whoever signed it.
    pub(super) fn unverified(&self) -> Option<Vec<u8>> {
        decode(&self.payload)
    }

    /// The text that is an entry of the log.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_entry(&self) -> Result<Vec<u8>, serde_json::Error> {
        canonical::to_vec(self)
    }

    /// Reads an entry of the log.
    ///
    /// # Errors
    /// When it is not an envelope in its one canonical text.
    pub fn from_entry(entry: &[u8]) -> Result<Self, Error> {
        let envelope: Self =
            serde_json::from_slice(entry).map_err(|_| Error::Malformed("the entry is not an envelope"))?;
        match envelope.to_entry() {
            Ok(text) if text == entry => Ok(envelope),
            _ => Err(Error::Malformed("the entry is not in its one canonical text")),
        }
    }
}

/// Base64 with padding (RFC 4648, 4).
pub fn encode(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The inverse; only the one canonical text is taken.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::keys::tests::keys;

    #[test]
    fn the_encoding_of_the_specification() {
        let text = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(text, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn what_was_signed_verifies_and_nothing_else() {
        let (mine, other) = (keys(1), keys(2));
        let envelope = Envelope::sign(b"{}", &mine);
        assert_eq!(envelope.verify(&[other.public(), mine.public()]).unwrap(), (b"{}".to_vec(), 1));
        assert!(matches!(envelope.verify(&[other.public()]), Err(Error::UnknownKey { .. })));
        let mut lying = envelope.clone();
        lying.signatures[0].keyid = other.public().id();
        assert_eq!(lying.verify(&[other.public()]), Err(Error::BadSignature));
        let changed = Envelope { payload: encode(b"[]"), ..envelope.clone() };
        assert_eq!(changed.verify(&[mine.public()]), Err(Error::BadSignature));
        let entry = envelope.to_entry().unwrap();
        assert_eq!(Envelope::from_entry(&entry).unwrap(), envelope);
        assert!(Envelope::from_entry(&[b" ", entry.as_slice()].concat()).is_err());
    }

    #[test]
    fn the_other_form_of_a_signature_is_refused() {
        let mine = keys(1);
        let mut envelope = Envelope::sign(b"{}", &mine);
        let der = decode(&envelope.signatures[0].sig).unwrap();
        let (r, s) = Signature::from_der(&der).unwrap().split_scalars();
        let high = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        envelope.signatures[0].sig = encode(high.to_der().as_bytes());
        assert!(matches!(envelope.verify(&[mine.public()]), Err(Error::Malformed(_))));
    }
}
