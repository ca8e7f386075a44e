//! Keys that sign, and tokens made by hand, part by part.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto, jwk::Jwk};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use serde_json::{Value, json};

use super::with;

/// The first issuer's public key, as forgers find it.
pub const PUBLIC_PEM: &str = include_str!("issuer.pub.pem");

/// A key pair.
pub struct Signer {
    pub jwk: Value,
    key: EncodingKey,
}

impl Signer {
    /// The first issuer's RSA key.
    pub fn rsa(id: &str) -> Self {
        Self::from_pem(id, include_str!("issuer.pem"))
    }

    /// Another RSA key.
    pub fn stranger(id: &str) -> Self {
        Self::from_pem(id, include_str!("stranger.pem"))
    }

    /// A new P-256 key.
    pub fn ec(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let (x, y) = pair.public_key_raw()[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "kid": id, "x": encode(x), "y": encode(y)});
        Self { jwk, key: EncodingKey::from_ec_der(&pair.serialize_der()) }
    }

    /// A new Ed25519 key.
    pub fn ed(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let x = encode(pair.public_key_raw());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": x});
        Self { jwk, key: EncodingKey::from_ed_der(&pair.serialize_der()) }
    }

    /// A secret, for those who would have one where a public key is.
    pub fn secret(secret: &[u8]) -> Self {
        Self { jwk: json!({}), key: EncodingKey::from_secret(secret) }
    }

    fn from_pem(id: &str, pem: &str) -> Self {
        let key = EncodingKey::from_rsa_der(&der(pem));
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap()).unwrap();
        jwk = with(jwk, json!({"kid": id, "alg": null}));
        Self { jwk, key }
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

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is inside the armour.
pub fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap()
}

pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
