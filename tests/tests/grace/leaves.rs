//! What a deletion is held by, and what it leaves: a foreign finalizer is told by kind and name, with who is to look,
//! and let go of by the command that the chart's README gives; volumes that nobody deletes, snapshots and backups are
//! told in the record of the deletion, with what was looked for.

use std::{os::unix::fs::PermissionsExt, process::Stdio};

use anyhow::{Context, Result, ensure};
use beffroi_tests::{
    Scene, cli, eventually,
    fleet::chart,
    scene::{HOME, TENANT, until_reason},
};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolume, PersistentVolumeClaim};
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
    core::{ApiResource, DynamicObject},
};
use serde_json::{Value, json};

const CLASS: &str = "volume-chiffre";
const FINALIZER: &str = "tiers.example/retient";

/// Two volumes, one of which its class's driver should delete (there is none); a snapshot; backups; and a `ConfigMap`
/// that a third party's finalizer holds.
pub(crate) async fn some_of_it_behind(site: &Client, namespace: &str) -> Result<()> {
    let volumes: Api<PersistentVolume> = Api::all(site.clone());
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(site.clone(), namespace);
    for (name, policy) in [("garde", "Retain"), ("efface", "Delete")] {
        let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": {
            "capacity": {"storage": "1Mi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": CLASS,
            "persistentVolumeReclaimPolicy": policy,
            "csi": {"driver": "cinder.csi.openstack.org", "volumeHandle": format!("disque-{name}")},
            "claimRef": {"namespace": namespace, "name": name},
        }});
        volumes.create(&PostParams::default(), &serde_json::from_value(volume)?).await?;
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": CLASS,
            "resources": {"requests": {"storage": "1Mi"}}}});
        claims.create(&PostParams::default(), &serde_json::from_value(claim)?).await?;
        eventually("a bound claim", async || {
            let phase = claims.get(name).await?.status.and_then(|status| status.phase);
            ensure!(phase.as_deref() == Some("Bound"), "{name}: {phase:?}");
            Ok(())
        })
        .await?;
    }
    let reference = json!({"namespace": namespace, "name": "cliche"});
    let spec = json!({"deletionPolicy": "Retain", "driver": "cinder.csi.openstack.org", "volumeSnapshotRef": reference});
    put(site, SNAPSHOTS, None, "cliche", &spec).await?;
    put(site, BACKUPS, Some("default"), "nuit", &json!({"includedNamespaces": [namespace]})).await?;
    put(site, BACKUPS, Some("default"), "autre", &json!({"includedNamespaces": ["ailleurs"]})).await?;
    let held: Api<ConfigMap> = Api::namespaced(site.clone(), namespace);
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "retenu", "finalizers": [FINALIZER]}});
    held.create(&PostParams::default(), &serde_json::from_value(map)?).await?;
    Ok(())
}

pub(crate) async fn what_holds_it_is_told(scene: &Scene, namespace: &str) -> Result<()> {
    let told = until_reason(&scene.workspaces(), "mairie", "Ready", "DeletionHeld").await?;
    for words in
        ["rbx1: its namespace is being deleted", "1 configmaps", FINALIZER, "charts/beffroi/README.md"]
    {
        ensure!(told.contains(words), "{words}: {told}");
    }
    let status = scene.workspaces().get("mairie").await?.status.context("no status")?;
    ensure!(status.namespace.as_deref() == Some(namespace), "{:?}", status.namespace);
    let kinds = status.residue.iter().find(|r| r.resource.as_deref() == Some("configmaps"));
    let kinds = kinds.with_context(|| format!("{:?}", status.residue))?;
    ensure!((kinds.count, kinds.site.as_str()) == (1, "rbx1"), "{kinds:?}");
    ensure!(
        status.residue.iter().any(|r| r.finalizer.as_deref() == Some(FINALIZER) && r.count == 1),
        "{:?}",
        status.residue
    );
    event(scene, "DeletionHeld", FINALIZER).await
}

