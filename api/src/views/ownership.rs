//! Who owns a provider, in the reader's language.

use beffroi_core::policy::ownership::graph::Graph;
use schemars::JsonSchema;
use serde::Serialize;

use crate::language::Language;

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

impl OwnershipView {
    /// The graph of a provider, its sentences in a language.
    pub fn of(provider: String, policy: String, mut graph: Graph, language: Language) -> Self {
        graph.unsaid = graph.unsaid.iter().map(|stored| language.say(stored)).collect();
        Self { provider, policy, graph }
    }
}
