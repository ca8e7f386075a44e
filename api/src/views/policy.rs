//! A policy: the rules that a tenant's workspaces are held to.

use beffroi_crds::{SovereigntyPolicy, SovereigntyPolicySpec};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

use super::condition::{Status, ready};

/// The rules that a tenant's workspaces are held to.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Policy")]
pub struct PolicyView {
    /// Name.
    pub name: String,
    /// Whether it is in order.
    pub ready: Status,
    /// The rules, whole: whoever is held to them may read all of them.
    pub spec: SovereigntyPolicySpec,
}

impl From<&SovereigntyPolicy> for PolicyView {
    fn from(policy: &SovereigntyPolicy) -> Self {
        let conditions =
            policy.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        Self { name: policy.name_any(), ready: ready(policy, conditions), spec: policy.spec.clone() }
    }
}
