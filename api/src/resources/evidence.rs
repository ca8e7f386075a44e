//! Proofs of where the data of a workspace lay: a list, and each as a bundle that verifies offline; and all that the log
//! holds of a period, as one file. What is gone stays readable for whoever may read its tenant's log.

use axum::{
    Json,
    extract::{Path, State as Extract},
    response::Response,
};
use beffroi_core::evidence::statement::{self, Predicate};
use beffroi_log::{Filter, Kind as Entries};
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    auth::{Action, Principal},
    bundles,
    door::{self, Traced},
    problem::Problem,
    request::{
        between::Between,
        page::{Page, Wanted},
        query::{self, Parameters},
        signed::Signed,
        since::Since,
    },
    state::State,
    views::{
        bundle::BundleView,
        evidence::{EvidenceView, PastWorkspace},
    },
};

/// A page of them.
type Listed = Page<EvidenceView>;
/// A page of workspaces that are gone.
type Gone = Page<PastWorkspace>;

/// Which of those that bore a name.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
pub struct One {
    /// UID of the one workspace that is meant, of that id if one is named: also one that is gone, for whoever may read
    /// the log.
    #[param(max_length = 63)]
    uid: Option<String>,
}

impl One {
    /// The UID, if one was given.
    ///
    /// # Errors
    /// 422 where it is longer than any.
    pub fn uid(&self) -> Result<Option<&str>, Problem> {
        query::name("uid", self.uid.as_deref())
    }
}

/// Whose.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Of this tenant; needed by those who belong to several.
    #[param(max_length = 63)]
    tenant: Option<String>,
}

/// Of what.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct What {
    /// Of this tenant; needed by those who belong to several.
    #[param(max_length = 63)]
    tenant: Option<String>,
    /// Of this workspace alone: its id.
    #[param(max_length = 128)]
    workspace: Option<String>,
}

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(take))
        .routes(routes!(past))
}

/// What the log holds of the workspaces of an id: of the one that is there; of one that is gone, or those.
///
/// # Errors
/// 404 where none ever was, or one may not know of it.
pub async fn filter(
    state: &State,
    who: &Principal,
    action: Action,
    id: &str,
    one: &One,
) -> Result<Filter, Problem> {
    let uid = one.uid()?;
    let traced = door::traced(&state.caches, who, action, id)?;
    if let Traced::Here(found) = &traced
        && uid.is_none_or(|uid| found.workspace.metadata.uid.as_deref() == Some(uid))
    {
        return Ok(Filter { workspace: found.workspace.uid(), ..Filter::default() });
    }
    let (tenant, name) = match traced {
        Traced::Here(found) => {
            let (tenant, _) = id.split_once('.').unwrap_or_default();
            let tenant =
                door::tenant(&state.caches, who, Action::Log, tenant).map_err(|_| Problem::not_found(id))?;
            (tenant, found.workspace.name_any())
        }
        Traced::Gone { tenant, name } => (tenant, name),
    };
    let filter = Filter {
        tenant: tenant.uid(),
        predecessors: bundles::predecessors(state, who, &tenant).await?,
        workspace: uid.map(str::to_owned),
        name: Some(name),
        ..Filter::default()
    };
    if bundles::any(state, who, &filter).await? { Ok(filter) } else { Err(Problem::not_found(id)) }
}

