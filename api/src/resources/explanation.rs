//! Why a workspace lies where it does, and why not elsewhere.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Action, door, language::Accepted, problem::Problem, request::signed::Signed, state::State,
    views::explanation::Explanation,
};

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Why a workspace lies where it does: every other site with every rule that refused it, each with its legal source.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/explanation", operation_id = "readExplanation", tag = "Workspaces",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128)),
    responses((status = 200, body = Explanation, description = "Why it lies where it does."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(id): Path<String>,
) -> Result<(Accepted, Json<Explanation>), Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    Ok((Accepted(language), Json(Explanation::of(&found, &state.caches, language))))
}
