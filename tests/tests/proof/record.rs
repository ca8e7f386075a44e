//! One audit log for all that touches a tenant: registration, rules, placement, interventions, pause, deletion.

use anyhow::{Context, Result, ensure};
use beffroi_tests::{
    Scene, cli, eventually, guards,
    scene::{TENANT, until, until_reason, workspace},
};
use k8s_openapi::api::{core::v1::ResourceQuota, networking::v1::NetworkPolicy};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use serde_json::{Value, json};

use crate::proof::bundles;

pub(crate) async fn all_that_touched_the_tenant_stands_in_the_log(
    scene: &Scene,
    namespace: &str,
) -> Result<()> {
    let tenants: Api<beffroi_crds::Tenant> = Api::all(scene.client());
    let uid = tenants.get(TENANT).await?.uid().context("no UID")?;
    someone_intervenes(scene, namespace).await?;
    let mut paused = workspace("mairie", "nextcloud", &["rbx1"]);
    paused.metadata.annotations = Some([("beffroi.fr/paused".to_owned(), "true".to_owned())].into());
    scene.order(&paused).await?;
    until_reason(&scene.workspaces(), "mairie", "Ready", "Paused").await?;
    scene.order(&workspace("mairie", "nextcloud", &["rbx1"])).await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    for workspace in scene.workspaces().list(&ListParams::default()).await?.items {
        scene.workspaces().delete(&workspace.name_any(), &DeleteParams::default()).await?;
    }
    tenants.delete(TENANT, &DeleteParams::default()).await?;
    eventually("the tenant's end", async || {
        ensure!(tenants.get_opt(TENANT).await?.is_none(), "still there");
        Ok(())
    })
    .await?;

    // The tenant is gone; what is known of it is its UID.
    let all = ["log", "--tenant-uid", &uid, "-o", "json", "--limit", "1000"];
    let text = cli::run(&scene.fleet, scene.operator()?, &all).await?.ok()?;
    let entries: Vec<Value> = serde_json::from_str(&text)?;
    let actions: Vec<&str> =
        entries.iter().filter_map(|e| e.pointer("/statement/predicate/action")?.as_str()).rev().collect();
    let of = |action: &str| actions.iter().filter(|a| **a == action).count();
    ensure!(
        actions.first() == Some(&"TenantRegistered") && actions.last() == Some(&"TenantDeleted"),
        "{actions:?}"
    );
    // The rules as installed and as they were changed: how old an observation may be, proof of volumes there and back,
    // backups twice there and back. Two workspaces, two interventions.
    for (action, count) in [
        ("TenantRegistered", 1),
        ("PolicyChanged", 8),
        ("WorkspaceOrdered", 2),
        ("WorkspacePlaced", 2),
        ("Intervention", 2),
        ("Paused", 1),
        ("Resumed", 1),
        ("WorkspaceDeleted", 2),
        ("TenantDeleted", 1),
    ] {
        ensure!(of(action) == count, "{action}: {} of {count} in {actions:?}", of(action));
    }
    let changed = entries.iter().find(|e| {
        let text = |at: &str| e.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
        text("/statement/predicate/action") == "Intervention"
            && text("/statement/predicate/object") == "ResourceQuota workspace"
            && text("/statement/predicate/actor").starts_with("main-courante")
    });
    let index =
        changed.context("nobody is named for the change of the quota")?.get("index").context("no index")?;

    // Each entry verifies as data location does.
    let (file, key) = (bundles::path(scene, "entree.json"), bundles::path(scene, "ancien.pub"));
    let (index, target) = (index.to_string(), file.display().to_string());
    cli::run(&scene.fleet, scene.operator()?, &["evidence", "--index", &index, "-o", &target]).await?.ok()?;
    let ran = cli::verify(&file, &key, &[]).await?;
    ensure!(
        ran.code == 23 && ran.err.contains("--type audit"),
        "an entry of the log passed as a proof of place: {ran:?}"
    );
    let ran = cli::verify(&file, &key, &["--type", "audit"]).await?;
    ensure!(ran.code == 0 && ran.out.contains("main-courante"), "{ran:?}");

    the_whole_log_verifies(scene, &uid).await?;
    let text = cli::run(&scene.fleet, scene.operator()?, &["log", "--tenant-uid", &uid, "--limit", "200"])
        .await?
        .ok()?;
    println!("{text}");
    ensure!(text.lines().count() > 12 && text.contains("lies on rbx1"), "{text}");
    Ok(())
}

/// Every entry of everyone, and a period of the tenant that is gone as one file.
async fn the_whole_log_verifies(scene: &Scene, uid: &str) -> Result<()> {
    let [key, state, file] = ["ancien.pub", "whole.state", "periode.jsonl"]
        .map(|name| bundles::path(scene, name).display().to_string());
    let operator = scene.operator()?;
    let verify = ["log", "--verify", "--key", &key, "--state", &state, "--limit", "1"];
    for _ in 0..2 {
        let ran = cli::run(&scene.fleet, operator, &verify).await?;
        ensure!(ran.code == 0 && ran.err.contains("1 changes of keys"), "{ran:?}");
    }
    let other = bundles::path(scene, "autre/beffroi.pub").display().to_string();
    let ran = cli::run(&scene.fleet, operator, &["log", "--verify", "--key", &other]).await?;
    ensure!(ran.code == 20 && ran.err.contains("REFUSED"), "{ran:?}");
    let take = ["evidence", "--tenant-uid", uid, "--from", "2000-01-01", "-o", &file];
    cli::run(&scene.fleet, operator, &take).await?.ok()?;
    // It tells of the breaches that this scene went through.
    let ran =
        cli::verify(&bundles::path(scene, "periode.jsonl"), &bundles::path(scene, "ancien.pub"), &[]).await?;
    ensure!(ran.code == 10 && ran.out.contains("TenantDeleted"), "{ran:?}");
    let empty = ["log", "--tenant-uid", uid, "--to", "2000-01-01"];
    ensure!(cli::run(&scene.fleet, operator, &empty).await?.ok()?.is_empty(), "entries of another time");
    Ok(())
}

/// Somebody who got past the guards changes one object and deletes another.
async fn someone_intervenes(scene: &Scene, namespace: &str) -> Result<()> {
    let cluster = scene.fleet.site("rbx1")?;
    let lifted = guards::lift(cluster).await?;
    let quotas: Api<ResourceQuota> = Api::namespaced(cluster.admin(), namespace);
    let wanted = quotas.get("workspace").await?.spec.context("no spec")?.hard;
    let params = PatchParams { field_manager: Some("main-courante".into()), ..PatchParams::default() };
    quotas.patch("workspace", &params, &Patch::Merge(json!({"spec": {"hard": {"pods": "10000"}}}))).await?;
    let policies: Api<NetworkPolicy> = Api::namespaced(cluster.admin(), namespace);
    eventually("the quota", async || {
        ensure!(quotas.get("workspace").await?.spec.context("no spec")?.hard == wanted, "still raised");
        Ok(())
    })
    .await?;
    policies.delete("dns", &DeleteParams::default()).await?;
    eventually("the policy", async || Ok(policies.get("dns").await?)).await?;
    guards::restore(cluster, lifted).await
}
