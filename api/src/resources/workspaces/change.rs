//! Changing a workspace: its order as the cache has it → the change → written under the version that was read, so that
//! nobody's change is lost.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::{IntoResponse, Response},
};
use beffroi_crds::{Workspace, WorkspaceSpec, labels};
use http::{HeaderMap, StatusCode};
use kube::{Api, ResourceExt, api::PostParams};
use serde_json::Value;

use super::create::changed_by;
use crate::{
    auth::{Action, Principal},
    door::{self, Found},
    problem::{Kind, Problem, Refused},
    request::{
        body::{Merge, parse},
        id::request_id,
        signed::Signed,
        version::{Known, tag},
    },
    state::{MANAGER, State},
    views::workspace::{WorkspaceFields, WorkspacePatch, WorkspaceView},
};

/// Changes a workspace: apps and versions, window, pin, anything that was ordered (RFC 7396).
#[utoipa::path(
    patch, path = "/v1/workspaces/{workspace}", operation_id = "changeWorkspace", tag = "Workspaces",
    request_body(content = WorkspacePatch, content_type = "application/merge-patch+json"),
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the version that is changed."),
    ),
    responses((status = 200, body = WorkspaceView, description = "As the cluster accepted it."))
)]
pub(super) async fn change(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    known: Known,
    headers: HeaderMap,
    Path(id): Path<String>,
    patch: Merge,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Order, &id)?;
    let fields = patched(&found.workspace.spec, &patch)?;
    let change = Change { who: &who, known: &known, request: request_id(&headers) };
    change.write(&state, found, StatusCode::OK, |spec| fields.clone().put_into(spec)).await
}

/// An order with a patch applied to what can be changed of it.
pub(crate) fn patched(spec: &WorkspaceSpec, patch: &Merge) -> Result<WorkspaceFields, Problem> {
    let before = serde_json::to_value(WorkspaceFields::of(spec.clone())).unwrap_or_default();
    parse(&patch.applied_to(before))
}

/// A change of a workspace that somebody asked for.
pub(super) struct Change<'a> {
    pub(super) who: &'a Principal,
    pub(super) known: &'a Known,
    pub(super) request: &'a str,
}

impl Change<'_> {
    /// Writes what `change` makes of the order, unless it is the same, and answers with what the cluster accepted.
    ///
    /// What became of the order is written into the same object all the time: where the client names no version, that
    /// is no conflict of the client's, and the change is made again of what is there. Another order is one.
    pub(super) async fn write(
        &self,
        state: &State,
        found: Found,
        status: StatusCode,
        change: impl Fn(&mut WorkspaceSpec),
    ) -> Result<Response, Problem> {
        self.known.may_change(&found.workspace.resource_version().unwrap_or_default())?;
        let mut there = Workspace::clone(&found.workspace);
        let (ordered, name) = (there.metadata.generation, there.name_any());
        let api: Api<Workspace> =
            Api::namespaced(state.client.clone(), &there.namespace().unwrap_or_default());
        let params = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
        for left in (0..ATTEMPTS).rev() {
            let Some(wanted) = self.wanted(&there, &found, &change)? else {
                return Ok(answer(&Found { workspace: Arc::new(there), ..found }, status));
            };
            let error = match api.replace(&name, &params, &wanted).await {
                Ok(written) => {
                    state.caches.workspaces.reached(&written).await;
                    return Ok(answer(&Found { workspace: Arc::new(written), ..found }, status));
                }
                Err(error) => error,
            };
            let sent: Value = serde_json::to_value(&wanted.spec).unwrap_or_default();
            let refused = Refused { name: &name, sent: &sent, conditional: self.known.conditional() };
            let conflict = matches!(&error, kube::Error::Api(status) if status.code == 409);
            if left == 0 || !conflict || self.known.conditional() {
                return Err(refused.problem(error));
            }
            there = api.get(&name).await.map_err(|error| refused.problem(error))?;
            if there.metadata.generation != ordered || there.metadata.uid != found.workspace.metadata.uid {
                return Err(refused.problem(error));
            }
        }
        Err(gone(&found.id()))
    }

    /// The object with the change made; nothing where it changes nothing.
    fn wanted(
        &self,
        there: &Workspace,
        found: &Found,
        change: impl Fn(&mut WorkspaceSpec),
    ) -> Result<Option<Workspace>, Problem> {
        if there.metadata.deletion_timestamp.is_some() {
            return Err(gone(&found.id()));
        }
        let mut wanted = there.clone();
        wanted.status = None;
        change(&mut wanted.spec);
        if wanted.spec == there.spec {
            return Ok(None);
        }
        let generation = wanted.metadata.generation.unwrap_or_default() + 1;
        let by = changed_by(self.who, generation, self.request);
        wanted.annotations_mut().insert(labels::CHANGED_BY.to_owned(), by);
        Ok(Some(wanted))
    }
}

/// How often a change is made again because what became of the order was written meanwhile.
const ATTEMPTS: u32 = 5;

fn answer(found: &Found, status: StatusCode) -> Response {
    let headers = tag(&found.workspace.resource_version().unwrap_or_default());
    (status, headers, Json(WorkspaceView::of(found))).into_response()
}

fn gone(id: &str) -> Problem {
    Problem::new(
        Kind::Conflict,
        format!("« {id} » est en cours de suppression : rien ne peut plus y être changé."),
        format!("{id} is being deleted: nothing can be changed any more"),
    )
}