/// Proofs of where the data of a workspace lay, newest first; of one that is gone too, for whoever may read the log.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/evidence", operation_id = "listEvidence", tag = "Evidence",
    params(("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128), One, Between, Wanted),
    responses((status = 200, body = Listed, description = "A page of them."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path(id): Path<String>,
    Parameters(one): Parameters<One>,
    Parameters(between): Parameters<Between>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<EvidenceView>>, Problem> {
    let filter = filter(&state, &who, Action::Evidence, &id, &one).await?;
    let (from, until) = between.read()?;
    let filter = Filter { kind: Some(Entries::DataLocation), from, until, ..filter };
    bundles::page(&state, &who, filter, &wanted, EvidenceView::of).await.map(Json)
}

/// One proof as a bundle: signed statement, observation, place in the log, and the log's signed state.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/evidence/{index}", operation_id = "readEvidence", tag = "Evidence",
    params(
        ("workspace" = String, Path, description = "`TENANT.WORKSPACE`", max_length = 128),
        ("index" = String, Path, description = "Its place in the log, or `latest`.", pattern = "^(latest|[0-9]{1,15})$"),
        One, Since,
    ),
    responses((status = 200, body = BundleView, content_type = "application/vnd.beffroi.bundle.v1+json", description = "The bundle, as `beffroi verify` reads it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path((id, index)): Path<(String, String)>,
    Parameters(one): Parameters<One>,
    Parameters(since): Parameters<Since>,
) -> Result<Response, Problem> {
    let filter = filter(&state, &who, Action::Evidence, &id, &one).await?;
    let index = match index.as_str() {
        "latest" => bundles::turn(&state, &who).await?.latest(&filter).await?,
        number => number.parse().ok(),
    };
    let index = index.ok_or_else(|| Problem::not_found("evidence"))?;
    let name = format!("{id}-{index}");
    bundles::answer(&state, &who, index, &name, &since, |predicate| {
        let Predicate::DataLocation(claim) = predicate else { return false };
        let found = &claim.workspace;
        let of = |tenant: &String| *tenant == found.tenant_uid;
        (filter.tenant.is_none() || filter.tenant.iter().chain(&filter.predecessors).any(of))
            && filter.workspace.as_ref().is_none_or(|uid| *uid == found.uid)
            && filter.name.as_ref().is_none_or(|name| *name == found.name)
    })
    .await
}

/// All that the log holds of a tenant, or of a workspace of it, in a period: what happened and where data lay, also of
/// what is gone by now. JSON lines, which `beffroi verify` checks as one: what is in the file, then a bundle each.
#[utoipa::path(
    get, path = "/v1/evidence", operation_id = "takeEvidence", tag = "Evidence",
    params(What, One, Between, Since),
    responses((status = 200, body = String, content_type = "application/vnd.beffroi.period.v1+jsonl", description = "The file."))
)]
async fn take(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Parameters(what): Parameters<What>,
    Parameters(one): Parameters<One>,
    Parameters(between): Parameters<Between>,
    Parameters(since): Parameters<Since>,
) -> Result<Response, Problem> {
    door::anyone(&who, Action::Log)?;
    let (filter, name) = if let Some(id) = &what.workspace {
        query::between("workspace", id, 1, 128)?;
        (filter(&state, &who, Action::Log, id, &one).await?, id.clone())
    } else {
        let tenant = door::one_tenant(&state.caches, &who, Action::Log, what.tenant.as_deref())?;
        let predecessors = bundles::predecessors(&state, &who, &tenant).await?;
        let workspace = one.uid()?.map(str::to_owned);
        (Filter { tenant: tenant.uid(), predecessors, workspace, ..Filter::default() }, tenant.name_any())
    };
    let (from, until) = between.read()?;
    bundles::period(&state, &who, Filter { from, until, ..filter }, &since, &name).await
}

/// Workspaces of a tenant that are gone, and those of the tenants that it came after: the last first.
#[utoipa::path(
    get, path = "/v1/past-workspaces", operation_id = "listPastWorkspaces", tag = "Evidence",
    params(Whose, Between, Wanted),
    responses((status = 200, body = Gone, description = "A page of them."))
)]
async fn past(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Parameters(whose): Parameters<Whose>,
    Parameters(between): Parameters<Between>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<PastWorkspace>>, Problem> {
    let tenant = door::one_tenant(&state.caches, &who, Action::Log, whose.tenant.as_deref())?;
    let (from, until) = between.read()?;
    let filter = Filter {
        tenant: tenant.uid(),
        predecessors: bundles::predecessors(&state, &who, &tenant).await?,
        action: Some(statement::Action::WorkspaceDeleted),
        kind: Some(Entries::Audit),
        from,
        until,
        ..Filter::default()
    };
    let name = tenant.name_any();
    bundles::page(&state, &who, filter, &wanted, |listed, _| PastWorkspace::of(listed, &name)).await.map(Json)
}
