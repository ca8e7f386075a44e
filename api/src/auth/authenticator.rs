//! From a header to a principal, and what is remembered on the way.
//!
//! A token that was verified is not verified again until the trusts or its issuer's keys change, nor after it has
//! expired: the cache holds the principal with the version of both, under the SHA-256 of the token.

use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderValue;
use jiff::Timestamp;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    AuthError, Keys, Principal, TokenError, Trusts,
    token::{MAX_BYTES, Unverified},
};

/// How many verified tokens are remembered.
pub const REMEMBERED: usize = 10_000;

/// Recognizes people.
pub struct Authenticator {
    keys: Keys,
    trusts: RwLock<Versioned>,
    verified: Cache<[u8; 32], Verified>,
}

/// Trusts, and how often they have changed.
#[derive(Clone, Default)]
struct Versioned {
    trusts: Arc<Trusts>,
    version: u64,
}

#[derive(Clone)]
struct Verified {
    principal: Arc<Principal>,
    trusts: u64,
    keys: u64,
}

impl Authenticator {
    /// Trusts nobody yet.
    pub fn new(keys: Keys) -> Self {
        Self { keys, trusts: RwLock::default(), verified: Cache::new(REMEMBERED) }
    }

    /// Replaces what is trusted. The same trusts again change nothing.
    pub fn set_trusts(&self, trusts: Trusts) {
        let mut held = self.trusts.write().unwrap_or_else(PoisonError::into_inner);
        if *held.trusts != trusts {
            self.keys.retain(&trusts);
            *held = Versioned { trusts: Arc::new(trusts), version: held.version + 1 };
        }
    }

    /// What is trusted now.
    pub fn trusts(&self) -> Arc<Trusts> {
        self.snapshot().trusts
    }

    /// The keys of issuers, and where to sign in.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Who sends this `Authorization` header.
    pub async fn authenticate(
        &self,
        header: Option<&HeaderValue>,
        now: Timestamp,
    ) -> Result<Arc<Principal>, AuthError> {
        let token = bearer(header.ok_or(TokenError::Missing)?)?;
        let digest: [u8; 32] = Sha256::digest(token).into();
        let held = self.snapshot();
        if let Some(verified) = self.verified.get(&digest)
            && self.still_holds(&verified, &held, now)
        {
            return Ok(verified.principal);
        }
        let (principal, keys) = self.verify(token, &held.trusts, now).await?;
        let principal = Arc::new(principal);
        self.verified.insert(digest, Verified { principal: principal.clone(), trusts: held.version, keys });
        Ok(principal)
    }

    async fn verify(
        &self,
        token: &str,
        trusts: &Trusts,
        now: Timestamp,
    ) -> Result<(Principal, u64), AuthError> {
        let token = Unverified::parse(token)?;
        let issuer =
            token.issuer().filter(|issuer| trusts.knows(issuer)).ok_or(TokenError::Issuer)?.to_owned();
        if !trusts.pins(&issuer, token.algorithm()) {
            return Err(TokenError::Algorithm.into());
        }
        let published = self.keys.find(&issuer, &token).await?;
        let key = published.key(&token)?;
        let claims = token.verify(key, now)?;
        Ok((trusts.principal(&claims)?, published.generation))
    }

    fn still_holds(&self, verified: &Verified, held: &Versioned, now: Timestamp) -> bool {
        now < verified.principal.expires
            && verified.trusts == held.version
            && self.keys.generation(&verified.principal.issuer) == Some(verified.keys)
    }

    fn snapshot(&self) -> Versioned {
        self.trusts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The token of a header of scheme `Bearer` (RFC 6750, 2.1).
fn bearer(header: &HeaderValue) -> Result<&str, TokenError> {
    const SCHEME: &str = "Bearer ";
    if header.len() > SCHEME.len() + MAX_BYTES {
        return Err(TokenError::TooLarge);
    }
    let text = header.to_str().map_err(|_| TokenError::Scheme)?;
    let (scheme, token) = text.split_at_checked(SCHEME.len()).ok_or(TokenError::Scheme)?;
    let one = !token.is_empty() && !token.contains([' ', ',', '\t']);
    if scheme.eq_ignore_ascii_case(SCHEME) && one { Ok(token) } else { Err(TokenError::Scheme) }
}
