//! Twenty workspaces on three sites; a site dies and comes back; a tenant is deleted and takes
//! nothing with it; its workspaces are deleted, and nothing of it remains.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_core::manifests::Kind;
use beffroi_crds::conditions::Condition;
use beffroi_crds::{Site, Tenant, Workspace};
use beffroi_tests::{
    Scene, eventually,
    scene::{HOME, TENANT, condition, until, until_reason, workspace},
};
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, DynamicObject, ListParams},
};

use crate::ALONE;

const SITES: [&str; 3] = ["par1", "rbx1", "mac1"];
/// Twenty are to be Ready within a minute on two processors. What is not Helm takes two thirds of it at most.
const OURS: SignedDuration = SignedDuration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn twenty_workspaces_live_through_the_loss_of_a_site_and_leave_nothing_behind() -> Result<()> {
    let _alone = ALONE.lock().await;
    let mut scene = Scene::start(&SITES).await?;
    twenty_are_ready(&scene).await?;
    a_dead_site_slows_nobody(&mut scene).await?;
    no_data_goes_with_its_tenant(&scene).await?;
    a_tenant_leaves_nothing(&scene).await
}

async fn twenty_are_ready(scene: &Scene) -> Result<()> {
    let started = Instant::now();
    for index in 0..20 {
        let preferred = SITES[index % SITES.len()];
        scene.order(&workspace(&format!("ws-{index:02}"), "nextcloud", &[preferred])).await?;
    }
    let all = eventually("twenty workspaces", async || {
        let all = scene.workspaces().list(&ListParams::default()).await?.items;
        ensure!(all.len() == 20, "{} of 20 are there", all.len());
        for workspace in &all {
            let ready = condition(workspace, "Ready")?;
            ensure!(ready.status == "True", "{}: {}", workspace.name_any(), ready.message);
        }
        Ok(all)
    })
    .await?;
    let took = started.elapsed();
    let ours = all_but_helm(scene, &all).await?;
    println!("20 workspaces on 3 sites Ready after {:.1} s, {ours:#} of it not Helm's", took.as_secs_f64());
    ensure!(ours < OURS, "it took {took:?}, {ours:#} of it not Helm's");
    Ok(())
}

/// The longest that one of them waited for anything but Helm: from its order to its `HelmRelease` in the site,
/// then from the release's readiness to its own.
async fn all_but_helm(scene: &Scene, all: &[Workspace]) -> Result<SignedDuration> {
    let mut longest = SignedDuration::ZERO;
    for workspace in all {
        let status = workspace.status.as_ref().context("no status")?;
        let site = scene.fleet.site(&status.sites.first().context("on no site")?.name)?.admin();
        let namespace = status.namespace.as_deref().context("no namespace")?;
        let releases: Api<DynamicObject> =
            Api::namespaced_with(site, namespace, &Kind::HelmRelease.api_resource());
        let release = releases.list(&ListParams::default()).await?.items.pop().context("no release")?;
        let conditions: Vec<Condition> =
            serde_json::from_value(release.data["status"]["conditions"].clone())?;
        let installed = conditions.iter().find(|c| c.type_ == "Ready").context("no condition Ready")?;
        let begun = release.creation_timestamp().context("not created")?.0;
        let ordered = workspace.creation_timestamp().context("not created")?.0;
        let told = condition(workspace, "Ready")?.last_transition_time.0;
        let ours = begun.duration_since(ordered) + told.duration_since(installed.last_transition_time.0);
        longest = longest.max(ours);
    }
    Ok(longest)
}

async fn a_dead_site_slows_nobody(scene: &mut Scene) -> Result<()> {
    let sites: Api<Site> = Api::all(scene.client());
    let before = namespaces(scene.fleet.site("rbx1")?).await?;
    scene.fleet.site_mut("par1")?.kill_api_server();
    let died = Instant::now();

    let elsewhere = async {
        scene.order(&workspace("apres", "nextcloud", &["rbx1"])).await?;
        until(&scene.workspaces(), "apres", "Ready", "True").await?;
        anyhow::Ok(died.elapsed())
    };
    let reported = async {
        let message = until_reason(&sites, "par1", "Reachable", "Unreachable").await?;
        anyhow::Ok((message, died.elapsed()))
    };
    let (elsewhere, (message, reported)) = tokio::try_join!(elsewhere, reported)?;
    println!("a new workspace elsewhere was Ready {:.1} s after the site died", elsewhere.as_secs_f64());
    ensure!(reported < Duration::from_secs(45), "reported after {reported:?}");
    println!("reported after {:.1} s: {message}", reported.as_secs_f64());
    let lost = until_reason(&scene.workspaces(), "ws-00", "Ready", "SiteUnreachable").await?;
    ensure!(lost.contains("par1"), "{lost}");

    let untouched = scene.workspaces().get("ws-01").await?;
    ensure!(condition(&untouched, "Ready")?.status == "True", "a workspace on another site was touched");
    let after = namespaces(scene.fleet.site("rbx1")?).await?;
    ensure!(before.iter().all(|(name, uid)| after.get(name) == Some(uid)), "namespaces on rbx1 changed");
    let kept = scene.workspaces().get("ws-00").await?;
    ensure!(lies_on(&kept, "par1"), "a silent site is no reason to move or to forget");

    scene.fleet.site_mut("par1")?.start_api_server().await?;
    let returned = Instant::now();
    until(&sites, "par1", "Ready", "True").await?;
    until(&scene.workspaces(), "ws-00", "Ready", "True").await?;
    println!("converged {:.1} s after its return", returned.elapsed().as_secs_f64());
    Ok(())
}

