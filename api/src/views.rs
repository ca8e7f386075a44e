//! What everyone may see of a resource: named field by field, so that a new field stays private until it is
//! added here.

use beffroi_core::policy::{self, Check};
use beffroi_crds::{
    Provider, Site,
    provider::{Certification, Seat, Shareholder},
    site::Coordinates,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;
use serde::Serialize;

/// A rule of sovereignty.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Rule {
    pub id: &'static str,
    pub severity: String,
    pub source: &'static str,
    pub fr: &'static str,
    pub en: &'static str,
    /// Whether Beffroi judges it today.
    pub evaluated: bool,
    /// What its evaluation waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits: Option<&'static str>,
}

/// Every rule, in the order of the law.
pub fn rules() -> Vec<Rule> {
    let view = |rule: &'static policy::Rule| {
        let awaits = match rule.check {
            Check::NotEvaluated(what) => Some(what),
            _ => None,
        };
        Rule {
            id: rule.id,
            severity: format!("{:?}", rule.severity),
            source: rule.source,
            fr: rule.fr,
            en: rule.en,
            evaluated: awaits.is_none(),
            awaits,
        }
    };
    policy::all().iter().map(view).collect()
}

/// A provider.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ProviderView {
    pub name: String,
    pub legal_name: String,
    pub siren: Option<String>,
    pub seat: Seat,
    pub shareholders: Vec<Shareholder>,
    pub certifications: Vec<Certification>,
    /// Whether its facts are invented for a sample.
    pub fictional: bool,
}

/// What everyone may see of a provider.
pub fn provider(provider: &Provider) -> ProviderView {
    let spec = &provider.spec;
    ProviderView {
        name: provider.name_any(),
        legal_name: spec.legal_name.clone(),
        siren: spec.siren.as_ref().map(ToString::to_string),
        seat: spec.seat.clone(),
        shareholders: spec.shareholders.clone(),
        certifications: spec.certifications.clone(),
        fictional: spec.fictional,
    }
}

/// A site.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SiteView {
    pub name: String,
    pub provider: String,
    pub service: String,
    pub country: String,
    pub subdivision: String,
    pub city: String,
    pub coordinates: Coordinates,
    /// What Beffroi found: whether it answers, whether what is seen agrees with what is declared.
    pub conditions: Vec<Condition>,
}

/// What everyone may see of a site.
pub fn site(site: &Site) -> SiteView {
    let spec = &site.spec;
    SiteView {
        name: site.name_any(),
        provider: spec.provider.to_string(),
        service: spec.service.clone(),
        country: spec.country.to_string(),
        subdivision: spec.subdivision.to_string(),
        city: spec.city.clone(),
        coordinates: spec.coordinates,
        conditions: site.status.as_ref().map(|s| s.conditions.clone()).unwrap_or_default(),
    }
}
