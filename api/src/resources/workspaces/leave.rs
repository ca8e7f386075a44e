//! Leaving: a workspace is marked to be deleted after a time of grace, and can be taken back until then. The operator
//! deletes it when the time has come.

use axum::{
    extract::{Path, State as Extract},
    response::Response,
};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{super::asked::Asked, change::write};
use crate::{
    language::Text, problem::Problem, request::query::Parameters, state::State,
    views::workspace::WorkspaceView,
};

/// Longest time of grace, in days.
const LONGEST: u32 = 90;

/// How long a workspace can be taken back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Grace {
    /// Days until it is deleted; by default those that the hosting provider has set, 30 unless told otherwise.
    #[param(minimum = 0, maximum = 90)]
    grace_days: Option<u32>,
}

/// Marks a workspace to be deleted after a time of grace: its apps stop, its data stays, and it can be restored.
#[utoipa::path(
    delete, path = "/v1/workspaces/{workspace}", operation_id = "deleteWorkspace", tag = "Workspaces",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128), Grace),
    responses((status = 202, body = WorkspaceView, description = "It is deleted at `deleteAfter`, unless it is restored."))
)]
pub(super) async fn delete(
    Extract(state): Extract<State>,
    asked: Asked,
    Path(id): Path<String>,
    Parameters(grace): Parameters<Grace>,
) -> Result<Response, Problem> {
    let days = grace.grace_days.unwrap_or(state.grace_days);
    // Longer ones are refused below, once it is known who asks; they may lie beyond what a time can be.
    let at = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days.min(LONGEST)));
    write(&state, &asked, &id, StatusCode::ACCEPTED, |spec| {
        if days > LONGEST {
            return Err(too_long(days));
        }
        // Asked for twice, it goes when it was to go first, unless another time is named.
        if grace.grace_days.is_some() || spec.delete_after.is_none() {
            spec.delete_after = Some(Time(at.round(jiff::Unit::Second).unwrap_or(at)));
        }
        Ok(())
    })
    .await
}

/// Takes back a workspace that was to be deleted.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/restore", operation_id = "restoreWorkspace", tag = "Workspaces",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128)),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn restore(
    Extract(state): Extract<State>,
    asked: Asked,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    write(&state, &asked, &id, StatusCode::OK, |spec| {
        spec.delete_after = None;
        Ok(())
    })
    .await
}

fn too_long(days: u32) -> Problem {
    Problem::field(
        "graceDays",
        Some(days.into()),
        Text::new(format!("de 0 à {LONGEST} jours"), format!("0 to {LONGEST} days")),
        Text::new("Choisissez un délai plus court.", "choose a shorter time"),
    )
}
