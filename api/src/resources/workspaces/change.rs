//! Changing a workspace: its order as the cache has it → the change → written, with who asked for it.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::plan::releases;
use beffroi_crds::{Workspace, WorkspaceSpec, labels};
use http::StatusCode;
use kube::{Api, ResourceExt};

use super::{
    super::{asked::Asked, replace::replace},
    view::{WorkspaceFields, WorkspacePatch, WorkspaceView},
};
use crate::{
    auth::Action,
    door::{self, Admitted},
    language::{Accepted, Language},
    operation::Written,
    problem::{Kind, Problem},
    request::{
        body::Merge,
        checked::changed,
        version::{Meant, Tag},
        which::OfWorkspace,
    },
    state::{State, as_manager},
    views::pending::PendingView,
};

/// Changes a workspace: apps and versions, window, pin, anything that was ordered (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/workspaces/{workspace}", operation_id = "changeWorkspace", tag = "Workspaces",
    responses((status = 200, description = "As the cluster accepted it."))
)]
pub(super) async fn change(
    Extract(state): Extract<State>,
    asked: Asked,
    meant: Meant,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
    patch: Merge<WorkspacePatch>,
) -> Result<Written<WorkspaceView>, Problem> {
    let patch =
        |order: &mut Workspace| patched(&order.spec, &patch).map(|fields| fields.put_into(&mut order.spec));
    write(&state, (&asked, &meant), &id, StatusCode::OK, patch).await
}

/// An order with a patch applied to what can be changed of it.
pub(crate) fn patched(
    spec: &WorkspaceSpec,
    patch: &Merge<WorkspacePatch>,
) -> Result<WorkspaceFields, Problem> {
    patch.check()?;
    let before = serde_json::to_value(WorkspaceFields::of(spec.clone())).unwrap_or_default();
    changed(&patch.applied_to(before.clone()), &before)
}

/// Writes what `change` makes of an order, unless it is the same, and answers with what the cluster accepted.
pub(super) async fn write(
    state: &State,
    (asked, meant): (&Asked, &Meant),
    id: &str,
    status: StatusCode,
    change: impl Fn(&mut Workspace) -> Result<(), Problem>,
) -> Result<Written<WorkspaceView>, Problem> {
    let found = door::workspace(&state.caches, &asked.who, Action::Order, id)?;
    write_found(state, (asked, meant), found, status, change).await
}

/// The same, of a workspace that was found at the door.
pub(super) async fn write_found(
    state: &State,
    (asked, meant): (&Asked, &Meant),
    found: Admitted,
    status: StatusCode,
    change: impl Fn(&mut Workspace) -> Result<(), Problem>,
) -> Result<Written<WorkspaceView>, Problem> {
    let id = found.id();
    let changed = |there: &Workspace| {
        if there.metadata.deletion_timestamp.is_some() {
            return Err(gone(&id));
        }
        // What may be changed hangs on what became of it.
        let mut wanted = there.clone();
        change(&mut wanted)?;
        wanted.status = None;
        if wanted.spec != there.spec {
            asked.note(&mut wanted, labels::CHANGED_BY);
        }
        let same = wanted.spec == there.spec && wanted.metadata == there.metadata;
        Ok(Some(wanted).filter(|_| !same))
    };
    let namespace = found.workspace.namespace().unwrap_or_default();
    let api: Api<Workspace> = Api::namespaced(state.client.clone(), &namespace);
    let workspace = replace(&api, &as_manager(), found.workspace.clone(), meant, changed).await?;
    state.caches.workspaces.reached(&workspace).await;
    Ok(answer(state, &Admitted { workspace, ..found }, status, asked.language))
}

/// What the cluster accepted; and what of it does not come yet, before the operator says so.
fn answer(state: &State, found: &Admitted, status: StatusCode, language: Language) -> Written<WorkspaceView> {
    let headers = Tag::of(&*found.workspace).told_in(language).headers();
    let pending = releases::pending(&state.register.of(&state.caches), &found.workspace);
    let pending = PendingView::all(&pending, language);
    let view = WorkspaceView { pending, ..WorkspaceView::of(found, language) };
    Written::new((status, Accepted(language), headers, Json(view)))
}

fn gone(id: &str) -> Problem {
    Problem::new(
        Kind::Conflict,
        format!("« {id} » est en cours de suppression : rien ne peut plus y être changé."),
        format!("{id} is being deleted: nothing can be changed any more"),
    )
}
