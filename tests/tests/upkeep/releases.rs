//! Releases: what runs stays whatever the catalogue forgets, nothing goes back over a step of no return, status says what
//! really runs and why no pod comes, and what the cluster itself changes is left alone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beffroi_crds::{
    App, Workspace,
    workspace::{RunningRelease, UpdatePolicy, WaitsFor},
};
use beffroi_tests::{
    Scene, cli, eventually, fleet, samples,
    scene::{HOME, TENANT, condition, until, until_reason, workspace},
};
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Event, Pod, ResourceQuota},
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams},
    core::{ApiResource, DynamicObject, GroupVersionKind},
};
use serde_json::{Value, json};

fn helm_releases(site: &Client, namespace: &str) -> Api<DynamicObject> {
    let kind = GroupVersionKind::gvk("helm.toolkit.fluxcd.io", "v2", "HelmRelease");
    Api::namespaced_with(site.clone(), namespace, &ApiResource::from_gvk(&kind))
}

/// Who should make pods says why it cannot, and that is told within half a minute.
pub(crate) async fn pods_that_a_quota_forbids_are_told_with_their_reason(
    scene: &Scene,
    site: &Client,
    namespace: &str,
) -> Result<()> {
    let quotas: Api<ResourceQuota> = Api::namespaced(site.clone(), namespace);
    let pods: Api<Pod> = Api::namespaced(site.clone(), namespace);
    let mut none = ResourceQuota {
        metadata: ObjectMeta { name: Some("serre".into()), ..ObjectMeta::default() },
        ..ResourceQuota::default()
    };
    none.spec = serde_json::from_value(json!({"hard": {"pods": "0"}}))?;
    quotas.create(&PostParams::default(), &none).await?;
    eventually("a quota that counts", async || {
        let status = quotas.get("serre").await?.status.and_then(|status| status.used);
        ensure!(status.is_some_and(|used| !used.is_empty()), "not yet");
        Ok(())
    })
    .await?;
    let began = Instant::now();
    pods.delete_collection(&DeleteParams::default(), &ListParams::default()).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "Provisioned", "PodsNotCreated").await?;
    ensure!(began.elapsed() < Duration::from_secs(30), "told after {:?}", began.elapsed());
    ensure!(told.contains("Deployment nextcloud") && told.contains("exceeded quota: serre"), "{told}");
    quotas.delete("serre", &DeleteParams::default()).await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await.map(|_| ())
}

