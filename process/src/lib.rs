//! What each of our programs needs before it works: where it listens ([`address`]) → one provider of TLS ([`tls`]) →
//! measures, kept small ([`metrics`], [`upkeep`]), and of what ends ([`ends`]) → who it says it is
//! ([`agent`]) → an end when it is asked to end ([`cancel_on_signal`]), and at no fault of its own before ([`panics`]). And how it watches, and takes what it watches: [`watch`], [`readable`].

pub mod agent;
pub mod ends;
pub mod panics;
pub mod readable;
pub mod watch;

use std::{net::SocketAddr, time::Duration};

use anyhow::anyhow;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How often measures are gathered into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Reads an address to listen on, from the command line.
///
/// # Errors
/// When it is none, with how one is written.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "write an address and a port: 127.0.0.1:8090 for this machine alone, 0.0.0.0:8090 or [::]:8090 for all"
            .to_owned()
    })
}

/// Chooses the one TLS provider of the process.
///
/// # Errors
/// When another was chosen before.
pub fn tls() -> anyhow::Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow!("a TLS provider was installed before"))
}

/// Starts the metrics recorder; durations fall into these buckets, in seconds.
///
/// # Errors
/// When the buckets are refused. A recorder that was started before in this process is left in place, and this one then
/// stays empty.
pub fn metrics(buckets: &[f64]) -> anyhow::Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), buckets)?
        .build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::debug!("metrics were already recorded in this process");
    }
    Ok(handle)
}

/// Keeps what is measured small: without it each measure would be kept until somebody reads them.
pub async fn upkeep(metrics: PrometheusHandle) {
    let mut pace = tokio::time::interval(UPKEEP);
    loop {
        pace.tick().await;
        metrics.run_upkeep();
    }
}

/// Cancels `stop` at Ctrl-C or SIGTERM.
pub async fn cancel_on_signal(stop: CancellationToken) {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = terminate.recv() => {} }
            tracing::info!("asked to stop: finishing what is under way");
        }
        Err(error) => tracing::error!(%error, "signals cannot be heard: stopping"),
    }
    stop.cancel();
}
