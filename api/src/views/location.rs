//! Where the data of a workspace lies: sites, verdict, findings, and a map.

use beffroi_crds::{Site, conditions::LOCATED, workspace::LocationFinding};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

use super::{
    condition::{Status, find},
    map::{Feature, Map},
};
use crate::{caches::Caches, door::Found, language::Language};

/// Where the data of a workspace lies.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Location {
    /// Id of the workspace.
    pub workspace: String,
    /// Whether all of it lies where the rules allow.
    pub verdict: LocationVerdict,
    /// Why, as a stable word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// Since when the verdict stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// Sites where it lies.
    pub sites: Vec<Place>,
    /// What contradicts the place that it should lie in.
    pub findings: Vec<LocationFinding>,
    /// The sites as `GeoJSON`.
    pub map: Map,
}

/// Whether data lies where the rules allow.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
#[schemars(rename = "LocationVerdict")]
pub enum LocationVerdict {
    /// All that was seen lies there.
    Located,
    /// Something lies elsewhere.
    NotLocated,
    /// Nobody can say now.
    Unknown,
}

/// A site where data lies.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "PlaceOfData")]
pub struct Place {
    /// Name of the site.
    pub name: String,
    /// City, as declared.
    pub city: String,
    /// ISO 3166-1 country.
    pub country: String,
    /// ISO 3166-2 subdivision.
    pub subdivision: String,
    /// Who hosts it.
    pub provider: String,
    /// Its service.
    pub service: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Since when the workspace lies there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// Whether all is ready there.
    pub ready: bool,
}

impl Location {
    /// Where a workspace lies. A site that is not registered any more has a name and no place: it is a finding.
    pub fn of(found: &Found, caches: &Caches, language: Language) -> Self {
        let status = found.workspace.status.clone().unwrap_or_default();
        let located = find(&status.conditions, LOCATED);
        let sites: Vec<(Arc<Site>, &beffroi_crds::workspace::PlacedSite)> = status
            .sites
            .iter()
            .filter_map(|placed| Some((caches.sites.get(&placed.name)?, placed)))
            .collect();
        let place = |(site, placed): &(Arc<Site>, &beffroi_crds::workspace::PlacedSite)| Place {
            name: placed.name.clone(),
            city: site.spec.city.clone(),
            country: site.spec.country.to_string(),
            subdivision: site.spec.subdivision.to_string(),
            provider: site.spec.provider.to_string(),
            service: site.spec.service.clone(),
            latitude: site.spec.coordinates.latitude,
            longitude: site.spec.coordinates.longitude,
            since: placed.since.as_ref().map(|since| since.0),
            ready: placed.ready,
        };
        let finding = |finding: &LocationFinding| LocationFinding {
            observed: language.say(&finding.observed),
            expected: language.say(&finding.expected),
            ..finding.clone()
        };
        let feature = |(site, placed): &(Arc<Site>, &beffroi_crds::workspace::PlacedSite)| {
            Feature::of(site, placed.ready, status.findings.iter().any(|finding| finding.site == placed.name))
        };
        Self {
            workspace: found.id(),
            verdict: match located.map(|c| Status::from(c.status.as_str())).unwrap_or_default() {
                Status::True => LocationVerdict::Located,
                Status::False => LocationVerdict::NotLocated,
                Status::Unknown => LocationVerdict::Unknown,
            },
            reason: located.map_or_else(|| "NotObserved".to_owned(), |c| c.reason.clone()),
            message: located.map(|c| language.say(&c.message)).unwrap_or_default(),
            since: located.map(|c| c.last_transition_time.0),
            map: Map::of(sites.iter().map(feature)),
            sites: sites.iter().map(place).collect(),
            findings: status.findings.iter().map(finding).collect(),
        }
    }
}
