//! Why a workspace lies where it does, and why not elsewhere.

use axum::{
    Json,
    extract::{Path, State as Extract},
};

use crate::{
    auth::Action,
    door,
    language::Accepted,
    operation::{Routes, operation},
    problem::Problem,
    request::{signed::Signed, which::OfWorkspace},
    state::State,
    views::explanation::Explanation,
};

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read))
}

/// Why a workspace lies where it does: every other site with every rule that refused it, each with its legal source.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/explanation", operation_id = "readExplanation", tag = "Workspaces",
    responses((status = 200, description = "Why it lies where it does."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<(Accepted, Json<Explanation>), Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    Ok((Accepted(language), Json(Explanation::of(&found, &state.caches, language))))
}
