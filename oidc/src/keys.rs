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
    client::IssuerClient,
    discovery::Endpoints,
    error::{IssuerError, TokenError, VerifyError},
    keyset::{Key, KeySet},
    token::Unverified,
};

/// How often each issuer is asked; by default every 10 minutes, and 10 s apart at least.
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

/// The keys that an issuer published: another one where it publishes other keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Generation(u64);

/// What an issuer published.
pub(crate) struct Published {
    endpoints: Endpoints,
    keys: KeySet,
    pub(crate) generation: Generation,
    at: Instant,
}

impl Published {
    /// The key that a token names.
    pub(crate) fn key(&self, token: &Unverified<'_>) -> Result<&Key, TokenError> {
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
    failure: Option<IssuerError>,
}

/// The keys of every issuer that one deals with.
pub(crate) struct Keys {
    client: IssuerClient,
    pace: Pace,
    slots: RwLock<HashMap<String, Arc<Slot>>>,
}

impl Keys {
    /// Nothing known yet.
    pub fn new(client: IssuerClient, pace: Pace) -> Self {
        Self { client, pace, slots: RwLock::default() }
    }

    /// Forgets the others.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|issuer, _| keep(issuer));
    }

    /// The generation of an issuer's keys, where they are known and believed. Old ones are refreshed meanwhile.
    pub fn generation(&self, issuer: &str) -> Option<Generation> {
        self.current(&self.slot(issuer)).map(|published| published.generation)
    }

    /// What the issuer of a token publishes, with the key that the token names. The issuer must be a trusted one.
    pub async fn find(&self, issuer: &str, token: &Unverified<'_>) -> Result<Arc<Published>, VerifyError> {
        let slot = self.slot(issuer);
        if let Some(published) = self.current(&slot).filter(|published| published.key(token).is_ok()) {
            return Ok(published);
        }
        let published = self.refreshed(slot).await?;
        published.key(token)?;
        Ok(published)
    }

    /// Where an issuer does what.
    pub async fn endpoints(&self, issuer: &str) -> Result<Endpoints, IssuerError> {
        let slot = self.slot(issuer);
        let published = match self.current(&slot) {
            Some(published) => published,
            None => self.refreshed(slot).await?,
        };
        Ok(published.endpoints.clone())
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
            tokio::spawn(slot.clone().refresh(self.client.clone(), self.pace));
        }
        (age <= self.pace.keep).then_some(published)
    }

    /// What is published now, or was when the issuer was asked last, where that is less than the pause ago.
    async fn refreshed(&self, slot: Arc<Slot>) -> Result<Arc<Published>, IssuerError> {
        let task = tokio::spawn(slot.refresh(self.client.clone(), self.pace));
        task.await.map_err(|_| IssuerError::Stopped)?
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

    async fn refresh(
        self: Arc<Self>,
        client: IssuerClient,
        pace: Pace,
    ) -> Result<Arc<Published>, IssuerError> {
        let mut turn = self.turn.lock().await;
        if !turn.is_paused(pace) {
            let answer = client.publication(&self.issuer).await;
            turn.failure = answer.map(|(endpoints, keys)| self.publish(endpoints, keys)).err();
            if let Some(error) = &turn.failure {
                tracing::warn!(issuer = self.issuer, %error, "the keys of an issuer cannot be had");
            }
            // The pause begins here, so that those who waited for this answer do not ask for another.
            turn.asked = Some(Instant::now());
        }
        turn.failure.clone().map_or_else(|| self.published().ok_or(IssuerError::Stopped), Err)
    }

    fn publish(&self, endpoints: Endpoints, keys: KeySet) {
        static GENERATIONS: AtomicU64 = AtomicU64::new(0);
        let same = self.published().filter(|before| before.keys.same(&keys));
        let generation = same.map_or_else(
            || {
                tracing::info!(issuer = self.issuer, "an issuer publishes new keys");
                Generation(GENERATIONS.fetch_add(1, Ordering::Relaxed))
            },
            |before| before.generation,
        );
        let published = Published { endpoints, keys, generation, at: Instant::now() };
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(published));
    }
}
