//! What would happen with an order: the order → admitted by the API server without being written (dry run) → the
//! operator's own plan over what it wrote down of the sites → told, and not carried out.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State as Extract};
use beffroi_core::{
    message::{In, order::Subject},
    plan::{self, Order, Plan, Refusal, backup::asked, grace},
};
use beffroi_crds::{
    Tenant, Workspace,
    message::Args,
    workspace::{HeldRelease, Judgement, PlacedSite, RefusedSite},
};
use kube::{Api, Resource, ResourceExt, api::PostParams};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    replace::replace,
    workspaces::{
        self,
        view::{NewWorkspace, WorkspacePatch},
    },
};
use crate::{
    auth::{
        Action, Principal,
        rate::{Pass, Payer},
    },
    caches::Caches,
    door::{self, Admitted},
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
        judgement::JudgementView,
        pending::PendingView,
        place::{Feature, Map, city},
        refused::RefusedView,
    },
};

/// What would happen with an order.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Whether the order would stand.
    pub accepted: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<OrderRefused>,
    /// Release that each app would be held at.
    pub releases: Vec<HeldRelease>,
    /// Releases of the channels that its apps follow which would not come yet.
    pub pending: Vec<PendingView>,
    /// Sites where it would lie.
    pub sites: Vec<PlannedSite>,
    /// Of these, where it lies already and could not come now, with every rule that refuses: it stays all the same.
    pub at_risk: Vec<RefusedView>,
    /// Sites where it lies now, and whose data would be erased once the others are ready.
    pub leaving: Vec<LeftSite>,
    /// Every other site that may not have it, with every rule that refuses.
    pub refused: Vec<RefusedView>,
    /// What rules warn of without refusing.
    pub warnings: Vec<JudgementView>,
    /// What the order or the policy asks for, and nobody makes because it is ordered.
    pub not_provided: Vec<String>,
    /// Why no set of sites meets what is asked, where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortfall: Option<String>,
    /// Sites that may have it, and are not needed.
    pub spare: Vec<String>,
    /// Days that its data is kept once one person has ordered its deletion; fewer wait for another person.
    pub min_grace_days: u32,
    /// Where it would lie, as `GeoJSON`.
    pub map: Map,
}

/// Why an order would not stand.
#[derive(Debug, JsonSchema, Serialize)]
pub struct OrderRefused {
    /// Stable word.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Stable code of the message; absent where nothing needs to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Arguments of the message.
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub args: Args,
    /// Rules that refuse the tenant or an app.
    pub rules: Vec<RefusedBy>,
}

/// A rule that refuses the tenant or an app.
#[derive(Debug, JsonSchema, Serialize)]
pub struct RefusedBy {
    /// Whom or what it refuses.
    pub what: String,
    /// The rule.
    #[serde(flatten)]
    pub judgement: JudgementView,
}

/// A site where a workspace would lie.
#[derive(Debug, JsonSchema, Serialize)]
pub struct PlannedSite {
    /// Name.
    pub name: String,
    /// City; what is known of the place is absent where the site is not registered any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1 country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Degrees north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// Whether it does not lie there yet.
    pub new: bool,
    /// How many objects are wanted there.
    pub objects: usize,
}

/// A site that a workspace would leave.
#[derive(Debug, JsonSchema, Serialize)]
pub struct LeftSite {
    /// Name.
    pub name: String,
    /// City; absent where nobody knows it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}

impl Preview {
    /// What `plan` would do with `order`; `current` are the sites where it lies now, `min_grace_days` those that one
    /// person's order to delete would leave it.
    pub fn of(
        plan: &Plan<'_>,
        order: &Order<'_>,
        (current, min_grace_days): (&[PlacedSite], u32),
        caches: &Caches,
        language: Language,
    ) -> Self {
        let accepted = match &plan.accepted {
            Ok(accepted) => accepted,
            Err(refusal) => return Self::refused(refusal, min_grace_days, language),
        };
        let placement = &accepted.placement;
        let before = |name: &str| current.iter().find(|placed| placed.name == name);
        let planned = |name: &String| {
            let site = caches.sites.get(name);
            let coordinates = site.as_ref().map(|site| site.spec.coordinates);
            PlannedSite {
                name: name.clone(),
                city: city(site.as_deref(), before(name)),
                country: site.as_ref().map(|site| site.spec.country.to_string()),
                latitude: coordinates.map(|at| at.latitude),
                longitude: coordinates.map(|at| at.longitude),
                new: before(name).is_none(),
                objects: plan.sites.get(name).map_or(0, |plan| plan.wanted.len()),
            }
        };
        let left = |name: &String| LeftSite {
            name: name.clone(),
            city: city(caches.sites.get(name).as_deref(), before(name)),
        };
        let refused = |sites: &[RefusedSite]| -> Vec<RefusedView> {
            sites.iter().map(|refused| RefusedView::of(refused, caches, language)).collect()
        };
        let known = placement.chosen.iter().filter_map(|name| caches.sites.get(name));
        let warnings: Vec<_> = accepted.warnings.iter().chain(&placement.warnings).cloned().collect();
        Self {
            accepted: true,
            refusal: None,
            releases: accepted.held(),
            pending: PendingView::all(&accepted.pending, language),
            sites: placement.chosen.iter().map(planned).collect(),
            at_risk: refused(&placement.at_risk),
            leaving: placement.leaving.iter().map(left).collect(),
            refused: refused(&placement.refused),
            warnings: JudgementView::all(&warnings, language),
            not_provided: asked(order).told().iter().map(|said| said.in_language(language)).collect(),
            shortfall: placement.shortfall.as_ref().map(|shortfall| In(language, shortfall).to_string()),
            spare: placement.spare.clone(),
            min_grace_days,
            map: Map::of(known.map(|site| Feature::of(&site, false, false))),
        }
    }

    fn refused(refusal: &Refusal, min_grace_days: u32, language: Language) -> Self {
        let rules = match refusal {
            Refusal::Rules(rules) => rules.as_slice(),
            _ => &[],
        };
        let by = |(what, judgement): &(Subject, Judgement)| RefusedBy {
            what: In(language, what).to_string(),
            judgement: JudgementView::of(judgement, language),
        };
        let message = refusal.message();
        let said = message.said();
        Self {
            accepted: false,
            refusal: Some(OrderRefused {
                reason: refusal.reason().to_owned(),
                message: message.in_language(language),
                code: said.code,
                args: said.args,
                rules: rules.iter().map(by).collect(),
            }),
            releases: Vec::new(),
            pending: Vec::new(),
            sites: Vec::new(),
            at_risk: Vec::new(),
            leaving: Vec::new(),
            refused: Vec::new(),
            warnings: Vec::new(),
            not_provided: Vec::new(),
            shortfall: None,
            spare: Vec::new(),
            min_grace_days,
            map: Map::of([]),
        }
    }
}

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
    let Admitted { tenant, workspace } = door::workspace(&state.caches, who, Action::Preview, id)?;
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
