//! The keys that an issuer publishes (RFC 7517): those that can verify one of our algorithms, the rest is left.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny},
};
use serde_json::Value;

use super::{
    algorithm::Algorithm,
    error::{IssuerError, TokenError},
};

/// The most keys that an issuer may publish.
pub(crate) const MAX_KEYS: usize = 100;
/// Bits that an RSA key has at least (RFC 7518, 3.3) and at most.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A key as published.
#[derive(Debug, Deserialize, PartialEq)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<Octets>,
    e: Option<Octets>,
    x: Option<Octets>,
    y: Option<Octets>,
    /// The private half: a key that is out is nobody's.
    d: Option<IgnoredAny>,
}

/// Bytes in base64url.
#[derive(Debug, PartialEq)]
struct Octets(Vec<u8>);

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(D::Error::custom)
    }
}

/// A key that verifies.
pub(crate) struct Key {
    published: Jwk,
    verifier: DecodingKey,
}

impl Key {
    /// Whether it may verify that algorithm: type and curve fit, and it is not reserved for another.
    pub fn fits(&self, wanted: Algorithm) -> bool {
        let family = wanted.verifier().family() == self.verifier.family();
        let reserved = self.published.alg.as_deref();
        family && reserved.is_none_or(|name| Algorithm::parse(name) == Some(wanted))
    }

    /// For the library that verifies.
    pub fn verifier(&self) -> &DecodingKey {
        &self.verifier
    }

    fn read(published: Jwk) -> Option<Self> {
        let signs = published.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let verifies = published.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !signs || !verifies || published.d.is_some() {
            return None;
        }
        let verifier = match (published.kty.as_str(), published.crv.as_deref()) {
            ("RSA", _) => rsa(&published)?,
            ("EC", Some("P-256")) => {
                let (x, y) = (coordinate(published.x.as_ref())?, coordinate(published.y.as_ref())?);
                let point = [&[4], x, y].concat();
                DecodingKey::from_ec_der(&point)
            }
            ("OKP", Some("Ed25519")) => DecodingKey::from_ed_der(coordinate(published.x.as_ref())?),
            _ => return None,
        };
        Some(Self { published, verifier })
    }
}

fn rsa(published: &Jwk) -> Option<DecodingKey> {
    let modulus = &published.n.as_ref()?.0;
    let modulus = &modulus[modulus.iter().position(|byte| *byte != 0)?..];
    let bits = modulus.len() * 8 - modulus[0].leading_zeros() as usize;
    let exponent = &published.e.as_ref()?.0;
    RSA_BITS.contains(&bits).then(|| DecodingKey::from_rsa_raw_components(modulus, exponent))
}

fn coordinate(member: Option<&Octets>) -> Option<&[u8]> {
    member.map(|octets| octets.0.as_slice()).filter(|bytes| bytes.len() == 32)
}

/// The keys of one issuer.
#[derive(Default)]
pub(crate) struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWK set. Keys of other kinds than ours are left out; a set that is too large is refused.
    pub fn read(document: &[u8]) -> Result<Self, IssuerError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(document).map_err(|_| IssuerError::Document("JWK set"))?;
        if set.keys.len() > MAX_KEYS {
            return Err(IssuerError::TooManyKeys);
        }
        let published = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(Self(published.filter_map(Key::read).collect()))
    }

    /// The key of that id; without an id the only one, where there is one only.
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&Key, TokenError> {
        let key = match (id, self.0.as_slice()) {
            (Some(id), keys) => {
                keys.iter().find(|key| key.published.kid.as_deref() == Some(id) && key.fits(algorithm))
            }
            (None, [only]) => Some(only).filter(|key| key.fits(algorithm)),
            (None, []) => None,
            (None, _) => return Err(TokenError::KeyId),
        };
        key.ok_or(TokenError::KeyUnknown)
    }

    /// Whether the same keys are published.
    pub fn same(&self, other: &Self) -> bool {
        self.0.iter().map(|key| &key.published).eq(other.0.iter().map(|key| &key.published))
    }
}
