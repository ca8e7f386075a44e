//! LOC-01: claims of volumes outside the declared classes, by every way to claim one.

use anyhow::Result;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::guards::{
    door::{Door, change, make, object},
    home::Home,
    images::{makers, merged},
};

/// The class that the sample site declares.
pub(crate) const CLASS: &str = "bsu-chiffre";

/// A claim's spec, with more.
pub(crate) fn claim(more: &Value) -> Value {
    let base = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    merged(&base, more)
}

pub(crate) async fn check(door: &Door, home: &Home) -> Result<()> {
    let class = |name: &str| json!({"storageClassName": name});
    let with = |more: Value| merged(&class(CLASS), &more);
    let bad = [
        (json!({}), "storageClassName is \"\""),
        (class(""), "storageClassName is \"\""),
        (class("francfort"), "storageClassName is \"francfort\": storage classes allowed here: bsu-chiffre"),
        (with(json!({"volumeName": "distant"})), "volumeName is \"distant\""),
        (with(json!({"selector": {"matchLabels": {"lieu": "ailleurs"}}})), "selector chooses a volume"),
        (with(json!({"volumeAttributesClassName": "ailleurs"})), "volumeAttributesClassName is \"ailleurs\""),
    ];
    for (more, says) in &bad {
        let spec = claim(more);
        let alone = object("v1", "PersistentVolumeClaim", "donnees", &spec);
        door.no(make(&alone), &["'beffroi-storage'", &format!("LOC-01: spec.{says}")]).await?;
        for (maker, path) in makers(&pod(home, &spec)) {
            let at = format!("LOC-01: {path}.volumes[v].ephemeral.volumeClaimTemplate.spec.{says}");
            door.no(make(&maker), &["'beffroi-storage'", &at]).await?;
        }
        let at = format!("LOC-01: spec.volumeClaimTemplates[donnees].spec.{says}");
        door.no(make(&stateful(home, &spec)), &["'beffroi-storage'", &at]).await?;
    }
    let good = claim(&class(CLASS));
    for (maker, _) in makers(&pod(home, &good)) {
        door.yes(make(&maker)).await?;
    }
    door.yes(make(&stateful(home, &good))).await?;

    let kept = door.make(&object("v1", "PersistentVolumeClaim", "garde", &good)).await?;
    let by_hand = json!({"spec": {"volumeName": "distant"}});
    door.no(change("v1", "PersistentVolumeClaim", &kept.name_any(), by_hand), &["LOC-01: spec.volumeName"])
        .await?;
    door.yes(change("v1", "PersistentVolumeClaim", "garde", json!({"metadata": {"labels": {"vu": "oui"}}})))
        .await?;
    annotations(door, home, &good).await
}

/// What annotations of a claim say beside its spec, by every way to claim.
async fn annotations(door: &Door, home: &Home, spec: &Value) -> Result<()> {
    const GUARD: &str = "'beffroi-claims'";
    for (key, says) in [
        ("volume.beta.kubernetes.io/storage-class", "would win over storageClassName"),
        ("volume.alpha.kubernetes.io/storage-class", "would win over storageClassName"),
        ("volume.kubernetes.io/selected-node", "is written by admin: the scheduler says"),
        ("volume.kubernetes.io/storage-provisioner", "which may tell a driver where to keep the data"),
        ("pv.kubernetes.io/bind-completed", "which may tell a driver where to keep the data"),
        ("nfs.io/storage-path", "which may tell a driver where to keep the data"),
    ] {
        let noted = |mut claim: Value| {
            claim["metadata"]["annotations"] = json!({key: "francfort"});
            claim
        };
        let alone = noted(object("v1", "PersistentVolumeClaim", "note", spec));
        door.no(make(&alone), &[GUARD, "LOC-01: metadata.annotations", key, says]).await?;
        let template = noted(json!({"spec": spec}));
        let volume = json!({"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": template}}]});
        for (maker, path) in makers(&merged(&home.pod(), &volume)) {
            let at = format!("LOC-01: {path}.volumes[v].ephemeral.volumeClaimTemplate.metadata.annotations");
            door.no(make(&maker), &[GUARD, &at, key, says]).await?;
        }
        let mut set = stateful(home, spec);
        set["spec"]["volumeClaimTemplates"][0]["metadata"]["annotations"] = json!({key: "francfort"});
        let at = "LOC-01: spec.volumeClaimTemplates[donnees].metadata.annotations";
        door.no(make(&set), &[GUARD, at, key, says]).await?;
    }
    let later = |key: &str| {
        change("v1", "PersistentVolumeClaim", "garde", json!({"metadata": {"annotations": {key: "x"}}}))
    };
    // The class of old Kubernetes itself lets nobody change.
    let node = "volume.kubernetes.io/selected-node";
    door.no(later(node), &[GUARD, "LOC-01: metadata.annotations", node]).await?;
    // Drivers and provisioners note what they did, by identities that nobody knows.
    door.yes(later("volume.kubernetes.io/storage-provisioner")).await?;
    let mut kept = object("v1", "PersistentVolumeClaim", "note", spec);
    kept["metadata"]["annotations"] = json!({"helm.sh/resource-policy": "keep"});
    door.yes(make(&kept)).await?;
    let other = json!({"kind": "PersistentVolumeClaim", "name": "x", "namespace": "kube-system"});
    let copied = merged(spec, &json!({"dataSourceRef": other}));
    let says = "LOC-01: spec.volumeClaimTemplates[donnees].spec.dataSourceRef.namespace is \"kube-system\"";
    door.no(make(&stateful(home, &copied)), &["'beffroi-storage'", says]).await
}

fn stateful(home: &Home, spec: &Value) -> Value {
    let mut set = makers(&home.pod())[6].0.clone();
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "donnees"}, "spec": spec}]);
    set
}

fn pod(home: &Home, spec: &Value) -> Value {
    merged(
        &home.pod(),
        &json!({"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": spec}}}]}),
    )
}
