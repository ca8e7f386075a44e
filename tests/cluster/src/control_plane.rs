//! The control plane on loopback: etcd → certificates → API server → controller manager, scheduler.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use kube::Client;
use sha2::{Digest, Sha256};

use crate::{Error, Guarded, access, audit, certificates, free_port, parts::Parts};

/// Time given to each component to start; a loaded machine is slow.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Folder of etcd's data.
const DATA: &str = "etcd";
const LISTENS: &str = "--listen-client-urls=";

/// What may be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) durable: bool,
    pub(crate) controller_qps: u32,
    pub(crate) streams_lists: bool,
    pub(crate) checks_types: bool,
    /// Minor version that Kubernetes is to behave as.
    pub(crate) emulated: Option<&'static str>,
    /// Address that machines reach the API server at, when there are machines.
    pub(crate) reached_at: Option<&'static str>,
    /// Machines to be, each with a token of its own.
    pub(crate) machines: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        // Kubernetes' own 20 would drain the writes of a new namespace at some 60 a second.
        Self {
            durable: false,
            controller_qps: 200,
            streams_lists: true,
            checks_types: false,
            emulated: None,
            reached_at: None,
            machines: Vec::new(),
        }
    }
}

/// The four processes, and what it takes to reach them.
pub(crate) struct ControlPlane {
    // In the order in which they end.
    _scheduler: Guarded,
    pub(crate) manager: Guarded,
    pub(crate) api: Guarded,
    etcd: Guarded,
    etcd_command: Vec<String>,
    api_command: Vec<String>,
    pub(crate) port: u16,
    pub(crate) admin: Client,
    pub(crate) certificate: String,
    pub(crate) kubeconfig: PathBuf,
    /// Token of each machine's node, by its name.
    pub(crate) tokens: BTreeMap<String, String>,
}

impl ControlPlane {
    pub(crate) async fn start(
        parts: &Parts,
        folder: &Path,
        name: &str,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let (etcd_command, etcd_url) = etcd_command(parts, folder, settings.durable)?;
        let etcd = start_etcd(parts, folder, &etcd_command).await?;
        let certificate = certificates::write(folder, settings.reached_at)?;
        let token = secret()?;
        let tokens = machine_tokens(&settings.machines)?;
        let nodes =
            tokens.iter().map(|(name, token)| format!("{token},system:node:{name},{name},system:nodes\n"));
        let users = format!("{token},admin,admin,system:masters\n{}", nodes.collect::<String>());
        write(&folder.join("tokens.csv"), &users)?;

        let port = free_port()?;
        let mut api_command = api_command(parts, folder, port, &etcd_url, settings);
        if let Some(audits) = audit::folder() {
            api_command.extend(audit::flags(&audits, folder)?);
        }
        let mut api = Guarded::start(parts, "kube-apiserver", folder, &api_command, &[])?;
        let text = access::kubeconfig(name, port, &certificate, &token);
        let kubeconfig = folder.join("admin.kubeconfig");
        write(&kubeconfig, &text)?;
        let admin = access::client(&text).await?;
        api.until(PATIENCE, async || answers(&admin).await).await?;

        let start = |name: &str, own: Vec<String>| {
            let mut command = parts.component(name);
            command.extend(own);
            command.extend(emulated(settings));
            Guarded::start(parts, name, folder, &command, &[])
        };
        let manager = start("kube-controller-manager", manager_flags(folder, &kubeconfig, settings))?;
        let scheduler = start("kube-scheduler", common_flags(&kubeconfig, settings.controller_qps))?;
        Ok(Self {
            _scheduler: scheduler,
            manager,
            api,
            etcd,
            etcd_command,
            api_command,
            port,
            admin,
            certificate,
            kubeconfig,
            tokens,
        })
    }

    /// Ends API server and etcd, copies what etcd holds to `backup`, and starts both again.
    pub(crate) async fn keep_data(
        &mut self,
        parts: &Parts,
        folder: &Path,
        backup: &Path,
    ) -> Result<(), Error> {
        self.api.kill();
        self.etcd.kill();
        let database = folder.join(DATA).join("member/snap/db");
        std::fs::copy(&database, backup).map_err(Error::files("copying", &database))?;
        self.etcd = start_etcd(parts, folder, &self.etcd_command).await?;
        self.restart(parts, folder).await
    }

