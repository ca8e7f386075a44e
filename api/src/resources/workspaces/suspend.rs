//! Stopping the apps of a workspace, and starting them again; its data stays.

use axum::{
    extract::{Path, State as Extract},
    response::Response,
};
use beffroi_crds::WorkspaceSpec;
use http::{HeaderMap, StatusCode};

use super::change::Change;
use crate::{
    auth::Action,
    door,
    language::Language,
    problem::Problem,
    request::{id::request_id, signed::Signed, version::Known},
    state::State,
    views::workspace::WorkspaceView,
};

/// Stops the apps of a workspace; its data stays.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/suspend", operation_id = "suspendWorkspace", tag = "Workspaces",
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is changed."),
    ),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn suspend(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    language: Language,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Order, &id)?;
    let change = Change { who: &who, known: &known, request: request_id(&headers), language };
    change.write(&state, found, StatusCode::OK, |spec| set(spec, true)).await
}

/// Starts the apps of a workspace again.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/resume", operation_id = "resumeWorkspace", tag = "Workspaces",
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is changed."),
    ),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn resume(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    language: Language,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Order, &id)?;
    let change = Change { who: &who, known: &known, request: request_id(&headers), language };
    change.write(&state, found, StatusCode::OK, |spec| set(spec, false)).await
}

#[allow(clippy::unnecessary_wraps, reason = "other changes may not do")]
fn set(spec: &mut WorkspaceSpec, suspended: bool) -> Result<(), Problem> {
    spec.suspended = suspended;
    Ok(())
}
