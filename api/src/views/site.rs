//! A site: where it lies, who runs it, whether what is seen agrees with what is declared.

use beffroi_crds::{
    Site,
    conditions::{GUARDED, REACHABLE, READY, VERIFIED},
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

use super::condition::{Status, status};

/// One Kubernetes cluster in one place.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Site")]
#[serde(rename_all = "camelCase")]
pub struct SiteView {
    /// Name.
    pub name: String,
    /// The provider that hosts it.
    pub provider: String,
    /// Its service, as the provider's certificates name it.
    pub service: String,
    /// Providers that work on it for the hoster.
    pub subprocessors: Vec<String>,
    /// ISO 3166-1 country, as declared.
    pub country: String,
    /// ISO 3166-2 subdivision, as declared.
    pub subdivision: String,
    /// City, as declared.
    pub city: String,
    /// Degrees north (WGS 84).
    pub latitude: f64,
    /// Degrees east (WGS 84).
    pub longitude: f64,
    /// Whether it takes new workspaces.
    pub open: bool,
    /// Whether it answers.
    pub reachable: Status,
    /// Whether what is seen in it agrees with what is declared of it.
    pub verified: Status,
    /// Whether its guards refuse what must not come in.
    pub guarded: Status,
    /// The summary.
    pub ready: Status,
}

impl From<&Site> for SiteView {
    fn from(site: &Site) -> Self {
        let spec = &site.spec;
        let conditions = site.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        Self {
            name: site.name_any(),
            provider: spec.provider.to_string(),
            service: spec.service.clone(),
            subprocessors: spec.subprocessors.iter().map(ToString::to_string).collect(),
            country: spec.country.to_string(),
            subdivision: spec.subdivision.to_string(),
            city: spec.city.clone(),
            latitude: spec.coordinates.latitude,
            longitude: spec.coordinates.longitude,
            open: !spec.unschedulable && site.metadata.deletion_timestamp.is_none(),
            reachable: status(conditions, REACHABLE),
            verified: status(conditions, VERIFIED),
            guarded: status(conditions, GUARDED),
            ready: status(conditions, READY),
        }
    }
}
