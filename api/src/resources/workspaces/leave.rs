//! Leaving: a workspace is marked to be deleted after a time of grace, and can be taken back until then. The operator
//! deletes it when the time has come.
//!
//! Of a workspace that holds data, one person has no less than the grace of the policy. A shorter one stands as what is
//! asked for, which changes nothing yet, until another person [confirms](super::confirm) it.

use std::collections::BTreeMap;

use axum::extract::{Path, State as Extract};
use beffroi_core::plan::{Order, grace};
use beffroi_crds::{DeletionRequest, Tenant, Workspace, labels, ordered_generation};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    super::asked::Asked,
    change::{write, write_found},
    view::WorkspaceView,
};
use crate::{
    auth::Action,
    door,
    language::Text,
    operation::Written,
    problem::Problem,
    request::{query::Parameters, version::Meant, which::OfWorkspace},
    state::State,
};

/// Longest time of grace, in days.
const LONGEST: u32 = 90;
/// How long what one person asks for waits for another: a weekend is no reason to be late.
const WAITS: SignedDuration = SignedDuration::from_hours(72);

/// How long a workspace can be taken back.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct Grace {
    /// Days until it is deleted; by default those that the hosting provider has set, 30 unless told otherwise, and no
    /// less than the policy's `deletion.minGraceDays`. Fewer than these wait for another person to confirm them, where
    /// the workspace holds data.
    #[param(minimum = 0, maximum = 90)]
    grace_days: Option<u32>,
}

/// Marks a workspace to be deleted after a time of grace: its apps stop, its data stays, and it can be restored.
///
/// Sooner than the policy lets one person have it (`deletion.minGraceDays`), a workspace that holds data is not deleted
/// by this alone: the answer's `deletionRequest` says until when another person may confirm it, and nothing else changes.
#[utoipa::path(
    delete, path = "/v1/workspaces/{workspace}", operation_id = "deleteWorkspace", tag = "Workspaces",
    responses((status = 202, description = "It is deleted at `deleteAfter`, unless it is restored; or, with `deletionRequest`, once another person has confirmed it."))
)]
pub(super) async fn delete(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
    Parameters(grace): Parameters<Grace>,
) -> Result<Written<WorkspaceView>, Problem> {
    let found = door::workspace(&state.caches, &asked.who, Action::Order, &id)?;
    let tenant = found.tenant.clone();
    write_found(&state, (&asked, &meant), found, StatusCode::ACCEPTED, |order| {
        leave(&state, &asked, &tenant, order, grace.grace_days)
    })
    .await
}

fn leave(
    state: &State,
    asked: &Asked,
    tenant: &Tenant,
    workspace: &mut Workspace,
    grace_days: Option<u32>,
) -> Result<(), Problem> {
    let (world, live) = (state.register.of(&state.caches), BTreeMap::new());
    let least = grace::least_days(&world, Some(tenant));
    let days = grace_days.unwrap_or_else(|| state.grace_days.max(least));
    if days > LONGEST {
        return Err(too_long(days));
    }
    // Asked for twice, it goes when it was to go first, unless another time is named.
    if grace_days.is_none() && workspace.spec.delete_after.is_some() {
        return Ok(());
    }
    let now = Timestamp::now();
    let end = end(now, days);
    let order = Order { world: &world, workspace, tenant: Some(tenant), siblings: &[], live: &live };
    if grace::one_may(&order, end) {
        workspace.spec.delete_after = Some(Time(end));
        workspace.annotations_mut().remove(labels::DELETION_REQUEST);
        return Ok(());
    }
    // Asked for twice, it is one request, of who asked first.
    if DeletionRequest::pending(workspace, now).is_some_and(|pending| pending.grace_days == days) {
        return Ok(());
    }
    let request = DeletionRequest {
        generation: ordered_generation(workspace),
        grace_days: days,
        by: asked.person(),
        at: Time(whole(now)),
        until: Time(whole(now + WAITS)),
        withdrawn: None,
    };
    workspace.annotations_mut().insert(labels::DELETION_REQUEST.to_owned(), request.to_value());
    Ok(())
}

/// Takes back a workspace that was to be deleted, or what was asked for and waits for another person.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/restore", operation_id = "restoreWorkspace", tag = "Workspaces",
    responses((status = 200, description = "As the cluster accepted it."))
)]
pub(super) async fn restore(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<Written<WorkspaceView>, Problem> {
    write(&state, (&asked, &meant), &id, StatusCode::OK, |order| {
        order.spec.delete_after = None;
        order.annotations_mut().remove(labels::DELETION_CONFIRMED);
        if let Some(pending) = DeletionRequest::pending(order, Timestamp::now()) {
            let withdrawn = DeletionRequest { withdrawn: Some(asked.person()), ..pending };
            order.annotations_mut().insert(labels::DELETION_REQUEST.to_owned(), withdrawn.to_value());
        }
        Ok(())
    })
    .await
}

/// The end of a time of grace of so many days that begins now.
pub(super) fn end(now: Timestamp, days: u32) -> Timestamp {
    whole(now + SignedDuration::from_hours(24 * i64::from(days)))
}

/// In whole seconds, as the cluster keeps them.
fn whole(at: Timestamp) -> Timestamp {
    at.round(jiff::Unit::Second).unwrap_or(at)
}

fn too_long(days: u32) -> Problem {
    Problem::field(
        "graceDays",
        Some(days.into()),
        Text::new(format!("de 0 à {LONGEST} jours"), format!("0 to {LONGEST} days")),
        Text::new("Choisissez un délai plus court.", "choose a shorter time"),
    )
}
