//! The catalogue, as one tenant may use it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_crds::Tenant;
use kube::ResourceExt;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Action, Principal},
    door,
    language::{Language, Text},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::{self, Parameters},
        signed::Signed,
    },
    state::State,
    views::app::AppView,
};

/// For whom the catalogue is told.
#[derive(Debug, Deserialize, IntoParams)]
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
    language: Language,
    Parameters(asked): Parameters<Asked>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Language, Json<Page<AppView>>), Problem> {
    let tenant = tenant(&state, &who, &asked)?;
    let world = state.register.of(&state.caches);
    let page = wanted.of(state.caches.apps.all(), |app| app.name_any())?;
    Ok((language, Json(page.map(|app| AppView::of(&app, &world, &tenant, language)))))
}

/// One app, as a tenant may use it.
#[utoipa::path(
    get, path = "/v1/apps/{name}", operation_id = "readApp", tag = "Catalogue",
    params(("name" = String, Path, description = "Its name.", max_length = 63), Asked),
    responses((status = 200, body = AppView, description = "It."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    language: Language,
    Path(name): Path<String>,
    Parameters(asked): Parameters<Asked>,
) -> Result<(Language, Json<AppView>), Problem> {
    let tenant = tenant(&state, &who, &asked)?;
    let app = state.caches.apps.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    let world = state.register.of(&state.caches);
    Ok((language, Json(AppView::of(&app, &world, &tenant, language))))
}

fn tenant(state: &State, who: &Principal, asked: &Asked) -> Result<Arc<Tenant>, Problem> {
    door::anyone(who, Action::Read)?;
    match query::name("tenant", asked.tenant.as_deref())? {
        Some(name) => door::tenant(&state.caches, who, Action::Read, name),
        None => match door::tenants(&state.caches, who, Action::Read).as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(Problem::field(
                "tenant",
                None,
                Text::new(
                    "obligatoire pour qui voit plusieurs organismes",
                    "required of those who see several tenants",
                ),
                Text::new(
                    "GET /v1/tenants donne ceux que vous voyez.",
                    "GET /v1/tenants tells those that you see",
                ),
            )),
        },
    }
}
