//! Changing a workspace: its order as the cache has it → the change → written, with who asked for it.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::{IntoResponse, Response},
};
use beffroi_core::plan::releases;
use beffroi_crds::{Workspace, WorkspaceSpec, labels};
use http::{HeaderMap, StatusCode};
use kube::{Api, ResourceExt, api::PostParams};

use super::super::{changed_by, replace::replace};
use crate::{
    auth::{Action, Principal},
    door::{self, Found},
    language::Language,
    problem::{Kind, Problem},
    request::{
        body::{Merge, parse},
        id::request_id,
        signed::Signed,
        version::{Known, Tag},
    },
    state::{MANAGER, State},
    views::{
        pending::PendingView,
        workspace::{WorkspaceFields, WorkspacePatch, WorkspaceView},
    },
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
    language: Language,
    headers: HeaderMap,
    Path(id): Path<String>,
    patch: Merge,
) -> Result<Response, Problem> {
    let found = door::workspace(&state.caches, &who, Action::Order, &id)?;
    let change = Change { who: &who, known: &known, request: request_id(&headers), language };
    let patch = |spec: &mut WorkspaceSpec| patched(spec, &patch).map(|fields| fields.put_into(spec));
    change.write(&state, found, StatusCode::OK, patch).await
}

/// An order with a patch applied to what can be changed of it.
pub(crate) fn patched(spec: &WorkspaceSpec, patch: &Merge) -> Result<WorkspaceFields, Problem> {
    patch.only::<WorkspacePatch>()?;
    let before = serde_json::to_value(WorkspaceFields::of(spec.clone())).unwrap_or_default();
    parse(&patch.applied_to(before))
}

/// A change of a workspace that somebody asked for.
pub(super) struct Change<'a> {
    pub(super) who: &'a Principal,
    pub(super) known: &'a Known,
    pub(super) request: &'a str,
    /// Language of the answer.
    pub(super) language: Language,
}

impl Change<'_> {
    /// Writes what `change` makes of the order, unless it is the same, and answers with what the cluster accepted.
    pub(super) async fn write(
        &self,
        state: &State,
        found: Found,
        status: StatusCode,
        change: impl Fn(&mut WorkspaceSpec) -> Result<(), Problem>,
    ) -> Result<Response, Problem> {
        let changed = |there: &Workspace| {
            if there.metadata.deletion_timestamp.is_some() {
                return Err(gone(&found.id()));
            }
            let mut wanted = Workspace { status: None, ..there.clone() };
            change(&mut wanted.spec)?;
            changed_by::note(&mut wanted, labels::CHANGED_BY, self.who, self.request);
            Ok(Some(wanted).filter(|wanted| wanted.spec != there.spec))
        };
        let namespace = found.workspace.namespace().unwrap_or_default();
        let api: Api<Workspace> = Api::namespaced(state.client.clone(), &namespace);
        let params = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
        let there = found.workspace.clone();
        let workspace = replace(&api, &params, there, self.known, changed).await?;
        state.caches.workspaces.reached(&workspace).await;
        Ok(answer(state, &Found { workspace, ..found }, status, self.language))
    }
}

/// What the cluster accepted; and what of it does not come yet, before the operator says so.
fn answer(state: &State, found: &Found, status: StatusCode, language: Language) -> Response {
    let headers = Tag::of(&*found.workspace).told_in(language).headers();
    let pending = releases::pending(&state.register.of(&state.caches), &found.workspace);
    let pending = PendingView::all(&pending, language);
    let view = WorkspaceView { pending, ..WorkspaceView::of(found, language) };
    (status, language, headers, Json(view)).into_response()
}

fn gone(id: &str) -> Problem {
    Problem::new(
        Kind::Conflict,
        format!("« {id} » est en cours de suppression : rien ne peut plus y être changé."),
        format!("{id} is being deleted: nothing can be changed any more"),
    )
}
