//! Nodes of a site: which one carries a workspace, and one that says it lies elsewhere.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::{
    Api, Client, ResourceExt,
    api::{ListParams, Patch, PatchParams},
};
use serde_json::json;

const REGION: &str = "topology.kubernetes.io/region";

/// The node that carries a pod of the workspace in `namespace`.
///
/// # Errors
/// When no pod runs there.
pub async fn carrier(site: &Client, namespace: &str) -> Result<String> {
    let pods: Api<Pod> = Api::namespaced(site.clone(), namespace);
    let all = pods.list(&ListParams::default()).await?.items;
    all.into_iter().find_map(|pod| pod.spec?.node_name).context("no pod runs")
}

/// Makes a node say that it lies in a region, and tells which it said before.
///
/// # Errors
/// When the API server refuses.
pub async fn move_to(site: &Client, node: &str, region: &str) -> Result<String> {
    let nodes: Api<Node> = Api::all(site.clone());
    let before = nodes.get(node).await?.labels().get(REGION).cloned().unwrap_or_default();
    let label = json!({"metadata": {"labels": {REGION: region}}});
    nodes.patch(node, &PatchParams::default(), &Patch::Merge(label)).await?;
    Ok(before)
}
