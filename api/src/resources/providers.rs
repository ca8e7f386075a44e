//! Providers, as everyone may know them: who owns them, what certifies them, until when; and who owns them as a policy
//! counts it.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::Response,
};
use beffroi_core::policy::ownership;
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
        query::{self, Parameters},
        signed::Signed,
        version::{Known, Tag},
    },
    state::State,
    views::{ownership::OwnershipView, provider::ProviderView},
};

/// A page of them.
type Listed = Page<ProviderView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(ownership))
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

/// By which rules.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct By {
    /// Name of the policy that says which countries are allowed and which control is excluded.
    #[param(max_length = 63)]
    policy: String,
}

/// Who owns a provider, directly and through others, as the rules of a policy count it: with the path of each refusal,
/// its shares as fractions, and what is not known.
#[utoipa::path(
    get, path = "/v1/providers/{name}/ownership", operation_id = "readOwnership", tag = "Catalogue",
    params(("name" = String, Path, description = "Its name.", max_length = 63), By),
    responses((status = 200, body = OwnershipView, description = "Who owns it."))
)]
async fn ownership(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(name): Path<String>,
    Parameters(by): Parameters<By>,
) -> Result<(Accepted, Json<OwnershipView>), Problem> {
    door::anyone(&who, Action::Read)?;
    query::name("policy", Some(&by.policy))?;
    let policy = state.caches.policies.get(&by.policy).ok_or_else(|| Problem::not_found(&by.policy))?;
    let world = state.register.of(&state.caches);
    let graph = ownership::graph::graph(&world.providers, &name, &policy.spec.law, language);
    let graph = graph.ok_or_else(|| Problem::not_found(&name))?;
    Ok((Accepted(language), Json(OwnershipView { provider: name, policy: by.policy, graph })))
}
