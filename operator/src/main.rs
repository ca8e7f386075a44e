//! The operator's process: arguments, logs, signals.

use beffroi_operator::{Options, run, telemetry};
use clap::Parser;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    telemetry::logs(options.log_format)?;
    beffroi_process::tls()?;
    let stop = CancellationToken::new();
    tokio::spawn(beffroi_process::cancel_on_signal(stop.clone()));
    run(options, stop).await
}
