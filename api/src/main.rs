//! The API's process: arguments, logs, signals.

use beffroi_api::{Options, run, telemetry};
use clap::Parser;
use tikv_jemallocator::Jemalloc;
use tokio_util::sync::CancellationToken;

/// Streams by the thousand lie closer together in memory than with the system's own. How it is tuned is in
/// `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    // Before anything that may speak TLS, as the exporter of traces does.
    beffroi_process::tls()?;
    let traces = telemetry::logs(options.log_format)?;
    let stop = CancellationToken::new();
    tokio::spawn(beffroi_process::cancel_on_signal(stop.clone()));
    let outcome = run(options, stop).await;
    traces.end();
    outcome
}
