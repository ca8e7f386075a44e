//! What would happen with an order: the order → admitted by the API server without being written (dry run) → the
//! operator's own plan over what it wrote down of the sites → told, and not carried out.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State as Extract};
use beffroi_core::plan::{self, Order, grace};
use beffroi_crds::{Tenant, Workspace};
use kube::{Api, Resource, ResourceExt, api::PostParams};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{replace::replace, workspaces};
use crate::{
    auth::{
        Action, Principal,
        rate::{Pass, Payer},
    },
    door::{self, Found},
    language::{Accepted, Language},
    operation::{Routes, operation},
    problem::{Problem, Refused},
    request::{
        body::{Apart, Fields, Merge},
        rate::slow_down,
        signed::Signed,
        version::Meant,
    },
    state::{State, as_manager},
    views::{
        preview::Preview,
        workspace::{NewWorkspace, WorkspacePatch},
    },
};

/// An order to be tried: a new one, or changes of one that is there.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(untagged)]
#[expect(
    dead_code,
    reason = "the document tells it; it is read field by field, for in a patch null is not absence"
)]
pub enum PreviewRequest {
    /// A new one, as in `POST /v1/workspaces`.
    New(Box<NewWorkspace>),
    /// Changes of one that is there, as in `PATCH /v1/workspaces/{workspace}`.
    Change(Box<WorkspaceChange>),
}

/// Fields to change of a workspace, to see what would happen.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(extend("additionalProperties" = false, "x-merge-patch" = true))]
pub struct WorkspaceChange {
    /// Its id.
    #[schemars(length(max = 128))]
    pub workspace: String,
    /// What is to change of it.
    #[serde(flatten)]
    pub patch: WorkspacePatch,
}

/// Routes.
pub fn router() -> Routes<State> {
    let apps = ["element", "docs", "meet"].map(|name| json!({ "name": name, "channel": "Stable" }));
    let change = json!({ "workspace": "ght-bm.communication", "apps": apps });
    let preview = operation!(preview)
        .may(409)
        .example::<NewWorkspace>("new", "A new workspace.", &workspaces::examples::meetings())
        .example::<WorkspaceChange>("change", "One app more on one that is there.", &change);
    Routes::new().with(preview)
}

/// What would happen with an order. It is judged as a real one, planned as the operator would, and nothing is written.
#[utoipa::path(
    post, path = "/v1/preview", operation_id = "preview", tag = "Workspaces",
    responses((status = 200, description = "What would happen."))
)]
async fn preview(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Apart { fields, .. }: Apart<PreviewRequest>,
) -> Result<(Accepted, Json<Preview>), Problem> {
    if let Pass::Wait { seconds } = state.limits.plan(&who) {
        return Err(slow_down(seconds));
    }
    let (tenant, workspace) = admitted(&state, &who, fields).await?;
    let turn = state.plans.wait(&Payer::from(&*who)).await.map_err(|_| Problem::internal())?;
    let planning = {
        let state = state.clone();
        // A plan may take a processor for a while: other requests go on meanwhile. It goes on though who asked has left,
        // and keeps its turn.
        move || {
            let _turn = turn;
            planned(&state, &tenant, &workspace, language)
        }
    };
    let preview = tokio::task::spawn_blocking(planning).await;
    preview.map(|preview| (Accepted(language), Json(preview))).map_err(|_| Problem::internal())
}

fn planned(state: &State, tenant: &Arc<Tenant>, workspace: &Workspace, language: Language) -> Preview {
    let world = state.register.loaded(&state.caches, workspace.metadata.uid.as_deref());
    let mut siblings = door::workspaces(&state.caches, tenant);
    siblings.retain(|sibling| sibling.name_any() != workspace.name_any());
    let live = BTreeMap::new();
    let order = Order { world: &world, workspace, tenant: Some(tenant), siblings: &siblings, live: &live };
    let current = workspace.status.as_ref().map_or(&[][..], |status| &status.sites);
    let min_grace_days = grace::least_days(&world, Some(tenant));
    Preview::of(&plan::plan(&order), &order, (current, min_grace_days), &state.caches, language)
}

/// The order, as the API server would take it.
async fn admitted(
    state: &State,
    who: &Principal,
    mut fields: Fields,
) -> Result<(Arc<Tenant>, Workspace), Problem> {
    if fields.has("workspace") {
        let id = fields.id("workspace")?;
        return change(state, who, &id, fields.patch()).await;
    }
    new(state, who, NewWorkspace::read(fields)?).await
}

async fn new(
    state: &State,
    who: &Principal,
    order: NewWorkspace,
) -> Result<(Arc<Tenant>, Workspace), Problem> {
    let tenant = door::tenant(&state.caches, who, Action::Preview, &order.tenant)?;
    let mut workspace = workspaces::draft(order);
    let namespace = door::home(&state.caches, &tenant)?;
    let name = workspace.name_any();
    // One of that name may be there already: another name is tried, for the order is what is judged.
    if state.caches.workspaces.get_in(&namespace, &name).is_some() {
        workspace.metadata.generate_name = Some("preview-".into());
        workspace.metadata.name = None;
    }
    let api = api(state, &namespace);
    let mut admitted = match api.create(&dry(), &workspace).await {
        Ok(admitted) => admitted,
        Err(error) => {
            let (kind, sent) = (Workspace::kind(&()), serde_json::to_value(&workspace).unwrap_or_default());
            let refused = Refused::writing(&api, "create", &name).sent(&kind, &sent, None);
            return Err(refused.problem(error).await);
        }
    };
    admitted.metadata.name = Some(name);
    admitted.metadata.uid = None;
    Ok((tenant, admitted))
}

async fn change(
    state: &State,
    who: &Principal,
    id: &str,
    patch: Merge<WorkspacePatch>,
) -> Result<(Arc<Tenant>, Workspace), Problem> {
    let Found { tenant, workspace } = door::workspace(&state.caches, who, Action::Preview, id)?;
    let api = api(state, &workspace.namespace().unwrap_or_default());
    let changed = |there: &Workspace| {
        let mut wanted = there.clone();
        workspaces::patched(&there.spec, &patch)?.put_into(&mut wanted.spec);
        Ok(Some(wanted))
    };
    let admitted = replace(&api, &dry(), workspace.clone(), &Meant::default(), changed).await?;
    let mut admitted = Workspace::clone(&admitted);
    // What became of the order so far counts: where it lies, which releases it is held at.
    admitted.status.clone_from(&workspace.status);
    Ok((tenant, admitted))
}

fn api(state: &State, namespace: &str) -> Api<Workspace> {
    Api::namespaced(state.client.clone(), namespace)
}

fn dry() -> PostParams {
    PostParams { dry_run: true, ..as_manager() }
}
