//! What must go on in the background, or answers would be wrong: watches that fill the caches, and those who follow
//! them. What has ended for good is told to whoever asks for health, so that the process is started anew.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

/// A watch that fails is tried again at least so often: no failure for as long, and it works.
const SILENCE: Duration = Duration::from_secs(90);

/// Tasks of the process.
#[derive(Debug, Default)]
pub struct Tasks(Mutex<Vec<(&'static str, JoinHandle<()>)>>);

/// How a watch fares.
#[derive(Debug, Default)]
pub struct Fares {
    events: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

#[derive(Clone, Copy, Debug)]
struct Trouble {
    since: Instant,
    last: Instant,
}

impl Tasks {
    /// Begins one.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let task = tokio::spawn(task);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((name, task));
    }

    /// One that has ended.
    pub fn ended(&self) -> Option<&'static str> {
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.iter().find(|(_, task)| task.is_finished()).map(|(name, _)| *name)
    }
}

impl Fares {
    /// Something came.
    pub fn works(&self) {
        self.events.fetch_add(1, Relaxed);
        *self.trouble() = None;
    }

    /// It failed.
    pub fn failed(&self, now: Instant) {
        let mut trouble = self.trouble();
        let since = trouble.filter(|before| before.lasts(now)).map_or(now, |before| before.since);
        *trouble = Some(Trouble { since, last: now });
    }

    /// For how long it has been failing.
    pub fn failing(&self, now: Instant) -> Option<Duration> {
        self.trouble().filter(|trouble| trouble.lasts(now)).map(|trouble| now - trouble.since)
    }

    /// How much came.
    pub fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn lasts(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) < SILENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_lasts_until_something_comes_or_no_failure_does() {
        let (fares, begun) = (Fares::default(), Instant::now());
        let at = |seconds| begun + Duration::from_secs(seconds);
        assert_eq!(fares.failing(begun), None);
        for seconds in [0, 60, 120] {
            fares.failed(at(seconds));
        }
        assert_eq!(fares.failing(at(130)), Some(Duration::from_secs(130)));
        assert_eq!(fares.failing(at(211)), None);
        fares.failed(at(220));
        assert_eq!(fares.failing(at(221)), Some(Duration::from_secs(1)));
        fares.works();
        assert_eq!((fares.failing(at(222)), fares.events()), (None, 1));
    }

    #[tokio::test]
    async fn a_task_that_panics_has_ended() {
        let tasks = Tasks::default();
        tasks.spawn("lasts", std::future::pending());
        assert_eq!(tasks.ended(), None);
        tasks.spawn("ends", async { panic!("as it should") });
        while tasks.ended() != Some("ends") {
            tokio::task::yield_now().await;
        }
    }
}
