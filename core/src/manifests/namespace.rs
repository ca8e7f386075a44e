//! The namespace of a workspace, under Pod Security `restricted`, with what the site's admission policies hold
//! its images to.

use std::collections::BTreeMap;

use beffroi_crds::labels;
use kube::ResourceExt;
use serde_json::json;

use super::{Kind, Object, Placed, annotated, namespace_name};
use crate::location::registries;

pub(super) fn build(placed: &Placed<'_>) -> Object {
    let name = namespace_name(&placed.tenant.name_any(), placed.workspace);
    let security = ["enforce", "audit", "warn"]
        .map(|mode| (format!("pod-security.kubernetes.io/{mode}"), "restricted".to_owned()));
    let hosts = registries(&placed.policy.registries, &placed.site.spec.registries).join(",");
    let images = [
        (labels::REGISTRIES.to_owned(), hosts),
        (labels::IMAGES_BY_DIGEST.to_owned(), placed.policy.images.by_digest.to_string()),
    ];
    annotated(placed, Kind::Namespace, &name, json!({}), BTreeMap::from(security), BTreeMap::from(images))
}
