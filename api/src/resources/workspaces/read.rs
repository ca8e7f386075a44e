//! Reading workspaces.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::WorkspaceView;
use crate::{
    auth::Action,
    door::{self, Admitted},
    language::Accepted,
    operation::Versioned,
    problem::{Problem, length},
    request::{
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        version::{Known, Tag},
        which::OfWorkspace,
    },
    state::State,
};

/// Which workspaces are wanted.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this tenant alone.
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
}

/// The workspaces that one may know of, by id.
#[utoipa::path(
    get, path = "/v1/workspaces", operation_id = "listWorkspaces", tag = "Workspaces",
    responses((status = 200, description = "A page of them."))
)]
pub(super) async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Parameters(asked): Parameters<Asked>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Accepted, Json<Page<WorkspaceView>>), Problem> {
    door::anyone(&who, Action::Read)?;
    let tenants = match length::name("tenant", asked.tenant.as_deref())? {
        Some(name) => vec![door::tenant(&state.caches, &who, Action::Read, name)?],
        None => door::tenants(&state.caches, &who, Action::Read),
    };
    let homes: BTreeMap<String, _> = tenants
        .into_iter()
        .filter_map(|tenant| Some((door::own_namespace(&state.caches, &tenant)?, tenant)))
        .collect();
    let home = |namespace: &Option<String>| namespace.as_deref().and_then(|name| homes.get(name));
    let workspaces =
        state.caches.workspaces.filter(|workspace| home(&workspace.metadata.namespace).is_some());
    let found: Vec<Admitted> = workspaces
        .into_iter()
        .filter_map(|workspace| {
            Some(Admitted { tenant: home(&workspace.metadata.namespace)?.clone(), workspace })
        })
        .collect();
    let page = wanted.of(found, Admitted::id)?;
    Ok((Accepted(language), Json(page.map(|found| WorkspaceView::of(&found, language)))))
}

/// One workspace.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}", operation_id = "readWorkspace", tag = "Workspaces",
    responses((status = 200, description = "The workspace."))
)]
pub(super) async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    Accepted(language): Accepted,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<Versioned<WorkspaceView>, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    let tag = Tag::of(&*found.workspace);
    Ok(known.answer_in(language, tag, || WorkspaceView::of(&found, language)))
}
