//! Policies: the rules that tenants are held to.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::Response,
};
use kube::ResourceExt;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Action,
    door,
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Tag},
    },
    state::State,
    views::policy::PolicyView,
};

/// A page of them.
type Listed = Page<PolicyView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Policies that tenants are held to.
#[utoipa::path(
    get, path = "/v1/policies", operation_id = "listPolicies", tag = "Catalogue", params(Wanted),
    responses((status = 200, body = Listed, description = "A page of them, by name."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<PolicyView>>, Problem> {
    door::anyone(&who, Action::Read)?;
    let page = wanted.of(state.caches.policies.all(), |object| object.name_any())?;
    Ok(Json(page.map(|object| PolicyView::from(&*object))))
}

/// One policy.
#[utoipa::path(
    get, path = "/v1/policies/{name}", operation_id = "readPolicy", tag = "Catalogue", params(("name" = String, Path, description = "Its name.", max_length = 63)),
    responses((status = 200, body = PolicyView, description = "The policy."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    door::anyone(&who, Action::Read)?;
    let object = state.caches.policies.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    Ok(known.answer(&Tag::of(&*object), || PolicyView::from(&*object)))
}
