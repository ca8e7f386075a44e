//! Confirming: deletion that one person asked for sooner than one person may have it → another person, who may order
//! there or is the hosting provider → the order with its end, and who agreed on it.

use axum::extract::{Path, State as Extract};
use beffroi_crds::{DeletionConfirmed, DeletionRequest, Workspace, labels, ordered_generation};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{super::asked::Asked, change::write_found, leave::end, view::WorkspaceView};
use crate::{
    auth::Action,
    door,
    operation::Written,
    problem::{Kind, Problem},
    request::{body::Body, version::Meant, which::OfWorkspace},
    state::State,
};

/// What is confirmed.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    /// `deletionRequest.id` of the workspace, as one saw it: another request that came since is not confirmed.
    #[schemars(length(min = 1, max = 64))]
    pub request: String,
}

/// Confirms a deletion that another person asked for.
///
/// Whoever asked cannot confirm it; another manager of the tenant can, or the hosting provider. It is deleted after the
/// grace that was asked for, counted from now, and can be restored until then.
#[utoipa::path(
    post, path = "/v1/workspaces/{workspace}/confirm-deletion", operation_id = "confirmDeletion", tag = "Workspaces",
    responses((status = 202, description = "It is deleted at `deleteAfter`, unless it is restored."))
)]
pub(super) async fn confirm(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
    Body(confirmation): Body<Confirmation>,
) -> Result<Written<WorkspaceView>, Problem> {
    let found = door::workspace(&state.caches, &asked.who, Action::ConfirmDeletion, &id)?;
    write_found(&state, (&asked, &meant), found, StatusCode::ACCEPTED, |order| {
        agree(&asked, order, &confirmation.request, Timestamp::now())
    })
    .await
}

fn agree(asked: &Asked, order: &mut Workspace, request: &str, now: Timestamp) -> Result<(), Problem> {
    let pending = DeletionRequest::pending(order, now);
    let pending = pending.filter(|pending| pending.by.request == request).ok_or_else(nothing_waits)?;
    let by = asked.person();
    if !by.is_another_than(&pending.by) {
        return Err(same_person());
    }
    let mut at = end(now, pending.grace_days);
    // The end that stands already: the order is to be another, for whoever agreed is told with it.
    if order.spec.delete_after == Some(Time(at)) {
        at += SignedDuration::from_secs(1);
    }
    let confirmed = DeletionConfirmed {
        generation: ordered_generation(order) + 1,
        delete_after: Time(at),
        asked: pending,
        by,
    };
    order.spec.delete_after = Some(Time(at));
    order.annotations_mut().remove(labels::DELETION_REQUEST);
    order.annotations_mut().insert(labels::DELETION_CONFIRMED.to_owned(), confirmed.to_value());
    Ok(())
}

fn nothing_waits() -> Problem {
    Problem::new(
        Kind::Conflict,
        "Aucune demande de suppression de ce nom n'attend de confirmation : elle a été retirée ou confirmée, son délai est passé, ou la commande a changé depuis. Relisez l'espace de travail.",
        "no such request to delete waits to be confirmed: it was taken back or confirmed, its time is over, or the order changed since; read the workspace again",
    )
}

fn same_person() -> Problem {
    Problem::new(
        Kind::Forbidden,
        "Vous avez fait cette demande vous-même : elle attend la confirmation d'une autre personne, un autre gestionnaire de l'organisme ou l'hébergeur.",
        "you asked for this yourself: it waits for another person, another manager of the tenant or the hosting provider",
    )
}
