//! Places: the city of a site; sites on a map → `GeoJSON` (RFC 7946), longitude first.

use beffroi_crds::{Site, workspace::PlacedSite};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

/// A `FeatureCollection` of points.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "FeatureCollection")]
pub struct Map {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// One for each site.
    pub features: Vec<Feature>,
}

/// A site on the map.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Feature {
    /// `Feature`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Where.
    pub geometry: Point,
    /// What.
    pub properties: Marked,
}

/// A point.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Point {
    /// `Point`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Longitude, latitude (WGS 84).
    pub coordinates: [f64; 2],
}

/// What is said of a place.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(rename = "FeatureProperties")]
pub struct Marked {
    /// Name of the site.
    pub name: String,
    /// City.
    pub city: String,
    /// ISO 3166-1 country.
    pub country: String,
    /// ISO 3166-2 subdivision.
    pub subdivision: String,
    /// Who hosts it.
    pub provider: String,
    /// Whether all is ready there.
    pub ready: bool,
    /// Whether something seen there contradicts where the data should lie.
    pub contradicted: bool,
}

impl Map {
    /// The map of these features.
    pub fn of(features: impl IntoIterator<Item = Feature>) -> Self {
        Self { kind: "FeatureCollection", features: features.into_iter().collect() }
    }
}

impl Feature {
    /// A site on the map.
    pub fn of(site: &Site, ready: bool, contradicted: bool) -> Self {
        let spec = &site.spec;
        Self {
            kind: "Feature",
            geometry: Point {
                kind: "Point",
                coordinates: [spec.coordinates.longitude, spec.coordinates.latitude],
            },
            properties: Marked {
                name: site.name_any(),
                city: spec.city.clone(),
                country: spec.country.to_string(),
                subdivision: spec.subdivision.to_string(),
                provider: spec.provider.to_string(),
                ready,
                contradicted,
            },
        }
    }
}

/// City of a site, as declared; where it is not registered any more, the last that a workspace there knew.
pub fn city(site: Option<&Site>, placed: Option<&PlacedSite>) -> Option<String> {
    let recorded = || placed.map(|placed| placed.city.clone()).filter(|city| !city.is_empty());
    site.map(|site| site.spec.city.clone()).or_else(recorded)
}
