//! Where the data of a workspace lies.

use axum::{
    extract::{Path, State as Extract},
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::Action,
    door,
    language::Accepted,
    problem::Problem,
    request::{signed::Signed, version::Known},
    state::State,
    views::location::Location,
};

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Where the data of a workspace lies: sites, verdict, findings since when, and a map.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/location", operation_id = "readLocation", tag = "Workspaces",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128)),
    responses((status = 200, body = Location, description = "Where its data lies."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Accepted(language): Accepted,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    let location = Location::of(&found, &state.caches, language);
    Ok((Accepted(language), known.answer_whole(&location)).into_response())
}
