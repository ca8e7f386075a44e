//! The audit log of a tenant: what happened to it, each entry with its proof.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_core::evidence::statement::{self, Audit, Predicate};
use beffroi_crds::message::Said;
use beffroi_log::{Filter, Kind as Entries, Listed};
use jiff::Timestamp;
use kube::ResourceExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    auth::{Action, Decision, Resource, TenantStanding, TenantUid, authorize},
    bundles::{self, Bundle},
    door,
    language::{Accepted, Language},
    operation::{Routes, operation},
    problem::Problem,
    request::{
        between::Between,
        page::{Page, Wanted},
        query::Parameters,
        signed::Signed,
        since::Since,
    },
    resources::evidence::{self, One},
    state::State,
};

/// Something that happened to a tenant.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Its place in the log.
    pub index: u64,
    /// When it was recorded.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub time: Timestamp,
    /// What happened.
    pub action: statement::Action,
    /// The tenant.
    pub tenant: String,
    /// Who did it, as far as it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The workspace, where it is about one: its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The site, where it happened in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// What was touched.
    pub object: String,
    /// What happened, for people.
    pub note: String,
    /// The same, as a code with arguments; absent from what earlier versions recorded.
    #[serde(default, skip_serializing_if = "Option::is_none", flatten)]
    pub said: Option<Said>,
    /// Whether it is dated before an entry of this page that stands before it in the log: a clock was set back, or a
    /// time is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_backwards: bool,
}

impl LogEntry {
    /// An entry, where it tells what happened.
    pub fn of(listed: &Listed, runs_backwards: bool, language: Language) -> Option<Self> {
        let Predicate::Audit(audit) = &listed.statement.predicate else { return None };
        let Audit {
            time,
            action,
            tenant,
            workspace,
            site,
            object,
            actor,
            note,
            tenant_uid: _,
            remains: _,
            siren: _,
        } = &**audit;
        Some(Self {
            index: listed.index,
            time: *time,
            action: *action,
            tenant: tenant.clone(),
            actor: actor.clone(),
            workspace: workspace.as_ref().map(|w| door::id(&w.tenant, &w.name)),
            site: site.clone(),
            object: object.clone(),
            note: note.in_language(language),
            said: note.said().cloned(),
            runs_backwards,
        })
    }
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, IntoParams, JsonSchema)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Of this tenant; needed by those who belong to several.
    #[param(max_length = 63, example = "ght-bm")]
    tenant: Option<String>,
    /// Of this workspace: its id.
    #[param(max_length = 128, example = "ght-bm.communication")]
    workspace: Option<String>,
}

/// Which entry.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct At {
    /// Its place in the log.
    #[param(pattern = "^[0-9]{1,15}$", example = "0")]
    index: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readLogEntry", &[("index", "$response.body#/items/0/index")]))
        .with(operation!(read))
}

/// What happened to a tenant, newest first; also to workspaces of it that are gone, and to those of the tenants that it
/// came after. The hoster who names none reads all.
#[utoipa::path(
    get, path = "/v1/log", operation_id = "listLog", tag = "Evidence",
    responses((status = 200, description = "A page of entries."))
)]
async fn list(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Parameters(asked): Parameters<Asked>,
    Parameters(one): Parameters<One>,
    Parameters(between): Parameters<Between>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Accepted, Json<Page<LogEntry>>), Problem> {
    door::anyone(&who, Action::Log)?;
    let (from, until) = between.read()?;
    let mut filter = match &asked.workspace {
        Some(id) => evidence::filter(&state, &who, Action::Log, id, &one).await?,
        None => Filter { workspace: one.uid()?.map(str::to_owned), ..Filter::default() },
    };
    // The hoster reads everyone's, and a workspace has one tenant.
    if asked.tenant.is_some() || !(who.hoster || asked.workspace.is_some()) {
        let tenant = door::one_tenant(&state.caches, &who, Action::Log, asked.tenant.as_deref())?;
        filter.tenant = tenant.uid();
        filter.predecessors = bundles::predecessors(&state, &who, &tenant).await?;
    }
    let filter = Filter { kind: Some(Entries::Audit), from, until, ..filter };
    let page =
        bundles::page(&state, &who, filter, &wanted, |listed, back| LogEntry::of(listed, back, language))
            .await?;
    Ok((Accepted(language), Json(page)))
}

/// One entry of the audit log as a bundle that verifies offline.
#[utoipa::path(
    get, path = "/v1/log/{index}", operation_id = "readLogEntry", tag = "Evidence",
    responses((status = 200, description = "The bundle, as `beffroi verify` reads it."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Path(At { index: number }): Path<At>,
    Parameters(since): Parameters<Since>,
) -> Result<Bundle, Problem> {
    door::anyone(&who, Action::Log)?;
    let index = number.parse().map_err(|_| Problem::not_found(&number))?;
    let mut before = Vec::new();
    if !who.hoster {
        for tenant in door::tenants(&state.caches, &who, Action::Log) {
            before.extend(bundles::predecessors(&state, &who, &tenant).await?);
        }
    }
    bundles::answer(&state, &who, index, &format!("journal-{index}"), &since, |predicate| {
        let Some(uid) = predicate.tenant_uid() else { return who.hoster };
        if before.iter().any(|before| before == uid) {
            return true;
        }
        let known = state.caches.tenants.filter(|tenant| tenant.metadata.uid.as_deref() == Some(uid)).pop();
        // Of a tenant that is gone, with none after it, only the hoster may still know.
        let standing = known.map_or_else(
            || TenantStanding { uid: TenantUid::from(uid), members: Vec::new() },
            |tenant| door::standing(&tenant),
        );
        authorize(&who, Action::Log, Resource::Of(&standing)) == Decision::Allowed
    })
    .await
}
