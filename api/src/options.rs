//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, ValueEnum};
use ipnet::IpNet;

use crate::{
    auth::{self, rate::Rates},
    events,
};

/// Beffroi's HTTP API, and a page for people.
#[derive(Clone, Debug, Parser)]
#[command(
    version,
    after_help = "\
Traces go to an OpenTelemetry collector where OTEL_EXPORTER_OTLP_ENDPOINT names one (HTTP, protobuf).

Example, against the management cluster that KUBECONFIG names:
  beffroi-api --hoster-issuer https://id.hebergeur.example --hoster-group exploitation \\
      --evidence-store s3://preuves/journal"
)]
pub struct Options {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8090", value_parser = beffroi_process::address)]
    pub listen: SocketAddr,
    /// Where health and metrics are served: never to the world.
    #[arg(long, default_value = "127.0.0.1:8091", value_parser = beffroi_process::address)]
    pub metrics_listen: SocketAddr,
    /// PEM file with the certificate chain; absent: plain HTTP, behind an ingress that ends TLS. Read again when it changes.
    #[arg(long, requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the key of the certificate.
    #[arg(long, requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Whom to trust.
    #[command(flatten)]
    pub auth: auth::AuthOptions,
    /// How often one may ask.
    #[command(flatten)]
    pub rates: Rates,
    /// How many streams of events may be open.
    #[command(flatten)]
    pub streams: events::StreamOptions,
    /// Network of proxies whose X-Forwarded-For counts, as narrow as possible; may be repeated.
    #[arg(long)]
    pub trusted_proxy: Vec<IpNet>,
    /// Where the log of evidence lies: a folder, `s3://BUCKET/PREFIX`, or an address that serves it.
    #[arg(long)]
    pub evidence_store: Option<String>,
    /// Beffroi's own namespace, with the public keys of the log.
    #[arg(long, env = "POD_NAMESPACE", default_value = "beffroi-system")]
    pub namespace: String,
    /// Days for which a deleted workspace can be taken back, where a request names none.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=90))]
    pub grace_days: u32,
    /// Seconds after which a request is given up.
    #[arg(long, default_value_t = 30)]
    pub timeout_seconds: u64,
    /// Seconds that requests under way are given when the process is asked to stop.
    #[arg(long, default_value_t = 20)]
    pub drain_seconds: u64,
    /// How logs are written.
    #[arg(long, value_enum, default_value_t = LogFormat::Human)]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}
