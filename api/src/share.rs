//! What there is little of, shared out: so much for all together, and less for each, so that nobody has all of it while
//! the others wait.

use std::{hash::Hash, sync::Arc};

use quick_cache::sync::Cache;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::auth::rate::BUCKETS;

/// Parts of something, for everyone that `K` tells apart.
///
/// Who takes part lies in a cache of fixed size: where more come than it holds, those that ask least are forgotten, and
/// may then have more than their share of it, never more than there is.
pub struct Shares<K> {
    all: Arc<Semaphore>,
    of_all: usize,
    each: usize,
    own: Cache<K, Arc<Semaphore>>,
}

/// Parts that someone has; dropped, they are free again.
#[derive(Debug)]
pub struct Share {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl<K: Clone + Eq + Hash> Shares<K> {
    /// So many parts, of which one may have `each`.
    pub fn new(all: usize, each: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_all: all, each, own: Cache::new(BUCKETS) }
    }

    /// Waits for a part: first behind one's own kind, so that no queue of theirs stands before the others.
    ///
    /// # Errors
    /// None: it is never closed.
    pub async fn wait(&self, whose: &K) -> Result<Share, AcquireError> {
        let own = self.of(whose).acquire_owned().await?;
        Ok(Share { _own: own, _of_all: self.all.clone().acquire_owned().await? })
    }

    /// So many parts, where they are free now.
    pub fn take(&self, whose: &K, parts: u32) -> Option<Share> {
        let own = self.of(whose).try_acquire_many_owned(parts).ok()?;
        Some(Share { _own: own, _of_all: self.all.clone().try_acquire_many_owned(parts).ok()? })
    }

    /// Whether less than half of all is free.
    pub fn are_scarce(&self) -> bool {
        self.all.available_permits() < self.of_all / 2
    }

    fn of(&self, whose: &K) -> Arc<Semaphore> {
        let new = || Ok::<_, std::convert::Infallible>(Arc::new(Semaphore::new(self.each)));
        let Ok(own) = self.own.get_or_insert_with(whose, new);
        own
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn nobody_has_all_of_it_and_no_queue_stands_before_the_others() {
        let shares = Shares::new(3, 2);
        let short = Duration::from_millis(20);
        let first = shares.wait(&"loud").await.unwrap();
        let second = shares.wait(&"loud").await.unwrap();
        let queue = (shares.wait(&"loud"), shares.wait(&"loud"));
        assert!(timeout(short, queue.0).await.is_err());
        let calm = timeout(short, shares.wait(&"calm")).await.unwrap().unwrap();
        assert!(shares.take(&"third", 1).is_none());
        drop((calm, first));
        assert!(shares.take(&"loud", 2).is_none());
        assert!(shares.take(&"third", 2).is_some());
        assert!(timeout(short, queue.1).await.unwrap().is_ok());
        drop(second);
    }
}
