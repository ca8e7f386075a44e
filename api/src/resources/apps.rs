//! The catalogue, as one tenant may use it.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Action,
    door,
    language::Accepted,
    operation::{Routes, operation},
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
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
}

/// Which app.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Named {
    /// Its name.
    #[param(max_length = 63, example = "meet")]
    name: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readApp", &[("name", "$response.body#/items/0/name")]))
        .with(operation!(read))
}

/// The catalogue as a tenant may use it: publisher, licence, versions, end of support, and what refuses an app.
#[utoipa::path(
    get, path = "/v1/apps", operation_id = "listApps", tag = "Catalogue",
    responses((status = 200, description = "A page of apps, by name."))
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
    responses((status = 200, description = "The app, as the tenant may use it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(Named { name }): Path<Named>,
    Parameters(asked): Parameters<Asked>,
) -> Result<(Accepted, Json<AppView>), Problem> {
    let tenant = door::one_tenant(&state.caches, &who, Action::Read, asked.tenant.as_deref())?;
    let app = state.caches.apps.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    let world = state.register.of(&state.caches);
    Ok((Accepted(language), Json(AppView::of(&app, &world, &tenant, language))))
}
