//! Velero's objects reduced to what a backup of a workspace rests on: what it holds, what it leaves out, where it lies.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::{ResourceExt, core::DynamicObject};
use serde_json::Value;

use super::rows::text;

/// Kinds without which an app cannot be put back, in every spelling that Velero takes.
const NEEDED: [&str; 9] =
    ["*", "configmaps", "cm", "persistentvolumeclaims", "pvc", "persistentvolumes", "pv", "pods", "secrets"];

/// What is kept of a backup.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupRow {
    /// Its own namespace, where its store is looked up.
    pub home: String,
    /// Its name.
    pub name: String,
    /// Namespaces that it holds; empty: all.
    pub includes: Vec<String>,
    /// Namespaces that it leaves out.
    pub excludes: Vec<String>,
    /// Name of its store.
    pub store: Option<String>,
    /// How far it came.
    pub phase: Option<String>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// Fields by which it leaves out some of what it holds, or may.
    pub narrowed: BTreeSet<String>,
}

impl BackupRow {
    /// Whether it holds a namespace.
    pub fn holds(&self, namespace: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|n| n == namespace || n == "*");
        (self.includes.is_empty() || named(&self.includes)) && !named(&self.excludes)
    }
}

/// A backup.
pub(super) fn backup(object: &DynamicObject) -> BackupRow {
    let spec = object.data.get("spec").unwrap_or(&Value::Null);
    let text = |key: &str| text(object, key);
    BackupRow {
        home: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        includes: names(spec, "includedNamespaces"),
        excludes: names(spec, "excludedNamespaces"),
        store: text("/spec/storageLocation").map(str::to_owned),
        phase: text("/status/phase").map(str::to_owned),
        completed: text("/status/completionTimestamp").and_then(|at| at.parse().ok()),
        narrowed: narrowed(spec),
    }
}

fn names(spec: &Value, key: &str) -> Vec<String> {
    let list = spec[key].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Fields by which a backup leaves out some of a namespace that it holds, or may: what a selector or a policy of
/// resources takes away is not looked into.
fn narrowed(spec: &Value) -> BTreeSet<String> {
    let some = |key: &str| match &spec[key] {
        Value::Object(fields) => fields.values().any(|value| !value.is_null()),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    // Only of these kinds.
    let only = |key: &str| {
        let kinds = names(spec, key);
        !kinds.is_empty() && !kinds.iter().any(|kind| kind == "*")
    };
    // All but these kinds: that is whole as long as none of them holds anything that is needed.
    let without = |key: &str| {
        let needed = |kind: &String| {
            let kind = kind.split('.').next().unwrap_or_default().to_lowercase();
            let plural = format!("{kind}s");
            NEEDED.iter().any(|needed| *needed == kind || *needed == plural)
        };
        names(spec, key).iter().any(needed)
    };
    let pattern = |key: &str| names(spec, key).iter().any(|n| n != "*" && n.contains(['*', '?', '[', '{']));
    let is = |key: &str, wanted: bool| spec[key].as_bool() == Some(wanted);
    let by_files = is("defaultVolumesToFsBackup", true) || is("defaultVolumesToRestic", true);
    let fields = [
        ("includedResources", only("includedResources")),
        ("includedNamespaceScopedResources", only("includedNamespaceScopedResources")),
        ("excludedResources", without("excludedResources")),
        ("excludedNamespaceScopedResources", without("excludedNamespaceScopedResources")),
        ("excludedClusterScopedResources", without("excludedClusterScopedResources")),
        ("excludedNamespaces", pattern("excludedNamespaces")),
        ("labelSelector", some("labelSelector")),
        ("orLabelSelectors", some("orLabelSelectors")),
        ("resourcePolicy", some("resourcePolicy")),
        ("includeClusterResources", is("includeClusterResources", false)),
        ("snapshotVolumes", is("snapshotVolumes", false) && !by_files),
    ];
    fields.into_iter().filter(|(_, narrows)| *narrows).map(|(field, _)| field.to_owned()).collect()
}

/// Address of a store of Velero: its server, bucket and prefix.
pub(super) fn backup_store(object: &DynamicObject) -> String {
    let text = |key: &str| text(object, key).unwrap_or_default();
    let server = match text("/spec/config/s3Url") {
        "" => format!("{}:/", text("/spec/provider")),
        url => url.trim_end_matches('/').to_owned(),
    };
    let parts = [text("/spec/objectStorage/bucket"), text("/spec/objectStorage/prefix")];
    let path = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    format!("{server}/{path}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(spec: &Value) -> Vec<String> {
        narrowed(spec).into_iter().collect()
    }

    #[test]
    fn a_backup_of_everything_is_whole_and_one_that_leaves_out_data_is_not() {
        for whole in [
            json!({}),
            json!({"includedNamespaces": ["a"], "labelSelector": {}, "orLabelSelectors": []}),
            json!({"labelSelector": null, "snapshotVolumes": true}),
            json!({"includedResources": ["*"], "excludedResources": ["events", "events.events.k8s.io"]}),
            json!({"snapshotVolumes": false, "defaultVolumesToFsBackup": true}),
            json!({"excludedNamespaces": ["kube-system"], "includeClusterResources": true}),
        ] {
            assert!(of(&whole).is_empty(), "{whole}: {:?}", of(&whole));
        }
        for (field, value) in [
            ("includedResources", json!(["deployments.apps"])),
            ("includedNamespaceScopedResources", json!(["configmaps"])),
            ("excludedResources", json!(["PersistentVolumeClaims"])),
            ("excludedResources", json!(["pvc"])),
            ("excludedResources", json!(["secret"])),
            ("excludedNamespaceScopedResources", json!(["events", "pods"])),
            ("excludedClusterScopedResources", json!(["*"])),
            ("excludedNamespaces", json!(["macon-*"])),
            ("labelSelector", json!({"matchLabels": {"app": "docs"}})),
            ("orLabelSelectors", json!([{"matchLabels": {"app": "docs"}}])),
            ("resourcePolicy", json!({"kind": "configmap", "name": "skip"})),
            ("includeClusterResources", json!(false)),
            ("snapshotVolumes", json!(false)),
        ] {
            assert_eq!(of(&json!({field: value.clone()})), [field], "{value}");
        }
    }
}
