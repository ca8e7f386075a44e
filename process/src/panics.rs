//! A fault of our own ends nothing but what met it: [`caught`] turns a panic into an answer, [`lasting`] begins a task
//! anew after a pause that grows.
//!
//! What a panic says may quote what it choked on, secrets too: it is told nowhere but where it happened.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use thiserror::Error;

/// Something met a fault of ours.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a fault of Beffroi's own, which is tried again: the operator's log says where it lies, report that")]
pub struct Panicked;

/// Runs `work` to its end, good or bad.
///
/// # Errors
/// [`Panicked`].
pub async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

/// Calls `work`.
///
/// # Errors
/// [`Panicked`].
pub fn caught_call<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// How long to wait after so many faults in a row.
pub fn pause_after(faults: u32) -> Duration {
    Duration::from_secs(1 << faults.saturating_sub(1).min(8))
}

/// Runs what `begin` makes until it ends by itself; at a panic `told` is asked for how many that makes in a row, and it
/// begins anew after a pause.
pub async fn lasting<F: Future<Output = ()>>(mut begin: impl FnMut() -> F, mut told: impl FnMut() -> u32) {
    while caught(async { begin().await }).await.is_err() {
        tokio::time::sleep(pause_after(told())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Instant};

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer_and_repeats_nothing() {
        let fault = caught(async { panic!("s3cret") }).await;
        assert_eq!(fault, Err::<(), _>(Panicked));
        assert!(!Panicked.to_string().contains("s3cret"));
        assert_eq!(caught(async { 1 }).await, Ok(1));
        assert_eq!(caught_call(|| panic!("s3cret")), Err::<(), _>(Panicked));
    }

    #[tokio::test]
    async fn a_task_that_panics_begins_anew_after_a_pause() {
        let (begun, faults, started) = (Cell::new(0), Cell::new(0), Instant::now());
        let work = async || {
            begun.set(begun.get() + 1);
            assert!(begun.get() > 1, "not yet");
        };
        let told = || {
            faults.set(faults.get() + 1);
            faults.get()
        };
        lasting(work, told).await;
        assert_eq!((begun.get(), faults.get()), (2, 1));
        assert!(started.elapsed() >= pause_after(1));
    }

    #[test]
    fn pauses_grow() {
        assert_eq!([0, 1, 2, 3, 99].map(|faults| pause_after(faults).as_secs()), [1, 1, 2, 4, 256]);
    }
}
