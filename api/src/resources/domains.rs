//! Domains that a tenant holds, and since when.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    auth::Action,
    door,
    operation::{Routes, operation},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        which::OfTenant,
    },
    state::State,
};

/// A domain of a tenant.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "DomainOfTenant")]
pub struct DomainView {
    /// The domain.
    pub domain: String,
    /// Since when it is held.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(list).leads_to("readTenant", &[("tenant", "$request.path.tenant")]))
}

/// Domains of a tenant.
#[utoipa::path(
    get, path = "/v1/tenants/{tenant}/domains", operation_id = "listDomains", tag = "Tenants",
    responses((status = 200, description = "A page of them, by name."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path(OfTenant { name }): Path<OfTenant>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<DomainView>>, Problem> {
    let tenant = door::tenant(&state.caches, &who, Action::Read, &name)?;
    let held = tenant.status.iter().flat_map(|status| &status.domains);
    let held = held.map(|held| DomainView { domain: held.domain.clone(), since: held.since.0 });
    Ok(Json(wanted.of(held.collect(), |held| held.domain.clone())?))
}
