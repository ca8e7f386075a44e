//! What would happen with an order: the operator's own plan, told and not carried out.

use beffroi_core::{
    message::{In, order::Subject},
    plan::{Order, Plan, Refusal, backup::asked},
};
use beffroi_crds::{
    message::Args,
    workspace::{HeldRelease, Judgement, PlacedSite, RefusedSite},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    explanation::Refused,
    map::{Feature, Map},
    pending::PendingView,
    rule::JudgementView,
    site::city,
};
use crate::{caches::Caches, language::Language};

/// What would happen with an order.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Whether the order would stand.
    pub accepted: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<OrderRefused>,
    /// Release that each app would be held at.
    pub releases: Vec<HeldRelease>,
    /// Releases of the channels that its apps follow which would not come yet.
    pub pending: Vec<PendingView>,
    /// Sites where it would lie.
    pub sites: Vec<PlannedSite>,
    /// Of these, where it lies already and could not come now, with every rule that refuses: it stays all the same.
    pub at_risk: Vec<Refused>,
    /// Sites where it lies now, and whose data would be erased once the others are ready.
    pub leaving: Vec<LeftSite>,
    /// Every other site that may not have it, with every rule that refuses.
    pub refused: Vec<Refused>,
    /// What rules warn of without refusing.
    pub warnings: Vec<JudgementView>,
    /// What the order or the policy asks for, and nobody makes because it is ordered.
    pub not_provided: Vec<String>,
    /// Why no set of sites meets what is asked, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<String>,
    /// Sites that may have it, and are not needed.
    pub spare: Vec<String>,
    /// Days that its data is kept once one person has ordered its deletion; fewer wait for another person.
    pub min_grace_days: u32,
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
    /// Stable code of the message; absent where nothing needs to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the message.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
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
    /// City; what is known of the place is absent where the site is not registered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1 country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Degrees north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// Whether it does not lie there yet.
    pub new: bool,
    /// How many objects are wanted there.
    pub objects: usize,
}

/// A site that a workspace would leave.
#[derive(Debug, JsonSchema, Serialize)]
pub struct LeftSite {
    /// Name.
    pub name: String,
    /// City; absent where nobody knows it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}

impl Preview {
    /// What `plan` would do with `order`; `current` are the sites where it lies now, `min_grace_days` those that one
    /// person's order to delete would leave it.
    pub fn of(
        plan: &Plan<'_>,
        order: &Order<'_>,
        (current, min_grace_days): (&[PlacedSite], u32),
        caches: &Caches,
        language: Language,
    ) -> Self {
        let accepted = match &plan.accepted {
            Ok(accepted) => accepted,
            Err(refusal) => return Self::refused(refusal, min_grace_days, language),
        };
        let placement = &accepted.placement;
        let before = |name: &str| current.iter().find(|placed| placed.name == name);
        let planned = |name: &String| {
            let site = caches.sites.get(name);
            let coordinates = site.as_ref().map(|site| site.spec.coordinates);
            PlannedSite {
                name: name.clone(),
                city: city(site.as_deref(), before(name)),
                country: site.as_ref().map(|site| site.spec.country.to_string()),
                latitude: coordinates.map(|at| at.latitude),
                longitude: coordinates.map(|at| at.longitude),
                new: before(name).is_none(),
                objects: plan.sites.get(name).map_or(0, |plan| plan.wanted.len()),
            }
        };
        let left = |name: &String| LeftSite {
            name: name.clone(),
            city: city(caches.sites.get(name).as_deref(), before(name)),
        };
        let refused = |sites: &[RefusedSite]| -> Vec<Refused> {
            sites.iter().map(|refused| Refused::of(refused, caches, language)).collect()
        };
        let known = placement.chosen.iter().filter_map(|name| caches.sites.get(name));
        let warnings: Vec<_> = accepted.warnings.iter().chain(&placement.warnings).cloned().collect();
        Self {
            accepted: true,
            refusal: None,
            releases: accepted.held(),
            pending: PendingView::all(&accepted.pending, language),
            sites: placement.chosen.iter().map(planned).collect(),
            at_risk: refused(&placement.at_risk),
            leaving: placement.leaving.iter().map(left).collect(),
            refused: refused(&placement.refused),
            warnings: JudgementView::all(&warnings, language),
            not_provided: asked(order).told().iter().map(|said| said.in_language(language)).collect(),
            shortfall: placement.shortfall.as_ref().map(|shortfall| In(language, shortfall).to_string()),
            spare: placement.spare.clone(),
            min_grace_days,
            map: Map::of(known.map(|site| Feature::of(&site, false, false))),
        }
    }

    fn refused(refusal: &Refusal, min_grace_days: u32, language: Language) -> Self {
        let rules = match refusal {
            Refusal::Rules(rules) => rules.as_slice(),
            _ => &[],
        };
        let by = |(what, judgement): &(Subject, Judgement)| RefusedBy {
            what: In(language, what).to_string(),
            judgement: JudgementView::of(judgement, language),
        };
        let message = refusal.message();
        let said = message.said();
        Self {
            accepted: false,
            refusal: Some(OrderRefused {
                reason: refusal.reason().to_owned(),
                message: message.in_language(language),
                code: said.code,
                args: said.args,
                rules: rules.iter().map(by).collect(),
            }),
            releases: Vec::new(),
            pending: Vec::new(),
            sites: Vec::new(),
            at_risk: Vec::new(),
            leaving: Vec::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
            not_provided: Vec::new(),
            shortfall: None,
            spare: Vec::new(),
            min_grace_days,
            map: Map::of([]),
        }
    }
}
