//! What a workspace may use: a quota over all, and bounds for each container.

use serde_json::json;

use super::{Kind, Object, Placed, object};
use crate::quantity::{cpu, memory};

/// Pods that each app may run.
const PODS_PER_APP: usize = 20;

/// Twice what the apps need: during an update the old and the new run side by side. Volumes are not doubled.
pub(super) fn build(placed: &Placed<'_>) -> Vec<Object> {
    let needs = placed.needs;
    let hard = json!({
        "requests.cpu": &*cpu(needs.cpu_millis * 2),
        "requests.memory": &*memory(needs.memory_bytes * 2),
        "limits.memory": &*memory(needs.memory_bytes * 4),
        "requests.storage": &*memory(needs.storage_bytes),
        "pods": ((placed.apps.len() + placed.gone) * PODS_PER_APP).to_string(),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    });
    let bounds = json!({"spec": {"limits": [{
        "type": "Container",
        "defaultRequest": {"cpu": "50m", "memory": "64Mi"},
        "default": {"cpu": "500m", "memory": "256Mi"},
    }]}});
    vec![
        object(placed, Kind::ResourceQuota, "workspace", json!({"spec": {"hard": hard}})),
        object(placed, Kind::LimitRange, "workspace", bounds),
    ]
}
