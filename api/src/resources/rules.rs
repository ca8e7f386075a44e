//! Rules of sovereignty, as everyone may know them.

use axum::{Json, extract::Path};
use beffroi_core::{
    message::In,
    policy::{self, Check, Severity},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    language::{Accepted, Language},
    operation::{Routes, operation},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
    },
    state::State,
};

/// A rule of sovereignty.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Rule")]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Stable id, for example `JUR-02`.
    pub id: &'static str,
    /// Whether what breaks it is refused, or only told.
    pub severity: Severity,
    /// Where it comes from: a law, a reference framework.
    pub source: String,
    /// In French.
    pub fr: &'static str,
    /// In English.
    pub en: &'static str,
    /// Whether Beffroi judges it today.
    pub evaluated: bool,
    /// What its evaluation waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
}

/// Every rule, in the order of the law.
fn rules(language: Language) -> Vec<RuleView> {
    let view = |rule: &'static policy::Rule| {
        let awaits = match rule.check {
            Check::NotEvaluated(awaited) => Some(In(language, &awaited).to_string()),
            _ => None,
        };
        RuleView {
            id: rule.id,
            severity: rule.severity,
            source: In(language, &rule.source).to_string(),
            fr: rule.fr,
            en: rule.en,
            evaluated: awaits.is_none(),
            awaits,
        }
    };
    policy::all().iter().map(view).collect()
}

/// Which rule.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Of {
    /// Its id, for example `JUR-02`.
    #[param(max_length = 16, example = "LOC-01")]
    id: String,
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new()
        .with(operation!(list).leads_to("readRule", &[("id", "$response.body#/items/0/id")]))
        .with(operation!(read))
}

/// Rules of sovereignty, each with its legal source; those that are not evaluated yet say so.
#[utoipa::path(
    get, path = "/v1/rules", operation_id = "listRules", tag = "Catalogue",
    responses((status = 200, description = "A page of them, by id."))
)]
async fn list(
    Accepted(language): Accepted,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<(Accepted, Json<Page<RuleView>>), Problem> {
    let page = wanted.of(rules(language), |rule| rule.id.to_owned())?;
    Ok((Accepted(language), Json(page)))
}

/// One rule.
#[utoipa::path(
    get, path = "/v1/rules/{id}", operation_id = "readRule", tag = "Catalogue",
    responses((status = 200, description = "The rule."))
)]
async fn read(
    Accepted(language): Accepted,
    Path(Of { id }): Path<Of>,
) -> Result<(Accepted, Json<RuleView>), Problem> {
    let found = rules(language).into_iter().find(|rule| rule.id == id);
    found.map(|rule| (Accepted(language), Json(rule))).ok_or_else(|| Problem::not_found(&id))
}
