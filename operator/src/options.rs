//! Command line of the operator.

use std::{net::SocketAddr, path::PathBuf};

use beffroi_core::facts::Prober;
use clap::{Parser, ValueEnum};
use jiff::SignedDuration;

use crate::domains::Resolver;

/// Beffroi's operator: provisions workspaces on sites from custom resources.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Options {
    /// Namespace of the operator: kubeconfig Secrets of sites are read there, and its lease is kept there.
    #[arg(long, env = "POD_NAMESPACE", default_value = "beffroi-system")]
    pub namespace: String,
    /// Name of this instance in the lease and in events.
    #[arg(long, env = "POD_NAME", default_value = "beffroi-operator")]
    pub instance: String,
    /// Where /healthz, /readyz and /metrics are served.
    #[arg(long, default_value = "0.0.0.0:8080", value_parser = beffroi_process::address)]
    pub listen: SocketAddr,
    /// Where /checkpoint and /tile of the evidence log are served for reading: on loopback, for those who may
    /// `kubectl port-forward`.
    #[arg(long, default_value = "127.0.0.1:8081", value_parser = beffroi_process::address)]
    pub log_listen: SocketAddr,
    /// Where the evidence log lies: a folder, or `s3://BUCKET/PREFIX` (credentials and endpoint from `AWS_*`).
    #[arg(long, env = "BEFFROI_EVIDENCE_STORE", default_value = "/var/lib/beffroi/log")]
    pub evidence_store: String,
    /// Secret with the keys that sign evidence; made at the first start.
    #[arg(long, default_value = "beffroi-evidence-keys")]
    pub evidence_keys: String,
    /// Folder with the keys that sign evidence instead of a Secret: statement.pem and checkpoint.key, made at the
    /// first start; others are taken from next-statement.pem and next-checkpoint.key when the operator starts.
    #[arg(long)]
    pub evidence_keys_folder: Option<PathBuf>,
    /// Run only while holding the lease, so that one of several replicas works.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    pub leader_elect: bool,
    /// DNS server that is asked for the records with which tenants prove their domains: system, or IP or IP:PORT.
    #[arg(long, default_value_t = Resolver::System)]
    pub resolver: Resolver,
    /// Seconds after which a record that proves a domain is looked up again.
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    pub domain_recheck_seconds: u64,
    /// How logs are written.
    #[arg(long, value_enum, default_value_t = LogFormat::Human)]
    pub log_format: LogFormat,
    /// Workspaces reconciled at once.
    #[arg(long, default_value_t = 16)]
    pub concurrency: u16,
    /// Seconds between two looks at each site's API server.
    #[arg(long, default_value_t = 10)]
    pub probe_seconds: u64,
    /// Seconds after which a write to a site is given up.
    #[arg(long, default_value_t = 10)]
    pub write_timeout_seconds: u64,
    /// Seconds that a workspace's namespace, and volumes that go by themselves, are given to go from a site when it is
    /// deleted: after that somebody is told what holds it.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    pub deletion_patience_seconds: u32,
    /// Image with the program `beffroi`, as REPOSITORY@sha256:…, from a registry that sites declare: workspaces whose
    /// policy says networkProbe are probed with it. Without it what their pods reach is declared, and nobody tries.
    #[arg(long, value_parser = by_digest)]
    pub probe_image: Option<String>,
    /// An address outside, as IP:PORT, that a probe is to find out of reach.
    #[arg(long)]
    pub probe_outside: Option<SocketAddr>,
    /// Hours after which a workspace is probed again although nothing has changed. What was tried a day ago is no more
    /// than declared.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=23))]
    pub probe_hours: u8,
}

/// An image that no tag can move.
fn by_digest(text: &str) -> Result<String, String> {
    let digest = text.split_once("@sha256:").map(|(_, digest)| digest);
    let good =
        digest.is_some_and(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()));
    let why =
        || "write REPOSITORY@sha256: and 64 hexadecimal digits, as `crane digest` prints them".to_owned();
    good.then(|| text.to_owned()).ok_or_else(why)
}

impl Options {
    /// By what the network of workspaces is probed.
    pub fn prober(&self) -> Option<Prober> {
        Some(Prober {
            image: self.probe_image.clone()?,
            outside: self.probe_outside,
            every: SignedDuration::from_hours(self.probe_hours.into()),
        })
    }

    /// How long what goes by itself is waited for.
    pub fn deletion_patience(&self) -> SignedDuration {
        SignedDuration::from_secs(self.deletion_patience_seconds.into())
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}
