//! Sites, as everyone may know them: where they lie, who runs them.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use kube::ResourceExt;
use serde::Deserialize;
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
    views::site::SiteView,
};

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
