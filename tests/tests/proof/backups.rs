//! A backup that is asked for: what is ordered and not made is said, though the apps run; only a recent one that was
//! completed, where it may lie, counts.

use anyhow::{Context, Result, ensure};
use beffroi_crds::SovereigntyPolicy;
use beffroi_tests::{
    Scene, cli, eventually,
    scene::{HOME, condition, until, until_reason},
};
use jiff::{SignedDuration, Timestamp};
use kube::{
    Api,
    api::{Patch, PatchParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

use crate::proof::breaches::resource;

/// Before anybody makes backups.
pub(crate) async fn what_is_asked_for_and_not_made_is_said(scene: &Scene) -> Result<()> {
    until_reason(&scene.workspaces(), "mairie", "BackedUp", "NotRequested").await?;
    until(&scene.workspaces(), "mairie", "Compliant", "True").await?;
    require(scene, true).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "BackedUp", "NotProvided").await?;
    ensure!(told.contains("the policy asks for backups, and none was seen on rbx1"), "{told}");
    let short = until(&scene.workspaces(), "mairie", "Compliant", "False").await?;
    let compliant = condition(&short, "Compliant")?;
    ensure!(compliant.message == "not as the policy requires: its backup", "{compliant:?}");
    ensure!(condition(&short, "Ready")?.status == "True", "its apps run");
    ensure!(condition(&short, "Located")?.status == "True", "its data lies where it may");
    for reason in ["NotBackedUp", "NotCompliant"] {
        eventually("an event", async || {
            let selector = format!("--field-selector=reason={reason},type=Warning");
            let arguments = ["get", "events", "-n", HOME, &selector, "-o", "jsonpath={.items[*].message}"];
            let notes = scene.fleet.management.kubectl(&arguments).await?;
            ensure!(notes.contains("backup"), "{notes:?}");
            Ok(())
        })
        .await?;
    }
    let metric = scene.operator()?.metric("beffroi_requirements_total", "reason=\"NotProvided\"").await?;
    ensure!(metric >= 1.0, "it is counted: {metric}");
    let columns = scene.fleet.management.kubectl(&["get", "workspace", "mairie", "-n", HOME]).await?;
    ensure!(columns.contains("BACKEDUP") && columns.contains("COMPLIANT"), "{columns}");
    let ran = cli::run(&scene.fleet, scene.operator()?, &["where", "mairie", "-n", HOME]).await?.ok()?;
    ensure!(ran.contains("BackedUp=False (NotProvided)") && ran.contains("Compliant=False"), "{ran}");
    require(scene, false).await?;
    until(&scene.workspaces(), "mairie", "Compliant", "True").await.map(|_| ())
}

/// Once Velero's kinds are there, and a store of the site: backup `nuit` of namespace `default`.
pub(crate) async fn only_a_recent_completed_one_counts(scene: &Scene) -> Result<()> {
    require(scene, true).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "BackedUp", "BackupNotCompleted").await?;
    ensure!(told.contains("default/nuit"), "{told}");
    status(scene, "Completed", 27).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "BackedUp", "BackupTooOld").await?;
    ensure!(told.contains("more than 24 h ago"), "{told}");
    until(&scene.workspaces(), "mairie", "Compliant", "False").await?;
    status(scene, "Completed", 1).await?;
    until(&scene.workspaces(), "mairie", "BackedUp", "True").await?;
    narrow(scene, json!({"matchLabels": {"app": "docs"}})).await?;
    let told = until_reason(&scene.workspaces(), "mairie", "BackedUp", "BackupNotWhole").await?;
    ensure!(told.contains("default/nuit") && told.contains("labelSelector"), "{told}");
    narrow(scene, Value::Null).await?;
    let good = until(&scene.workspaces(), "mairie", "BackedUp", "True").await?;
    ensure!(condition(&good, "BackedUp")?.message.contains("default/nuit"), "{good:?}");
    until(&scene.workspaces(), "mairie", "Compliant", "True").await?;
    require(scene, false).await
}

async fn require(scene: &Scene, required: bool) -> Result<()> {
    let policies: Api<SovereigntyPolicy> = Api::all(scene.client());
    let wanted = Patch::Merge(json!({"spec": {"backup": {"required": required}}}));
    policies.patch("standard", &PatchParams::default(), &wanted).await?;
    Ok(())
}

/// Backups of the site.
fn backups(scene: &Scene) -> Result<Api<DynamicObject>> {
    let kind = resource("velero.io/v1", "Backup", "backups");
    Ok(Api::namespaced_with(scene.fleet.site("rbx1")?.admin(), "default", &kind))
}

/// The backup is of what this selects alone.
async fn narrow(scene: &Scene, selector: Value) -> Result<()> {
    let patch = json!({"spec": {"labelSelector": selector}});
    backups(scene)?.patch("nuit", &PatchParams::default(), &Patch::Merge(&patch)).await?;
    Ok(())
}

/// What Velero would say of the backup.
async fn status(scene: &Scene, phase: &str, hours_ago: i64) -> Result<()> {
    let ended = Timestamp::now() - SignedDuration::from_hours(hours_ago);
    let ended = Timestamp::from_second(ended.as_second()).context("a time")?.to_string();
    let patch = json!({"status": {"phase": phase, "completionTimestamp": ended}});
    backups(scene)?.patch("nuit", &PatchParams::default(), &Patch::Merge(&patch)).await?;
    Ok(())
}
