//! From a header to a principal, and what is remembered on the way.
//!
//! A token that was verified is not verified again until the trusts or its issuer's keys change, nor after it has
//! expired: the cache holds the principal with the version of both, under the SHA-256 of the token.

use std::sync::{Arc, PoisonError, RwLock};

use beffroi_oidc::{Generation, Issuers, Unverified, VerifyError, bearer};
use http::HeaderValue;
use jiff::Timestamp;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::{Principal, Trusts};

/// How many verified tokens are remembered.
pub const REMEMBERED: usize = 10_000;

/// Recognizes people.
pub struct Authenticator {
    issuers: Issuers,
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
    keys: Generation,
}

impl Authenticator {
    /// Trusts nobody yet.
    pub fn new(issuers: Issuers) -> Self {
        Self { issuers, trusts: RwLock::default(), verified: Cache::new(REMEMBERED) }
    }

    /// Replaces what is trusted. The same trusts again change nothing.
    pub fn set_trusts(&self, trusts: Trusts) {
        let mut held = self.trusts.write().unwrap_or_else(PoisonError::into_inner);
        if *held.trusts != trusts {
            self.issuers.retain(|issuer| trusts.knows(issuer));
            *held = Versioned { trusts: Arc::new(trusts), version: held.version + 1 };
        }
    }

    /// What is trusted now.
    pub fn trusts(&self) -> Arc<Trusts> {
        self.snapshot().trusts
    }

    /// The issuers, where people sign in.
    pub fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// Who sends this `Authorization` header.
    pub async fn authenticate(
        &self,
        header: Option<&HeaderValue>,
        now: Timestamp,
    ) -> Result<Arc<Principal>, VerifyError> {
        let token = bearer(header)?;
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
    ) -> Result<(Principal, Generation), VerifyError> {
        let token = Unverified::parse(token)?;
        let agreed = token.issuer().map(|issuer| trusts.agreed(issuer)).unwrap_or_default();
        let (claims, keys) = self.issuers.verify(token, &agreed, now).await?;
        Ok((trusts.principal(&claims), keys))
    }

    fn still_holds(&self, verified: &Verified, held: &Versioned, now: Timestamp) -> bool {
        now < verified.principal.expires
            && verified.trusts == held.version
            && self.issuers.generation(&verified.principal.issuer) == Some(verified.keys)
    }

    fn snapshot(&self) -> Versioned {
        self.trusts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