    /// Ends API server and etcd, puts back what etcd held then as its documentation says for Kubernetes (with a
    /// revision past all that clients saw, so that none takes what it knows for newer), and starts both again.
    pub(crate) async fn restore_data(
        &mut self,
        parts: &Parts,
        folder: &Path,
        backup: &Path,
    ) -> Result<(), Error> {
        self.api.kill();
        self.etcd.kill();
        let data = folder.join(DATA);
        std::fs::remove_dir_all(&data).map_err(Error::files("removing", &data))?;
        let mut command = parts.component("etcdutl-snapshot");
        command.extend(["restore".into(), backup.display().to_string()]);
        command.push(format!("--data-dir={}", data.display()));
        command
            .extend(["--skip-hash-check", "--bump-revision=1000000", "--mark-compacted"].map(str::to_owned));
        let initial = self.etcd_command.iter().filter(|flag| flag.starts_with("--initial-"));
        command.extend(initial.cloned());
        let output = Command::new(&command[0]).args(&command[1..]).output();
        let output = output.map_err(Error::files("running", &command[0]))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Error::Command { command: command.join(" "), output });
        }
        self.etcd = start_etcd(parts, folder, &self.etcd_command).await?;
        self.restart(parts, folder).await
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

/// The command line of etcd, and where clients find it.
fn etcd_command(parts: &Parts, folder: &Path, durable: bool) -> Result<(Vec<String>, String), Error> {
    let (client_port, peer_port) = (free_port()?, free_port()?);
    let url = format!("http://127.0.0.1:{client_port}");
    let peer_url = format!("http://127.0.0.1:{peer_port}");
    let mut command = parts.component("etcd");
    command.extend([
        format!("--data-dir={}", folder.join(DATA).display()),
        format!("{LISTENS}{url}"),
        format!("--advertise-client-urls={url}"),
        format!("--listen-peer-urls={peer_url}"),
        format!("--initial-cluster=default={peer_url}"),
        format!("--initial-advertise-peer-urls={peer_url}"),
        "--log-level=warn".into(),
    ]);
    if !durable {
        command.push("--unsafe-no-fsync".into());
    }
    Ok((command, url))
}

async fn start_etcd(parts: &Parts, folder: &Path, command: &[String]) -> Result<Guarded, Error> {
    let mut etcd = Guarded::start(parts, "etcd", folder, command, &[])?;
    let address = command.iter().find_map(|flag| flag.strip_prefix(LISTENS)?.strip_prefix("http://"));
    let address = address.unwrap_or_default();
    etcd.until(PATIENCE, async || tokio::net::TcpStream::connect(address).await.is_ok()).await?;
    Ok(etcd)
}

fn api_command(parts: &Parts, folder: &Path, port: u16, etcd_url: &str, settings: &Settings) -> Vec<String> {
    let streams_lists = settings.streams_lists;
    let at = |file: &str| folder.join(file).display().to_string();
    let mut command = parts.component("kube-apiserver");
    command.extend([
        format!("--etcd-servers={etcd_url}"),
        format!("--secure-port={port}"),
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
        "--max-requests-inflight=800".into(),
        "--max-mutating-requests-inflight=400".into(),
    ]);
    command
        .extend(settings.reached_at.map_or_else(on_loopback, |address| reached_by_machines(folder, address)));
    command
}

/// Kubernetes' own way to run as an earlier minor version does.
fn emulated(settings: &Settings) -> Option<String> {
    settings.emulated.map(|version| format!("--emulated-version=kube={version}"))
}

fn on_loopback() -> Vec<String> {
    vec![
        "--bind-address=127.0.0.1".into(),
        // Or it looks for a network interface, which a laptop on a train lacks. Loopback cannot be an
        // endpoint of the kubernetes Service, and no pod here would use it.
        "--advertise-address=127.0.0.1".into(),
        "--endpoint-reconciler-type=none".into(),
        "--authorization-mode=RBAC".into(),
    ]
}

/// As on a cluster of machines: nodes are who they say, kubelets are asked with a certificate, pods may be privileged
/// where Pod Security lets them.
fn reached_by_machines(folder: &Path, address: &str) -> Vec<String> {
    let at = |file: &str| folder.join(file).display().to_string();
    vec![
        "--bind-address=0.0.0.0".into(),
        format!("--advertise-address={address}"),
        "--authorization-mode=Node,RBAC".into(),
        "--enable-admission-plugins=NodeRestriction".into(),
        "--allow-privileged=true".into(),
        format!("--kubelet-client-certificate={}", at(certificates::KUBELET_CLIENT)),
        format!("--kubelet-client-key={}", at(certificates::KUBELET_CLIENT_KEY)),
        "--kubelet-preferred-address-types=InternalIP".into(),
        // A webhook's pod is asked at its own address: no Service is routed where this server stands.
        "--enable-aggregator-routing=true".into(),
        // Pods leave a node that died after seconds, not after five minutes.
        "--default-not-ready-toleration-seconds=5".into(),
        "--default-unreachable-toleration-seconds=5".into(),
    ]
}

fn machine_tokens(machines: &[String]) -> Result<BTreeMap<String, String>, Error> {
    machines.iter().map(|name| Ok((name.clone(), secret()?))).collect()
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
    ]);
    // Simulated nodes are silent while their API server is down in a test, and kwok does not heal pods that are marked
    // for it. Machines are believed dead after a few of their beats.
    let grace = if settings.machines.is_empty() { "24h" } else { "10s" };
    flags.push(format!("--node-monitor-grace-period={grace}"));
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
