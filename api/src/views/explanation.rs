//! Why a workspace lies where it does, and why not elsewhere.

use beffroi_crds::{
    conditions::{ACCEPTED, PLACED},
    workspace::{HeldRelease, RefusedSite},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    condition::{ConditionView, find},
    rule::JudgementView,
};
use crate::{caches::Caches, door::Found, language::Language};

/// Why a workspace lies where it does, and why not elsewhere.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Explanation {
    /// Id of the workspace.
    pub workspace: String,
    /// Whether the order stands; absent while nobody has looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<ConditionView>,
    /// Whether sites are chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed: Option<ConditionView>,
    /// Names of the sites where it lies.
    pub sites: Vec<String>,
    /// Every other site that may not have it, with every rule that refuses.
    pub refused: Vec<Refused>,
    /// What rules warn of without refusing.
    pub warnings: Vec<JudgementView>,
    /// Release that each app is held at.
    pub releases: Vec<HeldRelease>,
}

/// A site that may not have a workspace.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "SiteRefused")]
pub struct Refused {
    /// Name of the site.
    pub name: String,
    /// Its city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Its country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Each rule that refuses it.
    pub by: Vec<JudgementView>,
}

impl Refused {
    /// A site that was refused.
    pub fn of(refused: &RefusedSite, caches: &Caches, language: Language) -> Self {
        let site = caches.sites.get(&refused.name);
        Self {
            name: refused.name.clone(),
            city: site.as_ref().map(|site| site.spec.city.clone()),
            country: site.as_ref().map(|site| site.spec.country.to_string()),
            by: JudgementView::all(&refused.by, language),
        }
    }
}

impl Explanation {
    /// The explanation, as the workspace's status holds it.
    pub fn of(found: &Found, caches: &Caches, language: Language) -> Self {
        let status = found.workspace.status.clone().unwrap_or_default();
        let condition =
            |kind| find(&status.conditions, kind).map(|condition| ConditionView::of(condition, language));
        Self {
            workspace: found.id(),
            accepted: condition(ACCEPTED),
            placed: condition(PLACED),
            sites: status.sites.iter().map(|site| site.name.clone()).collect(),
            refused: status.refused.iter().map(|refused| Refused::of(refused, caches, language)).collect(),
            warnings: JudgementView::all(&status.warnings, language),
            releases: status.releases.clone(),
        }
    }
}
