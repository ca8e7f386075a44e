//! Operators of a site that work in workspaces.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{rule::rules, text::Name};

rules! {
    "site.operator-account" OPERATOR_ACCOUNT: "self.kind == 'Prometheus' || has(self.serviceAccount)",
        "serviceAccount is needed: the guards let one identity work, and no namespace",
        "serviceAccount est nécessaire : les gardes laissent travailler une identité, et non un espace de noms";
}

/// An operator of the site, and the identity that it works under. What it may do in workspaces follows from its kind,
/// and is on page SITE-OPERATORS; all else is refused to it as to anyone.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = OPERATOR_ACCOUNT)]
pub struct ServiceOperator {
    /// Name, for people.
    pub name: Name,
    /// What it does.
    pub kind: OperatorKind,
    /// Namespace that it runs in.
    #[schemars(length(max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub namespace: String,
    /// Its `ServiceAccount` there. For `Prometheus` it may be left out: it writes nothing in workspaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253), regex(pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"))]
    pub service_account: Option<String>,
}

/// What an operator does in workspaces.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum OperatorKind {
    /// Gives ingresses their certificates: apps may name its issuers, and it proves their hosts over HTTP-01.
    #[default]
    CertManager,
    /// Runs `PostgreSQL`: it gives its instances a role of their own, speaks with them, and they with the API server.
    #[serde(rename = "CloudNativePG")]
    CloudNativePg,
    /// Restores backups: it binds claims to the volumes that it restores.
    Velero,
    /// Reads metrics: its pods may open connections to those of workspaces.
    Prometheus,
}

impl OperatorKind {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CertManager => "CertManager",
            Self::CloudNativePg => "CloudNativePG",
            Self::Velero => "Velero",
            Self::Prometheus => "Prometheus",
        }
    }
}
