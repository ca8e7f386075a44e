//! The namespace of a workspace, under Pod Security `restricted`, with what the site's admission policies hold
//! it to; and the same once the workspace leaves.

use std::collections::BTreeMap;

use beffroi_crds::labels;
use kube::ResourceExt;
use serde_json::json;

use super::{Kind, Live, Object, Placed, annotated, marked, namespace_name, offer};

/// The standard's version is named too: who sets an older one lets pods pass that the standard refuses since.
fn security() -> BTreeMap<String, String> {
    let label = |mode: &str, value: &str| (format!("pod-security.kubernetes.io/{mode}"), value.to_owned());
    let modes = ["enforce", "audit", "warn"].into_iter();
    modes.flat_map(|mode| [label(mode, "restricted"), label(&format!("{mode}-version"), "latest")]).collect()
}

pub(super) fn build(placed: &Placed<'_>) -> Object {
    let name = namespace_name(&placed.tenant.name_any(), placed.workspace);
    annotated(placed, Kind::Namespace, &name, json!({}), security(), offer::annotations(placed))
}

/// A namespace as it is there, with its deletion written on it: the site's guards let nobody delete it before.
pub fn doomed(there: &Live) -> Object {
    let ours = |key: &str| {
        ["beffroi.fr/", "pod-security.kubernetes.io/"].iter().any(|prefix| key.starts_with(prefix))
            || key == labels::MANAGED_BY
    };
    let kept = |map: &BTreeMap<String, String>| {
        map.clone().into_iter().filter(|(key, _)| ours(key) && key != labels::APPLIED).collect()
    };
    let mut annotations: BTreeMap<String, String> = kept(there.annotations());
    annotations.insert(labels::DELETION_ORDERED.to_owned(), uid(there));
    marked(Kind::Namespace, there.name(), None, json!({}), kept(there.labels()), annotations)
}

/// Whether its deletion is written on a namespace.
pub(crate) fn is_doomed(there: &Live) -> bool {
    there.annotations().get(labels::DELETION_ORDERED) == Some(&uid(there))
}

fn uid(there: &Live) -> String {
    there.labels().get(labels::WORKSPACE_UID).cloned().unwrap_or_default()
}
