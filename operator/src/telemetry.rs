//! Logs and metrics: what is told of the operator's work.

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, fmt::MakeWriter, prelude::*};

use crate::options::LogFormat;

/// Reconciles take so long, in seconds.
const BUCKETS: [f64; 7] = [0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0];

/// Starts logging to standard error; `RUST_LOG` chooses what is told.
///
/// # Errors
/// When logging was started before.
pub fn logs(format: LogFormat) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,kube_client=warn"));
    let lines = lines(format, std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).try_init().context("logging was started twice")
}

/// Writes what is told, a line each.
pub fn lines<W>(format: LogFormat, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_writer(writer);
    match format {
        LogFormat::Human => layer.compact().boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    }
}

/// Starts the metrics recorder.
///
/// # Errors
/// When the buckets are refused. A recorder that was started before in this process is left in place, and
/// this one then stays empty.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = beffroi_process::metrics(&BUCKETS)?;
    metrics::describe_counter!("beffroi_reconciles_total", "Reconciles, by kind and outcome.");
    metrics::describe_histogram!("beffroi_reconcile_seconds", "How long a reconcile takes, by kind.");
    metrics::describe_counter!("beffroi_writes_total", "Writes, by cluster, kind and verb.");
    metrics::describe_counter!(
        "beffroi_drift_total",
        "Objects put right after someone changed them, by site and kind."
    );
    metrics::describe_counter!(
        "beffroi_watch_failures_total",
        "Times that a watch failed, by cluster and kind."
    );
    metrics::describe_gauge!(
        "beffroi_crds_outdated",
        "Fields of this version that a CRD of the management cluster lacks, by CRD."
    );
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
    // From the start, so that the first failure is one more than none.
    metrics::counter!("beffroi_evidence_failures_total").absolute(0);
    metrics::describe_gauge!("beffroi_evidence_writable", "1 while the evidence log takes what is written.");
    Ok(handle)
}
