//! Proofs of where the data of a workspace lay: a list, and each as a bundle that verifies offline; and all that the log
//! holds of a period, as one file. What is gone stays readable for whoever may read its tenant's log.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::evidence::statement::{self, DataLocation, Limit, LocationVerdict, Predicate};
use beffroi_log::{Filter, Kind as Entries, Listed};
use jiff::Timestamp;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    auth::{Action, Principal},
    bundles::{self, Bundle, Period},
    door::{self, Traced},
    operation::{Routes, operation},
    problem::{Problem, length},
    request::{
        between::Between,
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        since::Since,
        which::OfWorkspace,
    },
    state::State,
};

/// A proof of where data lay, in short.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Evidence")]
#[serde(rename_all = "camelCase")]
pub struct EvidenceView {
    /// Its place in the log.
    pub index: u64,
    /// When it was verified.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// The verdict.
    pub verdict: LocationVerdict,
    /// Sites where the data lay.
    pub sites: Vec<String>,
    /// How many things contradicted the rules.
    pub findings: usize,
    /// What nobody proved.
    pub not_proven: Vec<Limit>,
    /// UID of the workspace.
    pub workspace_uid: String,
    /// Whether it is dated before an entry of this page that stands before it in the log: a clock was set back, or a
    /// time is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_backwards: bool,
}

/// A workspace that is gone, as the log tells its end.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PastWorkspace {
    /// What to ask for it by, with its UID: its name in the tenant that was asked about, which another one may bear by now.
    pub id: String,
    /// Its UID, which is nobody else's.
    pub uid: String,
    /// How it was called.
    pub name: String,
    /// Whose it was, as that one was called.
    pub tenant: String,
    /// When nothing of it was left.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub deleted_at: Timestamp,
    /// Place of that entry in the log.
    pub index: u64,
}

impl PastWorkspace {
    /// An entry, where it tells of an end; as one asks for it in `tenant`, or in one that `tenant` came after.
    pub fn of(listed: &Listed, tenant: &str) -> Option<Self> {
        let Predicate::Audit(audit) = &listed.statement.predicate else { return None };
        let workspace = audit.workspace.as_ref()?;
        Some(Self {
            id: door::id(tenant, &workspace.name),
            uid: workspace.uid.clone(),
            name: workspace.name.clone(),
            tenant: workspace.tenant.clone(),
            deleted_at: audit.time,
            index: listed.index,
        })
    }
}

impl EvidenceView {
    /// An entry, where it tells where data lay.
    pub fn of(listed: &Listed, runs_backwards: bool) -> Option<Self> {
        let Predicate::DataLocation(claim) = &listed.statement.predicate else { return None };
        let DataLocation {
            time_verified,
            verification_result,
            sites,
            findings,
            findings_omitted,
            not_proven,
            workspace,
            ..
        } = &**claim;
        Some(Self {
            index: listed.index,
            time: *time_verified,
            verdict: *verification_result,
            sites: sites.iter().map(|site| site.name.clone()).collect(),
            findings: findings.len()
                + usize::try_from(*findings_omitted).unwrap_or(usize::MAX - findings.len()),
            not_proven: not_proven.clone(),
            workspace_uid: workspace.uid.clone(),
            runs_backwards,
        })
    }
}

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
        length::name("uid", self.uid.as_deref())
    }
}

/// Whose.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Of this tenant; needed by those who belong to several.
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
}

/// Of what.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct What {
    /// Of this tenant; needed by those who belong to several.
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
    /// Of this workspace alone: its id.
    #[param(max_length = 128, example = "ght-bm.communication")]
    workspace: Option<String>,
}

/// Which proof.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct At {
    /// `TENANT.WORKSPACE`
    #[serde(rename = "workspace")]
    #[param(max_length = 128, example = "ght-bm.communication")]
    id: String,
    /// Its place in the log, or `latest`.
    #[param(pattern = "^(latest|[0-9]{1,15})$", example = "latest")]
    index: String,
}

/// Where a proof of a list is.
const IN_LIST: [(&str, &str); 2] =
    [("workspace", "$request.path.workspace"), ("index", "$response.body#/items/0/index")];

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readEvidence", &IN_LIST))
        .with(operation!(read))
        .with(operation!(take))
        .with(operation!(past))
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
    responses((status = 200, description = "A page of them."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
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
    responses((status = 200, description = "The bundle, as `beffroi verify` reads it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path(At { id, index }): Path<At>,
    Parameters(one): Parameters<One>,
    Parameters(since): Parameters<Since>,
) -> Result<Bundle, Problem> {
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
    responses((status = 200, description = "The file."))
)]
async fn take(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Parameters(what): Parameters<What>,
    Parameters(one): Parameters<One>,
    Parameters(between): Parameters<Between>,
    Parameters(since): Parameters<Since>,
) -> Result<Period, Problem> {
    door::anyone(&who, Action::Log)?;
    let (filter, name) = if let Some(id) = &what.workspace {
        length::between("workspace", id, 1, 128)?;
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
    responses((status = 200, description = "A page of them."))
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
