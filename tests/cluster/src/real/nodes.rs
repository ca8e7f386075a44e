//! Machines of a cluster: rights of their nodes → each one started → Ready → names.

use k8s_openapi::api::core::v1::Node as Object;
use kube::{Api, api::ListParams};
use serde_json::{Value, json};

use super::{World, addons, machine, machine::Machine};
use crate::{Cluster, Error, Node, kwok::schedulable};

impl Cluster {
    /// Starts a machine for each node, and what they need; ready when pods can be scheduled and names are answered.
    pub(crate) async fn start_machines(&mut self, world: &World, nodes: &[Node]) -> Result<(), Error> {
        addons::apply(self, &addons::text(&node_rights())).await?;
        for node in nodes {
            let machine = {
                let cluster = machine::Cluster {
                    name: self.name(),
                    port: self.port(),
                    certificate: self.certificate(),
                    folder: self.folder(),
                };
                Machine::start(world, &cluster, node, &self.node_token(node.name()))?
            };
            self.machines.push(machine);
        }
        self.wait_for_machines().await?;
        self.start_names().await
    }

    /// Waits until every machine's node takes pods.
    ///
    /// # Errors
    /// When one does not within two minutes.
    pub async fn wait_for_machines(&mut self) -> Result<(), Error> {
        let wanted = self.machines.len();
        let api: Api<Object> = Api::all(self.admin());
        let ready = async || {
            let Ok(list) = api.list(&ListParams::default()).await else { return false };
            list.items.iter().filter(|node| schedulable(node)).count() == wanted
        };
        self.until_answering(ready).await
    }
}

/// What kube-proxy and kube-router read, under the identity of their node.
fn node_rights() -> Vec<Value> {
    let group = "rbac.authorization.k8s.io";
    let rules = json!([
        {"apiGroups": [""], "resources": ["services", "endpoints", "nodes", "pods", "namespaces"],
         "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies", "servicecidrs"],
         "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["", "events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch", "update"]},
    ]);
    let name = json!({"name": "machines"});
    vec![
        json!({"apiVersion": format!("{group}/v1"), "kind": "ClusterRole", "metadata": name, "rules": rules}),
        json!({
            "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": name,
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "machines"},
            "subjects": [{"apiGroup": group, "kind": "Group", "name": "system:nodes"}],
        }),
    ]
}
