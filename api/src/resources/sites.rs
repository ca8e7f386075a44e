//! Sites, as everyone may know them: where they lie, who runs them.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::Response,
};
use kube::ResourceExt;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        version::{Known, Tag},
    },
    state::State,
    views::site::SiteView,
};

/// A page of them.
type Listed = Page<SiteView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Sites: where they lie, who runs them.
#[utoipa::path(
    get, path = "/v1/sites", operation_id = "listSites", tag = "Catalogue", params(Wanted), security(()),
    responses((status = 200, body = Listed, description = "A page of them, by name."))
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
    get, path = "/v1/sites/{name}", operation_id = "readSite", tag = "Catalogue", params(("name" = String, Path, description = "Its name.", max_length = 63)), security(()),
    responses((status = 200, body = SiteView, description = "The site."))
)]
async fn read(
    Extract(state): Extract<State>,
    known: Known,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let object = state.caches.sites.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    Ok(known.answer(&Tag::of(&*object), || SiteView::from(&*object)))
}
