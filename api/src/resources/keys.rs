//! The public keys of the log of evidence, as the operator publishes them.

use axum::{
    extract::State as Extract,
    response::{IntoResponse, Response},
};
use http::header::CONTENT_TYPE;

use crate::{
    caches::KEYS,
    operation::{Answers, Routes, Told, operation},
    problem::{Kind, Problem},
    state::State,
};

/// The keys, as text.
struct Keys(String);

impl IntoResponse for Keys {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "text/plain; charset=utf-8")], self.0).into_response()
    }
}

impl Answers for Keys {
    fn tell(told: &mut Told) {
        told.answers::<String>("text/plain");
    }
}

/// Routes.
pub fn router() -> Routes<State> {
    Routes::new().with(operation!(read))
}

/// The public keys of the log of evidence, as `beffroi verify --key` reads them. Keep them once, and compare.
#[utoipa::path(
    get, path = "/v1/evidence-keys", operation_id = "readEvidenceKeys", tag = "Evidence",
    responses((status = 200, description = "A PEM block, and the line of the checkpoints' verifier key."))
)]
async fn read(Extract(state): Extract<State>) -> Result<Keys, Problem> {
    let found = state.caches.keys.get_in(&state.namespace, KEYS);
    let keys = found.and_then(|map| map.data.as_ref()?.get("beffroi.pub").cloned()).ok_or_else(|| {
        Problem::new(
            Kind::LogUnavailable,
            "Les clés publiques ne sont pas encore publiées : l'opérateur le fait à son premier démarrage.",
            "the public keys are not published yet: the operator does so when it first starts",
        )
        .after(5)
    })?;
    Ok(Keys(keys))
}