/// A release leaves the catalogue, then the whole app does: neither moves anything.
pub(crate) async fn what_the_catalogue_forgets_goes_on_running(
    scene: &Scene,
    site: &Client,
    namespace: &str,
) -> Result<()> {
    let (apps, orders): (Api<App>, _) = (Api::all(scene.client()), scene.workspaces());
    let releases = helm_releases(site, namespace);
    let before = releases.get("nextcloud").await?;
    let app = apps.get("nextcloud").await?;
    let held = orders.get("mairie").await?.status.context("no status")?.releases.remove(0);
    ensure!(!held.withdrawn && held.repository.starts_with("oci://"), "{held:?}");

    let mut newer = app.spec.releases[0].clone();
    newer.version = "9.9.9".into();
    let only = json!({"spec": {"releases": [newer]}});
    apps.patch("nextcloud", &PatchParams::default(), &Patch::Merge(&only)).await?;
    let told = until_reason(&orders, "mairie", "Offered", "ReleaseWithdrawn").await?;
    ensure!(told.contains(&format!("nextcloud {} is in the catalogue no longer", held.version)), "{told}");
    let still = async |what: &str| {
        let now = orders.get("mairie").await?;
        ensure!(condition(&now, "Accepted")?.status == "True", "{what}: refused");
        ensure!(condition(&now, "Ready")?.status == "True", "{what}: not Ready");
        let status = now.status.context("no status")?;
        let (version, digest) = (&status.releases[0].version, &status.releases[0].digest);
        ensure!(
            (version, digest) == (&held.version, &held.digest) && status.releases[0].withdrawn,
            "{what}: {status:?}"
        );
        let there = releases.get("nextcloud").await?;
        ensure!(there.uid() == before.uid(), "{what}: another release");
        ensure!(there.data["spec"] == before.data["spec"], "{what}: {}", there.data["spec"]);
        ensure!(there.labels() == before.labels(), "{what}: {:?}", there.labels());
        Ok(status.pending)
    };
    let pending = still("a release was withdrawn").await?;
    let waits: Vec<_> = pending.iter().map(|p| (&*p.version, p.waits_for)).collect();
    ensure!(waits == [("9.9.9", WaitsFor::Pinned)], "{waits:?}");

    apps.delete("nextcloud", &DeleteParams::default()).await?;
    eventually("an app that is gone", async || {
        ensure!(apps.get_opt("nextcloud").await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    until(&orders, "mairie", "Ready", "True").await?;
    still("the app was withdrawn").await?;

    let mut again = app;
    again.metadata = ObjectMeta { name: again.metadata.name, ..ObjectMeta::default() };
    again.status = None;
    samples::apply(&scene.client(), &again).await?;
    until(&orders, "mairie", "Offered", "True").await?;
    let events: Api<Event> = Api::namespaced(scene.client(), HOME);
    let told = events.list(&ListParams::default().fields("reason=ReleaseWithdrawn")).await?.items;
    ensure!(!told.is_empty(), "no event tells of it");
    let notes = logged(scene).await?;
    let said = |words: &str| notes.iter().any(|note| note.starts_with("nextcloud") && note.contains(words));
    ensure!(said("in the catalogue no longer") && said("in the catalogue again"), "{notes:#?}");
    Ok(())
}

/// What the log says of releases.
async fn logged(scene: &Scene) -> Result<Vec<String>> {
    let all = ["log", "--tenant", TENANT, "-o", "json", "--limit", "1000"];
    let text = cli::run(&scene.fleet, scene.operator()?, &all).await?.ok()?;
    let entries: Vec<Value> = serde_json::from_str(&text)?;
    let of = |entry: &&Value| entry.pointer("/statement/predicate/action") == Some(&"ReleaseChanged".into());
    Ok(entries.iter().filter(of).filter_map(|e| Some(e["note"].as_str()?.to_owned())).collect())
}

/// An upgrade over a step of no return fails: nothing goes back, and status says what runs.
pub(crate) async fn nothing_goes_back_over_a_step_of_no_return(scene: &Scene, site: &Client) -> Result<()> {
    let (apps, orders): (Api<App>, Api<Workspace>) = (Api::all(scene.client()), scene.workspaces());
    let mut app = apps.get("nextcloud").await?;
    app.metadata = ObjectMeta { name: Some("migre".into()), ..ObjectMeta::default() };
    app.status = None;
    app.spec.releases.truncate(1);
    let first = app.spec.releases[0].version.clone();
    samples::apply(&scene.client(), &app).await?;
    let mut order = workspace("migre", "migre", &["rbx1"]);
    order.spec.updates = UpdatePolicy::FollowChannel;
    scene.order(&order).await?;
    let ready = until(&orders, "migre", "Ready", "True").await?;
    let namespace = ready.status.and_then(|status| status.namespace).context("no namespace")?;

    // The API server refuses what the next one renders beside the rest.
    let folder = tempfile::tempdir()?;
    let chart = folder.path().join("stand-in");
    copy(&fleet::chart("stand-in"), &chart)?;
    let text = std::fs::read_to_string(chart.join("Chart.yaml"))?.replace("version: 0.1.0", "version: 0.3.0");
    std::fs::write(chart.join("Chart.yaml"), text)?;
    let broken = "apiVersion: v1\nkind: Service\nmetadata: {name: casse}\nspec: {ports: [{port: 0}]}\n";
    std::fs::write(chart.join("templates/casse.yaml"), broken)?;
    let pushed = scene.fleet.registry.push_chart(&chart).await?;
    let mut next = app.spec.releases[0].clone();
    (next.version, next.irreversible) = ("99.0.0".into(), true);
    next.chart.digest = pushed.digest.as_str().into();
    app.spec.releases.insert(0, next);
    app.metadata = ObjectMeta { name: Some("migre".into()), ..ObjectMeta::default() };
    samples::apply(&scene.client(), &app).await?;

    let told = until_reason(&orders, "migre", "Provisioned", "AppFailed").await?;
    ensure!(told.contains("migre"), "{told}");
    let running =
        RunningRelease { site: "rbx1".into(), version: Some(first.clone()), failed: Some("99.0.0".into()) };
    let runs = async || {
        let status = orders.get("migre").await?.status.context("no status")?;
        let held = &status.releases[0];
        ensure!(held.version == "99.0.0" && held.running == [running.clone()], "{held:?}");
        Ok(())
    };
    eventually("what runs", &runs).await?;
    tokio::time::sleep(Duration::from_secs(15)).await;
    runs().await?;
    let release = helm_releases(site, &namespace).get("migre").await?;
    ensure!(
        release.data["spec"]["upgrade"].get("remediation").is_none(),
        "{}",
        release.data["spec"]["upgrade"]
    );
    let history = release.data["status"]["history"].as_array().cloned().unwrap_or_default();
    let states: Vec<&str> = history.iter().filter_map(|entry| entry["status"].as_str()).collect();
    ensure!(
        states.first() == Some(&"failed") && states.iter().filter(|s| **s == "deployed").count() == 1,
        "it was rolled back: {states:?}"
    );
    let change = format!("migre is now at 99.0.0, before {first}: the newest of channel Stable");
    let notes = logged(scene).await?;
    ensure!(notes.contains(&change), "{notes:#?}");
    orders.delete("migre", &DeleteParams::default()).await?;
    eventually("its end", async || {
        ensure!(orders.get_opt("migre").await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    apps.delete("migre", &DeleteParams::default()).await?;
    Ok(())
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Three pods of a Deployment that was installed with one stay three when Flux looks for drift.
pub(crate) async fn what_an_autoscaler_does_is_no_drift(site: &Client, namespace: &str) -> Result<()> {
    let deployments: Api<Deployment> = Api::namespaced(site.clone(), namespace);
    let releases = helm_releases(site, namespace);
    let scaled = Patch::Merge(json!({"spec": {"replicas": 3}}));
    let changed = Patch::Merge(json!({"metadata": {"labels": {"app.kubernetes.io/name": "change"}}}));
    let now = PatchParams::default();
    deployments.patch_scale("nextcloud", &now, &scaled).await?;
    deployments.patch("nextcloud", &now, &changed).await?;
    let asked =
        Patch::Merge(json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "maintenant"}}}));
    releases.patch("nextcloud", &now, &asked).await?;
    // What is drift is put right in the same look.
    eventually("the label", async || {
        let there = deployments.get("nextcloud").await?;
        ensure!(
            there.labels().get("app.kubernetes.io/name").is_some_and(|name| name != "change"),
            "not put right"
        );
        Ok(())
    })
    .await?;
    let replicas = deployments.get("nextcloud").await?.spec.replicas;
    ensure!(replicas == Some(3), "scaled back to {replicas:?}");
    deployments.patch_scale("nextcloud", &now, &Patch::Merge(json!({"spec": {"replicas": 1}}))).await?;
    Ok(())
}
