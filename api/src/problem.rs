//! Problems, as RFC 9457 wants them: stable `type`, and what to do in `detail`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde::Serialize;

/// A problem.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// Stable address of the kind of problem.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind of problem in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
}

impl Problem {
    /// Nothing of that name.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self {
            kind: "https://beffroi.fr/problems/not-found",
            title: "Not found",
            status: 404,
            detail: format!("no {what} is named {name}: list them to see the names"),
        }
    }

    /// No such path.
    pub fn no_route(path: &str) -> Self {
        Self {
            kind: "https://beffroi.fr/problems/no-such-path",
            title: "No such path",
            status: 404,
            detail: format!("nothing is served at {path}: try /v1/rules, /v1/providers or /v1/sites"),
        }
    }

    /// The path takes no such method.
    pub fn method() -> Self {
        Self {
            kind: "https://beffroi.fr/problems/method-not-allowed",
            title: "Method not allowed",
            status: 405,
            detail: "this path is for reading only: use GET".into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}
