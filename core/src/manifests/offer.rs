//! What a site offers and the policy lets a workspace use: what its charts are given, and what the site's
//! admission policies hold them to.

use std::collections::BTreeMap;

use beffroi_crds::{
    SiteSpec, labels,
    site::{OperatorKind, ServiceOperator},
};

use super::{Placed, service_account};
use crate::{hosts, location, policy::place};

/// Annotations that apps may put on ingresses where cert-manager works: none by which a certificate names further
/// hosts.
const CERTIFICATES: [&str; 12] = [
    "acme.cert-manager.io/http01-edit-in-place",
    "acme.cert-manager.io/http01-ingress-class",
    "cert-manager.io/cluster-issuer",
    "cert-manager.io/duration",
    "cert-manager.io/issue-temporary-certificate",
    "cert-manager.io/issuer",
    "cert-manager.io/issuer-kind",
    "cert-manager.io/private-key-algorithm",
    "cert-manager.io/private-key-rotation-policy",
    "cert-manager.io/private-key-size",
    "cert-manager.io/renew-before",
    "kubernetes.io/tls-acme",
];

/// The annotations of the workspace's namespace that the site's admission policies read. One that is missing
/// allows nothing.
pub(super) fn annotations(placed: &Placed<'_>) -> BTreeMap<String, String> {
    let (rules, site) = (placed.policy, &placed.site.spec);
    let registries = location::registries(&rules.registries, &site.registries);
    let pairs: Vec<String> = site.nodes.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let hosts = hosts::hosts(&placed.workspace.spec, placed.every_app());
    let classes: Vec<&str> = site.priority_classes.iter().map(|class| &**class).collect();
    let accounts: Vec<String> = placed.every_app().filter_map(service_account::of).collect();
    let hosts: Vec<String> = hosts.into_iter().collect();
    [
        (labels::API_ACCOUNTS, accounts.join(",")),
        // Until it leaves: see `namespace::doomed`.
        (labels::DELETION_ORDERED, String::new()),
        (labels::GATEWAY_HOSTS, gateway_hosts(placed).join(",")),
        (labels::HOSTS, hosts.join(",")),
        (labels::IMAGES_BY_DIGEST, rules.images.by_digest.to_string()),
        (labels::INGRESS_ANNOTATIONS, ingress_annotations(site).join(",")),
        (labels::INGRESS_CLASS, ingress_class(placed).unwrap_or_default().to_owned()),
        (labels::NODE_LABELS, pairs.join(",")),
        (labels::OPERATORS, operators(site).join(",")),
        (labels::PRIORITY_CLASSES, classes.join(",")),
        (labels::REGISTRIES, registries.join(",")),
        (labels::STORAGE_CLASSES, storage_classes(placed).join(",")),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

/// Annotations that apps may put on ingresses and services, beside those that the guard knows.
fn ingress_annotations(site: &SiteSpec) -> Vec<&str> {
    let certified = site.operators.iter().any(|operator| operator.kind == OperatorKind::CertManager);
    let certificates: &[&str] = if certified { &CERTIFICATES } else { &[] };
    site.ingress_annotations.iter().map(String::as_str).chain(certificates.iter().copied()).collect()
}

/// Who works in workspaces, each as the guards know it.
fn operators(site: &SiteSpec) -> Vec<String> {
    let named = |operator: &ServiceOperator| {
        let (kind, namespace) = (operator.kind.as_str(), &operator.namespace);
        let account = operator.service_account.as_ref()?;
        Some(format!("{kind}=system:serviceaccount:{namespace}:{account}"))
    };
    site.operators.iter().filter_map(named).collect()
}

/// Gateways of the site that lie in an allowed country (LOC-04); the first one is the site's preferred.
pub(crate) fn gateway_hosts<'a>(placed: &Placed<'a>) -> Vec<&'a str> {
    let gateways = placed.site.spec.gateway_hosts.iter();
    let near = gateways.filter(|gateway| place::allows(&placed.policy.place, &gateway.country));
    near.map(|gateway| &*gateway.host).collect()
}

