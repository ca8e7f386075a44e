//! How long what fails is left alone: each object by itself, each time longer.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Failures in a row, by object.
#[derive(Debug, Default)]
pub struct Backoff(Mutex<HashMap<String, u32>>);

impl Backoff {
    /// Longest pause between two attempts.
    const LONGEST: Duration = Duration::from_mins(5);

    /// It succeeded.
    pub fn succeeded(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// It failed once more: how long to wait, 1 s, 2 s, 4 s…
    pub fn failed(&self, key: &str) -> Duration {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(key.to_owned()).or_default();
        *count += 1;
        Duration::from_secs(1 << (*count - 1).min(9)).min(Self::LONGEST)
    }
}
