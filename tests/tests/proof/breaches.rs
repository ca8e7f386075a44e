//! Each breach that a site can be brought to, by somebody who got past its guards: told within seconds by
//! condition, finding, event and metric; then put right, and told too.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use beffroi_core::site::GUARDS;
use beffroi_crds::{Site, Workspace, workspace::LocationFinding};
use beffroi_tests::{
    Scene, eventually, guards, nodes,
    scene::{HOME, until, until_reason},
};
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod, Service};
use kube::{
    Api, Client,
    api::{DeleteParams, Patch, PatchParams, PostParams},
    core::{ApiResource, DynamicObject},
};
use serde_json::{Value, json};

use crate::proof::{backups, bundles, volumes};

/// The promise: a breach is told within 5 s.
const PROMISE: Duration = Duration::from_secs(5);

pub(crate) async fn are_told_within_seconds(scene: &Scene, namespace: &str) -> Result<()> {
    let site = scene.fleet.site("rbx1")?.admin();
    a_node_in_frankfurt(scene, &site, namespace).await?;

    let lifted = guards::lift(scene.fleet.site("rbx1")?).await?;
    let sites: Api<Site> = Api::all(scene.client());
    eventually("all guards to be missed", async || {
        let message = until_reason(&sites, "rbx1", "Guarded", "GuardsLifted").await?;
        ensure!(GUARDS.iter().all(|guard| message.contains(guard)), "{message}");
        Ok(())
    })
    .await?;
    a_foreign_image(scene, &site, namespace).await?;
    a_way_out(scene, &site, namespace).await?;
    a_volume_of_nobody_knows_where(scene, &site, namespace).await?;
    volumes::elsewhere_or_nobody_knows_where_are_told(scene, &site, namespace).await?;
    a_foreign_source(scene, &site, namespace).await?;
    guards::restore(scene.fleet.site("rbx1")?, lifted).await?;
    until(&sites, "rbx1", "Guarded", "True").await?;
    until(&sites, "rbx1", "Ready", "True").await?;
    rewritten_guards(&sites, &site).await?;
    backups::what_is_asked_for_and_not_made_is_said(scene).await?;
    a_backup_elsewhere(scene, namespace).await?;
    backups::only_a_recent_completed_one_counts(scene).await
}

/// The finding that is awaited, and how long it took.
pub(crate) async fn told(
    scene: &Scene,
    rule: &str,
    object: &str,
    broken: Instant,
) -> Result<LocationFinding> {
    let finding = eventually(&format!("{rule} {object}"), async || {
        let workspace = scene.workspaces().get("mairie").await?;
        let status = workspace.status.context("no status")?;
        let located = status.conditions.iter().find(|c| c.type_ == "Located").context("no verdict")?.clone();
        let found = status.findings.iter().find(|f| f.rule == rule && f.object.starts_with(object)).cloned();
        let found = found.with_context(|| format!("{:?}", status.findings))?;
        ensure!(located.status == "False" && located.message.contains(rule), "{located:?}");
        Ok(found)
    })
    .await?;
    let took = broken.elapsed();
    println!("{rule} {object}: told after {:.1} s", took.as_secs_f64());
    ensure!(took < PROMISE, "{rule} {object}: told after {took:?}");
    Ok(finding)
}

pub(crate) async fn healed(scene: &Scene) -> Result<Workspace> {
    until(&scene.workspaces(), "mairie", "Located", "True").await
}

