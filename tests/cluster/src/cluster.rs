//! A cluster to be ([`Builder`]) and a running one ([`Cluster`]): control plane → nodes → Flux where asked.

use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use kube::{Api, Client, api::ListParams};

use crate::{
    Error, Guarded, Node, Requests, access,
    control_plane::{ControlPlane, PATIENCE, Settings},
    folder::Folder,
    parts::Parts,
    real::{GATEWAY, Machine, World},
};

/// A cluster to be.
#[derive(Clone, Debug)]
pub struct Builder<'w> {
    name: String,
    nodes: Vec<Node>,
    flux: bool,
    settings: Settings,
    world: Option<&'w World>,
}

impl<'w> Builder<'w> {
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

    /// With nodes that are machines of this world and run pods; their capacity is the machine's.
    #[must_use]
    pub fn in_world(mut self, world: &'w World) -> Self {
        self.world = Some(world);
        self
    }

    /// With an etcd that waits for the disk, as benchmarks need it.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.settings.durable = durable;
        self
    }

    /// With an API server that streams no lists, as those before Kubernetes 1.34.
    #[must_use]
    pub fn without_streamed_lists(mut self) -> Self {
        self.settings.streams_lists = false;
        self
    }

    /// With a control plane that behaves as that earlier minor version, such as `1.34`.
    #[must_use]
    pub fn emulating(mut self, version: &'static str) -> Self {
        self.settings.emulated = Some(version);
        self
    }

    /// With the controller that checks the types in expressions of admission policies.
    #[must_use]
    pub fn checked_types(mut self) -> Self {
        self.settings.checks_types = true;
        self
    }

    /// With so many requests per second for each of Kubernetes' own controllers (200 unless told).
    #[must_use]
    pub fn controller_qps(mut self, qps: u32) -> Self {
        self.settings.controller_qps = qps;
        self
    }

    /// Starts it; ready when its API server answers, its nodes are Ready and Flux runs.
    ///
    /// # Errors
    /// When a part cannot be built or started.
    pub async fn start(self) -> Result<Cluster, Error> {
        let parts = Parts::prepared().await?;
        let mut attempts = 1;
        loop {
            match self.try_start(parts.clone()).await {
                // A port that was free a moment ago may be taken by now: try again on others.
                Err(error) if error.is_port_taken() && attempts < 4 => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_start(&self, parts: Parts) -> Result<Cluster, Error> {
        let folder = Folder::new(&self.name)?;
        let mut settings = self.settings.clone();
        if self.world.is_some() {
            settings.reached_at = Some(GATEWAY);
            settings.machines = self.nodes.iter().map(|node| node.name().to_owned()).collect();
        }
        let plane = ControlPlane::start(&parts, folder.path(), &self.name, &settings).await?;
        let name = self.name.clone();
        let machines = Vec::new();
        let mut cluster = Cluster { flux: Vec::new(), kwok: None, machines, plane, name, parts, folder };
        match self.world {
            Some(world) => cluster.start_machines(world, &self.nodes).await?,
            None => cluster.make_nodes(&self.nodes).await?,
        }
        cluster.wait_for_account().await?;
        if self.flux {
            cluster.start_flux().await?;
        }
        Ok(cluster)
    }
}

/// A running cluster; dropped, all of it ends.
pub struct Cluster {
    // In the order in which they end.
    pub(crate) flux: Vec<Guarded>,
    pub(crate) kwok: Option<Guarded>,
    pub(crate) machines: Vec<Machine>,
    plane: ControlPlane,
    name: String,
    parts: Parts,
    folder: Folder,
}

impl Cluster {
    /// A cluster of that name, to be described further.
    pub fn builder<'w>(name: &str) -> Builder<'w> {
        let settings = Settings::default();
        Builder { name: name.to_owned(), nodes: Vec::new(), flux: false, settings, world: None }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A client of its administrator: for tests to look and to break things, never for the operator.
    pub fn admin(&self) -> Client {
        self.plane.admin.clone()
    }

    /// Address of its API server.
    pub fn url(&self) -> String {
        access::url(self.port())
    }

    /// Port of its API server; it stays the same for the cluster's life.
    pub fn port(&self) -> u16 {
        self.plane.port
    }

    /// Certificate of the authority that the API server's own is signed by, in PEM.
    pub fn certificate(&self) -> &str {
        &self.plane.certificate
    }

    /// Folder of its data and logs (`NAME.log` for each process).
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kubeconfig file of its administrator, for kubectl.
    pub fn kubeconfig(&self) -> PathBuf {
        self.plane.kubeconfig.clone()
    }

    /// The programs it is made of.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Its nodes that run pods.
    pub fn machines(&self) -> &[Machine] {
        &self.machines
    }

    /// The same, to take their power and to give it back.
    pub fn machines_mut(&mut self) -> &mut [Machine] {
        &mut self.machines
    }

    /// Token of a machine's node.
    pub(crate) fn node_token(&self, node: &str) -> String {
        self.plane.tokens.get(node).cloned().unwrap_or_default()
    }

    /// Revision of its etcd: it grows by one with each write.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn revision(&self) -> Result<i64, Error> {
        // A list without a resourceVersion is answered at the store's own revision, however little it lists.
        let api: Api<ConfigMap> = Api::namespaced(self.admin(), "kube-public");
        let list = api
            .list(&ListParams::default().limit(1))
            .await
            .map_err(Error::kubernetes("reading the revision"))?;
        let text = list.metadata.resource_version.unwrap_or_default();
        text.parse().map_err(|_| Error::Other(format!("{text:?} is no revision")))
    }

    /// What the API server has been asked since it started, by everyone: its own controllers too.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn requests(&self) -> Result<Requests, Error> {
        Requests::read(&self.plane.admin).await
    }

    /// Ends the API server as a crash would; its data stays.
    pub fn kill_api_server(&mut self) {
        self.plane.api.kill();
    }

    /// Starts the API server again, at the same address, with the same certificate and data.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_api_server(&mut self) -> Result<(), Error> {
        self.plane.restart(&self.parts, self.folder.path()).await
    }

    /// Keeps what etcd holds now; API server and etcd are gone for a moment.
    ///
    /// # Errors
    /// When they do not come up again.
    pub async fn keep_etcd(&mut self) -> Result<EtcdBackup, Error> {
        let backup = EtcdBackup(Folder::new("etcd")?);
        self.plane.keep_data(&self.parts, self.folder.path(), &backup.file()).await?;
        Ok(backup)
    }

    /// Puts back what etcd held then, as `etcdutl snapshot restore` does; API server and etcd are gone for a moment.
    ///
    /// # Errors
    /// When it is refused, or they do not come up again.
    pub async fn restore_etcd(&mut self, backup: &EtcdBackup) -> Result<(), Error> {
        self.plane.restore_data(&self.parts, self.folder.path(), &backup.file()).await
    }

    /// Ends everything and waits until it is gone, as dropping it does.
    pub fn stop(self) {
        drop(self);
    }

    /// Waits for something that the API server itself brings about.
    pub(crate) async fn until_answering<F: AsyncFnMut() -> bool>(&mut self, ready: F) -> Result<(), Error> {
        self.plane.api.until(PATIENCE, ready).await
    }

    /// Pods can be made only once the namespace has its `ServiceAccount`.
    async fn wait_for_account(&mut self) -> Result<(), Error> {
        let api: Api<ServiceAccount> = Api::namespaced(self.admin(), "default");
        let ready = async || api.get_opt("default").await.is_ok_and(|account| account.is_some());
        self.plane.manager.until(PATIENCE, ready).await
    }
}

/// What an etcd held at some moment.
#[derive(Debug)]
pub struct EtcdBackup(Folder);

impl EtcdBackup {
    fn file(&self) -> PathBuf {
        self.0.path().join("db")
    }
}
