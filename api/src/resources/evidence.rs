//! Proofs of where the data of a workspace lay: a list, and each as a bundle that verifies offline.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::Response,
};
use beffroi_core::evidence::statement::Predicate;
use beffroi_log::{Filter, Kind as Entries};
use kube::ResourceExt;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Action,
    bundles, door,
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        since::Since,
    },
    state::State,
    views::{bundle::BundleView, evidence::EvidenceView},
};

/// A page of them.
type Listed = Page<EvidenceView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Proofs of where the data of a workspace lay, newest first.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/evidence", operation_id = "listEvidence", tag = "Evidence",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128), Wanted),
    responses((status = 200, body = Listed, description = "A page of them."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<EvidenceView>>, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Evidence, &id)?;
    let filter =
        Filter { workspace: found.workspace.uid(), kind: Some(Entries::DataLocation), ..Filter::default() };
    bundles::page(&state, &who, filter, &wanted, EvidenceView::of).await.map(Json)
}

/// One proof as a bundle: signed statement, observation, place in the log, and the log's signed state.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/evidence/{index}", operation_id = "readEvidence", tag = "Evidence",
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("index" = String, Path, description = "Its place in the log, or `latest`.", pattern = "^(latest|[0-9]{1,15})$"),
        Since,
    ),
    responses((status = 200, body = BundleView, content_type = "application/vnd.beffroi.bundle.v1+json", description = "The bundle, as `beffroi verify` reads it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path((id, index)): Path<(String, String)>,
    Parameters(since): Parameters<Since>,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Evidence, &id)?;
    let uid = found.workspace.uid().unwrap_or_default();
    let index = match index.as_str() {
        "latest" => bundles::turn(&state, &who).await?.latest(&uid).await?,
        number => number.parse().ok(),
    };
    let index = index.ok_or_else(|| Problem::not_found("evidence"))?;
    let name = format!("{id}-{index}");
    bundles::answer(
        &state,
        &who,
        index,
        &name,
        &since,
        |predicate| matches!(predicate, Predicate::DataLocation(claim) if claim.workspace.uid == uid),
    )
    .await
}