/// Storage classes that keep their data in an allowed place (LOC-01), encrypted where the policy says so
/// (CRY-01); the first one is the site's preferred.
pub(super) fn storage_classes<'a>(placed: &Placed<'a>) -> Vec<&'a str> {
    let rules = placed.policy;
    let classes = placed.site.spec.storage_classes.iter().filter(|class| {
        place::refusal(&rules.place, &class.country, &class.subdivision).is_none()
            && (class.encrypted || !rules.encryption.at_rest)
    });
    classes.map(|class| class.name.as_str()).collect()
}

/// The site's ingress class, if its addresses are announced in an allowed country (LOC-04).
pub(super) fn ingress_class<'a>(placed: &Placed<'a>) -> Option<&'a str> {
    let offer = placed.site.spec.ingress.as_ref()?;
    place::allows(&placed.policy.place, &offer.country).then_some(offer.class_name.as_str())
}

#[cfg(test)]
mod tests {

    use beffroi_crds::{
        Site, SovereigntyPolicySpec, Tenant, Workspace,
        site::{GatewayHost, IngressOffer, StorageClass},
    };

    use super::*;
    use crate::facts::Resources;

    #[test]
    fn only_what_the_policy_lets_pass_is_offered() {
        let mut site = Site::default();
        let class = |name: &str, place: &str, encrypted| StorageClass {
            name: name.into(),
            country: place[..2].into(),
            subdivision: place.into(),
            encrypted,
            ..StorageClass::default()
        };
        site.spec.storage_classes = vec![
            class("francfort", "DE-HE", true),
            class("clair", "FR-IDF", false),
            class("chiffre", "FR-IDF", true),
        ];
        site.spec.ingress = Some(IngressOffer {
            class_name: "public".into(),
            country: "DE".into(),
            ..IngressOffer::default()
        });
        let gateway = |host: &str, country: &str| GatewayHost { host: host.into(), country: country.into() };
        site.spec.gateway_hosts =
            vec![gateway("objekte.site.example", "DE"), gateway("objets.site.example", "FR")];
        site.spec.ingress_annotations = vec!["exemple.fr/x".into()];
        let operator = |kind, account: Option<&str>| ServiceOperator {
            kind,
            namespace: "certificats".into(),
            service_account: account.map(str::to_owned),
            ..ServiceOperator::default()
        };
        site.spec.operators = vec![
            operator(OperatorKind::Prometheus, None),
            operator(OperatorKind::CertManager, Some("cert-manager")),
        ];
        site.spec.nodes.labels = [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())].into();
        site.spec.priority_classes = vec!["courante".into(), "pressee".into()];
        let mut policy = SovereigntyPolicySpec::default();
        policy.place.countries = vec!["FR".into()];
        let mut wider = policy.clone();
        wider.place.countries.push("DE".into());
        wider.encryption.at_rest = true;
        let (tenant, workspace) = (Tenant::default(), Workspace::default());
        let placed = |policy| Placed {
            tenant: &tenant,
            workspace: &workspace,
            site: &site,
            policy,
            apps: &[],
            gone: &[],
            needs: Resources::default(),
        };
        assert_eq!(storage_classes(&placed(&policy)), ["clair", "chiffre"]);
        assert_eq!(ingress_class(&placed(&policy)), None);
        let told = annotations(&placed(&policy));
        assert_eq!(told["beffroi.fr/node-labels"], "a=1,b=2");
        assert_eq!(told["beffroi.fr/gateway-hosts"], "objets.site.example");
        assert_eq!(
            told["beffroi.fr/operators"],
            "CertManager=system:serviceaccount:certificats:cert-manager"
        );
        let more = &told["beffroi.fr/ingress-annotations"];
        assert!(
            more.starts_with("exemple.fr/x,") && more.contains(",cert-manager.io/cluster-issuer,"),
            "{more}"
        );
        assert!(!more.contains("alt-names") && !more.contains("common-name"), "{more}");
        assert_eq!(told["beffroi.fr/priority-classes"], "courante,pressee");
        assert_eq!(storage_classes(&placed(&wider)), ["francfort", "chiffre"]);
        assert_eq!(ingress_class(&placed(&wider)), Some("public"));
    }
}
