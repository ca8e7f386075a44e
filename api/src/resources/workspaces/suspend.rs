//! Stopping the apps of a workspace, and starting them again; its data stays.

use axum::{
    extract::{Path, State as Extract},
    response::Response,
};
use http::StatusCode;

use super::{super::asked::Asked, change::write};
use crate::{problem::Problem, state::State, views::workspace::WorkspaceView};

/// Stops the apps of a workspace; its data stays.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/suspend", operation_id = "suspendWorkspace", tag = "Workspaces",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128)),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn suspend(
    Extract(state): Extract<State>,
    asked: Asked,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    write(&state, &asked, &id, StatusCode::OK, |order| {
        order.spec.suspended = true;
        Ok(())
    })
    .await
}

/// Starts the apps of a workspace again.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/resume", operation_id = "resumeWorkspace", tag = "Workspaces",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128)),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn resume(
    Extract(state): Extract<State>,
    asked: Asked,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    write(&state, &asked, &id, StatusCode::OK, |order| {
        order.spec.suspended = false;
        Ok(())
    })
    .await
}
