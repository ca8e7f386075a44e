//! Providers, as everyone may know them: who owns them, what certifies them, until when; and who owns them as a policy
//! counts it.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::policy::ownership;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Action,
    door,
    language::Accepted,
    operation::{Routes, Versioned, operation},
    problem::{Problem, length},
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Tag},
    },
    state::State,
    views::{ownership::OwnershipView, provider::ProviderView},
};

/// Which provider.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Named {
    /// Its name.
    #[param(max_length = 63, example = "outscale")]
    name: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readProvider", &[("name", "$response.body#/items/0/name")]))
        .with(operation!(read))
        .with(operation!(ownership))
}

/// Providers: who owns them, what certifies them.
#[utoipa::path(
    get, path = "/v1/providers", operation_id = "listProviders", tag = "Catalogue",
    responses((status = 200, description = "A page of them, by name."))
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
    get, path = "/v1/providers/{name}", operation_id = "readProvider", tag = "Catalogue",
    responses((status = 200, description = "The provider."))
)]
async fn read(
    Extract(state): Extract<State>,
    known: Known,
    Path(Named { name }): Path<Named>,
) -> Result<Versioned<ProviderView>, Problem> {
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
    responses((status = 200, description = "Who owns it."))
)]
async fn ownership(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(Named { name }): Path<Named>,
    Parameters(by): Parameters<By>,
) -> Result<(Accepted, Json<OwnershipView>), Problem> {
    door::anyone(&who, Action::Read)?;
    length::name("policy", Some(&by.policy))?;
    let policy = state.caches.policies.get(&by.policy).ok_or_else(|| Problem::not_found(&by.policy))?;
    let world = state.register.of(&state.caches);
    let graph = ownership::graph::graph(&world.providers, &name, &policy.spec.law, language);
    let graph = graph.ok_or_else(|| Problem::not_found(&name))?;
    Ok((Accepted(language), Json(OwnershipView { provider: name, policy: by.policy, graph })))
}
