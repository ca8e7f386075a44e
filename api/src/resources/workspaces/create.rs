//! Ordering a workspace: the order → the tenant → an earlier request under the same key, or a custom resource → what
//! the API server accepted.

use std::sync::Arc;

use axum::{
    Json,
    extract::State as Extract,
    response::{IntoResponse, Response},
};
use beffroi_crds::{Workspace, WorkspaceSpec, labels};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kube::{Api, ResourceExt, api::PostParams};

use super::super::changed_by;
use crate::{
    auth::Action,
    door::{self, Found},
    language::Language,
    problem::{Problem, Refused},
    request::{
        body::Body,
        id::request_id,
        key::{ANNOTATION, Key, tell_replayed},
        name,
        signed::Signed,
        version::Tag,
    },
    state::{MANAGER, State},
    views::workspace::{NewWorkspace, WorkspaceView},
};

/// Orders a workspace. With an `Idempotency-Key`, the same order sent twice is made once.
#[utoipa::path(
    post, path = "/v1/workspaces", operation_id = "createWorkspace", tag = "Workspaces", request_body = NewWorkspace,
    params(("Idempotency-Key" = Option<String>, Header, description = "One for each order, for example a UUID.", min_length = 1, max_length = 128, pattern = "^[ -~]+$")),
    responses((status = 201, body = WorkspaceView, description = "It is ordered.", headers(("Location" = String, description = "Where to read it."))))
)]
pub(super) async fn create(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    key: Key,
    language: Language,
    headers: HeaderMap,
    Body(order): Body<NewWorkspace>,
) -> Result<Response, Problem> {
    let tenant = door::tenant(&state.caches, &who, Action::Order, &order.tenant)?;
    name::given(&order.name)?;
    let namespace = door::home(&state.caches, &tenant)?;
    let sent = serde_json::to_value(&order).unwrap_or_default();
    let mark = key.mark(&who, sent.to_string().as_bytes());
    if let Some(mark) = &mark {
        let known = state.caches.workspaces_in(&namespace);
        if let Some(earlier) = mark.earlier(known.iter().map(AsRef::as_ref))? {
            let workspace = Arc::new(earlier.clone());
            return Ok(created(&Found { tenant, workspace }, true, language));
        }
    }
    let name = order.name.to_string();
    let mut workspace = draft(order);
    changed_by::note(&mut workspace, labels::CHANGED_BY, &who, request_id(&headers));
    if let Some(mark) = &mark {
        workspace.annotations_mut().insert(ANNOTATION.to_owned(), mark.text());
    }
    let api: Api<Workspace> = Api::namespaced(state.client.clone(), &namespace);
    let params = PostParams { field_manager: Some(MANAGER.into()), ..PostParams::default() };
    let (written, again) = match api.create(&params, &workspace).await {
        Ok(written) => (written, false),
        Err(error) => {
            let earlier = match &mark {
                Some(mark) => mark.made_meanwhile(&api, &name, &error).await?,
                None => None,
            };
            let refused = Refused { name: &name, sent: &sent, conditional: false };
            (earlier.ok_or_else(|| refused.problem(error))?, true)
        }
    };
    state.caches.workspaces.reached(&written).await;
    Ok(created(&Found { tenant, workspace: Arc::new(written) }, again, language))
}

/// The workspace that an order asks for.
pub(crate) fn draft(order: NewWorkspace) -> Workspace {
    let name = order.name.to_string();
    let mut spec = WorkspaceSpec::default();
    order.fields().put_into(&mut spec);
    Workspace::new(&name, spec)
}

fn created(found: &Found, again: bool, language: Language) -> Response {
    let mut headers = Tag::of(&*found.workspace).told_in(language).headers();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/workspaces/{}", found.id())) {
        headers.insert(header::LOCATION, location);
    }
    if again {
        tell_replayed(&mut headers);
    }
    (StatusCode::CREATED, language, headers, Json(WorkspaceView::of(found, language))).into_response()
}