async fn a_node_in_frankfurt(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let carrier = nodes::carrier(site, namespace).await?;
    let verdicts =
        async || scene.operator()?.metric("beffroi_location_verdicts_total", "verdict=\"False\"").await;
    let before = verdicts().await?;
    let home = nodes::move_to(site, &carrier, "de-fra").await?;
    let found = told(scene, "LOC-01", &format!("Node {carrier}"), Instant::now()).await?;
    ensure!(found.observed.contains("de-fra") && found.expected.contains("rbx"), "{found:?}");
    eventually("the metric", async || {
        ensure!(verdicts().await? > before, "it does not move");
        Ok(())
    })
    .await?;
    let ready = scene.workspaces().get("mairie").await?;
    ensure!(
        ready.status.iter().flat_map(|s| &s.conditions).any(|c| c.type_ == "Ready" && c.status == "False"),
        "what does not lie where it may is not Ready"
    );
    eventually("an event", async || {
        let selector = "--field-selector=reason=NotLocated";
        let arguments = ["get", "events", "-n", HOME, selector, "-o", "jsonpath={.items[*].message}"];
        let notes = scene.fleet.management.kubectl(&arguments).await?;
        ensure!(notes.contains(&carrier) && notes.contains("de-fra"), "{notes:?}");
        Ok(())
    })
    .await?;
    let key = bundles::path(scene, "beffroi.pub");
    let ran = bundles::until_verified(scene, "mairie", &key, 10).await?;
    ensure!(ran.out.contains("de-fra") && ran.out.contains("LOC-01 ENFREINTE"), "{}", ran.out);

    nodes::move_to(site, &carrier, &home).await?;
    let whole = healed(scene).await?;
    ensure!(whole.status.is_some_and(|s| s.findings.is_empty()), "findings stay");
    bundles::until_verified(scene, "mairie", &key, 0).await.map(|_| ())
}

async fn a_foreign_image(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(site.clone(), namespace);
    pods.create(&PostParams::default(), &pod("etranger", "docker.io/library/nginx:1.29")?).await?;
    let found = told(scene, "LOC-05", "Pod etranger", Instant::now()).await?;
    ensure!(found.observed.contains("docker.io"), "{found:?}");
    pods.delete("etranger", &DeleteParams::default().grace_period(0)).await?;
    healed(scene).await.map(|_| ())
}

async fn a_way_out(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let services: Api<Service> = Api::namespaced(site.clone(), namespace);
    let away = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ailleurs"},
        "spec": {"type": "ExternalName", "externalName": "collecte.example.com"}});
    services.create(&PostParams::default(), &serde_json::from_value(away)?).await?;
    let found = told(scene, "LOC-04", "Service ailleurs", Instant::now()).await?;
    ensure!(found.observed.contains("collecte.example.com"), "{found:?}");
    services.delete("ailleurs", &DeleteParams::default()).await?;
    healed(scene).await.map(|_| ())
}

async fn a_volume_of_nobody_knows_where(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let volumes: Api<PersistentVolume> = Api::all(site.clone());
    let claims: Api<PersistentVolumeClaim> = Api::namespaced(site.clone(), namespace);
    let size = json!({"storage": "1Mi"});
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "nas"}, "spec": {
        "capacity": size, "accessModes": ["ReadWriteOnce"], "storageClassName": "volume-chiffre",
        "nfs": {"server": "nas.example.com", "path": "/export"},
        "claimRef": {"namespace": namespace, "name": "donnees"},
    }});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "donnees"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "volume-chiffre", "volumeName": "nas",
        "resources": {"requests": size},
    }});
    volumes.create(&PostParams::default(), &serde_json::from_value(volume)?).await?;
    claims.create(&PostParams::default(), &serde_json::from_value(claim)?).await?;
    let found = told(scene, "LOC-01", "PersistentVolume nas", Instant::now()).await?;
    ensure!(
        found.observed == "made by hand" && found.expected.contains("cinder.csi.openstack.org"),
        "{found:?}"
    );
    claims.delete("donnees", &DeleteParams::default()).await?;
    volumes.delete("nas", &DeleteParams::default()).await?;
    healed(scene).await.map(|_| ())
}

async fn a_foreign_source(scene: &Scene, site: &Client, namespace: &str) -> Result<()> {
    let kind = resource("source.toolkit.fluxcd.io/v1", "HelmRepository", "helmrepositories");
    let sources: Api<DynamicObject> = Api::namespaced_with(site.clone(), namespace, &kind);
    let object = json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "ailleurs"},
        "spec": {"url": "https://charts.example.com", "interval": "1h", "suspend": true}});
    sources.create(&PostParams::default(), &serde_json::from_value(object)?).await?;
    told(scene, "LOC-05", "HelmRepository ailleurs", Instant::now()).await?;
    sources.delete("ailleurs", &DeleteParams::default()).await?;
    healed(scene).await.map(|_| ())
}