/// Whoever deletes a tenant deletes none of its workspaces: it waits, says for whom, and they go on.
async fn no_data_goes_with_its_tenant(scene: &Scene) -> Result<()> {
    let tenants: Api<Tenant> = Api::all(scene.client());
    let before = namespaces(scene.fleet.site("rbx1")?).await?;
    tenants.delete(TENANT, &DeleteParams::default()).await?;
    let waits = until_reason(&tenants, TENANT, "Ready", "WorkspacesLeft").await?;
    ensure!(waits.contains("apres, ws-00, ws-01") && waits.contains("delete each of them"), "{waits}");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let all = scene.workspaces().list(&ListParams::default()).await?.items;
    ensure!(all.len() == 21, "{} of 21 workspaces stand", all.len());
    for workspace in &all {
        let ready = condition(workspace, "Ready")?;
        ensure!(ready.status == "True", "{}: {}", workspace.name_any(), ready.message);
    }
    ensure!(namespaces(scene.fleet.site("rbx1")?).await? == before, "namespaces on rbx1 changed");
    // It takes no more.
    scene.order(&workspace("trop-tard", "nextcloud", &["rbx1"])).await?;
    until_reason(&scene.workspaces(), "trop-tard", "Accepted", "TenantLeaving").await?;
    Ok(())
}

async fn a_tenant_leaves_nothing(scene: &Scene) -> Result<()> {
    // A site that is taken out of the register while workspaces lie there stays until they have left.
    let sites: Api<Site> = Api::all(scene.client());
    sites.delete("mac1", &DeleteParams::default()).await?;
    let held = until_reason(&sites, "mac1", "Ready", "Deleting").await?;
    ensure!(held.contains("workspaces still lie here"), "{held}");

    let tenants: Api<Tenant> = Api::all(scene.client());
    let started = Instant::now();
    for workspace in scene.workspaces().list(&ListParams::default()).await?.items {
        scene.workspaces().delete(&workspace.name_any(), &DeleteParams::default()).await?;
    }
    eventually("the tenant's end", async || {
        let left = tenants.get_opt(TENANT).await?;
        let why = left.as_ref().and_then(|t| condition(t, "Ready").ok()).map(|c| c.message.clone());
        ensure!(left.is_none(), "{why:?}");
        Ok(())
    })
    .await?;
    println!("21 workspaces and their tenant left in {:.1} s", started.elapsed().as_secs_f64());
    for name in SITES {
        let left = remains(scene.fleet.site(name)?).await?;
        ensure!(left.is_empty(), "left behind in {name}: {left:?}");
    }
    let homes: Api<Namespace> = Api::all(scene.client());
    ensure!(homes.get_opt(HOME).await?.is_none(), "its namespace is left");
    eventually("sites that count nobody", async || {
        ensure!(sites.get_opt("mac1").await?.is_none(), "mac1 is still registered");
        for site in sites.list(&ListParams::default()).await?.items {
            let count = site.status.map_or(0, |s| s.workspaces);
            ensure!(count == 0, "a site still counts {count}");
        }
        Ok(())
    })
    .await
}

fn lies_on(workspace: &Workspace, site: &str) -> bool {
    workspace.status.iter().flat_map(|s| &s.sites).any(|placed| placed.name == site)
}

async fn namespaces(cluster: &Cluster) -> Result<BTreeMap<String, String>> {
    let api: Api<Namespace> = Api::all(cluster.admin());
    let all = api.list(&ListParams::default()).await?.items;
    Ok(all.into_iter().map(|n| (n.name_any(), n.uid().unwrap_or_default())).collect())
}

/// Whatever is left of the tenant: objects of every kind that can be listed, in any namespace and of cluster
/// scope, that bear its name or our label.
async fn remains(cluster: &Cluster) -> Result<Vec<String>> {
    const COLUMNS: &str =
        "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name,LABELS:.metadata.labels";
    let mut left = Vec::new();
    for scope in ["--namespaced=true", "--namespaced=false"] {
        let kinds = cluster.kubectl(&["api-resources", "--verbs=list", scope, "-o", "name"]).await?;
        let kinds: Vec<&str> = kinds.lines().filter(|kind| !kind.is_empty() && !kind.contains(' ')).collect();
        ensure!(kinds.len() > 10, "too few kinds to be believed: {kinds:?}");
        let listing = cluster
            .kubectl(&["get", &kinds.join(","), "-A", "--ignore-not-found", "-o", COLUMNS])
            .await
            .context("listing every kind")?;
        let ours = |line: &&str| {
            line.contains(TENANT)
                || line.contains("managed-by:beffroi]")
                || line.contains("managed-by:beffroi ")
        };
        left.extend(listing.lines().filter(ours).map(str::to_owned));
    }
    Ok(left)
}
