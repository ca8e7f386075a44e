//! The newest events, each once, in the order in which they came.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
};

use bytes::Bytes;

use super::cursor::Watch;
use crate::auth::{Action, Decision, Principal, Resource, TenantStanding, authorize};

/// How many are kept.
pub const KEPT: usize = 4096;

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The watch that brought it.
    pub watch: Watch,
    /// Version of the change that it tells.
    pub version: u64,
    /// Who may know.
    pub whom: Whom,
    /// As it is sent, up to the end of its id.
    pub text: Bytes,
}

/// Who may know.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Who has a stream at all.
    Everyone,
    /// Who may read what is this tenant's.
    Of(Arc<Whose>),
}

/// A tenant as rights see it now, or as they saw it last.
#[derive(Debug)]
pub struct Whose(RwLock<TenantStanding>);

impl Whose {
    /// With these rights.
    pub fn new(standing: TenantStanding) -> Arc<Self> {
        Arc::new(Self(RwLock::new(standing)))
    }

    /// Rights are these from now on.
    pub fn set(&self, standing: TenantStanding) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }
}

impl Whom {
    /// Whether `who` may know.
    pub fn holds(&self, who: &Principal) -> bool {
        match self {
            Self::Everyone => true,
            Self::Of(whose) => {
                let standing = whose.0.read().unwrap_or_else(PoisonError::into_inner);
                authorize(who, Action::Read, Resource::Of(&standing)) == Decision::Allowed
            }
        }
    }
}

/// The newest events.
#[derive(Debug, Default)]
pub struct Ring {
    events: VecDeque<Event>,
    /// Number of the oldest.
    oldest: u64,
}

impl Ring {
    /// Number of the next event to come.
    pub fn next(&self) -> u64 {
        self.oldest + self.events.len() as u64
    }

    /// Number of the oldest that is kept.
    pub fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Keeps an event; returns one that is not kept any more.
    pub fn push(&mut self, event: Event) -> Option<Event> {
        self.events.push_back(event);
        let lost = if self.events.len() > KEPT { self.events.pop_front() } else { None };
        self.oldest += u64::from(lost.is_some());
        lost
    }

    /// The event of a number, where it is kept.
    pub fn get(&self, number: u64) -> Option<&Event> {
        self.events.get(usize::try_from(number.checked_sub(self.oldest)?).ok()?)
    }
}
