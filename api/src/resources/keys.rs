//! The public keys of the log of evidence, as the operator publishes them.

use axum::{
    extract::State as Extract,
    response::{IntoResponse, Response},
};
use http::header;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    caches::KEYS,
    problem::{Kind, Problem},
    state::State,
};

/// Routes.
pub fn router() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(read))
}

/// The public keys of the log of evidence, as `beffroi verify --key` reads them. Keep them once, and compare.
#[utoipa::path(
    get, path = "/v1/evidence-keys", operation_id = "readEvidenceKeys", tag = "Evidence", security(()),
    responses((status = 200, body = String, content_type = "text/plain", description = "A PEM block, and the line of the checkpoints' verifier key."))
)]
async fn read(Extract(state): Extract<State>) -> Result<Response, Problem> {
    let found = state.caches.keys.get_in(&state.namespace, KEYS);
    let keys = found.and_then(|map| map.data.as_ref()?.get("beffroi.pub").cloned()).ok_or_else(|| {
        Problem::new(
            Kind::LogUnavailable,
            "Les clés publiques ne sont pas encore publiées : l'opérateur le fait à son premier démarrage.",
            "the public keys are not published yet: the operator does so when it first starts",
        )
        .after(5)
    })?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], keys).into_response())
}
