//! Policies: the rules that tenants are held to.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_crds::{SovereigntyPolicy, SovereigntyPolicySpec};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    auth::Action,
    door,
    operation::{Routes, Versioned, operation},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Tag},
    },
    state::State,
    views::condition::{Status, ready},
};

/// The rules that a tenant's workspaces are held to.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Policy")]
pub struct PolicyView {
    /// Name.
    pub name: String,
    /// Whether it is in order.
    pub ready: Status,
    /// The rules, whole: whoever is held to them may read all of them.
    pub spec: SovereigntyPolicySpec,
}

impl From<&SovereigntyPolicy> for PolicyView {
    fn from(policy: &SovereigntyPolicy) -> Self {
        let conditions =
            policy.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        Self { name: policy.name_any(), ready: ready(policy, conditions), spec: policy.spec.clone() }
    }
}

/// Which policy.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Named {
    /// Its name.
    #[param(max_length = 63, example = "sante")]
    name: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readPolicy", &[("name", "$response.body#/items/0/name")]))
        .with(operation!(read))
}

/// Policies that tenants are held to.
#[utoipa::path(
    get, path = "/v1/policies", operation_id = "listPolicies", tag = "Catalogue",
    responses((status = 200, description = "A page of them, by name."))
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
    get, path = "/v1/policies/{name}", operation_id = "readPolicy", tag = "Catalogue",
    responses((status = 200, description = "The policy."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Path(Named { name }): Path<Named>,
) -> Result<Versioned<PolicyView>, Problem> {
    door::anyone(&who, Action::Read)?;
    let object = state.caches.policies.get(&name).ok_or_else(|| Problem::not_found(&name))?;
    Ok(known.answer(&Tag::of(&*object), || PolicyView::from(&*object)))
}
