//! A settled system writes nothing: a second reconcile of everything leaves the revision of every cluster's
//! etcd where it was, but for heartbeats. And what the management cluster says then is enough for anyone to make
//! the same plans.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Cluster;
use beffroi_core::{
    facts::{SiteFacts, Snapshot, World},
    ledger::loads,
    plan::{self, Order},
    site, tenant,
};
use beffroi_crds::{Site, Workspace};
use beffroi_tests::{
    Operator, Scene, eventually,
    operator::entries as entries_of,
    quiet::Quiet,
    samples,
    scene::{until, workspace},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use kube::{Api, Client, Resource, ResourceExt, api::ListParams};
use serde::de::DeserializeOwned;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_reconcile_of_everything_writes_nothing() -> Result<()> {
    let mut scene = Scene::start(&["par1", "rbx1", "par2", "fra1"]).await?;
    let client = scene.client();
    let ordered = samples::order_all(&client).await?;
    scene.order(&workspace("seul", "nextcloud", &["rbx1"])).await?;
    for workspace in &ordered {
        let api: Api<Workspace> = Api::namespaced(client.clone(), &workspace.namespace().unwrap());
        until(&api, &workspace.name_any(), "Ready", "True").await?;
    }
    until(&scene.workspaces(), "seul", "Ready", "True").await?;
    settle(&scene).await?;
    what_the_management_cluster_says_makes_the_same_plans(&client).await?;

    // Every resource is reconciled anew by an operator that has just started.
    scene.operator.take().unwrap().stop();
    let mut before = Vec::new();
    for cluster in clusters(&scene) {
        before.push(Quiet::from_now(cluster).await?);
    }
    let entries = entries_of(&scene.fleet).await?;
    let operator = Operator::start_with(&scene.fleet, &["--leader-elect", "false"]).await?;
    eventually("a reconcile of everything", async || {
        let done = operator.reconciled().await?;
        // 22 providers, 5 sites, 3 policies, 11 apps, 9 tenants, 4 workspaces.
        ensure!(done >= 54.0, "{done} reconciles so far");
        Ok(())
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(8)).await;
    ensure!(entries_of(&scene.fleet).await? == entries, "evidence was written although nothing changed");
    let written =
        try_join_all(clusters(&scene).zip(&before).map(|(cluster, quiet)| quiet.writes(cluster))).await?;
    for ((cluster, quiet), writes) in clusters(&scene).zip(&before).zip(written) {
        let offenders = if writes == 0 { Vec::new() } else { quiet.offenders(cluster).await? };
        assert_eq!(writes, 0, "{} was written to: {offenders:#?}\n{}", cluster.name(), operator.log());
    }
    assert!(operator.metric("beffroi_writes_total", "").await? < 1.0, "the operator counts writes");
    Ok(())
}

/// Plans each workspace without a look into any site, and compares with what the operator made of it.
async fn what_the_management_cluster_says_makes_the_same_plans(client: &Client) -> Result<()> {
    let workspaces: Vec<Arc<Workspace>> = by_name(client).await?.into_values().collect();
    let declared = Snapshot {
        providers: by_name(client).await?.into(),
        policies: by_name(client).await?,
        apps: by_name(client).await?,
        tenants: by_name(client).await?,
        ..Snapshot::default()
    };
    let mut world = World { now: Timestamp::now(), declared: declared.into(), ..World::default() };
    let sites = by_name::<Site>(client).await?;
    for workspace in &workspaces {
        let loads = loads(&world, &workspaces, workspace.metadata.uid.as_deref());
        let facts = sites.iter().map(|(name, site)| {
            let (observed, load) = (site::observation(site).map(Arc::new), loads.get(name).copied());
            (name.clone(), SiteFacts { site: site.clone(), observed, load: load.unwrap_or_default() })
        });
        world.sites = facts.collect();
        let home = workspace.namespace().context("no namespace")?;
        let siblings: Vec<_> = workspaces
            .iter()
            .filter(|w| w.namespace().as_ref() == Some(&home) && w.uid() != workspace.uid())
            .cloned()
            .collect();
        let tenant = tenant::of_namespace(&home).and_then(|name| world.tenants.get(name)).map(AsRef::as_ref);
        let live = BTreeMap::new();
        let plan = plan::plan(&Order { world: &world, workspace, tenant, siblings: &siblings, live: &live });
        let accepted = plan.accepted?;
        let status = workspace.status.as_ref().context("no status")?;
        let lies: Vec<&String> = status.sites.iter().map(|site| &site.name).collect();
        assert_eq!(accepted.placement.chosen.iter().collect::<Vec<_>>(), lies);
        assert_eq!(accepted.placement.refused, status.refused);
        let warnings = [accepted.warnings, accepted.placement.warnings].concat();
        let warnings: BTreeSet<_> = warnings.into_iter().collect();
        assert_eq!(warnings, status.warnings.iter().cloned().collect());
    }
    Ok(())
}

async fn by_name<K>(client: &Client) -> Result<BTreeMap<String, Arc<K>>>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let all = Api::<K>::all(client.clone()).list(&ListParams::default()).await?;
    Ok(all.items.into_iter().map(|object| (object.name_any(), Arc::new(object))).collect())
}

fn clusters(scene: &Scene) -> impl Iterator<Item = &Cluster> {
    std::iter::once(&scene.fleet.management).chain(scene.fleet.sites.values())
}

/// Waits until nobody writes any more: Flux and Kubernetes' own controllers have their last words too.
async fn settle(scene: &Scene) -> Result<()> {
    try_join_all(clusters(scene).map(async |cluster| {
        eventually("quiet", async || {
            let quiet = Quiet::from_now(cluster).await?;
            tokio::time::sleep(Duration::from_secs(3)).await;
            let writes = quiet.writes(cluster).await?;
            ensure!(writes == 0, "{writes} writes to {} in 3 s", cluster.name());
            Ok(())
        })
        .await
    }))
    .await
    .map(|_| ())
}
