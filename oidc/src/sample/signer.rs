//! Keys that sign, and tokens made by hand, part by part.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto, jwk::Jwk};
use serde_json::{Value, json};

use super::with;

/// The first issuer's public RSA key, as forgers find it.
pub const PUBLIC_PEM: &str = include_str!("issuer.pub.pem");

/// A key pair.
pub struct Signer {
    /// The public half, as an issuer publishes it.
    pub jwk: Value,
    key: EncodingKey,
}

impl Signer {
    /// The first issuer's RSA key.
    pub fn rsa(id: &str) -> Self {
        Self::new(id, EncodingKey::from_rsa_der(&der(include_str!("issuer.pem"))), Algorithm::RS256)
    }

    /// Another RSA key.
    pub fn stranger(id: &str) -> Self {
        Self::new(id, EncodingKey::from_rsa_der(&der(include_str!("stranger.pem"))), Algorithm::RS256)
    }

    /// A P-256 key.
    pub fn ec(id: &str) -> Self {
        Self::new(id, EncodingKey::from_ec_der(&der(include_str!("ec.pem"))), Algorithm::ES256)
    }

    /// An Ed25519 key.
    pub fn ed(id: &str) -> Self {
        Self::new(id, EncodingKey::from_ed_der(&der(include_str!("ed.pem"))), Algorithm::EdDSA)
    }

    /// A secret, for those who would have one where a public key is.
    pub fn secret(secret: &[u8]) -> Self {
        Self { jwk: json!({}), key: EncodingKey::from_secret(secret) }
    }

    fn new(id: &str, key: EncodingKey, algorithm: Algorithm) -> Self {
        let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
        Self { jwk: with(jwk, json!({"kid": id, "alg": null})), key }
    }

    /// A token whose header has its algorithm, type and key id, and what else is given.
    pub fn sign(&self, algorithm: &str, header: &Value, claims: &Value) -> String {
        let plain = json!({"alg": algorithm, "typ": "JWT", "kid": self.jwk["kid"]});
        self.sign_text(&with(plain, header.clone()).to_string(), &claims.to_string(), algorithm)
    }

    /// A token of these very texts, signed with `algorithm` whatever they say.
    pub fn sign_text(&self, header: &str, claims: &str, algorithm: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = crypto::sign(message.as_bytes(), &self.key, algorithm.parse().unwrap()).unwrap();
        format!("{message}.{signature}")
    }
}

/// Base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What base64url without padding stands for.
pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// What is inside the armour of PEM.
pub fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap()
}
