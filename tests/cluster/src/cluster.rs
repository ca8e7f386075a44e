//! A control plane on loopback: etcd → API server → controller manager, scheduler, kwok → Flux where asked.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use k8s_openapi::api::core::v1::{ConfigMap, Node as NodeObject, ServiceAccount};
use kube::{
    Api, Client,
    api::{ListParams, PostParams},
};
use tempfile::TempDir;

use crate::{Error, Guarded, Node, access, free_port, parts::Parts};

/// Time given to each component to start; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// A cluster to be.
#[derive(Clone, Debug)]
pub struct Builder {
    name: String,
    nodes: Vec<Node>,
    flux: bool,
    durable: bool,
}

impl Builder {
    /// With a node.
    #[must_use]
    pub fn node(mut self, node: Node) -> Self {
        self.nodes.push(node);
        self
    }

    /// With Flux's source- and helm-controller.
    #[must_use]
    pub fn flux(mut self, flux: bool) -> Self {
        self.flux = flux;
        self
    }

    /// With an etcd that waits for the disk, as benchmarks need it.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// Starts it; ready when its API server answers, its nodes are Ready and Flux runs.
    ///
    /// # Errors
    /// When a part cannot be built or started.
    pub async fn start(self) -> Result<Cluster, Error> {
        let parts = tokio::task::block_in_place(Parts::ready)?;
        let folder = tempfile::Builder::new()
            .prefix(&format!("beffroi-{}-", self.name))
            .tempdir()
            .map_err(Error::files("creating", "a temporary folder"))?;
        let mut last = Error::Other(String::new());
        // A port that was free a moment ago may be taken by now: try again on others.
        for _ in 0..3 {
            match Cluster::control_plane(&self, &parts, folder.path()).await {
                Ok((processes, port, token)) => return Cluster::finish(self, parts, folder, processes, port, token).await,
                Err(Error::Ended { name, output }) if output.contains("address already in use") => {
                    last = Error::Ended { name, output };
                }
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

/// A running cluster; dropped, all of it ends.
pub struct Cluster {
    name: String,
    parts: Parts,
    folder: TempDir,
    processes: Processes,
    pub(crate) flux: Vec<Guarded>,
    port: u16,
    admin: Client,
    certificate: String,
}

/// The components, each under guard.
struct Processes {
    api: Guarded,
    command: Vec<String>,
    others: Vec<Guarded>,
    etcd: Guarded,
}

impl Cluster {
    /// A cluster of that name, to be described further.
    pub fn builder(name: &str) -> Builder {
        Builder { name: name.to_owned(), nodes: Vec::new(), flux: false, durable: false }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A client of its administrator: for tests to look and to break things, never for the operator.
    pub fn admin(&self) -> Client {
        self.admin.clone()
    }

    /// Address of its API server.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Port of its API server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The API server's certificate, in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Folder of its data and logs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kubeconfig file of its administrator, for kubectl.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder().join("admin.kubeconfig")
    }

    /// The programs it is made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Revision of its etcd: it grows by one with each write.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn revision(&self) -> Result<i64, Error> {
        let api: Api<ConfigMap> = Api::namespaced(self.admin(), "kube-public");
        let list = api.list(&ListParams::default().limit(1)).await.map_err(Error::kubernetes("reading the revision"))?;
        let text = list.metadata.resource_version.unwrap_or_default();
        text.parse().map_err(|_| Error::Other(format!("{text:?} is no revision")))
    }

    /// Ends the API server as a crash would; its data stays.
    pub fn kill_api_server(&mut self) {
        self.processes.api.kill();
    }

    /// Starts the API server again, at the same address.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_api_server(&mut self) -> Result<(), Error> {
        let name = "kube-apiserver";
        self.processes.api = Guarded::start(&self.parts, name, self.folder.path(), &self.processes.command, &[])?;
        let admin = self.admin();
        self.processes.api.until(PATIENCE, async || answers(&admin).await).await
    }

    /// Ends everything and waits until it is gone.
    pub fn stop(mut self) {
        self.stop_flux();
        self.processes.others.iter_mut().for_each(Guarded::stop);
        self.processes.api.stop();
        self.processes.etcd.stop();
    }

    async fn control_plane(builder: &Builder, parts: &Parts, folder: &Path) -> Result<(Processes, u16, String), Error> {
        let (client_port, peer_port, port) = (free_port()?, free_port()?, free_port()?);
        let etcd_url = format!("http://127.0.0.1:{client_port}");
        let mut command = parts.component("etcd");
        command.extend([
            format!("--data-dir={}", folder.join("etcd").display()),
            format!("--listen-client-urls={etcd_url}"),
            format!("--advertise-client-urls={etcd_url}"),
            format!("--listen-peer-urls=http://127.0.0.1:{peer_port}"),
            format!("--initial-cluster=default=http://127.0.0.1:{peer_port}"),
            format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer_port}"),
            "--log-level=warn".into(),
        ]);
        if !builder.durable {
            command.push("--unsafe-no-fsync".into());
        }
        let mut etcd = Guarded::start(parts, "etcd", folder, &command, &[])?;
        let address = format!("127.0.0.1:{client_port}");
        etcd.until(PATIENCE, async || tokio::net::TcpStream::connect(&address).await.is_ok()).await?;

        let key = rcgen::KeyPair::generate().map_err(|e| Error::Other(format!("no key could be made: {e}")))?;
        write(&folder.join("accounts.key"), &key.serialize_pem())?;
        let token: String = key.serialized_der().iter().rev().take(24).map(|byte| format!("{byte:02x}")).collect();
        write(&folder.join("tokens.csv"), &format!("{token},admin,admin,system:masters\n"))?;
        let at = |file: &str| folder.join(file).display().to_string();
        let mut command = parts.component("kube-apiserver");
        command.extend([
            format!("--etcd-servers={etcd_url}"),
            format!("--secure-port={port}"),
            "--bind-address=127.0.0.1".into(),
            format!("--cert-dir={}", at("certificates")),
            format!("--token-auth-file={}", at("tokens.csv")),
            format!("--service-account-key-file={}", at("accounts.key")),
            format!("--service-account-signing-key-file={}", at("accounts.key")),
            "--service-account-issuer=https://kubernetes.default.svc".into(),
            "--service-cluster-ip-range=10.0.0.0/24".into(),
            "--authorization-mode=RBAC".into(),
            "--max-requests-inflight=800".into(),
            "--max-mutating-requests-inflight=400".into(),
        ]);
        let mut api = Guarded::start(parts, "kube-apiserver", folder, &command, &[])?;
        let certificate = folder.join("certificates/apiserver.crt");
        let address = format!("127.0.0.1:{port}");
        api.until(PATIENCE, async || {
            certificate.exists() && tokio::net::TcpStream::connect(&address).await.is_ok()
        })
        .await?;
        Ok((Processes { api, command, others: Vec::new(), etcd }, port, token))
    }

    async fn finish(
        builder: Builder,
        parts: Parts,
        folder: TempDir,
        mut processes: Processes,
        port: u16,
        token: String,
    ) -> Result<Self, Error> {
        let path = folder.path().join("certificates/apiserver.crt");
        let certificate = std::fs::read_to_string(&path).map_err(Error::files("reading", &path))?;
        let kubeconfig = access::kubeconfig(&builder.name, port, &certificate, &token);
        let admin = access::client(&kubeconfig).await?;
        processes.api.until(PATIENCE, async || answers(&admin).await).await?;
        let name = builder.name;
        let mut cluster = Self { name, parts, folder, processes, flux: Vec::new(), port, admin, certificate };
        write(&cluster.kubeconfig(), &kubeconfig)?;
        cluster.controllers()?;
        cluster.make_nodes(&builder.nodes).await?;
        cluster.wait_for_account().await?;
        if builder.flux {
            cluster.start_flux().await?;
        }
        Ok(cluster)
    }

    fn controllers(&mut self) -> Result<(), Error> {
        let kubeconfig = format!("--kubeconfig={}", self.kubeconfig().display());
        let folder = self.folder().to_owned();
        let at = |file: &str| folder.join(file).display().to_string();
        let mut manager = self.parts.component("kube-controller-manager");
        manager.extend([
            kubeconfig.clone(),
            format!("--service-account-private-key-file={}", at("accounts.key")),
            "--use-service-account-credentials=true".into(),
            format!("--root-ca-file={}", at("certificates/apiserver.crt")),
            format!("--secure-port={}", free_port()?),
            "--bind-address=127.0.0.1".into(),
            format!("--cert-dir={}", at("manager")),
            "--leader-elect=false".into(),
            "--kube-api-qps=200".into(),
            "--kube-api-burst=400".into(),
            "--concurrent-namespace-syncs=20".into(),
            "--namespace-sync-period=1m".into(),
        ]);
        let mut scheduler = self.parts.component("kube-scheduler");
        scheduler.extend([
            kubeconfig.clone(),
            format!("--secure-port={}", free_port()?),
            "--bind-address=127.0.0.1".into(),
            format!("--cert-dir={}", at("scheduler")),
            "--leader-elect=false".into(),
        ]);
        let stages = ["kwok-node-fast", "kwok-node-heartbeat", "kwok-pod-fast"];
        let stages = stages.iter().map(|name| self.parts.carried(name)).collect::<Result<Vec<_>, _>>()?;
        write(&self.folder().join("kwok.yaml"), &stages.concat().join("\n---\n"))?;
        let kwok = vec![
            self.parts.program("kwok").display().to_string(),
            kubeconfig,
            format!("--config={}", at("kwok.yaml")),
            "--manage-all-nodes=true".into(),
            "--node-lease-duration-seconds=40".into(),
            format!("--server-address=127.0.0.1:{}", free_port()?),
        ];
        for (name, command) in [("kube-controller-manager", manager), ("kube-scheduler", scheduler), ("kwok", kwok)] {
            let process = Guarded::start(&self.parts, name, &folder, &command, &[("HOME", at(""))])?;
            self.processes.others.push(process);
        }
        Ok(())
    }

    /// Makes nodes and waits until they are Ready.
    ///
    /// # Errors
    /// When the API server refuses, or kwok does not bring them up.
    pub async fn make_nodes(&mut self, nodes: &[Node]) -> Result<(), Error> {
        let api: Api<NodeObject> = Api::all(self.admin());
        for node in nodes {
            api.create(&PostParams::default(), &node.object()).await.map_err(Error::kubernetes("making a node"))?;
        }
        let names: Vec<String> = nodes.iter().filter_map(|n| n.object().metadata.name).collect();
        let Some(kwok) = self.processes.others.last_mut() else { return Ok(()) };
        kwok.until(PATIENCE, async || {
            for name in &names {
                let node = api.get_opt(name).await.ok().flatten();
                let conditions = node.and_then(|n| n.status).and_then(|s| s.conditions).unwrap_or_default();
                if !conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True") {
                    return false;
                }
            }
            true
        })
        .await
    }

    async fn wait_for_account(&mut self) -> Result<(), Error> {
        let api: Api<ServiceAccount> = Api::namespaced(self.admin(), "default");
        let Some(manager) = self.processes.others.first_mut() else { return Ok(()) };
        manager.until(PATIENCE, async || api.get_opt("default").await.is_ok_and(|a| a.is_some())).await
    }
}

/// Whether the API server is ready.
async fn answers(admin: &Client) -> bool {
    let Ok(request) = http::Request::get("/readyz").body(Vec::new()) else { return false };
    let answer = tokio::time::timeout(Duration::from_secs(2), admin.request_text(request)).await;
    answer.is_ok_and(|text| text.is_ok_and(|text| text == "ok"))
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(Error::files("writing", path))
}
