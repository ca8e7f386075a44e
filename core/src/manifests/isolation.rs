//! Who may speak with whom: nobody, but for the openings listed here.

use beffroi_crds::{
    SiteSpec,
    site::{ApiServer, DnsServer, OperatorKind, ServiceOperator},
};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Kind, Object, Placed, object, service_account};

/// Default deny, then: within the workspace, to the cluster's DNS, from the site's ingress controller, between the
/// site's operators and what they run, and to the destinations that the policy names.
pub(super) fn build(placed: &Placed<'_>) -> Vec<Object> {
    let policy = |name: &str, spec: Value| object(placed, Kind::NetworkPolicy, name, json!({ "spec": spec }));
    let (site, all) = (&placed.site.spec, json!({}));
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
            json!({"podSelector": all, "policyTypes": ["Egress"], "ingress": [], "egress": names(&site.dns)}),
        ),
    ];
    policies.extend(
        site.operators.iter().filter_map(|operator| {
            Some(policy(&format!("operator-{}", operator.name), works(site, operator)?))
        }),
    );
    // An app that needs the Kubernetes API: its pods, by the label that charts give to those of a release.
    for app in placed.every_app().filter(|app| service_account::of(app).is_some()) {
        let pods = json!({"matchLabels": {"app.kubernetes.io/instance": app.name_any()}});
        policies.push(policy(
            &format!("api-of-{}", app.name_any()),
            json!({"podSelector": pods, "policyTypes": ["Egress"], "ingress": [], "egress": api_servers(site)}),
        ));
    }
    if let Some(ingress) = &site.ingress {
        policies.push(policy(
            "from-ingress",
            json!({
                "podSelector": all,
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"namespaceSelector": named(&ingress.namespace)}]}],
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

/// A namespace by its name.
fn named(namespace: &str) -> Value {
    json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}})
}

/// To what answers for names.
fn names(servers: &[DnsServer]) -> Value {
    let opening = |to: Value, port: u16| {
        json!({
            "to": [to],
            "ports": [{"protocol": "UDP", "port": port}, {"protocol": "TCP", "port": port}],
        })
    };
    if servers.is_empty() {
        let pods = json!({"matchLabels": {"k8s-app": "kube-dns"}});
        return json!([opening(json!({"namespaceSelector": named("kube-system"), "podSelector": pods}), 53)]);
    }
    let openings = servers.iter().map(|server| {
        let to = match (&server.cidr, &server.namespace) {
            (Some(cidr), _) => json!({"ipBlock": {"cidr": cidr}}),
            (None, namespace) => json!({
                "namespaceSelector": named(namespace.as_deref().unwrap_or_default()),
                "podSelector": {"matchLabels": server.labels},
            }),
        };
        opening(to, server.port)
    });
    openings.collect()
}

/// What an operator of the site and the pods that it runs, or looks at, say to each other; nothing for most.
fn works(site: &SiteSpec, operator: &ServiceOperator) -> Option<Value> {
    let from = json!([{"namespaceSelector": named(&operator.namespace)}]);
    match operator.kind {
        OperatorKind::CertManager | OperatorKind::Velero => None,
        OperatorKind::Prometheus => Some(json!({
            "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": from}], "egress": [],
        })),
        OperatorKind::CloudNativePg => Some(json!({
            "podSelector": {"matchExpressions": [{"key": "cnpg.io/cluster", "operator": "Exists"}]},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": from, "ports": [{"protocol": "TCP", "port": 8000}]}],
            "egress": api_servers(site),
        })),
    }
}

/// To the API server of the site, as pods reach it.
fn api_servers(site: &SiteSpec) -> Vec<Value> {
    let opening = |server: &ApiServer| {
        json!({
            "to": [{"ipBlock": {"cidr": server.cidr}}],
            "ports": [{"protocol": "TCP", "port": server.port}],
        })
    };
    site.api_servers.iter().map(opening).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_asked_of_what_the_site_declares() {
        let to = |servers: &[DnsServer]| names(servers)[0]["to"][0].clone();
        assert_eq!(to(&[])["podSelector"]["matchLabels"]["k8s-app"], "kube-dns");
        let local = DnsServer { cidr: Some("169.254.20.10/32".into()), ..DnsServer::default() };
        let openshift = DnsServer {
            namespace: Some("openshift-dns".into()),
            labels: [("dns.operator.openshift.io/daemonset-dns".to_owned(), "default".to_owned())].into(),
            port: 5353,
            ..DnsServer::default()
        };
        assert_eq!(to(std::slice::from_ref(&local)), json!({"ipBlock": {"cidr": "169.254.20.10/32"}}));
        let both = names(&[local, openshift]);
        assert_eq!(
            both[0]["ports"],
            json!([{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}])
        );
        assert_eq!(both[1]["to"][0]["namespaceSelector"], named("openshift-dns"));
        assert_eq!(both[1]["ports"][0]["port"], 5353);
        assert!(both.as_array().is_some_and(|all| all.len() == 2), "kube-dns is not asked: {both}");
    }

    #[test]
    fn an_operator_speaks_with_what_it_runs_and_no_more() {
        let operator =
            |kind| ServiceOperator { kind, namespace: "cnpg".into(), ..ServiceOperator::default() };
        let server = ApiServer { cidr: "192.0.2.1/32".into(), port: 6443 };
        let site = SiteSpec { api_servers: vec![server], ..SiteSpec::default() };
        assert_eq!(works(&site, &operator(OperatorKind::CertManager)), None);
        assert_eq!(works(&site, &operator(OperatorKind::Velero)), None);
        let database = works(&site, &operator(OperatorKind::CloudNativePg)).unwrap();
        assert_eq!(database["podSelector"]["matchExpressions"][0]["key"], "cnpg.io/cluster");
        assert_eq!(database["egress"][0]["to"][0]["ipBlock"]["cidr"], "192.0.2.1/32");
        assert_eq!(database["ingress"][0]["from"][0]["namespaceSelector"], named("cnpg"));
        let metrics = works(&site, &operator(OperatorKind::Prometheus)).unwrap();
        assert_eq!((&metrics["egress"], &metrics["policyTypes"]), (&json!([]), &json!(["Ingress"])));
    }
}
