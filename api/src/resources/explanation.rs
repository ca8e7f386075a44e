//! Why a workspace lies where it does, and why not elsewhere.

use axum::{
    Json,
    extract::{Path, State as Extract},
};
use beffroi_crds::{
    conditions::{ACCEPTED, PLACED},
    workspace::HeldRelease,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    auth::Action,
    caches::Caches,
    door::{self, Admitted},
    language::{Accepted, Language},
    operation::{Routes, operation},
    problem::Problem,
    request::{signed::Signed, which::OfWorkspace},
    state::State,
    views::{
        condition::{ConditionView, find},
        judgement::JudgementView,
        refused::RefusedView,
    },
};

/// Why a workspace lies where it does, and why not elsewhere.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Explanation {
    /// Id of the workspace.
    pub workspace: String,
    /// Whether the order stands; absent while nobody has looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<ConditionView>,
    /// Whether sites are chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed: Option<ConditionView>,
    /// Names of the sites where it lies.
    pub sites: Vec<String>,
    /// Every other site that may not have it, with every rule that refuses.
    pub refused: Vec<RefusedView>,
    /// What rules warn of without refusing.
    pub warnings: Vec<JudgementView>,
    /// Release that each app is held at.
    pub releases: Vec<HeldRelease>,
}

impl Explanation {
    /// The explanation, as the workspace's status holds it.
    pub fn of(found: &Admitted, caches: &Caches, language: Language) -> Self {
        let status = found.workspace.status.clone().unwrap_or_default();
        let condition =
            |kind| find(&status.conditions, kind).map(|condition| ConditionView::of(condition, language));
        Self {
            workspace: found.id(),
            accepted: condition(ACCEPTED),
            placed: condition(PLACED),
            sites: status.sites.iter().map(|site| site.name.clone()).collect(),
            refused: status
                .refused
                .iter()
                .map(|refused| RefusedView::of(refused, caches, language))
                .collect(),
            warnings: JudgementView::all(&status.warnings, language),
            releases: status.releases.clone(),
        }
    }
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read))
}

/// Why a workspace lies where it does: every other site with every rule that refused it, each with its legal source.
#[utoipa::path(
    get, path = "/v1/workspaces/{workspace}/explanation", operation_id = "readExplanation", tag = "Workspaces",
    responses((status = 200, description = "Why it lies where it does."))
)]
async fn read(
    Extract(state): Extract<State>,
    Signed(who): Signed,
    Accepted(language): Accepted,
    Path(OfWorkspace { id }): Path<OfWorkspace>,
) -> Result<(Accepted, Json<Explanation>), Problem> {
    let found = door::workspace(&state.caches, &who, Action::Read, &id)?;
    Ok((Accepted(language), Json(Explanation::of(&found, &state.caches, language))))
}
