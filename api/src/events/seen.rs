//! The objects of one kind as they were seen last, and the changes that are still to come.

use std::{collections::HashMap, fmt, sync::Arc};

use kube::Resource;
use serde::de::DeserializeOwned;
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};

use super::cursor::{Cursor, Sum};
use crate::caches::{self, Cache, CacheChange};

/// What was noted of each object, and how far that is.
pub struct Seen<T> {
    objects: HashMap<Key, (Sum, T)>,
    /// Version of the newest, and all that there are.
    pub cursor: Cursor,
}

/// Namespace and name.
type Key = (Option<String>, String);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { objects: HashMap::new(), cursor: Cursor::default() }
    }
}

impl<T> Seen<T> {
    /// All objects there are.
    pub fn of<K: Resource>(all: &[Arc<K>], note: impl Fn(&K) -> T) -> Self {
        let mut seen = Self::default();
        for object in all {
            seen.keep(&**object, note(object));
        }
        seen
    }

    /// What was noted of an object, not of an earlier one of the same name.
    pub fn get(&self, object: &impl Resource) -> Option<&T> {
        self.objects.get(&key(object)).filter(|(sum, _)| *sum == Sum::of(uid(object))).map(|(_, noted)| noted)
    }

    /// All that was noted.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.objects.values().map(|(_, noted)| noted)
    }

    /// Notes something of an object; returns what was noted before.
    pub fn keep(&mut self, object: &impl Resource, note: T) -> Option<T> {
        self.reach(object);
        let sum = Sum::of(uid(object));
        self.cursor.sum ^= sum;
        let (before, noted) = self.objects.insert(key(object), (sum, note))?;
        self.cursor.sum ^= before;
        (before == sum).then_some(noted)
    }

    /// Forgets an object that is gone; returns what was noted.
    pub fn take(&mut self, object: &impl Resource) -> Option<T> {
        self.reach(object);
        let (sum, noted) = self.objects.remove(&key(object))?;
        self.cursor.sum ^= sum;
        Some(noted)
    }

    fn reach(&mut self, object: &impl Resource) {
        self.cursor.version = self.cursor.version.max(caches::version(object));
    }
}

fn key(object: &impl Resource) -> Key {
    (object.meta().namespace.clone(), object.meta().name.clone().unwrap_or_default())
}

fn uid(object: &impl Resource) -> &str {
    object.meta().uid.as_deref().unwrap_or_default()
}

/// What comes of a cache.
pub enum Step<K> {
    /// It is new, or has changed.
    Applied(Arc<K>),
    /// It is gone.
    Deleted(Arc<K>),
    /// The cache is to be read as a whole: changes were missed.
    Unknown,
    /// What the cache may have had already when it was read has come.
    Settled,
}

/// The changes of a cache.
pub struct Followed<K> {
    changes: Receiver<CacheChange<K>>,
    phase: Phase,
}

enum Phase {
    Unread,
    /// It was read: changes that waited meanwhile may be in what was read.
    Read,
    Settled,
}

impl<K: Resource<DynamicType = ()> + Clone + fmt::Debug + DeserializeOwned + Send + Sync + 'static>
    Followed<K>
{
    /// From now on.
    pub fn new(cache: &Cache<K>) -> Self {
        Self { changes: cache.changes(), phase: Phase::Unread }
    }

    /// The next one.
    pub async fn next(&mut self) -> Step<K> {
        let change = match self.phase {
            Phase::Unread => Ok(CacheChange::Restarted),
            Phase::Settled => self.changes.recv().await,
            Phase::Read => match self.changes.try_recv() {
                Ok(change) => Ok(change),
                Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => {
                    self.phase = Phase::Settled;
                    return Step::Settled;
                }
            },
        };
        match change {
            Ok(CacheChange::Applied(object)) => Step::Applied(object),
            Ok(CacheChange::Deleted(object)) => Step::Deleted(object),
            Ok(CacheChange::Restarted) | Err(RecvError::Lagged(_)) => {
                self.phase = Phase::Read;
                Step::Unknown
            }
            // A watch does not end while the process lives.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
