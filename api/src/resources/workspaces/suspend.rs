//! Stopping the apps of a workspace, and starting them again; its data stays.

use axum::extract::{Path, State as Extract};
use http::StatusCode;

use super::{super::asked::Asked, change::write, view::WorkspaceView};
use crate::{
    operation::Written,
    problem::Problem,
    request::{version::Meant, which::OfWorkspace},
    state::State,
};

/// Stops the apps of a workspace; its data stays.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/suspend", operation_id = "suspendWorkspace", tag = "Workspaces",
    responses((status = 200, description = "As the cluster accepted it."))
)]
pub(super) async fn suspend(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<Written<WorkspaceView>, Problem> {
    write(&state, (&asked, &meant), &id, StatusCode::OK, |order| {
        order.spec.suspended = true;
        Ok(())
    })
    .await
}

/// Starts the apps of a workspace again.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/resume", operation_id = "resumeWorkspace", tag = "Workspaces",
    responses((status = 200, description = "As the cluster accepted it."))
)]
pub(super) async fn resume(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<Written<WorkspaceView>, Problem> {
    write(&state, (&asked, &meant), &id, StatusCode::OK, |order| {
        order.spec.suspended = false;
        Ok(())
    })
    .await
}
