//! Logs, metrics, TLS and signals: what the process needs before it works.

use std::time::Duration;

use anyhow::{Context, anyhow};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::options::LogFormat;

/// How often measures are gathered into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts logging to standard error; `RUST_LOG` chooses what is told.
///
/// # Errors
/// When logging was started before.
pub fn logs(format: LogFormat) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,kube_client=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Human => registry.with(layer.compact()).try_init(),
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    }
    .context("logging was started twice")
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

/// Starts the metrics recorder.
///
/// # Errors
/// When the buckets are refused. A recorder that was started before in this process is left in place, and
/// this one then stays empty.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0];
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &buckets)?
        .build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::debug!("metrics were already recorded in this process");
    }
    metrics::describe_counter!("beffroi_reconciles_total", "Reconciles, by kind and outcome.");
    metrics::describe_histogram!("beffroi_reconcile_seconds", "How long a reconcile takes, by kind.");
    metrics::describe_counter!("beffroi_writes_total", "Writes, by cluster, kind and verb.");
    metrics::describe_counter!(
        "beffroi_drift_total",
        "Objects put right after someone changed them, by site and kind."
    );
    metrics::describe_gauge!("beffroi_site_reachable", "1 while a site's API server answers, by site.");
    metrics::describe_gauge!("beffroi_site_orphans", "Namespaces in a site that no workspace owns, by site.");
    metrics::describe_counter!("beffroi_location_findings_total", "New findings, by site and rule.");
    metrics::describe_counter!("beffroi_location_verdicts_total", "Changed verdicts on where data lies.");
    metrics::describe_gauge!(
        "beffroi_workspaces_located",
        "Workspaces, by verdict on where their data lies."
    );
    metrics::describe_counter!("beffroi_evidence_entries_total", "Statements on data location written.");
    metrics::describe_gauge!("beffroi_evidence_waiting", "Statements that wait to be written.");
    metrics::describe_counter!("beffroi_evidence_failures_total", "Times that the log refused.");
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
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = tokio::signal::ctrl_c() => {}, _ = terminate.recv() => {} }
            tracing::info!("asked to stop: finishing what is under way");
        }
        Err(error) => tracing::error!(%error, "signals cannot be heard: stopping"),
    }
    stop.cancel();
}
