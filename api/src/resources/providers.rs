//! Providers, as everyone may know them: who owns them, what certifies them, until when.

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
    views::provider::ProviderView,
};

/// A page of them.
type Listed = Page<ProviderView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Providers: who owns them, what certifies them.
#[utoipa::path(
    get, path = "/v1/providers", operation_id = "listProviders", tag = "Catalogue", params(Wanted), security(()),
    responses((status = 200, body = Listed, description = "A page of them, by name."))
)]
async fn list(
    Extract(state): Extract<State>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<ProviderView>>, Problem> {
    let page = wanted.of(state.caches.providers.all(), |object| object.name_any())?;
    Ok(Json(page.map(|object| ProviderView::from(&*object))))
}

/// One provider.
#[utoipa::path(
    get, path = "/v1/providers/{name}", operation_id = "readProvider", tag = "Catalogue", params(("name" = String, Path, description = "Its name.", max_length = 63)), security(()),
    responses((status = 200, body = ProviderView, description = "The provider."))
)]
async fn read(
    Extract(state): Extract<State>,
    known: Known,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let object = state.caches.providers.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    Ok(known.answer(&Tag::of(&*object), || ProviderView::from(&*object)))
}
