//! Where the data of a workspace lies.

use axum::extract::{Path, State as Extract};

use crate::{
    auth::Action,
    door,
    language::Accepted,
    operation::{Routes, Unchanged, operation},
    problem::Problem,
    request::{signed::Signed, version::Known, which::OfWorkspace},
    state::State,
    views::location::Location,
};

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read))
}

/// Where the data of a workspace lies: sites, verdict, findings since when, and a map.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/location", operation_id = "readLocation", tag = "Workspaces",
    responses((status = 200, description = "Where its data lies."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Accepted(language): Accepted,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<(Accepted, Unchanged<Location>), Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    let location = Location::of(&found, &state.caches, language);
    Ok((Accepted(language), known.answer_whole(&location)))
}
