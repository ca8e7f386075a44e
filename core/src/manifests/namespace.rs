//! The namespace of a workspace, under Pod Security `restricted`, with what the site's admission policies hold
//! it to.

use std::collections::BTreeMap;

use kube::ResourceExt;
use serde_json::json;

use super::{Kind, Object, Placed, annotated, namespace_name, offer};

pub(super) fn build(placed: &Placed<'_>) -> Object {
    let name = namespace_name(&placed.tenant.name_any(), placed.workspace);
    let security = ["enforce", "audit", "warn"]
        .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), "restricted".to_owned()));
    let held = BTreeMap::from(offer::annotations(placed));
    annotated(placed, Kind::Namespace, &name, json!({}), BTreeMap::from(security), held)
}
