//! A site that may not have a workspace, with every rule that refuses it.

use beffroi_crds::workspace::RefusedSite;
use schemars::JsonSchema;
use serde::Serialize;

use super::judgement::JudgementView;
use crate::{caches::Caches, language::Language};

/// A site that may not have a workspace.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "SiteRefused")]
pub struct RefusedView {
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

impl RefusedView {
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
