//! Nodes of a site: which one carries a workspace, and one that says it lies elsewhere.

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::{
    Api, Client,
    api::{ListParams, Patch, PatchParams},
};
use serde_json::json;

/// The node that carries a pod of the workspace in `namespace`.
///
/// # Errors
/// When no pod runs there.
pub async fn carrier(site: &Client, namespace: &str) -> Result<String> {
    let pods: Api<Pod> = Api::namespaced(site.clone(), namespace);
    let all = pods.list(&ListParams::default()).await?.items;
    all.into_iter().find_map(|pod| pod.spec?.node_name).context("no pod runs")
}

/// Makes a node say that it lies in a region.
///
/// # Errors
/// When the API server refuses.
pub async fn move_to(site: &Client, node: &str, region: &str) -> Result<()> {
    let nodes: Api<Node> = Api::all(site.clone());
    let label = json!({"metadata": {"labels": {"topology.kubernetes.io/region": region}}});
    nodes.patch(node, &PatchParams::default(), &Patch::Merge(label)).await?;
    Ok(())
}
