//! The control plane on loopback: etcd → certificates → API server → controller manager, scheduler.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kube::Client;
use sha2::{Digest, Sha256};

use crate::{Error, Guarded, access, certificates, free_port, parts::Parts};

/// Time given to each component to start; a loaded machine is slow.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// What may be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) durable: bool,
    pub(crate) controller_qps: u32,
    pub(crate) streams_lists: bool,
    pub(crate) checks_types: bool,
}

impl Default for Settings {
    fn default() -> Self {
        // Kubernetes' own 20 would drain the writes of a new namespace at some 60 a second.
        Self { durable: false, controller_qps: 200, streams_lists: true, checks_types: false }
    }
}

/// The four processes, and what it takes to reach them.
pub(crate) struct ControlPlane {
    // In the order in which they end.
    _scheduler: Guarded,
    pub(crate) manager: Guarded,
    pub(crate) api: Guarded,
    _etcd: Guarded,
    api_command: Vec<String>,
    pub(crate) port: u16,
    pub(crate) admin: Client,
    pub(crate) certificate: String,
    pub(crate) kubeconfig: PathBuf,
}

impl ControlPlane {
    pub(crate) async fn start(
        parts: &Parts,
        folder: &Path,
        name: &str,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let (etcd, etcd_url) = start_etcd(parts, folder, settings.durable).await?;
        let certificate = certificates::write(folder)?;
        let token = secret()?;
        write(&folder.join("tokens.csv"), &format!("{token},admin,admin,system:masters\n"))?;

        let port = free_port()?;
        let api_command = api_command(parts, folder, port, &etcd_url, settings.streams_lists);
        let mut api = Guarded::start(parts, "kube-apiserver", folder, &api_command, &[])?;
        let text = access::kubeconfig(name, port, &certificate, &token);
        let kubeconfig = folder.join("admin.kubeconfig");
        write(&kubeconfig, &text)?;
        let admin = access::client(&text).await?;
        api.until(PATIENCE, async || answers(&admin).await).await?;

        let start = |name: &str, own: Vec<String>| {
            let mut command = parts.component(name);
            command.extend(own);
            Guarded::start(parts, name, folder, &command, &[])
        };
        let manager = start("kube-controller-manager", manager_flags(folder, &kubeconfig, settings))?;
        let scheduler = start("kube-scheduler", common_flags(&kubeconfig, settings.controller_qps))?;
        Ok(Self {
            _scheduler: scheduler,
            manager,
            api,
            _etcd: etcd,
            api_command,
            port,
            admin,
            certificate,
            kubeconfig,
        })
    }

    /// Starts the API server as it was.
    pub(crate) async fn restart(&mut self, parts: &Parts, folder: &Path) -> Result<(), Error> {
        let begun = Instant::now();
        loop {
            self.api = Guarded::start(parts, "kube-apiserver", folder, &self.api_command, &[])?;
            match self.api.until(PATIENCE, async || answers(&self.admin).await).await {
                // Its address is part of what clients know: wait for it rather than take another.
                Err(error) if error.is_port_taken() && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

async fn start_etcd(parts: &Parts, folder: &Path, durable: bool) -> Result<(Guarded, String), Error> {
    let (client_port, peer_port) = (free_port()?, free_port()?);
    let url = format!("http://127.0.0.1:{client_port}");
    let peer_url = format!("http://127.0.0.1:{peer_port}");
    let mut command = parts.component("etcd");
    command.extend([
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        format!("--listen-peer-urls={peer_url}"),
        format!("--initial-cluster=default={peer_url}"),
        format!("--initial-advertise-peer-urls={peer_url}"),
        "--log-level=warn".into(),
    ]);
    if !durable {
        command.push("--unsafe-no-fsync".into());
    }
    let mut etcd = Guarded::start(parts, "etcd", folder, &command, &[])?;
    let address = format!("127.0.0.1:{client_port}");
    etcd.until(PATIENCE, async || tokio::net::TcpStream::connect(&address).await.is_ok()).await?;
    Ok((etcd, url))
}

fn api_command(parts: &Parts, folder: &Path, port: u16, etcd_url: &str, streams_lists: bool) -> Vec<String> {
    let at = |file: &str| folder.join(file).display().to_string();
    let mut command = parts.component("kube-apiserver");
    command.extend([
        format!("--etcd-servers={etcd_url}"),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".into(),
        // Or it looks for a network interface, which a laptop on a train lacks. Loopback cannot be an
        // endpoint of the kubernetes Service, and no pod here would use it.
        "--advertise-address=127.0.0.1".into(),
        "--endpoint-reconciler-type=none".into(),
        // Its lease is written beside every API, where no client can tell it from a real write.
        format!("--feature-gates=UnknownVersionInteroperabilityProxy=false,WatchList={streams_lists}"),
        // So is the mark of each compaction, every five minutes.
        "--etcd-compaction-interval=0".into(),
        format!("--tls-cert-file={}", at(certificates::SERVER)),
        format!("--tls-private-key-file={}", at(certificates::SERVER_KEY)),
        format!("--token-auth-file={}", at("tokens.csv")),
        format!("--service-account-key-file={}", at(certificates::ACCOUNTS)),
        format!("--service-account-signing-key-file={}", at(certificates::ACCOUNTS_KEY)),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        "--service-cluster-ip-range=10.96.0.0/16".into(),
        "--authorization-mode=RBAC".into(),
        "--max-requests-inflight=800".into(),
        "--max-mutating-requests-inflight=400".into(),
    ]);
    command
}

fn manager_flags(folder: &Path, kubeconfig: &Path, settings: &Settings) -> Vec<String> {
    let at = |file: &str| folder.join(file).display().to_string();
    let mut flags = common_flags(kubeconfig, settings.controller_qps);
    flags.extend([
        format!("--service-account-private-key-file={}", at(certificates::ACCOUNTS_KEY)),
        format!("--root-ca-file={}", at(certificates::AUTHORITY)),
        "--use-service-account-credentials=true".into(),
        "--concurrent-namespace-syncs=20".into(),
        "--concurrent-serviceaccount-token-syncs=20".into(),
        // Nodes are silent while their API server is down in a test. kwok does not heal pods that are marked for it.
        "--node-monitor-grace-period=24h".into(),
    ]);
    if !settings.checks_types {
        // It tells authors of admission policies what does not fit, and takes more than half of this program's time.
        flags.push("--controllers=*,-validatingadmissionpolicy-status-controller".into());
    }
    flags
}

fn common_flags(kubeconfig: &Path, qps: u32) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", kubeconfig.display()),
        // Nobody asks these two anything.
        "--secure-port=0".into(),
        "--leader-elect=false".into(),
        format!("--kube-api-qps={qps}"),
        format!("--kube-api-burst={}", 2 * qps),
    ]
}

/// Whether the API server is ready.
async fn answers(admin: &Client) -> bool {
    let Ok(request) = http::Request::get("/readyz").body(Vec::new()) else { return false };
    let answer = tokio::time::timeout(Duration::from_secs(2), admin.request_text(request)).await;
    answer.is_ok_and(|text| text.is_ok_and(|text| text == "ok"))
}

/// A token that cannot be guessed: a fresh private key is as random as the system can do.
fn secret() -> Result<String, Error> {
    let key = certificates::new_key()?;
    Ok(format!("{:x}", Sha256::digest(key.serialized_der())))
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(Error::files("writing", path))
}
