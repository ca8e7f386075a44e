//! Leaving: a workspace is marked to be deleted after a time of grace, and can be taken back until then. The operator
//! deletes it when the time has come.

use axum::{
    extract::{Path, State as Extract},
    response::Response,
};
use beffroi_crds::WorkspaceSpec;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Deserialize;
use utoipa::IntoParams;

use super::change::Change;
use crate::{
    auth::Action,
    door,
    language::{Language, Text},
    problem::Problem,
    request::{id::request_id, query::Parameters, signed::Signed, version::Known},
    state::State,
    views::workspace::WorkspaceView,
};

/// Longest time of grace, in days.
const LONGEST: u32 = 90;

/// How long a workspace can be taken back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Days until it is deleted; by default those that the hosting provider has set, 30 unless told otherwise.
    #[param(minimum = 0, maximum = 90)]
    grace_days: Option<u32>,
}

/// Marks a workspace to be deleted after a time of grace: its apps stop, its data stays, and it can be restored.
#[utoipa::path(
    delete, path = "/v1/workspaces/{workspace}", operation_id = "deleteWorkspace", tag = "Workspaces",
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is deleted."),
        Asked,
    ),
    responses((status = 202, body = WorkspaceView, description = "It is deleted at `deleteAfter`, unless it is restored."))
)]
pub(super) async fn delete(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    language: Language,
    headers: HeaderMap,
    Path(id): Path<String>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Order, &id)?;
    let days = asked.grace_days.unwrap_or(state.grace_days);
    if days > LONGEST {
        return Err(too_long(days));
    }
    let at = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days));
    let change = Change { who: &who, known: &known, request: request_id(&headers), language };
    let again = asked.grace_days.is_some();
    change
        .write(&state, found, StatusCode::ACCEPTED, |spec| {
            // Asked for twice, it goes when it was to go first, unless another time is named.
            if again || spec.delete_after.is_none() {
                spec.delete_after = Some(Time(at.round(jiff::Unit::Second).unwrap_or(at)));
            }
            Ok(())
        })
        .await
}

/// Takes back a workspace that was to be deleted.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/restore", operation_id = "restoreWorkspace", tag = "Workspaces",
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is changed."),
    ),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn restore(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    language: Language,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Order, &id)?;
    let change = Change { who: &who, known: &known, request: request_id(&headers), language };
    let back = |spec: &mut WorkspaceSpec| {
        spec.delete_after = None;
        Ok(())
    };
    change.write(&state, found, StatusCode::OK, back).await
}

fn too_long(days: u32) -> Problem {
    Problem::field(
        "graceDays",
        Some(days.into()),
        Text::new(format!("de 0 à {LONGEST} jours"), format!("0 to {LONGEST} days")),
        Text::new("Choisissez un délai plus court.", "choose a shorter time"),
    )
}
