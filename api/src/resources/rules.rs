//! Rules of sovereignty, as everyone may know them.

use axum::{Json, extract::Path};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    language::Accepted,
    operation::{Routes, operation},
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
    },
    state::State,
    views::rule::{self, RuleView},
};

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
    let page = wanted.of(rule::rules(language), |rule| rule.id.to_owned())?;
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
    let found = rule::rules(language).into_iter().find(|rule| rule.id == id);
    found.map(|rule| (Accepted(language), Json(rule))).ok_or_else(|| Problem::not_found(&id))
}
