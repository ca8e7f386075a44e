//! The keys of each issuer: asked for once, kept, and asked for again when they are old or a token names another.
//!
//! Pipeline: what is known → where the key is not in it, one refresh for all who wait → what is known now.
//! A refresh runs in a task of its own, so that a client who goes away cannot end it, and at most once per issuer
//! in [`Pace::pause`], so that made-up key ids cost nothing. A refresh that fails leaves the keys as they were,
//! and its error is the answer until the pause is over. Key ids that were not found are not remembered any
//! longer: an issuer may sign with a key a little before it publishes it.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use super::{
    AuthError, Oidc, OidcError, TokenError, Trust, Trusts,
    keyset::{Key, KeySet},
    oidc::{Endpoints, Granted},
    token::Unverified,
};

/// How often issuers are asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Age at which keys are asked for again, in the background.
    pub refresh: Duration,
    /// Age at which keys that could not be refreshed are no longer believed.
    pub keep: Duration,
    /// Time between two attempts.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            refresh: Duration::from_mins(10),
            keep: Duration::from_hours(24),
            pause: Duration::from_secs(10),
        }
    }
}

/// What an issuer published.
pub(super) struct Published {
    endpoints: Endpoints,
    keys: KeySet,
    /// Another number where other keys are published.
    pub(super) generation: u64,
    at: Instant,
}

impl Published {
    /// The key that a token names.
    pub(super) fn key(&self, token: &Unverified<'_>) -> Result<&Key, TokenError> {
        self.keys.find(token.key_id(), token.algorithm())
    }
}

/// One issuer.
struct Slot {
    issuer: String,
    published: RwLock<Option<Arc<Published>>>,
    /// Held by who asks.
    turn: Mutex<Turn>,
}

#[derive(Default)]
struct Turn {
    asked: Option<Instant>,
    failure: Option<OidcError>,
}

/// The keys of every issuer that is trusted.
pub struct Keys {
    oidc: Oidc,
    pace: Pace,
    slots: RwLock<HashMap<String, Arc<Slot>>>,
}

impl Keys {
    /// Nothing known yet.
    pub fn new(oidc: Oidc, pace: Pace) -> Self {
        Self { oidc, pace, slots: RwLock::default() }
    }

    /// Forgets the issuers that nobody trusts any more.
    pub(super) fn retain(&self, trusts: &Trusts) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|issuer, _| trusts.knows(issuer));
    }

    /// The generation of an issuer's keys, where they are known and believed. Old ones are refreshed meanwhile.
    pub(super) fn generation(&self, issuer: &str) -> Option<u64> {
        self.current(&self.slot(issuer)).map(|published| published.generation)
    }

    /// What the issuer of a token publishes, with the key that the token names. The issuer must be a trusted one.
    pub(super) async fn find(
        &self,
        issuer: &str,
        token: &Unverified<'_>,
    ) -> Result<Arc<Published>, AuthError> {
        let slot = self.slot(issuer);
        if let Some(published) = self.current(&slot).filter(|published| published.key(token).is_ok()) {
            return Ok(published);
        }
        let published = self.refreshed(slot).await?;
        published.key(token)?;
        Ok(published)
    }

    /// Where the issuer of a trust does what.
    pub async fn endpoints(&self, trust: &Trust) -> Result<Endpoints, OidcError> {
        let slot = self.slot(&trust.issuer);
        let published = match self.current(&slot) {
            Some(published) => published,
            None => self.refreshed(slot).await?,
        };
        Ok(published.endpoints.clone())
    }

    /// A token for an authorization code, from the issuer of a trust.
    pub async fn exchange_code(
        &self,
        trust: &Trust,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Granted, OidcError> {
        let endpoints = self.endpoints(trust).await?;
        self.oidc.exchange(&endpoints, trust, code, verifier, redirect).await
    }

    fn slot(&self, issuer: &str) -> Arc<Slot> {
        let known = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        known.unwrap_or_else(|| {
            let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
            let new = || {
                Arc::new(Slot {
                    issuer: issuer.to_owned(),
                    published: RwLock::default(),
                    turn: Mutex::default(),
                })
            };
            slots.entry(issuer.to_owned()).or_insert_with(new).clone()
        })
    }

    /// What is known and believed; asked for again meanwhile, where it is old.
    fn current(&self, slot: &Arc<Slot>) -> Option<Arc<Published>> {
        let published = slot.published()?;
        let age = published.at.elapsed();
        if age > self.pace.refresh && slot.turn.try_lock().is_ok_and(|turn| !turn.is_paused(self.pace)) {
            tokio::spawn(slot.clone().refresh(self.oidc.clone(), self.pace));
        }
        (age <= self.pace.keep).then_some(published)
    }

    /// What is published now, or was when the issuer was asked last, where that is less than the pause ago.
    async fn refreshed(&self, slot: Arc<Slot>) -> Result<Arc<Published>, OidcError> {
        let task = tokio::spawn(slot.refresh(self.oidc.clone(), self.pace));
        task.await.map_err(|_| OidcError::Stopped)?
    }
}

impl Turn {
    fn is_paused(&self, pace: Pace) -> bool {
        self.asked.is_some_and(|asked| asked.elapsed() < pace.pause)
    }
}

impl Slot {
    fn published(&self) -> Option<Arc<Published>> {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn refresh(self: Arc<Self>, oidc: Oidc, pace: Pace) -> Result<Arc<Published>, OidcError> {
        let mut turn = self.turn.lock().await;
        if !turn.is_paused(pace) {
            let answer = oidc.publication(&self.issuer).await;
            turn.failure = answer.map(|(endpoints, keys)| self.publish(endpoints, keys)).err();
            if let Some(error) = &turn.failure {
                tracing::warn!(issuer = self.issuer, %error, "the keys of an issuer cannot be had");
            }
            // The pause begins here, so that those who waited for this answer do not ask for another.
            turn.asked = Some(Instant::now());
        }
        turn.failure.clone().map_or_else(|| self.published().ok_or(OidcError::Stopped), Err)
    }

    fn publish(&self, endpoints: Endpoints, keys: KeySet) {
        static GENERATIONS: AtomicU64 = AtomicU64::new(0);
        let same = self.published().filter(|before| before.keys.same(&keys));
        let generation = same.map_or_else(
            || {
                tracing::info!(issuer = self.issuer, "an issuer publishes new keys");
                GENERATIONS.fetch_add(1, Ordering::Relaxed)
            },
            |before| before.generation,
        );
        let published = Published { endpoints, keys, generation, at: Instant::now() };
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(published));
    }
}
