//! Who may speak with whom: nobody, but for the openings listed here.

use serde_json::{Value, json};

use super::{Kind, Object, Placed, object};

/// Default deny, then: within the workspace, to the cluster's DNS, from the site's ingress controller, and
/// to the destinations that the policy names.
pub(super) fn build(placed: &Placed<'_>) -> Vec<Object> {
    let policy = |name, spec: Value| object(placed, Kind::NetworkPolicy, name, json!({ "spec": spec }));
    let all = json!({});
    let mut policies = vec![
        policy(
            "default-deny",
            json!({"podSelector": all, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []}),
        ),
        policy(
            "within-workspace",
            json!({
                "podSelector": all,
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [{"podSelector": {}}]}],
                "egress": [{"to": [{"podSelector": {}}]}],
            }),
        ),
        policy(
            "dns",
            json!({
                "podSelector": all,
                "policyTypes": ["Egress"],
                "ingress": [],
                "egress": [{
                    "to": [{
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                    }],
                    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
                }],
            }),
        ),
    ];
    if let Some(ingress) = &placed.site.spec.ingress {
        policies.push(policy(
            "from-ingress",
            json!({
                "podSelector": all,
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": ingress.namespace},
                }}]}],
                "egress": [],
            }),
        ));
    }
    if !placed.policy.egress.is_empty() {
        let openings: Vec<Value> = placed
            .policy
            .egress
            .iter()
            .map(|to| {
                json!({
                    "to": [{"ipBlock": {"cidr": to.cidr}}],
                    "ports": [{"protocol": "TCP", "port": to.port}],
                })
            })
            .collect();
        policies.push(policy(
            "to-named-destinations",
            json!({"podSelector": all, "policyTypes": ["Egress"], "ingress": [], "egress": openings}),
        ));
    }
    policies
}
