//! The catalogue, as one tenant may use it.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Action,
    door,
    language::Accepted,
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
    },
    state::State,
    views::app::AppView,
};

/// For whom the catalogue is told.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// For this tenant; needed by those who may see several.
    #[param(max_length = 63)]
    tenant: Option<String>,
}

/// A page of them.
type Listed = Page<AppView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// The catalogue as a tenant may use it: publisher, licence, versions, end of support, and what refuses an app.
#[utoipa::path(
    get, path = "/v1/apps", operation_id = "listApps", tag = "Catalogue", params(Asked, Wanted),
    responses((status = 200, body = Listed, description = "A page of apps, by name."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Parameters(asked): Parameters<Asked>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Accepted, Json<Page<AppView>>), Problem> {
    let tenant = door::one_tenant(&state.caches, &who, Action::Read, asked.tenant.as_deref())?;
    let world = state.register.of(&state.caches);
    let page = wanted.of(state.caches.apps.all(), |app| app.name_any())?;
    Ok((Accepted(language), Json(page.map(|app| AppView::of(&app, &world, &tenant, language)))))
}

/// One app, as a tenant may use it.
#[utoipa::path(
    get, path = "/v1/apps/{name}", operation_id = "readApp", tag = "Catalogue",
    params(("name" = String, Path, description = "Its name.", max_length = 63), Asked),
    responses((status = 200, body = AppView, description = "The app, as the tenant may use it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(name): Path<String>,
    Parameters(asked): Parameters<Asked>,
) -> Result<(Accepted, Json<AppView>), Problem> {
    let tenant = door::one_tenant(&state.caches, &who, Action::Read, asked.tenant.as_deref())?;
    let app = state.caches.apps.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    let world = state.register.of(&state.caches);
    Ok((Accepted(language), Json(AppView::of(&app, &world, &tenant, language))))
}
