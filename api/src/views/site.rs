//! A site: where it lies, who runs it and on what agreement, whether what is seen agrees with what is declared.

use beffroi_crds::{
    Site, SiteSpec,
    conditions::{GUARDED, REACHABLE, VERIFIED},
    site::Operations,
    workspace::PlacedSite,
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Serialize;

use super::condition::{Status, ready, status};

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
    /// Who operates it, by day and at 3 a.m.; without a document it is only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<Operations>,
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

/// City of a site, as declared; where it is not registered any more, the last that a workspace there knew.
pub(super) fn city(site: Option<&Site>, placed: Option<&PlacedSite>) -> Option<String> {
    let recorded = || placed.map(|placed| placed.city.clone()).filter(|city| !city.is_empty());
    site.map(|site| site.spec.city.clone()).or_else(recorded)
}

impl From<&Site> for SiteView {
    fn from(site: &Site) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let SiteSpec {
            provider,
            service,
            subprocessors,
            country,
            subdivision,
            city,
            coordinates,
            unschedulable,
            operations,
            // The way in, and what a node must bear to pass for one of this place: the hoster's and the operator's alone.
            kubeconfig: _,
            nodes: _,
            // What the cluster is made of inside. Whether it lies where it may is told of each workspace, with what was
            // seen; a list of stores, registries and doors would serve whoever looks for a way in.
            storage_classes: _,
            priority_classes: _,
            registries: _,
            backup_stores: _,
            ingress: _,
            ingress_annotations: _,
            gateway_hosts: _,
            dns: _,
            api_servers: _,
            operators: _,
            // How much room there is is the hoster's business.
            max_workspaces: _,
        } = &site.spec;
        let conditions = site.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        Self {
            name: site.name_any(),
            provider: provider.to_string(),
            service: service.clone(),
            subprocessors: subprocessors.iter().map(ToString::to_string).collect(),
            operations: operations.clone(),
            country: country.to_string(),
            subdivision: subdivision.to_string(),
            city: city.clone(),
            latitude: coordinates.latitude,
            longitude: coordinates.longitude,
            open: !unschedulable && site.metadata.deletion_timestamp.is_none(),
            reachable: status(conditions, REACHABLE),
            verified: status(conditions, VERIFIED),
            guarded: status(conditions, GUARDED),
            ready: ready(site, conditions),
        }
    }
}