/// The command is taken from the README, letter by letter.
pub(crate) async fn the_documented_command_lets_it_go(scene: &Scene, namespace: &str) -> Result<()> {
    let readme = std::fs::read_to_string(chart("beffroi").join("README.md"))?;
    let (_, section) = readme.split_once("## Deletion that is held").context("no such section")?;
    let (_, block) = section.split_once("```sh\n").context("no command")?;
    let (command, _) = block.split_once("```").context("no end of the command")?;
    let cluster = scene.fleet.site("rbx1")?;
    let folder = cluster.folder().join("bin");
    std::fs::create_dir_all(&folder)?;
    let words = cluster.parts().component("kubectl");
    let kubectl = folder.join("kubectl");
    let cache = cluster.folder().join("kubectl");
    let script = format!(
        "#!/bin/sh\nexec {} --kubeconfig '{}' --cache-dir '{}' \"$@\"\n",
        words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
        cluster.kubeconfig().display(),
        cache.display(),
    );
    std::fs::write(&kubectl, script)?;
    std::fs::set_permissions(&kubectl, std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:{}", folder.display(), std::env::var("PATH")?);
    let ran = tokio::process::Command::new("sh")
        .args(["-c", &command.replace("NAMESPACE", namespace)])
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .await?;
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    ensure!(said.contains("configmap/retenu patched"), "{said}");
    Ok(())
}

pub(crate) async fn what_is_left_is_told(scene: &Scene, site: &Client) -> Result<()> {
    let all = ["log", "--tenant", TENANT, "-o", "json", "--limit", "1000"];
    let text = cli::run(&scene.fleet, scene.operator()?, &all).await?.ok()?;
    let entries: Vec<Value> = serde_json::from_str(&text)?;
    let of = |entry: &Value| entry.pointer("/statement/predicate/action").cloned();
    let whole = entries.iter().find(|e| of(e) == Some("WorkspaceDeleted".into())).context("no record")?;
    let (entry, note) = (&whole["statement"]["predicate"], whole["note"].as_str().unwrap_or_default());
    ensure!(!note.contains("nothing"), "something is left: {note}");
    for words in [
        "left on rbx1: 1 PersistentVolume (Released, Retain): garde",
        "left on rbx1: 1 PersistentVolume (Released, Delete): efface",
        "left on rbx1: 1 VolumeSnapshotContent (Retain): cliche",
        "default/nuit",
        "looked for: Backup, Namespace, PersistentVolume, VolumeSnapshotContent",
        "not served there: ",
    ] {
        ensure!(note.contains(words), "{words}: {note}");
    }
    let left = entry["remains"]["left"].as_array().cloned().unwrap_or_default();
    let kept = left.iter().find(|one| one["name"] == "garde").with_context(|| format!("{left:?}"))?;
    ensure!(kept["place"] == "volume-chiffre cinder.csi.openstack.org disque-garde", "{kept}");
    ensure!(!left.iter().any(|one| one["name"] == "default/autre"), "a backup of another: {left:?}");
    let not = entry["remains"]["notLookedAt"].to_string();
    ensure!(not.contains("sauvegardes-idf"), "the content of backup stores is not looked at: {not}");
    event(scene, "DataLeft", "garde").await?;
    let metric = scene.operator()?.metric("beffroi_left_total", "kind=\"PersistentVolume\"").await?;
    ensure!((metric - 2.0).abs() < 0.5, "{metric} volumes are counted");
    // What is left is left as it was.
    ensure!(Api::<PersistentVolume>::all(site.clone()).get_opt("garde").await?.is_some(), "it was deleted");
    Ok(())
}

async fn event(scene: &Scene, reason: &str, words: &str) -> Result<()> {
    eventually("an event", async || {
        let selector = format!("--field-selector=reason={reason},type=Warning");
        let arguments = ["get", "events", "-n", HOME, &selector, "-o", "jsonpath={.items[*].message}"];
        let notes = scene.fleet.management.kubectl(&arguments).await?;
        ensure!(notes.contains(words), "{notes:?}");
        Ok(())
    })
    .await
}

/// Group, kind, plural; version v1.
type Sort = (&'static str, &'static str, &'static str);
const SNAPSHOTS: Sort = ("snapshot.storage.k8s.io", "VolumeSnapshotContent", "volumesnapshotcontents");
const BACKUPS: Sort = ("velero.io", "Backup", "backups");

/// Writes an object of a kind that is defined for it: neither Velero nor the snapshot controller is here.
async fn put(site: &Client, sort: Sort, namespace: Option<&str>, name: &str, spec: &Value) -> Result<()> {
    let (group, kind, plural) = sort;
    let scope = if namespace.is_some() { "Namespaced" } else { "Cluster" };
    let definitions =
        resource("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions");
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let full = format!("{plural}.{group}");
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": full, "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
        "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}]}});
    let params = PatchParams::apply("test").force();
    let api: Api<DynamicObject> = Api::all_with(site.clone(), &definitions);
    api.patch(&full, &params, &Patch::Apply(&definition)).await?;
    let resource = resource(group, kind, plural);
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(site.clone(), namespace, &resource),
        None => Api::all_with(site.clone(), &resource),
    };
    let object =
        json!({"apiVersion": resource.api_version, "kind": kind, "metadata": {"name": name}, "spec": spec});
    eventually("the kind", async || Ok(api.patch(name, &params, &Patch::Apply(&object)).await?)).await?;
    Ok(())
}

fn resource(group: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: group.into(),
        version: "v1".into(),
        api_version: format!("{group}/v1"),
        kind: kind.into(),
        plural: plural.into(),
    }
}
