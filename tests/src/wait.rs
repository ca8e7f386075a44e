//! Waiting for what comes about by itself.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// For what takes seconds, on a machine that is busy with something else. Where it is known that nothing will come,
/// `BEFFROI_PATIENCE` says after how many seconds to stop waiting.
static PATIENCE: LazyLock<Duration> = LazyLock::new(|| {
    let seconds = std::env::var("BEFFROI_PATIENCE").ok().and_then(|seconds| seconds.parse().ok());
    seconds.map_or(Duration::from_mins(3), Duration::from_secs)
});

/// How long [`eventually`] waits.
pub fn patience() -> Duration {
    *PATIENCE
}

/// Asks every 100 ms until there is an answer: that it comes is what is held here. A time that somebody
/// was promised is measured where it is promised, or is one of [`within`].
///
/// # Errors
/// After three minutes, unless told, with what was awaited and why it did not come.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    within(what, *PATIENCE, ask).await
}

/// Asks every 100 ms until there is an answer, which has to come in `time`.
///
/// # Errors
/// When it does not, with what was awaited and why it did not come.
pub async fn within<T>(what: &str, time: Duration, mut ask: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) if started.elapsed() > time => {
                bail!("{what}: not within {} s: {error:#}", time.as_secs())
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
