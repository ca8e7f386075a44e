//! What Beffroi's identity may do in a site, it does there: each kind of object that it makes is put right when somebody
//! else changes it, and told with their name; goes when it is not wanted; and where data may be left is looked at when a
//! workspace has gone. On servers that stream no lists, where all of it is listed before it is watched.

use anyhow::{Context, Result, ensure};
use beffroi_cluster::Builder;
use beffroi_core::manifests::Kind;
use beffroi_crds::labels;
use beffroi_tests::{
    Scene, cli, eventually, guards,
    scene::{HOME, TENANT, until, workspace},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

/// Whoever changes what is not theirs.
const INTRUDER: &str = "intrus";
/// What is there of a kind, made once more.
const SURPLUS: &str = "surplus";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_listed_put_right_and_removed() -> Result<()> {
    let scene = Scene::start_as(&["rbx1"], Builder::without_streamed_lists).await?;
    let site = scene.fleet.site("rbx1")?;
    let admin = site.admin();
    others_kinds(&admin).await?;
    scene.order(&workspace("mairie", "docs", &["rbx1"])).await?;
    let ready = until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    let home = ready.status.and_then(|status| status.namespace).context("no namespace")?;
    the_tenants_own_namespace_is_put_right(&scene).await?;
    // Past the guards, as in an emergency.
    let lifted = guards::lift(site).await?;
    for kind in Kind::ALL {
        is_put_right(&scene, &admin, &home, kind).await?;
        if kind != Kind::Namespace {
            goes_when_nobody_wants_it(&admin, &home, kind).await?;
        }
    }
    guards::restore(site, lifted).await?;
    until(&scene.workspaces(), "mairie", "Ready", "True").await?;
    what_may_be_left_is_looked_at(&scene).await?;
    scene.fleet.stop();
    Ok(())
}

fn api(site: &Client, home: &str, kind: Kind) -> Api<DynamicObject> {
    match kind {
        Kind::Namespace => Api::all_with(site.clone(), &kind.api_resource()),
        _ => Api::namespaced_with(site.clone(), home, &kind.api_resource()),
    }
}

/// One of ours.
async fn one(api: &Api<DynamicObject>, home: &str) -> Result<DynamicObject> {
    let ours = ListParams::default().labels("app.kubernetes.io/managed-by=beffroi");
    let all = api.list(&ours).await?.items;
    let of = |object: &DynamicObject| {
        object.namespace().as_deref().unwrap_or(home) == home
            && object.metadata.name.as_deref() != Some("default")
    };
    let found = all
        .into_iter()
        .find(|object| of(object) && (object.namespace().is_some() || object.name_any() == home));
    found.with_context(|| format!("no {:?} in {home}", api.resource_url()))
}

async fn is_put_right(scene: &Scene, site: &Client, home: &str, kind: Kind) -> Result<()> {
    let api = api(site, home, kind);
    let there = one(&api, home).await?;
    let name = there.name_any();
    let bent = Patch::Merge(json!({"metadata": {"labels": {labels::TENANT: "autre"}}}));
    let intruder = PatchParams { field_manager: Some(INTRUDER.into()), ..PatchParams::default() };
    api.patch(&name, &intruder, &bent).await?;
    let what = format!("{} {name}", kind.name());
    eventually(&what, async || {
        let label = api.get(&name).await?.labels().get(labels::TENANT).cloned();
        ensure!(label.as_deref() == Some(TENANT), "{what} is {label:?}'s");
        Ok(())
    })
    .await?;
    // The log has each; of events alike, one is kept and counted.
    eventually("who did it", async || {
        let notes: Vec<String> = logged(scene).await?.into_iter().map(|(_, note)| note).collect();
        ensure!(
            notes.iter().any(|note| note.contains(&what) && note.contains(INTRUDER)),
            "{what}: {notes:#?}"
        );
        Ok(())
    })
    .await
}

/// Action and words of each entry of the tenant's log.
async fn logged(scene: &Scene) -> Result<Vec<(String, String)>> {
    let all = ["log", "--tenant", TENANT, "-o", "json", "--limit", "1000"];
    let text = cli::run(&scene.fleet, scene.operator()?, &all).await?.ok()?;
    let entries: Vec<Value> = serde_json::from_str(&text)?;
    let word = |entry: &Value, path: &str| {
        entry.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Ok(entries.iter().map(|one| (word(one, "/statement/predicate/action"), word(one, "/note"))).collect())
}

/// In the management cluster, where no guard is: its labels say whose it is.
async fn the_tenants_own_namespace_is_put_right(scene: &Scene) -> Result<()> {
    let homes: Api<Namespace> = Api::all(scene.client());
    let bent = Patch::Merge(json!({"metadata": {"labels": {labels::TENANT: "autre"}}}));
    homes.patch(HOME, &PatchParams::default(), &bent).await?;
    eventually("its label", async || {
        let label = homes.get(HOME).await?.labels().get(labels::TENANT).cloned();
        ensure!(label.as_deref() == Some(TENANT), "{HOME} is {label:?}'s");
        Ok(())
    })
    .await
}

async fn goes_when_nobody_wants_it(site: &Client, home: &str, kind: Kind) -> Result<()> {
    let api = api(site, home, kind);
    let there = one(&api, home).await?;
    let mut surplus = serde_json::to_value(&there)?;
    surplus["metadata"] =
        json!({"name": SURPLUS, "labels": there.labels(), "annotations": there.annotations()});
    if kind.is_flux() {
        // It is not for Flux to act on.
        surplus["spec"]["suspend"] = Value::Bool(true);
    }
    api.create(&PostParams::default(), &serde_json::from_value(surplus)?).await?;
    eventually(&format!("the end of {} {SURPLUS}", kind.name()), async || {
        ensure!(api.get_opt(SURPLUS).await?.is_none(), "still there");
        Ok(())
    })
    .await
}

/// Kinds of others that data may be left in: group, kind, plural.
const OTHERS: [(&str, &str, &str); 6] = [
    ("snapshot.storage.k8s.io", "VolumeSnapshotContent", "volumesnapshotcontents"),
    ("groupsnapshot.storage.k8s.io", "VolumeGroupSnapshotContent", "volumegroupsnapshotcontents"),
    ("velero.io", "Backup", "backups"),
    ("velero.io", "BackupStorageLocation", "backupstoragelocations"),
    ("velero.io", "BackupRepository", "backuprepositories"),
    ("objectstorage.k8s.io", "Bucket", "buckets"),
];

/// Those of them that hold data.
const LEFT: [&str; 5] =
    ["Backup", "BackupRepository", "Bucket", "VolumeGroupSnapshotContent", "VolumeSnapshotContent"];

/// They are defined, and nobody acts on them here.
async fn others_kinds(site: &Client) -> Result<()> {
    let definitions = kube::core::ApiResource {
        group: "apiextensions.k8s.io".into(),
        version: "v1".into(),
        api_version: "apiextensions.k8s.io/v1".into(),
        kind: "CustomResourceDefinition".into(),
        plural: "customresourcedefinitions".into(),
    };
    let api: Api<DynamicObject> = Api::all_with(site.clone(), &definitions);
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    for (group, kind, plural) in OTHERS {
        let scope = if group == "velero.io" { "Namespaced" } else { "Cluster" };
        let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}"),
                "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
            "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}]}});
        api.create(&PostParams::default(), &serde_json::from_value(definition)?).await?;
    }
    Ok(())
}

async fn what_may_be_left_is_looked_at(scene: &Scene) -> Result<()> {
    let orders = scene.workspaces();
    orders.delete("mairie", &DeleteParams::default()).await?;
    eventually("its end", async || {
        ensure!(orders.get_opt("mairie").await?.is_none(), "still there");
        Ok(())
    })
    .await?;
    let entries = logged(scene).await?;
    let (_, note) = entries.iter().find(|(action, _)| action == "WorkspaceDeleted").context("no record")?;
    let (_, told) = note.split_once("looked for: ").with_context(|| format!("of nothing: {note}"))?;
    let kinds = ["Namespace", "PersistentVolume"].into_iter().chain(LEFT);
    for kind in kinds {
        ensure!(told.split([',', ';']).any(|word| word.trim() == kind), "{kind} was not looked at: {note}");
    }
    Ok(())
}
