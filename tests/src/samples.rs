//! The samples, as people apply them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use beffroi_cluster::{PushedChart, Registry};
use beffroi_crds::{
    App, Provider, Site, SovereigntyPolicy, Tenant, Workspace,
    app::Channel,
    percent::Percent,
    provider::{HolderKind, Shareholder},
    site,
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{Patch, PatchParams},
    core::{ClusterResourceScope, NamespaceResourceScope},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every object in a folder of samples, by file name.
///
/// # Errors
/// When a file cannot be read as that kind.
pub fn read<K: DeserializeOwned>(folder: &str) -> Result<Vec<K>> {
    read_from(&root().join("samples").join(folder))
}

/// Providers. Of real firms the samples declare no holder, for none was read: what is not said is unproven, and nothing
/// would be placed with them. Here each is given one that is plainly invented.
///
/// # Errors
/// When a sample cannot be read.
pub fn providers() -> Result<Vec<Provider>> {
    let mut providers: Vec<Provider> = read("providers")?;
    for provider in &mut providers {
        let spec = &mut provider.spec;
        if spec.shareholders.is_empty() {
            let whole: Percent = "100".parse().context("a whole")?;
            spec.shareholders = vec![Shareholder {
                name: format!("Détenteur inventé pour les essais ({})", spec.legal_name),
                kind: Some(HolderKind::Person),
                country: spec.seat.country.clone(),
                capital_percent: whole,
                votes_percent: whole,
                ..Shareholder::default()
            }];
        }
    }
    Ok(providers)
}

/// The profiles of `SovereigntyPolicy` that the chart ships.
///
/// # Errors
/// When a file cannot be read.
pub fn profiles() -> Result<Vec<SovereigntyPolicy>> {
    read_from(&root().join("charts/beffroi/profiles"))
}

fn read_from<K: DeserializeOwned>(folder: &Path) -> Result<Vec<K>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let parse = |path: &PathBuf| -> Result<K> {
        serde_yaml::from_str(&fs::read_to_string(path)?)
            .with_context(|| format!("reading {}", path.display()))
    };
    paths.iter().map(parse).collect()
}

/// Sites, pulling from a registry on loopback instead of the sample's.
///
/// # Errors
/// When a sample cannot be read.
pub fn sites(registry: &Registry) -> Result<Vec<Site>> {
    let mut sites: Vec<Site> = read("sites")?;
    for site in &mut sites {
        use_registry(site, registry);
    }
    Ok(sites)
}

/// Makes a site pull from a registry on loopback.
pub fn use_registry(site: &mut Site, registry: &Registry) {
    for declared in &mut site.spec.registries {
        *declared =
            site::Registry { host: registry.host().as_str().into(), plain_http: true, ..declared.clone() };
    }
}

/// Apps that the demo can really install.
pub const OFFERED: [&str; 4] = ["docs", "element", "meet", "nextcloud"];

/// The catalogue; the apps of [`OFFERED`] get a release, whose chart stands in for the real one.
///
/// # Errors
/// When a sample cannot be read.
pub fn catalogue(registry: &Registry, chart: &PushedChart) -> Result<Vec<App>> {
    let mut apps: Vec<App> = read("catalogue")?;
    for app in apps.iter_mut().filter(|app| OFFERED.contains(&app.name_any().as_str())) {
        offer(app, registry, chart);
    }
    Ok(apps)
}

/// Gives an app a release on channel Stable.
pub fn offer(app: &mut App, registry: &Registry, chart: &PushedChart) {
    // kwok pulls no image: any digest will do, and this one belongs to nobody.
    let digest: String = Sha256::digest(b"stand-in").iter().map(|byte| format!("{byte:02x}")).collect();
    let image = format!("{}/stand-in@sha256:{digest}", registry.host());
    app.spec.values.insert("image".into(), json!(image));
    app.spec.releases = vec![release(&chart.version, chart)];
}

/// A release on channel Stable.
pub fn release(version: &str, chart: &PushedChart) -> beffroi_crds::app::Release {
    beffroi_crds::app::Release {
        version: version.to_owned(),
        channel: Channel::Stable,
        chart: beffroi_crds::app::Chart {
            repository: chart.repository.as_str().into(),
            digest: chart.digest.as_str().into(),
        },
        ..beffroi_crds::app::Release::default()
    }
}

/// Applies a cluster-scoped object as a hosting provider with kubectl would.
///
/// # Errors
/// When the API server refuses it.
pub async fn apply<K>(client: &Client, object: &K) -> Result<K>
where
    K: Resource<Scope = ClusterResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Serialize,
{
    put(&Api::all(client.clone()), object).await
}

/// Applies a namespaced object.
///
/// # Errors
/// When the API server refuses it.
pub async fn apply_in<K>(client: &Client, object: &K) -> Result<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Serialize,
{
    put(&Api::namespaced(client.clone(), &object.namespace().unwrap_or_default()), object).await
}

async fn put<K>(api: &Api<K>, object: &K) -> Result<K>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned + Serialize,
{
    let params = PatchParams::apply("kubectl").force();
    api.patch(&object.name_any(), &params, &Patch::Apply(object))
        .await
        .map_err(|error| anyhow!("{} {}: {error}", K::kind(&()), object.name_any()))
}

/// Everything but workspaces: providers, sites, catalogue, tenants. Policies come with the chart.
///
/// # Errors
/// When the API server refuses one.
pub async fn apply_all(client: &Client, registry: &Registry, chart: &PushedChart) -> Result<()> {
    for provider in providers()? {
        apply(client, &provider).await?;
    }
    for site in sites(registry)? {
        apply(client, &site).await?;
    }
    for app in catalogue(registry, chart)? {
        apply(client, &app).await?;
    }
    for tenant in read::<Tenant>("tenants")? {
        apply(client, &tenant).await?;
    }
    Ok(())
}

/// The sample workspaces; each waits for the namespace of its tenant.
///
/// # Errors
/// When a namespace does not come, or the API server refuses one.
pub async fn order_all(client: &Client) -> Result<Vec<Workspace>> {
    let mut ordered = Vec::new();
    for workspace in read::<Workspace>("workspaces")? {
        let what = format!("namespace {}", workspace.namespace().unwrap_or_default());
        let placed = crate::eventually(&what, async || apply_in(client, &workspace).await);
        ordered.push(placed.await?);
    }
    Ok(ordered)
}
