//! Who owns a provider, in the reader's language.

use beffroi_core::policy::ownership::graph::Graph;
use schemars::JsonSchema;
use serde::Serialize;

/// Who owns a provider, as the rules of a policy count it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Ownership")]
#[serde(rename_all = "camelCase")]
pub struct OwnershipView {
    /// The provider.
    pub provider: String,
    /// The policy that it is judged by.
    pub policy: String,
    /// Hands, what each holds of whom, what refuses, what is not known.
    pub graph: Graph,
}