/// A guard's policy is rewritten behind its intact binding: one word is enough to be told, by its name.
async fn rewritten_guards(sites: &Api<Site>, site: &Client) -> Result<()> {
    let kind = resource(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
    );
    let policies: Api<DynamicObject> = Api::all_with(site.clone(), &kind);
    let (name, merge) = ("beffroi-images", PatchParams::default());
    let before = policies.get(name).await?.data["spec"].take();
    let identity = json!("request.userInfo.username == 'system:serviceaccount:ailleurs:beffroi'");
    let exempt = json!({"spec": {"matchConditions": [{"name": "never", "expression": identity}]}});
    let lenient = json!({"spec": {"failurePolicy": "Ignore"}});
    let elsewhere = json!({"spec": {"matchConstraints": {"namespaceSelector": {"matchLabels": {"a": "b"}}}}});
    for altered in [exempt, lenient, elsewhere] {
        policies.patch(name, &merge, &Patch::Merge(&altered)).await?;
        let message = until_reason(sites, "rbx1", "Guarded", "GuardsAltered").await?;
        let others = GUARDS.iter().filter(|guard| **guard != name && message.contains(**guard));
        ensure!(message.contains(name) && others.count() == 0, "{message}");
        // The API server writes its own type check of what was altered beside.
        eventually("the guard as it was", async || {
            let mut whole = policies.get(name).await?;
            whole.data["spec"] = before.clone();
            Ok(policies.replace(name, &PostParams::default(), &whole).await?)
        })
        .await?;
        until(sites, "rbx1", "Guarded", "True").await?;
    }
    Ok(())
}

/// Velero is not here: its two kinds are, with the fields that are read.
async fn a_backup_elsewhere(scene: &Scene, namespace: &str) -> Result<()> {
    let cluster = scene.fleet.site("rbx1")?;
    let crds: Api<DynamicObject> = Api::all_with(
        cluster.admin(),
        &resource("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"),
    );
    for (kind, plural) in [("Backup", "backups"), ("BackupStorageLocation", "backupstoragelocations")] {
        let schema =
            json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        let crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.velero.io")},
            "spec": {"group": "velero.io", "scope": "Namespaced", "names": {"kind": kind, "plural": plural},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}]},
        });
        crds.create(&PostParams::default(), &serde_json::from_value(crd)?).await?;
    }
    let write = async |kind: &str, plural: &str, name: &str, spec: Value| -> Result<()> {
        let kind = resource("velero.io/v1", kind, plural);
        let api: Api<DynamicObject> = Api::namespaced_with(cluster.admin(), "default", &kind);
        let object = json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}, "spec": spec});
        eventually("Velero's kinds", async || {
            Ok(api.patch(name, &PatchParams::apply("velero").force(), &Patch::Apply(&object)).await?)
        })
        .await
        .map(|_| ())
    };
    let store =
        |url: &str| json!({"provider": "aws", "objectStorage": {"bucket": "rbx1"}, "config": {"s3Url": url}});
    write(
        "BackupStorageLocation",
        "backupstoragelocations",
        "default",
        store("https://sauvegardes.example.com"),
    )
    .await?;
    write("Backup", "backups", "nuit", json!({"includedNamespaces": [namespace]})).await?;
    // The operator looks for kinds that are new here at each of its looks at the site.
    eventually("a finding on the backup", async || {
        let status = scene.workspaces().get("mairie").await?.status.context("no status")?;
        ensure!(
            status.findings.iter().any(|f| f.rule == "LOC-02" && f.object.contains("nuit")),
            "{:?}",
            status.findings
        );
        Ok(())
    })
    .await?;
    write(
        "BackupStorageLocation",
        "backupstoragelocations",
        "default",
        store("https://sauvegardes-idf.beffroi.example"),
    )
    .await?;
    healed(scene).await.map(|_| ())
}

/// A pod that Pod Security lets pass.
fn pod(name: &str, image: &str) -> Result<Pod> {
    let restricted = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"}});
    Ok(serde_json::from_value(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"automountServiceAccountToken": false,
            "containers": [{"name": "app", "image": image, "securityContext": restricted}]}}))?)
}

/// A kind that others define.
pub(crate) fn resource(api_version: &str, kind: &str, plural: &str) -> ApiResource {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource {
        group: group.into(),
        version: version.into(),
        api_version: api_version.into(),
        kind: kind.into(),
        plural: plural.into(),
    }
}
