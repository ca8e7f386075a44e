//! One compact token: size → three parts → header → claims, unverified → signature → claims, verified.
//!
//! Pure: the clock and the key come in as arguments. [`Unverified`] gives away only what is needed to find the
//! key; [`Claims`] exist only behind a signature that holds.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;

use super::{algorithm::Algorithm, claims::Claims, error::TokenError, keyset::Key, object::Object};

/// The most that a token may have; a larger one is not looked at.
pub(crate) const MAX_BYTES: usize = 8 * 1024;
/// The most characters that a key id may have.
const MAX_KEY_ID: usize = 200;

/// Types of access tokens: RFC 9068, and plain JWT. Those of other tokens (`logout+jwt`, `dpop+jwt`…) are refused
/// (RFC 8725, 3.11).
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];
/// Members of a header that bring a key or say where one lies.
const KEYS: [&str; 4] = ["jwk", "jku", "x5c", "x5u"];
/// Members of a header that change what the payload is.
const WRAPPED: [&str; 4] = ["enc", "zip", "cty", "b64"];

/// A compact token (RFC 7515, 3.1) that was read, and that nobody vouches for yet.
pub struct Unverified<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    /// Its type says that it is an access token (RFC 9068).
    access: bool,
    claims: Object,
    message: &'a [u8],
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Reads a token, of 8 KiB at most.
    ///
    /// # Errors
    /// Where it is not signed as one of [`Algorithm`] is, is not well formed, or brings a key or rules of its own.
    pub fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::TooLarge);
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(if parts.len() == 5 { TokenError::Encrypted } else { TokenError::Shape });
        };
        let message = token.len() - signature.len() - 1;
        let header: Object = object(header, TokenError::Header)?;
        let claims = object(claims, TokenError::Claims)?;
        decode(signature)?;
        let algorithm = header.text("alg").and_then(Algorithm::parse).ok_or(TokenError::Algorithm)?;
        Ok(Self {
            algorithm,
            access: access(&header)?,
            key_id: key_id(&header)?,
            claims,
            message: &token.as_bytes()[..message],
            signature,
        })
    }

    /// Who claims to have issued it: claim `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.text("iss")
    }

    /// The algorithm that it claims to be signed with.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that it claims to be signed with.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What the issuer of `key` says by it now.
    pub(crate) fn verify(self, key: &Key, now: Timestamp) -> Result<Claims, TokenError> {
        if !key.fits(self.algorithm) {
            return Err(TokenError::KeyUnknown);
        }
        let algorithm = self.algorithm.verifier();
        match jsonwebtoken::crypto::verify(self.signature, self.message, key.verifier(), algorithm) {
            Ok(true) => Claims::read(self.claims, self.algorithm, self.access, now),
            Ok(false) | Err(_) => Err(TokenError::Signature),
        }
    }
}

fn access(header: &Object) -> Result<bool, TokenError> {
    if header.has_any(&["crit"]) {
        return Err(TokenError::Critical);
    }
    if header.has_any(&KEYS) {
        return Err(TokenError::BringsKey);
    }
    if header.has_any(&WRAPPED) {
        return Err(TokenError::Encrypted);
    }
    let Some(member) = header.get("typ") else {
        return Ok(false);
    };
    let kind = member.as_str().ok_or(TokenError::Type)?;
    let found = TYPES.iter().position(|known| known.eq_ignore_ascii_case(kind)).ok_or(TokenError::Type)?;
    Ok(found > 0)
}

fn key_id(header: &Object) -> Result<Option<String>, TokenError> {
    let Some(member) = header.get("kid") else {
        return Ok(None);
    };
    let id = member.as_str().filter(|id| id.chars().count() <= MAX_KEY_ID).ok_or(TokenError::KeyId)?;
    Ok(Some(id.to_owned()))
}

fn object(part: &str, error: TokenError) -> Result<Object, TokenError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| error)
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Encoding)
}
