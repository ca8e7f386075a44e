//! Waiting for what comes about by itself.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Asks every 100 ms until there is an answer.
///
/// # Errors
/// After `patience`, with what was awaited and why it did not come.
pub async fn eventually<T>(
    what: &str,
    patience: Duration,
    mut ask: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) if started.elapsed() > patience => {
                bail!("{what}: not within {} s: {error:#}", patience.as_secs())
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
