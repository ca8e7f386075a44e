//! Rules of sovereignty, as everyone may know them.

use axum::{Json, extract::Path};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    language::Accepted,
    problem::Problem,
    request::{
        page::{Page, Wanted},
        query::Parameters,
    },
    state::State,
    views::rule::{self, RuleView},
};

/// A page of them.
type Listed = Page<RuleView>;

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Rules of sovereignty, each with its legal source; those that are not evaluated yet say so.
#[utoipa::path(
    get, path = "/v1/rules", operation_id = "listRules", tag = "Catalogue", params(Wanted), security(()),
    responses((status = 200, body = Listed, description = "A page of them, by id."))
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
    get, path = "/v1/rules/{id}", operation_id = "readRule", tag = "Catalogue", security(()),
    params(("id" = String, Path, description = "Its id, for example `JUR-02`.", max_length = 16)),
    responses((status = 200, body = RuleView, description = "The rule."))
)]
async fn read(
    Accepted(language): Accepted,
    Path(id): Path<String>,
) -> Result<(Accepted, Json<RuleView>), Problem> {
    let found = rule::rules(language).into_iter().find(|rule| rule.id == id);
    found.map(|rule| (Accepted(language), Json(rule))).ok_or_else(|| Problem::not_found(&id))
}
