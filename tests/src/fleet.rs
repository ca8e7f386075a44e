//! A management cluster and sites, with the charts installed: clusters → charts → kubeconfig Secrets.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result};
use beffroi_cluster::{Builder, Cluster, Node, Registry};
use beffroi_crds::Site;
use futures::future::try_join_all;
use k8s_openapi::api::{core::v1::Secret, storage::v1::StorageClass};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ObjectMeta, Patch, PatchParams},
};
use serde_json::json;

use crate::{guards, rights::withdraw, samples};

/// Namespace of Beffroi, in the management cluster and in each site.
pub const NAMESPACE: &str = "beffroi-system";
/// The operator's `ServiceAccount`, as the chart names it.
pub const OPERATOR: &str = "beffroi-operator";
/// Beffroi's one identity in a site, as the chart names it.
pub const IDENTITY: &str = "beffroi";

/// How clusters are to be that are not as they are by default.
pub type Shape = fn(Builder<'static>) -> Builder<'static>;

/// Clusters that belong together.
pub struct Fleet {
    /// Where the custom resources live.
    pub management: Cluster,
    /// Sites, by name.
    pub sites: BTreeMap<String, Cluster>,
    /// Where charts are pulled from.
    pub registry: Registry,
}

impl Fleet {
    /// Starts a management cluster and a cluster for each site, all at once, with the charts installed and
    /// each site's kubeconfig in its Secret.
    ///
    /// # Errors
    /// When anything cannot be started or installed.
    pub async fn start(sites: &[Site]) -> Result<Self> {
        Self::start_as(Cluster::builder("management"), sites).await
    }

    /// The same with a management cluster that is told how to be.
    ///
    /// # Errors
    /// When a cluster cannot be started.
    pub async fn start_as(management: Builder<'_>, sites: &[Site]) -> Result<Self> {
        Self::start_each(management, sites, |builder| builder).await
    }

    /// The same with clusters of sites too that are told how to be.
    ///
    /// # Errors
    /// When a cluster cannot be started.
    pub async fn start_each(management: Builder<'_>, sites: &[Site], shape: Shape) -> Result<Self> {
        let registry = Registry::start().await?;
        let clusters = sites.iter().map(|site| site_as(shape(plain(site)), site));
        let (management, clusters) = tokio::try_join!(with_chart(management), try_join_all(clusters))?;
        let sites = sites.iter().map(ResourceExt::name_any).zip(clusters).collect();
        let fleet = Self { management, sites, registry };
        for name in fleet.sites.keys() {
            fleet.connect(name).await?;
        }
        Ok(fleet)
    }

    /// Ends every cluster and waits until all is gone.
    pub fn stop(self) {
        self.sites.into_values().for_each(Cluster::stop);
        self.management.stop();
    }

    /// The cluster of a site.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn site(&self, name: &str) -> Result<&Cluster> {
        self.sites.get(name).with_context(|| format!("no site {name} in this fleet"))
    }

    /// The cluster of a site, to stop and start.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn site_mut(&mut self, name: &str) -> Result<&mut Cluster> {
        self.sites.get_mut(name).with_context(|| format!("no site {name} in this fleet"))
    }

    /// Puts a kubeconfig of the site's narrow identity into its Secret.
    ///
    /// # Errors
    /// When there is no such identity.
    pub async fn connect(&self, name: &str) -> Result<()> {
        let kubeconfig = self.site(name)?.kubeconfig_of(NAMESPACE, IDENTITY).await?;
        self.secret(name, kubeconfig.as_bytes()).await
    }

    /// Puts any text into a site's Secret.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn secret(&self, site: &str, kubeconfig: &[u8]) -> Result<()> {
        let api: Api<Secret> = Api::namespaced(self.management.admin(), NAMESPACE);
        let secret = Secret {
            metadata: ObjectMeta { name: Some(format!("site-{site}")), ..ObjectMeta::default() },
            data: Some([("kubeconfig".to_owned(), k8s_openapi::ByteString(kubeconfig.to_vec()))].into()),
            ..Secret::default()
        };
        let name = secret.name_any();
        api.patch(&name, &PatchParams::apply("kubectl").force(), &Patch::Apply(secret)).await?;
        Ok(())
    }

    /// Takes a site's Secret away.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn disconnect(&self, site: &str) -> Result<()> {
        let api: Api<Secret> = Api::namespaced(self.management.admin(), NAMESPACE);
        api.delete(&format!("site-{site}"), &DeleteParams::default()).await?;
        Ok(())
    }
}

async fn with_chart(management: Builder<'_>) -> Result<Cluster> {
    let cluster = management.start().await?;
    let values = json!({"replicas": 0});
    cluster.helm_install("beffroi", NAMESPACE, &chart("beffroi"), &values).await?;
    withdraw(&cluster).await?;
    Ok(cluster)
}

/// A cluster as `site` declares it: two nodes with its labels and ids, its storage classes, Flux, its guards.
///
/// # Errors
/// When it cannot be started.
pub async fn site(site: &Site) -> Result<Cluster> {
    site_as(plain(site), site).await
}

fn plain(site: &Site) -> Builder<'static> {
    Cluster::builder(&site.name_any()).flux(true)
}

/// The same with a cluster that is told how to be.
///
/// # Errors
/// When it cannot be started.
pub async fn site_as(mut builder: Builder<'_>, site: &Site) -> Result<Cluster> {
    let name = site.name_any();
    for index in 0..2 {
        builder = builder.node(node(site, &format!("{name}-{index}")));
    }
    let cluster = builder.start().await?;
    let api: Api<StorageClass> = Api::all(cluster.admin());
    for class in &site.spec.storage_classes {
        let object = StorageClass {
            metadata: ObjectMeta { name: Some(class.name.clone()), ..ObjectMeta::default() },
            // No driver runs here: claims wait, unless a test makes their volume.
            provisioner: class.provisioner.clone().unwrap_or_else(|| "beffroi.example/none".into()),
            parameters: (!class.parameters.is_empty()).then(|| class.parameters.clone()),
            ..StorageClass::default()
        };
        api.create(&kube::api::PostParams::default(), &object).await?;
    }
    cluster.helm_install("beffroi-site", NAMESPACE, &chart("beffroi-site"), &json!({})).await?;
    withdraw(&cluster).await?;
    guards::until(&cluster, true).await?;
    Ok(cluster)
}

/// A node that bears what each node of `site` is declared to bear.
pub fn node(site: &Site, name: &str) -> Node {
    let identity = &site.spec.nodes;
    let mut node = Node::named(name);
    for (key, value) in &identity.labels {
        node = node.label(key, value);
    }
    match &identity.provider_id_prefix {
        Some(prefix) => node.provider_id(&format!("{prefix}{name}")),
        None => node,
    }
}

/// Folder of a chart.
pub fn chart(name: &str) -> PathBuf {
    samples::root().join("charts").join(name)
}
