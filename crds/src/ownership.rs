//! How a verdict on ownership comes about, as data: who, through whom, by which ground, with shares as fractions that a
//! person can check. It is drawn by whoever shows it.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By what a holder counts.
#[derive(
    JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub enum Ground {
    /// A share of the capital.
    #[default]
    Capital,
    /// A share of the votes.
    Votes,
    /// More than 40 % of the votes, and nobody larger (code de commerce L233-3 II).
    Presumption,
    /// A right of veto.
    Veto,
    /// The power to appoint the majority of the governing bodies.
    Appointment,
    /// A pact by which several decide together (L233-3 III), or act in concert (L233-10).
    Concert,
    /// Its own seat, central administration or principal establishment.
    Seat,
}

/// How a share counts along a path.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Counts {
    /// It is multiplied by what comes next.
    #[default]
    Times,
    /// It counts whole for whoever decides over the holder, or is the holder.
    Whole,
}

/// One step of a path: a holder, and what it has in the entity before it.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStep {
    /// Name of the holder.
    pub holder: String,
    /// Country whose law counts for it: one from outside, where it has several.
    pub country: String,
    /// Name of the `Provider` that describes the holder, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Name of the entity that it holds or decides over.
    pub of: String,
    /// Share of the capital, of what is exercised, as a fraction in lowest terms: `3/8`.
    pub capital: String,
    /// Share of the votes, of what is exercised, as a fraction in lowest terms.
    pub votes: String,
    /// By what it decides over that entity, where it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 6))]
    pub decides: Vec<Ground>,
    /// How its share counts.
    pub counts: Counts,
}

/// The path of a verdict on ownership: from the entity that is judged outwards, to who breaks the rule.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnershipPath {
    /// Name of the entity that is judged.
    pub entity: String,
    /// Name of the `Provider` that describes it.
    pub provider: String,
    /// Who counts at the end: one holder, or several in concert.
    #[schemars(length(max = 16))]
    pub holders: Vec<String>,
    /// By what.
    pub ground: Ground,
    /// What they have together of the entity, over every path, as a fraction in lowest terms; none for a power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// How that is reckoned, one term for each path: `3/8 × 1/2 + 1/10`. A ring is solved, and told by its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub reckoned: Option<String>,
    /// From the entity outwards, each path in turn; the first 16 steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub steps: Vec<PathStep>,
}
