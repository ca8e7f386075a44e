//! What would happen with an order: the operator's own plan, told and not carried out.

use beffroi_core::plan::{Plan, Refusal};
use beffroi_crds::workspace::HeldRelease;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    explanation::Refused,
    map::{Feature, Map},
    rule::JudgementView,
};
use crate::{caches::Caches, language::Language};

/// What would happen with an order.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Preview {
    /// Whether the order would stand.
    pub accepted: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<OrderRefused>,
    /// Release that each app would be held at.
    pub releases: Vec<HeldRelease>,
    /// Sites where it would lie.
    pub sites: Vec<PlannedSite>,
    /// Every other site that may not have it, with every rule that refuses.
    pub refused: Vec<Refused>,
    /// What rules warn of without refusing.
    pub warnings: Vec<JudgementView>,
    /// Why no set of sites meets what is asked, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<String>,
    /// Sites that may have it, and are not needed.
    pub spare: Vec<String>,
    /// Where it would lie, as `GeoJSON`.
    pub map: Map,
}

/// Why an order would not stand.
#[derive(Debug, JsonSchema, Serialize)]
pub struct OrderRefused {
    /// Stable word.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Rules that refuse the tenant or an app.
    pub rules: Vec<RefusedBy>,
}

/// A rule that refuses the tenant or an app.
#[derive(Debug, JsonSchema, Serialize)]
pub struct RefusedBy {
    /// Whom or what it refuses.
    pub what: String,
    /// The rule.
    #[serde(flatten)]
    pub judgement: JudgementView,
}

/// A site where a workspace would lie.
#[derive(Debug, JsonSchema, Serialize)]
pub struct PlannedSite {
    /// Name.
    pub name: String,
    /// City.
    pub city: String,
    /// ISO 3166-1 country.
    pub country: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Whether it does not lie there yet.
    pub new: bool,
    /// How many objects are wanted there.
    pub objects: usize,
}

impl Preview {
    /// What `plan` would do; `current` are the sites where it lies now.
    pub fn of(plan: &Plan<'_>, current: &[String], caches: &Caches, language: Language) -> Self {
        let accepted = match &plan.accepted {
            Ok(accepted) => accepted,
            Err(refusal) => return Self::refused(refusal, language),
        };
        let placement = &accepted.placement;
        let chosen = || placement.chosen.iter().filter_map(|name| caches.sites.get(name));
        let planned = |site: std::sync::Arc<beffroi_crds::Site>| {
            let name = kube::ResourceExt::name_any(&*site);
            PlannedSite {
                city: site.spec.city.clone(),
                country: site.spec.country.to_string(),
                latitude: site.spec.coordinates.latitude,
                longitude: site.spec.coordinates.longitude,
                new: !current.contains(&name),
                objects: plan.sites.get(&name).map_or(0, |plan| plan.wanted.len()),
                name,
            }
        };
        let warnings: Vec<_> = accepted.warnings.iter().chain(&placement.warnings).cloned().collect();
        Self {
            accepted: true,
            refusal: None,
            releases: accepted.held(),
            sites: chosen().map(planned).collect(),
            refused: placement.refused.iter().map(|refused| Refused::of(refused, caches, language)).collect(),
            warnings: JudgementView::all(&warnings, language),
            shortfall: placement.shortfall.as_ref().map(|shortfall| language.say(&shortfall.to_string())),
            spare: placement.spare.clone(),
            map: Map::of(chosen().map(|site| Feature::of(&site, false, false))),
        }
    }

    fn refused(refusal: &Refusal, language: Language) -> Self {
        let rules = match refusal {
            Refusal::Rules(rules) => rules.as_slice(),
            _ => &[],
        };
        let by = |(what, judgement): &(String, beffroi_crds::workspace::Judgement)| RefusedBy {
            what: language.say(what),
            judgement: JudgementView::of(judgement, language),
        };
        Self {
            accepted: false,
            refusal: Some(OrderRefused {
                reason: refusal.reason().to_owned(),
                message: language.say(&refusal.to_string()),
                rules: rules.iter().map(by).collect(),
            }),
            releases: Vec::new(),
            sites: Vec::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
            shortfall: None,
            spare: Vec::new(),
            map: Map::of([]),
        }
    }
}
