//! Where pods of a site find names, its API server, and its gateways.

use std::collections::BTreeMap;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::{
    rule::{self, rules},
    text::{Country, Domain},
};

rules! {
    "site.dns-place" DNS_PLACE: "has(self.namespace) != has(self.cidr)",
        "give namespace or cidr, one of them",
        "donnez namespace ou cidr, l'un des deux";
    "site.dns-labels" DNS_LABELS: "!has(self.labels) || has(self.namespace)",
        "labels are those of pods in namespace: give it too",
        "labels désigne des pods de namespace : donnez-le aussi";
}

/// A host that a Service of type `ExternalName` may stand for.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayHost {
    /// The host, as `spec.externalName` names it.
    pub host: Domain,
    /// Country where it lies: where the policy does not allow it, workspaces do not get it.
    pub country: Country,
}

/// Pods, or addresses, that answer for names.
#[derive(KubeSchema, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = DNS_PLACE, validation = DNS_LABELS)]
pub struct DnsServer {
    /// Namespace of its pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
    /// Labels of its pods; none: all of the namespace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(length(max = 8))]
    pub labels: BTreeMap<String, String>,
    /// Addresses, for what runs in its node's network: `169.254.20.10/32` for `NodeLocal` `DNSCache`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = rule::CIDR)]
    pub cidr: Option<String>,
    /// Port of the pods themselves, not of the Service before them.
    #[serde(default = "domain")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}

impl Default for DnsServer {
    fn default() -> Self {
        Self { namespace: None, labels: BTreeMap::new(), cidr: None, port: domain() }
    }
}

fn domain() -> u16 {
    53
}

/// An API server, as pods reach it.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiServer {
    /// Its address.
    #[schemars(length(max = 64))]
    #[x_kube(validation = rule::CIDR)]
    pub cidr: String,
    /// Its port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}
