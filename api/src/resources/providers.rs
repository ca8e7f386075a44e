//! Providers, as everyone may know them: who owns them, what certifies them, until when; and who owns them as a policy
//! counts it.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::policy::ownership::{self, graph::Graph};
use beffroi_crds::{
    Provider, ProviderSpec,
    provider::{Certification, Dependency, OwnershipStatement, Pact, Seat, Shareholder, Subprocessor},
};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
};

/// Who owns a provider, as the rules of a policy count it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Ownership")]
#[serde(rename_all = "camelCase")]
pub struct OwnershipView {
    /// The provider.
    pub provider: String,
    /// The policy that it is judged by.
    pub policy: String,
    /// Hands, what each holds of whom, what refuses, what is not known.
    pub graph: Graph,
}

/// A legal entity that one depends on: hoster, publisher, subprocessor.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Provider")]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// Name.
    pub name: String,
    /// Legal name.
    pub legal_name: String,
    /// SIREN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siren: Option<String>,
    /// LEI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lei: Option<String>,
    /// Whether `siren` is that of a branch of a firm from abroad.
    pub branch: bool,
    /// Where it has its seat.
    pub seat: Seat,
    /// Who holds its capital and votes.
    pub shareholders: Vec<Shareholder>,
    /// By which agreements they act in concert.
    pub pacts: Vec<Pact>,
    /// Whether its shares are traded on a regulated market.
    pub listed: bool,
    /// What backs seat and shareholders: without a document they are only declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership_statement: Option<OwnershipStatement>,
    /// Providers that it entrusts work or data to.
    pub subprocessors: Vec<Subprocessor>,
    /// Technologies from outside the allowed countries that its service cannot run without.
    pub dependencies: Vec<Dependency>,
    /// What certifies it, until when.
    pub certifications: Vec<Certification>,
    /// Whether its facts are invented for a sample.
    pub fictional: bool,
}

impl From<&Provider> for ProviderView {
    fn from(provider: &Provider) -> Self {
        // Taken apart without `..`: a new field is decided upon here.
        let ProviderSpec {
            legal_name,
            siren,
            lei,
            branch,
            seat,
            shareholders,
            pacts,
            listed,
            ownership_statement,
            subprocessors,
            dependencies,
            certifications,
            fictional,
        } = provider.spec.clone();
        Self {
            name: provider.name_any(),
            legal_name,
            siren: siren.map(|siren| siren.0),
            lei: lei.map(|lei| lei.0),
            branch,
            seat,
            shareholders,
            pacts,
            listed,
            ownership_statement,
            subprocessors,
            dependencies,
            certifications,
            fictional,
        }
    }
}

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
