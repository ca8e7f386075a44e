//! The identity that a tenant's charts run under, and its rights in this namespace alone.

use kube::ResourceExt;
use serde_json::json;

use super::{Kind, Object, Placed, namespace_name, object};

/// Name of that identity in the workspace's namespace.
pub(super) const APPS: &str = "beffroi-apps";

/// The role that a site's own chart defines for it. Beffroi may bind it, not write it: what charts may do is
/// the site's to say.
pub const APPS_CLUSTER_ROLE: &str = "beffroi-workspace-apps";

pub(super) fn build(placed: &Placed<'_>) -> Vec<Object> {
    let namespace = namespace_name(&placed.tenant.name_any(), placed.workspace);
    let binding = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": APPS_CLUSTER_ROLE},
        "subjects": [{"kind": "ServiceAccount", "name": APPS, "namespace": namespace}],
    });
    vec![
        object(placed, Kind::ServiceAccount, APPS, json!({"automountServiceAccountToken": false})),
        object(placed, Kind::RoleBinding, APPS, binding),
    ]
}
