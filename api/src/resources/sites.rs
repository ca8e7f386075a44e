//! Sites, as everyone may know them: where they lie, who runs them.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_crds::{
    Site, SiteSpec,
    conditions::{GUARDED, REACHABLE, VERIFIED},
    site::Operations,
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    operation::{Routes, Versioned, operation},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        version::{Known, Tag},
    },
    state::State,
    views::condition::{Status, ready, status},
};

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

/// Which site.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Named {
    /// Its name.
    #[param(max_length = 63, example = "par1")]
    name: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readSite", &[("name", "$response.body#/items/0/name")]))
        .with(operation!(read))
}

/// Sites: where they lie, who runs them.
#[utoipa::path(
    get, path = "/v1/sites", operation_id = "listSites", tag = "Catalogue",
    responses((status = 200, description = "A page of them, by name."))
)]
async fn list(
    Extract(state): Extract<State>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<SiteView>>, Problem> {
    let page = wanted.of(state.caches.sites.all(), |object| object.name_any())?;
    Ok(Json(page.map(|object| SiteView::from(&*object))))
}

/// One site.
#[utoipa::path(
    get, path = "/v1/sites/{name}", operation_id = "readSite", tag = "Catalogue",
    responses((status = 200, description = "The site."))
)]
async fn read(
    Extract(state): Extract<State>,
    known: Known,
    Path(Named { name }): Path<Named>,
) -> Result<Versioned<SiteView>, Problem> {
    let object = state.caches.sites.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    Ok(known.answer(&Tag::of(&*object), || SiteView::from(&*object)))
}
