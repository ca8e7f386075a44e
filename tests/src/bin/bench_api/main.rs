//! `make bench`: what the tenants' API costs, on the same machine and in the same run as what it is compared with.
//!
//! A management cluster with the samples, issuers, the API under its chart's rights → the same object read through the
//! API and from the API server by the same client ([`reads`]) → what it costs to know who asks, apart ([`rights`]) →
//! streams of events by the thousand, and how soon the last of them has a change ([`streams`]) → whether that is what
//! it must be ([`goals`]).

mod client;
mod goals;
mod process;
mod reads;
mod rights;
mod scene;
mod streams;

use anyhow::Result;
use clap::Parser;

use scene::Scene;
use streams::Way;

/// Measures the tenants' API.
#[derive(Parser)]
struct Options {
    /// Open streams of events.
    #[arg(long, default_value_t = 10_000)]
    streams: usize,
    /// Changes that they are told.
    #[arg(long, default_value_t = 200)]
    changes: usize,
    /// Connections that read at once.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Seconds of each measurement of reads.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// What is measured: all, reads, rights, or streams: all of them, or those by http1, http2 or tls.
    #[arg(long, default_value = "all")]
    only: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let wanted = |part: &str| options.only == part || options.only == "all";
    process::allow_files(options.streams + 1000)?;
    let scene = Scene::start().await?;
    let mut goals = Vec::new();
    if wanted("reads") {
        goals.push(reads::measure(&scene, options.connections, options.seconds).await?);
    }
    if wanted("rights") {
        rights::measure(&scene).await?;
    }
    for (part, way) in [("http1", Way::Http1), ("http2", Way::Http2), ("tls", Way::Tls)] {
        if wanted(part) || options.only == "streams" {
            goals.extend(streams::measure(&scene, way, options.streams, options.changes).await?);
        }
    }
    scene.stop();
    goals::tell(&goals)
}
