//! Ordering a workspace: the order → the tenant → an earlier request under the same key, or a custom resource → what
//! the API server accepted.

use axum::{Json, extract::State as Extract};
use beffroi_crds::{Workspace, WorkspaceSpec};
use kube::Api;

use super::{
    super::{asked::Asked, create::create_once},
    view::{NewWorkspace, WorkspaceView},
};
use crate::{
    auth::Action,
    door::{self, Admitted},
    language::Accepted,
    operation::Made,
    problem::Problem,
    request::{body::Apart, key::Key, version::Tag},
    state::State,
};

/// Orders a workspace. With an `Idempotency-Key`, the same order sent twice is made once.
#[utoipa::path(
    post, path = "/v1/workspaces", operation_id = "createWorkspace", tag = "Workspaces",
    responses((status = 201, description = "It is ordered."))
)]
pub(super) async fn create(
    Extract(state): Extract<State>,
    asked: Asked,
    key: Key,
    Apart { fields, .. }: Apart<NewWorkspace>,
) -> Result<Made<WorkspaceView>, Problem> {
    let order = NewWorkspace::read(fields)?;
    let tenant = door::tenant(&state.caches, &asked.who, Action::Order, &order.tenant)?;
    let namespace = door::home(&state.caches, &tenant)?;
    let sent = serde_json::to_value(&order).unwrap_or_default();
    let api = Api::namespaced(state.client.clone(), &namespace);
    let (cache, there) = (&state.caches.workspaces, || state.caches.workspaces_in(&namespace));
    let created = create_once(&api, cache, there, (&asked, &key), draft(order), &sent).await?;
    let found = Admitted { tenant, workspace: created.object.clone() };
    let headers = Tag::of(&*found.workspace).told_in(asked.language).headers();
    let view = Json(WorkspaceView::of(&found, asked.language));
    Ok(created.answer(&format!("/v1/workspaces/{}", found.id()), (Accepted(asked.language), headers, view)))
}

/// The workspace that an order asks for.
pub(crate) fn draft(order: NewWorkspace) -> Workspace {
    let mut spec = WorkspaceSpec::default();
    order.fields.put_into(&mut spec);
    Workspace::new(&order.name, spec)
}
